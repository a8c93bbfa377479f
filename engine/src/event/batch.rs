//! The envelope of `POST /v1/batch` and of the single-call paths.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::ids::PlacementId;
use crate::limits;
use crate::time::UnixMillis;

/// A request's events, still as text, and what is said once for all of them.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The key, when the body carries it.
    pub write_key: Option<String>,
    /// When the client sent it, by its own clock.
    pub sent_at: Option<UnixMillis>,
    /// Shared context.
    pub context: Option<Map<String, Value>>,
    /// Shared integrations.
    pub integrations: Option<Map<String, Value>>,
    /// The events, each to be decoded on its own so that a bad one does not spoil the others.
    pub events: Vec<&'a str>,
    /// What the caller wants decided.
    pub wanted: Option<Wanted>,
    /// The device that asks, for a request without events.
    pub anonymous_id: Option<String>,
    /// The newest config version that the caller has seen.
    pub min_config: Option<u64>,
    /// The version whose settings it has, if it has only heard of a newer one.
    pub settings_of: Option<u64>,
    /// The token of a preview: see [`Preview`](crate::token::Preview).
    pub preview: Option<String>,
    /// The host of another site that the visitor may go to next: a [`Handover`](crate::token::Handover) is wanted.
    pub handover: Option<String>,
    /// The device cookie's value, of a page whose site the edge can set no cookie for; empty at first contact.
    pub device_token: Option<String>,
}

impl Batch<'_> {
    /// Whether nothing of it is taken, because it has more than [`limits::BATCH_EVENTS`].
    pub fn has_too_many_events(&self) -> bool {
        self.events.len() > limits::BATCH_EVENTS
    }
}

/// The `decide` field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Placements to decide.
    pub placements: Vec<PlacementId>,
}

/// Why a whole request can't be read. `Display` is the message for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Not JSON.
    #[error("malformed JSON: {0}")]
    Malformed(String),
    /// JSON, but not this shape.
    #[error("{0}")]
    Shape(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(default)]
    write_key: Value,
    #[serde(default)]
    sent_at: Value,
    #[serde(default)]
    context: Value,
    #[serde(default)]
    integrations: Value,
    #[serde(borrow, default)]
    batch: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    decide: Value,
    #[serde(default)]
    anonymous_id: Value,
    #[serde(default)]
    min_config: Value,
    #[serde(default)]
    settings_of: Value,
    #[serde(default)]
    preview: Value,
    #[serde(default)]
    handover: Value,
    #[serde(default)]
    device_token: Value,
}

/// Reads a batch's envelope.
///
/// # Errors
/// [`BatchError`] when nothing of the request can be used.
pub fn decode_batch(text: &str) -> Result<Batch<'_>, BatchError> {
    // A struct reads from an array too, field by field; that is no batch.
    if text.trim_start().starts_with('[') {
        return Err(BatchError::Shape("the body must be a JSON object".into()));
    }
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => BatchError::Shape(error.to_string()),
        _ => BatchError::Malformed(error.to_string()),
    })?;
    let events: Vec<&str> = envelope
        .batch
        .ok_or_else(|| BatchError::Shape("`batch` must be an array of events".into()))?
        .into_iter()
        .map(RawValue::get)
        .collect();
    Ok(Batch {
        write_key: envelope.write_key.as_str().map(str::to_owned),
        sent_at: super::clock::read_time(&envelope.sent_at),
        context: object(envelope.context),
        integrations: object(envelope.integrations),
        events,
        wanted: Wanted::of(&envelope.decide),
        anonymous_id: as_text(&envelope.anonymous_id),
        min_config: as_text(&envelope.min_config).and_then(|version| version.parse().ok()),
        settings_of: as_text(&envelope.settings_of).and_then(|version| version.parse().ok()),
        preview: envelope.preview.as_str().map(str::to_owned),
        handover: envelope.handover.as_str().map(str::to_owned),
        device_token: envelope.device_token.as_str().map(str::to_owned),
    })
}

/// Reads the body of a single-call path, which is the event itself.
///
/// # Errors
/// [`BatchError::Malformed`] when it is not JSON.
pub fn decode_single(text: &str) -> Result<Batch<'_>, BatchError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Key {
        #[serde(default)]
        write_key: Value,
    }
    let key: Key = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => BatchError::Shape("the body must be a JSON object".into()),
        _ => BatchError::Malformed(error.to_string()),
    })?;
    Ok(Batch {
        write_key: key.write_key.as_str().map(str::to_owned),
        sent_at: None,
        context: None,
        integrations: None,
        events: vec![text],
        wanted: None,
        anonymous_id: None,
        min_config: None,
        settings_of: None,
        preview: None,
        handover: None,
        device_token: None,
    })
}

// What stands beside the events is read leniently: a 400 would make the client drop them for ever.

impl Wanted {
    /// What a `decide` field, or the body of a request for decisions, names: none if it names nothing.
    pub fn of(decide: &Value) -> Option<Self> {
        let named = decide.get("placements")?.as_array()?.iter().filter_map(Value::as_str);
        Some(Self { placements: named.take(limits::PLACEMENTS_PER_REQUEST).map(PlacementId::from).collect() })
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
