//! A request as the platform hands it over.

use js_sys::Reflect;
use worker::wasm_bindgen::JsValue;
use worker::{Headers, Request};

use crate::api_error::ApiError;

/// A request of which only what is asked for is read: [`worker::Request`] reads all that the platform knows of the
/// client's network, too, and that is long.
pub(crate) struct Incoming {
    raw: web_sys::Request,
    headers: Headers,
    url: String,
}

impl Incoming {
    pub(crate) fn new(raw: web_sys::Request) -> Self {
        let (headers, url) = (Headers(raw.headers()), raw.url());
        Self { raw, headers, url }
    }

    /// The whole URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The path, as it was sent.
    pub(crate) fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let path = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
        path.split(['?', '#']).next().unwrap_or("/")
    }

    /// What follows the path.
    pub(crate) fn query(&self) -> &str {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        query.split('#').next().unwrap_or_default()
    }

    /// The host and port that were asked.
    pub(crate) fn host(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// Whether it asks for a WebSocket.
    pub(crate) fn is_socket(&self) -> Result<bool, ApiError> {
        Ok(self.header("upgrade")?.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")))
    }

    pub(crate) fn header(&self, name: &str) -> Result<Option<String>, ApiError> {
        Ok(self.headers.get(name)?)
    }

    /// The platform's own object.
    pub(crate) fn raw(&self) -> &web_sys::Request {
        &self.raw
    }

    /// What the platform tells of where the client is: `country`, `region`, `city`, `timezone`.
    pub(crate) fn place(&self, name: &str) -> Option<String> {
        self.cf(name)?.as_string()
    }

    /// Whom the platform takes the sender for, where the site has its Bot Management: from 1, a bot, to 99, a person; and whether it is one
    /// of the bots that it knows.
    pub(crate) fn bot_score(&self) -> (Option<f64>, bool) {
        let Some(said) = self.cf("botManagement").filter(JsValue::is_object) else { return (None, false) };
        let field = |name: &str| Reflect::get(&said, &name.into()).ok();
        let score = field("score").and_then(|score| score.as_f64());
        (score, field("verifiedBot").is_some_and(|verified| verified.is_truthy()))
    }

    fn cf(&self, name: &str) -> Option<JsValue> {
        let cf = Reflect::get(&self.raw, &"cf".into()).ok().filter(JsValue::is_object)?;
        Reflect::get(&cf, &name.into()).ok()
    }

    /// All of it.
    pub(crate) fn into_request(self) -> Request {
        self.raw.into()
    }
}
