//! `GET /v1/profiles/{namespace}:{value}`: one person, by any identifier or by profile id; `…/export`: all there is of them.

use futures_util::stream;
use selvedge_engine::access::Right;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Owner};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, Request, Response, ResponseBuilder, Url};

use super::access::admit;
use super::erase;
use crate::api_error::ApiError;
use crate::config_cache;
use crate::objects::identifier;
use crate::objects::profile::message::{Answer, Ask, Only, Read};
use crate::objects::profile::{ask, ask_wherever};
use crate::platform::{self, Secrets};

/// Shows a profile and a page of its timeline (`?limit=`, `?cursor=`; `?type=`, `?event=`, `?source=`).
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let url = request.url()?;
    let name = percent_decoded(url.path().strip_prefix("/v1/profiles/").unwrap_or_default())?;
    match find(&name, &Page::of(&url)?, env).await {
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

/// Everything there is of a person, as one document: the profile, and all its events, newest first. It is made while it is
/// read, page by page, so that no timeline is too long for it.
pub(crate) async fn export(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let path = request.path();
    let name = path.strip_prefix("/v1/profiles/").and_then(|rest| rest.strip_suffix("/export"));
    let name = percent_decoded(name.unwrap_or_default())?;
    let page = Page { limit: limits::TIMELINE_PAGE_MAX, before: None, only: Only::default() };
    let first = match find(&name, &page, env).await {
        Ok(Found::Here(profile)) => profile,
        Ok(Found::Erased(_)) => return Err(ApiError::profile_erased()),
        Err(error) => return Err(error),
    };
    let id = first.get("profileId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let pages = stream::try_unfold(Exporting::First(first), {
        let (env, id) = (env.clone(), id.clone());
        move |at| next_part(at, format!("id:{id}"), env.clone())
    });
    let response = ResponseBuilder::new()
        .with_header("content-type", "application/json")?
        .with_header("cache-control", "no-store")?
        .with_header("content-disposition", &format!("attachment; filename=\"profile-{id}.json\""))?;
    Ok(response.from_stream(pages)?)
}

/// How far an export is.
enum Exporting {
    First(Value),
    From(String),
    Done,
}

async fn next_part(
    at: Exporting,
    name: String,
    env: Env,
) -> Result<Option<(Vec<u8>, Exporting)>, worker::Error> {
    let mut text = String::new();
    let mut profile = match at {
        Exporting::Done => return Ok(None),
        Exporting::First(profile) => profile,
        Exporting::From(cursor) => {
            let page = Page {
                limit: limits::TIMELINE_PAGE_MAX,
                before: self::cursor(&cursor),
                only: Only::default(),
            };
            text.push(',');
            match find(&name, &page, &env).await {
                Ok(Found::Here(profile)) => profile,
                // Cut off: what was read is no document, so nobody takes it for all.
                Ok(Found::Erased(_)) => return Err(worker::Error::RustError("erased meanwhile".into())),
                Err(error) => return Err(worker::Error::RustError(error.to_string())),
            }
        }
    };
    let timeline = profile.as_object_mut().and_then(|fields| fields.remove("timeline")).unwrap_or_default();
    if text.is_empty() {
        text =
            format!("{{\"exportedAt\":\"{}\",\"profile\":{profile},\"events\":[", platform::now().to_iso());
    }
    let events = timeline.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
    text.push_str(&events.iter().map(Value::to_string).collect::<Vec<_>>().join(","));
    let next = match timeline.get("next").and_then(Value::as_str) {
        Some(cursor) => Exporting::From(cursor.to_owned()),
        None => {
            text.push_str("]}");
            Exporting::Done
        }
    };
    Ok(Some((text.into_bytes(), next)))
}

/// Which events of a person are wanted.
struct Page {
    limit: usize,
    before: Option<(UnixMillis, MessageId)>,
    only: Only,
}

impl Page {
    fn of(url: &Url) -> Result<Self, ApiError> {
        let parameter = |name: &str| {
            let found = url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
        };
        let limit = parameter("limit").and_then(|text| text.parse().ok()).unwrap_or(limits::TIMELINE_PAGE);
        let before = match parameter("cursor") {
            None => None,
            Some(text) => Some(
                cursor(&text).ok_or_else(|| ApiError::invalid_request("the cursor is not one of ours"))?,
            ),
        };
        let only = Only { kind: parameter("type"), event: parameter("event"), source: parameter("source") };
        Ok(Self { limit, before, only })
    }
}

async fn find(name: &str, page: &Page, env: &Env) -> Result<Found, ApiError> {
    let first = owner(name, env).await?;
    let config = config_cache::current(env, 0).await?.version();
    let read = |profile| {
        let Page { limit, before, only } = page;
        Ask::Read(Read { profile, config, limit: *limit, before: before.clone(), only: only.clone() })
    };
    let (profile, answer) = ask_wherever(env, first.clone(), &read).await?;
    match answer {
        Answer::Profile { profile: mut shown } => {
            if let (true, Some(fields)) = (first != profile, shown.as_object_mut()) {
                fields.insert("movedFrom".into(), json!(first));
            }
            Ok(Found::Here(shown))
        }
        Answer::Moved { .. } => Err(ApiError::moving()),
        Answer::Erased { receipt, done, .. } => {
            let receipt = receipt.map(|receipt| erase::shown(&profile, &receipt, done));
            Ok(Found::Erased(receipt.unwrap_or_default()))
        }
        _ => Err(not_found()),
    }
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

/// The same of somebody who is there.
///
/// # Errors
/// 404 otherwise: an object that nobody lives in is asked nothing more.
pub(crate) async fn existing(name: &str, env: &Env) -> Result<ProfileId, ApiError> {
    let profile = owner(name, env).await?;
    match ask(env, &profile, &Ask::Describe).await? {
        Answer::Described { .. } => Ok(profile),
        Answer::Moved { to } => Ok(to),
        Answer::Erased { .. } => Err(ApiError::profile_erased()),
        _ => Err(not_found()),
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
