//! `GET /v1/live`: a console listens to what is happening now.

use selvedge_engine::access::Right;
use selvedge_engine::identity::ObjectNames;
use selvedge_engine::limits;
use worker::{Env, Response};

use super::access::admit;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::relay;
use crate::{config_cache, platform};

/// Opens the WebSocket, for as long as the session holds and for minutes at most: then who listens shows it anew.
///
/// # Errors
/// 401, 403, 426 for what is no WebSocket, 503.
pub(crate) async fn listen(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.raw(), env, Right::ReadPeople).await?;
    if !request.is_socket()? {
        return Err(ApiError::upgrade_required());
    }
    let longest = platform::now().plus(limits::LISTEN_MS);
    let until = who.until.map_or(longest, |until| until.min(longest));
    let version = config_cache::known().map_or(0, |config| config.version());
    relay::listen(env, ObjectNames::live(), version, Some(until)).await
}
