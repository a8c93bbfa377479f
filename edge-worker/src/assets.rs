//! Files that were built with this release: the tag, a short-lived loader and files that never change under their names, and the
//! files of the [console](crate::console). Compressed once, at build time.

use js_sys::Reflect;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::JsValue;
use worker::{EncodeBody, Env, Request, Response, ResponseBuilder};

use crate::api_error::ApiError;
use crate::bindings;

/// An hour, then a day of serving the old one while the new one is fetched.
const LOADER: &str = "public, max-age=3600, stale-while-revalidate=86400";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The loader that a path means: the tag's, or the one for sites that are on analytics.js, also where Segment's snippet asks for
/// theirs.
pub(crate) fn loader(path: &str) -> Option<&'static str> {
    match path {
        "/tag.js" => Some("/tag.js"),
        "/analytics.js" => Some("/analytics.js"),
        _ => {
            let key = path.strip_prefix("/analytics.js/v1/")?.strip_suffix("/analytics.min.js")?;
            (!key.contains('/')).then_some("/analytics.js")
        }
    }
}

/// Serves `/tag.js`, `/analytics.js` and `/tag/{hash}.wasm`, to pages of any origin.
pub(crate) async fn serve(request: &Request, env: &Env, path: &str) -> Result<Response, ApiError> {
    let caching = if loader(path).is_some() { LOADER } else { IMMUTABLE };
    let mut response = file(request, env, path, caching).await?;
    response.headers_mut().set("access-control-allow-origin", "*")?;
    response.headers_mut().set("cross-origin-resource-policy", "cross-origin")?;
    Ok(response)
}

/// What a site says of Global Privacy Control under its well-known address: it is heeded.
/// <https://www.w3.org/TR/gpc/#gpc-support-resource>
pub(crate) fn gpc() -> Result<Response, ApiError> {
    let mut response = Response::from_json(&json!({ "gpc": true, "lastUpdate": "2026-11-22" }))?;
    response.headers_mut().set("cache-control", LOADER)?;
    Ok(response)
}

/// Serves a file of the console, which never changes under its name.
pub(crate) async fn of_console(request: &Request, env: &Env, path: &str) -> Result<Response, ApiError> {
    file(request, env, path, IMMUTABLE).await
}

async fn file(request: &Request, env: &Env, path: &str, caching: &str) -> Result<Response, ApiError> {
    let kind = match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => return Err(missing(path)),
    };
    let accepted = accepted_encodings(request)?;
    for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz"), ("identity", "")] {
        if encoding != "identity" && !accepted.contains(encoding) {
            continue;
        }
        let Some(bytes) = load(env, &format!("{path}{suffix}")).await? else { continue };
        let mut builder = ResponseBuilder::new()
            .with_header("content-type", kind)?
            .with_header("cache-control", caching)?
            .with_header("vary", "accept-encoding")?
            .with_header("x-content-type-options", "nosniff")?;
        if encoding != "identity" {
            builder = builder.with_header("content-encoding", encoding)?.with_encode_body(EncodeBody::Manual);
        }
        return Ok(builder.fixed(bytes));
    }
    Err(missing(path))
}

fn missing(path: &str) -> ApiError {
    ApiError::not_found(
        "not_found",
        format!("there is nothing at {path}; the tag is at /tag.js, the console at /console"),
    )
}

/// What Cloudflare knows of a request beside what stands in it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cf {
    /// `accept-encoding` as the client sent it; the header itself is rewritten on the way.
    client_accept_encoding: Option<String>,
}

fn accepted_encodings(request: &Request) -> Result<String, ApiError> {
    let cf = Reflect::get(request.inner().as_ref(), &"cf".into()).unwrap_or(JsValue::UNDEFINED);
    let cf: Cf = serde_wasm_bindgen::from_value(cf).unwrap_or_default();
    match cf.client_accept_encoding {
        Some(said) => Ok(said),
        None => Ok(request.headers().get("accept-encoding")?.unwrap_or_default()),
    }
}

/// A file as it was built.
pub(crate) async fn load(env: &Env, path: &str) -> Result<Option<Vec<u8>>, ApiError> {
    let url = format!("https://assets.local{path}");
    let mut response = env.assets(bindings::ASSETS)?.fetch(url, None).await?;
    if response.status_code() != 200 {
        return Ok(None);
    }
    Ok(Some(response.bytes().await?))
}
