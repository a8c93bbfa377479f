//! What comes with a request or an event about consent, and what it means together.

use serde_json::{Map, Value};

use super::{Word, google, gpp, tcf};

/// The fields of `context.consent` that say something.
const PREFERENCES: &str = "categoryPreferences";
const TCF: &str = "tcf";
const GPP: &str = "gpp";
const GOOGLE: &str = "google";
const GPC: &str = "gpc";

/// What is said about consent, in all the ways in which it can be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// `Sec-GPC: 1` was sent.
    pub gpc: bool,
    /// `context.consent`, if there is one.
    pub said: Option<&'a Map<String, Value>>,
}

impl Signals<'_> {
    /// All that is said, the most restrictive of it where signals differ.
    pub(super) fn word(self) -> Word {
        let Some(said) = self.said else {
            return if self.gpc { Word::NOT_WITH_OTHERS } else { Word::default() };
        };
        let text = |field: &str, read: fn(&str) -> Word| match said.get(field) {
            None | Some(Value::Null) => Word::default(),
            Some(Value::String(text)) => read(text),
            Some(_) => Word::NO,
        };
        let object = |field: &str, read: fn(&Map<String, Value>) -> Word| match said.get(field) {
            None | Some(Value::Null) => Word::default(),
            Some(Value::Object(object)) => read(object),
            Some(_) => Word::NO,
        };
        let objects = self.gpc || !matches!(said.get(GPC), None | Some(Value::Null | Value::Bool(false)));
        let control = if objects { Word::NOT_WITH_OTHERS } else { Word::default() };
        object(PREFERENCES, of_preferences)
            .and(text(TCF, tcf::word))
            .and(text(GPP, gpp::word))
            .and(object(GOOGLE, google::word))
            .and(control)
    }
}

/// Segment's consent object, and what the tag's own API gives: a purpose that is not named is denied, as Segment specifies,
/// and only `true` is a yes.
fn of_preferences(said: &Map<String, Value>) -> Word {
    let allows = |purpose: &str| Some(said.get(purpose) == Some(&Value::Bool(true)));
    Word {
        analytics: allows("analytics"),
        personalisation: allows("personalisation"),
        advertising: allows("advertising"),
        sale_or_share: allows("sale_or_share"),
    }
}

fn is_said(field: &str, value: &Value) -> bool {
    match field {
        PREFERENCES | TCF | GPP | GOOGLE => !value.is_null(),
        GPC => !matches!(value, Value::Null | Value::Bool(false)),
        _ => false,
    }
}

/// Whether a `context.consent` says anything.
pub fn speaks(consent: &Map<String, Value>) -> bool {
    consent.iter().any(|(field, value)| is_said(field, value))
}

/// Gives an event's `context.consent` what its batch's says and it does not: an event that brings a word of its own in one
/// way must not lose the no that stands in another.
pub(crate) fn complete(own: &mut Value, shared: &Value) {
    let Some(shared) = shared.as_object() else { return };
    if !own.is_object() {
        *own = Value::Object(Map::new());
    }
    let Some(own) = own.as_object_mut() else { return };
    for (field, value) in shared {
        if own.get(field).is_none_or(|mine| is_said(field, value) && !is_said(field, mine)) {
            own.insert(field.clone(), value.clone());
        }
    }
}
