//! `POST /v1/profiles/{name}/erase`: a person is forgotten, and who asked gets a receipt.

use selvedge_engine::archive::Unarchived;
use selvedge_engine::identity::dry_run::shown_before;
use selvedge_engine::identity::home::{Gone, Receipt};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Response};

use super::dry_run::read;
use super::identity::{by_admin, described};
use super::profiles::{not_found, owner};
use crate::api_error::ApiError;
use crate::config_cache;
use crate::objects::profile::ask_wherever;
use crate::objects::profile::message::{Answer, Ask};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Erase {
    #[serde(default)]
    dry_run: bool,
    /// Whatever comes under the person's names later is dropped, too.
    #[serde(default)]
    suppress: bool,
}

/// The first word counts, and what it said.
const NOT_SUPPRESSED: &str = "they were erased before, and not kept out: the names that they had are not known any more; \
                              `POST /v1/suppressions` keeps one name out";

/// Erases whoever has this name, wherever that person lives by now. Asked again, it answers the same receipt.
pub(super) async fn erase(name: &str, wanted: Erase, env: &Env) -> Result<Response, ApiError> {
    if wanted.dry_run {
        return would_go(name, env).await;
    }
    let word = by_admin()?;
    let profile = owner(name, env).await?;
    let told = |profile| Ask::Forget { profile, word: word.clone(), suppress: wanted.suppress };
    let (profile, answer) = ask_wherever(env, profile, &told).await?;
    let receipt = match answer {
        Answer::Erased { receipt: Some(receipt), .. } | Answer::Forgetting { receipt }
            if wanted.suppress && !receipt.suppress =>
        {
            return Err(ApiError::conflict("not_suppressed", NOT_SUPPRESSED));
        }
        Answer::Erased { receipt: Some(receipt), done, .. } => shown(&profile, &receipt, done),
        Answer::Forgetting { receipt } => shown(&profile, &receipt, false),
        Answer::Moved { .. } => return Err(ApiError::busy()),
        Answer::Erased { receipt: None, .. } => return Err(ApiError::profile_erased()),
        _ => return Err(not_found()),
    };
    Ok(Response::from_json(&json!({ "success": true, "receipt": receipt }))?)
}

/// The person as of now: nothing of that would be left.
async fn would_go(name: &str, env: &Env) -> Result<Response, ApiError> {
    let profile = described(name, env).await?.profile;
    let config = config_cache::current(env, 0).await?;
    let before = shown_before(&read(&profile, &config, env).await?);
    let answer =
        json!({ "before": [before], "after": [], "changed": [profile], "tooBig": [], "beyond": null });
    Ok(Response::from_json(&answer)?)
}

/// A receipt as it is given. What went is counted when it goes. `recovery` is for how many days whoever holds the Cloudflare account can bring
/// back what was there: objects by their point in time recovery, the archive not at all, and what a Queue had taken for as long as one can
/// be told to keep it.
pub(super) fn shown(profile: &ProfileId, receipt: &Receipt, done: bool) -> Value {
    let Receipt { id, at, suppress, gone } = receipt;
    let count = |of: fn(&Gone) -> u64| gone.as_ref().map(of);
    let unarchived = gone.and_then(|gone| gone.unarchived);
    let archive = match unarchived {
        Some(Unarchived { at, lines, files, beyond }) => json!({
            "status": "done", "doneAt": at.to_iso(), "lines": lines, "files": files, "beyond": beyond,
        }),
        // Erased by a release that did not reach the archive.
        None if done => Value::Null,
        None => json!({ "status": "pending", "doneAt": null, "lines": null, "files": null, "beyond": null }),
    };
    json!({
        "id": id,
        "profileId": profile,
        "status": if done { "done" } else { "under_way" },
        "suppressed": suppress,
        "requestedAt": at.to_iso(),
        "erasedAt": gone.map(|gone| gone.at).map(UnixMillis::to_iso),
        "identifiers": count(|gone| gone.identifiers),
        "events": count(|gone| gone.events),
        "listEntries": count(|gone| gone.listed),
        "archive": archive,
        "recovery": { "durableObjectsDays": 30, "archiveDays": 0, "queueDays": 14 },
    })
}
