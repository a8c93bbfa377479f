//! An admin's word: these are two people, these are one, this one is to be forgotten.

use super::super::Identifier;
use super::super::entry::Ask;
use super::super::fact::{Edge, Fact, Order, Says};
use super::message::Body;
use super::store::Store;
use super::{Handed, Home, How, Link, Phase, Place, Step, Stepped};
use crate::ids::ProfileId;
use crate::time::UnixMillis;

impl<S: Store> Step<'_, S> {
    /// Takes a link back: nobody may hold an identifier of each side. False if this profile does not live here, or
    /// something else has to be finished first.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn part(&mut self, edge: &Edge, order: &Order) -> Stepped<bool> {
        if !self.is_live() {
            return Ok(false);
        }
        let fact = Fact { order: order.clone(), says: Says::Apart(edge.clone()) };
        self.take_decrees(&[fact])?;
        self.unsettle()?;
        self.advance()?;
        Ok(true)
    }

    /// Joins this profile with another one by hand. False as with [`Step::part`].
    ///
    /// # Errors
    /// When the storage fails.
    pub fn join(
        &mut self,
        with: &ProfileId,
        current: &Identifier,
        retired: &Identifier,
        order: &Order,
    ) -> Stepped<bool> {
        if !self.is_live() {
            return Ok(false);
        }
        let says = Says::Together { current: current.clone(), retired: retired.clone() };
        self.take_decrees(&[Fact { order: order.clone(), says }])?;
        let how = How::Hand { with: with.clone() };
        self.ask_for(Link { order: order.clone(), how, decides: false })?;
        self.contest(order, None)?;
        self.unsettle()?;
        self.advance()?;
        Ok(true)
    }

    /// Forgets this person.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn forget(&mut self, at: UnixMillis) -> Stepped<()> {
        self.erase(at)?;
        self.advance()
    }

    /// What is moving in or out comes to nothing, unless it has come to its end.
    pub(super) fn erase(&mut self, at: UnixMillis) -> Stepped<()> {
        match self.profile.home.place.clone() {
            Place::None | Place::Forwarding { .. } | Place::Erased { .. } => Ok(()),
            Place::Surrendering { phase: Phase::Aborting { .. }, .. } => Ok(()),
            Place::Surrendering { to, older, merge, trigger, phase } => {
                if phase == Phase::Absorbing {
                    self.tell(&to, Body::Abort { older, merge, at });
                    return Ok(());
                }
                let phase = Phase::Aborting { at };
                self.profile.home.place = Place::Surrendering { to, older, merge, trigger, phase };
                self.profile.under_way.sent.remove("surrender");
                self.put_home()
            }
            Place::Live => {
                self.profile.home.erasing = Some(at);
                self.put_home()
            }
        }
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
        let rooms: Vec<u64> = self.profile.reservations.keys().copied().collect();
        for merge in rooms {
            self.give_up_room(merge)?;
        }
        let mut home = Home { place: Place::Erased { at }, ..Home::empty(me.clone()) };
        home.epoch = self.profile.home.epoch;
        home.created_at = self.profile.home.created_at;
        let held = self.profile.held.clone();
        let repoints = self.profile.repoints.clone();
        let handed = self.profile.handed.clone();
        let ledger = self.store.ledger()?;
        self.forget_all(home)?;
        for entry in ledger {
            // Whoever moved in and has not heard so must still learn it; with what, is forgotten.
            self.store.write(super::Write::Ledger(&entry.without_identifiers()))?;
        }
        // Their entries are told until they have heard; the new owner of one is nobody.
        for (id, held) in held {
            let (from, epoch) =
                repoints.get(&id).map_or((me.clone(), held.epoch), |named| (named.from.clone(), named.epoch));
            self.put_handed(&id, Handed { from, to: None, epoch, done: false })?;
        }
        for (id, handed) in handed.into_iter().filter(|(_, handed)| !handed.done) {
            self.put_handed(&id, handed)?;
        }
        Ok(())
    }

    /// Tells entries that their person is erased.
    pub(super) fn erase_some(&mut self) {
        let Place::Erased { at } = self.profile.home.place else { return };
        let open: Vec<(Identifier, Handed)> =
            self.profile.handed.iter().map(|(id, handed)| (id.clone(), handed.clone())).collect();
        let due = |handed: &Handed| !handed.done && handed.to.is_none();
        for (id, Handed { from, epoch, .. }) in open.into_iter().filter(|(_, handed)| due(handed)) {
            if self.profile.under_way.sent.insert(format!("erase:{id}")) {
                self.ask_entry(&id, Ask::Erase { from, epoch, at });
            }
        }
    }

    /// An entry has heard.
    pub(super) fn entry_erased(
        &mut self,
        id: &Identifier,
        from: &ProfileId,
        answer: &super::super::entry::Answer,
    ) -> Stepped<()> {
        let Some(handed) = self.profile.handed.get(id).cloned() else { return Ok(()) };
        self.profile.under_way.sent.remove(&format!("erase:{id}"));
        let me = self.me();
        let still = answer.owner.profile().filter(|named| *named == from || **named == me);
        if let Some(from) = still.cloned() {
            return self.put_handed(id, Handed { from, epoch: answer.owner.epoch(), ..handed });
        }
        self.put_handed(id, Handed { done: true, ..handed })
    }
}
