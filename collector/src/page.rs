//! The three doors through which the page's JavaScript enters, and the one tag behind them.
//!
//! Functions around a static instead of an exported class: a class costs glue, reference counts and a destructor that
//! never runs.

use core::cell::OnceCell;
use wasm_bindgen::prelude::*;

use crate::bridge::Members;
use crate::{Tag, api};

struct Page(OnceCell<Tag>);

#[expect(unsafe_code, reason = "wasm32-unknown-unknown without atomics has one thread")]
// SAFETY: a page runs its wasm on one thread.
unsafe impl Sync for Page {}

static PAGE: Page = Page(OnceCell::new());

/// Starts the tag: `script` is its element, `base` the URL of the edge with a `/` at the end. To be called once. The
/// first page view waits for the call `opened`, so that what was called on the page before comes first.
#[wasm_bindgen]
pub fn start(window: &JsValue, script: &JsValue, base: &JsValue) {
    let tag = Tag::new(window, script, base.as_string().unwrap_or_default());
    // Forgotten, because dropping a tag that is not used would be code for what never happens.
    core::mem::forget(PAGE.0.set(tag));
    if let Some(tag) = PAGE.0.get() {
        tag.start();
    }
}

/// A call of the public API, made at `time` (Unix milliseconds); `call` is the array of the method's name and its
/// arguments.
#[wasm_bindgen]
pub fn call(call: &JsValue, time: f64) -> JsValue {
    match (PAGE.0.get(), call.text("0")) {
        (Some(tag), Some(method)) => api::call(tag, &method, call, time),
        _ => JsValue::UNDEFINED,
    }
}

/// Something happened in the browser; the kinds are in `signal.rs`.
#[wasm_bindgen]
pub fn signal(kind: u32, value: &JsValue, data: &JsValue) -> JsValue {
    PAGE.0.get().map_or(JsValue::UNDEFINED, |tag| tag.signal(kind, value, data))
}
