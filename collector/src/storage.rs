//! What the tag remembers in the browser: localStorage where it may and can, this page's memory otherwise.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use wasm_bindgen::JsValue;

use crate::bridge::{Members, construct, list};

/// Key-value storage shared by all tabs of the origin.
pub(crate) struct Storage {
    /// `undefined` when the browser blocks it.
    local: JsValue,
    object_class: JsValue,
    /// False until consent allows to store; nothing is written to localStorage before.
    persistent: Cell<bool>,
    /// What localStorage did not take, as a `Map`: all without consent, single values when it is full.
    memory: JsValue,
}

impl Storage {
    pub(crate) fn new(window: &JsValue) -> Self {
        Self {
            local: window.get("localStorage"),
            persistent: Cell::new(false),
            memory: construct("Map", JsValue::UNDEFINED, JsValue::UNDEFINED),
            object_class: window.get("Object"),
        }
    }

    /// The stored value.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.memory.call1("get", key).as_string().or_else(|| self.local.text(key))
    }

    /// Stores a value, in memory when localStorage may not or can not take it.
    pub(crate) fn set(&self, key: &str, value: &str) {
        // What is in memory hides what is in localStorage, so nothing old may stay there.
        if self.persistent.get() && self.set_always(key, value) {
            self.memory.call1("delete", key);
        } else {
            self.memory.call2("set", key, value);
        }
    }

    /// Writes to localStorage whatever the consent: for the consent itself.
    pub(crate) fn set_always(&self, key: &str, value: &str) -> bool {
        self.local.set(key, value)
    }

    /// Forgets a value everywhere.
    pub(crate) fn remove(&self, key: &str) {
        self.memory.call1("delete", key);
        self.local.call1("removeItem", key);
    }

    /// All keys with this prefix, in ascending order.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        let stored = list(&self.object_class.call1("keys", &self.local));
        // JavaScript sorts: a sort of our own is two kilobytes.
        let names = list(&self.memory.call0("keys")).call1("concat", stored).call0("sort");
        let mut keys = Vec::new();
        for name in names.items() {
            if let Some(key) = name.as_string().filter(|key| key.starts_with(prefix)) {
                keys.push(key);
            }
        }
        keys
    }

    /// Allows or forbids localStorage. What was held in memory moves there when it is allowed.
    pub(crate) fn persist(&self, allowed: bool) {
        self.persistent.set(allowed);
        if allowed {
            for key in self.memory.call0("keys").items() {
                if let Some(key) = key.as_string()
                    && let Some(value) = self.get(&key)
                {
                    self.set(&key, &value);
                }
            }
        }
    }

    /// True when values outlive the page.
    pub(crate) fn is_persistent(&self) -> bool {
        self.persistent.get()
    }

    /// Drops what is held in memory.
    pub(crate) fn forget_memory(&self) {
        self.memory.call0("clear");
    }
}
