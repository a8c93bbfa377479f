//! `GET /v1/segments`: how many members each published segment has, and how that moved. `/v1/segments/backfill`: how far all profiles
//! are what the config says. `POST /v1/segments/estimate`: how many a rule would have that nobody has published.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use selvedge_engine::access::Right;
use selvedge_engine::config::{Config, read_draft};
use selvedge_engine::directory::{Course, Day, Estimate, Marks, Row, history, members};
use selvedge_engine::ids::{ProfileId, SegmentId};
use selvedge_engine::limits;
use selvedge_engine::segment::{Segment, tops};
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::config;
use super::directory::totals;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};
use crate::objects::profile;
use crate::objects::profile::message::{Answer as Said, Ask as AskProfile};
use crate::objects::workspace;
use crate::{body, config_cache, platform};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    /// The segment that the rule belongs to, or is to belong to.
    segment: Option<SegmentId>,
    /// What is published, if left out.
    rule: Option<Value>,
}

/// All published segments (`?days=`).
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    let days = days(&Query::of(request)?)?;
    let config = config_cache::current(env, 0).await?;
    let segments = &config.document().segments;
    let shards = marks(segments.iter().map(|segment| segment.id.clone()).collect(), days, env).await?;
    let today = Day::of(platform::now());
    let shown = |segment: &Segment| {
        let of: Vec<&Marks> = shards.iter().filter_map(|shard| shard.get(&segment.id)).collect();
        let counted = config.program().is_counted(&segment.id);
        json!({
            "id": segment.id,
            "name": segment.name,
            "readable": config.program().beyond().all(|beyond| *beyond != segment.id),
            "members": counted.then(|| members(&of, today)),
            "history": if counted { moved(&of, today, days) } else { Vec::new() },
        })
    };
    let threshold = |(of, top): (String, f64)| {
        let known = config.document().thresholds.iter().find(|one| one.of == of && one.top == top);
        json!({ "of": of, "top": top, "atLeast": known.map(|known| known.at_least) })
    };
    let answer = json!({
        "known": totals(env).await?.live,
        "thresholds": tops(segments).into_iter().map(threshold).collect::<Vec<_>>(),
        "segments": segments.iter().map(shown).collect::<Vec<_>>(),
    });
    Ok(Response::from_json(&answer)?)
}

/// How far the walk is that makes all profiles what the config says.
pub(crate) async fn backfill(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    let course = course(workspace::ask(env, &workspace::Ask::Course).await?)?;
    Ok(Response::from_json(&far(&course, env).await?)?)
}

/// Begins it once more.
pub(crate) async fn backfill_again(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Operate).await?;
    let again = workspace::Ask::SetOutAgain { anew: false };
    let course = course(workspace::ask(env, &again).await?)?;
    Ok(Response::from_json(&far(&course, env).await?)?.with_status(202))
}

/// The walk that was begun last.
pub(super) fn course(answer: workspace::Answer) -> Result<Course, ApiError> {
    let workspace::Answer::Course { course } = answer else {
        return Err(ApiError::internal("the workspace answered another question"));
    };
    course.ok_or_else(|| ApiError::not_found("no_config", "no config is published yet"))
}

/// How far all shards are with it.
pub(super) async fn far(course: &Course, env: &Env) -> Result<Value, ApiError> {
    let at = |at: Option<UnixMillis>| at.map(UnixMillis::to_iso);
    let walk = workspace::walk::progress(course, env).await?;
    Ok(json!({
        "config": walk.config, "total": walk.total, "done": walk.done, "unanswered": walk.unanswered,
        "startedAt": at(walk.began), "finishedAt": at(walk.ended), "rate": walk.rate,
    }))
}

/// Asks a sample of all profiles.
pub(crate) async fn estimate(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let text = body::read(request.inner(), limits::EVENT_BYTES).await?;
    let Draft { segment, rule } =
        serde_json::from_str(&text).map_err(|error| ApiError::invalid_request(error.to_string()))?;
    let config = config_cache::current(env, 0).await?;
    let drafted = match (&segment, &rule) {
        (_, Some(rule)) => {
            // No file has this name.
            let id = segment.clone().unwrap_or_else(|| SegmentId("$draft".to_owned()));
            read_draft(&id, rule).map_err(|error| vec![error]).and_then(|draft| config.draft(draft))
        }
        (Some(id), None) => {
            let published = config.document().segments.iter().find(|one| one.id == *id);
            let unknown = || ApiError::not_found("segment_not_found", format!("there is no segment `{id}`"));
            config.draft(published.ok_or_else(unknown)?.clone())
        }
        (None, None) => {
            return Err(ApiError::invalid_request("send a `rule`, or the id of a published `segment`"));
        }
    };
    let segments = match drafted {
        Ok(segments) => segments,
        Err(errors) => return config::answer(workspace::Answer::Invalid { errors }, env).await,
    };
    let (known, sample) = (totals(env).await?.live, sample(env).await?);
    let Asked { sampled, matching, examples } = ask_sample(sample, &segments, &config, env).await?;
    let Estimate { known, sampled, matching, estimate, low, high } = Estimate::of(known, sampled, matching);
    let days = limits::HISTORY_DAYS_SHOWN;
    let history = match segment {
        Some(id) => {
            let shards = marks(vec![id.clone()], days, env).await?;
            let of: Vec<&Marks> = shards.iter().filter_map(|shard| shard.get(&id)).collect();
            moved(&of, Day::of(platform::now()), days)
        }
        None => Vec::new(),
    };
    let answer = json!({
        "known": known, "sampled": sampled, "matching": matching,
        "estimate": estimate, "low": low, "high": high,
        "examples": examples, "history": history,
    });
    Ok(Response::from_json(&answer)?)
}

fn days(query: &Query) -> Result<i64, ApiError> {
    let Some(text) = query.text("days") else { return Ok(limits::HISTORY_DAYS_SHOWN) };
    let most = limits::HISTORY_DAYS;
    let days = text.parse().ok().filter(|days| (1..=most).contains(days));
    days.ok_or_else(|| ApiError::invalid_request(format!("`days` is a whole number from 1 to {most}")))
}

/// What each shard has written down of these segments.
async fn marks(
    segments: Vec<SegmentId>,
    days: i64,
    env: &Env,
) -> Result<Vec<BTreeMap<SegmentId, Marks>>, ApiError> {
    let since = Day::of(platform::now()).back(days - 1);
    let answers = ask_all(env, &Ask::Members { segments, since }).await?;
    let marks = |answer| match answer {
        Answer::Members { marks } => Ok(marks),
        other => Err(other.unexpected()),
    };
    answers.into_iter().map(marks).collect()
}

fn moved(shards: &[&Marks], today: Day, days: i64) -> Vec<Value> {
    let shown = |(day, members): (Day, u64)| json!({ "day": day.to_iso(), "members": members });
    history(shards, today, days).into_iter().map(shown).collect()
}

/// The first few of each shard: ids are random, so they are a sample.
async fn sample(env: &Env) -> Result<Vec<ProfileId>, ApiError> {
    let limit = limits::SAMPLED_PER_SHARD;
    let rows = Ask::Rows { home: Some("live".to_owned()), after: None, limit };
    let mut sample = Vec::new();
    for answer in ask_all(env, &rows).await? {
        match answer {
            Answer::Rows { rows } => sample.extend(rows.into_iter().map(|row: Row| row.profile)),
            other => return Err(other.unexpected()),
        }
    }
    Ok(sample)
}

/// What the profiles of a sample have said.
#[derive(Default)]
struct Asked {
    sampled: u64,
    matching: u64,
    examples: Vec<Value>,
}

/// Whoever has moved or was erased since is not there any more. One that can't answer is left out, as long as most can.
async fn ask_sample(
    sample: Vec<ProfileId>,
    segments: &[Segment],
    config: &Config,
    env: &Env,
) -> Result<Asked, ApiError> {
    let many = sample.len();
    let asked = sample.into_iter().map(|profile| async move {
        let (config, segments) = (config.version(), segments.to_vec());
        let question = AskProfile::Try { profile: profile.clone(), config, segments };
        profile::ask(env, &profile, &question).await
    });
    let mut answers = stream::iter(asked).buffered(limits::CONCURRENT_OBJECTS);
    let (mut said, mut failed) = (Asked::default(), 0);
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(Said::Tried { holds, shown }) => {
                said.sampled += 1;
                said.matching += u64::from(holds);
                if holds && said.examples.len() < limits::ESTIMATE_EXAMPLES {
                    said.examples.push(shown);
                }
            }
            Ok(_) => {}
            Err(error) => {
                worker::console_error!("estimate: a profile did not answer: {error}");
                failed += 1;
                if failed * 2 > many {
                    return Err(error);
                }
            }
        }
    }
    Ok(said)
}
