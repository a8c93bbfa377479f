//! What an admin is shown of a profile: the same for one that is there and for one that only would be.

use crate::ordered::gather;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Asked, ProfileState, Seen};
use crate::account::Period;
use crate::config::Config;
use crate::identity::Identifier;
use crate::identity::meet::{Held, HeldIds, HeldState};
use crate::segment::{Given, How, memberships_given};
use crate::time::UnixMillis;

/// Identifiers, traits, accounts, counters, consent, and the segments as of `now`: windows move, and accounts change,
/// though nothing was written. `given_up` are addresses that were released here and that somebody else has taken since.
/// Without `accounts`, segments that speak of them are left out.
pub fn shown(
    state: &ProfileState,
    held: &HeldIds,
    given_up: &BTreeMap<Identifier, Seen>,
    config: &Config,
    accounts: Option<&[Value]>,
    now: UnixMillis,
) -> Map<String, Value> {
    let identifiers = held.iter().map(|(id, held)| identifier(id, held, state));
    let identifiers = identifiers.chain(given_up.iter().map(|(id, seen)| taken_over(id, seen)));
    let fields = [
        ("identifiers", identifiers.collect()),
        ("firstSeen", state.first_seen.map(UnixMillis::to_iso).into()),
        ("lastSeen", state.last_seen.map(UnixMillis::to_iso).into()),
        ("traits", state.traits.values().into()),
        ("claimedTraits", state.claimed_traits.values().into()),
        ("accounts", state.accounts.periods().iter().map(period).collect()),
        ("computed", state.computed(&Asked::all()).into()),
        ("consent", consent(state)),
        ("segments", segments(state, config, accounts, now)),
    ];
    gather(fields.into_iter().map(|(name, value)| (name.to_owned(), value)))
}

fn identifier(id: &Identifier, held: &Held, state: &ProfileState) -> Value {
    let seen = state.seen.get(&id.to_string());
    json!({
        "namespace": id.namespace,
        "value": id.value,
        "trust": "verified",
        "state": held.state,
        "shared": held.shared.as_ref().map(|(at, by)| json!({ "since": at.to_iso(), "messageId": by })),
        "firstSeen": seen.map_or(held.first_seen, |seen| seen.first).to_iso(),
        "lastSeen": seen.map_or(held.first_seen, |seen| seen.last).to_iso(),
        "source": seen.map(|seen| &seen.by.1),
        "messageId": held.by,
    })
}

fn taken_over(id: &Identifier, seen: &Seen) -> Value {
    json!({
        "namespace": id.namespace,
        "value": id.value,
        "trust": "verified",
        "state": HeldState::Released,
        "shared": null,
        "firstSeen": seen.first.to_iso(),
        "lastSeen": seen.last.to_iso(),
        "source": seen.by.1,
        "messageId": seen.by.0,
    })
}

/// When the person belonged to an account; still, if there is no `until`.
fn period(period: &Period) -> Value {
    let until = period.until.as_ref();
    json!({
        "accountId": period.account,
        "since": period.since.0.to_iso(),
        "messageId": period.since.1,
        "until": until.map(|(at, _)| at.to_iso()),
        "untilMessageId": until.map(|(_, id)| id),
    })
}

fn consent(state: &ProfileState) -> Value {
    state.consent.as_ref().map_or(
        Value::Null,
        |said| json!({ "at": said.at.to_iso(), "messageId": said.by, "purposes": state.allowed() }),
    )
}

fn segments(state: &ProfileState, config: &Config, accounts: Option<&[Value]>, now: UnixMillis) -> Value {
    let holding = memberships_given(state, config, now, Given { accounts, ..Given::default() });
    let shown = |id| match state.segments.get(id) {
        Some(membership) => json!({
            "id": id, "since": membership.since.to_iso(), "cause": membership.cause, "how": membership.how,
        }),
        None => json!({ "id": id, "since": now.to_iso(), "cause": null, "how": How::Time }),
    };
    holding.iter().map(shown).collect()
}
