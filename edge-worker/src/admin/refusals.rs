//! `GET /v1/refusals`, `GET /v1/refusals/counts`: links that the rules refused, of all profiles.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use selvedge_engine::access::Right;
use selvedge_engine::directory::{ListedRefusal, RefusalCursor, RefusalFilter, newest_first};
use selvedge_engine::identity::Namespace;
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};
use crate::objects::profile;
use crate::objects::profile::message::{Answer as Said, Ask as Profile};

/// A page, newest first (`?reason=`, `?namespace=`, `?since=`, `?limit=`, `?cursor=`).
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let query = Query::of(request)?;
    let limit = query.limit()?;
    let before = query.cursor(RefusalCursor::parse)?;
    let filter = RefusalFilter {
        reason: query.text("reason"),
        namespace: namespace(&query)?,
        since: query.instant("since")?,
    };
    // One more than a page from each shard: then it is known whether another page follows.
    let mut offered = Vec::new();
    for answer in ask_all(env, &Ask::Refusals { filter, before, limit: limit + 1 }).await? {
        match answer {
            Answer::Refusals { refusals } => offered.extend(refusals),
            other => return Err(other.unexpected()),
        }
    }
    let page = newest_first(offered, limit);
    let values = values(&page.refusals, env).await;
    let refusals: Vec<Value> = page.refusals.iter().map(|listed| shown(listed, &values)).collect();
    let next = page.next.map(|cursor| cursor.to_string());
    Ok(Response::from_json(&json!({ "refusals": refusals, "next": next }))?)
}

/// How many there are, by reason.
pub(crate) async fn counts(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    let totals = super::directory::totals(env).await?;
    let answer = json!({ "refusals": totals.refusals, "reasons": totals.reasons });
    Ok(Response::from_json(&answer)?)
}

fn namespace(query: &Query) -> Result<Option<Namespace>, ApiError> {
    let Some(text) = query.text("namespace") else { return Ok(None) };
    let wrong = || ApiError::invalid_request("`namespace` is one of identifiers, for example `email`");
    Namespace::parse(&text).map(Some).ok_or_else(wrong)
}

/// By profile and key: which identifiers these are. Who has been erased a moment ago, or can't be reached, says nothing.
async fn values(listed: &[ListedRefusal], env: &Env) -> BTreeMap<ProfileId, BTreeMap<String, String>> {
    let mut keys: BTreeMap<ProfileId, BTreeSet<String>> = BTreeMap::new();
    for ListedRefusal { profile, refused } in listed {
        keys.entry(profile.clone()).or_default().insert(refused.key.clone());
    }
    let asked = stream::iter(keys).map(|(profile, keys)| async move {
        let values = of_one(&profile, keys, env).await.unwrap_or_else(|error| {
            worker::console_error!("refusals: {error}");
            BTreeMap::new()
        });
        (profile, values)
    });
    asked.buffered(limits::CONCURRENT_OBJECTS).collect().await
}

/// Wherever the profile lives by now.
async fn of_one(
    profile: &ProfileId,
    keys: BTreeSet<String>,
    env: &Env,
) -> Result<BTreeMap<String, String>, ApiError> {
    let question = |profile| Profile::Refused { profile, keys: keys.clone() };
    match profile::ask_wherever(env, profile.clone(), &question).await? {
        (_, Said::Refused { values }) => Ok(values),
        _ => Ok(BTreeMap::new()),
    }
}

fn shown(listed: &ListedRefusal, values: &BTreeMap<ProfileId, BTreeMap<String, String>>) -> Value {
    let ListedRefusal { profile, refused } = listed;
    json!({
        "profileId": profile,
        "namespace": refused.namespace,
        "value": values.get(profile).and_then(|values| values.get(&refused.key)),
        "reason": refused.reason,
        "messageId": refused.message_id,
        "at": refused.at.to_iso(),
    })
}
