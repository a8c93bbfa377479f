//! Re-resolution: when something arrives that is older than a decision which depended on order, everything connected
//! with it is gathered, resolved in canonical order, and rearranged where it differs.
//!
//! Any profile may coordinate. It gathers descriptions, makes a plan and sends it out; a profile that has changed since
//! ignores its part. The coordinator stays unsettled until a gathering shows that nothing is left to rearrange, so a
//! plan that was lost, cut off or overtaken is simply made again.

use crate::ordered::{gather, sort};
use std::collections::{BTreeMap, BTreeSet};

use super::super::entry::{Answer, Ask};
use super::super::fact::{Edge, Fact, Order, Says};
use super::super::meet::{Held, HeldIds, HeldState};
use super::super::resolve::{Person, RefusedLink, Resolution, edges};
use super::super::{Identifier, Violation};
use super::doubles;
use super::gathering::Gathering;
use super::message::{About, Body, Description, Fragment, Rearrange};
use super::refusals::newest;
use super::store::{Ledger, Note, NoteKind, Store};
use super::{How, Link, Place, Step, Stepped};
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::segment::Cause;

/// What every profile of a component is to do. Empty when all is as it should be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// By profile.
    pub parts: BTreeMap<ProfileId, Rearrange>,
}

/// Compares what is with what the facts come to.
pub fn plan(
    described: &[Description],
    resolution: &Resolution,
    new_id: &mut dyn FnMut() -> ProfileId,
) -> Plan {
    Planner::new(described, resolution).plan(new_id)
}

/// What these profiles know, each admin's word once.
pub(super) fn all_facts(described: &[Description]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = described.iter().flat_map(|one| &one.facts).cloned().collect();
    for decree in described.iter().flat_map(|one| &one.decrees) {
        if !facts.contains(decree) {
            facts.push(decree.clone());
        }
    }
    facts
}

/// Who lives where.
#[derive(Debug, Clone, PartialEq)]
pub struct Homes {
    /// By described profile: the person whose home it stays. What no fact speaks of stays with them.
    pub kept: Vec<Option<usize>>,
    /// By person: the profile; none for one that is not there yet.
    pub of_person: Vec<Option<ProfileId>>,
}

/// Where the people that some facts come to live.
pub fn homes(described: &[Description], resolution: &Resolution) -> Homes {
    Planner::new(described, resolution).homes()
}

struct Planner<'a> {
    described: &'a [Description],
    people: &'a [Person],
    /// Which person an event belongs to.
    of_event: BTreeMap<&'a MessageId, usize>,
    /// Which person holds an identifier.
    of_id: BTreeMap<&'a Identifier, usize>,
    /// The never-merge edges; a later word may have joined somebody across them.
    edges: Vec<Edge>,
}

impl<'a> Planner<'a> {
    fn new(described: &'a [Description], resolution: &'a Resolution) -> Self {
        let people = &resolution.people;
        let mut of_event = BTreeMap::new();
        let mut of_id = BTreeMap::new();
        for (index, person) in people.iter().enumerate() {
            of_event.extend(person.events.iter().map(|id| (id, index)));
            of_id.extend(person.ids.keys().map(|id| (id, index)));
        }
        let words: Vec<Fact> = described.iter().flat_map(|one| one.decrees.clone()).collect();
        Self { described, people, of_event, of_id, edges: edges(&words) }
    }

    /// The person whose home a profile stays: who has most of what it began with.
    fn kept_by(&self, one: &Description) -> Option<usize> {
        let came: BTreeSet<&Identifier> = gather(
            one.ledger
                .iter()
                .filter_map(|entry| if let Ledger::Merged { came, .. } = entry { Some(came) } else { None })
                .flatten(),
        );
        let mut people: BTreeSet<usize> =
            gather(one.facts.iter().filter_map(|fact| self.of_event.get(&fact.order.1).copied()));
        if people.is_empty() {
            people.extend(one.held.keys().filter_map(|id| self.of_id.get(id)));
        }
        let score = |person: &usize| {
            let own = |id: &&Identifier| self.of_id.get(*id) == Some(person);
            let first = one.held.keys().filter(own).filter(|id| !came.contains(*id)).count();
            let all = one.held.keys().filter(own).count();
            (first, all, std::cmp::Reverse(*person))
        };
        people.into_iter().max_by_key(score)
    }

    fn plan(&self, new_id: &mut dyn FnMut() -> ProfileId) -> Plan {
        let Homes { kept, of_person } = self.homes();
        let homes = of_person.into_iter().map(|home| home.unwrap_or_else(&mut *new_id)).enumerate().collect();
        let mut plan = Plan::default();
        for (one, kept) in self.described.iter().zip(&kept) {
            let part = match kept {
                Some(kept) => self.part(one, *kept, &homes),
                None => self.nothing_left(one),
            };
            if let Some(part) = part {
                plan.parts.insert(one.profile.clone(), part);
            }
        }
        plan
    }

    fn homes(&self) -> Homes {
        let kept: Vec<Option<usize>> = self.described.iter().map(|one| self.kept_by(one)).collect();
        let home = |index: usize| {
            let keepers = self.described.iter().zip(&kept).filter(|(_, kept)| **kept == Some(index));
            let oldest = keepers.map(|(one, _)| one).min_by_key(|one| (one.created_at, &one.profile));
            oldest.map(|one| one.profile.clone()).or_else(|| self.former_home(index))
        };
        let of_person = (0..self.people.len()).map(home).collect();
        Homes { kept, of_person }
    }

    /// A profile that moved in somewhere with what this person holds now.
    fn former_home(&self, person: usize) -> Option<ProfileId> {
        let all = |came: &[Identifier]| {
            !came.is_empty() && came.iter().all(|id| self.of_id.get(id) == Some(&person))
        };
        let lived = self.described.iter().flat_map(|one| &one.ledger).filter_map(|entry| match entry {
            Ledger::Merged { younger, came, created_at, .. } if all(came) => Some((created_at, younger)),
            _ => None,
        });
        let live: BTreeSet<&ProfileId> = gather(self.described.iter().map(|one| &one.profile));
        lived.filter(|(_, younger)| !live.contains(younger)).min().map(|(_, younger)| younger.clone())
    }

    /// Nobody lives there, and what it holds is nobody's.
    fn nothing_left(&self, one: &Description) -> Option<Rearrange> {
        (!one.held.is_empty()).then(|| Rearrange {
            revision: one.revision,
            keep: Vec::new(),
            gives: Vec::new(),
            frees: one.held.keys().cloned().collect(),
            join: None,
            links: Vec::new(),
            ids: HeldIds::new(),
            refused: Vec::new(),
            refusals_beyond: 0,
            contested: None,
            decrees: Vec::new(),
        })
    }

    fn part(&self, one: &Description, kept: usize, homes: &BTreeMap<usize, ProfileId>) -> Option<Rearrange> {
        let mut keep = Vec::new();
        let mut away: BTreeMap<usize, Fragment> = BTreeMap::new();
        let fragment = |person: usize| {
            let to = homes.get(&person).cloned().unwrap_or_else(|| one.profile.clone());
            Fragment { to, events: Vec::new(), ids: Vec::new(), refused: Vec::new(), links: Vec::new() }
        };
        for fact in &one.facts {
            match self.of_event.get(&fact.order.1).copied() {
                Some(person) if person != kept => {
                    away.entry(person).or_insert_with(|| fragment(person)).events.push(fact.order.1.clone());
                }
                _ => keep.push(fact.order.1.clone()),
            }
        }
        let mut ids = HeldIds::new();
        let mut frees = Vec::new();
        for (id, held) in &one.held {
            match self.of_id.get(id).copied() {
                None => frees.push(id.clone()),
                Some(person) => {
                    let should = self.people.get(person).and_then(|person| person.ids.get(id));
                    let should = should.map_or_else(
                        || held.clone(),
                        |should| {
                            let Held { epoch, erased, .. } = *held;
                            Held { epoch, erased, ..should.clone() }
                        },
                    );
                    ids.insert(id.clone(), should);
                    if person != kept {
                        away.entry(person).or_insert_with(|| fragment(person)).ids.push(id.clone());
                    }
                }
            }
        }
        let home = homes.get(&kept);
        let join =
            home.filter(|home| **home != one.profile).map(|home| (home.clone(), self.joined_by(kept, one)));
        let stays = |events: &[MessageId]| -> Vec<Note> {
            one.refused
                .iter()
                .filter(|note| is_final(note) && events.contains(&note.order.1))
                .cloned()
                .collect()
        };
        let mut refused = self.refused_on(kept, &keep);
        refused.extend(stays(&keep));
        let (refused, refusals_beyond) = newest(refused);
        for (person, fragment) in &mut away {
            fragment.refused = self.refused_on(*person, &fragment.events);
            fragment.refused.extend(stays(&fragment.events));
            fragment.refused = newest(std::mem::take(&mut fragment.refused)).0;
            // Where nobody keeps a person, whoever gives something to the new home says what it is to link.
            if !self.described.iter().any(|one| homes.get(person) == Some(&one.profile)) {
                fragment.links = self.missing_links(*person);
            }
        }
        let links = if home == Some(&one.profile) { self.missing_links(kept) } else { Vec::new() };
        let changed = one.held.iter().any(|(id, held)| ids.get(id).is_some_and(|should| should != held));
        // What was refused for another reason, when less was known, is recorded anew.
        let known: BTreeSet<&Note> = gather(one.refused.iter());
        let should: BTreeSet<&Note> = gather(refused.iter().chain(away.values().flat_map(|f| &f.refused)));
        if away.is_empty()
            && frees.is_empty()
            && join.is_none()
            && links.is_empty()
            && !changed
            && known == should
        {
            return None;
        }
        let contested =
            self.described.iter().filter_map(|one| one.facts.iter().map(|f| &f.order).max()).max();
        Some(Rearrange {
            revision: one.revision,
            keep,
            gives: away.into_values().collect(),
            frees,
            join,
            links,
            ids,
            refused,
            refusals_beyond,
            contested: contested.cloned(),
            decrees: self.described.iter().flat_map(|one| one.decrees.clone()).collect(),
        })
    }

    /// The event by which this profile became part of the person.
    fn joined_by(&self, person: usize, one: &Description) -> Order {
        let person = self.people.get(person);
        let joins = person.into_iter().flat_map(|person| &person.joined);
        let its = joins.filter(|joined| {
            let own = |id: &Identifier| one.held.contains_key(id);
            joined.came.iter().any(own) != joined.before.iter().any(own)
        });
        let newest = || one.facts.iter().map(|fact| fact.order.clone()).max();
        its.map(|joined| joined.order.clone()).min().or_else(newest).unwrap_or_default()
    }

    fn refused_on(&self, person: usize, events: &[MessageId]) -> Vec<Note> {
        let events: BTreeSet<&MessageId> = gather(events.iter());
        let Some(person) = self.people.get(person) else { return Vec::new() };
        let its = person.refused.iter().filter(|refused| events.contains(&refused.order.1));
        let mut notes: Vec<Note> = its.map(note_of).collect();
        sort(&mut notes);
        notes
    }

    /// Whether an edge would forbid the person to hold this, if no later word had joined them.
    fn is_across(&self, person: usize, id: &Identifier) -> bool {
        let Some(person) = self.people.get(person) else { return false };
        let names = |edge: &Edge| edge.left.contains(id) || edge.right.contains(id);
        let mut edges = self.edges.iter().filter(|edge| names(edge));
        edges.any(|edge| edge.is_crossed(|id| person.ids.contains_key(id)))
    }

    /// Identifiers of this person that nobody holds: its home is to link them.
    fn missing_links(&self, person: usize) -> Vec<Link> {
        let held = |id: &Identifier| self.described.iter().any(|one| one.held.contains_key(id));
        let ids = self.people.get(person).into_iter().flat_map(|person| &person.ids);
        let missing = ids.filter(|(id, _)| !held(id));
        missing
            .map(|(id, held)| {
                let how = match held.state {
                    HeldState::Active if !self.is_across(person, id) => How::Shown { id: id.clone() },
                    // Held whatever stands beside it; how it stands is set when all is looked at again.
                    HeldState::Active | HeldState::Retired | HeldState::Released => {
                        How::Retired { id: id.clone() }
                    }
                };
                Link { order: (held.first_seen, held.by.clone()), how, decides: false }
            })
            .collect()
    }
}

fn note_of(refused: &RefusedLink) -> Note {
    Note {
        kind: NoteKind::Refused,
        id: refused.id.to_string(),
        reasons: refused.violations.iter().map(Violation::code).collect(),
        order: refused.order.clone(),
    }
}

impl<S: Store> Step<'_, S> {
    /// Starts a re-resolution, if one is due and nothing else has to be done first.
    pub(super) fn start_gathering(&mut self) -> Stepped<()> {
        let due = self.profile.home.unsettled
            && self.profile.is_quiet()
            && self.profile.under_way.gathering.is_none();
        if !due || !self.profile.under_way.sent.insert("gathering".into()) {
            return Ok(());
        }
        let me = self.me();
        // Durable: an answer may outlive a crash.
        let number = self.profile.home.next.saturating_add(1);
        self.profile.home.next = number;
        self.put_home()?;
        self.profile.under_way.gathering = Some(Gathering { number, ..Gathering::within(self.bounds) });
        let own = self.describe()?;
        self.described(&me, number, &own)
    }

    /// What a re-resolution must know of this profile.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn describe(&mut self) -> Stepped<Description> {
        let profile = &self.profile;
        let most = self.bounds.events as u64;
        let facts = if profile.folded.state.events > most { None } else { self.facts()? };
        let (refused, refusals_beyond) = self.refusals()?;
        Ok(Description {
            profile: self.me(),
            created_at: profile.home.created_at,
            revision: profile.home.revision,
            quiet: profile.is_quiet(),
            held: profile.held.clone(),
            refused,
            refusals_beyond,
            too_big: facts.is_none(),
            bytes: facts.as_ref().map_or(0, |(_, bytes)| *bytes),
            facts: facts.map(|(facts, _)| facts).unwrap_or_default(),
            decrees: profile.home.decrees.clone(),
            ledger: self.store.ledger()?,
        })
    }

    /// What all visible rows say, and about how much that takes; nothing, if it is more than one message may have.
    fn facts(&self) -> Stepped<Option<(Vec<Fact>, usize)>> {
        let mut facts = Vec::new();
        let (mut after, mut bytes) = (String::new(), 0);
        loop {
            let rows = self.store.rows(None, &after, 500)?;
            let Some(last) = rows.last() else { return Ok(Some((facts, bytes))) };
            after = last.event.message_id.as_str().to_owned();
            for fact in rows.iter().filter_map(Fact::of) {
                bytes += fact.bytes();
                facts.push(fact);
            }
            if bytes > limits::RESOLVE_BYTES {
                return Ok(None);
            }
        }
    }

    /// Somebody coordinates and asks.
    pub(super) fn asked_to_describe(&mut self, from: &ProfileId, gathering: u64) -> Stepped<()> {
        match self.profile.home.place.clone() {
            Place::Forwarding { to } => {
                self.tell(from, Body::Moved { to, older: None, about: About::Description(gathering) });
            }
            Place::None | Place::Erased { .. } => {
                let description = Box::new(Description::nobody(self.me()));
                self.tell(from, Body::Described { gathering, description });
            }
            Place::Live | Place::Surrendering { .. } => {
                let description = Box::new(self.describe()?);
                self.tell(from, Body::Described { gathering, description });
            }
        }
        Ok(())
    }

    /// A profile has described itself: who else is connected with it?
    pub(super) fn described(
        &mut self,
        from: &ProfileId,
        number: u64,
        description: &Description,
    ) -> Stepped<()> {
        let rules = self.config.identity();
        let Some(gathering) = self.profile.under_way.gathering(number) else { return Ok(()) };
        let me = self.profile.home.me.clone();
        if *from != me && !gathering.profiles.contains_key(from) {
            return Ok(());
        }
        let mut ask = gathering.described(from, description, rules);
        self.gathered()?;
        // Unless that was the end of it.
        let still = self.profile.under_way.gathering(number);
        ask.retain(|id| still.as_ref().is_some_and(|gathering| gathering.ids.contains_key(id)));
        for id in ask {
            self.ask_entry(&id, Ask::Who { gathering: number });
        }
        Ok(())
    }

    /// An entry has said who has shown its identifier.
    pub(super) fn who_answered(&mut self, id: &Identifier, number: u64, answer: &Answer) -> Stepped<()> {
        let Some(gathering) = self.profile.under_way.gathering(number) else { return Ok(()) };
        let Some(ask) = gathering.heard(id, answer) else { return Ok(()) };
        for profile in ask {
            self.tell(&profile, Body::Describe { gathering: number });
        }
        self.gathered()
    }

    /// One that was asked has moved.
    pub(super) fn gathering_moved(&mut self, from: &ProfileId, number: u64, to: &ProfileId) -> Stepped<()> {
        let Some(gathering) = self.profile.under_way.gathering(number) else { return Ok(()) };
        let Some(ask) = gathering.moved(from, to) else { return Ok(()) };
        if ask {
            self.tell(to, Body::Describe { gathering: number });
        }
        self.gathered()
    }

    /// If all have answered: plan, and send the plan out.
    fn gathered(&mut self) -> Stepped<()> {
        let Some(gathering) = &self.profile.under_way.gathering else { return Ok(()) };
        if gathering.beyond().is_some() {
            return self.look_for_doubles();
        }
        if !gathering.is_complete() {
            return Ok(());
        }
        let mut described = gathering.descriptions();
        let doubles = gathering.doubles.is_some();
        let me = self.me();
        if self.let_go_of_others(&described)? || self.forget_the_erased(&described)? {
            return Ok(());
        }
        if doubles {
            return self.part_doubles(&described);
        }
        let Some(gathering) = self.profile.under_way.gathering.take() else { return Ok(()) };
        // First of all: what is an event's strongest name depends on the rules.
        described.iter_mut().for_each(|one| one.read_by(self.config.identity()));
        let named = |one: &Description| one.profile == me && !one.facts.is_empty();
        let lived = described.iter().any(named);
        let rules = self.config.identity();
        described.iter_mut().for_each(|one| one.leave_out(&gathering.ids, rules));
        let erased = gathering.ids.values().flatten().filter_map(|asked| asked.erased).max();
        if let Some(at) = erased.filter(|_| lived && !described.iter().any(named)) {
            // All that is here is about somebody who was erased meanwhile. Who is kept out is so for ever, and nobody else by that.
            return self.erase(at.min(self.now), None);
        }
        let current = described.iter().find(|one| one.profile == me).map(|one| one.revision);
        let busy = described.iter().any(|one| !one.quiet && !one.facts.is_empty());
        if busy || current != Some(self.profile.home.revision) || !self.profile.is_quiet() {
            return Ok(());
        }
        let (resolution, gone) = gathering.resolve(&mut described, None, rules);
        if self.drop_apart(&gone)? {
            return Ok(());
        }
        let mut plan = plan(&described, &resolution, self.new_id);
        if plan.parts.is_empty() {
            let newest = self.profile.folded.last.clone().filter(|_| self.order_matters());
            let home = &mut self.profile.home;
            home.contested = home.contested.clone().max(newest);
            home.unsettled = false;
            return self.put_home();
        }
        let own = plan.parts.remove(&me);
        for (profile, part) in plan.parts {
            self.tell(&profile, Body::Rearrange(Box::new(part)));
        }
        match own {
            Some(part) => self.rearrange(&part),
            None => Ok(()),
        }
    }

    /// A gift may name what its receiver to be has taken meanwhile, by an event that came before it; and then find no room
    /// there and be somebody else's. Of two who hold the same the entry names the one who has had it since.
    fn let_go_of_others(&mut self, described: &[Description]) -> Stepped<bool> {
        if !self.profile.is_quiet() {
            return Ok(false);
        }
        let later = |id: &Identifier, epoch: u64| {
            described.iter().any(|one| one.held.get(id).is_some_and(|held| held.epoch > epoch))
        };
        let held = self.profile.held.iter();
        let others: Vec<Identifier> =
            held.filter(|(id, held)| later(id, held.epoch)).map(|(id, _)| id.clone()).collect();
        for id in &others {
            self.link_anew(id)?;
        }
        Ok(!others.is_empty())
    }

    /// Events here that are about somebody who was erased after them go, before anything else is looked at.
    fn forget_the_erased(&mut self, described: &[Description]) -> Stepped<bool> {
        let Some(gathering) = &self.profile.under_way.gathering else { return Ok(false) };
        let erased_at =
            |id: &Identifier| gathering.ids.get(id).copied().flatten().and_then(|asked| asked.erased);
        let mut erased = BTreeMap::new();
        for fact in
            described.iter().filter(|one| one.profile == self.profile.home.me).flat_map(|one| &one.facts)
        {
            if let Says::Seen { ids, .. } = &fact.says
                && let Some(id) = ids.first()
                && let Some(at) =
                    erased_at(id).filter(|at| fact.order.0 <= *at && !self.is_perhaps_anothers(id))
            {
                erased.insert(id.clone(), at);
            }
        }
        if erased.is_empty() || !self.profile.is_quiet() {
            return Ok(false);
        }
        let mut any = false;
        for (id, at) in &erased {
            any |= self.drop_about(id, *at)?;
        }
        if !any {
            return Ok(false);
        }
        self.unsettle()?;
        self.changed()?;
        Ok(true)
    }

    /// Too much is connected to be resolved; but no event may count twice.
    fn look_for_doubles(&mut self) -> Stepped<()> {
        let own = self.describe()?;
        let rules = self.config.identity();
        let Some(gathering) = self.profile.under_way.gathering.as_mut() else { return Ok(()) };
        let number = gathering.number;
        for id in gathering.look_for_doubles(&own, rules) {
            self.ask_entry(&id, Ask::Who { gathering: number });
        }
        self.gathered()
    }

    /// All have answered: whatever two of them have, one of them gives the other.
    fn part_doubles(&mut self, described: &[Description]) -> Stepped<()> {
        let me = self.me();
        let current = described.iter().find(|one| one.profile == me).map(|one| one.revision);
        self.profile.under_way.gathering = None;
        let mut parts = doubles::plan(described);
        let busy = described.iter().any(|one| !one.quiet && !one.facts.is_empty());
        if busy || current != Some(self.profile.home.revision) || !self.profile.is_quiet() {
            return Ok(());
        }
        if parts.is_empty() {
            return self.leave_to_admin();
        }
        let own = parts.remove(&me);
        for (profile, part) in parts {
            self.tell(&profile, Body::Rearrange(Box::new(part)));
        }
        own.map_or(Ok(()), |part| self.rearrange(&part))
    }

    /// More than is rearranged without being asked for.
    fn leave_to_admin(&mut self) -> Stepped<()> {
        let order = self.profile.folded.last.clone().unwrap_or_default();
        let note = Note {
            kind: NoteKind::LateConflict,
            id: self.profile.held.keys().next().map(ToString::to_string).unwrap_or_default(),
            reasons: vec!["late_conflict".into()],
            order,
        };
        self.put_note(&note)?;
        self.profile.under_way.gathering = None;
        let home = &mut self.profile.home;
        home.unsettled = false;
        if self.profile.under_way.left_to_admin.replace(home.revision) != Some(home.revision) {
            // An event from before now that comes later may have been taken by whoever had its identifier before: that is
            // looked for again. Not so what comes a moment late for ever, once nothing more has come from others.
            home.contested = home.contested.clone().max(Some((self.now, MessageId::from(""))));
        }
        self.put_home()
    }

    /// Does what a plan says, unless something has changed since it was made.
    pub(super) fn rearrange(&mut self, part: &Rearrange) -> Stepped<()> {
        if !self.profile.is_quiet() || self.profile.home.revision != part.revision {
            return Ok(());
        }
        self.take_decrees(&part.decrees)?;
        for (id, held) in &part.ids {
            if self.profile.held.contains_key(id) {
                self.keep(id, held.clone())?;
            }
        }
        for id in &part.frees {
            if self.profile.held.contains_key(id) {
                self.hand_over(id, None)?;
            }
        }
        let mut gives = part.gives.clone();
        if !gives.is_empty() {
            self.place_newer(part, &mut gives)?;
        }
        self.forget_refusals(part.refusals_beyond)?;
        let home = &mut self.profile.home;
        home.contested = home.contested.clone().max(part.contested.clone());
        for fragment in &gives {
            self.part_with(fragment)?;
        }
        if !gives.is_empty() {
            self.refold(Cause::Merge)?;
        }
        self.note_refusals(&part.refused)?;
        for link in &part.links {
            self.ask_for(link.clone())?;
        }
        if let Some((with, order)) = &part.join {
            let how = How::Plan { with: with.clone() };
            self.ask_for(Link { order: order.clone(), how, decides: false })?;
        }
        self.unsettle()?;
        self.changed()
    }

    /// Events that came after the plan was made go where their strongest identifier goes.
    fn place_newer(&mut self, part: &Rearrange, gives: &mut [Fragment]) -> Stepped<()> {
        let mut known: BTreeSet<&MessageId> = gather(part.keep.iter());
        known.extend(part.gives.iter().flat_map(|fragment| &fragment.events));
        let mut after = String::new();
        loop {
            let rows = self.store.rows(None, &after, 500)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.event.message_id.as_str().to_owned();
            for row in rows.iter().filter(|row| !known.contains(&row.event.message_id)) {
                let Some(Fact { says: Says::Seen { ids, .. }, order }) = Fact::of(row) else { continue };
                let goes = ids.first().and_then(|id| self.fragment_of(id, gives));
                if let Some(fragment) = goes {
                    fragment.events.push(order.1);
                }
            }
        }
    }
}

/// Whether a refusal is an entry's, whatever the rules say.
fn is_final(note: &Note) -> bool {
    let code = |reason: &String| reason.starts_with("erased:") || reason.starts_with("quarantined:");
    note.reasons.iter().any(code)
}
