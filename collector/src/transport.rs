//! Requests to the edge: one at a time, retried until it answers, and a last one when the page is left.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use wasm_bindgen::JsValue;

use crate::bridge::{self, Members, callback};
use crate::consent::Status;
use crate::held::Held;
use crate::limits::{
    DEBOUNCE, KEEPALIVE_BYTES, REQUEST_TIMEOUT, RETRY_AFTER_LONGEST, RETRY_FIRST, RETRY_LONGEST,
};
use crate::queue::Batch;
use crate::{Tag, answer, context, ids, page_view, placement, queue, signal};

/// A request on its way.
struct Flight {
    number: JsValue,
    keys: Vec<String>,
    person: u32,
    /// False for the last request of a page that is left, which goes out whatever else is on its way.
    in_turn: bool,
    /// The `resolve` functions of the `decide()` calls this request answers.
    waiters: Vec<JsValue>,
}

/// The state of sending.
#[derive(Default)]
pub(crate) struct Transport {
    flights: Held<Vec<Flight>>,
    sent: Cell<f64>,
    /// True from the moment a turn begins (waiting for the lock) until its answer: there is one at a time.
    busy: Cell<bool>,
    timer: Cell<f64>,
    /// When the timer fires, in Unix milliseconds.
    due: Cell<f64>,
    failures: Cell<i32>,
    /// `resolve` functions of `decide()` calls, for the next request.
    waiters: Held<Vec<JsValue>>,
    /// True when this page has replaced an unbound anonymous id.
    pub(crate) rebound: Cell<bool>,
}

/// Listens for the end of the page and the return of the network.
pub(crate) fn start(tag: &Tag) {
    // No `unload`: it would keep the page out of the back/forward cache.
    tag.listen(&tag.window, "pagehide", signal::HIDDEN);
    tag.listen(&tag.document, "visibilitychange", signal::VISIBILITY);
    tag.listen(&tag.window, "online", signal::ONLINE);
    if queue::has_more(tag) {
        soon(tag);
    }
}

/// Sees that what waits is sent: at the end of this task when decisions depend on it, else after a short debounce.
pub(crate) fn soon(tag: &Tag) {
    let now = placement::is_wanted(tag) || placement::names(tag).is_some();
    at(tag, if now { 0.0 } else { DEBOUNCE });
}

/// A promise of the decisions in the next answer.
pub(crate) fn wait(tag: &Tag) -> JsValue {
    let deferred = bridge::deferred();
    tag.transport.waiters.with(|waiters| waiters.push(deferred.get("resolve")));
    at(tag, 0.0);
    deferred.get("promise")
}

/// Resolves the promises of `decide()` calls that no request will answer.
pub(crate) fn settle_waiters(tag: &Tag) {
    resolve(tag, tag.transport.waiters.take());
}

/// Resolves promises of `decide()` with the decisions known now.
fn resolve(tag: &Tag, waiters: Vec<JsValue>) {
    let known = placement::known_decisions(tag);
    for resolve in waiters {
        resolve.call2("call", JsValue::UNDEFINED, &known);
    }
}

/// The timer fired: takes this tab's turn. Tabs share the queue, so only the one that holds the lock sends.
pub(crate) fn due(tag: &Tag) {
    tag.transport.timer.set(0.0);
    if tag.consent.status() == Status::Held || tag.transport.busy.replace(true) {
        return;
    }
    let turn = callback(signal::LOCKED, &JsValue::UNDEFINED);
    let locks = tag.window.get("navigator").get("locks");
    let lock = locks.call2("request", "selvedge", &turn);
    if lock.missing() {
        locked(tag);
    } else {
        // Without storage there are no locks either; what is sent twice is dropped by the edge.
        lock.call2("then", JsValue::UNDEFINED, turn);
    }
}

/// It is this tab's turn. Gives a promise that holds the lock until the answer is in.
pub(crate) fn locked(tag: &Tag) -> JsValue {
    let batch = queue::take(tag);
    let wanted = placement::take_want(tag);
    // Who has refused is not asked about; what is still sent was recorded before.
    let placements = if tag.consent.status() == Status::Denied { None } else { placement::names(tag) };
    if batch.keys.is_empty() && !(wanted && placements.is_some()) {
        tag.transport.busy.set(false);
        settle_waiters(tag);
        return JsValue::UNDEFINED;
    }
    placement::expect(tag);
    send(tag, batch, placements, true)
}

/// The page was hidden or shown. On a phone, hidden may be the last that is heard of it.
pub(crate) fn visibility(tag: &Tag) {
    if tag.document.text("visibilityState").is_some_and(|state| state == "hidden") {
        leave(tag);
    }
}

/// The page is being left or hidden: sends what waits, at once and without waiting for a turn.
pub(crate) fn leave(tag: &Tag) {
    page_view::settle(tag);
    if tag.consent.status() == Status::Held {
        return;
    }
    let batch = queue::take(tag);
    if !batch.keys.is_empty() {
        send(tag, batch, None, false);
    }
}

/// The network is back: no need to wait for the retry timer.
pub(crate) fn online(tag: &Tag) {
    tag.transport.failures.set(0);
    at(tag, 0.0);
}

/// A response arrived: reads its body, or decides what a refusal means. Gives a promise while there is more to read.
pub(crate) fn responded(tag: &Tag, response: &JsValue, number: &JsValue) -> JsValue {
    let status = response.number("status");
    if response.get("ok").is_truthy() {
        let answered = callback(signal::ANSWERED, number);
        return response.call0("json").call2("then", answered, callback(signal::FAILED, number));
    }
    if is_final(status) {
        answered(tag, &JsValue::UNDEFINED, number);
    } else {
        failed(tag, number, bridge::number(&response.get("headers").call1("get", "retry-after")));
    }
    JsValue::UNDEFINED
}

/// True when the edge will never take these events, however often they are sent.
fn is_final(status: f64) -> bool {
    (400.0..500.0).contains(&status) && status != 408.0 && status != 429.0
}

/// The edge has the events of a request (or will never take them); `answer` says what it makes of them.
pub(crate) fn answered(tag: &Tag, answer: &JsValue, number: &JsValue) {
    let Some(flight) = land(tag, number) else { return };
    queue::remove(tag, &flight.keys);
    tag.transport.failures.set(0);
    if tag.consent.status() == Status::Granted {
        answer::apply(tag, answer, flight.person);
    }
    resolve(tag, flight.waiters);
    if placement::is_wanted(tag) || queue::has_more(tag) {
        soon(tag);
    }
}

/// A request failed: its events stay where they are, to be sent again later.
pub(crate) fn failed(tag: &Tag, number: &JsValue, retry_after: f64) {
    let Some(flight) = land(tag, number) else { return };
    if flight.in_turn {
        placement::want(tag);
    }
    resolve(tag, flight.waiters);
    let failures = tag.transport.failures.get();
    tag.transport.failures.set(failures + 1);
    let random = bridge::number(&tag.window.get("Math").call0("random"));
    set_timer(tag, retry_delay(failures, retry_after, random));
}

/// Milliseconds until the next try: doubled with each failure, spread by up to a fifth so that browsers which failed
/// together don't return together. What the edge asks for (seconds, or NaN) is the least.
fn retry_delay(failures: i32, retry_after: f64, random: f64) -> f64 {
    let mut delay = RETRY_FIRST;
    for _ in 0..failures.min(10) {
        delay *= 2.0;
    }
    let asked = if retry_after > 0.0 { (retry_after * 1000.0).min(RETRY_AFTER_LONGEST) } else { 0.0 };
    delay.min(RETRY_LONGEST).max(asked) * (1.0 + random / 5.0)
}

/// Sets the timer unless it fires early enough already, or a retry is waited for.
fn at(tag: &Tag, delay: f64) {
    let timed = tag.transport.timer.get() != 0.0;
    let waits = tag.transport.failures.get() > 0 || tag.transport.due.get() <= tag.now() + delay;
    if !(timed && waits) {
        set_timer(tag, delay);
    }
}

fn set_timer(tag: &Tag, delay: f64) {
    tag.window.call1("clearTimeout", tag.transport.timer.get());
    tag.transport.due.set(tag.now() + delay);
    tag.transport.timer.set(tag.after(delay, signal::DUE, &JsValue::UNDEFINED));
}

/// True when the event with this queue key is on its way.
pub(crate) fn is_flying(tag: &Tag, key: &String) -> bool {
    tag.transport.flights.with(|flights| flights.iter().any(|flight| flight.keys.contains(key)))
}

/// Ends a request. Gives nothing when it has ended before.
fn land(tag: &Tag, number: &JsValue) -> Option<Flight> {
    let flight = tag.transport.flights.with(|flights| {
        let at = flights.iter().position(|flight| flight.number == *number)?;
        Some(flights.swap_remove(at))
    })?;
    if flight.in_turn {
        tag.transport.busy.set(false);
    }
    Some(flight)
}

fn send(tag: &Tag, batch: Batch, placements: Option<JsValue>, in_turn: bool) -> JsValue {
    let body = body(tag, &batch.items, placements);
    let mut url = tag.base.clone();
    url.push_str("v1/batch");
    let number = tag.transport.sent.get() + 1.0;
    tag.transport.sent.set(number);
    let number = JsValue::from_f64(number);
    let person = tag.placements.person.get();
    let waiters = if in_turn { tag.transport.waiters.take() } else { Vec::new() };
    let keepalive = body.len() <= KEEPALIVE_BYTES && (!in_turn || tag.transport.failures.get() == 0);
    let flight = Flight { number: number.clone(), keys: batch.keys, person, in_turn, waiters };
    tag.transport.flights.with(|flights| flights.push(flight));

    let request_class = tag.window.get("Request").get("prototype");
    if !in_turn && !tag.window.get("Reflect").call2("has", request_class, "keepalive").is_truthy() {
        // An accepted beacon says nothing of the answer: its events stay in the queue, the next page sends them again,
        // and the edge drops what it has.
        tag.window.get("navigator").call2("sendBeacon", url, body);
        return JsValue::UNDEFINED;
    }
    let options = tag.object();
    options.set("method", "POST");
    // A text body is sent as text/plain, for which browsers ask no permission first.
    options.set("body", body);
    options.set("credentials", tag.credentials.as_str());
    // Survives the page. The quota is shared with the page's own requests, so a retry does without.
    options.set("keepalive", keepalive);
    options.set("signal", tag.window.get("AbortSignal").call1("timeout", REQUEST_TIMEOUT));
    let failed = callback(signal::FAILED, &number);
    tag.window.call2("fetch", url, options).call2("then", callback(signal::RESPONDED, &number), failed)
}

/// The request as JSON text. The events are texts already and are put in as they are.
fn body(tag: &Tag, items: &str, placements: Option<JsValue>) -> String {
    let request = tag.object();
    request.set("writeKey", tag.write_key.as_str());
    request.set("sentAt", tag.iso(tag.now()));
    request.set("context", context::of_batch(tag));
    if let Some(placements) = placements {
        let decide = tag.object();
        decide.set("placements", placements);
        request.set("decide", decide);
        // For whom, when there is no event that says so.
        request.set("anonymousId", ids::anonymous_id(tag));
    }
    let version = answer::config_version(tag);
    if version > 0.0 {
        request.set("minConfig", version);
    }
    let mut body = tag.json(&request).unwrap_or_default();
    body.pop();
    body.push_str(",\"batch\":[");
    body.push_str(items);
    body.push_str("]}");
    body
}

#[cfg(test)]
mod tests {
    use super::{is_final, retry_delay};

    #[test]
    fn retries_back_off_up_to_a_minute() {
        assert_eq!(retry_delay(0, f64::NAN, 0.0), 500.0);
        assert_eq!(retry_delay(3, f64::NAN, 0.0), 4_000.0);
        assert_eq!(retry_delay(1_000, f64::NAN, 0.0), 60_000.0);
    }

    #[test]
    fn the_edge_may_ask_for_more_time_but_not_for_ever() {
        assert_eq!(retry_delay(0, 7.0, 0.0), 7_000.0);
        assert_eq!(retry_delay(0, 1e9, 0.0), 300_000.0);
        assert_eq!(retry_delay(2, -1.0, 0.0), 2_000.0);
    }

    #[test]
    fn only_refusals_that_stay_refusals_are_final() {
        assert!([400.0, 401.0, 413.0].into_iter().all(is_final));
        assert!(![408.0, 429.0, 500.0, 503.0, 0.0].into_iter().any(is_final));
    }

    #[test]
    fn retries_are_spread() {
        assert_eq!(retry_delay(0, f64::NAN, 1.0), 600.0);
    }
}
