//! `GET /v1/archive`, `GET /v1/archive/file`: what the archive has, for whoever has no key to the bucket.

use selvedge_engine::access::Right;
use selvedge_engine::archive::Manifest;
use serde_json::{Value, json};
use worker::{Env, Request, Response, ResponseBuilder};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::archive;
use crate::erasures::Gone;
use crate::platform::Secrets;

/// Manifests in the order of files' names (`?of=`, `?limit=`, `?cursor=`).
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Operate).await?;
    let query = Query::of(request)?;
    let limit = query.limit()?;
    let of = query.text("of").unwrap_or_else(|| "archive".into());
    if !["archive", "words", "bots", "segments"].contains(&of.as_str()) {
        return Err(ApiError::invalid_request("`of` is `archive`, `words`, `bots` or `segments`"));
    }
    let prefix = format!("manifest/{of}/");
    let after = query.cursor(|text| text.starts_with(&prefix).then(|| text.to_owned()))?;
    let found = archive::list(&prefix, after.as_deref(), limit, env).await?;
    let next = found.last().filter(|_| found.len() == limit).map(|file| file.name.clone());
    let mut files: Vec<Value> = Vec::new();
    for file in found {
        files.extend(archive::json(&file.name, env).await?);
    }
    Ok(Response::from_json(&json!({ "files": files, "next": next }))?)
}

/// One file (`?name=`), as it stands there; without what is about somebody who was erased.
pub(crate) async fn file(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Operate).await?;
    let name = Query::of(request)?.text("name").filter(|name| Manifest::of_file(name).is_some());
    let name = name.ok_or_else(|| ApiError::invalid_request("`name` is a file that `/v1/archive` lists"))?;
    let missing = || ApiError::not_found("file_not_found", "the archive has no such file");
    let bytes = archive::bytes(&name, env).await?.ok_or_else(missing)?;
    let gone = Gone::among(archive::people(&name, env).await?, env).await?;
    let bytes = if gone.is_nobody() {
        bytes
    } else {
        let secrets = Secrets::of(env)?;
        let shown = archive::shown(&name, bytes, |record| gone.left_of(record, &secrets), env).await?;
        shown.ok_or_else(missing)?
    };
    Ok(ResponseBuilder::new().with_header("content-type", "application/gzip")?.fixed(bytes))
}
