//! Offers that were seen (half in view for a second) and clicked: "Promotion Viewed" and "Promotion Clicked".

use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::JsValue;

use crate::bridge::{Members, callback, construct};
use crate::held::Held;
use crate::limits::DWELL;
use crate::placement::{self, Slot};
use crate::{Tag, event, signal};

/// Which offers were counted in this page view.
#[derive(Default)]
pub(crate) struct Impressions {
    observer: Held<JsValue>,
    counted: Held<Vec<String>>,
}

/// Makes the observer; without IntersectionObserver nothing counts as seen.
pub(crate) fn start(tag: &Tag) {
    let options = tag.object();
    options.set("threshold", 0.5);
    let observer =
        construct("IntersectionObserver", callback(signal::INTERSECTED, &JsValue::UNDEFINED), options);
    tag.impressions.observer.replace(observer);
}

/// Begins to watch an element for the offer it shows now, or stops when it shows none.
pub(crate) fn watch(tag: &Tag, slot: &Slot) {
    let observer = tag.impressions.observer.get();
    stop(tag, slot);
    // The observer reports the state of an element when it is told to observe it anew.
    observer.call1("unobserve", &slot.element);
    if offer(slot).is_some() {
        observer.call1("observe", &slot.element);
    }
}

/// A new page view: offers that are still shown count again.
pub(crate) fn new_page_view(tag: &Tag) {
    tag.impressions.counted.take();
    for slot in placement::slots(tag) {
        watch(tag, &slot);
    }
}

/// Elements came into view or left it.
pub(crate) fn intersected(tag: &Tag, entries: &JsValue) {
    for entry in entries.items() {
        let Some(slot) = placement::find(tag, &entry.get("target")) else { continue };
        stop(tag, &slot);
        if entry.number("intersectionRatio") >= 0.5 {
            slot.dwell.set(tag.after(DWELL, signal::DWELLED, &slot.element));
        }
    }
}

/// An element has been in view for long enough: its offer counts, once per page view.
pub(crate) fn dwelled(tag: &Tag, element: &JsValue) {
    let Some(slot) = placement::find(tag, element) else { return };
    slot.dwell.set(0.0);
    let Some(key) = offer(&slot) else { return };
    let is_new = tag.impressions.counted.with(|counted| {
        let is_new = !counted.contains(&key);
        if is_new {
            counted.push(key);
        }
        is_new
    });
    if is_new {
        track(tag, &slot, "Promotion Viewed");
    }
}

/// A click inside this element, if it shows an offer.
pub(crate) fn clicked(tag: &Tag, element: &JsValue) {
    if let Some(slot) = placement::find(tag, element)
        && offer(&slot).is_some()
    {
        track(tag, &slot, "Promotion Clicked");
    }
}

fn track(tag: &Tag, slot: &Slot, name: &str) {
    let decision = slot.decision.get();
    let properties = tag.object();
    properties.set("promotion_id", decision.get("offer"));
    properties.set("position", decision.get("placement"));
    properties.set("token", decision.get("token"));
    properties.set("variant", decision.get("variant"));
    event::track(tag, name, properties, tag.now());
}

/// The offer an element shows, with its placement and variant; nothing when it shows the page's own content.
fn offer(slot: &Slot) -> Option<String> {
    let decision = slot.decision.get();
    let mut key = decision.text("offer").filter(|_| !decision.get("content").missing())?;
    for part in ["placement", "variant"] {
        key.push('\n');
        key.push_str(&decision.text(part).unwrap_or_default());
    }
    Some(key)
}

fn stop(tag: &Tag, slot: &Slot) {
    tag.window.call1("clearTimeout", slot.dwell.take());
}
