//! Taking events in: whose an event is, what of it is to be linked, and the log.

use serde::{Deserialize, Serialize};

use super::super::delivery::Delivery;
use super::super::entry::Ask;
use super::super::extract::NoIdentifier;
use super::super::fact::{Fact, Order, Says};
use super::super::meet::{Admit, Held, HeldIds, HeldState, Meeting, admit, goes_round, isolated, meet};
use super::super::resolve::on_shared_device;
use super::super::{Identifier, IdentityRules, Refusal, Violation};
use super::give::is_gift;
use super::message::Body;
use super::store::{Note, NoteKind, Store, Write};
use super::{Handed, How, Link, Place, Repoint, Step, Stepped};
use crate::account::Report;
use crate::consent::Consent;
use crate::event::Event;
use crate::ids::ProfileId;
use crate::offer::experiment::Reward;
use crate::profile::Logged;
use crate::segment::Cause;
use crate::time::UnixMillis;

/// One event for a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The row to log.
    pub logged: Logged,
    /// The entry that led here, if one was asked.
    pub granted: Option<Grant>,
    /// The consent in force: without it the object does not store.
    pub consent: Consent,
    /// The event is kept apart because several people use its device since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart_since: Option<Order>,
    /// Values on it that are no identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_identifiers: Vec<NoIdentifier>,
    /// It comes from the archive: it is there already, and its profile began when it was received.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

/// An event's way to whoever it belongs to, and the profile where it is expected. `not_identifiers` stand on it.
pub fn delivery(
    logged: &Logged,
    not_identifiers: &[NoIdentifier],
    expected: Option<(ProfileId, Option<Grant>)>,
    rules: &IdentityRules,
) -> Option<Delivery> {
    let delivery = Delivery::new(logged, expected)?.by(rules);
    Some(if lacks_a_name(not_identifiers) { delivery.without_a_name() } else { delivery })
}

fn lacks_a_name(not_identifiers: &[NoIdentifier]) -> bool {
    not_identifiers.iter().any(|one| one.reason == Refusal::Quarantined)
}

impl Item {
    /// See [`delivery`].
    pub fn delivery(
        &self,
        expected: Option<(ProfileId, Option<Grant>)>,
        rules: &IdentityRules,
    ) -> Option<Delivery> {
        delivery(&self.logged, &self.not_identifiers, expected, rules)
    }
}

/// What an entry said when it was asked whose an event is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The identifier.
    pub id: Identifier,
    /// Whom its entry named: this profile, or one that has moved in here.
    pub profile: ProfileId,
    /// In which epoch.
    pub epoch: u64,
    /// When somebody was erased whom it named before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<UnixMillis>,
}

/// What became of an event at a profile object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Logged.
    Accepted,
    /// Was there already.
    Duplicate,
    /// Another event was there already under its messageId: the first one counts.
    Conflict,
    /// It is older than what is retained.
    PastRetention,
    /// It belongs to someone else.
    NotMine,
    /// It belongs to whoever has this identifier: the device was used by several people before.
    Elsewhere {
        /// Which.
        id: Identifier,
        /// Since when.
        since: Order,
    },
    /// The profile lives elsewhere, or gave the identifier away.
    Moved {
        /// Where.
        to: ProfileId,
        /// What its entry will say.
        grant: Option<Grant>,
    },
    /// The person was erased.
    Erased,
    /// No consent came with it.
    Denied,
}

/// Whether an event is this profile's.
enum Whose {
    Mine {
        hold: Option<Grant>,
        links: Vec<Link>,
    },
    /// By the name of its own that its device has since several people use it.
    Apart {
        hold: Option<Grant>,
        since: Option<Order>,
    },
    Other(Taken),
}

impl<S: Store> Step<'_, S> {
    /// Takes events in, each with its own outcome.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn take(&mut self, items: &[Item]) -> Stepped<Vec<Taken>> {
        let taken = self.take_in(items)?;
        self.advance()?;
        Ok(taken)
    }

    pub(super) fn take_in(&mut self, items: &[Item]) -> Stepped<Vec<Taken>> {
        self.refresh()?;
        self.pass_time()?;
        let mut taken = Vec::with_capacity(items.len());
        for item in items {
            let outcome = self.take_one(item)?;
            if outcome == Taken::Accepted {
                let id = &item.logged.event.message_id;
                self.look_at_segments(if item.replayed { Cause::Replay(id) } else { Cause::Event(id) })?;
            }
            taken.push(outcome);
        }
        if taken.contains(&Taken::Accepted) {
            self.store.write(Write::Folded(&self.profile.folded))?;
        }
        Ok(taken)
    }

    fn take_one(&mut self, item: &Item) -> Stepped<Taken> {
        let Some(consent) = item.consent.may_keep(&item.logged.event) else { return Ok(Taken::Denied) };
        match &self.profile.home.place {
            Place::Erased { at } => {
                let at = *at;
                return self.asked_after_erasure(item, at);
            }
            place => {
                if let Some(to) = place.forwards() {
                    return Ok(Taken::Moved { to: to.clone(), grant: None });
                }
            }
        }
        let event = &item.logged.event;
        if self.config.retention().is_past(event, self.now) {
            // Whether it was here is not known any more, or will not be.
            return Ok(Taken::PastRetention);
        }
        let found = self.store.find(&event.message_id)?;
        if found.is_some_and(|(part, visible)| visible || is_gift(part)) {
            // Here, or on its way from here to somebody else.
            return self.again(event);
        }
        let Some(fact) = Fact::of(&item.logged) else { return Ok(Taken::NotMine) };
        if self.is_about_the_erased(&fact, item.granted.as_ref()) {
            return Ok(Taken::Erased);
        }
        if let Some(grant) = &item.granted {
            self.check_entry(grant, &fact)?;
        }
        let (hold, links, apart_since) = match self.whose(&fact, item) {
            Whose::Mine { hold, links } => (hold, links, None),
            Whose::Apart { hold, since } => (hold, Vec::new(), since),
            Whose::Other(taken) => {
                return Ok(self.let_released_go(&fact)?.unwrap_or(taken));
            }
        };
        let claimed = item.granted.as_ref().filter(|grant| self.was_claimed(grant));
        self.settle_in(item)?;
        if let Some((part, _)) = found {
            // It was staged by someone who is moving in, and is ours by itself now.
            self.overlap(part)?;
        }
        self.log(&item.logged)?;
        self.profile.folded.state.apply(&item.logged, self.config, consent);
        if item.consent.may_keep_in_archive(&item.logged.event).is_some() && !item.replayed {
            self.store.write(Write::Leaves(item))?;
            for reward in Reward::of(&self.profile.folded.state.exposures, self.config, &item.logged) {
                self.store.write(Write::Teaches(&reward))?;
            }
        }
        if let Some(told) = Report::of(&item.logged) {
            self.store.write(Write::Tells(&told))?;
        }
        if let Some(named) = hold {
            self.forget_what_it_named(&named)?;
            self.hold(&named, &fact.order, HeldState::Active)?;
            let Grant { id, profile, epoch, .. } = named;
            self.watch_logins(None)?;
            if self.order_matters() && self.profile.held.len() > 1 {
                self.contest(&fact.order, None)?;
            }
            if epoch > 1 || profile != self.me() {
                // Somebody had it before, with events that may be this one, or older or newer than what made it ours.
                self.contest(&fact.order, None)?;
                self.unsettle()?;
            }
            if profile != self.me() {
                self.remember_repoint(&id, Repoint { from: profile, epoch })?;
            }
        }
        self.tell_of_devices(&fact, &links);
        if let Says::Seen { ids, previous: Some(previous) } = &fact.says
            && ids.first().is_some_and(|name| goes_round(&self.profile.held, name, previous))
        {
            let broken = Violation { reason: Refusal::Alias, namespace: previous.namespace.clone() };
            self.note_refusal(previous, &fact.order, &[broken])?;
        }
        for link in links {
            self.ask_for(link)?;
        }
        if let Says::Seen { ids, .. } = &fact.says
            && let Some(strongest) = ids.first().filter(|_| lacks_a_name(&item.not_identifiers))
        {
            self.has_lost_a_name(strongest, &fact.order)?;
        }
        self.claims_its_device(&item.logged)?;
        self.note_no_identifiers(item)?;
        if let Some(since) = &apart_since {
            self.kept_apart(&fact, since)?;
        }
        if item.logged.previous.is_some() {
            // Whether an alias renames somebody depends on what came before it.
            self.contest(&fact.order, None)?;
        }
        self.saw(&fact)?;
        if let Some(named) = claimed.filter(|grant| grant.profile == self.me())
            && let Some(link) =
                self.profile.links.get(&named.id.to_string()).cloned().filter(|_| self.is_live())
        {
            // Linked like any other, but its entry need not be asked again.
            self.hold_linked(&link, named)?;
        }
        Ok(Taken::Accepted)
    }

    /// An event whose messageId is here. A client that gives one to two events is wrong: that is counted, and the first one
    /// stays what it is.
    fn again(&mut self, event: &Event) -> Stepped<Taken> {
        if self.store.row(&event.message_id)?.is_none_or(|known| known.is_same(event)) {
            return Ok(Taken::Duplicate);
        }
        self.profile.home.conflicts = self.profile.home.conflicts.saturating_add(1);
        self.put_home()?;
        Ok(Taken::Conflict)
    }

    /// What happened before somebody was erased is not about who has the name since.
    fn is_about_the_erased(&self, fact: &Fact, granted: Option<&Grant>) -> bool {
        let Says::Seen { ids, .. } = &fact.says else { return false };
        let Some(strongest) = ids.first().filter(|id| !self.has_apart(id)) else { return false };
        let held = self.profile.held.get(strongest).and_then(|held| held.erased);
        let said = granted.filter(|grant| grant.id == *strongest).and_then(|grant| grant.erased);
        held.max(said).is_some_and(|erased| fact.order.0 <= erased)
    }

    /// Somebody shows a released address of ours without anything that is ours: whoever it is may have it.
    fn let_released_go(&mut self, fact: &Fact) -> Stepped<Option<Taken>> {
        let Says::Seen { ids, .. } = &fact.says else { return Ok(None) };
        let released = |id: &&Identifier| {
            self.profile.held.get(*id).is_some_and(|held| held.state == HeldState::Released)
        };
        let Some(id) = ids.first().filter(released).filter(|_| self.is_live()).cloned() else {
            return Ok(None);
        };
        let to = (self.new_id)();
        let held = self.profile.held.get(&id).cloned();
        self.hand_over(&id, Some(to.clone()))?;
        self.contest(&fact.order, None)?;
        let handed = self.profile.handed.get(&id).cloned();
        let erased = held.and_then(|held| held.erased);
        let grant = handed.map(|handed| Grant { id, profile: handed.from, epoch: handed.epoch, erased });
        Ok(Some(Taken::Moved { to, grant }))
    }

    /// Nothing is under way that would make it ours.
    fn is_nobodys(&self, id: &Identifier) -> bool {
        !self.profile.links.contains_key(&id.to_string())
    }

    fn could_hold(&self, id: &Identifier, fact: &Fact) -> bool {
        let edges = self.edges();
        let admitted = admit(&self.promised(), id, fact.order.0, self.config.identity(), &edges);
        self.profile.home.place == Place::None || admitted == Admit::Hold
    }

    /// The entry was claimed for us though we did not ask: by a login on a device that was found here last.
    fn was_claimed(&self, grant: &Grant) -> bool {
        let known = self.profile.held.contains_key(&grant.id) || !self.is_nobodys(&grant.id);
        // Also anew, after it had been freed or erased.
        let asked = grant.epoch > 1 && grant.profile != self.me();
        !asked && !known && self.profile.home.place != Place::None
    }

    /// It was claimed for us, but this event shows nothing by which it could be ours: the device has gone, or the event
    /// that claimed it never came.
    fn is_strange(&self, grant: &Grant, fact: &Fact) -> bool {
        let Says::Seen { ids, .. } = &fact.says else { return false };
        let ours = ids.iter().find(|id| self.is_named_by(id, fact));
        self.was_claimed(grant) && !ours.is_some_and(|id| self.could_join(ids, id, fact))
    }

    /// Whether it named whoever lives here when this happened. A released address is anybody's who shows it; only beside
    /// something stronger it is still this person's.
    fn is_named_by(&self, id: &Identifier, fact: &Fact) -> bool {
        let held = self.profile.held.get(id);
        held.is_some_and(|held| held.state != HeldState::Released && held.names(fact.order.0))
    }

    /// An entry named us that should have heard that the identifier has gone. Its word may be out of date, or what we
    /// know of it: it is told once more. One that names us for what we can't hold is told that too.
    fn check_entry(&mut self, grant: &Grant, fact: &Fact) -> Stepped<()> {
        let out_of_date = self.is_out_of_date(&grant.id, grant.epoch);
        let known = self.profile.held.contains_key(&grant.id) || !self.is_nobodys(&grant.id);
        let refused = !self.could_hold(&grant.id, fact) || self.is_strange(grant, fact);
        if self.is_live() && !out_of_date && !known && refused {
            let (from, epoch) = (grant.profile.clone(), grant.epoch);
            if from == self.me() {
                return self.put_handed(&grant.id, Handed::new(from, None, epoch));
            }
            // Only the one who is named, and forwards here, knows whether it is so still.
            let (id, to) = (grant.id.clone(), (self.new_id)());
            self.tell(&from, Body::Mistaken { id, epoch, to });
            return Ok(());
        }
        let gone = self.profile.handed.get(&grant.id).filter(|gone| gone.done && grant.epoch <= gone.epoch);
        let Some(gone) = gone.cloned().filter(|_| !self.profile.held.contains_key(&grant.id)) else {
            return Ok(());
        };
        let (from, epoch) = (grant.profile.clone(), grant.epoch.max(gone.epoch));
        self.put_handed(&grant.id, Handed { from, epoch, done: false, ..gone })
    }

    /// An entry still names one who was erased. What went to somebody else before is theirs; what was the person's own, the
    /// entry is being told. Anything else was claimed for a profile that its device was found at: it names somebody else.
    fn asked_after_erasure(&mut self, item: &Item, at: UnixMillis) -> Stepped<Taken> {
        // Nothing is known here any more of what was whose: entries know.
        let Some(grant) = &item.granted else { return Ok(Taken::NotMine) };
        match self.profile.handed.get(&grant.id).cloned() {
            Some(Handed { from, to: Some(to), epoch, .. }) => {
                let grant = Grant { profile: from, epoch, ..grant.clone() };
                return Ok(Taken::Moved { to, grant: Some(grant) });
            }
            Some(_) => {}
            None => {
                self.free_strange(&grant.id, &grant.profile, grant.epoch);
                return Ok(Taken::NotMine);
            }
        }
        Ok(if item.logged.event.timestamp <= at { Taken::Erased } else { Taken::NotMine })
    }

    /// Asked again by whoever comes next, until it is so: nothing has to be remembered.
    pub(super) fn free_strange(&mut self, id: &Identifier, from: &ProfileId, epoch: u64) {
        self.ask_entry(id, Ask::Free { from: from.clone(), epoch });
    }

    /// Logs a row that is not there yet.
    pub(super) fn log(&mut self, logged: &Logged) -> Stepped<()> {
        self.store.write(Write::Log(logged, 0))?;
        let order = (logged.event.timestamp, logged.event.message_id.clone());
        if matches!(self.profile.home.place, Place::Surrendering { .. }) {
            self.store.write(Write::Late(&order.1, true))?;
        }
        let last = &mut self.profile.folded.last;
        if last.as_ref().is_none_or(|last| *last < order) {
            *last = Some(order);
        }
        Ok(())
    }

    /// The first event: somebody lives here from now on.
    fn settle_in(&mut self, first: &Item) -> Stepped<()> {
        let home = &mut self.profile.home;
        if home.place == Place::None {
            home.place = Place::Live;
            home.created_at =
                if first.replayed { first.logged.event.received_at.min(self.now) } else { self.now };
            home.epoch = home.epoch.saturating_add(1);
            self.put_home()?;
        }
        Ok(())
    }

    /// Identifiers are admitted from the strongest down; an event whose strongest can't be here belongs to whom that
    /// names.
    fn whose(&self, fact: &Fact, item: &Item) -> Whose {
        let Says::Seen { ids, previous } = &fact.says else { return Whose::Other(Taken::NotMine) };
        let Some(strongest) = ids.first() else { return Whose::Other(Taken::NotMine) };
        let held = &self.profile.held;
        let granted = item.granted.as_ref().filter(|grant| !held.contains_key(&grant.id));
        let kept_apart = self.isolated_since(ids, fact, item.apart_since.as_ref());
        let apart = strongest.shared_device();
        let named = granted.filter(|grant| grant.id == apart);
        if let Some(since) = kept_apart.clone().filter(|_| named.is_none() && !held.contains_key(&apart)) {
            return Whose::Other(Taken::Elsewhere { id: apart, since });
        }
        if let Some(Grant { id, epoch, .. }) = granted
            && let Some(gone) = self.profile.handed.get(id)
            && (!gone.done || *epoch <= gone.epoch)
        {
            // Who named us was out of date.
            return Whose::Other(
                gone.to.clone().map_or(Taken::NotMine, |to| Taken::Moved { to, grant: None }),
            );
        }
        if granted.is_some_and(|grant| self.is_out_of_date(&grant.id, grant.epoch)) {
            return Whose::Other(Taken::NotMine);
        }
        if granted.is_some_and(|grant| !self.could_hold(&grant.id, fact) || self.is_strange(grant, fact)) {
            return Whose::Other(Taken::NotMine);
        }
        // An event that shows only a device of several people, at the profile that this device has of its own, or at one
        // that has the device and that name, too: by an admin's word, or because nobody has parted them.
        if named.is_some() || kept_apart.is_some() {
            return Whose::Apart {
                hold: named.cloned(),
                since: kept_apart.or_else(|| item.apart_since.clone()),
            };
        }
        if let Some(own) = held.get(&apart).filter(|_| !held.contains_key(strongest)) {
            // Only what came after the second login. Whose the device is may know of an earlier one, or not know better:
            // what it sends back to where it came from would be nobody's.
            let since = own.shared.iter().chain(&item.apart_since).any(|since| *since < fact.order);
            let mine = Whose::Apart { hold: None, since: item.apart_since.clone() };
            return if since { mine } else { Whose::Other(Taken::NotMine) };
        }
        let here = |id: &Identifier| {
            self.is_named_by(id, fact)
                || granted.is_some_and(|grant| grant.id == *id && !self.was_claimed(grant))
                || previous.as_ref() == Some(id) && held.contains_key(id)
        };
        let renames = previous.as_ref().filter(|previous| held.contains_key(*previous));
        if !here(strongest) && renames.is_none() {
            let Some(weaker) = ids.iter().find(|id| here(id)) else { return Whose::Other(Taken::NotMine) };
            if !self.could_join(ids, weaker, fact) {
                return Whose::Other(Taken::NotMine);
            }
        }
        // What is moving out has told what it holds: whatever comes now is linked where it goes.
        let stays = !matches!(self.profile.home.place, Place::Surrendering { .. });
        let if_known = |id: &Identifier| Says::may_be_device(id, previous.as_ref());
        let shown = |id: &Identifier| ids.contains(id) && !if_known(id);
        let hold = granted.filter(|grant| stays && shown(&grant.id) && !self.was_claimed(grant)).cloned();
        let new = |id: &&Identifier| {
            held.get(*id).is_none_or(|held| held.state == HeldState::Released)
                && hold.as_ref().is_none_or(|grant| grant.id != **id)
        };
        let mut links: Vec<Link> = Vec::new();
        for id in ids.iter().filter(new) {
            let how = match renames.filter(|_| id == strongest) {
                Some(previous) => How::Renames { id: id.clone(), previous: previous.clone() },
                None if if_known(id) => How::IfKnown { id: id.clone() },
                None => How::Shown { id: id.clone() },
            };
            links.push(Link { order: fact.order.clone(), how, decides: id == strongest });
        }
        if let Some(id) = previous.as_ref().filter(|id| renames.is_none() && !held.contains_key(*id)) {
            links.push(Link {
                order: fact.order.clone(),
                how: How::Retired { id: id.clone() },
                decides: false,
            });
        }
        if let Some(previous) = renames.filter(|_| held.contains_key(strongest))
            && held.get(previous).is_some_and(|held| held.state == HeldState::Active)
            && previous != strongest
        {
            // Both are held already: nothing to rename.
            links.retain(|link| !matches!(link.how, How::Renames { .. }));
        }
        Whose::Mine { hold, links }
    }

    /// Since when several people use the only thing that this event shows, if that is to be kept apart: a device of this
    /// profile. Of one that has the device's own name, too, somebody else may have known it first.
    fn isolated_since(&self, ids: &[Identifier], fact: &Fact, told: Option<&Order>) -> Option<Order> {
        let held = &self.profile.held;
        let shared = |id: &Identifier| {
            let told = told.filter(|_| held.contains_key(&id.shared_device()));
            held.get(id).and_then(|device| device.shared.as_ref().or(told)).cloned()
        };
        isolated(ids, &fact.order, shared, self.config.identity()).map(|(_, since)| since)
    }

    /// Whether this profile and those stronger identifiers of the event could be one person.
    fn could_join(&self, ids: &[Identifier], weaker: &Identifier, fact: &Fact) -> bool {
        let mut asking = HeldIds::new();
        for id in ids.iter().take_while(|id| *id != weaker) {
            asking.insert(id.clone(), super::settle::held(&fact.order, HeldState::Active, 0, None));
        }
        let edges = self.edges();
        let mine = self.promised();
        meet(&asking, &mine, weaker, self.config.identity(), &edges) == Meeting::Join
    }

    /// Who sent us this event may not have known what has been decided about the device since.
    fn kept_apart(&mut self, fact: &Fact, since: &Order) -> Stepped<()> {
        let Says::Seen { ids, .. } = &fact.says else { return Ok(()) };
        let Some((device, others)) = ids.split_first() else { return Ok(()) };
        for other in others {
            let refused = on_shared_device(other, device, &fact.order);
            self.note_refusal(other, &fact.order, &refused.violations)?;
            self.be_remembered(other, &fact.order)?;
        }
        let id = device.shared_device();
        let Some(held) = self.profile.held.get(&id).filter(|held| held.shared.as_ref() != Some(since)) else {
            return Ok(());
        };
        let held = Held { shared: Some(since.clone()), ..held.clone() };
        self.keep(&id, held)?;
        self.unsettle()
    }

    /// What is no identifier at all is shown.
    fn note_no_identifiers(&mut self, item: &Item) -> Stepped<()> {
        let event = &item.logged.event;
        let order: Order = (event.timestamp, event.message_id.clone());
        for refused in &item.not_identifiers {
            let note = Note {
                kind: if refused.reason.is_of_link() { NoteKind::Unlinked } else { NoteKind::NoIdentifier },
                id: format!("{}:{}", refused.namespace.as_str(), refused.value),
                reasons: vec![format!("{}:{}", refused.reason.code(), refused.namespace.as_str())],
                order: order.clone(),
            };
            self.store.write(Write::Note(&note))?;
        }
        Ok(())
    }
}
