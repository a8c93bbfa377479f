//! `GET /v1/relay`: an open page listens for configs that are published. It is told a version and nothing else; what has changed for its
//! visitor it asks for as ever.

use selvedge_engine::access::may_listen;
use selvedge_engine::config::SourceKind;
use selvedge_engine::identity::ObjectNames;
use worker::{Env, Response};

use super::{gate, key};
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::relay;
use crate::{config_cache, platform};

/// Opens the WebSocket: for a page of the source whose write key it has.
///
/// # Errors
/// 401 without a good key, 403 for a page of another origin, 426 for what is no WebSocket, 429, 503.
pub(crate) async fn listen(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    if !request.is_socket()? {
        return Err(ApiError::upgrade_required());
    }
    let key = key::of(request, None)?;
    let config = key::known_to(env, config_cache::current(env, 0).await?, &key).await?;
    let source = config.source_by_key(&key).ok_or_else(ApiError::invalid_write_key)?;
    let origin = request.header("origin")?;
    let is_of_source = may_listen(origin.as_deref(), request.host(), &source.origins);
    if source.kind != SourceKind::Browser || !is_of_source {
        return Err(ApiError::origin_not_listed());
    }
    gate::pass(request, source, 1, platform::now())?;
    relay::listen(env, &ObjectNames::relay(config_cache::any_relay()?), config.version(), None).await
}
