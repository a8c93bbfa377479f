//! The tag itself: its settings, its state, and what it does with signals.

use alloc::string::String;
use core::cell::Cell;
use wasm_bindgen::JsValue;

use crate::bridge::{Members, construct, number};
use crate::consent::Consent;
use crate::impression::Impressions;
use crate::page_view::Views;
use crate::placement::Placements;
use crate::storage::Storage;
use crate::transport::Transport;
use crate::{click, consent, impression, page_view, placement, signal, transport};

/// One tag on one page.
pub(crate) struct Tag {
    pub(crate) window: JsValue,
    pub(crate) document: JsValue,
    json: JsValue,
    /// Where the edge answers, with a `/` at the end.
    pub(crate) base: String,
    pub(crate) write_key: String,
    /// The `credentials` of requests.
    pub(crate) credentials: String,
    /// True when only calls of `page()` make page views.
    pub(crate) manual_pages: bool,
    pub(crate) storage: Storage,
    pub(crate) consent: Consent,
    pub(crate) views: Views,
    pub(crate) placements: Placements,
    pub(crate) impressions: Impressions,
    pub(crate) transport: Transport,
    /// Counts messages, so that those of one millisecond keep their order.
    pub(crate) messages: Cell<u16>,
}

impl Tag {
    /// Reads the settings from the script element's `data-*` attributes. Touches nothing yet.
    pub(crate) fn new(window: &JsValue, script: &JsValue, base: String) -> Self {
        let settings = script.get("dataset");
        let document = window.get("document");
        Self {
            json: window.get("JSON"),
            base,
            write_key: settings.text("writeKey").unwrap_or_default(),
            credentials: settings.text("credentials").unwrap_or_else(|| "same-origin".into()),
            manual_pages: settings.text("pageViews").is_some_and(|value| value == "manual"),
            storage: Storage::new(window),
            consent: Consent::new(settings.text("consent").is_some_and(|value| value == "required")),
            views: Views::new(window, &document),
            placements: Placements::new(),
            impressions: Impressions::default(),
            transport: Transport::default(),
            messages: Cell::new(0),
            window: window.clone(),
            document,
        }
    }

    /// Listens to the page.
    pub(crate) fn start(&self) {
        consent::start(self);
        transport::start(self);
        impression::start(self);
        placement::start(self);
        click::start(self);
    }

    /// Something happened in the browser; see `signal.rs` for the kinds.
    pub(crate) fn signal(&self, kind: u32, value: &JsValue, data: &JsValue) -> JsValue {
        match kind {
            signal::CLICK => click::clicked(self, value, data),
            signal::SUBMIT => click::submitted(self, value, data),
            signal::MOVED => page_view::moved(self),
            signal::REPLACED => page_view::replaced(self),
            signal::SETTLED => page_view::settle(self),
            signal::SHOWN => page_view::shown(self, value),
            signal::HIDDEN => transport::leave(self),
            signal::VISIBILITY => transport::visibility(self),
            signal::MUTATED => placement::mutated(self),
            signal::SCAN => placement::scan(self),
            signal::INTERSECTED => impression::intersected(self, value),
            signal::DWELLED => impression::dwelled(self, data),
            signal::DUE => transport::due(self),
            signal::ONLINE => transport::online(self),
            signal::LOCKED => return transport::locked(self),
            signal::RESPONDED => return transport::responded(self, value, data),
            signal::ANSWERED => transport::answered(self, value, data),
            signal::FAILED => transport::failed(self, data, f64::NAN),
            _ => {}
        }
        JsValue::UNDEFINED
    }

    /// `{}`.
    pub(crate) fn object(&self) -> JsValue {
        self.window.call0("Object")
    }

    /// `JSON.stringify`; nothing for what it refuses.
    pub(crate) fn json(&self, value: &JsValue) -> Option<String> {
        self.json.call1("stringify", value).as_string()
    }

    /// `JSON.parse`; an empty object for what is no JSON.
    pub(crate) fn parse(&self, json: &str) -> JsValue {
        let value = self.json.call1("parse", json);
        if value.is_object() { value } else { self.object() }
    }

    /// Now, in Unix milliseconds.
    pub(crate) fn now(&self) -> f64 {
        number(&self.window.get("Date").call0("now"))
    }

    /// A time as ISO 8601 text.
    pub(crate) fn iso(&self, time: f64) -> JsValue {
        construct("Date", time, JsValue::UNDEFINED).call0("toISOString")
    }

    /// Calls back with this signal after some milliseconds. Gives the timer's number.
    pub(crate) fn after(&self, delay: f64, signal: u32, data: &JsValue) -> f64 {
        let callback = crate::bridge::callback(signal, data);
        number(&self.window.call2("setTimeout", callback, delay))
    }

    /// Listens to an event, before the page's own listeners do.
    pub(crate) fn listen(&self, target: &JsValue, event: &str, signal: u32) {
        target.call3("addEventListener", event, crate::bridge::callback(signal, &JsValue::UNDEFINED), true);
    }
}
