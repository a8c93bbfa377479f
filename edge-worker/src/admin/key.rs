//! Who is an admin.

use sha2::{Digest, Sha256};
use worker::{Env, Request};

use crate::api_error::ApiError;
use crate::{bindings, platform};

/// Checks `Authorization: Bearer <admin key>` against the stored hash. Hashes are compared, so the time it takes says
/// nothing about the key.
///
/// # Errors
/// 401, or 503 when no key is set.
pub(crate) fn authorise(request: &Request, env: &Env) -> Result<(), ApiError> {
    check(request.headers().get("authorization")?, env)
}

/// The same of the header alone.
///
/// # Errors
/// As [`authorise`].
pub(crate) fn check(authorization: Option<String>, env: &Env) -> Result<(), ApiError> {
    let stored = platform::secret(env, bindings::ADMIN_KEY_SHA256)
        .ok_or_else(|| ApiError::not_configured(bindings::ADMIN_KEY_SHA256))?;
    let header = authorization.unwrap_or_default();
    let key = header.strip_prefix("Bearer ").ok_or_else(ApiError::unauthorized)?;
    let hash: String =
        Sha256::digest(key.trim().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    if hash.eq_ignore_ascii_case(stored.trim()) { Ok(()) } else { Err(ApiError::unauthorized()) }
}
