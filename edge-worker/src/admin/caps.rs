//! `GET /v1/caps/{offer}`: how far an offer's cap for all together is used.

use selvedge_engine::access::Right;
use selvedge_engine::ids::OfferId;
use selvedge_engine::offer::lease::Cap;
use serde_json::json;
use worker::{Env, Request, Response};

use super::access::admit;
use super::profiles::percent_decoded;
use crate::api_error::ApiError;
use crate::objects::cap;
use crate::{config_cache, platform};

/// Shows the cap of all days, and that of the day.
pub(crate) async fn show(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadConfig).await?;
    let path = request.path();
    let id = OfferId(percent_decoded(path.strip_prefix("/v1/caps/").unwrap_or_default())?);
    let config = config_cache::current(env, 0).await?;
    let offer = config.document().offers.iter().find(|offer| offer.id == id);
    let Some(cap) = offer.and_then(Cap::of) else {
        let message = format!("the published config has no offer \"{id}\" with `caps.all`");
        return Err(ApiError::not_found("unknown_cap", message));
    };
    let (campaign, day) = cap::show(env, &id).await?.used(&cap, platform::now());
    Ok(Response::from_json(&json!({ "offer": id, "campaign": campaign, "day": day }))?)
}
