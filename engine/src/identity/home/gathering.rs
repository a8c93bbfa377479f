//! Everything that is connected with some profiles: what a re-resolution looks at, and what a dry run must look at to say
//! the same.

use crate::ordered::{gather, sort_by_key};
use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use super::super::entry::Answer;
use super::super::fact::{Fact, Order, Says};
use super::super::resolve::{Resolution, resolve_after};
use super::super::{Identifier, IdentifierKind, IdentityRules};
use super::bounds::{Beyond, Bounds};
use super::message::Description;
use super::rearrange::all_facts;
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::time::UnixMillis;

/// What has been gathered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gathering {
    /// Its number: what was asked for in an earlier one is not taken in this one.
    pub number: u64,
    /// Profiles asked; without a description they have not answered.
    pub profiles: BTreeMap<ProfileId, Option<Description>>,
    /// Identifiers asked about, and what their entries have answered.
    pub ids: BTreeMap<Identifier, Option<Asked>>,
    /// How much of it there may be.
    pub bounds: Bounds,
    /// It is too much to be resolved: the coordinator's events, of which others may have some, too.
    pub doubles: Option<BTreeSet<MessageId>>,
}

/// What an entry has said when asked who has shown its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The person it named was erased: what was before this time names nobody.
    pub erased: Option<UnixMillis>,
    /// It joins nobody who does not hold it already.
    pub quarantined: bool,
    /// See [`Entry::shared`](super::super::entry::Entry::shared).
    pub shared: Option<UnixMillis>,
}

impl Gathering {
    /// Nothing yet.
    pub fn within(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Too much is connected: only those are heard whom the coordinator's own identifiers lead to, and only for the events
    /// that both have. Returns the identifiers that are to be asked beside those that were.
    pub fn look_for_doubles(&mut self, own: &Description, rules: &IdentityRules) -> Vec<Identifier> {
        let near = neighbours(own, rules);
        self.ids.retain(|id, _| near.contains(id));
        let mut ask = Vec::new();
        for id in near.into_iter().take(limits::RESOLVE_IDENTIFIERS) {
            if let Slot::Vacant(new) = self.ids.entry(id) {
                ask.push(new.key().clone());
                new.insert(None);
            }
        }
        let events: BTreeSet<MessageId> = gather(own.facts.iter().map(|fact| fact.order.1.clone()));
        for one in self.profiles.values_mut().flatten() {
            one.facts.retain(|fact| events.contains(&fact.order.1));
        }
        self.doubles = Some(events);
        ask
    }

    /// A profile has described itself. Returns the identifiers whose entries are to be asked.
    pub fn described(
        &mut self,
        from: &ProfileId,
        description: &Description,
        rules: &IdentityRules,
    ) -> Vec<Identifier> {
        let mut ask = Vec::new();
        if let Some(events) = &self.doubles {
            let mut same = description.clone();
            same.facts.retain(|fact| events.contains(&fact.order.1));
            self.profiles.insert(from.clone(), Some(same));
            return ask;
        }
        for id in neighbours(description, rules) {
            if self.ids.len() > self.bounds.identifiers {
                break;
            }
            if let Slot::Vacant(new) = self.ids.entry(id) {
                ask.push(new.key().clone());
                new.insert(None);
            }
        }
        self.profiles.insert(from.clone(), Some(description.clone()));
        ask
    }

    /// An entry has said who has shown its identifier. Returns the profiles that are to describe themselves; none if that
    /// was not asked, or is known.
    pub fn heard(&mut self, id: &Identifier, answer: &Answer) -> Option<Vec<ProfileId>> {
        let waiting = self.ids.get_mut(id).filter(|asked| asked.is_none())?;
        *waiting = Some(Asked {
            erased: answer.erased_at(),
            quarantined: answer.quarantined,
            shared: answer.shared,
        });
        // Those who have shown a name under quarantine are not joined by it, and may be any number.
        let claimants = answer.claimants.iter().filter(|_| !answer.quarantined);
        let named = answer.owner.profile().into_iter().chain(claimants);
        Some(named.filter(|profile| self.is_new(profile)).cloned().collect())
    }

    /// One that was asked has moved. Whether the other one is to describe itself; none if nobody had asked.
    pub fn moved(&mut self, from: &ProfileId, to: &ProfileId) -> Option<bool> {
        self.profiles.get(from).filter(|answer| answer.is_none())?;
        self.profiles.remove(from);
        Some(self.is_new(to))
    }

    /// Asks a profile once.
    fn is_new(&mut self, profile: &ProfileId) -> bool {
        if self.doubles.is_some() && self.profiles.len() >= limits::DOUBLES_PROFILES {
            return false;
        }
        let slot = self.profiles.entry(profile.clone());
        let new = matches!(slot, Slot::Vacant(_));
        slot.or_insert(None);
        new
    }

    /// The bound that this is beyond.
    pub fn beyond(&self) -> Option<Beyond> {
        if self.doubles.is_some() {
            return None;
        }
        let described = || self.profiles.values().flatten();
        let events: usize = described().map(|one| one.facts.len()).sum();
        let bytes: usize = described().map(|one| one.bytes).sum();
        if self.profiles.len() > self.bounds.profiles {
            Some(Beyond::Profiles)
        } else if self.ids.len() > self.bounds.identifiers {
            Some(Beyond::Identifiers)
        } else if events > self.bounds.events
            || described().any(|one| one.too_big)
            || bytes > limits::RESOLVE_BYTES
        {
            Some(Beyond::Events)
        } else {
            None
        }
    }

    /// Whether all have answered.
    pub fn is_complete(&self) -> bool {
        self.profiles.values().all(Option::is_some) && self.ids.values().all(Option::is_some)
    }

    /// Devices of several people, one of whom was erased, and since when they are.
    pub fn shared(&self) -> BTreeMap<Identifier, Order> {
        let since = |(id, asked): (&Identifier, &Option<Asked>)| {
            Some((id.clone(), (asked.as_ref()?.shared?, MessageId::default())))
        };
        gather(self.ids.iter().filter_map(since))
    }

    /// What the facts come to. What a device did alone may be filed under a name of its own whose person was erased since: it
    /// goes with them, and is left out of what is `described`. Returns which events these are, too.
    pub fn resolve(
        &self,
        described: &mut [Description],
        word: Option<&Fact>,
        rules: &IdentityRules,
    ) -> (Resolution, BTreeSet<MessageId>) {
        let shared = self.shared();
        let erased = |name: &Identifier| self.ids.get(name).copied().flatten().and_then(|asked| asked.erased);
        let mut gone = BTreeSet::new();
        loop {
            let mut facts = all_facts(described);
            facts.extend(word.cloned());
            let mut resolution = resolve_after(&facts, &shared, rules);
            let theirs = resolution.apart.iter().filter(|(order, name)| erased(name) >= Some(order.0));
            let theirs: BTreeSet<MessageId> = gather(theirs.map(|(order, _)| order.1.clone()));
            if theirs.is_empty() {
                // Nor does anybody come by such a name by what was before.
                for person in &mut resolution.people {
                    person.ids.retain(|id, held| erased(id) < Some(held.first_seen));
                }
                return (resolution, gone);
            }
            described.iter_mut().for_each(|one| one.facts.retain(|fact| !theirs.contains(&fact.order.1)));
            gone.extend(theirs);
        }
    }

    /// What the profiles know.
    pub fn descriptions(&self) -> Vec<Description> {
        self.profiles.values().flatten().cloned().collect()
    }
}

impl Description {
    /// Reads the facts by these rules, where they were read by others when they came: without what is no identifier any
    /// more, and in the order of the priorities of now.
    pub fn read_by(&mut self, rules: &IdentityRules) {
        self.facts.retain_mut(|fact| {
            fact.says.retain(|id| rules.knows(id));
            let Says::Seen { ids, .. } = &mut fact.says else { return true };
            sort_by_key(ids, |id| rules.priority(&id.namespace));
            // As in `leave_out`.
            !ids.is_empty()
        });
    }

    /// Takes out of the facts what links nobody: names of those who were erased, and what is under quarantine where it
    /// is not held. An event whose strongest name is under quarantine is whose that is, and links nobody else to them.
    pub fn leave_out(&mut self, asked: &BTreeMap<Identifier, Option<Asked>>, rules: &IdentityRules) {
        let erased = |id: &Identifier, at| {
            asked.get(id).copied().flatten().and_then(|asked| asked.erased).is_some_and(|erased| at <= erased)
        };
        self.facts.retain_mut(|fact| {
            let Says::Seen { ids, previous } = &mut fact.says else { return true };
            let at = fact.order.0;
            let joins_nobody = |id: &Identifier| {
                asked.get(id).copied().flatten().is_some_and(|asked| asked.quarantined)
                    && !self.held.contains_key(id)
            };
            let links = |id: &Identifier| !erased(id, at) && !joins_nobody(id);
            if ids.first().is_some_and(|strongest| !erased(strongest, at) && joins_nobody(strongest)) {
                ids.truncate(1);
                *previous = None;
                return true;
            }
            fact.says.retain(links);
            let Says::Seen { ids, .. } = &fact.says else { return true };
            // What a device did before a login, or after a second one, may be about somebody else than who has it now.
            let apart = |id: &Identifier| erased(&id.before_login(), at) || erased(&id.shared_device(), at);
            let device = |id: &Identifier| rules.kind(&id.namespace) == IdentifierKind::Device;
            if ids.iter().all(device)
                && ids.first().is_some_and(|id| !self.held.contains_key(id) && apart(id))
            {
                return false;
            }
            // An event that names nobody any more stays where it is.
            !ids.is_empty()
        });
    }
}

/// The names of those whom an admin has joined, unless a later word parts them.
fn joined_by_hand(decrees: &[Fact]) -> BTreeSet<Identifier> {
    let mut names = BTreeSet::new();
    for word in decrees {
        let Says::Together { current, retired } = &word.says else { continue };
        let parts = |later: &Fact| match &later.says {
            Says::Apart(edge) => {
                later.order > word.order && edge.is_crossed(|id| id == current || id == retired)
            }
            Says::Seen { .. } | Says::Together { .. } => false,
        };
        if !decrees.iter().any(parts) {
            names.extend([current.clone(), retired.clone()]);
        }
    }
    names
}

/// Identifiers through which a profile may be connected with others.
fn neighbours(one: &Description, rules: &IdentityRules) -> BTreeSet<Identifier> {
    let mut ids: BTreeSet<Identifier> = gather(one.held.keys().cloned());
    for fact in &one.facts {
        if let Says::Seen { ids: seen, previous } = &fact.says {
            ids.extend(seen.iter().cloned());
            ids.extend(previous.clone());
        }
    }
    ids.extend(joined_by_hand(&one.decrees));
    let mut more = Vec::new();
    for id in &ids {
        if id.namespace.is_reserved() {
            more.extend(Identifier::stored(&id.value));
        } else if rules.kind(&id.namespace) == IdentifierKind::Device {
            if one.held.get(id).is_none_or(|held| held.shared.is_some()) {
                more.push(id.shared_device());
            }
            if rules.isolate_pre_login {
                more.push(id.before_login());
            }
        }
    }
    ids.extend(more);
    ids
}
