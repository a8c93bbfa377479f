//! An admin's word: these are two people, these are one, this one is to be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use super::super::entry::Ask;
use super::super::fact::{Edge, Fact, Order, Says, filed_under};
use super::super::meet::Held;
use super::super::{Identifier, IdentifierKind, SharedDevice};
use super::message::{About, Body};
use super::store::{NoteKind, Store, Write};
use super::{Gone, Handed, Home, How, Link, Phase, Place, Receipt, Step, Stepped, Telling};
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::ordered::gather;
use crate::profile::Logged;
use crate::segment::Cause;
use crate::time::UnixMillis;

/// What became of an admin's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It counts from now on.
    Taken,
    /// The profile does not live here, or something else has to be finished first.
    Busy,
    /// The profile has as many words as it may have.
    TooMany,
}

impl<S: Store> Step<'_, S> {
    /// Takes a link back: nobody may hold an identifier of each side.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn part(&mut self, edge: &Edge, order: &Order) -> Stepped<Heard> {
        let fact = Fact { order: order.clone(), says: Says::Apart(edge.clone()) };
        if let Some(not) = self.not_heard(&fact)? {
            return Ok(not);
        }
        self.store.write(Write::Said(&fact))?;
        self.take_decrees(&[fact])?;
        self.unsettle()?;
        self.advance()?;
        Ok(Heard::Taken)
    }

    /// Why a word can't be taken, if so.
    pub(super) fn not_heard(&mut self, word: &Fact) -> Stepped<Option<Heard>> {
        let bytes: usize = self.profile.home.decrees.iter().chain([word]).map(Fact::bytes).sum();
        let not = if !self.is_live() {
            Heard::Busy
        } else if bytes > limits::WORDS_BYTES {
            Heard::TooMany
        } else {
            return Ok(None);
        };
        // What it is busy with goes on, though nobody else comes by and its alarm was given up.
        self.advance()?;
        Ok(Some(not))
    }

    /// Joins this profile with another one by hand; `with` is this one itself if the word is heard again and they are one
    /// person already.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn join(
        &mut self,
        with: &ProfileId,
        current: &Identifier,
        retired: &Identifier,
        order: &Order,
    ) -> Stepped<Heard> {
        let says = Says::Together { current: current.clone(), retired: retired.clone() };
        let fact = Fact { order: order.clone(), says };
        if let Some(not) = self.not_heard(&fact)? {
            return Ok(not);
        }
        self.store.write(Write::Said(&fact))?;
        self.take_decrees(&[fact])?;
        if *with != self.me() {
            let how = How::Hand { with: with.clone() };
            self.ask_for(Link { order: order.clone(), how, decides: false })?;
        }
        self.contest(order, None)?;
        self.unsettle()?;
        self.advance()?;
        Ok(Heard::Taken)
    }

    /// Forgets this person, and keeps them out if they are to be suppressed. The first word counts.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn forget(&mut self, word: &Order, suppress: bool) -> Stepped<()> {
        self.erase(word.0, Some((&word.1, suppress)))?;
        self.advance()
    }

    /// What is moving in or out comes to nothing, unless it has come to its end.
    pub(super) fn erase(&mut self, at: UnixMillis, word: Option<(&MessageId, bool)>) -> Stepped<()> {
        let home = &mut self.profile.home;
        let lives = !matches!(home.place, Place::None | Place::Erased { .. });
        if let Some((id, suppress)) = word.filter(|_| lives && home.receipt.is_none()) {
            home.receipt = Some(Receipt { id: id.clone(), at, suppress, gone: None });
            self.put_home()?;
        }
        match self.profile.home.place.clone() {
            Place::None | Place::Erased { .. } => Ok(()),
            Place::Surrendering { phase: Phase::Aborting { .. }, .. } => Ok(()),
            Place::Surrendering { to, older, merge, trigger, phase } => {
                if phase == Phase::Absorbing {
                    // It has come to its end: whoever it has become is told, from here on until that is known there.
                    return self.keep_in_mind(at);
                }
                let phase = Phase::Aborting { at };
                self.profile.home.place = Place::Surrendering { to, older, merge, trigger, phase };
                self.profile.under_way.sent.remove("surrender");
                self.put_home()
            }
            Place::Live | Place::Forwarding { .. } => self.keep_in_mind(at),
        }
    }

    fn keep_in_mind(&mut self, at: UnixMillis) -> Stepped<()> {
        self.profile.home.erasing = self.profile.home.erasing.max(Some(at));
        self.put_home()
    }

    /// Who moved on is to be erased: told to whoever that person is now.
    pub(super) fn have_forgotten(&mut self) {
        let (Some(at), Place::Forwarding { to }) =
            (self.profile.home.erasing, self.profile.home.place.clone())
        else {
            return;
        };
        if self.profile.under_way.sent.insert("forget".into()) {
            let receipt = self.profile.home.receipt.as_ref();
            let suppress = receipt.is_some_and(|receipt| receipt.suppress);
            let word = receipt.map(|receipt| receipt.id.clone());
            self.tell(&to, Body::Forget { at, word, suppress });
        }
    }

    /// One who moved in here is to be erased.
    pub(super) fn asked_to_forget(
        &mut self,
        from: &ProfileId,
        at: UnixMillis,
        word: Option<(&MessageId, bool)>,
    ) -> Stepped<()> {
        if let Some(to) = self.profile.home.place.forwards().cloned() {
            self.tell(from, Body::Moved { to, older: None, about: About::Erasure });
            return Ok(());
        }
        if self.profile.outgoing.values().any(|gift| gift.to == *from) {
            // They are about to live there again, apart from whoever this is, and are erased there.
            return Ok(());
        }
        self.erase(at, word)?;
        self.tell(from, Body::Forgetting);
        Ok(())
    }

    /// It is known there, or it is `moved` on.
    pub(super) fn erasure_answered(&mut self, from: &ProfileId, moved: Option<&ProfileId>) -> Stepped<()> {
        if self.profile.home.place.forwards() != Some(from) {
            return Ok(());
        }
        self.profile.under_way.sent.remove("forget");
        match moved {
            Some(to) if *to == self.me() => return Ok(()),
            Some(to) => self.profile.home.place = Place::Forwarding { to: to.clone() },
            None => {
                self.profile.home.erasing = None;
                // It is there now.
                self.profile.home.receipt = None;
            }
        }
        self.put_home()
    }

    /// Erases what is to be erased, unless something here belongs to others and has not reached them.
    pub(super) fn erase_if_due(&mut self) -> Stepped<()> {
        match self.profile.home.erasing {
            Some(at) if self.is_live() && self.profile.outgoing.is_empty() => self.erase_here(at),
            _ => Ok(()),
        }
    }

    fn erase_here(&mut self, at: UnixMillis) -> Stepped<()> {
        let me = self.me();
        // Clocks differ: an event of the person's that is said to be later would be somebody new's when it came again.
        let at = self.profile.folded.state.last_seen.max(Some(at)).unwrap_or(at);
        let rooms: Vec<u64> = self.profile.reservations.keys().copied().collect();
        let coming = self.profile.reservations.values().map(|kept| kept.younger.profile.clone());
        let coming: Vec<ProfileId> = coming.collect();
        for merge in rooms {
            self.give_up_room(merge)?;
        }
        let mut home = Home { place: Place::Erased { at }, ..Home::empty(me.clone()) };
        home.epoch = self.profile.home.epoch;
        home.created_at = self.profile.home.created_at;
        let (identifiers, events) = (self.profile.held.len() as u64, self.profile.folded.state.events);
        let gone = Some(Gone { at: self.now, identifiers, events, listed: 0, unarchived: None });
        home.receipt = self.profile.home.receipt.clone().map(|receipt| Receipt { gone, ..receipt });
        home.residue = self.profile.home.residue.clone();
        home.residue.insert(me.clone());
        let held = self.profile.held.clone();
        let asked: Vec<Identifier> =
            self.profile.links.values().filter_map(|link| link.id().cloned()).collect();
        let repoints = self.profile.repoints.clone();
        let handed = self.profile.handed.clone();
        let ledger = self.store.ledger()?;
        let mut whom = Self::who_knows(&ledger, handed.values().filter_map(|handed| handed.to.clone()));
        whom.extend(coming);
        whom.remove(&me);
        // What was to be free is erased with the rest.
        let freed = handed.iter().filter(|(_, handed)| !handed.done && handed.to.is_none());
        let names = held.keys().chain(&asked).chain(freed.map(|(id, _)| id)).cloned().collect();
        home.telling = Some(Telling { names, whom });
        let mut archived = self.in_the_archive(at, &ledger)?;
        if let Some(before) = self.profile.home.archived.take() {
            archived.join(*before);
        }
        home.archived = Some(Box::new(archived));
        self.forget_all(home)?;
        for entry in ledger {
            // Whoever moved in and has not heard so must still learn it; with what, is forgotten.
            self.store.write(Write::Ledger(&entry.without_identifiers()))?;
        }
        // Their entries are told until they have heard; the new owner of one is nobody.
        for (id, held) in held {
            let (from, epoch) =
                repoints.get(&id).map_or((me.clone(), held.epoch), |named| (named.from.clone(), named.epoch));
            let shared = held.shared.map(|(since, _)| since);
            self.put_handed(&id, Handed { shared, ..Handed::new(from, None, epoch) })?;
        }
        for (id, handed) in handed.into_iter().filter(|(_, handed)| !handed.done) {
            self.put_handed(&id, handed)?;
        }
        // What the person has shown and was being linked: its entry may name us by now.
        for id in asked {
            if !self.profile.handed.contains_key(&id) {
                self.put_handed(&id, Handed::new(me.clone(), None, 0))?;
            }
        }
        Ok(())
    }

    /// Names come to somebody who was erased: they were the person's, and their entries are told when they have heard.
    pub(super) fn names_go_as_well(
        &mut self,
        from: &ProfileId,
        ids: &BTreeMap<Identifier, Held>,
    ) -> Stepped<()> {
        if ids.is_empty() {
            return Ok(());
        }
        for (id, held) in ids {
            if !self.profile.handed.contains_key(id) {
                let shared = held.shared.as_ref().map(|(since, _)| *since);
                let handed = Handed { shared, ..Handed::new(self.me(), None, held.epoch) };
                self.put_handed(id, handed)?;
            }
        }
        let telling = self.profile.home.telling.get_or_insert_default();
        telling.names.extend(ids.keys().cloned());
        telling.whom.insert(from.clone());
        self.put_home()
    }

    /// What this device did before a login, or after a second one, is a person's of its own, who lives here.
    pub(super) fn has_apart(&self, device: &Identifier) -> bool {
        let held = &self.profile.held;
        held.contains_key(&device.before_login()) || held.contains_key(&device.shared_device())
    }

    /// What this device did may be about another than the person it names now, or named last: a device that goes with
    /// every login leaves what it did with whoever had it then.
    pub(super) fn is_perhaps_anothers(&self, id: &Identifier) -> bool {
        let rules = self.config.identity();
        let goes = rules.shared_device == SharedDevice::LastLogin;
        self.has_apart(id) || goes && rules.kind(&id.namespace) == IdentifierKind::Device
    }

    /// An address that goes from one to the next named this person at the time of what was filed here without a refusal of
    /// it. What is still to be linked may be somebody else's.
    fn was_ours(&self, id: &Identifier, order: &Order) -> Stepped<bool> {
        let rules = self.config.identity();
        let unique = rules.namespaces.get(&id.namespace).is_some_and(|rule| rule.unique);
        if !unique || rules.kind(&id.namespace) != IdentifierKind::Known {
            return Ok(false);
        }
        let waits = self.profile.links.get(&id.to_string()).is_some_and(|link| link.order <= *order);
        Ok(!waits && !self.store.has_note(NoteKind::Refused, &id.to_string(), &order.1)?)
    }

    /// Events that are about somebody who was erased after them came here by another identifier: they go, and what was
    /// refused on them. Whether there were any.
    pub(super) fn drop_about(&mut self, erased: &Identifier, at: UnixMillis) -> Stepped<bool> {
        if self.is_perhaps_anothers(erased) {
            return Ok(false);
        }
        let about = |row: &Logged| {
            let Fact { says: Says::Seen { ids, .. }, order } = Fact::of(row)? else { return None };
            (order.0 <= at && ids.first() == Some(erased)).then_some(order)
        };
        let (mut after, mut dropped) = (String::new(), Vec::new());
        loop {
            let rows = self.store.rows(None, &after, self.chunk)?;
            let Some(last) = rows.last() else { break };
            after = last.event.message_id.as_str().to_owned();
            for row in rows {
                if let Some(order) = about(&row)
                    && !self.was_ours(erased, &order)?
                {
                    dropped.push(row);
                }
            }
        }
        self.drop_events(&dropped)
    }

    /// The same of what a device did alone, before a login or after a second one, where it has a name of its own for that: it
    /// was filed with the device, and only a look at the whole tells what it is about.
    pub(super) fn drop_apart(&mut self, events: &BTreeSet<MessageId>) -> Stepped<bool> {
        let mut rows = Vec::new();
        for event in events {
            rows.extend(self.store.row(event)?.filter(|row| filed_under(&row.ids).is_some()));
        }
        let any = self.drop_events(&rows)?;
        if any {
            self.unsettle()?;
            self.changed()?;
        }
        Ok(any)
    }

    /// They go, from the archive too. Whether there are any.
    fn drop_events(&mut self, rows: &[Logged]) -> Stepped<bool> {
        if rows.is_empty() {
            return Ok(false);
        }
        for row in rows {
            self.store.write(Write::Gone(&row.event.message_id))?;
        }
        self.leave_the_archive(rows)?;
        self.forget_refusals_on(&gather(rows.iter().map(|row| row.event.message_id.clone())))?;
        self.refold(Cause::Definition)?;
        Ok(true)
    }

    /// Tells entries that their person is erased.
    pub(super) fn erase_some(&mut self) {
        let Place::Erased { at } = self.profile.home.place else { return };
        let sent = &self.profile.under_way.sent;
        let due = |id: &Identifier, handed: &Handed| {
            !handed.done && handed.to.is_none() && !sent.contains(&erase_key(id))
        };
        let open: Vec<(Identifier, Handed)> = self
            .profile
            .handed
            .iter()
            .filter(|(id, handed)| due(id, handed))
            .take(limits::REPOINTS_AT_A_TIME)
            .map(|(id, handed)| (id.clone(), handed.clone()))
            .collect();
        for (id, Handed { from, epoch, shared, .. }) in open {
            self.profile.under_way.sent.insert(erase_key(&id));
            let receipt = Some(self.me());
            let suppress = self.profile.home.receipt.as_ref().is_some_and(|receipt| receipt.suppress);
            self.ask_entry(&id, Ask::Erase { from, epoch, at, receipt, told: false, shared, suppress });
        }
    }

    /// Imported lists have let go of so many entries of the person's.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn lists_forgot(&mut self, entries: u64) -> Stepped<()> {
        let receipt = self.profile.home.receipt.as_mut();
        let Some(gone) = receipt.and_then(|receipt| receipt.gone.as_mut()).filter(|_| entries > 0) else {
            return Ok(());
        };
        gone.listed = gone.listed.saturating_add(entries);
        self.put_home()
    }

    /// An entry has heard, and perhaps all who had shown its identifier.
    pub(super) fn entry_erased(
        &mut self,
        id: &Identifier,
        from: &ProfileId,
        told: bool,
        answer: &super::super::entry::Answer,
    ) -> Stepped<()> {
        let Some(handed) = self.profile.handed.get(id).cloned() else { return Ok(()) };
        let me = self.me();
        let named = answer.owner.profile();
        let still = match named {
            Some(named) if named == from || *named == me || self.lives_here(named)? => Some(named),
            _ => None,
        };
        if let Some(from) = still.cloned() {
            // Also one who moved in, and took it from another one itself meanwhile.
            self.profile.under_way.sent.remove(&erase_key(id));
            return self.put_handed(id, Handed { from, epoch: answer.owner.epoch(), ..handed });
        }
        if named.is_some() && answer.owner.epoch() <= handed.epoch {
            // Whoever gave it to the person is about to tell it so: then it is ours to be erased. The alarm asks again.
            return Ok(());
        }
        if !told && self.tell_claimants(id, answer)? {
            return Ok(());
        }
        self.profile.under_way.sent.remove(&erase_key(id));
        // As the entry has it: if somebody was erased there before, the later time counts. That it is kept out does not say
        // whose it was.
        if let Place::Erased { at } = self.profile.home.place
            && let Some(erased) = answer.tombstone().filter(|erased| at <= *erased)
        {
            self.store.write(Write::Erased { id, at: erased, suppressed: answer.suppressed })?;
            self.was_theirs(id, at)?;
        }
        self.has_heard(id, handed, None)
    }
}

fn erase_key(id: &Identifier) -> String {
    format!("erase:{id}")
}
