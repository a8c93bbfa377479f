//! Handing events to the profiles that own them.
//!
//! Each event has its [`Delivery`], which says whom to ask next. A round asks everybody who is to be asked, a few at a
//! time: events with the same question share one call, and events for one profile go in one message.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use futures_util::{StreamExt, stream};
use lru::LruCache;
use selvedge_engine::config::Config;
use selvedge_engine::identity::delivery::{Delivered, Delivery, Next};
use selvedge_engine::identity::entry::{Answer as EntryAnswer, Ask as EntryAsk};
use selvedge_engine::identity::fact::{Fact, Order, Says};
use selvedge_engine::identity::home::{self, Grant, Item, Note, Taken};
use selvedge_engine::identity::{Identifier, Namespace};
use selvedge_engine::ids::ProfileId;
use selvedge_engine::limits;
use selvedge_engine::offer::{Decided, Nobody, Request, Rooms, defaults};
use selvedge_engine::outcome::{Outcome, Reason};
use selvedge_engine::profile::Logged;
use serde_json::Value;
use worker::Env;

use super::decide::decided_by;
use super::device::Visitor;
use super::received::Received;
use crate::api_error::ApiError;
use crate::objects::identifier;
use crate::objects::profile::message::{Answer, Append, Appended, Ask, Decide, Keep};
use crate::objects::profile::{self, ask};
use crate::platform::{self, Secrets};
use crate::{caps, usage};

/// How many identifiers' owners an isolate remembers: at some 200 bytes each, 4 MB.
const REMEMBERED: usize = 20_000;

thread_local! {
    /// Owners found lately. Only a hint: the profile checks it.
    static OWNERS: RefCell<LruCache<Identifier, ProfileId>> = RefCell::new(LruCache::new(NonZeroUsize::new(REMEMBERED).unwrap_or(NonZeroUsize::MIN)));
}

/// What a request's events are handed over with.
pub(super) struct Errand<'a> {
    pub(super) env: &'a Env,
    pub(super) secrets: &'a Secrets,
    pub(super) config: &'a Config,
    /// By what: a draft in a preview, else the same.
    pub(super) deciding: &'a Config,
    /// What to decide.
    pub(super) wanted: Option<&'a Decide>,
    /// The client wants to know what became of each event.
    pub(super) with_results: bool,
}

/// A call of a round, and the events that it is for.
enum Call {
    Entry { id: Identifier, ask: EntryAsk, order: Order, indexes: Vec<usize> },
    Profile { append: Append, indexes: Vec<usize> },
}

/// What a call has brought.
enum Heard {
    Entry { id: Identifier, order: Order, indexes: Vec<usize>, answer: EntryAnswer },
    Profile { profile: ProfileId, indexes: Vec<usize>, answer: Appended },
    Nothing { indexes: Vec<usize>, error: ApiError },
}

impl Errand<'_> {
    /// Hands every open event over and gets the decisions. Events that could not be made durable stay open.
    pub(super) async fn hand_over(
        &self,
        received: &mut [Received],
        visitor: &mut Visitor,
    ) -> Result<Option<Vec<Decided>>, ApiError> {
        for one in received.iter_mut().filter(|one| one.is_open()) {
            one.delivery = one.logged.as_ref().and_then(|logged| self.delivery(one, logged, visitor));
        }
        let last = device_event(received, visitor);
        let mut decisions = None;
        loop {
            let calls = self.calls(received, last.filter(|_| visitor.is_bound()))?;
            if calls.is_empty() {
                break;
            }
            let asked = calls.into_iter().map(|call| self.make(call));
            let heard: Vec<Heard> = stream::iter(asked.collect::<Vec<_>>())
                .buffer_unordered(limits::CONCURRENT_OBJECTS)
                .collect()
                .await;
            for heard in heard {
                let Heard::Profile { profile, indexes, answer } = heard else {
                    told(received, heard);
                    continue;
                };
                taken(received, &profile, &indexes, &answer);
                let found = last.filter(|last| indexes.contains(last)).and_then(|last| received.get(last));
                if found.is_some_and(|one| !one.is_open()) {
                    visitor.found_at(&answer.owner);
                    decisions = answer.decisions;
                }
            }
        }
        self.leave_to_inbox(received).await;
        match self.wanted {
            Some(wanted) if decisions.is_none() => Ok(Some(self.decide_alone(visitor, wanted).await)),
            _ => Ok(decisions),
        }
    }

    /// Events whose owner can't be reached, or found, are kept by an object of their own. What can't be kept either stays
    /// open, and so does what finds too many others there: a flood is not stored all over the house.
    async fn leave_to_inbox(&self, received: &mut [Received]) {
        let unowned = |one: &&mut Received| {
            one.is_open()
                && !one.is_for_later
                && one.logged.is_some()
                && matches!(one.delivery.as_ref().map(Delivery::next), Some(Next::GiveUp))
        };
        let mut left: Vec<&mut Received> = received.iter_mut().filter(unowned).collect();
        let items: Vec<Item> = left.iter().filter_map(|one| item(one, None, None)).collect();
        if items.is_empty() {
            return;
        }
        match self.keep(items).await {
            Ok(taken) => {
                for (one, taken) in left.iter_mut().zip(taken) {
                    one.outcome = match taken {
                        Taken::Accepted => Some(Outcome::Accepted),
                        Taken::Denied => Some(Outcome::Rejected(Reason::ConsentDenied)),
                        _ => None,
                    };
                }
            }
            Err(error) => worker::console_error!("inbox: {error}"),
        }
    }

    async fn keep(&self, items: Vec<Item>) -> Result<Vec<Taken>, ApiError> {
        let profile = platform::new_profile_id()?;
        let keep = Keep { profile: profile.clone(), config: self.config.version(), items };
        match ask(self.env, &profile, &Ask::Keep(keep)).await? {
            Answer::Kept { items } => Ok(items),
            _ => Err(ApiError::internal("the profile answered another question")),
        }
    }

    fn delivery(&self, one: &Received, logged: &Logged, visitor: &Visitor) -> Option<Delivery> {
        let delivery = home::delivery(
            logged,
            &one.not_identifiers,
            self.expected(logged, visitor),
            self.config.identity(),
        )?;
        let of_device = visitor.bound_id().is_some() && logged.event.anonymous_id() == visitor.bound_id();
        Some(match visitor.nobodys_profile().filter(|_| of_device) {
            Some(profile) => delivery.with_hint(profile.clone()),
            None => delivery,
        })
    }

    /// Where an event is expected: at the profile of the device's cookie, or where this isolate saw its identifier last.
    ///
    /// Not for a login: a user id that the cookie does not know yet may be somebody's already, and then the event is theirs;
    /// the device's own profile could be refused as one device too many.
    fn expected(&self, logged: &Logged, visitor: &Visitor) -> Option<(ProfileId, Option<Grant>)> {
        let strongest = strongest(logged)?;
        let of_device = visitor.bound_id().is_some() && logged.event.anonymous_id() == visitor.bound_id();
        let login = strongest.namespace.as_str() != Namespace::ANONYMOUS_ID
            && !visitor.is_known_as(&strongest, self.config.identity());
        if of_device && !login {
            return visitor.profile().map(|profile| (profile.clone(), visitor.granted().cloned()));
        }
        OWNERS.with_borrow_mut(|owners| owners.get(&strongest).cloned()).map(|profile| (profile, None))
    }

    /// What every open event asks next. `last` is the event with which the device asks for decisions.
    fn calls(&self, received: &[Received], last: Option<usize>) -> Result<Vec<Call>, ApiError> {
        let mut entries: BTreeMap<Next, (Order, Vec<usize>)> = BTreeMap::new();
        let mut profiles: BTreeMap<&ProfileId, Vec<usize>> = BTreeMap::new();
        for (index, one) in received.iter().enumerate().filter(|(_, one)| one.is_open()) {
            let (Some(delivery), Some(logged)) = (&one.delivery, &one.logged) else { continue };
            match delivery.next() {
                next @ (Next::LookUp(_) | Next::AskWhoShows(..) | Next::Claim(..)) => {
                    let order = (logged.event.timestamp, logged.event.message_id.clone());
                    let (first, indexes) =
                        entries.entry(next.clone()).or_insert_with(|| (order.clone(), Vec::new()));
                    indexes.push(index);
                    *first = order.min(first.clone());
                }
                Next::Deliver(profile, _) => profiles.entry(profile).or_default().push(index),
                Next::GiveUp | Next::Done(_) => {}
            }
        }
        let mut calls = Vec::new();
        for (next, (order, indexes)) in entries {
            match next {
                Next::LookUp(id) => calls.push(Call::Entry { id, ask: EntryAsk::Lookup, order, indexes }),
                Next::AskWhoShows(id, since) => {
                    calls.push(Call::Entry { id, ask: EntryAsk::Shown { since, by: None }, order, indexes });
                }
                Next::Claim(id, profile) => {
                    let candidate = profile.map_or_else(platform::new_profile_id, Ok)?;
                    let ask =
                        EntryAsk::Claim { candidate, order: order.clone(), link: false, only_ask: false };
                    calls.push(Call::Entry { id, ask, order, indexes });
                }
                Next::Deliver(..) | Next::GiveUp | Next::Done(_) => {}
            }
        }
        for (profile, indexes) in profiles {
            let items: Vec<Item> =
                indexes.iter().filter_map(|index| received.get(*index).and_then(delivered)).collect();
            let named = items.iter().map(|item| item.logged.event.message_id.clone());
            let refusals_of = if self.with_results { named.collect() } else { Vec::new() };
            let decide = self.wanted.filter(|_| last.is_some_and(|last| indexes.contains(&last))).cloned();
            let (profile, config) = (profile.clone(), self.config.version());
            calls.push(Call::Profile {
                append: Append { profile, config, items, decide, refusals_of },
                indexes,
            });
        }
        Ok(calls)
    }

    async fn make(&self, call: Call) -> Heard {
        match call {
            Call::Entry { id, ask, order, indexes } => {
                match identifier::ask_in_line(self.env, &self.secrets.names, &id, &ask).await {
                    Ok(answer) => Heard::Entry { id, order, indexes, answer },
                    Err(error) => Heard::Nothing { indexes, error },
                }
            }
            Call::Profile { append, indexes } => {
                let profile = append.profile.clone();
                match profile::append(self.env, append).await {
                    Ok(answer) => Heard::Profile { profile, indexes, answer },
                    Err(error) => Heard::Nothing { indexes, error },
                }
            }
        }
    }

    /// Decisions that came with no event of the device. Who can't be reached has the defaults.
    async fn decide_alone(&self, visitor: &mut Visitor, wanted: &Decide) -> Vec<Decided> {
        let Some(profile) = visitor.profile().cloned() else {
            return self.defaults(wanted, "unbound_device").await;
        };
        match self.decided_by(profile, visitor, wanted).await {
            Ok(decisions) => decisions,
            Err(error) => {
                worker::console_error!("decisions: {error}");
                self.defaults(wanted, "unavailable").await
            }
        }
    }

    async fn defaults(&self, wanted: &Decide, reason: &str) -> Vec<Decided> {
        let is_preview = wanted.preview.is_some();
        if !is_preview {
            caps::prepare(self.env, self.config, &wanted.placements, None).await;
        }
        let request = Request {
            placements: wanted.placements.clone(),
            now: platform::now(),
            // It names the decision; nothing is left to chance where nobody is known.
            seed: platform::new_seed().unwrap_or_default(),
            event: Value::Null,
            context: wanted.for_templates.clone(),
        };
        let rooms: &dyn Rooms = if is_preview { &() } else { &caps::Here };
        let decided = defaults(&Nobody { rooms, request: &request }, self.deciding, &request, reason);
        if !is_preview {
            caps::spend(&decided);
        }
        decided
    }

    async fn decided_by(
        &self,
        profile: ProfileId,
        visitor: &mut Visitor,
        wanted: &Decide,
    ) -> Result<Vec<Decided>, ApiError> {
        let wanted = Decide { asked_by: visitor.identifiers(self.config.identity()), ..wanted.clone() };
        let Appended { owner, decisions, .. } = decided_by(profile, wanted, self.env, self.config).await?;
        visitor.found_at(&owner);
        Ok(decisions.unwrap_or_default())
    }
}

/// The last event that the visitor's device sent: its owner is who the visitor is now.
fn device_event(received: &[Received], visitor: &Visitor) -> Option<usize> {
    let bound = visitor.bound_id()?;
    let of_device =
        |one: &Received| one.logged.as_ref().is_some_and(|logged| logged.event.anonymous_id() == Some(bound));
    received.iter().rposition(of_device)
}

/// The strongest identifier that says whose an event is.
fn strongest(logged: &Logged) -> Option<Identifier> {
    match Fact::of(logged)?.says {
        Says::Seen { ids, .. } => ids.into_iter().next(),
        Says::Together { .. } | Says::Apart(_) => None,
    }
}

/// What is handed to a profile.
fn delivered(one: &Received) -> Option<Item> {
    let delivery = one.delivery.as_ref()?;
    let Next::Deliver(_, granted) = delivery.next() else { return None };
    item(one, granted.clone(), delivery.apart_since.clone())
}

fn item(one: &Received, granted: Option<Grant>, apart_since: Option<Order>) -> Option<Item> {
    Some(Item {
        logged: one.logged.clone()?,
        granted,
        consent: one.consent,
        apart_since,
        not_identifiers: one.not_identifiers.clone(),
        replayed: one.replayed,
    })
}

/// Passes on what an entry has said, or that nobody has answered.
fn told(received: &mut [Received], heard: Heard) {
    match heard {
        Heard::Entry { id, order, indexes, answer } => {
            for index in indexes {
                let Some(one) = received.get_mut(index) else { continue };
                if !is_somebody_new(one, &order, &answer)
                    && let Some(delivery) = one.delivery.as_mut()
                {
                    delivery.entry_said(&id, &answer);
                    settle(one);
                }
            }
        }
        Heard::Nothing { indexes, error } => {
            if !error.is_for_later() {
                worker::console_error!("owner: {error}");
            }
            for index in indexes {
                let Some(one) = received.get_mut(index) else { continue };
                one.is_for_later = error.is_for_later();
                if let Some(delivery) = one.delivery.as_mut() {
                    delivery.failed();
                }
            }
        }
        Heard::Profile { .. } => {}
    }
}

/// An identifier was claimed with the earliest of several events, and is erased since after that: a later event may be
/// of somebody new, and asks for itself.
fn is_somebody_new(one: &Received, asked_with: &Order, answer: &EntryAnswer) -> bool {
    let claimed = one.delivery.as_ref().is_some_and(|delivery| matches!(delivery.next(), Next::Claim(..)));
    let happened = one.logged.as_ref().map(|logged| logged.event.timestamp);
    let nobodys = answer.owner.profile().is_none();
    claimed
        && nobodys
        && answer.is_erased(asked_with.0)
        && happened.is_some_and(|time| !answer.is_erased(time))
}

/// Passes on what a profile made of its events.
fn taken(received: &mut [Received], profile: &ProfileId, indexes: &[usize], answer: &Appended) {
    for (index, taken) in indexes.iter().zip(&answer.items) {
        let Some(one) = received.get_mut(*index) else { continue };
        let Some(delivery) = one.delivery.as_mut() else { continue };
        delivery.profile_said(profile, taken);
        settle(one);
        if one.is_open() {
            continue;
        }
        let of_this = |note: &&Note| Some(&note.order.1) == one.message_id.as_ref();
        one.refused = answer.refused.iter().filter(of_this).cloned().collect();
        if let Some(strongest) = one.logged.as_ref().and_then(strongest) {
            OWNERS.with_borrow_mut(|owners| owners.put(strongest, answer.owner.clone()));
        }
    }
}

/// Writes the outcome down, if there is one.
fn settle(one: &mut Received) {
    let Some(Next::Done(delivered)) = one.delivery.as_ref().map(Delivery::next) else { return };
    one.outcome = Some(match delivered {
        Delivered::Accepted => Outcome::Accepted,
        Delivered::Duplicate => Outcome::Duplicate,
        Delivered::Conflict => {
            usage::count(|usage| usage.conflicts += 1);
            one.warning = Some("conflict: another event has this messageId; the first one counts".into());
            Outcome::Duplicate
        }
        Delivered::PastRetention => Outcome::Rejected(Reason::PastRetention),
        Delivered::Erased => Outcome::Rejected(Reason::Erased),
        Delivered::Denied => Outcome::Rejected(Reason::ConsentDenied),
    });
}
