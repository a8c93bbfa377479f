//! One way in: every message of another object, and the alarm. After each input all that can be done is done.

use super::super::Identifier;
use super::super::entry::{Answer, Ask};
use super::message::{About, Body, Effect, Message};
use super::store::{Store, UnderWay};
use super::{Grant, Place, Step, Stepped};
use crate::ids::ProfileId;
use crate::limits;

impl<S: Store> Step<'_, S> {
    /// Takes a message of another profile object.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn hear(&mut self, message: &Message) -> Stepped<()> {
        let from = &message.from;
        match &message.body {
            Body::Entry { id, ask, answer } => self.entry_answered(id, ask, answer)?,
            Body::Propose(proposal) => self.proposed(proposal)?,
            Body::Surrender { merge, epoch, trigger } => self.called(from, *merge, *epoch, trigger)?,
            Body::Declined { merge } => self.declined(from, *merge)?,
            Body::Coming { merge } => self.asked_if_coming(from, *merge),
            Body::Stage { older, merge, rows } => self.stage(from, older, *merge, rows)?,
            Body::Commit { older, merge, younger, trigger: _, rows, luggage, state } => {
                self.commit(older, *merge, younger, rows, luggage, state)?;
            }
            Body::Abort { older, merge } => self.abort(from, older, *merge)?,
            Body::Forget { at, word, suppress } => {
                self.asked_to_forget(from, *at, word.as_ref().map(|word| (word, *suppress)))?;
            }
            Body::ForgetNames { names, at } => self.asked_to_forget_names(from, names, *at)?,
            Body::NamesForgotten => self.names_answered(from, None)?,
            Body::Overwritten { whom } => self.overwritten(whom)?,
            Body::Forgetting => self.erasure_answered(from, None)?,
            Body::Erased { id, at } => self.name_was_erased(from, id, *at)?,
            Body::Dropped { id } => self.claimant_answered(from, id, None),
            Body::Absorb { older, merge, rows, luggage } => {
                self.absorb(from, older.as_ref(), *merge, rows, luggage)?;
            }
            Body::Moved { to, about, .. } => match about {
                About::Link(_) => self.answered(from, &message.body)?,
                About::Merge(_) => self.surrender_answered(from, &message.body)?,
                About::Gift(_) => self.gift_answered(from, &message.body)?,
                About::Description(gathering) => self.gathering_moved(from, *gathering, to)?,
                About::Names => self.names_answered(from, Some(to))?,
                About::Erasure => self.erasure_answered(from, Some(to))?,
                About::Name(id) => self.claimant_answered(from, id, Some(to)),
            },
            Body::Later { .. } | Body::Refused { .. } | Body::Survive { .. } => {
                self.answered(from, &message.body)?;
            }
            Body::Staged { .. } | Body::Committed { .. } | Body::NoRoom { .. } | Body::Absorbed { .. } => {
                self.surrender_answered(from, &message.body)?;
            }
            Body::Mistaken { id, epoch, to } => self.is_mistaken(id, *epoch, to),
            Body::Yours { id, epoch, erased } => {
                let (id, profile) = (id.clone(), self.me());
                self.is_ours(&Grant { id, profile, epoch: *epoch, erased: *erased })?;
            }
            Body::Give(give) => self.given(from, give)?,
            Body::Given { .. } | Body::Full { .. } => self.gift_answered(from, &message.body)?,
            Body::Redirect { to, epoch } => self.redirect(from, to, *epoch)?,
            Body::Deliver(item) => self.brought(from, item)?,
            Body::Taken { id, taken } => self.was_taken(from, id, taken)?,
            Body::Describe { gathering } => self.asked_to_describe(from, *gathering)?,
            Body::Described { gathering, description } => self.described(from, *gathering, description)?,
            Body::Rearrange(part) => self.rearrange(part)?,
        }
        self.advance()
    }

    fn entry_answered(&mut self, id: &Identifier, ask: &Ask, answer: &Answer) -> Stepped<()> {
        // Until the config in hand says so, for whoever was to publish it may have crashed.
        if answer.quarantined && !self.config.identity().quarantined.contains(id) {
            self.effects.push(Effect::Quarantine { id: id.clone() });
        }
        if let Some(at) = answer.erased_at().filter(|at| self.is_live() && self.keeps_name(id, *at)) {
            self.forget_names(std::slice::from_ref(id), at)?;
        }
        match ask {
            Ask::Claim { order: (_, event), link: false, .. } => self.claimed(event, id, answer),
            Ask::Claim { only_ask, .. } => self.claim_answered(id, answer, *only_ask),
            Ask::Move { from, to, .. } if *to == self.me() => self.repointed(id, from, answer),
            Ask::Move { from, .. } | Ask::Free { from, .. } => self.handed(id, from, answer),
            Ask::Erase { from, told, .. } => self.entry_erased(id, from, *told, answer),
            Ask::Who { gathering } => self.who_answered(id, *gathering, answer),
            Ask::Lookup => self.looked_up(id, None, answer),
            Ask::Shown { since, .. } => {
                self.asked_again(id, *since, answer)?;
                self.looked_up(id, Some(*since), answer)
            }
            Ask::OnDevice { .. } | Ask::Release | Ask::Bury { .. } | Ask::Suppress(_) => Ok(()),
        }
    }

    /// The younger side can't come.
    fn declined(&mut self, from: &ProfileId, merge: u64) -> Stepped<()> {
        let Some(kept) = self.profile.reservations.get(&merge).filter(|kept| kept.younger.profile == *from)
        else {
            return Ok(());
        };
        let key = kept.link.key();
        self.give_up_room(merge)?;
        if self.profile.under_way.is_linking(&key) { self.postpone(&key) } else { Ok(()) }
    }

    /// Who moved in with us has been given away with what it brought.
    fn redirect(&mut self, from: &ProfileId, to: &ProfileId, epoch: u64) -> Stepped<()> {
        let here = matches!(&self.profile.home.place, Place::Forwarding { to } if to == from);
        if here && self.profile.home.epoch == epoch && *to != self.me() {
            self.profile.home.place = Place::Forwarding { to: to.clone() };
            self.put_home()?;
        }
        Ok(())
    }

    /// The alarm rings: what was sent and not answered is sent again.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn ring(&mut self) -> Stepped<()> {
        let UnderWay { tries, left_to_admin, .. } = self.profile.under_way;
        let tries = tries.saturating_add(1);
        self.profile.under_way = UnderWay { tries, left_to_admin, ..UnderWay::default() };
        self.ask_if_coming();
        self.advance()
    }

    /// Does all that can be done now, and sets the alarm for the rest.
    pub(super) fn advance(&mut self) -> Stepped<()> {
        self.bring()?;
        self.erase_if_due()?;
        self.have_forgotten();
        self.move_on()?;
        if self.is_live() {
            self.start_link()?;
            self.repoint_some();
            self.carry_gifts()?;
            self.hand_some();
            self.start_gathering()?;
        }
        if matches!(self.profile.home.place, Place::Erased { .. }) {
            self.erase_some();
            self.hand_some();
            self.tell_names();
            self.end_telling()?;
        }
        self.overwrite();
        if let Some(at) = self.profile.next_change(self.config, self.now) {
            self.effects.push(Effect::Wake { at });
        }
        if self.profile.has_work() {
            let wait = limits::retry_wait(self.profile.under_way.tries);
            self.effects.push(Effect::Wake { at: self.now.plus(wait) });
        } else {
            self.profile.under_way.tries = 0;
        }
        Ok(())
    }
}
