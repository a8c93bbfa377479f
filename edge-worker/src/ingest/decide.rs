//! `POST /v1/decide`: decisions without events. A page's own request is one of its device, as in a batch; a server names the
//! person, and an admin asks what would be decided, and why.

use selvedge_engine::access::Right;
use selvedge_engine::config::{Config, Source};
use selvedge_engine::consent::{Consent, Signals};
use selvedge_engine::event::Wanted;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Owner};
use selvedge_engine::identity::{Identifier, Namespace};
use selvedge_engine::ids::{PlacementId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, Nobody, Request, defaults, explain_defaults};
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};
use worker::{Env, Response};

use super::{bots, context, encode};
use crate::admin::access::admit;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::identifier;
use crate::objects::profile;
use crate::objects::profile::message::{Append, Appended, Decide, Preview};
use crate::platform::{self, Secrets};
use crate::{body, caps, config_cache, pulse};

/// The fields beside those of a batch that name the person.
const NAMES: [&str; 2] = ["userId", "identifiers"];

/// The body as that of a batch without events.
///
/// # Errors
/// 400 if it asks for nothing.
pub(super) fn as_batch(text: &str) -> Result<String, ApiError> {
    let mut body = object(text)?;
    let placements = body.remove("placements").filter(Value::is_array).ok_or_else(nothing_asked)?;
    body.insert("decide".into(), json!({ "placements": placements }));
    body.insert("batch".into(), json!([]));
    Ok(serde_json::to_string(&body)?)
}

fn nothing_asked() -> ApiError {
    ApiError::invalid_request("name what is to be decided, as `\"placements\": [\"hero\"]`")
}

/// Whether an admin asks: servers send their write key.
pub(super) fn is_preview(request: &Incoming) -> Result<bool, ApiError> {
    let header = request.header("authorization")?;
    Ok(header.is_some_and(|header| header.starts_with("Bearer ")))
}

/// Decisions for whom a server names. Its key is secret, so its word counts.
pub(super) async fn for_server(
    text: &str,
    placements: Vec<PlacementId>,
    env: &Env,
    config: &Config,
    source: &Source,
    secrets: &Secrets,
) -> Result<Response, ApiError> {
    let body = object(text)?;
    let context = body.get("context").cloned().unwrap_or_default();
    if bots::is_asked_for(source, &context) {
        return reply(&bots::decisions(placements, config, context), None, false, config, secrets);
    }
    let said = context.get("consent").and_then(Value::as_object);
    let signals = Signals { gpc: false, said };
    let wanted = Decide {
        placements,
        consent: Consent::in_force(source.consent.default, signals),
        spoken_by: None,
        asked_by: Vec::new(),
        context: of_visitor(&context, platform::now(), config),
        source: source.id.clone(),
        for_templates: context,
        preview: None,
    };
    answer(&body, wanted, env, config, secrets).await
}

/// What would be decided for somebody, now or at `at`, and why. Nothing is written down and no cap is spent.
pub(super) async fn preview(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    admit(request.raw(), env, Right::ReadPeople).await?;
    let body = object(&body::read(request.raw(), limits::EVENT_BYTES).await?)?;
    let placements = body.get("placements").map(|placements| json!({ "placements": placements }));
    let asked = placements.as_ref().and_then(Wanted::of).ok_or_else(nothing_asked)?;
    let config = config_cache::current(env, 0).await?;
    let at = at(&body)?;
    let context = body.get("context").cloned().unwrap_or_default();
    let wanted = Decide {
        placements: asked.placements,
        consent: Consent::default(),
        spoken_by: None,
        asked_by: Vec::new(),
        context: of_visitor(&context, at.unwrap_or_else(platform::now), &config),
        source: "".into(),
        for_templates: context,
        preview: Some(Preview { at, ..Preview::default() }),
    };
    let secrets = Secrets::of(env)?;
    answer(&body, wanted, env, &config, &secrets).await
}

/// The time that an admin asks about.
pub(super) fn at(body: &Map<String, Value>) -> Result<Option<UnixMillis>, ApiError> {
    match body.get("at") {
        None | Some(Value::Null) => Ok(None),
        Some(at) => {
            let read = at.as_str().and_then(UnixMillis::parse);
            let wrong = || ApiError::invalid_request("`at` is a time, as `2026-12-01T00:00:00Z`");
            read.map(Some).ok_or_else(wrong)
        }
    }
}

/// For segments that speak of the request, if any does.
pub(super) fn of_visitor(said: &Value, now: UnixMillis, config: &Config) -> Option<Value> {
    config.program().reads_context().then(|| context::said(said, now)).flatten()
}

pub(super) fn object(text: &str) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_str(text).map_err(|error| ApiError::invalid_request(error.to_string()))
}

async fn answer(
    body: &Map<String, Value>,
    wanted: Decide,
    env: &Env,
    config: &Config,
    secrets: &Secrets,
) -> Result<Response, ApiError> {
    let now = platform::now();
    let is_preview = wanted.preview.is_some();
    let found = find(body, env, config, secrets).await?;
    let (decided, trace) = match found {
        Some((id, profile)) => {
            let wanted = Decide { asked_by: vec![id], ..wanted };
            let appended = decided_by(profile, wanted, env, config).await?;
            (appended.decisions.unwrap_or_default(), appended.trace)
        }
        None => {
            caps::prepare(env, config, &wanted.placements, None).await;
            let request = Request {
                placements: wanted.placements,
                now: wanted.preview.as_ref().and_then(|preview| preview.at).unwrap_or(now),
                seed: platform::new_seed()?,
                event: Value::Null,
                context: wanted.for_templates,
            };
            let nobody = Nobody { rooms: &caps::Here, request: &request };
            let reason = "unknown_person";
            if is_preview {
                let (decisions, trace) = explain_defaults(&nobody, config, &request, reason);
                (decisions.decided, Some(serde_json::to_value(trace)?))
            } else {
                let decided = defaults(&nobody, config, &request, reason);
                caps::spend(&decided);
                (decided, None)
            }
        }
    };
    if !is_preview {
        pulse::decided(&decided);
    }
    reply(&decided, trace, !is_preview, config, secrets)
}

/// What was decided, as it is answered. Where nobody `may_count` what comes of it, decisions have no token.
fn reply(
    decided: &[Decided],
    why: Option<Value>,
    may_count: bool,
    config: &Config,
    secrets: &Secrets,
) -> Result<Response, ApiError> {
    let now = platform::now();
    let mut decisions: Vec<Value> =
        decided.iter().map(|one| encode::decision(one, config, now, secrets)).collect();
    if !may_count {
        decisions.iter_mut().for_each(encode::without_token);
    }
    let mut answer = json!({ "success": true, "configVersion": config.version(), "decisions": decisions });
    if let (Some(why), Some(fields)) = (why, answer.as_object_mut()) {
        fields.insert("why".into(), why);
    }
    Ok(Response::from_json(&answer)?)
}

/// Whom the body names: by the user id, else by the first of the others that is known.
async fn find(
    body: &Map<String, Value>,
    env: &Env,
    config: &Config,
    secrets: &Secrets,
) -> Result<Option<(Identifier, ProfileId)>, ApiError> {
    let mut named: Vec<(String, &Value)> = Vec::new();
    named.extend(body.get("userId").map(|value| (Namespace::USER_ID.to_owned(), value)));
    if let Some(Value::Object(others)) = body.get("identifiers") {
        named.extend(others.iter().map(|(namespace, value)| (namespace.clone(), value)));
    }
    named.extend(body.get("anonymousId").map(|value| (Namespace::ANONYMOUS_ID.to_owned(), value)));
    if named.is_empty() {
        let message = format!("name the person: by `anonymousId`, or by one of {NAMES:?}");
        return Err(ApiError::invalid_request(message));
    }
    for (namespace, value) in named.into_iter().take(limits::IDENTIFIERS_PER_EVENT) {
        let Some(value) = value.as_str() else { continue };
        let Ok(id) = config.identity().identifier(&namespace, value) else { continue };
        let entry = identifier::ask_in_line(env, &secrets.names, &id, &EntryAsk::Lookup).await?;
        if let Owner::Owned { profile, .. } = entry.owner {
            return Ok(Some((id, profile)));
        }
    }
    Ok(None)
}

/// What a profile decides, wherever it lives.
pub(super) async fn decided_by(
    mut profile: ProfileId,
    wanted: Decide,
    env: &Env,
    config: &Config,
) -> Result<Appended, ApiError> {
    for hop in 0..=limits::REDIRECTS_ALONE {
        let (config, items, refusals_of) = (config.version(), Vec::new(), Vec::new());
        let decide = Some(wanted.clone());
        let append = Append { profile: profile.clone(), config, items, decide, refusals_of };
        let appended = profile::append(env, append).await?;
        if appended.decisions.is_some() {
            return Ok(appended);
        }
        if hop > limits::REDIRECTS && appended.owner == profile {
            break;
        }
        profile = appended.owner;
    }
    Err(ApiError::moving())
}
