//! `POST /v1/preview`: what every placement would show, and why, to somebody, or to whoever is in some segments; by what is published or
//! by a draft. Nothing is written down.

use std::collections::BTreeSet;

use selvedge_engine::access::Right;
use selvedge_engine::config::Config;
use selvedge_engine::consent::Consent;
use selvedge_engine::event::Wanted;
use selvedge_engine::ids::{PlacementId, SegmentId};
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, Request, Supposed, explain_supposed};
use selvedge_engine::ordered::gather;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, Response};

use super::decide::{at, decided_by, object, of_visitor};
use super::encode;
use crate::admin::access::admit;
use crate::admin::profiles::existing;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::profile::message::{Decide, Preview};
use crate::platform::{self, Secrets};
use crate::{body, config_cache, drafts};

/// Decides and explains. The body says as whom: `profile` (`namespace:value`, or `id:` and a profile id), or `segments`, which somebody is
/// in, and in no others; by which `draft`, what is published if left out; `placements`, all of them if left out; `at`, `context`.
pub(crate) async fn preview_as(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    admit(request.raw(), env, Right::ReadPeople).await?;
    let body = object(&body::read(request.raw(), limits::EVENT_BYTES).await?)?;
    let at = at(&body)?;
    let secrets = Secrets::of(env)?;
    let config = config_cache::current(env, 0).await?;
    let draft =
        body.get("draft").and_then(Value::as_str).map(|token| drafts::named(token, &secrets)).transpose()?;
    let deciding = match &draft {
        Some(draft) => drafts::of(env, draft, config.version()).await?,
        None => config.clone(),
    };
    let context = body.get("context").cloned().unwrap_or_default();
    let now = at.unwrap_or_else(platform::now);
    let is_draft = draft.is_some();
    let wanted = Decide {
        placements: Wanted::of(&Value::Object(body.clone()))
            .map_or_else(|| all(&deciding), |asked| asked.placements),
        consent: Consent::default(),
        spoken_by: None,
        asked_by: Vec::new(),
        context: of_visitor(&context, now, &deciding),
        source: "".into(),
        for_templates: context,
        preview: Some(Preview { at, draft, on_page: false }),
    };
    let (decided, why) = match (body.get("profile"), body.get("segments")) {
        (Some(Value::String(name)), None) => {
            let appended = decided_by(existing(name, env).await?, wanted, env, &config).await?;
            (appended.decisions.unwrap_or_default(), appended.trace.unwrap_or_default())
        }
        (None, Some(Value::Array(segments))) => as_member(segments, wanted, now, &deciding)?,
        _ => {
            let message =
                "say as whom: `\"profile\": \"email:ada@example.com\"`, or `\"segments\": [\"loyal\"]`";
            return Err(ApiError::invalid_request(message));
        }
    };
    let mut decisions: Vec<Value> =
        decided.iter().map(|one| encode::decision(one, &deciding, now, &secrets)).collect();
    decisions.iter_mut().for_each(encode::without_token);
    Ok(Response::from_json(&json!({
        "success": true, "configVersion": config.version(), "draft": is_draft, "decisions": decisions, "why": why,
    }))?)
}

fn all(config: &Config) -> Vec<PlacementId> {
    let all = config.document().placements.iter().map(|placement| placement.id.clone());
    all.take(limits::PLACEMENTS_PER_REQUEST).collect()
}

fn as_member(
    segments: &[Value],
    wanted: Decide,
    now: UnixMillis,
    config: &Config,
) -> Result<(Vec<Decided>, Value), ApiError> {
    let request = Request {
        placements: wanted.placements,
        now,
        seed: platform::new_seed()?,
        event: Value::Null,
        context: wanted.for_templates,
    };
    let segments: BTreeSet<SegmentId> =
        gather(segments.iter().filter_map(Value::as_str).map(SegmentId::from));
    let somebody = Supposed { segments: &segments, request: &request };
    let (decisions, trace) = explain_supposed(&somebody, config, &request);
    Ok((decisions.decided, serde_json::to_value(trace)?))
}
