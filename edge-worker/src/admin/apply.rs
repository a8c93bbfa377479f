//! `/v1/identity/apply`: the identity rules that are published, applied to what was before them.
//!
//! By themselves rules count for what comes from then on. Applied, every profile looks at all that is connected with it, as it does
//! after a late event: so what comes about is what would be, had they been the rules from the beginning. The directory walks through
//! all profiles for that; it goes on after a crash, and whoever is asked twice is the same.

use futures_util::{StreamExt, stream};
use selvedge_engine::access::Right;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::identity::{Whom, body, described, tried_by};
use super::segments;
use crate::api_error::ApiError;
use crate::config_cache;
use crate::objects::profile::ask;
use crate::objects::profile::message::{Answer, Ask};
use crate::objects::workspace;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Apply {
    profiles: Option<Vec<String>>,
    cursor: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    dry_run: bool,
}

/// To those who are named, or to everybody; with `dryRun` it is only shown.
pub(crate) async fn apply(request: Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::JoinAndPart).await?;
    let Apply { profiles, cursor, limit, dry_run } = body(&request).await?;
    let config = config_cache::current(env, 0).await?;
    if dry_run {
        return tried_by(config.identity(), Whom { profiles, cursor, limit }, &config, env).await;
    }
    let Some(names) = profiles else {
        let again = workspace::Ask::SetOutAgain { anew: true };
        return Ok(progress(workspace::ask(env, &again).await?, env).await?.with_status(202));
    };
    if names.len() > limits::RESOLVE_PROFILES {
        let message = format!("name at most {} profiles, or none for all", limits::RESOLVE_PROFILES);
        return Err(ApiError::invalid_request(message));
    }
    let told = stream::iter(names).map(|name| {
        let version = config.version();
        async move { anew(&name, version, env).await.map_err(|error| error.about(&name)) }
    });
    let answers: Vec<_> = told.buffered(limits::CONCURRENT_OBJECTS).collect().await;
    let profiles: Vec<ProfileId> = answers.into_iter().collect::<Result<_, ApiError>>()?;
    Ok(Response::from_json(&json!({ "success": true, "config": config.version(), "profiles": profiles }))?)
}

async fn anew(name: &str, config: u64, env: &Env) -> Result<ProfileId, ApiError> {
    let profile = described(name, env).await?.profile;
    match ask(env, &profile, &Ask::Anew { profile: profile.clone(), config }).await? {
        Answer::Heard { .. } => Ok(profile),
        // It has just moved.
        _ => Err(ApiError::busy()),
    }
}

/// How far the walk is that applies them to everybody.
pub(crate) async fn far(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    progress(workspace::ask(env, &workspace::Ask::Course).await?, env).await
}

async fn progress(answer: workspace::Answer, env: &Env) -> Result<Response, ApiError> {
    let course = segments::course(answer)?;
    let mut answer = segments::far(&course, env).await?;
    if let Value::Object(fields) = &mut answer {
        // Another walk may have taken its place since it was over.
        fields.insert("applies".into(), course.anew.into());
    }
    Ok(Response::from_json(&answer)?)
}
