//! `POST /v1/suppressions`: whom an identifier names is kept out, or is no more. An erasure with `suppress` says so of all the person's
//! names; this is for one that nobody has, and to take it back.

use selvedge_engine::access::Right;
use selvedge_engine::archive::Word;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Suppression};
use serde::Deserialize;
use serde_json::json;
use worker::{Env, Request, Response};

use super::access::admit;
use super::identity::{body, by_admin};
use super::profiles::identifier_named;
use crate::api_error::ApiError;
use crate::objects::identifier;
use crate::outgoing;
use crate::platform::Secrets;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wanted {
    /// `namespace:value`.
    id: String,
    suppressed: bool,
}

const SOMEBODYS: &str = "somebody has this identifier: erase them with `\"suppress\": true`, and all their names are kept out; nothing was changed";

/// Keeps out, or lets in again.
pub(crate) async fn suppress(request: Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Erase).await?;
    let Wanted { id: name, suppressed: on } = body(&request).await?;
    let id = identifier_named(&name, env).await?;
    let secrets = Secrets::of(env)?;
    let before = identifier::ask(env, &secrets.names, &id, &EntryAsk::Lookup).await?;
    if on && before.owner.profile().is_some() {
        return Err(ApiError::conflict("in_use", SOMEBODYS));
    }
    let order = by_admin()?;
    let said = EntryAsk::Suppress(Suppression { at: order.0, on });
    let after = identifier::ask(env, &secrets.names, &id, &said).await?;
    // A rebuilt system must hear of it, too. If this fails the admin says it again.
    let word = Word::suppress(secrets.names.identifier(&id), on, order);
    outgoing::send(&format!("[{}]", serde_json::to_string(&word)?), None, env).await?;
    let changed = before.suppressed != after.suppressed;
    Ok(Response::from_json(&json!({ "success": true, "suppressed": after.suppressed, "changed": changed }))?)
}
