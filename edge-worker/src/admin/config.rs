//! `GET /v1/config`, `PUT /v1/config`: what is published, and publishing.

use selvedge_engine::access::Right;
use selvedge_engine::config::{FileError, Files, veiled};
use selvedge_engine::limits;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use worker::{Env, Request, Response, Url};

use super::access::{Who, admit};
use super::history;
use crate::api_error::ApiError;
use crate::objects::workspace::{Answer, Ask, Behind, ask};
use crate::{body, config_cache};

/// Files that somebody sends.
#[derive(Deserialize)]
pub(super) struct Body {
    pub(super) files: Files,
    /// The version that they were made from.
    base: Option<u64>,
    /// When a draft ends.
    pub(super) until: Option<String>,
}

impl Body {
    /// Of this request.
    pub(super) async fn of(request: &Request) -> Result<Self, ApiError> {
        let text = body::read(request.inner(), limits::CONFIG_BYTES).await?;
        serde_json::from_str(&text).map_err(|error| ApiError::invalid_request(error.to_string()))
    }
}

/// Whether files are to be validated only.
pub(super) fn is_trial(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| name == "dryRun" && value != "0")
}

/// Validates and publishes config files; with `?dryRun=1` only validates.
pub(crate) async fn publish(request: Request, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.inner(), env, Right::Publish).await?.name;
    let dry_run = is_trial(&request.url()?);
    let Body { files, base, .. } = Body::of(&request).await?;
    answer(ask(env, &Ask::Publish { files, dry_run, base, who }).await?, env).await
}

/// What became of files that were to be published.
pub(super) async fn answer(answer: Answer, env: &Env) -> Result<Response, ApiError> {
    match answer {
        Answer::Published { pointer, changed, warnings } => {
            config_cache::current(env, pointer.version).await?;
            let answer = json!({ "success": true, "version": pointer.version, "hash": pointer.hash, "changed": changed });
            Ok(Response::from_json(&warned(answer, &warnings))?)
        }
        Answer::Valid { hash, changes, warnings } => {
            let answer = json!({ "success": true, "valid": true, "hash": hash, "changes": changes });
            Ok(Response::from_json(&warned(answer, &warnings))?)
        }
        Answer::Invalid { errors } => invalid(&errors),
        Answer::Behind(behind) => conflict(&behind),
        _ => Err(ApiError::internal("the workspace answered another question")),
    }
}

/// What is wrong with files.
pub(super) fn invalid(errors: &[FileError]) -> Result<Response, ApiError> {
    let count = errors.len();
    let message = format!("the config has {count} {}", if count == 1 { "error" } else { "errors" });
    let answer = json!({ "success": false, "code": "invalid_config", "message": message, "errors": errors });
    Ok(Response::from_json(&answer)?.with_status(422))
}

/// Nothing is lost: what both changed, made one, comes with the refusal.
fn conflict(behind: &Behind) -> Result<Response, ApiError> {
    let fields = [
        ("current", history::shown(&behind.current)),
        ("theirs", json!(behind.theirs)),
        ("mine", json!(behind.mine)),
        ("files", json!(behind.files)),
        ("conflicts", json!(behind.conflicts)),
    ];
    let body: Map<String, Value> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(ApiError::config_changed(behind.current.pointer.version).response_with(body)?)
}

/// With what is right but can't be what is wanted, if there is any.
pub(super) fn warned(mut answer: Value, warnings: &[FileError]) -> Value {
    if let Some(fields) = answer.as_object_mut().filter(|_| !warnings.is_empty()) {
        fields.insert("warnings".into(), json!(warnings));
    }
    answer
}

/// The published files.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.inner(), env, Right::ReadConfig).await?;
    match ask(env, &Ask::Current).await? {
        Answer::Current { published: Some(published) } => Ok(Response::from_json(&json!({
            "version": published.pointer.version,
            "hash": published.pointer.hash,
            "publishedAt": published.published_at.to_iso(),
            "files": for_eyes_of(&who, published.files),
        }))?),
        _ => {
            Err(ApiError::not_found("no_config", "no config is published yet; PUT /v1/config publishes one"))
        }
    }
}

/// What somebody may see of files.
pub(super) fn for_eyes_of(who: &Who, files: Files) -> Files {
    if who.may(Right::ReadWriteKeys) { files } else { veiled(files) }
}
