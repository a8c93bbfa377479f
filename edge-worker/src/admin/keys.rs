//! `/v1/keys`: keys of people and programs. A key's text is in the answer that makes it, and nowhere else.

use selvedge_engine::access::{Key, KeyId, KeyText, Right, Role};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::identity::body;
use crate::api_error::ApiError;
use crate::objects::workspace::{Answer, Ask, ask};
use crate::platform::{self, Secrets};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wanted {
    name: String,
    role: Role,
    rights: Option<Vec<Right>>,
    expires_at: Option<String>,
}

/// All keys, also those that were taken back.
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ManageKeys).await?;
    let Answer::Keys { keys } = ask(env, &Ask::Keys).await? else { return Err(unexpected()) };
    let keys: Vec<Value> = keys.iter().map(shown).collect();
    Ok(Response::from_json(&json!({ "keys": keys }))?)
}

/// Makes one.
pub(crate) async fn make(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let who = admit(request.inner(), env, Right::ManageKeys).await?;
    let Wanted { name, role, rights, expires_at } = body(request).await?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > limits::KEY_NAME_CHARS {
        let message =
            format!("`name` says whose key it is, in at most {} characters", limits::KEY_NAME_CHARS);
        return Err(ApiError::invalid_request(message));
    }
    let wrong = || ApiError::invalid_request("`expiresAt` is a time, as `2026-12-01T00:00:00Z`");
    let expires_at = expires_at.map(|text| UnixMillis::parse(&text).ok_or_else(wrong)).transpose()?;
    let id = KeyId::from_random(platform::random()?);
    let text = KeyText::seal(&id, platform::random()?, &Secrets::of(env)?.keys);
    let key = Key {
        id,
        name,
        role,
        rights,
        expires_at,
        hash: Key::hash(&text),
        created_at: platform::now(),
        created_by: who.name,
        last_used_at: None,
        revoked_at: None,
    };
    key.check(platform::now()).map_err(ApiError::invalid_request)?;
    match ask(env, &Ask::Keep { key }).await? {
        Answer::Key { key: Some(key) } => {
            Ok(Response::from_json(&json!({ "success": true, "key": text, "made": shown(&key) }))?)
        }
        Answer::Key { key: None } => {
            let message = format!("there are {} keys; take one back that nobody needs", limits::KEYS);
            Err(ApiError::invalid_request(message))
        }
        _ => Err(unexpected()),
    }
}

/// Takes one back.
pub(crate) async fn revoke(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ManageKeys).await?;
    let path = request.path();
    let key = KeyId(path.strip_prefix("/v1/keys/").unwrap_or_default().to_owned());
    match ask(env, &Ask::Revoke { key }).await? {
        Answer::Key { key: Some(key) } => {
            Ok(Response::from_json(&json!({ "success": true, "revoked": shown(&key) }))?)
        }
        Answer::Key { key: None } => Err(ApiError::not_found("key_not_found", "there is no key of this id")),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> ApiError {
    ApiError::internal("the workspace answered another question")
}

fn shown(key: &Key) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "rights": key.rights,
        "expiresAt": key.expires_at.map(UnixMillis::to_iso),
        "createdAt": key.created_at.to_iso(),
        "createdBy": key.created_by,
        "lastUsedAt": key.last_used_at.map(UnixMillis::to_iso),
        "revokedAt": key.revoked_at.map(UnixMillis::to_iso),
    })
}
