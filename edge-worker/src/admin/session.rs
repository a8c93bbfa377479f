//! `/v1/session`: a key is exchanged once for a session, which scripts can't read.

use selvedge_engine::access::{Right, Role, SESSION_COOKIE};
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
    let response = Response::from_json(&shown(
        &session.name,
        session.role,
        session.rights.as_deref(),
        Some(session.until),
    ))?;
    with_cookie(response, request, &session.seal(&secrets.console), seconds)
}

/// Whose session it is, or whose key.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let who = access::who(request.inner(), env).await?;
    let Who { name, role, rights, until, .. } = who;
    Ok(Response::from_json(&shown(&name, role, rights.as_deref(), until))?)
}

/// Ends it, in this browser.
pub(crate) fn end(request: &Request) -> Result<Response, ApiError> {
    with_cookie(Response::from_json(&json!({ "success": true }))?, request, "", 0)
}

fn shown(name: &str, role: Role, only: Option<&[Right]>, until: Option<UnixMillis>) -> Value {
    let rights = role.rights().filter(|right| only.is_none_or(|only| only.contains(right)));
    let rights: Vec<&str> = rights.map(Right::code).collect();
    json!({ "name": name, "role": role, "rights": rights, "until": until.map(UnixMillis::to_iso) })
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
