//! A dry run: what is connected is gathered, resolved, and folded as it would be. Nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, stream};
use selvedge_engine::config::Config;
use selvedge_engine::identity::dry_run::{DryRun, Parted, Would, shown_before};
use selvedge_engine::identity::entry::{Answer as EntryAnswer, Ask as EntryAsk};
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::home::{Beyond, Bounds, Description, Gathering};
use selvedge_engine::identity::{Identifier, IdentityRules};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::ordered;
use serde_json::{Value, json};
use worker::Env;

use crate::api_error::ApiError;
use crate::objects::account::message::{Answer as AccountAnswer, Ask as AccountAsk, Hear};
use crate::objects::profile::message::{Answer, Ask, Only, Read};
use crate::objects::{account, identifier, profile};
use crate::platform::{self, Secrets};

/// One thing that the gathering asks, and then what it was answered.
enum Asks {
    Entry(Identifier),
    Profile(ProfileId),
}

enum Said {
    Entry(Identifier, EntryAnswer),
    Described(ProfileId, Box<Description>),
    Moved(ProfileId, ProfileId),
}

/// What would be under these rules if an admin had said this. `asked` are the profiles that it is about. `beyond` says
/// what that means for whoever asks, if too much is connected.
pub(super) async fn tried(
    asked: Vec<Description>,
    decree: Option<Fact>,
    rules: &IdentityRules,
    beyond: &str,
    config: &Rc<Config>,
    env: &Env,
) -> Result<Value, ApiError> {
    let names: Vec<ProfileId> = asked.iter().map(|one| one.profile.clone()).collect();
    let too_big: Vec<&ProfileId> = asked.iter().filter(|one| one.too_big).map(|one| &one.profile).collect();
    let too_big = json!(too_big);
    let gathered = gather(asked, rules, env).await?;
    let mut answer = match gathered.beyond() {
        Some(bound) => beyond_answer(bound, &names, beyond, config, env).await?,
        None => within_answer(&DryRun::new(&gathered, &names, decree.as_ref(), rules), config, env).await?,
    };
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("tooBig".into(), too_big);
    }
    Ok(answer)
}

async fn beyond_answer(
    bound: Beyond,
    asked: &[ProfileId],
    means: &str,
    config: &Rc<Config>,
    env: &Env,
) -> Result<Value, ApiError> {
    let mut before = Vec::new();
    for profile in asked {
        before.push(shown_before(&read(profile, config, env).await?));
    }
    let beyond = json!({ "bound": bound, "most": bound.most(Bounds::default()), "message": format!("{}: {means}", too_much(bound)) });
    Ok(json!({ "before": before, "after": [], "changed": [], "beyond": beyond }))
}

/// Which bound, in words.
pub(super) fn too_much(bound: Beyond) -> String {
    let (most, what) = (bound.most(Bounds::default()), bound.what());
    format!("more than {most} {what} are connected here, which is more than is rearranged")
}

async fn within_answer(run: &DryRun, config: &Rc<Config>, env: &Env) -> Result<Value, ApiError> {
    let asks = run.parts().into_iter().map(|(profile, parts)| async move {
        let shown = read(&profile, config, env).await?;
        let folded = folded(&profile, parts, config, env).await?;
        Ok::<_, ApiError>((profile, shown, folded))
    });
    let answers: Vec<Result<_, ApiError>> =
        stream::iter(asks).buffered(limits::CONCURRENT_OBJECTS).collect().await;
    let (mut before, mut parted) = (BTreeMap::new(), BTreeMap::new());
    for answer in answers {
        let (profile, shown, folded) = answer?;
        before.insert(profile.clone(), shown);
        parted.insert(profile, folded);
    }
    let now = platform::now();
    // They have not all gone by one config: it was published just now.
    let would = run.fold(parted, config, now).map_err(|_| ApiError::busy())?;
    let accounts =
        if config.speaks_of_accounts() { Some(accounts(&would, config, env).await?) } else { None };
    Ok(run.answer(&before, &would, accounts.as_ref(), config, now))
}

pub(super) async fn read(profile: &ProfileId, config: &Rc<Config>, env: &Env) -> Result<Value, ApiError> {
    let read = Read {
        profile: profile.clone(),
        config: config.version(),
        limit: 1,
        before: None,
        only: Only::default(),
    };
    match profile::ask(env, profile, &Ask::Read(read)).await? {
        Answer::Profile { profile } => Ok(profile),
        _ => Err(ApiError::busy()),
    }
}

async fn folded(
    profile: &ProfileId,
    parts: Vec<Vec<MessageId>>,
    config: &Rc<Config>,
    env: &Env,
) -> Result<Parted, ApiError> {
    let ask = Ask::Fold { profile: profile.clone(), config: config.version(), parts };
    match profile::ask(env, profile, &ask).await? {
        Answer::Folded { rest, parts } => Ok((*rest, parts)),
        _ => Err(ApiError::busy()),
    }
}

/// The accounts of these people as conditions see them.
async fn accounts(
    would: &[Would],
    config: &Rc<Config>,
    env: &Env,
) -> Result<BTreeMap<selvedge_engine::account::AccountId, Value>, ApiError> {
    let secrets = Secrets::of(env)?;
    let ids: BTreeSet<_> = ordered::gather(would.iter().flat_map(Would::accounts));
    let names = &secrets.names;
    let asks = ids.into_iter().map(|id| async move {
        let hear = Hear { account: id.clone(), config: config.version(), told: Vec::new(), member: None };
        match account::ask(env, names, &id, &AccountAsk::Hear(hear)).await? {
            AccountAnswer::Heard { account } => Ok((id, account)),
            _ => Err(ApiError::internal("the account answered another question")),
        }
    });
    let answers: Vec<Result<_, ApiError>> =
        stream::iter(asks).buffered(limits::CONCURRENT_OBJECTS).collect().await;
    let mut accounts = BTreeMap::new();
    for answer in answers {
        let (id, account) = answer?;
        accounts.insert(id, account);
    }
    Ok(accounts)
}

/// Everything that is connected with some profiles, or as much of it as shows that it is too much.
pub(super) async fn gather(
    asked: Vec<Description>,
    rules: &IdentityRules,
    env: &Env,
) -> Result<Gathering, ApiError> {
    let secrets = Secrets::of(env)?;
    let mut gathered = Gathering::default();
    let mut waiting: Vec<Asks> = Vec::new();
    for one in asked {
        waiting.extend(gathered.described(&one.profile, &one, rules).into_iter().map(Asks::Entry));
    }
    let mut under_way = FuturesUnordered::new();
    loop {
        if gathered.beyond().is_some() {
            return Ok(gathered);
        }
        while under_way.len() < limits::CONCURRENT_OBJECTS
            && let Some(next) = waiting.pop()
        {
            under_way.push(ask(next, &secrets, env));
        }
        let Some(said) = under_way.next().await else { return Ok(gathered) };
        match said? {
            Said::Entry(id, answer) => {
                let profiles = gathered.heard(&id, &answer).unwrap_or_default();
                waiting.extend(profiles.into_iter().map(Asks::Profile));
            }
            Said::Described(profile, one) => {
                waiting.extend(gathered.described(&profile, &one, rules).into_iter().map(Asks::Entry));
            }
            Said::Moved(from, to) => {
                if gathered.moved(&from, &to) == Some(true) {
                    waiting.push(Asks::Profile(to));
                }
            }
        }
    }
}

async fn ask(what: Asks, secrets: &Secrets, env: &Env) -> Result<Said, ApiError> {
    match what {
        Asks::Entry(id) => {
            let answer = identifier::ask(env, &secrets.names, &id, &EntryAsk::Who { gathering: 0 }).await?;
            Ok(Said::Entry(id, answer))
        }
        Asks::Profile(profile) => {
            let facts = Ask::Facts { profile: profile.clone() };
            Ok(match profile::ask(env, &profile, &facts).await? {
                Answer::Facts { description } => Said::Described(profile, description),
                Answer::Moved { to } => Said::Moved(profile, to),
                _ => Said::Described(profile.clone(), Box::new(Description::nobody(profile))),
            })
        }
    }
}
