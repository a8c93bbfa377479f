//! The visitor's choices, as Segment's `categoryPreferences`, and what the tag may do under them.

use wasm_bindgen::JsValue;

use crate::bridge::Members;
use crate::held::Held;
use crate::{Tag, answer, event, ids, placement, transport};

const KEY: &str = "selvedge_consent";

/// What the category `analytics` allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Events are stored and sent.
    Granted,
    /// The page requires a choice that was not made yet: events wait in memory.
    Held,
    /// Events are not recorded.
    Denied,
}

/// The stored choices and the page's requirement.
pub(crate) struct Consent {
    required: bool,
    preferences: Held<JsValue>,
}

impl Consent {
    /// `required`: the script element has `data-consent="required"`.
    pub(crate) fn new(required: bool) -> Self {
        Self { required, preferences: Held::default() }
    }

    /// The choices, if any was made.
    pub(crate) fn preferences(&self) -> Option<JsValue> {
        Some(self.preferences.get()).filter(|preferences| !preferences.missing())
    }

    /// What is allowed now. With a requirement, only an explicit yes is a yes.
    pub(crate) fn status(&self) -> Status {
        let analytics = self.preferences.get().get("analytics");
        if analytics == JsValue::FALSE {
            Status::Denied
        } else if self.required && analytics != JsValue::TRUE {
            Status::Held
        } else {
            Status::Granted
        }
    }
}

/// Loads the choices of earlier pages.
pub(crate) fn start(tag: &Tag) {
    if let Some(json) = tag.storage.get(KEY) {
        tag.consent.preferences.replace(tag.parse(&json));
    }
    tag.storage.persist(tag.consent.status() == Status::Granted);
}

/// Adds choices to the earlier ones, tells the edge, and acts on them.
pub(crate) fn update(tag: &Tag, given: &JsValue, time: f64) {
    let before = tag.consent.status();
    let earlier = tag.consent.preferences.get();
    let merged = tag.window.get("Object").call3("assign", tag.object(), earlier, given);
    if let Some(json) = tag.json(&merged)
        && !tag.storage.set_always(KEY, &json)
    {
        tag.storage.set(KEY, &json);
    }
    // The edge learns of a withdrawal by a last event, recorded while recording is still allowed. A visitor who never
    // agreed has sent nothing, so there is nothing to withdraw.
    let denied = merged.get("analytics") == JsValue::FALSE;
    let tell = || event::track(tag, "Segment Consent Preference Updated", tag.object(), time);
    if denied && before == Status::Granted {
        tell();
    }
    tag.consent.preferences.replace(merged);
    match tag.consent.status() {
        Status::Granted => {
            tag.storage.persist(true);
            ids::write_cookie(tag);
            tell();
        }
        Status::Denied => {
            tag.storage.persist(false);
            if before == Status::Held {
                tag.storage.forget_memory();
            }
            ids::forget_all(tag);
            answer::forget(tag);
            placement::forget_decisions(tag);
            transport::settle_waiters(tag);
        }
        Status::Held => {}
    }
}
