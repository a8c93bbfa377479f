//! `GET /v1/usage`: what this isolate was billed for.

use worker::{Env, Request, Response};

use super::key;
use crate::api_error::ApiError;

/// The counters of [`crate::usage`]. Of the isolate that answers, since it started.
pub(crate) fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    key::authorise(request, env)?;
    Ok(Response::from_json(&crate::usage::so_far())?)
}
