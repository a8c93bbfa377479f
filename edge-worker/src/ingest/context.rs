//! What a request says about the device and the place that it comes from, for segments that ask.

use selvedge_engine::event::Batch;
use selvedge_engine::segment::{RequestFacts, request_context};
use selvedge_engine::time::UnixMillis;
use serde_json::Value;

use super::received::Received;
use crate::api_error::ApiError;
use crate::incoming::Incoming;

/// What a server or an admin says of the visitor for whom they ask; nothing is known where they say nothing.
pub(super) fn said(context: &Value, now: UnixMillis) -> Option<Value> {
    Some(request_context(&RequestFacts::said(context.as_object()?), now))
}

/// A context that says `"userAgent": true` leaves that to the request's header: every request has it anyway.
pub(super) fn complete(batch: &mut Batch<'_>, request: &Incoming) -> Result<(), ApiError> {
    let said = batch.context.as_mut().and_then(|context| context.get_mut("userAgent"));
    if let Some(said) = said.filter(|said| **said == Value::Bool(true)) {
        *said = request.header("user-agent")?.map_or(Value::Null, Value::from);
    }
    Ok(())
}

/// The object that conditions are held against: see [`request_context`].
pub(super) fn of(request: &Incoming, batch: &Batch<'_>, received: &[Received], now: UnixMillis) -> Value {
    let user_agent = request.header("user-agent").ok().flatten().unwrap_or_default();
    let [country, region, city, zone] =
        ["country", "region", "city", "timezone"].map(|name| request.place(name));
    let logged = received.iter().rev().find_map(|one| one.logged.as_ref());
    let facts = RequestFacts {
        user_agent: Some(&user_agent),
        country: country.as_deref(),
        region: region.as_deref(),
        city: city.as_deref(),
        zone: zone.as_deref(),
        page: logged.and_then(|logged| logged.event.context()).or(batch.context.as_ref()),
    };
    request_context(&facts, now)
}
