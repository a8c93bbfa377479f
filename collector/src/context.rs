//! The `context` of events (the page they happened on) and of batches (the browser they come from).

use wasm_bindgen::JsValue;

use crate::Tag;
use crate::bridge::{Members, construct};

/// What each event carries itself, because one batch may hold events of several pages: page and campaign.
pub(crate) fn of_event(tag: &Tag) -> JsValue {
    let context = tag.object();
    let page = page(tag);
    if let Some(campaign) = campaign(tag, &page) {
        context.set("campaign", campaign);
    }
    context.set("page", page);
    context
}

/// The page as events describe it: `path url search title referrer`.
pub(crate) fn page(tag: &Tag) -> JsValue {
    let location = tag.window.get("location");
    let page = tag.object();
    page.set("path", location.get("pathname"));
    page.set("url", location.get("href"));
    page.set("search", location.get("search"));
    page.set("title", tag.document.get("title"));
    page.set("referrer", tag.views.referrer());
    page
}

/// What all events of a request share.
pub(crate) fn of_batch(tag: &Tag) -> JsValue {
    let context = tag.object();
    let library = tag.object();
    library.set("name", "selvedge-tag");
    library.set("version", env!("CARGO_PKG_VERSION"));
    context.set("library", library);
    let navigator = tag.window.get("navigator");
    context.set("locale", navigator.get("language"));
    context.set("userAgent", navigator.get("userAgent"));
    let zone = tag.window.get("Intl").call0("DateTimeFormat").call0("resolvedOptions").get("timeZone");
    context.set("timezone", zone);
    if let Some(preferences) = tag.consent.preferences() {
        let consent = tag.object();
        consent.set("categoryPreferences", preferences);
        context.set("consent", consent);
    }
    context
}

/// The UTM parameters of the page's URL, under the names Segment gives them.
fn campaign(tag: &Tag, page: &JsValue) -> Option<JsValue> {
    let query = construct("URLSearchParams", page.get("search"), JsValue::UNDEFINED);
    let mut found = None;
    for (parameter, name) in [
        ("utm_source", "source"),
        ("utm_medium", "medium"),
        ("utm_campaign", "name"),
        ("utm_term", "term"),
        ("utm_content", "content"),
    ] {
        if let Some(value) = query.call1("get", parameter).as_string() {
            found.get_or_insert_with(|| tag.object()).set(name, value);
        }
    }
    found
}
