//! Showing a profile to an admin.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use selvedge_engine::config::Config;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::Edge;
use selvedge_engine::identity::home::{How, Ledger, Link, Note, NoteKind, Profile, held_before};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::ordered::{gather, sort, sort_by_key};
use selvedge_engine::profile::{Claimed, Logged, ProfileState, shown as shown_of};
use selvedge_engine::segment::Change;
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};

use super::Inner;
use super::message::{Answer, Read};
use super::tables::Tables;
use crate::api_error::ApiError;
use crate::{config_cache, platform};

impl Inner {
    /// Identifiers, traits, segments as of now, what was refused, and a page of the timeline.
    pub(super) async fn show(self: &Rc<Self>, read: &Read) -> Result<Answer, ApiError> {
        if let Some(elsewhere) = self.elsewhere(&read.profile)? {
            return Ok(elsewhere);
        }
        let config = config_cache::current(&self.env, read.config).await?;
        self.step(&read.profile, &config, |step| step.sharpen())?;
        let accounts =
            if config.speaks_of_accounts() { self.accounts(&read.profile, &config).await? } else { None };
        self.read(&read.profile, |profile, tables| {
            Ok(Answer::Profile { profile: shown(read, profile, tables, &config, accounts.as_deref())? })
        })
    }
}

fn shown(
    read: &Read,
    profile: &Profile,
    tables: &Tables<'_>,
    config: &Config,
    accounts: Option<&[Value]>,
) -> Result<Value, ApiError> {
    let limit = read.limit.clamp(1, limits::TIMELINE_PAGE_MAX);
    let events = tables.timeline(&read.only, read.before.as_ref(), limit)?;
    let next = if events.len() < limit { None } else { events.last().map(cursor) };
    let (home, state) = (&profile.home, &profile.folded.state);
    let notes = |kind| Ok::<_, ApiError>(tables.notes_of(kind)?.iter().map(note).collect::<Vec<_>>());
    let not_identifiers = [notes(NoteKind::NoIdentifier)?, notes(NoteKind::Unlinked)?].concat();
    let ledger = tables.entries()?;
    let befores = befores(&ledger);
    let given_up = profile.given_up(&tables.notes_of(NoteKind::Refused)?, config.identity());
    let person = shown_of(state, &profile.held, &given_up, config, accounts, platform::now());
    let here = json!({
        "profileId": home.me,
        "createdAt": home.created_at.to_iso(),
        "traitSources": trait_sources(state, tables)?,
        "pending": profile.links.values().map(pending).collect::<Vec<_>>(),
        "claimed": claimed(profile),
        "refusals": notes(NoteKind::Refused)?,
        "refusalsBeyond": home.refusals.beyond,
        "notIdentifiers": not_identifiers,
        "conflicts": home.conflicts,
        "lateConflicts": notes(NoteKind::LateConflict)?,
        "lateConflictsBeyond": home.late_conflicts.beyond,
        "merges": merges(&ledger, &befores),
        "ledger": ledger.iter().map(|one| entry(one, &befores)).collect::<Vec<_>>(),
        "neverMerge": home.edges().iter().map(edge).collect::<Vec<_>>(),
        "segmentChanges": tables.changes()?.iter().map(changed).collect::<Vec<_>>(),
        "configVersion": config.version(),
        "timeline": {
            "events": events.iter().map(happened).collect::<Vec<_>>(),
            "next": next,
        },
    });
    Ok(joined(Value::Object(person), here))
}

/// An event, with the decision that it came of, as its token has proved.
fn happened(logged: &Logged) -> Value {
    let mut event = logged.event.to_public_json();
    let proved = logged.decision.as_ref().map(|decision| {
        json!({
            "id": decision.id,
            "at": decision.at.to_iso(),
            "configVersion": decision.config,
            "experiment": decision.experiment,
            "variant": decision.variant,
            "propensity": decision.propensity,
            "audience": Some(&decision.audience).filter(|audience| !audience.is_empty()),
        })
    });
    if let Some(fields) = event.as_object_mut() {
        // What a sender calls so proves nothing.
        fields.remove("decision");
        fields.extend(proved.map(|proved| ("decision".to_owned(), proved)));
    }
    event
}

/// Of each trait, when it was set, by which event, and from which source, while that event is kept.
fn trait_sources(state: &ProfileState, tables: &Tables<'_>) -> Result<Map<String, Value>, ApiError> {
    let sources = tables.sources_of(state.traits.said().map(|(_, _, id)| id))?;
    let shown = |(name, at, id): (&str, UnixMillis, &MessageId)| {
        (name.to_owned(), json!({ "at": at.to_iso(), "messageId": id, "source": sources.get(id) }))
    };
    Ok(state.traits.said().map(shown).collect())
}

/// Of a value that is no identifier the id is `namespace:` and the beginning of the value.
fn note(note: &Note) -> Value {
    let (namespace, value) = note.id.split_once(':').unwrap_or(("", &note.id));
    json!({
        "namespace": namespace,
        "value": value,
        "messageId": note.order.1,
        "at": note.order.0.to_iso(),
        "reason": note.reasons.first().map_or("", String::as_str),
        "reasons": note.reasons,
    })
}

/// What was claimed and is not held, each with its first event and how many there were.
fn claimed(profile: &Profile) -> Vec<Value> {
    let claims = profile.folded.state.claims.iter();
    let read = claims.filter_map(|(id, claimed)| Some((Identifier::stored(id)?, claimed)));
    let shown = |(id, claimed): (Identifier, &Claimed)| {
        let (at, message) = &claimed.first;
        json!({
            "namespace": id.namespace, "value": id.value, "messageId": message, "at": at.to_iso(),
            "events": claimed.events,
        })
    };
    read.filter(|(id, _)| !profile.held.contains_key(id)).map(shown).collect()
}

fn changed(change: &Change) -> Value {
    let Change { segment, entered, at, cause, how } = change;
    json!({ "segment": segment, "entered": entered, "at": at.to_iso(), "messageId": cause, "how": how })
}

fn pending(link: &Link) -> Value {
    let (how, what) = match &link.how {
        How::Shown { id } => ("shown", json!({ "id": id })),
        How::IfKnown { id } => ("if_known", json!({ "id": id })),
        How::Renames { id, previous } => ("renames", json!({ "id": id, "previous": previous })),
        How::Retired { id } => ("retired", json!({ "id": id })),
        How::Remember { id } => ("remember", json!({ "id": id })),
        How::Again { id } => ("again", json!({ "id": id })),
        How::Plan { with } => ("plan", json!({ "with": with })),
        How::Hand { with } => ("hand", json!({ "with": with })),
    };
    let link = json!({ "how": how, "at": link.order.0.to_iso(), "messageId": link.order.1 });
    joined(link, what)
}

fn joined(one: Value, other: Value) -> Value {
    let fields = [one, other].into_iter().filter_map(|value| match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Value::Object(fields.flatten().collect::<Map<_, _>>())
}

/// Who moved in, in the order of time.
fn merges(ledger: &[Ledger], befores: &Befores) -> Vec<Value> {
    let mut merges: Vec<_> = ledger
        .iter()
        .filter_map(|one| match one {
            Ledger::Merged { at, younger, .. } => Some(((*at, younger), entry(one, befores))),
            Ledger::Given { .. } | Ledger::Gave { .. } | Ledger::Declined { .. } => None,
        })
        .collect();
    sort_by_key(&mut merges, |(order, _)| *order);
    merges.into_iter().map(|(_, value)| value).collect()
}

/// By merge: what was held before it.
type Befores = BTreeMap<(ProfileId, u64), BTreeSet<Identifier>>;

/// Of the newest merges: of all of them it would be the square of what was ever held.
fn befores(ledger: &[Ledger]) -> Befores {
    let mut merges: Vec<_> = ledger
        .iter()
        .filter_map(|one| match one {
            Ledger::Merged { at, older, merge, .. } => Some((*at, older, *merge)),
            Ledger::Given { .. } | Ledger::Gave { .. } | Ledger::Declined { .. } => None,
        })
        .collect();
    sort(&mut merges);
    let newest = merges.into_iter().rev().take(limits::MERGES_SHOWN_WHOLE);
    gather(newest.map(|(_, older, merge)| ((older.clone(), merge), held_before(ledger, older, merge))))
}

fn entry(entry: &Ledger, befores: &Befores) -> Value {
    match entry {
        Ledger::Merged { younger, older, merge, trigger, at, created_at, came, .. } => json!({
            "kind": "merged", "profileId": younger, "at": at.to_iso(), "messageId": trigger.1,
            "createdAt": created_at.to_iso(), "identifiers": came,
            "before": befores.get(&(older.clone(), *merge)),
        }),
        Ledger::Given { from, at, came, .. } => {
            json!({ "kind": "given", "profileId": from, "at": at.to_iso(), "identifiers": came })
        }
        Ledger::Gave { to, at, went, .. } => {
            json!({ "kind": "gave", "profileId": to, "at": at.to_iso(), "identifiers": went })
        }
        Ledger::Declined { from, .. } => json!({ "kind": "declined", "profileId": from }),
    }
}

fn edge(edge: &Edge) -> Value {
    json!({ "left": edge.left, "right": edge.right })
}

/// Where the next page starts: `millis:messageId`.
fn cursor(logged: &Logged) -> String {
    format!("{}:{}", logged.event.timestamp.0, logged.event.message_id)
}
