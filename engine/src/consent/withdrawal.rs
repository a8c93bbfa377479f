//! Taking consent back. To heed that it must be known, for as long as there is anything that it is about: so the word itself
//! is stored, which is necessary whatever is allowed, and nothing else of the event that brings it.

use serde_json::{Map, Value};

use super::{Consent, MaySend, MayStore, speaks};
use crate::event::{Event, Kind};

/// Segment's event for a choice, at the moment when it is made.
pub const CHOICE: &str = "Segment Consent Preference Updated";

/// What such an event is made of.
const FIELDS: [&str; 4] = ["event", "anonymousId", "userId", "context"];

/// What may be stored of an event that came under this consent, which does not cover it: who takes consent back, and how.
/// None if it says nothing of that.
pub fn withdrawal(mut event: Event, consent: Consent) -> Option<Event> {
    if consent.analytics || event.kind != Kind::Track || event.name() != CHOICE {
        return None;
    }
    let said = Value::Object(event.consent()?.clone());
    event.body.retain(|field, _| FIELDS.contains(&field.as_str()));
    event.body.insert("context".into(), Value::Object(Map::from_iter([("consent".to_owned(), said)])));
    is_withdrawal(&event).then_some(event)
}

fn is_withdrawal(event: &Event) -> bool {
    let only_that = |context: &Map<String, Value>| context.keys().all(|field| field == "consent");
    event.kind == Kind::Track
        && event.name() == CHOICE
        && event.body.keys().all(|field| FIELDS.contains(&field.as_str()))
        && event.context().is_some_and(only_that)
        && event.consent().is_some_and(speaks)
}

impl Consent {
    /// The proof that this event may be stored: by consent, or because it is nothing but its withdrawal.
    pub fn may_keep(self, event: &Event) -> Option<MayStore> {
        self.may_store().or_else(|| is_withdrawal(event).then_some(MayStore(())))
    }

    /// The proof that it may leave for our own archive, likewise: what is built anew from that must not know less.
    pub fn may_keep_in_archive(self, event: &Event) -> Option<MaySend> {
        self.may_archive().or_else(|| is_withdrawal(event).then_some(MaySend(())))
    }
}
