//! `GET /v1/dead-letters`, `…/{id}`, `POST …/{id}/redrive`, `POST /v1/dead-letters/redrive`, `DELETE …/{id}`.

use selvedge_engine::access::Right;
use serde_json::{Value, json};
use worker::{Env, Method, Request, Response};

use super::access::admit;
use super::query::Query;
use crate::api_error::ApiError;
use crate::{dead_letters, outgoing};

const PATH: &str = "/v1/dead-letters";

/// What the paths below `/v1/dead-letters` take.
pub(crate) async fn respond(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let path = request.path();
    let rest = path.strip_prefix(PATH).unwrap_or_default().trim_start_matches('/');
    // A letter is full of what people did; that there are some is not.
    let right =
        if request.method() == Method::Get && rest.is_empty() { Right::ReadHealth } else { Right::Operate };
    admit(request.inner(), env, right).await?;
    match (request.method(), rest.split_once('/')) {
        (Method::Get, None) if rest.is_empty() => list(request, env).await,
        (Method::Post, None) if rest == "redrive" => redrive_oldest(request, env).await,
        (Method::Get, None) => Ok(Response::from_json(&dead_letters::find(rest, env).await?)?),
        (Method::Delete, None) if !rest.is_empty() => {
            dead_letters::find(rest, env).await?;
            dead_letters::remove(rest, env).await?;
            Ok(Response::from_json(&json!({ "success": true }))?)
        }
        (Method::Post, Some((id, "redrive"))) => {
            redrive(id, env).await?;
            Ok(Response::from_json(&json!({ "success": true, "redriven": 1 }))?)
        }
        _ => Err(ApiError::method_not_allowed("GET and DELETE; POST is for …/redrive")),
    }
}

async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let query = Query::of(request)?;
    let limit = query.limit()?;
    let after = query.cursor(|text| Some(text.to_owned()))?;
    // One more than a page: then it is known whether another page follows.
    let mut letters = dead_letters::list(after.as_deref(), limit + 1, env).await?;
    let more = letters.len() > limit;
    letters.truncate(limit);
    let next = letters.last().filter(|_| more).map(|letter| id_of(letter).to_owned());
    // Whole only by themselves: a page of them would be megabytes.
    for letter in letters.iter_mut().filter_map(Value::as_object_mut) {
        letter.remove("body");
    }
    Ok(Response::from_json(&json!({ "deadLetters": letters, "next": next }))?)
}

fn id_of(letter: &Value) -> &str {
    letter.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// As many as a page has, from the oldest on.
async fn redrive_oldest(request: &Request, env: &Env) -> Result<Response, ApiError> {
    let limit = Query::of(request)?.limit()?;
    let letters = dead_letters::list(None, limit + 1, env).await?;
    for letter in letters.iter().take(limit) {
        redrive(id_of(letter), env).await?;
    }
    let answer = json!({
        "success": true, "redriven": letters.len().min(limit), "more": letters.len() > limit,
    });
    Ok(Response::from_json(&answer)?)
}

/// Into the Queue first: cut off after that, it is there twice, and the archive's readers go by the lines' ids.
async fn redrive(id: &str, env: &Env) -> Result<(), ApiError> {
    let letter = dead_letters::find(id, env).await?;
    outgoing::send(dead_letters::body(&letter), None, env).await?;
    dead_letters::remove(id, env).await
}
