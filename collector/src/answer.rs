//! What the edge says in a 200 answer.

use wasm_bindgen::JsValue;

use crate::bridge::{Members, number};
use crate::{Tag, ids, placement};

const CONFIG_VERSION: &str = "selvedge_config_version";

/// The highest config version any answer named, 0 before the first: the edge must not decide by an older one.
pub(crate) fn config_version(tag: &Tag) -> f64 {
    tag.storage.get(CONFIG_VERSION).map_or(0.0, |stored| number(&stored.into()))
}

/// Forgets the config version with everything else the browser keeps.
pub(crate) fn forget(tag: &Tag) {
    tag.storage.remove(CONFIG_VERSION);
}

/// Takes in an answer to a request that was sent for `person`.
pub(crate) fn apply(tag: &Tag, answer: &JsValue, person: u32) {
    let version = answer.get("configVersion");
    if number(&version) > config_version(tag)
        && let Some(text) = version.call0("toString").as_string()
    {
        tag.storage.set(CONFIG_VERSION, &text);
    }
    if person != tag.placements.person.get() {
        return;
    }
    if answer.text("device").is_some_and(|device| device == "unbound") && !tag.transport.rebound.replace(true)
    {
        // This anonymous id belongs to another device, or the cookie was lost. A fresh one can be bound; once per
        // page, because a browser that keeps no cookie would get the same answer for ever.
        ids::mint_anonymous_id(tag);
        placement::want(tag);
    }
    for decision in answer.get("decisions").items() {
        placement::apply(tag, &decision);
    }
}
