//! An event that is read without a name by one Worker may have been taken with it by another, or be taken with it later.
//!
//! Whoever took it with the name has come to the entry of each other identifier that it shows and that they don't hold, and
//! from there to its owner. So whoever logs it without the name notes, first, that nothing as old may come to it without a
//! look at the whole, has the identifier's owner note the same, and asks the entry, last, who has come already. Each side
//! logs first: in whatever order they come, one of the two finds the other.

use super::super::entry::Answer;
use super::super::fact::{Order, claimed_device};
use super::super::{Identifier, IdentifierKind, Namespace, SharedDevice};
use super::store::Store;
use super::{How, Link, Step, Stepped};
use crate::ids::{MessageId, ProfileId};
use crate::profile::Logged;
use crate::time::UnixMillis;

impl<S: Store> Step<'_, S> {
    /// An event was logged without a name, and this is the strongest of what is left.
    pub(super) fn has_lost_a_name(&mut self, id: &Identifier, order: &Order) -> Stepped<()> {
        let after = (order.0.plus(1), MessageId::default());
        let home = &mut self.profile.home;
        if home.contested.as_ref().is_none_or(|contested| *contested < after) {
            home.contested = Some(after);
            self.put_home()?;
        }
        self.ask_for(Link { order: order.clone(), how: How::Again { id: id.clone() }, decides: false })
    }

    /// An event was logged by a name that is proven, and only claims its device. A copy without that name is filed under the device:
    /// whoever has it is to find us, and we them.
    pub(super) fn claims_its_device(&mut self, logged: &Logged) -> Stepped<()> {
        let order = (logged.event.timestamp, logged.event.message_id.clone());
        self.has_claimed(claimed_device(&logged.ids), &order)
    }

    /// The entry of a claimed device is to know us.
    pub(super) fn has_claimed(&mut self, device: Option<&Identifier>, order: &Order) -> Stepped<()> {
        let is_device = |id: &&Identifier| id.namespace.as_str() == Namespace::ANONYMOUS_ID;
        let Some(id) = device.filter(is_device).cloned() else { return Ok(()) };
        self.ask_for(Link { order: order.clone(), how: How::Again { id }, decides: true })
    }

    /// Somebody has logged it, by the name that a device has of its own, and this identifier may be ours; or it is under
    /// `quarantine`, and we have shown it.
    pub(super) fn others_may_have(
        &mut self,
        id: &Identifier,
        order: &Order,
        quarantine: bool,
    ) -> Stepped<()> {
        match self.store.row(&order.1)? {
            Some(row) if claimed_device(&row.ids) == Some(id) => return self.claims_its_device(&row),
            Some(_) => self.unsettle()?,
            None => {}
        }
        if quarantine && !self.profile.held.contains_key(id) {
            return Ok(());
        }
        self.has_lost_a_name(id, order)
    }

    /// An event that was logged here shows a device that is under quarantine and somebody else's. A copy without its other names
    /// may be with what the device does alone, to which neither that entry nor whoever has the device leads any more.
    pub(super) fn look_apart(&mut self, id: &Identifier, order: &Order) -> Stepped<()> {
        let rules = self.config.identity();
        if rules.kind(&id.namespace) != IdentifierKind::Device || id.namespace.is_reserved() {
            return Ok(());
        }
        let shared = (rules.shared_device == SharedDevice::Isolate).then(|| id.shared_device());
        let before = rules.isolate_pre_login.then(|| id.before_login());
        for id in shared.into_iter().chain(before) {
            self.ask_for(Link { order: order.clone(), how: How::Again { id }, decides: false })?;
        }
        Ok(())
    }

    /// Somebody has logged it with a stronger name, and what a device does alone is here: theirs is the copy that stays.
    pub(super) fn apart_may_have(&mut self, event: &MessageId, with_the_name: &ProfileId) -> Stepped<()> {
        let here = self.store.find(event)?.is_some_and(|(_, visible)| visible);
        if !here {
            return Ok(());
        }
        self.give_double(event, with_the_name)?;
        // The device may have been shown by nothing else.
        self.unsettle()
    }

    /// The entry says who else has shown it since, and whose it is.
    pub(super) fn asked_again(&mut self, id: &Identifier, since: UnixMillis, answer: &Answer) -> Stepped<()> {
        let me = self.me();
        let lives = self.is_live();
        let Some(linking) = self.profile.under_way.link.as_mut().filter(|_| lives) else { return Ok(()) };
        let asks =
            |link: &&Link| matches!(&link.how, How::Again { id: of } if of == id) && link.order.0 == since;
        let Some(link) = self.profile.links.get(&linking.key).filter(asks).cloned() else { return Ok(()) };
        let mut others: Vec<ProfileId> = answer.claimants.iter().filter(|one| **one != me).cloned().collect();
        if link.decides {
            others.clear();
        }
        let shown = !others.is_empty();
        if !answer.quarantined {
            others.clear();
        }
        others.extend(answer.owner.profile().filter(|owner| **owner != me).cloned());
        (linking.others, linking.quarantined) = (others, answer.quarantined);
        if shown && !answer.quarantined {
            self.unsettle()?;
        }
        if link.decides && answer.owner.profile().is_some() {
            self.look_apart(id, &link.order)?;
        }
        self.ask_others(&link)
    }

    /// Tells the next one: whose the identifier is, and under quarantine, where a look at the whole would not find them, those
    /// who have shown it.
    pub(super) fn ask_others(&mut self, link: &Link) -> Stepped<()> {
        let linking = self.profile.under_way.link.as_mut();
        let Some(linking) = linking.filter(|linking| linking.key == link.key()) else { return Ok(()) };
        linking.asked.clear();
        match linking.others.pop() {
            Some(other) => self.propose(link, &other),
            None => self.settled(&link.key()),
        }
    }
}
