//! `GET /v1/catalogue`: the names that are in use.

use selvedge_engine::access::Right;
use selvedge_engine::catalogue::shown;
use worker::{Env, Request, Response};

use super::access::admit;
use crate::api_error::ApiError;
use crate::objects::directory::ask_all;
use crate::objects::directory::message::{Answer, Ask};

/// Events with their properties, traits, placements with their pages.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadConfig).await?;
    let mut all = Vec::new();
    for answer in ask_all(env, &Ask::Catalogue).await? {
        let Answer::Catalogue { seen } = answer else { return Err(answer.unexpected()) };
        all.extend(seen);
    }
    Ok(Response::from_json(&shown(all))?)
}
