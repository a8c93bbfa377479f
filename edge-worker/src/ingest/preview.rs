//! `POST /v1/preview`: what every placement would show, and why, to somebody, or to whoever is in some segments; by what is published or
//! by a draft. Nothing is written down.

use std::collections::BTreeSet;

use selvedge_engine::access::Right;
use selvedge_engine::config::Config;
use selvedge_engine::consent::Consent;
use selvedge_engine::ids::{PlacementId, ProfileId, SegmentId};
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, Request, Supposed, explain_supposed};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Response};

use super::decide::{decided_by, of_visitor};
use super::encode;
use crate::admin::access::admit;
use crate::admin::profiles::existing;
use crate::api_error::ApiError;
use crate::incoming::Incoming;
use crate::objects::profile::message::{Decide, Preview};
use crate::platform::{self, Secrets};
use crate::{body, config_cache, drafts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// As somebody: `namespace:value`, or `id:` and a profile id.
    profile: Option<String>,
    /// As whoever is in these segments, and in no others.
    segments: Option<BTreeSet<SegmentId>>,
    /// The token of a draft; what is published if left out.
    draft: Option<String>,
    /// All that the config has if left out.
    placements: Option<Vec<PlacementId>>,
    at: Option<String>,
    #[serde(default)]
    context: Value,
}

/// Decides and explains.
pub(crate) async fn preview_as(request: &Incoming, env: &Env) -> Result<Response, ApiError> {
    admit(request.raw(), env, Right::ReadPeople).await?;
    let text = body::read(request.raw(), limits::EVENT_BYTES).await?;
    let asked: Asked =
        serde_json::from_str(&text).map_err(|error| ApiError::invalid_request(error.to_string()))?;
    let wrong = || ApiError::invalid_request("`at` is a time, as `2026-12-01T00:00:00Z`");
    let at = asked.at.as_deref().map(|at| UnixMillis::parse(at).ok_or_else(wrong)).transpose()?;
    let secrets = Secrets::of(env)?;
    let config = config_cache::current(env, 0).await?;
    let draft = asked.draft.as_deref().map(|token| drafts::named(token, &secrets)).transpose()?;
    let deciding = match &draft {
        Some(draft) => drafts::of(env, draft, config.version()).await?,
        None => config.clone(),
    };
    let placements = asked.placements.unwrap_or_else(|| all(&deciding));
    let bounded = placements.into_iter().take(limits::PLACEMENTS_PER_REQUEST).collect();
    let now = at.unwrap_or_else(platform::now);
    let wanted = Decide {
        placements: bounded,
        consent: Consent::default(),
        asked_by: Vec::new(),
        context: of_visitor(&asked.context, now, &deciding),
        source: "".into(),
        for_templates: asked.context,
        preview: Some(Preview { at, draft, on_page: false }),
    };
    let (decided, why) = match (asked.profile, asked.segments) {
        (Some(name), None) => as_profile(&existing(&name, env).await?, wanted, env, &config).await?,
        (None, Some(segments)) => as_member(&segments, wanted, now, &deciding)?,
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
        "success": true, "configVersion": config.version(), "draft": asked.draft.is_some(), "decisions": decisions, "why": why,
    }))?)
}

fn all(config: &Config) -> Vec<PlacementId> {
    config.document().placements.iter().map(|placement| placement.id.clone()).collect()
}

async fn as_profile(
    profile: &ProfileId,
    wanted: Decide,
    env: &Env,
    config: &Config,
) -> Result<(Vec<Decided>, Value), ApiError> {
    let appended = decided_by(profile.clone(), wanted, env, config).await?;
    Ok((appended.decisions.unwrap_or_default(), appended.trace.unwrap_or_default()))
}

fn as_member(
    segments: &BTreeSet<SegmentId>,
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
    let somebody = Supposed { segments, request: &request };
    let (decisions, trace) = explain_supposed(&somebody, config, &request);
    Ok((decisions.decided, serde_json::to_value(trace)?))
}
