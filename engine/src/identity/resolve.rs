//! Who is who: the partition of events and identifiers into people, as a function of all facts in canonical order.
//!
//! This is what the protocol between the objects must come to, whatever arrives when and whatever fails. It is used
//! where one place sees all facts: to re-resolve after a late event, to show what a changed rule would do, to take a
//! link back, and as the oracle of the simulator.
//!
//! For each fact in (timestamp, messageId) order: its identifiers are admitted from the strongest down. One that nobody
//! holds is linked; one that somebody else holds leads to a [`meet`]ing; one that breaks a rule is refused, and the next is
//! tried. The event belongs to whoever holds its strongest identifier.

use crate::ordered::{gather, sort, sort_by};
use std::collections::{BTreeMap, BTreeSet};

use super::fact::{Edge, Fact, Order, Says};
use super::meet::{
    Admit, Held, HeldIds, HeldState, Meeting, admit, crossed, goes_round, is_about_login, is_anonymous,
    isolated, meet,
};
use super::{Identifier, IdentifierKind, IdentityRules, Refusal, Violation};
use crate::ids::MessageId;

/// A link that the rules forbade.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefusedLink {
    /// Which identifier was not linked.
    pub id: Identifier,
    /// By which event.
    pub order: Order,
    /// Why, the strongest rule first.
    pub violations: Vec<Violation>,
}

/// Two profiles that became one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// By which event.
    pub order: Order,
    /// What the older one held.
    pub before: Vec<Identifier>,
    /// What came with the younger one.
    pub came: Vec<Identifier>,
}

/// One person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Its first fact.
    pub since: Option<Order>,
    /// What it is known by.
    pub ids: HeldIds,
    /// The addresses that it had released and that somebody else has taken since, and with which event.
    pub given_up: BTreeMap<Identifier, Order>,
    /// Its events.
    pub events: Vec<MessageId>,
    /// The merges that made it.
    pub joined: Vec<Joined>,
    /// The links that were refused on its events.
    pub refused: Vec<RefusedLink>,
}

/// What all facts together come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The people, by their first fact.
    pub people: Vec<Person>,
    /// What a device did alone and is filed under a name of its own: before a login, or after a second one.
    pub apart: BTreeMap<Order, Identifier>,
}

/// Resolves facts, given in any order. A message that was delivered more than once, at different times by a client's
/// clock, counts as what happened first.
pub fn resolve(facts: &[Fact], rules: &IdentityRules) -> Resolution {
    resolve_after(facts, &BTreeMap::new(), rules)
}

/// The same, where it is known of some devices that two people had logged in on them, one of whom was erased.
pub fn resolve_after(
    facts: &[Fact],
    shared: &BTreeMap<Identifier, Order>,
    rules: &IdentityRules,
) -> Resolution {
    let mut sorted: Vec<&Fact> = facts.iter().collect();
    sort(&mut sorted);
    let mut seen = BTreeSet::new();
    sorted.retain(|fact| seen.insert(&fact.order.1));
    let stated = stated(&sorted);
    let mut resolver = Resolver {
        rules,
        edges: stated.iter().map(|(_, edge)| edge.clone()).collect(),
        stated,
        people: Vec::new(),
        owners: BTreeMap::new(),
        shared: shared.clone(),
        of_device: BTreeMap::new(),
        shown: if sorted.iter().any(|fact| matches!(fact.says, Says::Seen { previous: Some(_), .. })) {
            gather(sorted.iter().flat_map(|fact| fact.shown()))
        } else {
            BTreeSet::new()
        },
    };
    for fact in sorted {
        resolver.take(fact);
    }
    resolver.finish()
}

/// The edges in force: those that no later merge by hand took back.
pub fn edges(facts: &[Fact]) -> Vec<Edge> {
    let mut sorted: Vec<&Fact> = facts.iter().collect();
    sort(&mut sorted);
    stated(&sorted).into_iter().map(|(_, edge)| edge).collect()
}

/// See [`edges`], with the time of each.
pub(super) fn stated(sorted: &[&Fact]) -> Vec<(Order, Edge)> {
    let mut edges: Vec<(Order, Edge)> = Vec::new();
    for fact in sorted {
        match &fact.says {
            Says::Apart(edge) => edges.push((fact.order.clone(), edge.clone())),
            Says::Together { current, retired } => {
                edges.retain(|(_, edge)| !edge.is_crossed(|id| id == current || id == retired));
            }
            Says::Seen { .. } => {}
        }
    }
    edges
}

struct Resolver<'a> {
    rules: &'a IdentityRules,
    /// The edges, and when each was stated.
    stated: Vec<(Order, Edge)>,
    /// Those that hold at this point.
    edges: Vec<Edge>,
    /// Everybody ever made; one who moved in elsewhere is empty.
    people: Vec<Person>,
    owners: BTreeMap<Identifier, usize>,
    shared: BTreeMap<Identifier, Order>,
    /// By what a device did alone: the name that it is filed under.
    of_device: BTreeMap<Order, Identifier>,
    /// What any fact shows; only an alias asks.
    shown: BTreeSet<&'a Identifier>,
}

impl Resolver<'_> {
    fn take(&mut self, fact: &Fact) {
        match &fact.says {
            Says::Seen { ids, previous } => self.seen(&fact.order, ids, previous.as_ref()),
            Says::Together { current, retired } => self.together(&fact.order, current, retired),
            Says::Apart(_) => {}
        }
    }

    fn seen(&mut self, order: &Order, ids: &[Identifier], previous: Option<&Identifier>) {
        let shared = |id: &Identifier| self.shared.get(id).cloned();
        let filed = isolated(ids, order, shared, self.rules).map(|(id, _)| vec![id]);
        let mut refused = Vec::new();
        if let (Some(_), Some((device, others))) = (&filed, ids.split_first()) {
            refused.extend(others.iter().map(|id| on_shared_device(id, device, order)));
        }
        let ids = filed.as_deref().unwrap_or(ids);
        let device = |id: &&Identifier| self.rules.kind(&id.namespace) == IdentifierKind::Device;
        let may_be_apart = filed.is_some() || self.rules.isolate_pre_login;
        if let Some(strongest) = ids.first().filter(device).filter(|_| may_be_apart) {
            self.of_device.insert(order.clone(), strongest.clone());
        }
        let new = self.people.len();
        self.people.push(Person { since: Some(order.clone()), ..Person::default() });
        let mut here = new;
        for (index, id) in ids.iter().enumerate() {
            if Says::may_be_device(id, previous) && !self.shown.contains(id) {
                continue;
            }
            let shown = self.show(here, id, order).map_err(|violations| (id, violations));
            // The older name first: a device that it used must not look like one of two people.
            let renamed = match (shown, previous.filter(|_| index == 0)) {
                (Ok(owner), Some(previous)) => {
                    here = owner;
                    let new = here == new;
                    self.rename(here, new, id, previous, order).map_err(|broken| (previous, broken))
                }
                (shown, _) => shown,
            };
            match renamed {
                Ok(owner) => here = owner,
                Err((id, violations)) => {
                    refused.push(RefusedLink { id: id.clone(), order: order.clone(), violations });
                }
            }
        }
        if let Some(person) = self.people.get_mut(here) {
            person.events.push(order.1.clone());
            person.refused.extend(refused);
        }
    }

    /// `here` shows an identifier; the person who holds it then, or the rules that forbid it.
    fn show(&mut self, here: usize, id: &Identifier, order: &Order) -> Result<usize, Vec<Violation>> {
        let Some(owner) = self.owners.get(id).copied() else {
            return match admit(self.ids(here), id, order.0, self.rules, &self.edges) {
                Admit::Hold => {
                    self.hold(here, id, order, HeldState::Active);
                    Ok(here)
                }
                Admit::Replace(old) => {
                    self.release(here, &old);
                    self.hold(here, id, order, HeldState::Active);
                    Ok(here)
                }
                Admit::Refuse(violations) => Err(violations),
            };
        };
        if owner == here {
            self.renew(here, id, order);
            return Ok(here);
        }
        match meet(self.ids(here), self.ids(owner), id, self.rules, &self.edges) {
            Meeting::Join => Ok(self.join(here, owner, order)),
            Meeting::Take => {
                // It stays where it is if there is no room for it: it must not end up with nobody.
                if let Admit::Refuse(violations) = admit(self.ids(here), id, order.0, self.rules, &self.edges)
                {
                    return Err(violations);
                }
                self.hand_over(owner, id, order);
                self.show(here, id, order)
            }
            Meeting::Refuse { violations } => {
                if self.rules.kind(&id.namespace) == IdentifierKind::Device
                    && is_about_login(&violations, self.rules)
                {
                    self.share(owner, id, order);
                }
                Err(violations)
            }
        }
    }

    /// A second person has logged in on this device of `owner`'s.
    fn share(&mut self, owner: usize, device: &Identifier, order: &Order) {
        let since = self.shared.entry(device.clone()).or_insert_with(|| order.clone());
        if let Some(held) = self.people.get_mut(owner).and_then(|person| person.ids.get_mut(device)) {
            held.shared = Some(since.clone());
        }
    }

    /// A released address that its own person shows again is theirs again, in place of the newer one.
    fn renew(&mut self, here: usize, id: &Identifier, order: &Order) {
        if self.ids(here).get(id).is_some_and(|held| held.state == HeldState::Released) {
            self.forget(here, id);
            // It was theirs before, so it can only be held or replace.
            let _ = self.show(here, id, order);
        }
    }

    fn ids(&self, person: usize) -> &HeldIds {
        static NOBODY: HeldIds = BTreeMap::new();
        self.people.get(person).map_or(&NOBODY, |person| &person.ids)
    }

    fn hold(&mut self, person: usize, id: &Identifier, order: &Order, state: HeldState) {
        let shared = self.shared.get(id).cloned();
        let held = Held { first_seen: order.0, by: order.1.clone(), state, shared, epoch: 0, erased: None };
        if let Some(person) = self.people.get_mut(person) {
            person.given_up.remove(id);
            person.ids.insert(id.clone(), held);
        }
        self.owners.insert(id.clone(), person);
    }

    fn release(&mut self, person: usize, ids: &[Identifier]) {
        let Some(person) = self.people.get_mut(person) else { return };
        for id in ids {
            if let Some(held) = person.ids.get_mut(id) {
                held.state = HeldState::Released;
            }
        }
    }

    fn forget(&mut self, person: usize, id: &Identifier) {
        if let Some(person) = self.people.get_mut(person) {
            person.ids.remove(id);
        }
        self.owners.remove(id);
    }

    /// The identifier leaves `owner`. A device that nobody had logged in on leaves its name behind, so that what it did
    /// can still be found; an address stays on record.
    fn hand_over(&mut self, owner: usize, id: &Identifier, order: &Order) {
        let device = self.rules.kind(&id.namespace) == IdentifierKind::Device;
        let alone = device && is_anonymous(self.ids(owner), self.rules);
        let released = self.ids(owner).get(id).is_some_and(|held| held.state == HeldState::Released);
        self.forget(owner, id);
        if let Some(person) = self.people.get_mut(owner).filter(|_| released) {
            person.given_up.insert(id.clone(), order.clone());
        }
        if alone && let Some(person) = self.people.get(owner) {
            let here: BTreeSet<&MessageId> = gather(person.events.iter());
            let its =
                self.of_device.iter_mut().filter(|(order, name)| *name == id && here.contains(&order.1));
            let mut since = None;
            for (order, name) in its {
                since = since.or_else(|| Some(order.clone()));
                *name = id.before_login();
            }
            if let Some(since) = since.or_else(|| person.since.clone()) {
                self.hold(owner, &id.before_login(), &since, HeldState::Active);
            }
        }
    }

    /// Makes two people one; the older stays.
    fn join(&mut self, one: usize, other: usize, order: &Order) -> usize {
        let since = |index: usize| self.people.get(index).and_then(|person| person.since.clone());
        let (older, younger) = if since(one) <= since(other) { (one, other) } else { (other, one) };
        let moving = self.people.get_mut(younger).map(std::mem::take).unwrap_or_default();
        for id in moving.ids.keys() {
            self.owners.insert(id.clone(), older);
        }
        let Some(person) = self.people.get_mut(older) else { return older };
        if !moving.events.is_empty() || !moving.joined.is_empty() {
            person.joined.push(Joined {
                order: order.clone(),
                before: person.ids.keys().cloned().collect(),
                came: moving.ids.keys().cloned().collect(),
            });
        }
        person.given_up.extend(moving.given_up);
        person.given_up.retain(|id, _| !moving.ids.contains_key(id) && !person.ids.contains_key(id));
        person.ids.extend(moving.ids);
        person.events.extend(moving.events);
        person.joined.extend(moving.joined);
        person.refused.extend(moving.refused);
        older
    }

    /// `previous` is an older name than `name` of `here`, who has just been heard of if it is `new`.
    fn rename(
        &mut self,
        here: usize,
        new: bool,
        name: &Identifier,
        previous: &Identifier,
        order: &Order,
    ) -> Result<usize, Vec<Violation>> {
        let refused = || Violation { reason: Refusal::Alias, namespace: previous.namespace.clone() };
        let Some(owner) = self.owners.get(previous).copied() else {
            let holds = |id: &Identifier| self.ids(here).contains_key(id) || id == previous;
            let violations = crossed(&self.edges, holds, previous);
            if !violations.is_empty() {
                return Err(violations);
            }
            self.hold(here, previous, order, HeldState::Retired);
            return Ok(here);
        };
        if owner == here {
            return if goes_round(self.ids(here), name, previous) { Err(vec![refused()]) } else { Ok(here) };
        }
        if !new {
            return Err(vec![refused()]);
        }
        let mut renamed = self.ids(owner).clone();
        if let Some(held) = renamed.get_mut(previous) {
            held.state = HeldState::Retired;
        }
        match meet(self.ids(here), &renamed, previous, self.rules, &self.edges) {
            Meeting::Join => {}
            Meeting::Refuse { violations } => return Err(violations),
            Meeting::Take => return Err(vec![refused()]),
        }
        if let Some(person) = self.people.get_mut(owner) {
            person.ids = renamed;
        }
        Ok(self.join(here, owner, order))
    }

    fn together(&mut self, order: &Order, current: &Identifier, retired: &Identifier) {
        let (Some(one), Some(other)) = (self.owners.get(current).copied(), self.owners.get(retired).copied())
        else {
            return;
        };
        if one == other {
            return;
        }
        // The newest word of an admin counts: a later one that parts them takes this one back, an earlier one falls.
        let both = |id: &Identifier| self.ids(one).contains_key(id) || self.ids(other).contains_key(id);
        if self.stated.iter().any(|(at, edge)| at > order && edge.is_crossed(both)) {
            return;
        }
        let still: Vec<Edge> = self.edges.iter().filter(|edge| !edge.is_crossed(both)).cloned().collect();
        self.edges = still;
        let retire = retiring(self.ids(one), self.ids(other), self.rules);
        if let Some(person) = self.people.get_mut(other) {
            for id in &retire {
                if let Some(held) = person.ids.get_mut(id) {
                    held.state = HeldState::Retired;
                }
            }
        }
        self.join(one, other, order);
    }

    fn finish(self) -> Resolution {
        let Self { people, shared, of_device: mut apart, .. } = self;
        apart.retain(|_, name| name.namespace.is_reserved());
        let mut people: Vec<Person> = people.into_iter().filter(|person| !person.events.is_empty()).collect();
        let names: BTreeMap<Identifier, &Order> =
            gather(shared.iter().map(|(id, at)| (id.shared_device(), at)));
        for person in &mut people {
            sort(&mut person.events);
            for (id, held) in &mut person.ids {
                held.shared = shared.get(id).or_else(|| names.get(id).copied()).cloned();
            }
        }
        sort_by(&mut people, |a, b| a.since.cmp(&b.since));
        Resolution { people, apart }
    }
}

/// Another device on an event that is filed under a shared one.
pub(super) fn on_shared_device(id: &Identifier, device: &Identifier, order: &Order) -> RefusedLink {
    let shared = Violation { reason: Refusal::SharedDevice, namespace: device.namespace.clone() };
    RefusedLink { id: id.clone(), order: order.clone(), violations: vec![shared] }
}

/// Which of `other`'s identifiers become old names when an admin says that both are one person: all of a namespace in
/// which the two together break a rule.
pub fn retiring(one: &HeldIds, other: &HeldIds, rules: &IdentityRules) -> Vec<Identifier> {
    let both = super::meet::active(one).chain(super::meet::active(other));
    let Err(violations) = rules.check(both) else { return Vec::new() };
    let broken = |id: &&Identifier| violations.iter().any(|v| v.namespace == id.namespace);
    super::meet::active(other)
        .map(|(id, _)| id)
        .filter(|id| !one.contains_key(*id))
        .filter(broken)
        .cloned()
        .collect()
}
