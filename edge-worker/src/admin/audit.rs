//! `/v1/audit`: who has asked for what, and of whom. Noted before it is done: what can't be noted isn't done.

use selvedge_engine::access::{Act, KeyId, Right};
use serde_json::{Value, json};
use worker::{Env, Request, Response, Url};

use super::access::{Who, admit};
use super::config;
use super::profiles::percent_decoded;
use super::query::Query;
use crate::api_error::ApiError;
use crate::objects::workspace::{Answer, Ask, ask};
use crate::platform::{self, Secrets};

/// Notes what somebody asks for, if it is to be noted.
pub(super) async fn note(
    request: &web_sys::Request,
    env: &Env,
    who: &Who,
    right: Right,
) -> Result<(), ApiError> {
    let url = Url::parse(&request.url()).map_err(|error| ApiError::invalid_request(error.to_string()))?;
    let method = request.method();
    // Elsewhere a trial is said in the body, and noted.
    let is_trial = method == "PUT" && url.path() == "/v1/config" && config::is_trial(&url);
    if !Act::counts(&method, right, is_trial) {
        return Ok(());
    }
    let decoded = percent_decoded(url.path())?;
    let (path, about) = Act::told(url.path(), &decoded, &Secrets::of(env)?.names);
    let (who, key) = (who.name.clone(), who.key.clone());
    let act = Act { at: platform::now(), who, key, right, method, path, about };
    match ask(env, &Ask::Note { act }).await? {
        Answer::Noted => Ok(()),
        _ => Err(unexpected()),
    }
}

/// A page, newest first; `?about=` of one person, by any of their names, `?key=` by one key, `?right=` of one kind.
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadRecord).await?;
    let query = Query::of(request)?;
    let limit = query.limit()?;
    let before = query.cursor(|text| text.parse().ok())?;
    let about = match query.text("about") {
        None => None,
        Some(name) => {
            let wrong =
                || ApiError::invalid_request("`about` is `namespace:value`, or `id:` and a profile id");
            Some(Act::about(&name, &Secrets::of(env)?.names).ok_or_else(wrong)?)
        }
    };
    let key = query.text("key").map(KeyId);
    let right = query.text("right").map(|code| {
        let known = Right::ALL.into_iter().find(|right| right.code() == code);
        known.ok_or_else(|| ApiError::invalid_request("`right` is one of those that `GET /v1/session` lists"))
    });
    let right = right.transpose()?;
    // One more than a page: then it is known whether another page follows.
    let Answer::Acts { mut acts } =
        ask(env, &Ask::Acts { before, about, key, right, limit: limit + 1 }).await?
    else {
        return Err(unexpected());
    };
    let more = acts.len() > limit;
    acts.truncate(limit);
    let next = acts.last().filter(|_| more).map(|(number, _)| number.to_string());
    let acts: Vec<Value> = acts.iter().map(|(_, act)| shown(act)).collect();
    Ok(Response::from_json(&json!({ "acts": acts, "next": next }))?)
}

fn shown(act: &Act) -> Value {
    json!({
        "at": act.at.to_iso(),
        "who": act.who,
        "key": act.key,
        "right": act.right,
        "method": act.method,
        "path": act.path,
        "about": act.about,
    })
}

fn unexpected() -> ApiError {
    ApiError::internal("the workspace answered another question")
}
