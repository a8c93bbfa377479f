//! The answer to a batch: counts, what went wrong with which event, and the decisions.

use selvedge_engine::config::{Config, ForPages};
use selvedge_engine::event::{Batch, message_id_of};
use selvedge_engine::identity::extract::NoIdentifier;
use selvedge_engine::identity::home::Note;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::limits;
use selvedge_engine::offer::Decided;
use selvedge_engine::outcome::Outcome;
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};
use worker::Response;

use super::received::Received;
use crate::api_error::ApiError;
use crate::platform::Secrets;

/// What a request ends with.
pub(super) struct Answer<'a> {
    pub(super) received: &'a [Received],
    pub(super) decisions: Option<Vec<Decided>>,
    pub(super) config: &'a Config,
    pub(super) now: UnixMillis,
    /// What the page's device is to us: `bound`, `unbound`, or a `bot`.
    pub(super) device: &'static str,
    pub(super) device_token: Option<String>,
    /// The word for a link to another site, if that was asked for.
    pub(super) handover: Option<String>,
    /// What the tag has not been told yet.
    pub(super) settings: Option<ForPages<'a>>,
    /// The client asked what became of each event.
    pub(super) with_results: bool,
    /// A preview, or a bot: what a page says of what it was shown counts nowhere.
    pub(super) counts_nowhere: bool,
}

impl Answer<'_> {
    /// 200 when every event has its outcome; 503 with `results[]` when some could not be made durable, so that the
    /// client sends the batch again and the others are duplicates then. 429 if all that was in the way were others.
    pub(super) fn response(&self, secrets: &Secrets) -> Result<Response, ApiError> {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.received.iter().filter(|one| one.outcome.as_ref().is_some_and(wanted)).count()
        };
        let rejected = count(|outcome| matches!(outcome, Outcome::Rejected(_)));
        let open = self.received.iter().filter(|one| one.is_open()).count();
        let mut body = Map::new();
        body.insert("accepted".into(), count(|outcome| *outcome == Outcome::Accepted).into());
        body.insert("duplicate".into(), count(|outcome| *outcome == Outcome::Duplicate).into());
        body.insert("rejected".into(), rejected.into());
        let bots = count(|outcome| matches!(outcome, Outcome::Bot(_)));
        if bots > 0 {
            body.insert("bot".into(), bots.into());
        }
        let warned = self.received.iter().any(|one| one.warning.is_some());
        if rejected > 0 || bots > 0 || open > 0 || warned || self.with_results {
            body.insert("results".into(), self.received.iter().map(result).collect());
        }
        body.insert("configVersion".into(), self.config.version().into());
        if let Some(decisions) = &self.decisions {
            body.insert("device".into(), self.device.into());
            let mut shown: Vec<Value> =
                decisions.iter().map(|one| decision(one, self.config, self.now, secrets)).collect();
            if self.counts_nowhere {
                shown.iter_mut().for_each(without_token);
            }
            body.insert("decisions".into(), shown.into());
        }
        if let Some(settings) = &self.settings {
            body.insert("settings".into(), json!(settings));
        }
        if let Some(token) = &self.device_token {
            body.insert("deviceToken".into(), token.as_str().into());
        }
        if let Some(token) = &self.handover {
            body.insert("handover".into(), token.as_str().into());
        }
        if open == 0 {
            body.insert("success".into(), true.into());
            return Ok(Response::from_json(&Value::Object(body))?);
        }
        let only_for_later = self.received.iter().filter(|one| one.is_open()).all(|one| one.is_for_later);
        let error = if only_for_later { ApiError::flooded() } else { ApiError::not_durable(open) };
        Ok(error.response_with(body)?)
    }
}

/// A decision, with its token if an offer is shown.
pub(super) fn decision(decided: &Decided, config: &Config, now: UnixMillis, secrets: &Secrets) -> Value {
    let token = decided.for_token(config.version(), now).map(|decision| decision.seal(&secrets.decision));
    let mut shown = json!({
        "id": decided.id,
        "placement": decided.placement,
        "offer": decided.offer,
        "variant": decided.variant,
        "content": decided.content,
        "reason": decided.reason,
        "token": token,
    });
    if let (Some(experiment), Some(fields)) = (&decided.experiment, shown.as_object_mut()) {
        fields.insert("experiment".into(), json!(experiment));
        fields.insert("propensity".into(), json!(decided.propensity));
    }
    shown
}

/// Of a decision that nobody is shown: what comes back of it counts nowhere.
pub(super) fn without_token(decision: &mut Value) {
    drop(decision.as_object_mut().map(|fields| fields.remove("token")));
}

/// The answer to a request that is not looked at now; with what there is to say of each event, if that was asked for.
pub(super) fn not_now(error: &ApiError, batch: &Batch<'_>, with_results: bool) -> Result<Response, ApiError> {
    let mut body = Map::new();
    if with_results {
        let retry = |raw: &&str| json!({ "messageId": message_id_of(raw), "outcome": "retry" });
        body.insert("results".into(), batch.events.iter().map(retry).collect());
    }
    Ok(error.response_with(body)?)
}

/// The answer to a batch of too many events: all rejected, as Segment does. What each came to would be as long as a body of
/// nothing but commas has events, so it is said once.
pub(super) fn too_many(batch: &Batch<'_>) -> Result<Response, ApiError> {
    let events = batch.events.len();
    let message = format!(
        "a batch holds at most {} events, this one has {events}: none was taken; send smaller ones",
        limits::BATCH_EVENTS
    );
    let body = json!({
        "success": true, "accepted": 0, "duplicate": 0, "rejected": events, "code": "too_many_events", "message": message,
    });
    Ok(Response::from_json(&body)?)
}

pub(super) fn result(one: &Received) -> Value {
    let mut result = Map::new();
    result.insert("messageId".into(), json!(one.message_id));
    let outcome = match one.outcome {
        Some(Outcome::Accepted) => "accepted",
        Some(Outcome::Duplicate) => "duplicate",
        Some(Outcome::Rejected(reason)) => {
            result.insert("code".into(), reason.code().into());
            result.insert("message".into(), reason.message().into());
            "rejected"
        }
        Some(Outcome::Bot(sign)) => {
            result.insert("code".into(), sign.code().into());
            result.insert("message".into(), sign.message().into());
            "bot"
        }
        None => "retry",
    };
    result.insert("outcome".into(), outcome.into());
    let warning = one.warning.clone().or_else(|| one.not_identifiers.first().map(no_identifier));
    if let Some(warning) = warning {
        result.insert("warning".into(), warning.into());
    }
    if !one.not_identifiers.is_empty() {
        result.insert("notIdentifiers".into(), json!(one.not_identifiers));
    }
    let ids = one.logged.iter().flat_map(|logged| &logged.ids);
    let claimed: Vec<&Identifier> =
        ids.filter(|carried| carried.trust == Trust::Claimed).map(|carried| &carried.id).collect();
    if !claimed.is_empty() {
        result.insert("claimed".into(), json!(claimed));
    }
    if !one.refused.is_empty() {
        let refused = |note: &Note| json!({ "id": note.id, "reasons": note.reasons });
        result.insert("refused".into(), one.refused.iter().map(refused).collect());
    }
    Value::Object(result)
}

fn no_identifier(value: &NoIdentifier) -> String {
    let NoIdentifier { namespace, value, reason } = value;
    format!("not_an_identifier: {} {value:?} is {}", namespace.as_str(), reason.code())
}
