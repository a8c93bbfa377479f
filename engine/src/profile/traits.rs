//! Traits: for each name the value of the newest event that set it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::Event;
use crate::ids::MessageId;
use crate::limits;
use crate::time::UnixMillis;

/// A trait's value and the event that set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    /// The value; null takes the trait away.
    pub value: Value,
    /// When it was set.
    pub at: UnixMillis,
    /// By which event.
    pub by: MessageId,
}

/// Bytes of a trait as JSON.
fn size(name: &str, value: &Value) -> usize {
    name.len() + serde_json::to_string(value).map_or(usize::MAX / 2, |json| json.len())
}

/// Traits by name. The last writer in (timestamp, messageId) order wins, whatever the order of arrival.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traits(BTreeMap<String, Trait>);

impl Traits {
    /// Takes an event's traits in and keeps the `most` that were set last. That too is the same whatever the order of
    /// arrival: what falls out was older than all that stays, and so is anything it could come back with.
    pub fn apply(&mut self, event: &Event, most: usize) {
        for (name, value) in event.traits().into_iter().flatten() {
            let newer = self.0.get(name).is_none_or(|old| (old.at, &old.by) < event.order());
            if newer && size(name, value) <= limits::TRAIT_BYTES {
                let set = Trait { value: value.clone(), at: event.timestamp, by: event.message_id.clone() };
                self.0.insert(name.clone(), set);
            }
        }
        while self.0.len() > most {
            let oldest = self.0.iter().min_by_key(|(name, t)| (t.at, &t.by, *name));
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
            self.0.remove(&name);
        }
    }

    /// Name and value of those that are not null.
    pub fn values(&self) -> Map<String, Value> {
        let set = self.0.iter().filter(|(_, t)| !t.value.is_null());
        set.map(|(name, t)| (name.clone(), t.value.clone())).collect()
    }
}
