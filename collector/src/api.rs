//! The public API: what pages call on `window.selvedge`.

use alloc::string::String;
use wasm_bindgen::JsValue;

use crate::bridge::Members;
use crate::{Tag, consent, event, ids, page_view, placement, transport};

/// Runs one call, an array of the method's name and its arguments. Unknown methods and wrong arguments do nothing.
pub(crate) fn call(tag: &Tag, method: &str, call: &JsValue, time: f64) -> JsValue {
    let first = call.get("1");
    let second = call.get("2");
    match method {
        "track" => match first.as_string() {
            Some(name) => event::track(tag, &name, object_or_empty(tag, second), time),
            None => JsValue::UNDEFINED,
        },
        "page" => match first.as_string() {
            Some(name) => page_view::record(tag, Some(&name), &second, time),
            None => page_view::record(tag, None, &first, time),
        },
        "identify" => identify(tag, first, second, &call.get("3"), time),
        "reset" => {
            reset(tag);
            JsValue::UNDEFINED
        }
        "consent" => {
            consent::update(tag, &first, time);
            JsValue::UNDEFINED
        }
        "decide" => placement::decide(tag, &first),
        // The loader's own: the page was opened at `time`.
        "opened" => {
            page_view::start(tag, time);
            JsValue::UNDEFINED
        }
        "onDecision" => {
            if let Some(name) = first.as_string() {
                placement::on_decision(tag, name, second);
            }
            JsValue::UNDEFINED
        }
        "id" => ids::user_id(tag).map_or(JsValue::NULL, JsValue::from),
        "anonymousId" => ids::anonymous_id(tag).into(),
        "traits" => ids::traits(tag),
        _ => JsValue::UNDEFINED,
    }
}

/// `identify(userId, traits, {token})` or `identify(traits)`.
fn identify(tag: &Tag, user: JsValue, traits: JsValue, options: &JsValue, time: f64) -> JsValue {
    let (user, traits) = if user.is_object() { (JsValue::UNDEFINED, user) } else { (user, traits) };
    let traits = object_or_empty(tag, traits);
    // Shops number their customers: 42 is a user id as well as "42".
    let user: Option<String> = if user.missing() { None } else { user.call0("toString").as_string() };
    if ids::remember_user(tag, user.as_deref(), &traits) {
        placement::forget_decisions(tag);
    }
    let event = event::create(tag, "identify", time);
    event.set("traits", traits);
    if let Some(token) = options.text("token") {
        event.get("context").set("identityToken", token);
    }
    placement::want(tag);
    event::record(tag, &event)
}

/// The visitor logged out: whoever comes next is somebody else, and what this one was shown is taken back at once.
fn reset(tag: &Tag) {
    ids::forget_user(tag);
    ids::mint_anonymous_id(tag);
    placement::forget_decisions(tag);
    placement::want(tag);
    transport::soon(tag);
}

fn object_or_empty(tag: &Tag, value: JsValue) -> JsValue {
    if value.is_object() { value } else { tag.object() }
}
