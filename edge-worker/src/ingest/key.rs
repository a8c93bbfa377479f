//! Which source a request is from: by its write key, however it is passed.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selvedge_engine::config::Config;
use worker::{Env, Url};

use crate::api_error::ApiError;
use crate::config_cache;
use crate::incoming::Incoming;

/// The key: `Authorization: Basic base64(key:)` (the colon may be missing), else `writeKey` in the body, else in the
/// query, for beacons and images, which can set no header.
///
/// # Errors
/// 401 when there is none.
pub(super) fn of(request: &Incoming, in_body: Option<&str>) -> Result<String, ApiError> {
    let header = request.header("authorization")?.unwrap_or_default();
    let key = basic(&header).or_else(|| in_body.map(str::to_owned)).or_else(|| in_query(request));
    key.ok_or_else(ApiError::invalid_write_key)
}

/// A config that knows the key, if there is one. A new source's first events may come before this isolate has heard of
/// it, and a 401 would make their client drop them for ever.
///
/// # Errors
/// 503 before a config is published, because a retry will help then.
pub(super) async fn known_to(env: &Env, config: Rc<Config>, key: &str) -> Result<Rc<Config>, ApiError> {
    if config.source_by_key(key).is_some() {
        return Ok(config);
    }
    let config = config_cache::newest(env, config).await?;
    if config.version() == 0 {
        return Err(ApiError::unavailable(
            "no_config",
            "no config is published yet; PUT /v1/config publishes one",
        ));
    }
    Ok(config)
}

fn basic(header: &str) -> Option<String> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    text.split(':').next().filter(|key| !key.is_empty()).map(str::to_owned)
}

fn in_query(request: &Incoming) -> Option<String> {
    let url = Url::parse(request.url()).ok()?;
    url.query_pairs().find(|(name, _)| name == "writeKey").map(|(_, key)| key.into_owned())
}
