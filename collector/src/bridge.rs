//! The few doors into JavaScript that the whole tag shares (`js/tag/bridge.js` is the other side).
//!
//! One generated binding for each DOM method would cost more bytes than all of the tag's logic; looking members up by
//! name costs six imports. Each of them catches what JavaScript throws and gives `undefined` (or `false`) instead.

use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "selvedge-bridge")]
extern "C" {
    #[wasm_bindgen(js_name = get)]
    fn js_get(object: &JsValue, key: &str) -> JsValue;
    #[wasm_bindgen(js_name = set)]
    fn js_set(object: &JsValue, key: &str, value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = call)]
    fn js_call(object: &JsValue, method: &str, a: &JsValue, b: &JsValue, c: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = missing)]
    fn js_missing(value: &JsValue) -> bool;
    /// `Number(value)`, and NaN for `undefined` and `null`.
    pub(crate) fn number(value: &JsValue) -> f64;
    #[wasm_bindgen(js_name = construct)]
    fn js_construct(class: &str, a: &JsValue, b: &JsValue) -> JsValue;

    /// A JavaScript function which reports its first argument as this signal, together with `data`.
    pub(crate) fn callback(signal: u32, data: &JsValue) -> JsValue;
    /// An array of what an iterable holds; an empty one for what is no iterable.
    pub(crate) fn list(iterable: &JsValue) -> JsValue;
    /// A promise with its `resolve` function.
    pub(crate) fn deferred() -> JsValue;
    /// Replaces a method by one which also reports a signal after the original has run.
    pub(crate) fn wrap(object: &JsValue, method: &str, signal: u32);
}

/// `new window[class](a, b)`; trailing `undefined` arguments are left out.
pub(crate) fn construct(class: &str, a: impl Into<JsValue>, b: impl Into<JsValue>) -> JsValue {
    js_construct(class, &a.into(), &b.into())
}

/// Members of a JavaScript value by name. A missing object, a missing member and an exception all read as `undefined`.
pub(crate) trait Members {
    /// The member itself.
    fn get(&self, key: &str) -> JsValue;
    /// The member when it is a string.
    fn text(&self, key: &str) -> Option<String>;
    /// The member as a number; NaN when it is none.
    fn number(&self, key: &str) -> f64;
    /// Assigns the member; false when JavaScript refused.
    fn set(&self, key: &str, value: impl Into<JsValue>) -> bool;
    /// Calls a method without arguments.
    fn call0(&self, method: &str) -> JsValue;
    /// Calls a method with one argument.
    fn call1(&self, method: &str, a: impl Into<JsValue>) -> JsValue;
    /// Calls a method with two arguments.
    fn call2(&self, method: &str, a: impl Into<JsValue>, b: impl Into<JsValue>) -> JsValue;
    /// Calls a method with three arguments.
    fn call3(
        &self,
        method: &str,
        a: impl Into<JsValue>,
        b: impl Into<JsValue>,
        c: impl Into<JsValue>,
    ) -> JsValue;
    /// True for `undefined` and `null`.
    fn missing(&self) -> bool;
    /// What an iterable holds now, up to the first missing value.
    fn items(&self) -> Items;
}

/// See [`Members::items`].
pub(crate) struct Items(JsValue);

impl Iterator for Items {
    type Item = JsValue;

    fn next(&mut self) -> Option<JsValue> {
        let item = self.0.call0("shift");
        if item.missing() { None } else { Some(item) }
    }
}

impl Members for JsValue {
    fn get(&self, key: &str) -> JsValue {
        js_get(self, key)
    }

    fn text(&self, key: &str) -> Option<String> {
        js_get(self, key).as_string()
    }

    fn number(&self, key: &str) -> f64 {
        number(&js_get(self, key))
    }

    fn set(&self, key: &str, value: impl Into<JsValue>) -> bool {
        js_set(self, key, &value.into())
    }

    fn call0(&self, method: &str) -> JsValue {
        js_call(self, method, &JsValue::UNDEFINED, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    fn call1(&self, method: &str, a: impl Into<JsValue>) -> JsValue {
        js_call(self, method, &a.into(), &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    fn call2(&self, method: &str, a: impl Into<JsValue>, b: impl Into<JsValue>) -> JsValue {
        js_call(self, method, &a.into(), &b.into(), &JsValue::UNDEFINED)
    }

    fn call3(
        &self,
        method: &str,
        a: impl Into<JsValue>,
        b: impl Into<JsValue>,
        c: impl Into<JsValue>,
    ) -> JsValue {
        js_call(self, method, &a.into(), &b.into(), &c.into())
    }

    fn missing(&self) -> bool {
        js_missing(self)
    }

    fn items(&self) -> Items {
        Items(list(self))
    }
}
