//! `/v1/config/versions`: what was published before, what each version changed, and the way back.

use selvedge_engine::access::Right;
use selvedge_engine::config::{Made, differences};
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Method, Request, Response};

use super::access::{Who, admit};
use super::config::{answer, for_eyes_of};
use super::identity::body;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::workspace::{Answer, Ask, Past, Published, ask};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restore {
    /// The version that was current when this was asked for.
    base: Option<u64>,
}

/// What the paths below `/v1/config/versions` take.
pub(crate) async fn respond(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let path = request.path();
    let rest = path.strip_prefix("/v1/config/versions").unwrap_or_default().trim_start_matches('/');
    let (number, what) = rest.split_once('/').unwrap_or((rest, ""));
    match (request.method(), number.parse().ok(), what) {
        (Method::Get, _, "") if rest.is_empty() => list(request, env).await,
        (Method::Get, Some(version), "") => show(version, request, env).await,
        (Method::Get, Some(version), "changes") => changes(version, request, env).await,
        (Method::Post, Some(version), "restore") => restore(version, request, env).await,
        (Method::Get, ..) => Err(missing()),
        _ => Err(ApiError::method_not_allowed("GET; POST is for …/restore")),
    }
}

/// A page, newest first.
async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadConfig).await?;
    let query = Query::of(request)?;
    let limit = query.limit()?;
    let before = query.cursor(|text| text.parse().ok())?;
    // One more than a page: then it is known whether another page follows.
    let Answer::History { mut versions } = ask(env, &Ask::History { before, limit: limit + 1 }).await? else {
        return Err(unexpected());
    };
    let more = versions.len() > limit;
    versions.truncate(limit);
    let next = versions.last().filter(|_| more).map(|past| past.pointer.version.to_string());
    let versions: Vec<Value> = versions.iter().map(shown).collect();
    Ok(Response::from_json(&json!({ "versions": versions, "next": next }))?)
}

/// A version and how it came to be.
pub(super) fn shown(past: &Past) -> Value {
    let publication = past.publication.as_ref();
    let (by, restored) = match publication.map(|publication| &publication.made) {
        Some(Made::Publish { who }) => (Some(who.as_str()), None),
        Some(Made::Restore { who, version }) => (Some(who.as_str()), Some(*version)),
        Some(Made::Itself) => (Some("Selvedge"), None),
        None => (None, None),
    };
    json!({
        "version": past.pointer.version,
        "hash": past.pointer.hash,
        "publishedAt": past.published_at.to_iso(),
        "by": by.filter(|by| !by.is_empty()),
        "restored": restored,
        "files": publication.map(|publication| &publication.files),
    })
}

async fn show(version: u64, request: &Request, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.inner(), env, Right::ReadConfig).await?;
    let published = published(version, &who, env).await?.ok_or_else(missing)?;
    Ok(Response::from_json(&json!({
        "version": published.pointer.version,
        "hash": published.pointer.hash,
        "publishedAt": published.published_at.to_iso(),
        "files": published.files,
    }))?)
}

/// What is different in it from the version before it, or from `?since=`.
async fn changes(version: u64, request: &Request, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.inner(), env, Right::ReadConfig).await?;
    let since = match Query::of(request)?.text("since") {
        None => version.saturating_sub(1),
        Some(text) => text.parse().map_err(|_| ApiError::invalid_request("`since` is a version"))?,
    };
    let after = published(version, &who, env).await?.ok_or_else(missing)?;
    let before = published(since, &who, env).await?.map(|published| published.files).unwrap_or_default();
    let differences = differences(&before, &after.files);
    Ok(Response::from_json(&json!({ "since": since, "version": version, "changes": differences }))?)
}

async fn published(version: u64, who: &Who, env: &Env) -> Result<Option<Published>, ApiError> {
    match ask(env, &Ask::Version { version }).await? {
        Answer::Current { published } => {
            Ok(published.map(|one| Published { files: for_eyes_of(who, one.files), ..one }))
        }
        _ => Err(unexpected()),
    }
}

/// Publishes what it had, as a new version.
async fn restore(version: u64, request: &Request, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.inner(), env, Right::Publish).await?.name;
    let Restore { base } = body(request).await?;
    match ask(env, &Ask::Restore { version, base, who }).await? {
        Answer::Current { .. } => Err(missing()),
        other => answer(other, env).await,
    }
}

fn missing() -> ApiError {
    ApiError::not_found("version_not_found", "there is no such version; GET /v1/config/versions lists them")
}

fn unexpected() -> ApiError {
    ApiError::internal("the workspace answered another question")
}
