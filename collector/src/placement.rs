//! Placements: the elements `[data-selvedge-placement]`, the decisions for them, and what they show.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use wasm_bindgen::JsValue;

use crate::bridge::{Members, callback, construct, list};
use crate::consent::Status;
use crate::held::Held;
use crate::limits::SCAN_DELAY;
use crate::{Tag, impression, signal, transport};

const ATTRIBUTE: &str = "data-selvedge-placement";
const OFFER: &str = "data-selvedge-offer";

/// One element that shows decisions.
pub(crate) struct Slot {
    pub(crate) element: JsValue,
    /// The page's own content while an offer stands in its place: the nodes themselves, with their listeners.
    own: Held<Option<JsValue>>,
    /// What is shown, as text that changes exactly when it has to be shown anew.
    shown: Held<Option<String>>,
    pub(crate) decision: Held<JsValue>,
    /// The timer that runs while the element is in view and not yet counted; 0 when there is none.
    pub(crate) dwell: Cell<f64>,
}

/// All placements of the page.
pub(crate) struct Placements {
    slots: Held<Vec<Rc<Slot>>>,
    /// The decisions of the edge by placement, as a `Map`.
    known: JsValue,
    /// Placements asked for by `decide()`, as a `Set`; the page may have no element for them.
    asked: JsValue,
    listeners: Held<Vec<(String, JsValue)>>,
    /// True when the next request is needed for its decisions alone.
    wanted: Cell<bool>,
    scanning: Cell<bool>,
    /// Counts the persons at this page: an answer for an earlier one is not shown.
    pub(crate) person: Cell<u32>,
}

impl Placements {
    pub(crate) fn new() -> Self {
        Self {
            slots: Held::default(),
            known: construct("Map", JsValue::UNDEFINED, JsValue::UNDEFINED),
            asked: construct("Set", JsValue::UNDEFINED, JsValue::UNDEFINED),
            listeners: Held::default(),
            wanted: Cell::default(),
            scanning: Cell::default(),
            person: Cell::default(),
        }
    }
}

/// Watches the document for new placements.
pub(crate) fn start(tag: &Tag) {
    tag.listen(&tag.document, "DOMContentLoaded", signal::SCAN);
    let options = tag.object();
    options.set("childList", true);
    options.set("subtree", true);
    let observer =
        construct("MutationObserver", callback(signal::MUTATED, &JsValue::UNDEFINED), JsValue::UNDEFINED);
    observer.call2("observe", &tag.document, options);
}

/// The document changed: look for new placements soon, once for many changes.
pub(crate) fn mutated(tag: &Tag) {
    if !tag.placements.scanning.replace(true) {
        tag.after(SCAN_DELAY, signal::SCAN, &JsValue::UNDEFINED);
    }
}

/// Finds new placements; fills them from known decisions or asks for new ones.
pub(crate) fn scan(tag: &Tag) {
    tag.placements.scanning.set(false);
    let mut unknown = false;
    for (element, placement) in elements(tag) {
        let decision = tag.placements.known.call1("get", placement);
        if !decision.missing() {
            show(tag, element, &decision);
        } else if find(tag, &element).is_none() {
            slot(tag, element);
            unknown = true;
        }
    }
    if unknown {
        want(tag);
        transport::soon(tag);
    }
}

/// The names to ask decisions for, as an array; nothing when there are none.
pub(crate) fn names(tag: &Tag) -> Option<JsValue> {
    let names = construct("Set", &tag.placements.asked, JsValue::UNDEFINED);
    for (_, placement) in elements(tag) {
        names.call1("add", placement);
    }
    if names.get("size").is_truthy() { Some(list(&names)) } else { None }
}

/// All elements on the page wait for the answer that is now asked for.
pub(crate) fn expect(tag: &Tag) {
    for (element, _) in elements(tag) {
        slot(tag, element);
    }
}

/// The next request is to be sent even without events.
pub(crate) fn want(tag: &Tag) {
    tag.placements.wanted.set(true);
}

/// True once after `want`.
pub(crate) fn take_want(tag: &Tag) -> bool {
    tag.placements.wanted.take()
}

/// True when `want` was called since the last request.
pub(crate) fn is_wanted(tag: &Tag) -> bool {
    tag.placements.wanted.get()
}

/// `decide([placements])`: asks now. Gives a promise of the answer's decisions.
pub(crate) fn decide(tag: &Tag, placements: &JsValue) -> JsValue {
    if tag.consent.status() == Status::Denied {
        return list(&JsValue::UNDEFINED);
    }
    if let Some(name) = placements.as_string() {
        tag.placements.asked.call1("add", name);
    } else {
        for name in placements.items() {
            tag.placements.asked.call1("add", name);
        }
    }
    want(tag);
    transport::wait(tag)
}

/// `onDecision(placement, fn)`: now if there is a decision, and on each that differs from the one before.
pub(crate) fn on_decision(tag: &Tag, placement: String, listener: JsValue) {
    let decision = tag.placements.known.call1("get", placement.as_str());
    if !decision.missing() {
        notify(tag, &listener, &decision);
    }
    tag.placements.listeners.with(|listeners| listeners.push((placement, listener)));
}

/// All decisions known for this page, as an array.
pub(crate) fn known_decisions(tag: &Tag) -> JsValue {
    list(&tag.placements.known.call0("values"))
}

/// Takes in one decision of an answer: shows it and tells who listens, if it changes anything.
pub(crate) fn apply(tag: &Tag, decision: &JsValue) {
    let Some(placement) = decision.text("placement") else { return };
    let before = tag.placements.known.call1("get", placement.as_str());
    tag.placements.known.call2("set", placement.as_str(), decision);
    for (element, name) in elements(tag) {
        if name == placement {
            show(tag, element, decision);
        }
    }
    if before.missing() || fingerprint(tag, &before) != fingerprint(tag, decision) {
        for (name, listener) in tag.placements.listeners.get() {
            if name == placement {
                notify(tag, &listener, decision);
            }
        }
    }
}

/// Another person is at the page: their decisions are not known yet, and nobody else's may stay.
pub(crate) fn forget_decisions(tag: &Tag) {
    tag.placements.person.set(tag.placements.person.get() + 1);
    tag.placements.known.call0("clear");
    restore_all(tag);
}

/// Gives all elements the page's own content back.
fn restore_all(tag: &Tag) {
    for slot in tag.placements.slots.get() {
        restore(&slot);
        slot.shown.take();
        slot.decision.replace(JsValue::UNDEFINED);
        impression::watch(tag, &slot);
    }
}

/// The slot of an element, if it has one.
pub(crate) fn find(tag: &Tag, element: &JsValue) -> Option<Rc<Slot>> {
    tag.placements.slots.with(|slots| slots.iter().find(|slot| slot.element == *element).cloned())
}

/// All slots whose elements are still on the page; the others are forgotten.
pub(crate) fn slots(tag: &Tag) -> Vec<Rc<Slot>> {
    let mut slots = tag.placements.slots.get();
    slots.retain(|slot| slot.element.get("isConnected").is_truthy());
    tag.placements.slots.replace(slots.clone());
    slots
}

fn slot(tag: &Tag, element: JsValue) -> Rc<Slot> {
    find(tag, &element).unwrap_or_else(|| {
        let slot = Rc::new(Slot {
            element,
            own: Held::default(),
            shown: Held::default(),
            decision: Held::default(),
            dwell: Cell::default(),
        });
        tag.placements.slots.with(|slots| slots.push(slot.clone()));
        slot
    })
}

/// Shows a decision in an element unless it stands there already: a new token alone never repaints.
fn show(tag: &Tag, element: JsValue, decision: &JsValue) {
    let slot = slot(tag, element);
    slot.decision.replace(decision.clone());
    let shown = Some(fingerprint(tag, decision));
    if slot.shown.replace(shown.clone()) == shown {
        return;
    }
    let content = decision.get("content");
    if !content.text("html").is_some_and(|html| fill(tag, &slot, &html)) {
        restore(&slot);
        if !content.get("html").missing() {
            slot.decision.take();
            return;
        }
    }
    if !content.missing()
        && let Some(offer) = decision.text("offer")
    {
        slot.element.call2("setAttribute", OFFER, offer);
    }
    let detail = tag.object();
    detail.set("detail", decision);
    detail.set("bubbles", true);
    slot.element.call1("dispatchEvent", construct("CustomEvent", "selvedge:decision", detail));
    impression::watch(tag, &slot);
}

/// Puts HTML in the place of the page's own content. False when the page refuses (Trusted Types).
fn fill(tag: &Tag, slot: &Slot, html: &str) -> bool {
    let element = &slot.element;
    let template = tag.document.call1("createElement", "template");
    if !template.set("innerHTML", html) {
        return false;
    }
    if slot.own.get().is_none() {
        let own = tag.document.call0("createDocumentFragment");
        slot.own.replace(Some(own.clone()));
        move_children(element, &own);
    }
    if element.call1("getAttribute", "aria-live").missing() {
        element.call2("setAttribute", "aria-live", "polite");
    }
    element.call1("replaceChildren", template.get("content"));
    true
}

fn restore(slot: &Slot) {
    slot.element.call1("removeAttribute", OFFER);
    if let Some(own) = slot.own.take() {
        slot.element.call1("replaceChildren", own);
    }
}

fn move_children(from: &JsValue, to: &JsValue) {
    loop {
        let child = from.get("firstChild");
        if child.missing() || to.call1("appendChild", &child).missing() {
            return;
        }
    }
}

/// What a decision shows, without what may differ between two equal answers (token, reason).
fn fingerprint(tag: &Tag, decision: &JsValue) -> String {
    let shown = tag.object();
    for key in ["offer", "variant", "content"] {
        shown.set(key, decision.get(key));
    }
    tag.json(&shown).unwrap_or_default()
}

/// Calls a listener in a microtask: before the next paint, and its errors stay the page's own.
fn notify(tag: &Tag, listener: &JsValue, decision: &JsValue) {
    tag.window.get("Promise").call1("resolve", decision).call1("then", listener);
}

/// The placements on the page that the parser has finished, with their names.
fn elements(tag: &Tag) -> Vec<(JsValue, String)> {
    let loading = tag.document.text("readyState").is_some_and(|state| state == "loading");
    let found = tag.document.call1("querySelectorAll", "[data-selvedge-placement]");
    let mut elements = Vec::new();
    for element in found.items() {
        if let Some(name) = element.call1("getAttribute", ATTRIBUTE).as_string()
            && !(loading && is_open(&element))
        {
            elements.push((element, name));
        }
    }
    elements
}

/// True while the parser may still add children to the element: nothing follows it yet.
fn is_open(element: &JsValue) -> bool {
    let mut node = element.clone();
    while !node.missing() {
        if !node.get("nextSibling").missing() {
            return false;
        }
        node = node.get("parentNode");
    }
    true
}
