//! `GET /v1/experiments`, `GET /v1/experiments/{key}`: which experiments run, and what each has shown so far.

use std::collections::BTreeMap;

use selvedge_engine::access::Right;
use selvedge_engine::ids::ExperimentId;
use selvedge_engine::offer::Offer;
use selvedge_engine::offer::experiment::{Allotment, Experiment};
use selvedge_engine::results::{Arms, Report, of_decisions, of_people};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::profiles::percent_decoded;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};
use crate::{config_cache, posteriors};

/// All experiments of the config; with `lifts`, what the offer of each brings.
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadConfig).await?;
    let config = config_cache::current(env, 0).await?;
    let experiments = config.experiments();
    let with_lifts = Query::of(request)?.text("lifts").is_some();
    let compared = experiments.iter().filter(|(_, offer)| with_lifts && keeps_people(offer));
    let arms = people(compared.map(|(key, _)| (*key).clone()).collect(), env).await?;
    let one = |(key, offer): (&ExperimentId, &Offer)| {
        let mut one = shown(key, offer)?;
        if with_lifts {
            let lift = json!(arms.get(key).map(|arms| of_people(offer, arms).lift));
            one.as_object_mut()?.insert("lift".into(), lift);
        }
        Some(one)
    };
    let all: Vec<Value> = experiments.into_iter().filter_map(one).collect();
    Ok(Response::from_json(&json!({ "version": config.version(), "experiments": all }))?)
}

/// One of them, with what it has shown so far.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadConfig).await?;
    let path = request.path();
    let key = ExperimentId(percent_decoded(path.strip_prefix("/v1/experiments/").unwrap_or_default())?);
    let config = config_cache::current(env, 0).await?;
    let unknown = || {
        let message =
            format!("the published config has no experiment \"{key}\"; GET /v1/experiments lists them");
        ApiError::not_found("unknown_experiment", message)
    };
    let offer = config.offer_of(&key).ok_or_else(unknown)?;
    let experiment = offer.experiment().map(|(_, experiment)| experiment).ok_or_else(unknown)?;
    let (report, counted_at) = match experiment.keeps_people() {
        true => {
            let arms = people(vec![key.clone()], env).await?;
            (of_people(offer, arms.get(&key).unwrap_or(&Arms::new())), None)
        }
        false => decisions(&key, offer, env).await,
    };
    let answer = json!({
        "experiment": shown(&key, offer),
        "results": report,
        "countedAt": counted_at.map(UnixMillis::to_iso),
    });
    Ok(Response::from_json(&answer)?)
}

/// What all shards have of the people of each.
async fn people(keys: Vec<ExperimentId>, env: &Env) -> Result<BTreeMap<ExperimentId, Arms>, ApiError> {
    let mut all: BTreeMap<ExperimentId, Arms> = keys.iter().map(|key| (key.clone(), Arms::new())).collect();
    if keys.is_empty() {
        return Ok(all);
    }
    for answer in ask_all(env, &Ask::Experiments { keys }).await? {
        let Answer::Experiments { arms } = answer else { return Err(answer.unexpected()) };
        for (key, arms) in arms {
            let sum = all.entry(key).or_default();
            for (arm, sums) in arms {
                sum.entry(arm).or_default().join(&sums);
            }
        }
    }
    Ok(all)
}

fn keeps_people(offer: &Offer) -> bool {
    offer.experiment().is_some_and(|(_, experiment)| experiment.keeps_people())
}

/// What its object has counted of its decisions, and when.
async fn decisions(key: &ExperimentId, offer: &Offer, env: &Env) -> (Report, Option<UnixMillis>) {
    let known = posteriors::of(env, std::iter::once(key)).await;
    let audiences = known.experiments.get(key).into_iter().flat_map(|audiences| audiences.values());
    let report = of_decisions(offer, audiences.flatten().map(|(variant, odds)| (variant, *odds)));
    (report, Some(known.at).filter(|at| at.0 > 0))
}

fn shown(key: &ExperimentId, offer: &Offer) -> Option<Value> {
    let (_, Experiment { kind, goal, coverage, holdout, .. }) = offer.experiment()?;
    Some(json!({
        "key": key,
        "offer": { "id": offer.id, "name": offer.name },
        "kind": match kind { Allotment::Split => "split", Allotment::Bandit => "bandit" },
        "variants": offer.variants.iter().map(|variant| &variant.id).collect::<Vec<_>>(),
        "goal": goal,
        "coverage": coverage.unwrap_or(1.0),
        "holdout": holdout.as_ref().map_or(0.0, |holdout| holdout.share),
    }))
}
