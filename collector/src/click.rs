//! Clicks and submits of elements marked with `data-selvedge-event`, and clicks on offers.
//!
//! One listener on the document, in the capture phase: it also sees clicks whose propagation the page stops, and
//! elements that come later. The event is stored before the click goes on, so a link may leave the page.

use alloc::string::String;
use wasm_bindgen::JsValue;

use crate::bridge::{Members, number};
use crate::{Tag, event, impression, signal};

const PREFIX: &str = "data-selvedge-";

/// Properties that are numbers in Segment's e-commerce specification.
const NUMBERS: [&str; 11] = [
    "price", "quantity", "position", "value", "revenue", "total", "subtotal", "tax", "shipping", "discount",
    "step",
];

/// Listens to the document.
pub(crate) fn start(tag: &Tag) {
    tag.listen(&tag.document, "click", signal::CLICK);
    tag.listen(&tag.document, "submit", signal::SUBMIT);
}

/// A click: on a marked element, on an offer, or both. `time` is missing when it is now.
pub(crate) fn clicked(tag: &Tag, click: &JsValue, time: &JsValue) {
    let target = click.get("target");
    let marked = target.call1("closest", "[data-selvedge-event]");
    // A marked form means its submit; clicks on its fields mean nothing.
    if marked.text("tagName").is_some_and(|name| name != "FORM") {
        track(tag, &marked, time);
    }
    impression::clicked(tag, &target.call1("closest", "[data-selvedge-offer]"));
}

/// A form is submitted.
pub(crate) fn submitted(tag: &Tag, submit: &JsValue, time: &JsValue) {
    track(tag, &submit.get("target"), time);
}

fn track(tag: &Tag, element: &JsValue, time: &JsValue) {
    let Some(name) = element.call1("getAttribute", "data-selvedge-event").as_string() else { return };
    let properties = tag.object();
    for attribute in element.call0("getAttributeNames").items() {
        let Some(property) = property_of(&attribute) else { continue };
        let text = element.call1("getAttribute", attribute);
        let number = number(&text);
        // Number("") is 0.
        let is_number =
            NUMBERS.contains(&property.as_str()) && text.call0("trim").is_truthy() && number.is_finite();
        properties.set(&property, if is_number { number.into() } else { text });
    }
    let time = if time.missing() { tag.now() } else { number(time) };
    event::track(tag, &name, properties, time);
}

/// `data-selvedge-product-id` → `product_id`; nothing for the attributes that steer the tag.
fn property_of(attribute: &JsValue) -> Option<String> {
    let attribute = attribute.as_string()?;
    let name = attribute.strip_prefix(PREFIX)?;
    if matches!(name, "event" | "placement" | "offer") {
        return None;
    }
    JsValue::from(name).call2("replaceAll", "-", "_").as_string()
}
