//! `GET /v1/intake`: what became of what came in.

use std::collections::BTreeMap;

use selvedge_engine::access::Right;
use selvedge_engine::operation::{Counted, since};
use selvedge_engine::outcome::Outcome;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};
use crate::platform;

const HOURS: i64 = 24;

/// By hour, source and code, over the last `?hours=`.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadHealth).await?;
    let wrong = || ApiError::invalid_request("`hours` is a whole number from 1 on");
    let hours = match Query::of(request)?.text("hours") {
        None => HOURS,
        Some(text) => text.parse().ok().filter(|hours| *hours > 0).ok_or_else(wrong)?,
    };
    let from = since(hours, platform::now());
    let mut sums: BTreeMap<_, Counted> = BTreeMap::new();
    for answer in ask_all(env, &Ask::Intake { since: from }).await? {
        let Answer::Intake { hours } = answer else { return Err(answer.unexpected()) };
        for one in hours {
            let sum = sums.entry((one.hour, one.source, one.code)).or_default();
            *sum = sum.plus(one.counted);
        }
    }
    let shown: Vec<Value> = sums
        .iter()
        .map(|((hour, source, code), counted)| {
            json!({
                "hour": hour.to_iso(),
                "source": Some(source.as_str()).filter(|source| !source.is_empty()),
                "code": code,
                "message": Outcome::message(code),
                "count": counted.count,
                "last": counted.last.to_iso(),
            })
        })
        .collect();
    Ok(Response::from_json(&json!({ "since": from.to_iso(), "intake": shown }))?)
}
