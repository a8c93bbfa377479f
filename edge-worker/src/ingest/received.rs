//! The events of one request and what becomes of each.

use selvedge_engine::account::{Word, account_named};
use selvedge_engine::config::{Config, Retention, Source};
use selvedge_engine::consent::{Consent, Signals, withdrawal};
use selvedge_engine::event::{Batch, Decoded, Kind, Received as Arrival, decode_event};
use selvedge_engine::exposure::token_on;
use selvedge_engine::identity::Namespace;
use selvedge_engine::identity::delivery::Delivery;
use selvedge_engine::identity::extract::{NoIdentifier, identifiers};
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::home::Note;
use selvedge_engine::ids::MessageId;
use selvedge_engine::outcome::{Outcome, Reason};
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{Decision, SealKey};

use super::crossing::Crossing;
use super::device::Visitor;
use crate::api_error::ApiError;
use crate::platform;

/// One event of a request.
pub(super) struct Received {
    /// Its id, if it could be read.
    pub(super) message_id: Option<MessageId>,
    /// The event, until it is handed over.
    pub(super) decoded: Option<Decoded>,
    /// The row to log.
    pub(super) logged: Option<Logged>,
    /// The consent in force for it.
    pub(super) consent: Consent,
    /// Its consent could be read, also if it was a no.
    pub(super) spoke: bool,
    /// What became of it; none while it is under way.
    pub(super) outcome: Option<Outcome>,
    /// Too many others were where it belongs.
    pub(super) is_for_later: bool,
    /// What the sender should know though the event was taken.
    pub(super) warning: Option<String>,
    /// Values on it that are no identifiers.
    pub(super) not_identifiers: Vec<NoIdentifier>,
    /// Its way to the profile that it belongs to, once it has begun.
    pub(super) delivery: Option<Delivery>,
    /// Its links that were refused by the time of the answer, if that was asked for.
    pub(super) refused: Vec<Note>,
    /// It comes from the archive.
    pub(super) replayed: bool,
}

/// What holds for all events of a request.
pub(super) struct Defaults<'a> {
    pub(super) source: &'a Source,
    /// In force for those that say nothing.
    pub(super) consent: Consent,
    /// `Sec-GPC: 1` was sent.
    pub(super) gpc: bool,
    pub(super) retention: &'a Retention,
}

/// Decodes every event on its own: a bad one does not spoil the others.
pub(super) fn decode(
    batch: &Batch<'_>,
    defaults: &Defaults<'_>,
    kind: Option<Kind>,
    now: UnixMillis,
) -> Result<Vec<Received>, ApiError> {
    let arrival = Arrival {
        source: &defaults.source.id,
        at: now,
        sent_at: batch.sent_at,
        context: batch.context.as_ref(),
        integrations: batch.integrations.as_ref(),
        shared_bytes: [&batch.context, &batch.integrations]
            .into_iter()
            .flatten()
            .map(|shared| serde_json::to_string(shared).map_or(0, |text| text.len()))
            .sum(),
        kind,
    };
    let one = |raw: &&str| {
        let fallback = platform::new_message_id()?;
        Ok(match decode_event(raw, &arrival, fallback) {
            // Before anybody is asked whose it is: an identifier that only it names would become somebody's.
            Ok(decoded) if defaults.retention.is_past(&decoded.event, now) => {
                rejected(Some(decoded.event.message_id), Reason::PastRetention)
            }
            Ok(decoded) => consented(decoded, defaults),
            Err((message_id, reason)) => rejected(message_id, reason),
        })
    };
    batch.events.iter().map(one).collect()
}

fn rejected(message_id: Option<MessageId>, reason: Reason) -> Received {
    Received {
        message_id,
        decoded: None,
        logged: None,
        consent: Consent::default(),
        spoke: false,
        outcome: Some(Outcome::Rejected(reason)),
        is_for_later: false,
        warning: None,
        not_identifiers: Vec::new(),
        delivery: None,
        refused: Vec::new(),
        replayed: false,
    }
}

fn consented(decoded: Decoded, defaults: &Defaults<'_>) -> Received {
    let signals = Signals { gpc: defaults.gpc, said: decoded.event.consent() };
    let consent = Consent::in_force(defaults.consent, signals);
    let message_id = Some(decoded.event.message_id.clone());
    let denied = Received { consent, spoke: true, ..rejected(message_id, Reason::ConsentDenied) };
    if consent.may_store().is_some() {
        return Received { decoded: Some(decoded), outcome: None, ..denied };
    }
    match withdrawal(decoded.event, consent) {
        Some(event) => Received { decoded: Some(Decoded { event, ..decoded }), outcome: None, ..denied },
        None => denied,
    }
}

/// Turns away withdrawals of whom nobody has proven to be: a stranger must not take back what others have said, and who was
/// never here has nothing to take back.
pub(super) fn only_own_withdrawals(received: &mut [Received], source: &Source, visitor: &Visitor) {
    for one in received.iter_mut().filter(|one| one.is_open() && one.consent.may_store().is_none()) {
        let named = one.decoded.as_ref().and_then(|decoded| decoded.event.anonymous_id());
        if !source.is_open() && (named.is_none() || named != visitor.bound_id()) {
            one.outcome = Some(Outcome::Rejected(Reason::ConsentDenied));
        }
    }
}

/// Finds the identifiers of every event, with the trust that the visitor has earned when it happened.
pub(super) fn identify(
    received: &mut [Received],
    config: &Config,
    source: &Source,
    visitor: &mut Visitor,
    decisions: &SealKey,
    crossing: &Crossing<'_>,
) {
    for one in received.iter_mut().filter(|one| one.is_open()) {
        let Some(decoded) = one.decoded.take() else { continue };
        let arrived = crossing.arrives(&decoded, visitor).transpose();
        let proof = visitor.proof_for(source, &decoded, arrived.as_ref().ok().cloned().flatten());
        let extracted = identifiers(&decoded.event, config.identity(), &proof);
        one.not_identifiers = extracted.refused;
        if let Err((value, reason)) = arrived {
            one.not_identifiers.push(value);
            one.warning = one.warning.take().or(Some(reason.to_string()));
        }
        if extracted.ids.is_empty() {
            one.outcome = Some(Outcome::Rejected(Reason::NoUserAnonId));
            continue;
        }
        let token = token_on(&decoded.event);
        let decision = token.and_then(|token| Decision::open(decisions, token));
        if token.is_some() && decision.is_none() && one.warning.is_none() {
            one.warning =
                Some("unknown_token: it is none of ours, so the event is put down to no decision".into());
        }
        let logged = Logged {
            previous: extracted.previous,
            account: extracted.account,
            ..Logged::new(decoded.event, extracted.ids, one.consent).of_decision(decision)
        };
        if one.warning.is_none() {
            one.warning = of_account(&logged, &one.not_identifiers);
        }
        match Fact::of(&logged) {
            Some(_) => one.logged = Some(logged),
            None => one.outcome = Some(Outcome::Rejected(Reason::UnprovenUserId)),
        }
    }
}

/// What the sender of an event about an account should know, if it says nothing of the account.
fn of_account(logged: &Logged, not_identifiers: &[NoIdentifier]) -> Option<String> {
    account_named(&logged.event).filter(|_| Word::of(logged).is_none())?;
    let Some(named) = &logged.account else {
        let refused = not_identifiers.iter().find(|one| one.namespace.as_str() == Namespace::GROUP_ID)?;
        return Some(format!("invalid_group_id: {:?} is {}", refused.value, refused.reason.code()));
    };
    let takes = "counts only from a server, or with an identity token of this user whose `groups` names it";
    Some(format!("unproven_group_id: {:?} {takes}", named.id.as_str()))
}
