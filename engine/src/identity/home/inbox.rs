//! The inbox: events whose owner could not be reached, or found, when they came. They are kept here and brought by the
//! alarm.
//!
//! Durable before resolved: whoever sent them was told that they are stored. A row leaves on the owner's word alone, and
//! the owner knows an event that comes twice by its messageId. Nobody need live where an inbox is.

use super::super::Identifier;
use super::super::delivery::{Delivered, Delivery, Next};
use super::super::entry::{Answer, Ask};
use super::super::fact::Order;
use super::message::{Body, Effect};
use super::store::{Store, Write};
use super::{Item, Step, Stepped, Taken};
use crate::ids::{MessageId, ProfileId};
use crate::time::UnixMillis;

impl<S: Store> Step<'_, S> {
    /// Keeps events until their owners have them, whoever that is.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn receive(&mut self, items: &[Item]) -> Stepped<Vec<Taken>> {
        let mut taken = Vec::with_capacity(items.len());
        for item in items {
            let allowed = item.consent.may_keep(&item.logged.event).is_some();
            let can_be_brought = item.delivery(None, self.config.identity()).is_some();
            if allowed && can_be_brought {
                let id = &item.logged.event.message_id;
                self.store.write(Write::Inbox(id, Some(item)))?;
                self.profile.inbox.insert(id.clone(), item.clone());
            }
            taken.push(match (allowed, can_be_brought) {
                (false, _) => Taken::Denied,
                (true, false) => Taken::NotMine,
                (true, true) => Taken::Accepted,
            });
        }
        // The alarm must know whose object this is.
        self.put_home()?;
        self.advance()?;
        Ok(taken)
    }

    /// Begins to bring what is not on its way. After a loss the alarm begins anew.
    pub(super) fn bring(&mut self) -> Stepped<()> {
        let waits = |id: &&MessageId| !self.profile.under_way.brought.contains_key(*id);
        let waiting: Vec<MessageId> = self.profile.inbox.keys().filter(waits).cloned().collect();
        let rules = self.config.identity();
        for id in waiting {
            let delivery = self.profile.inbox.get(&id).and_then(|item| item.delivery(None, rules));
            let Some(delivery) = delivery else { continue };
            self.profile.under_way.brought.insert(id.clone(), delivery);
            self.ask_on(&id)?;
        }
        Ok(())
    }

    /// Asks whom its delivery says.
    fn ask_on(&mut self, id: &MessageId) -> Stepped<()> {
        let (Some(item), Some(delivery)) =
            (self.profile.inbox.get(id), self.profile.under_way.brought.get(id))
        else {
            return Ok(());
        };
        match delivery.next().clone() {
            Next::LookUp(entry) => self.effects.push(Effect::Ask { id: entry, ask: Ask::Lookup }),
            Next::AskWhoShows(entry, since) => {
                self.effects.push(Effect::Ask { id: entry, ask: Ask::Shown { since, by: None } });
            }
            Next::Claim(entry, candidate) => {
                let order: Order = (item.logged.event.timestamp, id.clone());
                let candidate = candidate.unwrap_or_else(|| (self.new_id)());
                let ask = Ask::Claim { candidate, order, link: false, only_ask: false };
                self.effects.push(Effect::Ask { id: entry, ask });
            }
            Next::Deliver(to, granted) => {
                let apart_since = delivery.apart_since.clone();
                let item = Item { granted, apart_since, ..item.clone() };
                self.tell(&to, Body::Deliver(Box::new(item)));
            }
            Next::GiveUp => {}
            Next::Done(became) => {
                let is_about_nobody = became == Delivered::Erased;
                self.profile.under_way.brought.remove(id);
                self.profile.inbox.remove(id);
                self.store.write(Write::Inbox(id, None))?;
                if is_about_nobody {
                    self.leave_residue(&self.me())?;
                }
            }
        }
        Ok(())
    }

    /// An entry was asked whose these events are, or who else has shown it since.
    pub(super) fn looked_up(
        &mut self,
        entry: &Identifier,
        since: Option<UnixMillis>,
        answer: &Answer,
    ) -> Stepped<()> {
        let asks = |delivery: &Delivery| match (delivery.next(), since) {
            (Next::LookUp(asked), None) => asked == entry,
            (Next::AskWhoShows(asked, at), Some(since)) => asked == entry && *at == since,
            _ => false,
        };
        let brought = self.profile.under_way.brought.iter();
        let waiting: Vec<MessageId> =
            brought.filter(|(_, delivery)| asks(delivery)).map(|(id, _)| id.clone()).collect();
        for id in waiting {
            self.entry_said(&id, entry, answer)?;
        }
        Ok(())
    }

    /// An entry was claimed with this event.
    pub(super) fn claimed(&mut self, id: &MessageId, entry: &Identifier, answer: &Answer) -> Stepped<()> {
        let asks = |delivery: &&Delivery| matches!(delivery.next(), Next::Claim(asked, _) if asked == entry);
        if self.profile.under_way.brought.get(id).filter(asks).is_none() {
            return Ok(());
        }
        self.entry_said(id, entry, answer)
    }

    fn entry_said(&mut self, id: &MessageId, entry: &Identifier, answer: &Answer) -> Stepped<()> {
        if let Some(delivery) = self.profile.under_way.brought.get_mut(id) {
            delivery.entry_said(entry, answer);
        }
        self.ask_on(id)
    }

    /// Somebody brings an event that was kept for this profile, or for whom it knows.
    pub(super) fn brought(&mut self, from: &ProfileId, item: &Item) -> Stepped<()> {
        let id = item.logged.event.message_id.clone();
        for taken in self.take_in(std::slice::from_ref(item))? {
            self.tell(from, Body::Taken { id: id.clone(), taken });
        }
        Ok(())
    }

    /// What became of an event at whom it was brought to.
    pub(super) fn was_taken(&mut self, by: &ProfileId, id: &MessageId, taken: &Taken) -> Stepped<()> {
        let Some(delivery) = self.profile.under_way.brought.get_mut(id) else { return Ok(()) };
        if !matches!(delivery.next(), Next::Deliver(to, _) if to == by) {
            return Ok(()); // an answer that came late
        }
        delivery.profile_said(by, taken);
        self.ask_on(id)
    }
}
