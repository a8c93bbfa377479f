//! Which request goes where.

use worker::{Env, Method, Response, Result};

use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::{admin, assets, console, ingest, usage};

/// Answers one request; an error becomes its JSON body. Never fails.
pub(crate) async fn respond(request: Incoming, env: &Env) -> Result<Response> {
    usage::count(|usage| usage.requests += 1);
    let path = request.path().to_owned();
    let answer = route(request, env, &path).await;
    answer.or_else(|error| {
        if error.status >= 500 {
            worker::console_error!("{path}: {error}");
        }
        error.response()
    })
}

async fn route(request: Incoming, env: &Env, path: &str) -> std::result::Result<Response, ApiError> {
    if let Some(endpoint) = ingest::Endpoint::of(path) {
        return ingest::respond(&request, env, endpoint).await;
    }
    match (request.raw().method().as_str(), path) {
        ("GET", "/v1/relay") => return ingest::listen(&request, env).await,
        ("GET", "/v1/live") => return admin::live::listen(&request, env).await,
        (_, "/v1/relay" | "/v1/live") => return Err(ApiError::method_not_allowed("GET")),
        ("POST", "/v1/preview") => return ingest::preview_as(&request, env).await,
        (_, "/v1/preview") => return Err(ApiError::method_not_allowed("POST")),
        _ => {}
    }
    if path == "/v1/replay" && request.raw().method() == "POST" {
        return admin::replay::take(&request, env).await;
    }
    let request = request.into_request();
    if let (Method::Get | Method::Head, Some(loader)) = (request.method(), assets::loader(path)) {
        return assets::serve(&request, env, loader).await;
    }
    match (request.method(), path) {
        (Method::Get | Method::Head, path) if path.starts_with("/tag/") => {
            assets::serve(&request, env, path).await
        }
        (Method::Get | Method::Head, path) if console::is_at(path) => {
            console::serve(&request, env, path).await
        }
        (Method::Get | Method::Head, "/.well-known/gpc.json") => assets::gpc(),
        (_, "/.well-known/gpc.json") => Err(ApiError::method_not_allowed("GET")),
        (Method::Get, "/v1/health") => Ok(Response::ok("ok")?),
        (Method::Get, "/v1/config") => admin::config::show(&request, env).await,
        (Method::Put, "/v1/config") => admin::config::publish(request, env).await,
        (_, "/v1/config") => Err(ApiError::method_not_allowed("GET and PUT")),
        (_, path) if path == "/v1/config/versions" || path.starts_with("/v1/config/versions/") => {
            admin::history::respond(&request, env).await
        }
        (Method::Post, "/v1/drafts") => admin::drafts::make(&request, env).await,
        (_, "/v1/drafts") => Err(ApiError::method_not_allowed("POST")),
        (Method::Post, "/v1/session") => admin::session::begin(&request, env).await,
        (Method::Get, "/v1/session") => admin::session::show(&request, env).await,
        (Method::Delete, "/v1/session") => admin::session::end(&request),
        (_, "/v1/session") => Err(ApiError::method_not_allowed("GET, POST and DELETE")),
        (Method::Get, "/v1/keys") => admin::keys::list(&request, env).await,
        (Method::Post, "/v1/keys") => admin::keys::make(&request, env).await,
        (_, "/v1/keys") => Err(ApiError::method_not_allowed("GET and POST")),
        (Method::Delete, path) if path.starts_with("/v1/keys/") => admin::keys::revoke(&request, env).await,
        (_, path) if path.starts_with("/v1/keys/") => Err(ApiError::method_not_allowed("DELETE")),
        (Method::Get, "/v1/audit") => admin::audit::list(&request, env).await,
        (_, "/v1/audit") => Err(ApiError::method_not_allowed("GET")),
        (Method::Get, "/v1/intake") => admin::intake::show(&request, env).await,
        (Method::Get, "/v1/catalogue") => admin::catalogue::show(&request, env).await,
        (_, "/v1/intake" | "/v1/catalogue") => Err(ApiError::method_not_allowed("GET")),
        (Method::Get, "/v1/directory") => admin::directory::list(&request, env).await,
        (Method::Get, "/v1/directory/counts") => admin::directory::counts(&request, env).await,
        (Method::Post, "/v1/directory/rebuild") => admin::rebuild::step(&request, env).await,
        (_, "/v1/directory/rebuild") => Err(ApiError::method_not_allowed("POST")),
        (Method::Get, "/v1/segments") => admin::segments::list(&request, env).await,
        (_, "/v1/segments") => Err(ApiError::method_not_allowed("GET")),
        (Method::Get, "/v1/segments/backfill") => admin::segments::backfill(&request, env).await,
        (Method::Post, "/v1/segments/backfill") => admin::segments::backfill_again(&request, env).await,
        (_, "/v1/segments/backfill") => Err(ApiError::method_not_allowed("GET and POST")),
        (Method::Post, "/v1/segments/estimate") => admin::segments::estimate(&request, env).await,
        (_, "/v1/segments/estimate") => Err(ApiError::method_not_allowed("POST")),
        (Method::Get, "/v1/refusals") => admin::refusals::list(&request, env).await,
        (Method::Get, "/v1/refusals/counts") => admin::refusals::counts(&request, env).await,
        (_, "/v1/directory" | "/v1/directory/counts" | "/v1/refusals" | "/v1/refusals/counts") => {
            Err(ApiError::method_not_allowed("GET"))
        }
        (_, "/v1/replay") => Err(ApiError::method_not_allowed("POST")),
        (Method::Get, "/v1/archive") => admin::archive::list(&request, env).await,
        (Method::Get, "/v1/archive/file") => admin::archive::file(&request, env).await,
        (_, "/v1/archive" | "/v1/archive/file") => Err(ApiError::method_not_allowed("GET")),
        (_, path) if path == "/v1/dead-letters" || path.starts_with("/v1/dead-letters/") => {
            admin::dead_letters::respond(&request, env).await
        }
        (Method::Get, "/v1/usage") => admin::usage::show(&request, env).await,
        (_, path) if path == "/v1/audiences" || path.starts_with("/v1/audiences/") => {
            admin::audiences::respond(request, env).await
        }
        (Method::Get, "/v1/experiments") => admin::experiments::list(&request, env).await,
        (Method::Get, path) if path.starts_with("/v1/experiments/") => {
            admin::experiments::show(&request, env).await
        }
        (_, path) if path == "/v1/experiments" || path.starts_with("/v1/experiments/") => {
            Err(ApiError::method_not_allowed("GET"))
        }
        (Method::Get, path) if path.starts_with("/v1/caps/") => admin::caps::show(&request, env).await,
        (_, path) if path.starts_with("/v1/caps/") => Err(ApiError::method_not_allowed("GET")),
        (Method::Get, path) if path.starts_with("/v1/accounts/") => {
            admin::accounts::show(&request, env).await
        }
        (_, path) if path.starts_with("/v1/accounts/") => Err(ApiError::method_not_allowed("GET")),
        (Method::Get, path) if path.starts_with("/v1/profiles/") && path.ends_with("/export") => {
            admin::profiles::export(&request, env).await
        }
        (Method::Get, path) if path.starts_with("/v1/profiles/") => {
            admin::profiles::show(&request, env).await
        }
        (Method::Post, path) if path.starts_with("/v1/profiles/") => {
            admin::identity::decree(request, env).await
        }
        (Method::Post, "/v1/identity/dry-run") => admin::identity::try_rules(request, env).await,
        (Method::Get, "/v1/identity/apply") => admin::apply::far(&request, env).await,
        (Method::Post, "/v1/identity/apply") => admin::apply::apply(request, env).await,
        (_, "/v1/identity/apply") => Err(ApiError::method_not_allowed("GET and POST")),
        (Method::Get, "/v1/quarantine") => admin::quarantine::list(&request, env).await,
        (Method::Post, "/v1/quarantine/release") => admin::quarantine::release(request, env).await,
        (Method::Post, "/v1/suppressions") => admin::suppression::suppress(request, env).await,
        (_, "/v1/identity/dry-run" | "/v1/quarantine/release" | "/v1/suppressions") => {
            Err(ApiError::method_not_allowed("POST"))
        }
        (_, "/v1/quarantine") => Err(ApiError::method_not_allowed("GET")),
        _ => Err(ApiError::not_found("not_found", format!("there is nothing at {path}"))),
    }
}
