//! Events and identifiers that belong to somebody else go there: what a re-resolution or an admin has parted.
//!
//! The giver marks the rows in one transaction (they leave its fold), sends them, and with the last of them the
//! identifiers; the receiver answers what has arrived. Then the entries are told. Until it is acknowledged everything
//! stands at the giver, and the receiver takes the same gift only once.

use std::collections::BTreeSet;

use super::super::Identifier;
use super::super::entry::{Answer, Ask, Owner};
use super::super::fact::{Fact, Says};
use super::super::meet::active;
use super::message::{About, Body, Fragment, Give, Settlement};
use super::store::{Ledger, Store, Write};
use super::{Grant, Handed, How, Link, Outgoing, Place, Step, Stepped};
use crate::ids::{MessageId, ProfileId};
use crate::limits;
use crate::segment::Cause;

/// The parts of the log in which gifts wait. Merges count up from 1; gifts are told apart by the highest bit that
/// SQLite's integers have to spare.
const GIFTS: u64 = 1 << 62;

fn part(gift: u64) -> u64 {
    gift | GIFTS
}

/// The part in which a gift gathers at its receiver, until all of it is there: told apart by the giver's random id, below
/// what a float can hold exactly.
fn incoming(from: &ProfileId, gift: u64) -> u64 {
    let digits = from.as_str().get(..12).unwrap_or_default();
    let random = u64::from_str_radix(digits, 16).unwrap_or(0);
    (1 << 52) | (random ^ gift)
}

/// Whether rows of this part are on their way to somebody else.
pub(super) fn is_gift(part: u64) -> bool {
    part >= GIFTS
}

/// How often a receiver may have no room before somebody new takes the gift.
const TRIES: u32 = 8;

impl<S: Store> Step<'_, S> {
    /// Parts with these events and identifiers. The caller refolds.
    pub(super) fn part_with(&mut self, fragment: &Fragment) -> Stepped<()> {
        let home = &mut self.profile.home;
        home.next = home.next.saturating_add(1);
        let gift = home.next;
        let mut settlement = Settlement {
            contested: home.contested.clone(),
            decrees: home.decrees.clone(),
            notes: fragment.refused.clone(),
            links: fragment.links.clone(),
            ..Settlement::default()
        };
        for id in &fragment.events {
            self.store.write(Write::Part(id, part(gift)))?;
        }
        for id in &fragment.ids {
            let named = self.profile.repoints.get(id).cloned();
            let Some(held) = self.let_go(id)? else { continue };
            // Its entry is told when the gift has arrived; until then this is how to find it.
            let (from, epoch) = named.map_or((self.me(), held.epoch), |named| (named.from, named.epoch));
            self.put_handed(id, Handed::new(from, Some(fragment.to.clone()), epoch))?;
            settlement.ids.insert(id.clone(), held);
        }
        for entry in self.store.ledger()? {
            let Ledger::Merged { younger, created_at, came, .. } = &entry else { continue };
            if *younger == fragment.to {
                settlement.created_at = Some(*created_at);
            } else if !came.is_empty() && came.iter().all(|id| settlement.ids.contains_key(id)) {
                // Who moved in with these identifiers goes with them.
                settlement.ledger.push(entry);
            }
        }
        let went: Vec<Identifier> = settlement.ids.keys().cloned().collect();
        let gave = Ledger::Gave { to: fragment.to.clone(), gift, at: self.now, went };
        self.store.write(Write::Ledger(&gave))?;
        let to = fragment.to.clone();
        let outgoing = Outgoing { number: gift, to, settlement, after: String::new(), tries: 0 };
        self.store.write(Write::Outgoing(gift, Some(&outgoing)))?;
        self.profile.outgoing.insert(gift, outgoing);
        self.changed()
    }

    /// Events that are about whom this name leads to were filed here by a weaker one, and the name joins nobody any more:
    /// they go to its owner, where the same event ends that is sent again.
    pub(super) fn give_misplaced(&mut self, name: &Identifier, owner: &ProfileId) -> Stepped<()> {
        let mut events = Vec::new();
        let mut after = String::new();
        loop {
            let rows = self.store.rows(None, &after, self.chunk)?;
            let Some(last) = rows.last() else { break };
            after = last.event.message_id.as_str().to_owned();
            for Fact { says, order } in rows.iter().filter_map(Fact::of) {
                if matches!(says, Says::Seen { ids, .. } if ids.first() == Some(name)) {
                    events.push(order.1);
                }
            }
        }
        let (ids, links) = (Vec::new(), Vec::new());
        let (refused, _) = self.refusals()?;
        let refused =
            refused.into_iter().filter(|note| events.contains(&note.order.1) && note.id != name.to_string());
        let refused = refused.collect();
        self.part_with(&Fragment { to: owner.clone(), events, ids, refused, links })?;
        self.refold(Cause::Merge)
    }

    /// Somebody else has logged this event, too: it was read there with a name that it did not have here. A look at the whole
    /// would not find them by what is under quarantine; they keep it.
    pub(super) fn give_double(&mut self, event: &MessageId, to: &ProfileId) -> Stepped<()> {
        let (events, ids, refused, links) = (vec![event.clone()], Vec::new(), Vec::new(), Vec::new());
        self.part_with(&Fragment { to: to.clone(), events, ids, refused, links })?;
        self.refold(Cause::Merge)
    }

    /// Carries every gift on by one message.
    pub(super) fn carry_gifts(&mut self) -> Stepped<()> {
        let open: Vec<(u64, Outgoing)> = self
            .profile
            .outgoing
            .iter()
            .filter(|(gift, _)| !self.profile.under_way.sent.contains(&gift_key(**gift)))
            .map(|(gift, outgoing)| (*gift, outgoing.clone()))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let origins = self.origins()?;
        for (gift, outgoing) in open {
            self.profile.under_way.sent.insert(gift_key(gift));
            let rows = self.store.rows(Some(part(gift)), &outgoing.after, self.chunk)?;
            let whole = rows.len() < self.chunk;
            let settlement = whole.then(|| outgoing.settlement.clone());
            let (gift, after, origins) = (outgoing.number, outgoing.after.clone(), origins.clone());
            let give = Give { gift, after, rows, settlement, origins };
            self.tell(&outgoing.to, Body::Give(Box::new(give)));
        }
        Ok(())
    }

    /// At the receiver.
    pub(super) fn given(&mut self, from: &ProfileId, give: &Give) -> Stepped<()> {
        let gift = give.gift;
        let end = give.rows.last().map_or_else(String::new, |row| row.event.message_id.as_str().to_owned());
        let key = format!("given:{from}:{gift}");
        let refused = Ledger::Declined { from: from.clone(), gift };
        match self.profile.home.place.clone() {
            Place::Forwarding { to } if to != *from || self.store.has_ledger(&refused.key())? => {
                self.store.write(Write::Ledger(&refused))?;
                self.tell(from, Body::Moved { to, older: None, about: About::Gift(gift) });
                return Ok(());
            }
            _ if self.store.has_ledger(&refused.key())? => {
                self.tell(from, Body::Full { gift });
                return Ok(());
            }
            Place::Surrendering { .. } => return Ok(()),
            Place::Erased { .. } => {
                self.goes_as_well(&give.rows, &give.origins)?;
                if let Some(settlement) = &give.settlement {
                    self.names_go_as_well(from, &settlement.ids)?;
                }
                self.tell(from, Body::Given { gift, after: end, done: give.settlement.is_some() });
                return Ok(());
            }
            Place::None | Place::Live | Place::Forwarding { .. } => {}
        }
        if self.store.has_ledger(&key)? {
            self.tell(from, Body::Given { gift, after: end, done: give.settlement.is_some() });
            return Ok(());
        }
        let key = (from.clone(), gift);
        if !give.after.is_empty() && !self.profile.home.coming.contains(&key) {
            // What came before has left with whoever lived here meanwhile.
            self.tell(from, Body::Given { gift, after: String::new(), done: false });
            return Ok(());
        }
        let part = incoming(from, gift);
        if let Some(settlement) = &give.settlement {
            let promised = self.promised();
            let both = active(&promised).chain(active(&settlement.ids));
            if self.is_live() && self.config.identity().check(both).is_err() {
                self.store.write(Write::Ledger(&refused))?;
                self.store.write(Write::Drop(part))?;
                self.profile.home.coming.remove(&key);
                self.put_home()?;
                self.tell(from, Body::Full { gift });
                return Ok(());
            }
        }
        for row in &give.rows {
            match self.store.find(&row.event.message_id)? {
                Some((_, true)) => {}
                Some((already, _)) if already == part => {}
                found => {
                    if let Some((other, _)) = found {
                        self.overlap(other)?;
                    }
                    self.store.write(Write::Log(row, part))?;
                }
            }
        }
        match &give.settlement {
            Some(settlement) => self.take_gift(from, gift, settlement, &give.origins)?,
            None if self.profile.home.coming.insert(key) => self.put_home()?,
            None => {}
        }
        self.tell(from, Body::Given { gift, after: end, done: give.settlement.is_some() });
        Ok(())
    }

    /// All of it is here: it counts from now on.
    fn take_gift(
        &mut self,
        from: &ProfileId,
        gift: u64,
        settlement: &Settlement,
        origins: &BTreeSet<ProfileId>,
    ) -> Stepped<()> {
        let part = incoming(from, gift);
        self.profile.home.coming.remove(&(from.clone(), gift));
        self.come_to_live(settlement)?;
        for (id, held) in &settlement.ids {
            if !self.profile.held.contains_key(id) {
                self.keep(id, held.clone())?;
            }
        }
        let mut facts = Vec::new();
        let mut after = String::new();
        loop {
            let rows = self.store.rows(Some(part), &after, self.chunk)?;
            let Some(last) = rows.last() else { break };
            after = last.event.message_id.as_str().to_owned();
            for row in &rows {
                self.claims_its_device(row)?;
            }
            facts.extend(rows.iter().filter_map(Fact::of));
        }
        self.store.write(Write::Show(part))?;
        self.refold(Cause::Merge)?;
        self.take_settlement(settlement)?;
        let came: Vec<Identifier> = settlement.ids.keys().cloned().collect();
        let origins = origins.clone();
        let entry = Ledger::Given { from: from.clone(), gift, at: self.now, came, origins };
        self.store.write(Write::Ledger(&entry))?;
        self.settle_held_links()?;
        for fact in &facts {
            self.saw(fact)?;
            let Says::Seen { ids, previous } = &fact.says else { continue };
            for id in ids.iter().chain(previous) {
                self.be_remembered(id, &fact.order)?;
            }
        }
        // Until a look at everything shows that this was right.
        self.unsettle()?;
        self.changed()
    }

    /// A profile that is new, or comes back.
    fn come_to_live(&mut self, settlement: &Settlement) -> Stepped<()> {
        if self.is_live() {
            return Ok(());
        }
        let me = self.me();
        let home = &mut self.profile.home;
        if !home.residue.is_empty() {
            // Names that were gone from here may come along: whoever waits for that to be so asks again.
            home.residue = BTreeSet::from([me]);
        }
        home.created_at = settlement.created_at.unwrap_or(self.now);
        home.epoch = home.epoch.saturating_add(1);
        home.place = Place::Live;
        self.put_home()
    }

    fn take_settlement(&mut self, settlement: &Settlement) -> Stepped<()> {
        self.note_refusals(&settlement.notes)?;
        for entry in &settlement.ledger {
            self.store.write(Write::Ledger(entry))?;
        }
        for link in &settlement.links {
            self.ask_for(link.clone())?;
        }
        self.take_decrees(&settlement.decrees)?;
        let home = &mut self.profile.home;
        home.contested = home.contested.clone().max(settlement.contested.clone());
        self.put_home()
    }

    /// What the receiver has answered.
    pub(super) fn gift_answered(&mut self, from: &ProfileId, body: &Body) -> Stepped<()> {
        let (Body::Given { gift: number, .. }
        | Body::Full { gift: number }
        | Body::Moved { about: About::Gift(number), .. }) = body
        else {
            return Ok(());
        };
        let known = self.profile.outgoing.iter().find(|(_, one)| one.number == *number && one.to == *from);
        let Some((gift, outgoing)) = known.map(|(gift, outgoing)| (*gift, outgoing.clone())) else {
            return Ok(());
        };
        self.profile.under_way.sent.remove(&gift_key(gift));
        match body {
            Body::Given { done: true, .. } => self.has_arrived(gift),
            // Nothing of it is there any more: from the beginning.
            Body::Given { after, .. } if *after > outgoing.after || after.is_empty() => {
                self.put_outgoing(gift, Outgoing { after: after.clone(), ..outgoing })
            }
            Body::Full { .. } if outgoing.tries < TRIES => {
                // The same again, a little later: what stands in the way may be on its way out.
                self.profile.under_way.sent.insert(gift_key(gift));
                let tries = outgoing.tries + 1;
                self.send_gift_to(gift, &outgoing.to, tries)
            }
            Body::Full { .. } => {
                // What it was planned for is no more: somebody new takes it, and all is looked at again.
                let to = (self.new_id)();
                self.send_gift_to(gift, &to, 0)?;
                self.unsettle()
            }
            Body::Moved { to, .. } => {
                let to = if *to == self.me() { (self.new_id)() } else { to.clone() };
                self.send_gift_to(gift, &to, 0)
            }
            _ => Ok(()),
        }
    }

    fn put_outgoing(&mut self, gift: u64, outgoing: Outgoing) -> Stepped<()> {
        self.store.write(Write::Outgoing(gift, Some(&outgoing)))?;
        self.profile.outgoing.insert(gift, outgoing);
        Ok(())
    }

    /// Under a new number, because the receiver will never take the old one.
    fn send_gift_to(&mut self, gift: u64, to: &ProfileId, tries: u32) -> Stepped<()> {
        let Some(outgoing) = self.profile.outgoing.get(&gift).cloned() else { return Ok(()) };
        for id in outgoing.settlement.ids.keys() {
            if let Some(handed) = self.profile.handed.get(id).cloned() {
                self.put_handed(id, Handed { to: Some(to.clone()), ..handed })?;
            }
        }
        self.profile.home.next = self.profile.home.next.saturating_add(1);
        let number = self.profile.home.next;
        self.put_home()?;
        let outgoing = Outgoing { number, to: to.clone(), after: String::new(), tries, ..outgoing };
        self.put_outgoing(gift, outgoing)
    }

    /// It is all there: of the rows only the names stay, so that none of them is taken for new, and the entries are told. Who
    /// moved in with these identifiers is found there from now on, and not before: until then the receiver may itself lead
    /// to one of them, and both would lead to each other.
    fn has_arrived(&mut self, gift: u64) -> Stepped<()> {
        if let Some(Outgoing { to, settlement, .. }) = self.profile.outgoing.remove(&gift) {
            for entry in &settlement.ledger {
                let Ledger::Merged { younger, epoch, .. } = entry else { continue };
                if *younger != to {
                    self.tell(younger, Body::Redirect { to: to.clone(), epoch: *epoch });
                }
            }
        }
        self.store.write(Write::Outgoing(gift, None))?;
        self.store.write(Write::Empty(part(gift)))
    }

    /// Tells entries of identifiers that left.
    pub(super) fn hand_some(&mut self) {
        let on_the_way = |id: &Identifier| {
            self.profile.outgoing.values().any(|outgoing| outgoing.settlement.ids.contains_key(id))
        };
        let open: Vec<(Identifier, Handed)> = self
            .profile
            .handed
            .iter()
            .filter(|(id, handed)| {
                let erased = handed.to.is_none() && !self.is_live();
                !handed.done
                    && !erased
                    && !on_the_way(id)
                    && !self.profile.under_way.sent.contains(&hand_key(id))
            })
            .take(limits::REPOINTS_AT_A_TIME)
            .map(|(id, handed)| (id.clone(), handed.clone()))
            .collect();
        for (id, Handed { from, to, epoch, .. }) in open {
            self.profile.under_way.sent.insert(hand_key(&id));
            let ask = match to {
                Some(to) => Ask::Move { from, to, epoch },
                None => Ask::Free { from, epoch },
            };
            self.ask_entry(&id, ask);
        }
    }

    /// An entry has answered that it names the new owner, or why not.
    pub(super) fn handed(&mut self, id: &Identifier, from: &ProfileId, answer: &Answer) -> Stepped<()> {
        let handed = self.profile.handed.get(id).cloned();
        let Some(handed) = handed.filter(|handed| handed.from == *from && !handed.done) else {
            return Ok(());
        };
        let epoch = answer.owner.epoch();
        let me = self.me();
        let named = answer.owner.profile();
        let still = named
            .filter(|named| (**named == handed.from || **named == me) && handed.to.as_ref() != Some(named));
        if let Some(from) = still.cloned() {
            // It was re-pointed meanwhile, or its epoch was not known.
            self.profile.under_way.sent.remove(&hand_key(id));
            return self.put_handed(id, Handed { from, epoch, ..handed });
        }
        if epoch <= handed.epoch && answer.owner != Owner::Fresh {
            // Said before what was asked last: who owned it then says nothing of now. The alarm asks again.
            return Ok(());
        }
        self.profile.under_way.sent.remove(&hand_key(id));
        if answer.owner.profile().is_some()
            && answer.owner.profile() == handed.to.as_ref()
            && let Some(to) = handed.to.clone()
        {
            self.tell(&to, Body::Yours { id: id.clone(), epoch, erased: answer.erased_at() });
        }
        // Nobody has it any more, or ever will for what was before: that it left here needs no name.
        let erased = matches!(answer.owner, Owner::Erased { .. }).then(|| answer.erased_at()).flatten();
        self.has_heard(id, handed, erased)
    }

    /// The entry names us now.
    pub(super) fn is_ours(&mut self, named: &Grant) -> Stepped<()> {
        let Grant { id, epoch, erased, .. } = named;
        let (epoch, erased) = (*epoch, *erased);
        if !self.is_live() || self.is_out_of_date(id, epoch) {
            return Ok(());
        }
        if let Some(held) = self.profile.held.get(id).cloned() {
            if held.epoch < epoch {
                let erased = held.erased.max(erased);
                self.keep(id, super::super::meet::Held { epoch, erased, ..held })?;
            }
            return Ok(());
        }
        match self.profile.links.get(&id.to_string()).cloned() {
            Some(Link { order, how: How::IfKnown { id }, decides }) => {
                // It changes hands: somebody has had it.
                self.hold_linked(&Link { order, how: How::Shown { id }, decides }, named)
            }
            Some(link) => self.hold_linked(&link, named),
            None => Ok(()),
        }
    }

    /// Rows that no plan knew of go where their strongest identifier went.
    pub(super) fn fragment_of<'f>(
        &self,
        strongest: &Identifier,
        gives: &'f mut [Fragment],
    ) -> Option<&'f mut Fragment> {
        gives.iter_mut().find(|fragment| fragment.ids.contains(strongest))
    }
}

fn gift_key(gift: u64) -> String {
    format!("gift:{gift}")
}

fn hand_key(id: &Identifier) -> String {
    format!("hand:{id}")
}
