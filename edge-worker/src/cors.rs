//! Which pages on other origins may read our answers.
//!
//! Events may come from any page: the write key is public. The device cookie may only come from origins that the
//! source lists, so only those get credentialed answers.

use selvedge_engine::config::Source;
use selvedge_engine::token::origin_of;
use worker::{Env, Response, ResponseBuilder};

use crate::api_error::ApiError;
use crate::config_cache;
use crate::incoming::Incoming;

/// Headers that pages may always send.
const HEADERS: &str = "authorization, content-type, content-encoding, x-retry-count, x-selvedge-results";

/// `Access-Control-*` headers of an answer to this origin; none for a request of the same origin.
pub(crate) fn headers(origin: Option<&str>, trusted: bool) -> Vec<(&'static str, String)> {
    let Some(origin) = origin else { return Vec::new() };
    let mut headers = vec![
        ("vary", "origin".to_owned()),
        ("access-control-expose-headers", "retry-after, x-ratelimit-reset".to_owned()),
    ];
    if trusted {
        headers.push(("access-control-allow-origin", origin.to_owned()));
        headers.push(("access-control-allow-credentials", "true".to_owned()));
    } else {
        headers.push(("access-control-allow-origin", "*".to_owned()));
    }
    headers
}

/// Whether a source lists this origin.
pub(crate) fn is_trusted(source: &Source, origin: Option<&str>) -> bool {
    origin.is_some_and(|origin| source.lists(origin))
}

/// Whether a page may speak for a device by a token: the source lists it, or it is of the edge's own origin, as far as the request says.
pub(crate) fn may_carry_device(source: &Source, request: &Incoming, origin: Option<&str>) -> bool {
    is_trusted(source, origin) || origin == Some(origin_of(request.url()))
}

/// Whether the page that a request is from may send to this source. An image names its page by the `Referer` alone, and a page
/// whose policy forbids even that has none.
///
/// # Errors
/// 403.
pub(crate) fn check(source: &Source, request: &Incoming, origin: Option<&str>) -> Result<(), ApiError> {
    if !source.origins_only {
        return Ok(());
    }
    let referrer = request.header("referer")?;
    let page = origin.or_else(|| referrer.as_deref().map(origin_of));
    let takes = source.takes_from(page, origin_of(request.url()));
    if takes { Ok(()) } else { Err(ApiError::origin_not_listed()) }
}

/// Whether any source lists this origin: what can be said before the source is known.
pub(crate) async fn is_listed(env: &Env, origin: Option<&str>) -> bool {
    match config_cache::current(env, 0).await {
        Ok(config) => config.document().sources.iter().any(|source| is_trusted(source, origin)),
        Err(_) => false,
    }
}

/// Answers a preflight. The key is not in it, so an origin that any source lists is trusted to ask.
pub(crate) async fn preflight(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    let origin = request.header("origin")?;
    let config = config_cache::current(env, 0).await?;
    let listed = config.document().sources.iter().any(|source| is_trusted(source, origin.as_deref()));
    // Clients add headers of their own, some only when they try again: what a page may send with its events is its
    // own affair, and a header that is not allowed would lose them.
    let asked = request.header("access-control-request-headers")?.unwrap_or_default();
    let mut builder = ResponseBuilder::new()
        .with_status(204)
        .with_header("access-control-allow-methods", "GET, POST, OPTIONS")?
        .with_header(
            "access-control-allow-headers",
            &format!("{HEADERS}{}{asked}", if asked.is_empty() { "" } else { ", " }),
        )?
        .with_header("access-control-max-age", "86400")?;
    for (name, value) in headers(origin.as_deref(), listed) {
        builder = builder.with_header(name, &value)?;
    }
    Ok(builder.empty())
}
