//! `GET /v1/config`, `PUT /v1/config`: what is published, and publishing.

use selvedge_engine::config::{FileError, Files};
use selvedge_engine::limits;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::key;
use crate::api_error::ApiError;
use crate::objects::workspace::{Answer, Ask, ask};
use crate::{body, config_cache};

#[derive(Deserialize)]
struct Body {
    files: Files,
}

/// Validates and publishes config files; with `?dryRun=1` only validates.
pub(crate) async fn publish(request: Request, env: &Env) -> Result<Response, ApiError> {
    key::authorise(&request, env)?;
    let dry_run = request.url()?.query_pairs().any(|(name, value)| name == "dryRun" && value != "0");
    let text = body::read(request.inner(), limits::CONFIG_BYTES).await?;
    let body: Body =
        serde_json::from_str(&text).map_err(|error| ApiError::invalid_request(error.to_string()))?;
    match ask(env, &Ask::Publish { files: body.files, dry_run }).await? {
        Answer::Published { pointer, changed, warnings } => {
            config_cache::current(env, pointer.version).await?;
            let answer = json!({ "success": true, "version": pointer.version, "hash": pointer.hash, "changed": changed });
            Ok(Response::from_json(&warned(answer, &warnings))?)
        }
        Answer::Valid { hash, warnings } => {
            let answer = json!({ "success": true, "valid": true, "hash": hash });
            Ok(Response::from_json(&warned(answer, &warnings))?)
        }
        Answer::Invalid { errors } => {
            let count = errors.len();
            let message = format!("the config has {count} {}", if count == 1 { "error" } else { "errors" });
            let answer =
                json!({ "success": false, "code": "invalid_config", "message": message, "errors": errors });
            Ok(Response::from_json(&answer)?.with_status(422))
        }
        _ => Err(ApiError::internal("the workspace answered another question")),
    }
}

/// With what is right but can't be what is wanted, if there is any.
fn warned(mut answer: Value, warnings: &[FileError]) -> Value {
    if let Some(fields) = answer.as_object_mut().filter(|_| !warnings.is_empty()) {
        fields.insert("warnings".into(), json!(warnings));
    }
    answer
}

/// The published files.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    key::authorise(request, env)?;
    match ask(env, &Ask::Current).await? {
        Answer::Current { published: Some(published) } => Ok(Response::from_json(&json!({
            "version": published.pointer.version,
            "hash": published.pointer.hash,
            "publishedAt": published.published_at.to_iso(),
            "files": published.files,
        }))?),
        _ => {
            Err(ApiError::not_found("no_config", "no config is published yet; PUT /v1/config publishes one"))
        }
    }
}
