//! Who is who, by an admin's word: `POST /v1/profiles/{name}/unmerge`, `POST /v1/profiles/{name}/merge`, and what other
//! rules would change, `POST /v1/identity/dry-run`.
//!
//! A dry run asks the profiles what they know and resolves that here; nothing is changed.

use futures_util::{StreamExt, stream};
use selvedge_engine::config::Config;
use selvedge_engine::identity::dry_run::dry_run;
use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::home::{Description, Ledger};
use selvedge_engine::identity::meet::active;
use selvedge_engine::identity::{Identifier, IdentityRules};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use worker::{Env, Request, Response};

use super::key;
use super::profiles::{identifier_named, not_found, owner, percent_decoded};
use crate::api_error::ApiError;
use crate::objects::profile::ask;
use crate::objects::profile::message::{Answer, Ask};
use crate::{config_cache, platform};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Unmerge {
    /// Of an entry of `merges`.
    message_id: Option<MessageId>,
    #[serde(default)]
    left: Vec<String>,
    #[serde(default)]
    right: Vec<String>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Merge {
    /// The other's name.
    with: String,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    /// As `identity.json`.
    rules: IdentityRules,
    profiles: Vec<String>,
}

/// `…/unmerge` and `…/merge`.
pub(crate) async fn decree(mut request: Request, env: &Env) -> Result<Response, ApiError> {
    key::authorise(&request, env)?;
    let path = request.path();
    let path = path.strip_prefix("/v1/profiles/").unwrap_or_default();
    let Some((name, what)) = path.rsplit_once('/') else {
        return Err(ApiError::method_not_allowed("GET; POST is for …/unmerge and …/merge"));
    };
    let name = percent_decoded(name)?;
    match what {
        "unmerge" => unmerge(&name, body(&mut request).await?, env).await,
        "merge" => merge(&name, body(&mut request).await?, env).await,
        _ => Err(ApiError::not_found("not_found", "POST is for …/unmerge and …/merge")),
    }
}

/// Which of some profiles would not be who they are under other rules.
pub(crate) async fn try_rules(mut request: Request, env: &Env) -> Result<Response, ApiError> {
    key::authorise(&request, env)?;
    let Rules { rules, profiles } = body(&mut request).await?;
    if profiles.len() > limits::RESOLVE_PROFILES {
        let message = format!("name at most {} profiles", limits::RESOLVE_PROFILES);
        return Err(ApiError::invalid_request(message));
    }
    let asked = stream::iter(profiles).map(|name| async move { described(&name, env).await });
    let answers: Vec<_> = asked.buffered(limits::CONCURRENT_OBJECTS).collect().await;
    let mut people: Vec<Description> = Vec::new();
    for answer in answers {
        let description = answer?;
        // Two names may lead to one profile.
        if people.iter().all(|known| known.profile != description.profile) {
            people.push(description);
        }
    }
    Ok(Response::from_json(&dry_run(&people, None, &rules))?)
}

async fn unmerge(name: &str, wanted: Unmerge, env: &Env) -> Result<Response, ApiError> {
    let description = described(name, env).await?;
    let edge = match &wanted.message_id {
        Some(id) => merged_by(&description, id)?,
        None => Edge {
            left: identifiers(&wanted.left, env).await?,
            right: identifiers(&wanted.right, env).await?,
        },
    };
    if edge.left.is_empty() || edge.right.is_empty() {
        let message =
            "say what is to be parted: `messageId` of a merge, or identifiers as `left` and `right`";
        return Err(ApiError::invalid_request(message));
    }
    let order = by_admin()?;
    if wanted.dry_run {
        let decree = Fact { order, says: Says::Apart(edge) };
        return tried(&[description], &decree, env).await;
    }
    let profile = description.profile;
    let told = Ask::Part { profile: profile.clone(), edge, order: order.clone() };
    heard(&profile, &order, &ask(env, &profile, &told).await?)
}

/// The sides of a merge that the ledger names.
fn merged_by(description: &Description, message: &MessageId) -> Result<Edge, ApiError> {
    let edge = description.ledger.iter().find_map(|entry| match entry {
        Ledger::Merged { trigger, came, before, .. } if trigger.1 == *message => {
            Some(Edge { left: before.clone(), right: came.clone() })
        }
        _ => None,
    });
    edge.ok_or_else(|| {
        ApiError::not_found("merge_not_found", "`merges` of this profile has no such messageId")
    })
}

async fn merge(name: &str, wanted: Merge, env: &Env) -> Result<Response, ApiError> {
    let one = described(name, env).await?;
    let other = described(&wanted.with, env).await?;
    if one.profile == other.profile {
        return Err(ApiError::invalid_request("both names lead to the same profile"));
    }
    let config = config_cache::current(env, 0).await?;
    let nameless = || ApiError::invalid_request("a profile without identifiers can't be merged");
    let current = strongest(&one, &config).ok_or_else(nameless)?;
    let retired = strongest(&other, &config).ok_or_else(nameless)?;
    let order = by_admin()?;
    if wanted.dry_run {
        let decree = Fact { order, says: Says::Together { current, retired } };
        return tried(&[one, other], &decree, env).await;
    }
    let (profile, with) = (one.profile, other.profile);
    let told = Ask::Join { profile: profile.clone(), with, current, retired, order: order.clone() };
    heard(&profile, &order, &ask(env, &profile, &told).await?)
}

/// The identifier that names a profile best.
fn strongest(one: &Description, config: &Config) -> Option<Identifier> {
    let rank = |id: &&Identifier| (config.identity().priority(&id.namespace), (*id).clone());
    active(&one.held).map(|(id, _)| id).min_by_key(rank).or_else(|| one.held.keys().next()).cloned()
}

/// Now, under an id of its own.
fn by_admin() -> Result<Order, ApiError> {
    let id = platform::new_profile_id()?;
    Ok((platform::now(), MessageId(format!("admin-{id}"))))
}

async fn tried(described: &[Description], decree: &Fact, env: &Env) -> Result<Response, ApiError> {
    let config = config_cache::current(env, 0).await?;
    Ok(Response::from_json(&dry_run(described, Some(decree), config.identity()))?)
}

fn heard(profile: &ProfileId, order: &Order, answer: &Answer) -> Result<Response, ApiError> {
    match answer {
        Answer::Heard { taken: true } => {
            let answer = json!({ "success": true, "profileId": profile, "messageId": order.1 });
            Ok(Response::from_json(&answer)?)
        }
        Answer::Heard { taken: false } | Answer::Moved { .. } => Err(ApiError::busy()),
        Answer::Erased { .. } => Err(ApiError::profile_erased()),
        _ => Err(not_found()),
    }
}

/// What the profile of this name knows of itself, wherever it lives.
async fn described(name: &str, env: &Env) -> Result<Description, ApiError> {
    let mut profile = owner(name, env).await?;
    for _ in 0..=limits::REDIRECTS_SHOWN {
        match ask(env, &profile, &Ask::Facts { profile: profile.clone() }).await? {
            Answer::Facts { description } => return Ok(*description),
            Answer::Moved { to } => profile = to,
            Answer::Erased { .. } => return Err(ApiError::profile_erased()),
            _ => return Err(not_found()),
        }
    }
    Err(ApiError::busy())
}

async fn identifiers(names: &[String], env: &Env) -> Result<Vec<Identifier>, ApiError> {
    let mut ids = Vec::new();
    for name in names {
        let wrong =
            || ApiError::invalid_request(format!("{name:?} is no identifier; write `namespace:value`"));
        ids.push(identifier_named(name, env).await?.ok_or_else(wrong)?);
    }
    Ok(ids)
}

/// Reads a request's JSON.
pub(super) async fn body<T: DeserializeOwned>(request: &mut Request) -> Result<T, ApiError> {
    let text = request.text().await?;
    if text.len() > limits::BATCH_BYTES {
        return Err(ApiError::payload_too_large(limits::BATCH_BYTES));
    }
    serde_json::from_str(&text).map_err(|error| ApiError::invalid_request(error.to_string()))
}
