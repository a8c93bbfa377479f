//! Events as the wire has them: built as JavaScript objects, kept and sent as JSON text.

use wasm_bindgen::JsValue;

use crate::bridge::Members;
use crate::consent::Status;
use crate::{Tag, context, ids, queue, transport};

/// A new event of this type (`track`, `page`, `identify`), which happened at `time` (Unix milliseconds).
pub(crate) fn create(tag: &Tag, kind: &str, time: f64) -> JsValue {
    let event = tag.object();
    // The type stays first: the queue recognises page views by it.
    event.set("type", kind);
    event.set("messageId", ids::message_id(tag, time));
    event.set("anonymousId", ids::anonymous_id(tag));
    if let Some(user) = ids::user_id(tag) {
        event.set("userId", user);
    }
    event.set("timestamp", tag.iso(time));
    event.set("context", context::of_event(tag));
    event
}

/// Puts an event in the queue, where it is safe when this returns, and sees that it is sent. Gives its message id, or
/// `undefined` when consent was refused or the event can't be written as JSON.
pub(crate) fn record(tag: &Tag, event: &JsValue) -> JsValue {
    if tag.consent.status() == Status::Denied {
        return JsValue::UNDEFINED;
    }
    let (Some(id), Some(json)) = (event.text("messageId"), tag.json(event)) else {
        return JsValue::UNDEFINED;
    };
    queue::add(tag, &id, &json);
    transport::soon(tag);
    event.get("messageId")
}

/// Records a `track` event.
pub(crate) fn track(tag: &Tag, name: &str, properties: JsValue, time: f64) -> JsValue {
    let event = create(tag, "track", time);
    event.set("event", name);
    event.set("properties", properties);
    record(tag, &event)
}
