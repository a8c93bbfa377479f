//! Who this is: the anonymous id of the browser, the user id and traits of the last `identify`, and message ids.

use alloc::string::String;
use wasm_bindgen::JsValue;

use crate::Tag;
use crate::bridge::{Members, construct, number};

const ANONYMOUS_ID: &str = "selvedge_anonymous_id";
const USER_ID: &str = "selvedge_user_id";
const TRAITS: &str = "selvedge_traits";

/// The browser's anonymous id: from localStorage, else from the cookie (a server may have set it first), else a new one.
///
/// Read from storage each time, because another tab may have changed it.
pub(crate) fn anonymous_id(tag: &Tag) -> String {
    tag.storage.get(ANONYMOUS_ID).unwrap_or_else(|| match from_cookie(tag) {
        Some(id) => {
            tag.storage.set(ANONYMOUS_ID, &id);
            id
        }
        None => mint_anonymous_id(tag),
    })
}

/// Replaces the anonymous id by a fresh one.
pub(crate) fn mint_anonymous_id(tag: &Tag) -> String {
    let id = uuid(tag);
    tag.storage.set(ANONYMOUS_ID, &id);
    write_cookie(tag);
    id
}

/// Writes the cookie that lets the site's own server use the same anonymous id.
pub(crate) fn write_cookie(tag: &Tag) {
    if tag.storage.is_persistent()
        && let Some(id) = tag.storage.get(ANONYMOUS_ID)
    {
        set_cookie(tag, &id, ";max-age=31536000");
    }
}

/// The user id of the last `identify`, until `reset`.
pub(crate) fn user_id(tag: &Tag) -> Option<String> {
    tag.storage.get(USER_ID)
}

/// The traits given for this user so far, or an empty object.
pub(crate) fn traits(tag: &Tag) -> JsValue {
    tag.parse(&tag.storage.get(TRAITS).unwrap_or_default())
}

/// Remembers a user and adds to the traits.
///
/// Another user than the stored one is another person at this browser: they get an anonymous id of their own *before*
/// their first event, and start without traits. Gives true in this case.
pub(crate) fn remember_user(tag: &Tag, user: Option<&str>, given: &JsValue) -> bool {
    let mut switched = false;
    if let Some(user) = user {
        switched = user_id(tag).is_some_and(|stored| stored != user);
        if switched {
            forget_user(tag);
            mint_anonymous_id(tag);
        }
        tag.storage.set(USER_ID, user);
    }
    let all = tag.window.get("Object").call3("assign", tag.object(), traits(tag), given);
    if let Some(json) = tag.json(&all) {
        tag.storage.set(TRAITS, &json);
    }
    switched
}

/// Forgets user id and traits.
pub(crate) fn forget_user(tag: &Tag) {
    tag.storage.remove(USER_ID);
    tag.storage.remove(TRAITS);
}

/// Forgets everything that could recognise this browser.
pub(crate) fn forget_all(tag: &Tag) {
    forget_user(tag);
    tag.storage.remove(ANONYMOUS_ID);
    set_cookie(tag, "", ";max-age=0");
}

/// A message id that sorts in call order within one tab: the time, a counter, and a UUID.
pub(crate) fn message_id(tag: &Tag, time: f64) -> String {
    let count = tag.messages.get();
    tag.messages.set((count + 1) % 1000);
    let mut id =
        JsValue::from_f64(time * 1000.0 + f64::from(count)).call0("toString").as_string().unwrap_or_default();
    id.push('-');
    id.push_str(&uuid(tag));
    id
}

/// A random version 4 UUID.
fn uuid(tag: &Tag) -> String {
    let crypto = tag.window.get("crypto");
    crypto.call0("randomUUID").as_string().unwrap_or_else(|| {
        // Pages without https have no randomUUID.
        let bytes = construct("Uint8Array", 16, JsValue::UNDEFINED);
        crypto.call1("getRandomValues", &bytes);
        let mut id = String::with_capacity(36);
        for index in 0..16u8 {
            let byte = byte_of(number(&bytes.call1("at", index)));
            if matches!(index, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            let byte = match index {
                6 => byte & 0x0f | 0x40,
                8 => byte & 0x3f | 0x80,
                _ => byte,
            };
            for digit in [byte >> 4, byte & 15] {
                id.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
            }
        }
        id
    })
}

/// An element of a `Uint8Array`.
#[expect(clippy::cast_possible_truncation, reason = "it is 0 to 255, and the cast saturates")]
fn byte_of(element: f64) -> u8 {
    element as u8
}

fn from_cookie(tag: &Tag) -> Option<String> {
    for cookie in tag.document.get("cookie").call1("split", "; ").items() {
        let value = cookie.call1("split", "=");
        if value.text("0").is_some_and(|name| name == ANONYMOUS_ID) {
            return value.text("1").filter(|id| !id.is_empty());
        }
    }
    None
}

fn set_cookie(tag: &Tag, value: &str, age: &str) {
    let mut cookie = String::from(ANONYMOUS_ID);
    cookie.push('=');
    cookie.push_str(value);
    cookie.push_str(age);
    cookie.push_str(";path=/;samesite=lax");
    if tag.window.get("location").text("protocol").is_some_and(|protocol| protocol == "https:") {
        cookie.push_str(";secure");
    }
    tag.document.set("cookie", cookie);
}
