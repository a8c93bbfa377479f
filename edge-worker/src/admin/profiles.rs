//! `GET /v1/profiles/{namespace}:{value}`: one person, by any identifier or by profile id.

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Owner};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde_json::json;
use worker::{Env, Request, Response, Url};

use super::key;
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
        Ok(profile) => Ok(Response::from_json(&profile)?),
        Err(error) if error.status == 404 => {
            let body = json!({ "error": { "code": error.code, "message": error.message } });
            Ok(Response::from_json(&body)?.with_status(404))
        }
        Err(error) => Err(error),
    }
}

async fn find(url: &Url, env: &Env) -> Result<serde_json::Value, ApiError> {
    let mut profile = owner(url, env).await?;
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
    for _ in 0..=limits::REDIRECTS {
        let read = Ask::Read(Read { profile: profile.clone(), config, limit, before: before.clone() });
        match ask(env, &profile, &read).await? {
            Answer::Profile { profile } => return Ok(profile),
            Answer::Moved { to } => profile = to,
            _ => return Err(not_found()),
        }
    }
    Err(ApiError::unavailable("moving", "the profile is being merged; try again"))
}

/// The profile that the path names: `{namespace}:{value}`, or `id:{profile id}`.
async fn owner(url: &Url, env: &Env) -> Result<ProfileId, ApiError> {
    let name = url.path().strip_prefix("/v1/profiles/").unwrap_or_default();
    let name = percent_decoded(name)?;
    if let Some(id) = name.strip_prefix("id:").and_then(ProfileId::parse) {
        return Ok(id);
    }
    let identifier = Identifier::parse(&name).map_err(|_| {
        ApiError::invalid_request("name a profile as `namespace:value`, for example `email:ada@example.com`")
    })?;
    let secrets = Secrets::load(env)?;
    match identifier::ask(env, &secrets.names, &identifier, &EntryAsk::Lookup).await?.owner {
        Owner::Owned { profile, .. } => Ok(profile),
        Owner::Fresh => Err(not_found()),
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("profile_not_found", "no profile has this identifier")
}

fn percent_decoded(text: &str) -> Result<String, ApiError> {
    js_sys::decode_uri_component(text)
        .map(String::from)
        .map_err(|_| ApiError::invalid_request("the path is not valid percent-encoded UTF-8"))
}

fn cursor(text: &str) -> Option<(UnixMillis, MessageId)> {
    let (at, id) = text.split_once(':')?;
    Some((UnixMillis(at.parse().ok()?), MessageId(id.to_owned())))
}
