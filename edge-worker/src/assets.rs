//! The tag: a short-lived loader, and wasm that never changes under its name. Compressed once, at build time.

use worker::{EncodeBody, Env, Request, Response, ResponseBuilder};

use crate::api_error::ApiError;
use crate::bindings;

/// An hour, then a day of serving the old one while the new one is fetched.
const LOADER: &str = "public, max-age=3600, stale-while-revalidate=86400";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Serves `/tag.js` and `/tag/{hash}.wasm`.
pub(crate) async fn serve(request: &Request, env: &Env, path: &str) -> Result<Response, ApiError> {
    let (kind, caching) = match path.rsplit('.').next() {
        Some("js") => ("text/javascript; charset=utf-8", if path == "/tag.js" { LOADER } else { IMMUTABLE }),
        Some("wasm") => ("application/wasm", IMMUTABLE),
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
            .with_header("x-content-type-options", "nosniff")?
            .with_header("access-control-allow-origin", "*")?
            .with_header("cross-origin-resource-policy", "cross-origin")?;
        if encoding != "identity" {
            builder = builder.with_header("content-encoding", encoding)?.with_encode_body(EncodeBody::Manual);
        }
        return Ok(builder.from_bytes_keeping_type(bytes));
    }
    Err(missing(path))
}

trait Body {
    fn from_bytes_keeping_type(self, bytes: Vec<u8>) -> Response;
}

impl Body for ResponseBuilder {
    fn from_bytes_keeping_type(self, bytes: Vec<u8>) -> Response {
        self.fixed(bytes)
    }
}

fn missing(path: &str) -> ApiError {
    ApiError::not_found("not_found", format!("there is nothing at {path}; the tag is at /tag.js"))
}

/// What the browser accepts. Cloudflare rewrites `accept-encoding`; what the client sent stands in `cf`.
fn accepted_encodings(request: &Request) -> Result<String, ApiError> {
    let cf = request.inner().as_ref();
    let said = worker::js_sys::Reflect::get(cf, &"cf".into())
        .and_then(|cf| worker::js_sys::Reflect::get(&cf, &"clientAcceptEncoding".into()))
        .ok()
        .and_then(|value| value.as_string());
    match said {
        Some(said) => Ok(said),
        None => Ok(request.headers().get("accept-encoding")?.unwrap_or_default()),
    }
}

async fn load(env: &Env, path: &str) -> Result<Option<Vec<u8>>, ApiError> {
    let url = format!("https://assets.local{path}");
    let mut response = env.assets(bindings::ASSETS)?.fetch(url, None).await?;
    if response.status_code() != 200 {
        return Ok(None);
    }
    Ok(Some(response.bytes().await?))
}
