//! From a client's JSON to an [`Event`], or to the reason why not.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Event, Kind, event_time, surrogate};
use crate::consent;
use crate::ids::{MessageId, SourceId};
use crate::limits;
use crate::outcome::Reason;
use crate::time::UnixMillis;
use crate::token::IdentityClaims;

/// What the edge adds to what the client sent.
#[derive(Debug)]
pub struct Received<'a> {
    /// The source whose key the request carried.
    pub source: &'a SourceId,
    /// The edge's clock.
    pub at: UnixMillis,
    /// The batch's `sentAt`.
    pub sent_at: Option<UnixMillis>,
    /// The batch's `context`, which each item's own overrides key by key.
    pub context: Option<&'a Map<String, Value>>,
    /// The batch's `integrations`, likewise.
    pub integrations: Option<&'a Map<String, Value>>,
    /// Bytes that the shared parts add to each event.
    pub shared_bytes: usize,
    /// The `type` of a single-call path, for bodies that leave it out.
    pub kind: Option<Kind>,
}

/// A rejected event, with the messageId if it could be read.
type Rejection = (Option<MessageId>, Reason);

/// Reads one event. `fallback_id` names it if the client did not; it must be random.
///
/// # Errors
/// The [`Reason`] why the event can't be taken.
pub fn decode_event(
    raw: &str,
    received: &Received<'_>,
    fallback_id: MessageId,
) -> Result<Decoded, Rejection> {
    let parsed = serde_json::from_str::<Value>(raw).ok().or_else(|| surrogate::read(raw));
    let Some(Value::Object(mut body)) = parsed else {
        return Err((None, Reason::InvalidEvent));
    };
    let message_id = take_message_id(&mut body, fallback_id).map_err(|reason| (None, reason))?;
    let reject = |reason| Err((Some(message_id.clone()), reason));
    if raw.len() + received.shared_bytes > limits::EVENT_BYTES {
        return reject(Reason::EventTooLarge);
    }
    let named = body.remove("type");
    let kind = match named.as_ref().and_then(Value::as_str) {
        Some(text) => Kind::parse(text),
        None => received.kind,
    };
    let Some(kind) = kind else { return reject(Reason::UnknownType) };
    for field in ["userId", "anonymousId", "previousId", "groupId"] {
        number_to_text(&mut body, field);
    }
    let timestamp = take_timestamp(&mut body, received);
    merge(&mut body, "context", received.context);
    merge(&mut body, "integrations", received.integrations);
    if !body.values().all(|value| is_shallow(value, limits::EVENT_DEPTH - 1)) {
        return reject(Reason::EventTooDeep);
    }
    let [identity_token, handover] = take_secrets(&mut body);
    let event = Event {
        message_id: message_id.clone(),
        kind,
        timestamp,
        received_at: received.at,
        source: received.source.clone(),
        body,
    };
    if event.user_id().is_none() && event.anonymous_id().is_none() {
        return reject(Reason::NoUserAnonId);
    }
    match kind {
        Kind::Track if event.text("event").is_none() => reject(Reason::MissingEventName),
        Kind::Group if event.text("groupId").is_none_or(|id| id.trim().is_empty()) => {
            reject(Reason::MissingGroupId)
        }
        Kind::Group
            if event.text("groupId").is_some_and(|id| id.chars().count() > limits::IDENTIFIER_CHARS) =>
        {
            reject(Reason::GroupIdTooLong)
        }
        _ => Ok(Decoded { event, identity_token, proven: None, disproven: false, handover }),
    }
}

/// The messageId that an event's client has given it, for an event that is read no further.
pub fn message_id_of(raw: &str) -> Option<MessageId> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        message_id: Option<MessageId>,
    }
    // A struct reads from an array too.
    let named = raw.trim_start().starts_with('{').then(|| serde_json::from_str::<Named>(raw))?;
    named.ok()?.message_id.filter(|id| !id.0.is_empty() && is_message_id(&id.0))
}

/// A decoded event and the tokens that it carried, which are never logged.
#[derive(Debug)]
pub struct Decoded {
    /// The event.
    pub event: Event,
    /// `context.identityToken`.
    pub identity_token: Option<String>,
    /// What that token proves, once it was checked.
    pub proven: Option<IdentityClaims>,
    /// That token was checked, and is not good.
    pub disproven: bool,
    /// `context.handover`: with what the visitor came from another site.
    pub handover: Option<String>,
}

fn take_message_id(body: &mut Map<String, Value>, fallback: MessageId) -> Result<MessageId, Reason> {
    match body.remove("messageId") {
        None | Some(Value::Null) => Ok(fallback),
        Some(Value::String(id)) if id.is_empty() => Ok(fallback),
        Some(Value::String(id)) if is_message_id(&id) => Ok(MessageId(id)),
        Some(_) => Err(Reason::InvalidMessageId),
    }
}

fn is_message_id(id: &str) -> bool {
    id.chars().count() <= limits::MESSAGE_ID_CHARS && !id.contains('\0')
}

/// Whether there are so many objects and lists inside each other at most.
fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_shallow(item, depth - 1)),
        Value::Object(fields) => depth > 0 && fields.values().all(|field| is_shallow(field, depth - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Old servers send ids as numbers; `42` and `"42"` are the same person.
fn number_to_text(body: &mut Map<String, Value>, field: &str) {
    if let Some(value) = body.get_mut(field)
        && value.is_number()
    {
        *value = Value::String(value.to_string());
    }
}

fn take_timestamp(body: &mut Map<String, Value>, received: &Received<'_>) -> UnixMillis {
    let read = |value: Value| super::clock::read_time(&value);
    // `timestamp` is what the caller passed; `originalTimestamp` what a client library noted at the call. A device has no
    // other time than that. RudderStack's library for servers notes it also of an event that the caller says is old.
    let given = body.remove("timestamp").and_then(read);
    let noted = body.get("originalTimestamp").cloned().and_then(read);
    let is_server = body.get("channel").and_then(Value::as_str) == Some("server");
    let original = if is_server { given.or(noted) } else { noted.or(given) };
    let sent_at = body.remove("sentAt").and_then(read).or(received.sent_at);
    body.remove("receivedAt");
    event_time(original, sent_at, received.at)
}

fn merge(body: &mut Map<String, Value>, field: &str, shared: Option<&Map<String, Value>>) {
    let Some(shared) = shared else { return };
    let own = body.entry(field).or_insert_with(|| Value::Object(Map::new()));
    if !own.is_object() {
        *own = Value::Object(Map::new());
    }
    let Value::Object(own) = own else { return };
    for (key, value) in shared {
        match own.get_mut(key) {
            None => drop(own.insert(key.clone(), value.clone())),
            Some(own) if key == "consent" => consent::complete(own, value),
            Some(_) => {}
        }
    }
}

/// Takes out what must never be stored: the write key, the identity token and the hand-over.
fn take_secrets(body: &mut Map<String, Value>) -> [Option<String>; 2] {
    body.remove("writeKey");
    let mut context = body.get_mut("context").and_then(Value::as_object_mut);
    ["identityToken", "handover"].map(|name| match context.as_mut()?.remove(name)? {
        Value::String(token) => Some(token),
        _ => None,
    })
}
