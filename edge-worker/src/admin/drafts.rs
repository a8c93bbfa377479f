//! `POST /v1/drafts`: a config that is not published, for whoever has the link.

use selvedge_engine::access::Right;
use selvedge_engine::config::read_files_and_warn;
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::Preview;
use serde_json::json;
use worker::{Env, Request, Response};

use super::access::admit;
use super::config::{Body, invalid, warned};
use crate::api_error::ApiError;
use crate::platform::{self, Secrets};
use crate::{config_cache, drafts};

/// How long a draft can be looked at if nothing is said.
const USUAL_MS: i64 = 60 * 60 * 1_000;

/// Keeps it and gives the token that shows it.
pub(crate) async fn make(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Publish).await?;
    let Body { files, until, .. } = Body::of(request).await?;
    let now = platform::now();
    let until = match until {
        None => now.plus(USUAL_MS),
        Some(text) => {
            let read = UnixMillis::parse(&text);
            let known = read.filter(|until| now < *until && *until <= now.plus(limits::PREVIEW_MS));
            known.ok_or_else(|| {
                ApiError::invalid_request(
                    "`until` is a time within a day from now, as `2026-12-01T00:00:00Z`",
                )
            })?
        }
    };
    let (mut document, warnings) = match read_files_and_warn(&files, now) {
        Ok(read) => read,
        Err(errors) => return invalid(&errors),
    };
    // What no file says, as it is published.
    let config = config_cache::current(env, 0).await?;
    document.identity.quarantined.extend(config.identity().quarantined.iter().cloned());
    document.generations.clone_from(&config.document().generations);
    let draft = drafts::keep(env, &document, until).await?;
    let token = Preview::new(draft, until).seal(&Secrets::of(env)?.preview);
    let answer = json!({ "success": true, "token": token, "until": until.to_iso() });
    Ok(Response::from_json(&warned(answer, &warnings))?)
}
