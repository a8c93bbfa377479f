//! `/v1/session`: a key is exchanged once for a session, which scripts can't read.

use selvedge_engine::access::{Right, SESSION_COOKIE};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::{self, Who};
use super::identity::body;
use crate::api_error::ApiError;
use crate::platform::{self, Secrets};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    key: String,
}

/// Begins a session.
pub(crate) async fn begin(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let SignIn { key } = body(request).await?;
    let session = access::opened(key.trim(), env).await?;
    let secrets = Secrets::of(env)?;
    let seconds = session.until.since(platform::now()) / 1_000;
    let sealed = session.seal(&secrets.console);
    let response = Response::from_json(&shown(access::of_session(session)))?;
    with_cookie(response, request, &sealed, seconds)
}

/// Whose session it is, or whose key.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    Ok(Response::from_json(&shown(access::who(request.inner(), env).await?))?)
}

/// Ends it, in this browser.
pub(crate) fn end(request: &Request) -> Result<Response, ApiError> {
    with_cookie(Response::from_json(&json!({ "success": true }))?, request, "", 0)
}

fn shown(Who { name, key, role, rights: only, until }: Who) -> Value {
    let rights = role.rights().filter(|right| only.as_ref().is_none_or(|only| only.contains(right)));
    let rights: Vec<&str> = rights.map(Right::code).collect();
    json!({ "name": name, "key": key, "role": role, "rights": rights, "until": until.map(UnixMillis::to_iso) })
}

fn with_cookie(
    mut response: Response,
    request: &Request,
    value: &str,
    seconds: i64,
) -> Result<Response, ApiError> {
    let secure = if request.url()?.scheme() == "https" { "; Secure" } else { "" };
    let cookie =
        format!("{SESSION_COOKIE}={value}; Path=/v1; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    response.headers_mut().set("set-cookie", &cookie)?;
    Ok(response)
}
