//! `GET /v1/quarantine`, `POST /v1/quarantine/release`: identifiers that gathered too many devices too fast.

use selvedge_engine::access::Right;
use selvedge_engine::archive::Word;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::entry::Ask as EntryAsk;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::identity::{body, by_admin};
use super::profiles::identifier_named;
use crate::api_error::ApiError;
use crate::objects::identifier;
use crate::objects::workspace::{Answer, Ask, ask};
use crate::outgoing;
use crate::platform::Secrets;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Release {
    /// `namespace:value`.
    id: String,
    #[serde(default)]
    dry_run: bool,
}

/// What is under quarantine.
pub(crate) async fn list(request: &Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let Answer::Quarantined { ids } = ask(env, &Ask::Quarantined).await? else {
        return Err(ApiError::internal("the workspace answered another question"));
    };
    let shown: Vec<Value> = ids
        .iter()
        .map(|one| json!({ "namespace": one.id.namespace, "value": one.id.value, "at": one.at.to_iso() }))
        .collect();
    Ok(Response::from_json(&json!({ "quarantined": shown }))?)
}

/// Lets one go; with `dryRun` only shows whom it concerns.
pub(crate) async fn release(request: Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::Operate).await?;
    let Release { id: name, dry_run } = body(&request).await?;
    let id = identifier_named(&name, env).await?;
    if dry_run {
        let secrets = Secrets::of(env)?;
        let answer = identifier::ask(env, &secrets.names, &id, &EntryAsk::Who { gathering: 0 }).await?;
        let answer = json!({
            "quarantined": answer.quarantined,
            "owner": answer.owner.profile(),
            "claimants": answer.claimants,
        });
        return Ok(Response::from_json(&answer)?);
    }
    let word = Word::released(id.clone(), by_admin()?);
    let changed = let_go(&id, env).await?;
    // A rebuilt system must hear of it, too. If this fails the admin says it again.
    outgoing::send(&format!("[{}]", serde_json::to_string(&word)?), None, env).await?;
    Ok(Response::from_json(&json!({ "success": true, "changed": changed }))?)
}

/// Whether it was under quarantine.
pub(super) async fn let_go(id: &Identifier, env: &Env) -> Result<bool, ApiError> {
    let secrets = Secrets::of(env)?;
    // Published last: until then nothing asks for it.
    identifier::ask(env, &secrets.names, id, &EntryAsk::Release).await?;
    match ask(env, &Ask::Release { id: id.clone() }).await? {
        Answer::Changed { changed, .. } => Ok(changed),
        _ => Err(ApiError::internal("the workspace answered another question")),
    }
}
