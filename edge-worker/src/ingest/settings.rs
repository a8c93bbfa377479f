//! What clients ask for before they start: where to send, and that there is nothing else to load.

use selvedge_engine::config::Source;
use serde_json::{Value, json};
use worker::{Env, Response};

use super::key;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::{config_cache, cors};

/// How long a browser may keep the answer. A page asks each time it loads, and little in it ever changes.
const CACHE: &str = "private, max-age=300";

/// For Segment's clients: `GET /v1/projects/{writeKey}/settings`.
pub(super) async fn of_segment(request: &Incoming, env: &Env, key: &str) -> Result<Response, ApiError> {
    answer(request, env, key, |source| segment(source, request.url())).await
}

/// For RudderStack's clients: `GET /sourceConfig`.
pub(super) async fn of_rudderstack(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    answer(request, env, &key::of(request, None)?, rudderstack).await
}

async fn answer(
    request: &Incoming,
    env: &Env,
    key: &str,
    document: impl FnOnce(&Source) -> Value,
) -> Result<Response, ApiError> {
    let config = config_cache::current(env, 0).await?;
    let config = key::known_to(env, config, key).await?;
    let source = config.source_by_key(key).ok_or_else(ApiError::invalid_write_key)?;
    let origin = request.header("origin")?;
    cors::check(source, request, origin.as_deref())?;
    let mut response = Response::from_json(&document(source))?;
    response.headers_mut().set("cache-control", CACHE)?;
    for (name, value) in cors::headers(origin.as_deref(), cors::is_trusted(source, origin.as_deref())) {
        response.headers_mut().append(name, &value)?;
    }
    Ok(response)
}

/// The host that was asked is where to send, under the name by which analytics.js knows that place and under the one by
/// which Customer.io's edition of it does. Each passes over the other's.
fn segment(source: &Source, url: &str) -> Value {
    let (protocol, rest) = url.split_once("://").unwrap_or(("https", url));
    let host = format!("{}/v1", rest.split('/').next().unwrap_or(rest));
    let here = json!({ "apiKey": source.write_key, "apiHost": host, "protocol": protocol });
    json!({
        "integrations": { "Segment.io": here, "Customer.io Data Pipelines": here },
        "plan": {}, "edgeFunction": {}, "middlewareSettings": {}, "enabledMiddleware": {}, "remotePlugins": [],
        "metrics": { "sampleRate": 0, "host": host }, "analyticsNextEnabled": true, "legacyVideoPluginsEnabled": false,
    })
}

fn rudderstack(source: &Source) -> Value {
    let off = json!({ "enabled": false });
    json!({
        "source": {
            "id": source.id, "name": source.name, "writeKey": source.write_key, "enabled": true,
            "workspaceId": "selvedge", "config": { "statsCollection": { "errors": off, "metrics": off } },
            "destinations": [],
        },
    })
}
