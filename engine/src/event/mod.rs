//! Events: what a client sent, read once and kept whole.

mod batch;
mod clock;
mod decode;
mod pixel;
mod surrogate;

pub use batch::{Batch, BatchError, Wanted, decode_batch, decode_single};
pub use clock::event_time;
pub use decode::{Decoded, Received, decode_event, message_id_of};
pub use pixel::event_of_query;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{MessageId, SourceId};
use crate::time::UnixMillis;

/// The six message types of the Segment spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A page was viewed.
    Page,
    /// Something was done.
    Track,
    /// Who this is, with traits.
    Identify,
    /// The person belongs to an account.
    Group,
    /// One user id replaces another.
    Alias,
    /// An app's screen was viewed.
    Screen,
}

impl Kind {
    /// The kind with this `type`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "page" => Self::Page,
            "track" => Self::Track,
            "identify" => Self::Identify,
            "group" => Self::Group,
            "alias" => Self::Alias,
            "screen" => Self::Screen,
            _ => return None,
        })
    }

    /// Its `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Group => "group",
            Self::Alias => "alias",
            Self::Screen => "screen",
        }
    }

    /// The name of an event of this type that has this body: see [`Event::name`].
    pub fn name_in(self, body: &Map<String, Value>) -> &str {
        match self {
            Self::Track => body.get("event").and_then(Value::as_str).unwrap_or_default(),
            Self::Page => "Page",
            Self::Identify => "Identify",
            Self::Group => "Group",
            Self::Alias => "Alias",
            Self::Screen => "Screen",
        }
    }
}

/// One event as it is logged: the fields that the engine works with, and the client's own object, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Primary key of the log.
    pub message_id: MessageId,
    /// Its type.
    pub kind: Kind,
    /// When it happened, by the skew formula, never after `received_at`.
    pub timestamp: UnixMillis,
    /// When the edge took it.
    pub received_at: UnixMillis,
    /// Where it came from.
    pub source: SourceId,
    /// The client's object, batch context merged in, secrets taken out.
    pub body: Map<String, Value>,
}

impl Event {
    /// A top-level text field that is not empty.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// `userId`.
    pub fn user_id(&self) -> Option<&str> {
        self.text("userId")
    }

    /// `anonymousId`.
    pub fn anonymous_id(&self) -> Option<&str> {
        self.text("anonymousId")
    }

    /// The name that conditions match: of a track event its own, else the type with a capital (`Page`).
    pub fn name(&self) -> &str {
        self.kind.name_in(&self.body)
    }

    /// `properties`, if there are any.
    pub fn properties(&self) -> Option<&Map<String, Value>> {
        self.body.get("properties").and_then(Value::as_object)
    }

    /// `traits`, if there are any. Those of an `identify` that has none of its own are in its context: RudderStack's
    /// browser and mobile clients put them there.
    pub fn traits(&self) -> Option<&Map<String, Value>> {
        let own = self.body.get("traits").and_then(Value::as_object);
        if self.kind != Kind::Identify {
            return own;
        }
        own.filter(|traits| !traits.is_empty()).or_else(|| self.context()?.get("traits")?.as_object())
    }

    /// `context`, if there is one.
    pub fn context(&self) -> Option<&Map<String, Value>> {
        self.body.get("context").and_then(Value::as_object)
    }

    /// What it says of the person's consent: `context.consent`.
    pub fn consent(&self) -> Option<&Map<String, Value>> {
        self.context()?.get("consent")?.as_object()
    }

    /// The order that decides between two events about the same thing: time, then messageId.
    pub fn order(&self) -> (UnixMillis, &MessageId) {
        (self.timestamp, &self.message_id)
    }

    /// The event as one JSON object, times in ISO 8601: what the API and destinations show.
    pub fn to_public_json(&self) -> Value {
        let mut object = self.body.clone();
        object.insert("messageId".into(), self.message_id.as_str().into());
        object.insert("type".into(), self.kind.as_str().into());
        object.insert("timestamp".into(), self.timestamp.to_iso().into());
        object.insert("receivedAt".into(), self.received_at.to_iso().into());
        object.insert("source".into(), self.source.as_str().into());
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Event, Kind};
    use crate::ids::{MessageId, SourceId};
    use crate::time::UnixMillis;

    #[test]
    fn an_identify_without_traits_of_its_own_has_those_of_its_context() {
        let own = json!({ "plan": "own" });
        let context = json!({ "traits": { "plan": "context" } });
        let cases = [
            (Kind::Identify, json!({ "traits": own, "context": context }), Some("own")),
            (Kind::Identify, json!({ "traits": {}, "context": context }), Some("context")),
            (Kind::Identify, json!({ "context": context }), Some("context")),
            (Kind::Track, json!({ "context": context }), None),
            (Kind::Group, json!({ "context": context }), None),
        ];
        for (kind, body, expected) in cases {
            let event = Event {
                message_id: MessageId("m".into()),
                kind,
                timestamp: UnixMillis(0),
                received_at: UnixMillis(0),
                source: SourceId::from("s"),
                body: body.as_object().cloned().unwrap_or_default(),
            };
            let plan = event.traits().and_then(|traits| traits.get("plan")?.as_str());
            assert_eq!(plan, expected, "{kind:?} {body}");
        }
    }
}
