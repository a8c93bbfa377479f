//! `GET /v1/refusals`, `GET /v1/refusals/counts`: links that the rules refused, of all profiles.

use selvedge_engine::access::Right;
use selvedge_engine::directory::{ListedRefusal, RefusalCursor, RefusalFilter, newest_first};
use selvedge_engine::identity::Namespace;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};

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
    let refusals: Vec<Value> = page.refusals.iter().map(shown).collect();
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

fn shown(listed: &ListedRefusal) -> Value {
    let ListedRefusal { profile, refused } = listed;
    json!({
        "profileId": profile,
        "namespace": refused.namespace,
        "value": refused.value,
        "reason": refused.reason,
        "messageId": refused.message_id,
        "at": refused.at.to_iso(),
    })
}
