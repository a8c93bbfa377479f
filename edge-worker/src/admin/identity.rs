//! Who is who, by an admin's word: `POST /v1/profiles/{name}/unmerge`, `POST /v1/profiles/{name}/merge`, (`…/erase`: see
//! [`erase`](super::erase)), and what other rules would change, `POST /v1/identity/dry-run`.
//!
//! A dry run asks the profiles what they know and resolves that here; nothing is changed.

use std::rc::Rc;

use futures_util::{StreamExt, stream};
use selvedge_engine::access::Right;
use selvedge_engine::config::{Config, read_identity};
use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::home::{Beyond, Description, Ledger, held_before};
use selvedge_engine::identity::meet::active;
use selvedge_engine::identity::{Identifier, IdentityRules};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use worker::{Env, Request, Response};

use super::access::admit;
use super::dry_run::{gather, too_much, tried};
use super::erase;
use super::profiles::{identifier_named, not_found, owner, percent_decoded};
use crate::api_error::ApiError;
use crate::objects::directory::message::Ask as Rows;
use crate::objects::directory::walk;
use crate::objects::profile::message::{Answer, Ask};
use crate::objects::profile::{ask, ask_wherever};
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
    rules: Value,
    profiles: Option<Vec<String>>,
    cursor: Option<String>,
    limit: Option<usize>,
}

/// Whom a dry run of rules is about: those who are named, or a page of the directory.
pub(super) struct Whom {
    pub(super) profiles: Option<Vec<String>>,
    /// The `next` of the page before.
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<usize>,
}

impl Whom {
    /// Names, and the last of them if there are more.
    async fn names(self, env: &Env) -> Result<(Vec<String>, Option<String>), ApiError> {
        let Some(profiles) = self.profiles else { return page(self.cursor, self.limit, env).await };
        if profiles.len() > limits::RESOLVE_PROFILES {
            let message = format!("name at most {} profiles", limits::RESOLVE_PROFILES);
            return Err(ApiError::invalid_request(message));
        }
        Ok((profiles, None))
    }
}

/// Some of all profiles, in the order of their ids.
async fn page(
    cursor: Option<String>,
    limit: Option<usize>,
    env: &Env,
) -> Result<(Vec<String>, Option<String>), ApiError> {
    let wrong = || ApiError::invalid_request("`cursor` is the `next` of an earlier answer");
    let after = cursor.map(|text| ProfileId::parse(&text).ok_or_else(wrong)).transpose()?;
    let limit = limit.unwrap_or(limits::RULES_TRIED_PAGE).clamp(1, limits::RESOLVE_PROFILES);
    let home = Some("live".to_owned());
    let question = |limit| Rows::Rows { home: home.clone(), after: after.clone(), limit };
    let mut rows = walk(env, after.as_ref(), limit + 1, question).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.profile.to_string());
    Ok((rows.iter().map(|row| format!("id:{}", row.profile)).collect(), next))
}

/// Where too much is connected.
const NOT_PARTED: &str = "the merge can't be taken back, and nothing was changed. Where one identifier connects so many, add it to \
                          `blocked` of its namespace in identity.json, and it joins nobody else";
/// The same, where the ledger says what came.
const PARTED_BY_THE_LEDGER: &str = "what would be is not shown. If it is because of events or identifiers, the merge is taken back by the ledger alone: its \
     identifiers leave, with the events whose strongest identifier is one of them, and nobody else is looked at";
/// A profile's words can only be made fewer by what made them so many.
const TOO_MANY_WORDS: &str = "so much has been said by hand of this person, each time with the identifiers of two sides, that no more can be kept, and \
     nothing was changed. Merges and unmerges by hand are kept for good; where one identifier makes them necessary again and \
     again, add it to `blocked` of its namespace in identity.json, or limit its namespace there, and it joins nobody else";
const JOINED_ALL_THE_SAME: &str =
    "what would be is not shown. A merge joins the two all the same; it could not be taken back";

/// `…/unmerge`, `…/merge` and `…/erase`.
pub(crate) async fn decree(request: Request, env: &Env) -> Result<Response, ApiError> {
    let path = request.path();
    let path = path.strip_prefix("/v1/profiles/").unwrap_or_default();
    let right = if path.ends_with("/erase") { Right::Erase } else { Right::JoinAndPart };
    admit(request.inner(), env, right).await?;
    let Some((name, what)) = path.rsplit_once('/') else {
        return Err(ApiError::method_not_allowed("GET; POST is for …/unmerge, …/merge and …/erase"));
    };
    let name = percent_decoded(name)?;
    match what {
        "unmerge" => unmerge(&name, body(&request).await?, env).await,
        "merge" => merge(&name, body(&request).await?, env).await,
        "erase" => erase::erase(&name, body(&request).await?, env).await,
        _ => Err(ApiError::not_found("not_found", "POST is for …/unmerge, …/merge and …/erase")),
    }
}

/// Which of some profiles would not be who they are under other rules.
pub(crate) async fn try_rules(request: Request, env: &Env) -> Result<Response, ApiError> {
    admit(request.inner(), env, Right::ReadPeople).await?;
    let Rules { rules, profiles, cursor, limit } = body(&request).await?;
    let rules = match read_identity(&rules) {
        Ok(rules) => rules,
        Err(error) => {
            let message = "the rules can't be read";
            let answer =
                json!({ "success": false, "code": "invalid_config", "message": message, "errors": [error] });
            return Ok(Response::from_json(&answer)?.with_status(400));
        }
    };
    let config = config_cache::current(env, 0).await?;
    tried_by(&rules, Whom { profiles, cursor, limit }, &config, env).await
}

/// Whom these rules would make somebody else.
pub(super) async fn tried_by(
    rules: &IdentityRules,
    whom: Whom,
    config: &Rc<Config>,
    env: &Env,
) -> Result<Response, ApiError> {
    let is_page = whom.profiles.is_none();
    let (names, next) = whom.names(env).await?;
    let asked = stream::iter(names)
        .map(|name| async move { described(&name, env).await.map_err(|error| error.about(&name)) });
    let answers: Vec<_> = asked.buffered(limits::CONCURRENT_OBJECTS).collect().await;
    let mut people: Vec<Description> = Vec::new();
    for answer in answers {
        let description = match answer {
            // It has moved in with somebody, or was erased, since the directory heard of it.
            Err(error) if is_page && error.status < 500 => continue,
            answer => answer?,
        };
        // Two names may lead to one profile.
        if people.iter().all(|known| known.profile != description.profile) {
            people.push(description);
        }
    }
    let beyond = "nothing can be said of so many; name fewer profiles";
    let mut answer = tried(people, None, rules, beyond, config, env).await?;
    if let Some(fields) = answer.as_object_mut().filter(|_| is_page) {
        fields.insert("next".into(), json!(next));
    }
    Ok(Response::from_json(&answer)?)
}

async fn unmerge(name: &str, wanted: Unmerge, env: &Env) -> Result<Response, ApiError> {
    let description = described(name, env).await?;
    let (left, right) = match &wanted.message_id {
        Some(id) => merged_by(&description, id)?,
        None => (identifiers(&wanted.left, env).await?, identifiers(&wanted.right, env).await?),
    };
    let config = config_cache::current(env, 0).await?;
    let edge = Edge::between(&left, &right).map(|edge| edge.under(config.identity())).ok_or_else(|| {
        let message =
            "say what is to be parted: `messageId` of a merge, or identifiers as `left` and `right`";
        ApiError::invalid_request(message)
    })?;
    let order = by_admin()?;
    if wanted.dry_run {
        let decree = Fact { order, says: Says::Apart(edge) };
        let beyond = if wanted.message_id.is_some() { PARTED_BY_THE_LEDGER } else { NOT_PARTED };
        let tried = tried(vec![description], Some(decree), config.identity(), beyond, &config, env).await?;
        return Ok(Response::from_json(&tried)?);
    }
    // Said before the word is taken: a word that parts nobody would look like one that does.
    let profile = description.profile.clone();
    let split = match gather(vec![description], config.identity(), env).await?.beyond() {
        Some(Beyond::Events | Beyond::Identifiers) if wanted.message_id.is_some() => wanted.message_id,
        Some(bound) => return Err(ApiError::beyond_bounds(format!("{}: {NOT_PARTED}", too_much(bound)))),
        None => None,
    };
    let told = Ask::Part { profile: profile.clone(), edge, order: order.clone(), split };
    heard(&profile, &order, &ask(env, &profile, &told).await?)
}

/// The sides of a merge that the ledger names.
fn merged_by(
    description: &Description,
    message: &MessageId,
) -> Result<(Vec<Identifier>, Vec<Identifier>), ApiError> {
    let sides = description.ledger.iter().find_map(|entry| match entry {
        Ledger::Merged { trigger, came, older, merge, .. } if trigger.1 == *message => {
            let left = held_before(&description.ledger, older, *merge).into_iter().collect();
            Some((left, came.clone()))
        }
        _ => None,
    });
    sides.ok_or_else(|| {
        ApiError::not_found("merge_not_found", "`merges` of this profile has no such messageId")
    })
}

async fn merge(name: &str, wanted: Merge, env: &Env) -> Result<Response, ApiError> {
    let one = described(name, env).await?;
    let other = described(&wanted.with, env).await.map_err(|error| error.about(&wanted.with))?;
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
        let people = vec![one, other];
        let tried = tried(people, Some(decree), config.identity(), JOINED_ALL_THE_SAME, &config, env).await?;
        return Ok(Response::from_json(&tried)?);
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
pub(super) fn by_admin() -> Result<Order, ApiError> {
    let id = platform::new_profile_id()?;
    Ok((platform::now(), MessageId(format!("admin-{id}"))))
}

fn heard(profile: &ProfileId, order: &Order, answer: &Answer) -> Result<Response, ApiError> {
    match answer {
        Answer::Heard { taken: true } => {
            let answer = json!({ "success": true, "profileId": profile, "messageId": order.1 });
            Ok(Response::from_json(&answer)?)
        }
        Answer::Heard { taken: false } | Answer::Moved { .. } => Err(ApiError::busy()),
        Answer::TooManyWords => Err(ApiError::too_many_words(TOO_MANY_WORDS)),
        Answer::Erased { .. } => Err(ApiError::profile_erased()),
        _ => Err(not_found()),
    }
}

/// What the profile of this name knows of itself, wherever it lives.
pub(super) async fn described(name: &str, env: &Env) -> Result<Description, ApiError> {
    let profile = owner(name, env).await?;
    let (_, answer) = ask_wherever(env, profile, &|profile| Ask::Facts { profile }).await?;
    match answer {
        Answer::Facts { description } => Ok(*description),
        Answer::Moved { .. } => Err(ApiError::busy()),
        Answer::Erased { .. } => Err(ApiError::profile_erased()),
        _ => Err(not_found()),
    }
}

async fn identifiers(names: &[String], env: &Env) -> Result<Vec<Identifier>, ApiError> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(identifier_named(name, env).await?);
    }
    Ok(ids)
}

/// Reads a request's JSON.
pub(super) async fn body<T: DeserializeOwned>(request: &Request) -> Result<T, ApiError> {
    let text = crate::body::read(request.inner(), limits::BATCH_BYTES).await?;
    serde_json::from_str(&text).map_err(|error| ApiError::invalid_request(error.to_string()))
}
