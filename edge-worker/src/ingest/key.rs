//! Which source a request is from: by its write key, however it is passed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selvedge_engine::config::{Config, Source};
use selvedge_engine::event::Batch;

use crate::api_error::ApiError;
use crate::incoming::Incoming;

/// Finds the source: `Authorization: Basic base64(key:)` (the colon may be missing), else `writeKey` in the body.
///
/// # Errors
/// 401 when no source has the key; 503 before a config is published, because a retry will help then.
pub(super) fn authorise<'a>(
    request: &Incoming,
    batch: &Batch<'_>,
    config: &'a Config,
) -> Result<&'a Source, ApiError> {
    if config.version() == 0 {
        return Err(ApiError::unavailable(
            "no_config",
            "no config is published yet; PUT /v1/config publishes one",
        ));
    }
    let header = request.header("authorization")?.unwrap_or_default();
    let key = basic(&header).or_else(|| batch.write_key.clone()).ok_or_else(ApiError::invalid_write_key)?;
    config.source_by_key(&key).ok_or_else(ApiError::invalid_write_key)
}

fn basic(header: &str) -> Option<String> {
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    Some(text.split(':').next().unwrap_or_default().to_owned())
}
