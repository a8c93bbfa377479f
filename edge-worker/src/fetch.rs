//! The only way out of the Worker: one request to somebody else's server, to where the engine says one may go.
//!
//! The platform follows no redirect by itself: each is held against the same rules. What comes back is bounded in time and size.

use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{StreamExt, pin_mut};
use selvedge_engine::limits;
use selvedge_engine::outgoing::{REDIRECTS, Target};
use worker::{Delay, Fetch, Request, RequestInit, RequestRedirect, Response};

use crate::api_error::ApiError;

/// Reads what is at an address.
///
/// # Errors
/// 503 when it can't be had: who is asked does not answer in time, or with anything else than 200, or sends elsewhere too often or to
/// where no request may go.
pub(crate) async fn get(target: &Target) -> Result<Vec<u8>, ApiError> {
    let (read, late) = (followed(target), Delay::from(Duration::from_millis(limits::FETCH_MS)));
    pin_mut!(read);
    match select(read, late).await {
        Either::Left((read, _)) => read,
        Either::Right(_) => Err(failed(target, "no answer in time")),
    }
}

fn failed(target: &Target, why: impl std::fmt::Display) -> ApiError {
    ApiError::unavailable("not_reached", format!("{}: {why}", target.as_str()))
}

async fn followed(target: &Target) -> Result<Vec<u8>, ApiError> {
    let mut target = target.clone();
    for _ in 0..=REDIRECTS {
        let mut response = once(&target).await?;
        match response.status_code() {
            200 => return body(&mut response, &target).await,
            301 | 302 | 303 | 307 | 308 => {
                let location = response.headers().get("location")?;
                let location = location.ok_or_else(|| failed(&target, "a redirect to nowhere"))?;
                target = target.redirected(&location).map_err(|why| failed(&target, why))?;
            }
            status => return Err(failed(&target, format!("status {status}"))),
        }
    }
    Err(failed(&target, "sent elsewhere too often"))
}

async fn once(target: &Target) -> Result<Response, ApiError> {
    let init = RequestInit { redirect: RequestRedirect::Manual, ..RequestInit::default() };
    let request = Request::new_with_init(target.as_str(), &init)?;
    #[expect(clippy::disallowed_methods, reason = "this is the place that it names")]
    Fetch::Request(request).send().await.map_err(|error| failed(target, error))
}

async fn body(response: &mut Response, target: &Target) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let mut pieces = response.stream()?;
    while let Some(piece) = pieces.next().await {
        bytes.extend(piece?);
        if bytes.len() > limits::FETCHED_BYTES {
            return Err(failed(target, "a larger answer than was to be expected"));
        }
    }
    Ok(bytes)
}
