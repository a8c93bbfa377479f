//! The console: one page for all its paths, and files that never change under their names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use worker::{Env, Request, Response, ResponseBuilder};

use crate::api_error::ApiError;
use crate::{assets, platform};

const PATH: &str = "/console";
const FILES: &str = "/console/assets/";
/// Where an offer's content is looked at.
const FRAME: &str = "/console/frame";
/// The page at [`FRAME`].
const FRAME_PAGE: &str = include_str!("console_frame.html");
/// In the page, where each answer has a value of its own.
const NONCE: &str = "__NONCE__";

/// Whether a path is the console's.
pub(crate) fn is_at(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Serves a file, or the page, which finds by its own address what to show.
pub(crate) async fn serve(request: &Request, env: &Env, path: &str) -> Result<Response, ApiError> {
    if path.starts_with(FILES) {
        return assets::of_console(request, env, path).await;
    }
    if path == FRAME {
        return frame();
    }
    let built = assets::load(env, "/console/").await?;
    let missing = || ApiError::not_found("not_found", "this Worker was built without its console");
    let page = String::from_utf8(built.ok_or_else(missing)?)
        .map_err(|_| ApiError::internal("the console's page is not text"))?;
    let nonce = STANDARD.encode(platform::random()?);
    let response = ResponseBuilder::new()
        .with_header("content-type", "text/html; charset=utf-8")?
        .with_header("cache-control", "no-store")?
        .with_header("content-security-policy", &policy(&nonce))?
        .with_header("x-content-type-options", "nosniff")?
        .with_header("referrer-policy", "no-referrer")?
        .with_header("cross-origin-opener-policy", "same-origin")?;
    Ok(response.fixed(page.replace(NONCE, &nonce).into_bytes()))
}

/// An empty page that shows the content which the console hands it, as a site would: with styles and pictures from anywhere, but in
/// a sandbox of its own, where nothing of the console's can be reached and no script of the content's runs.
fn frame() -> Result<Response, ApiError> {
    let nonce = STANDARD.encode(platform::random()?);
    let policy = format!(
        "sandbox allow-scripts; default-src 'none'; script-src 'nonce-{nonce}'; style-src * 'unsafe-inline'; img-src * data:; \
         media-src *; font-src * data:; form-action 'none'; frame-ancestors 'self'"
    );
    let response = ResponseBuilder::new()
        .with_header("content-type", "text/html; charset=utf-8")?
        .with_header("cache-control", "no-store")?
        .with_header("content-security-policy", &policy)?
        .with_header("x-content-type-options", "nosniff")?
        .with_header("referrer-policy", "no-referrer")?;
    Ok(response.fixed(FRAME_PAGE.replace(NONCE, &nonce).into_bytes()))
}

/// Nothing inline: the component library's variables, which it writes into a style element, have this answer's nonce. Wasm may run:
/// the engine, which the console asks what the edge would say.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
