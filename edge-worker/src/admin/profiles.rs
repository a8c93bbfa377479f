//! `GET /v1/profiles/{namespace}:{value}`: one person, by any identifier or by profile id.

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Owner};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, Request, Response, Url};

use super::{erase, key};
use crate::api_error::ApiError;
use crate::config_cache;
use crate::objects::identifier;
use crate::objects::profile::ask;
use crate::objects::profile::message::{Answer, Ask, Read};
use crate::platform::Secrets;

/// Shows a profile and a page of its timeline (`?limit=`, `?cursor=`).
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    key::authorise(request, env)?;
    let url = request.url()?;
    match find(&url, env).await {
        Ok(Found::Here(profile)) => Ok(Response::from_json(&profile)?),
        Ok(Found::Erased(receipt)) => gone(&ApiError::profile_erased(), &receipt),
        Err(error) if error.status == 404 => {
            let body = json!({ "error": { "code": error.code, "message": error.message } });
            Ok(Response::from_json(&body)?.with_status(404))
        }
        Err(error) if error.status == 410 => gone(&error, &Value::Null),
        Err(error) => Err(error),
    }
}

/// What a name leads to.
enum Found {
    Here(Value),
    /// Nobody any more: the receipt, or null.
    Erased(Value),
}

fn gone(error: &ApiError, receipt: &Value) -> Result<Response, ApiError> {
    let error_shown = json!({ "code": error.code, "message": error.message });
    let body = json!({ "erased": true, "receipt": receipt, "error": error_shown });
    Ok(Response::from_json(&body)?.with_status(410))
}

async fn find(url: &Url, env: &Env) -> Result<Found, ApiError> {
    let name = url.path().strip_prefix("/v1/profiles/").unwrap_or_default();
    let name = percent_decoded(name)?;
    let mut profile = owner(&name, env).await?;
    let first = profile.clone();
    let parameter =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let limit = parameter("limit").and_then(|text| text.parse().ok()).unwrap_or(limits::TIMELINE_PAGE);
    let before = match parameter("cursor") {
        None => None,
        Some(text) => {
            Some(cursor(&text).ok_or_else(|| ApiError::invalid_request("the cursor is not one of ours"))?)
        }
    };
    let config = config_cache::current(env, 0).await?.version();
    for _ in 0..=limits::REDIRECTS_SHOWN {
        let read = Ask::Read(Read { profile: profile.clone(), config, limit, before: before.clone() });
        match ask(env, &profile, &read).await? {
            Answer::Profile { profile: mut shown } => {
                if let (true, Some(fields)) = (first != profile, shown.as_object_mut()) {
                    fields.insert("movedFrom".into(), json!(first));
                }
                return Ok(Found::Here(shown));
            }
            Answer::Moved { to } => profile = to,
            Answer::Erased { receipt, done, .. } => {
                let receipt = receipt.map(|receipt| erase::shown(&profile, &receipt, done));
                return Ok(Found::Erased(receipt.unwrap_or_default()));
            }
            _ => return Err(not_found()),
        }
    }
    Err(ApiError::unavailable("moving", "the profile is being merged; try again"))
}

/// The profile that is named: by `{namespace}:{value}`, or by `id:{profile id}`. Of somebody who was erased, the one that
/// has the receipt.
pub(super) async fn owner(name: &str, env: &Env) -> Result<ProfileId, ApiError> {
    if let Some(id) = name.strip_prefix("id:").and_then(ProfileId::parse) {
        return Ok(id);
    }
    let identifier = identifier_named(name, env).await?;
    let secrets = Secrets::of(env)?;
    match identifier::ask(env, &secrets.names, &identifier, &EntryAsk::Lookup).await?.owner {
        Owner::Owned { profile, .. } | Owner::Erased { receipt: Some(profile), .. } => Ok(profile),
        Owner::Erased { receipt: None, .. } => Err(ApiError::profile_erased()),
        Owner::Fresh | Owner::Freed { .. } => Err(not_found()),
    }
}

/// Normalised as the config says; also one of the names that only Selvedge itself gives.
pub(super) async fn identifier_named(name: &str, env: &Env) -> Result<Identifier, ApiError> {
    if name.starts_with('_') {
        let wrong = || ApiError::invalid_request(format!("{name:?} is no name that Selvedge gives"));
        return Identifier::stored(name).ok_or_else(wrong);
    }
    let Some((namespace, value)) = name.split_once(':') else {
        let message = format!(
            "{name:?} is no identifier; write `namespace:value`, for example `email:ada@example.com`"
        );
        return Err(ApiError::invalid_request(message));
    };
    let config = config_cache::current(env, 0).await?;
    config.identity().identifier(namespace, value).map_err(|reason| {
        ApiError::invalid_request(format!("{name:?} names nobody: as an identifier it is {}", reason.code()))
    })
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("profile_not_found", "no profile has this identifier")
}

pub(super) fn percent_decoded(text: &str) -> Result<String, ApiError> {
    js_sys::decode_uri_component(text)
        .map(String::from)
        .map_err(|_| ApiError::invalid_request("the path is not valid percent-encoded UTF-8"))
}

fn cursor(text: &str) -> Option<(UnixMillis, MessageId)> {
    let (at, id) = text.split_once(':')?;
    Some((UnixMillis(at.parse().ok()?), MessageId(id.to_owned())))
}
