//! Handing events to the profiles that own them.
//!
//! An event goes first to where it is expected (the device cookie's hint, this isolate's memory), and only if that is
//! wrong are the identifier objects asked. Events of one owner go in one message; owners are spoken to a few at a time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use futures_util::{StreamExt, stream};
use lru::LruCache;
use selvedge_engine::config::Config;
use selvedge_engine::identity::entry::{Ask as EntryAsk, Owner};
use selvedge_engine::identity::{Identifier, Namespace};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, defaults};
use selvedge_engine::outcome::{Outcome, Reason};
use selvedge_engine::profile::Logged;
use worker::Env;

use super::device::Visitor;
use super::received::{Received, routing};
use crate::api_error::ApiError;
use crate::objects::identifier;
use crate::objects::profile::ask;
use crate::objects::profile::message::{Answer, Append, Appended, Ask, Decide, Item, Taken};
use crate::platform::{self, Secrets};

/// How many identifiers' owners an isolate remembers: at some 200 bytes each, 4 MB.
const REMEMBERED: usize = 20_000;
/// Rounds of asking: each ends with every event taken, or with a better idea of whose it is.
const ROUNDS: usize = limits::REDIRECTS + 2;

thread_local! {
    /// Owners found lately. Only a hint: the profile checks it.
    static OWNERS: RefCell<LruCache<Identifier, ProfileId>> = RefCell::new(LruCache::new(NonZeroUsize::new(REMEMBERED).unwrap_or(NonZeroUsize::MIN)));
}

type Group = (ProfileId, Vec<usize>);

/// Hands every open event over and gets the decisions. Events that could not be made durable stay open.
pub(super) async fn hand_over(
    env: &Env,
    secrets: &Secrets,
    config: &Config,
    received: &mut [Received],
    visitor: &mut Visitor,
    wanted: Option<&Decide>,
) -> Result<Option<Vec<Decided>>, ApiError> {
    let mut decisions = None;
    for round in 0..ROUNDS {
        find_owners(env, secrets, received, visitor, round == 0).await;
        let groups = groups(received);
        if groups.is_empty() {
            break;
        }
        let last = device_event(received, visitor);
        let wanted = wanted.filter(|_| visitor.is_bound());
        let sends = groups.into_iter().map(|(profile, indexes)| {
            let decide = wanted.filter(|_| last.is_some_and(|last| indexes.contains(&last)));
            send(env, config, profile, indexes, received, decide.cloned())
        });
        let answers: Vec<_> = stream::iter(sends.collect::<Vec<_>>())
            .buffer_unordered(limits::CONCURRENT_OBJECTS)
            .collect()
            .await;
        for (profile, indexes, answer) in answers {
            match answer {
                Ok(answer) => {
                    let found = last.filter(|last| indexes.contains(last));
                    let taken = settle(received, &profile, &indexes, &answer);
                    if found.is_some_and(|last| received.get(last).is_some_and(|one| !one.is_open())) && taken
                    {
                        visitor.found_at(&answer.owner);
                        decisions = answer.decisions;
                    }
                }
                Err(error) => {
                    worker::console_error!("profile {profile}: {error}");
                    abandon(received, &indexes);
                }
            }
        }
    }
    match wanted {
        Some(wanted) if decisions.is_none() => decide_alone(env, config, visitor, wanted).await.map(Some),
        _ => Ok(decisions),
    }
}

/// The last event that the visitor's device sent: its owner is who the visitor is now.
fn device_event(received: &[Received], visitor: &Visitor) -> Option<usize> {
    let bound = visitor.bound_id()?;
    let of_device =
        |one: &Received| one.logged.as_ref().is_some_and(|logged| logged.event.anonymous_id() == Some(bound));
    received.iter().rposition(of_device)
}

/// Finds whom to ask next for every open event: where it is expected, else what its identifiers' entries say. Events with
/// the same strongest identifier share one answer. A look-up that fails leaves only its own events open.
async fn find_owners(
    env: &Env,
    secrets: &Secrets,
    received: &mut [Received],
    visitor: &Visitor,
    by_hint: bool,
) {
    let mut unknown: BTreeMap<(Identifier, Vec<ProfileId>), Vec<usize>> = BTreeMap::new();
    for (index, one) in
        received.iter_mut().enumerate().filter(|(_, one)| one.is_open() && one.target.is_none())
    {
        let Some(logged) = one.logged.as_ref() else { continue };
        match expected(logged, visitor).filter(|_| by_hint) {
            Some(target) => one.target = Some(target),
            None => {
                let Some(strongest) = routing(&logged.ids).first().copied().cloned() else { continue };
                unknown.entry((strongest, one.refused_by.clone())).or_default().push(index);
            }
        }
    }
    let asks = unknown.into_iter().map(|((_, refused_by), indexes)| {
        let logged =
            indexes.first().and_then(|first| received.get(*first)).and_then(|one| one.logged.clone());
        async move {
            let found = match logged {
                Some(logged) => ask_entries(env, secrets, &logged, &routing(&logged.ids), &refused_by).await,
                None => Err(ApiError::internal("an event without a row")),
            };
            (indexes, found)
        }
    });
    let answers: Vec<_> =
        stream::iter(asks.collect::<Vec<_>>()).buffer_unordered(limits::CONCURRENT_OBJECTS).collect().await;
    for (indexes, found) in answers {
        match found {
            Ok((profile, id)) => {
                for index in &indexes {
                    if let Some(one) = received.get_mut(*index) {
                        one.target = Some((profile.clone(), Some(id.clone())));
                    }
                }
            }
            Err(error) => {
                worker::console_error!("owner: {error}");
                abandon(received, &indexes);
            }
        }
    }
}

/// Where an event is expected: at the profile of the device's cookie, or where this isolate saw its identifier last.
///
/// Not for a login: a user id that the cookie does not know yet may be somebody's already, and then the event is theirs;
/// the device's own profile could be refused as one device too many.
fn expected(logged: &Logged, visitor: &Visitor) -> Option<(ProfileId, Option<Identifier>)> {
    let ids = routing(&logged.ids);
    let of_device = visitor.bound_id().is_some() && logged.event.anonymous_id() == visitor.bound_id();
    let strongest = ids.first()?;
    let login = strongest.namespace.as_str() != Namespace::ANONYMOUS_ID && !visitor.is_known_as(strongest);
    if of_device && !login {
        return visitor.profile().map(|profile| (profile.clone(), visitor.granted().cloned()));
    }
    OWNERS.with_borrow_mut(|owners| owners.get(*strongest).cloned()).map(|profile| (profile, None))
}

/// Who owns an event, by its identifiers' entries: the strongest that is owned (by nobody who has refused it); if none
/// is, its strongest identifier is claimed for a new profile.
async fn ask_entries(
    env: &Env,
    secrets: &Secrets,
    logged: &Logged,
    ids: &[&Identifier],
    refused_by: &[ProfileId],
) -> Result<(ProfileId, Identifier), ApiError> {
    let weaker_can_own = refused_by.is_empty() && ids.len() > 1;
    if weaker_can_own {
        for id in ids {
            let answer = identifier::ask(env, &secrets.names, id, &EntryAsk::Lookup).await?;
            if let Owner::Owned { profile, .. } = answer.owner {
                return Ok((profile, (*id).clone()));
            }
        }
    }
    let strongest = ids.first().ok_or_else(|| ApiError::internal("an event without identifiers"))?;
    let claim = EntryAsk::Claim {
        candidate: platform::new_profile_id()?,
        message_id: logged.event.message_id.clone(),
    };
    match identifier::ask(env, &secrets.names, strongest, &claim).await?.owner {
        Owner::Owned { profile, .. } => Ok((profile, (*strongest).clone())),
        Owner::Fresh => Err(ApiError::unavailable("claim_failed", "the identifier could not be claimed")),
    }
}

fn groups(received: &[Received]) -> Vec<Group> {
    let mut groups: BTreeMap<ProfileId, Vec<usize>> = BTreeMap::new();
    for (index, one) in received.iter().enumerate().filter(|(_, one)| one.is_open()) {
        if let Some((profile, _)) = &one.target {
            groups.entry(profile.clone()).or_default().push(index);
        }
    }
    groups.into_iter().collect()
}

async fn send(
    env: &Env,
    config: &Config,
    profile: ProfileId,
    indexes: Vec<usize>,
    received: &[Received],
    decide: Option<Decide>,
) -> (ProfileId, Vec<usize>, Result<Appended, ApiError>) {
    let item = |index: &usize| {
        let one = received.get(*index)?;
        let granted = one.target.as_ref().and_then(|(_, granted)| granted.clone());
        Some(Item { logged: one.logged.clone()?, granted, consent: one.consent })
    };
    let items = indexes.iter().filter_map(item).collect();
    let append = Append { profile: profile.clone(), config: config.version(), items, decide };
    let answer = match ask::<Answer>(env, &profile, &Ask::Append(append)).await {
        Ok(Answer::Appended(appended)) => Ok(appended),
        Ok(_) => Err(ApiError::internal("the profile answered another question")),
        Err(error) => Err(error),
    };
    (profile, indexes, answer)
}

/// Writes down what a profile made of its events; true if it took them.
fn settle(received: &mut [Received], profile: &ProfileId, indexes: &[usize], answer: &Appended) -> bool {
    let mut all_taken = true;
    for (index, taken) in indexes.iter().zip(&answer.items) {
        let Some(one) = received.get_mut(*index) else { continue };
        match taken {
            Taken::Accepted => one.outcome = Some(Outcome::Accepted),
            Taken::Duplicate => one.outcome = Some(Outcome::Duplicate),
            Taken::Denied => one.outcome = Some(Outcome::Rejected(Reason::ConsentDenied)),
            Taken::Moved => {
                // Once it is followed; whoever has moved again is found by the entries, which are kept up to date.
                let target = one.target.take();
                one.target =
                    target.filter(|_| !one.followed).map(|(_, granted)| (answer.owner.clone(), granted));
                one.followed = true;
                all_taken = false;
            }
            Taken::NotMine => {
                one.refused_by.push(profile.clone());
                one.target = None;
                all_taken = false;
            }
        }
        if let Some(logged) = one.logged.as_ref().filter(|_| one.outcome.is_some()) {
            for id in routing(&logged.ids).into_iter().take(1) {
                OWNERS.with_borrow_mut(|owners| owners.put(id.clone(), answer.owner.clone()));
            }
        }
    }
    all_taken
}

/// These could not be made durable: they stay open, and nobody is asked again in this request.
fn abandon(received: &mut [Received], indexes: &[usize]) {
    for index in indexes {
        if let Some(one) = received.get_mut(*index) {
            one.logged = None;
            one.target = None;
        }
    }
}

/// Decisions that came with no event of the device.
async fn decide_alone(
    env: &Env,
    config: &Config,
    visitor: &mut Visitor,
    wanted: &Decide,
) -> Result<Vec<Decided>, ApiError> {
    let now = platform::now();
    let Some(mut profile) = visitor.profile().cloned() else {
        return Ok(defaults(config, &wanted.placements, now, "unbound_device"));
    };
    for _ in 0..ROUNDS {
        let decide = Some(Decide { asked_by: visitor.identifiers(), ..wanted.clone() });
        let append = Append { profile: profile.clone(), config: config.version(), items: vec![], decide };
        let Answer::Appended(answer) = ask::<Answer>(env, &profile, &Ask::Append(append)).await? else {
            return Err(ApiError::internal("the profile answered another question"));
        };
        if let Some(decisions) = answer.decisions {
            visitor.found_at(&answer.owner);
            return Ok(decisions);
        }
        profile = answer.owner;
    }
    Err(ApiError::unavailable("moving", "the profile is being merged; try again"))
}
