//! Who is let in: asked before anything else is done with a request's events.

use std::cell::RefCell;

use selvedge_engine::config::Source;
use selvedge_engine::pressure::{Address, Gate};
use selvedge_engine::time::UnixMillis;

use crate::api_error::ApiError;
use crate::incoming::Incoming;

thread_local! {
    /// What this isolate has let in lately. No address of it is stored or sent anywhere.
    static GATE: RefCell<Gate> = RefCell::default();
}

/// Lets a request with so many events pass.
///
/// # Errors
/// 429 when its source, or its address, has sent too much.
pub(super) fn pass(
    request: &Incoming,
    source: &Source,
    events: usize,
    now: UnixMillis,
) -> Result<(), ApiError> {
    // Cloudflare writes this header itself, over whatever a client says.
    let from = request.header("cf-connecting-ip")?.and_then(|text| Address::parse(&text));
    GATE.with_borrow_mut(|gate| gate.pass(source, from, events, now)).map_err(ApiError::too_many_requests)
}
