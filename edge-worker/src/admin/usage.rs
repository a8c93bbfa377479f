//! `GET /v1/usage`: what this isolate was billed for.

use selvedge_engine::access::Right;
use worker::{Env, Request, Response};

use super::access::admit;
use crate::api_error::ApiError;

/// The counters of [`crate::usage`]. Of the isolate that answers, since it started.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    Ok(Response::from_json(&crate::usage::so_far())?)
}
