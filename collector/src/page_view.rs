//! Page views: the first load, the moves of single-page applications, returns from the back/forward cache.

use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::JsValue;

use crate::bridge::{Members, wrap};
use crate::held::Held;
use crate::{Tag, context, event, impression, placement, signal};

/// Where the visitor is and came from.
pub(crate) struct Views {
    /// The URL of the last page view, without its fragment.
    url: Held<String>,
    path: Held<String>,
    referrer: Held<JsValue>,
    /// Page views of moves in the current task: the page sets its title after it changes the URL.
    unsettled: Held<Vec<JsValue>>,
}

impl Views {
    pub(crate) fn new(window: &JsValue, document: &JsValue) -> Self {
        let location = window.get("location");
        Self {
            url: Held::new(url_of(&location)),
            path: Held::new(location.text("pathname").unwrap_or_default()),
            referrer: Held::new(document.get("referrer")),
            unsettled: Held::default(),
        }
    }

    /// What led here: the document's referrer, or the previous URL after a move within the page.
    pub(crate) fn referrer(&self) -> JsValue {
        self.referrer.get()
    }
}

/// Records the first page view and listens for the next.
pub(crate) fn start(tag: &Tag, time: f64) {
    let history = tag.window.get("history");
    wrap(&history, "pushState", signal::MOVED);
    wrap(&history, "replaceState", signal::REPLACED);
    tag.listen(&tag.window, "popstate", signal::MOVED);
    tag.listen(&tag.window, "pageshow", signal::SHOWN);
    if !tag.manual_pages {
        record(tag, None, &JsValue::UNDEFINED, time);
    }
}

/// Records a page view of the current URL. Gives its message id.
pub(crate) fn record(tag: &Tag, name: Option<&str>, properties: &JsValue, time: f64) -> JsValue {
    let event = create(tag, name, properties, time);
    view(tag, &event)
}

/// The URL may have changed: a page view, unless only its fragment did or nothing at all.
pub(crate) fn moved(tag: &Tag) {
    let location = tag.window.get("location");
    let url = url_of(&location);
    if tag.views.url.get() == url {
        return;
    }
    tag.views.path.replace(location.text("pathname").unwrap_or_default());
    let previous = tag.views.url.replace(url);
    tag.views.referrer.replace(previous.into());
    if tag.manual_pages {
        return;
    }
    let event = create(tag, None, &JsValue::UNDEFINED, tag.now());
    tag.views.unsettled.with(|events| events.push(event));
    tag.after(0.0, signal::SETTLED, &JsValue::UNDEFINED);
}

/// The URL was corrected: a page view only when its path changed, because filters and tabs live in the query.
pub(crate) fn replaced(tag: &Tag) {
    let location = tag.window.get("location");
    if location.text("pathname").is_some_and(|path| path != tag.views.path.get()) {
        moved(tag);
    } else {
        tag.views.url.replace(url_of(&location));
    }
}

/// Records the page views of the finished task, with the title they have now.
pub(crate) fn settle(tag: &Tag) {
    for event in tag.views.unsettled.take() {
        let title = tag.document.get("title");
        event.get("properties").set("title", &title);
        event.get("context").get("page").set("title", &title);
        view(tag, &event);
    }
}

/// A page that comes back from the back/forward cache is a page view; nothing in it ran again.
pub(crate) fn shown(tag: &Tag, event: &JsValue) {
    if event.get("persisted").is_truthy() && !tag.manual_pages {
        record(tag, None, &JsValue::UNDEFINED, tag.now());
    }
}

fn create(tag: &Tag, name: Option<&str>, properties: &JsValue, time: f64) -> JsValue {
    let event = event::create(tag, "page", time);
    if let Some(name) = name {
        event.set("name", name);
    }
    let all = tag.window.get("Object").call2("assign", context::page(tag), properties);
    event.set("properties", all);
    event
}

fn view(tag: &Tag, event: &JsValue) -> JsValue {
    impression::new_page_view(tag);
    placement::want(tag);
    event::record(tag, event)
}

fn url_of(location: &JsValue) -> String {
    location.get("href").call1("split", "#").text("0").unwrap_or_default()
}
