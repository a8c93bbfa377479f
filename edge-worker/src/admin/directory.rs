//! `GET /v1/directory`, `GET /v1/directory/counts`: all profiles, and how many there are.

use selvedge_engine::access::Right;
use selvedge_engine::directory::{Row, Standing, Totals};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::message::{Answer, Ask};
use crate::objects::directory::{ask_all, walk};

/// A page in the order of profile ids (`?home=`, `?limit=`, `?cursor=`).
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let query = Query::of(request)?;
    let limit = query.limit()?;
    let after = query.cursor(ProfileId::parse)?;
    let home = query.text("home");
    if home.as_ref().is_some_and(|home| !["live", "forwarding", "erased"].contains(&home.as_str())) {
        return Err(ApiError::invalid_request("`home` is `live`, `forwarding` or `erased`"));
    }
    let question = |limit| Ask::Rows { home: home.clone(), after: after.clone(), limit };
    // One more than a page: then it is known whether another page follows.
    let mut rows = walk(env, after.as_ref(), limit + 1, question).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.profile.clone());
    let profiles: Vec<Value> = rows.iter().map(shown).collect();
    Ok(Response::from_json(&json!({ "profiles": profiles, "next": next }))?)
}

/// How many profiles and events there are.
pub(crate) async fn counts(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    let totals = totals(env).await?;
    let answer = json!({
        "profiles": { "live": totals.live, "forwarding": totals.forwarding, "erased": totals.erased },
        "events": totals.events,
        "refusals": totals.refusals,
        "lateConflicts": totals.late_conflicts,
    });
    Ok(Response::from_json(&answer)?)
}

/// The numbers of all shards.
pub(super) async fn totals(env: &Env) -> Result<Totals, ApiError> {
    let mut sum = Totals::default();
    for answer in ask_all(env, &Ask::Totals).await? {
        match answer {
            Answer::Totals { totals } => sum.join(&totals),
            other => return Err(other.unexpected()),
        }
    }
    Ok(sum)
}

fn shown(row: &Row) -> Value {
    let to = match &row.home {
        Standing::Forwarding { to } => Some(to),
        Standing::Live | Standing::Erased => None,
    };
    json!({
        "profileId": row.profile,
        "home": row.home.code(),
        "to": to,
        "createdAt": row.created_at.map(UnixMillis::to_iso),
        "lastSeen": row.last_seen.map(UnixMillis::to_iso),
        "events": row.events,
        "identifiers": row.identifiers,
        "segments": row.segments,
        "refusals": row.refusal_count,
        "lateConflicts": row.late_conflicts,
    })
}
