//! What is known of bandits, in this isolate's memory: a blob in KV for each experiment, which its object writes every few
//! seconds while something is learned.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures_util::future::join_all;
use selvedge_engine::ids::ExperimentId;
use selvedge_engine::limits;
use selvedge_engine::offer::experiment::{POSTERIORS_VERSION, Posteriors};
use selvedge_engine::time::UnixMillis;
use worker::Env;

use crate::api_error::ApiError;
use crate::{bindings, platform, usage};

/// The least that KV caches for.
const CACHED_SECONDS: u64 = 30;

thread_local! {
    /// By experiment: what is known, and when that was read.
    static HELD: RefCell<BTreeMap<ExperimentId, (Posteriors, UnixMillis)>> = const { RefCell::new(BTreeMap::new()) };
}

fn key(experiment: &ExperimentId) -> String {
    format!("posteriors/{experiment}")
}

/// Makes it known.
pub(crate) async fn publish(
    env: &Env,
    experiment: &ExperimentId,
    known: &Posteriors,
) -> Result<(), ApiError> {
    usage::count(|usage| usage.kv_writes += 1);
    let put = env.kv(bindings::CONFIG)?.put(&key(experiment), serde_json::to_string(known)?);
    Ok(put.map_err(worker::Error::from)?.execute().await.map_err(worker::Error::from)?)
}

/// What is known of these experiments. What can't be read is as it was, and nothing if it never could: then each variant has
/// its equal part.
pub(crate) async fn of(env: &Env, experiments: impl Iterator<Item = &ExperimentId>) -> Posteriors {
    let read = experiments.map(|experiment| async move { one(env, experiment).await });
    let mut all = Posteriors { v: POSTERIORS_VERSION, ..Posteriors::default() };
    for known in join_all(read).await {
        all.version = all.version.max(known.version);
        all.at = all.at.max(known.at);
        all.experiments.extend(known.experiments);
    }
    all
}

async fn one(env: &Env, experiment: &ExperimentId) -> Posteriors {
    let now = platform::now();
    let held = HELD.with_borrow(|held| held.get(experiment).cloned());
    if let Some((known, at)) = &held
        && now.since(*at) < limits::POSTERIORS_FRESH_MS
    {
        return known.clone();
    }
    let before = held.map(|(known, _)| known).unwrap_or_default();
    let known = match read(env, experiment).await {
        Ok(Some(known)) if known.version >= before.version => known,
        Ok(_) => before,
        Err(error) => {
            worker::console_error!("posteriors of {experiment}: {error}");
            before
        }
    };
    HELD.with_borrow_mut(|held| held.insert(experiment.clone(), (known.clone(), now)));
    known
}

/// `None` before anything was learned, and of a version to come.
async fn read(env: &Env, experiment: &ExperimentId) -> Result<Option<Posteriors>, ApiError> {
    usage::count(|usage| usage.kv_reads += 1);
    let get = env.kv(bindings::CONFIG)?.get(&key(experiment)).cache_ttl(CACHED_SECONDS);
    let known: Option<Posteriors> = get.json().await.map_err(worker::Error::from)?;
    Ok(known.filter(|known| known.v <= POSTERIORS_VERSION))
}
