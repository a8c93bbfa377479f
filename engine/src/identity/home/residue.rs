//! What is deleted is free space to a storage, which keeps its bytes until it needs the place. So whoever has deleted what names
//! somebody who was erased asks for all free space to be overwritten, and says that it is forgotten when that is done.

use std::collections::BTreeSet;

use super::message::{About, Body, Effect};
use super::store::{Profile, Store};
use super::{Place, Step, Stepped};
use crate::ids::ProfileId;

const KEY: &str = "overwrite";

impl Profile {
    /// Of whom nothing is to be deleted here any more, but bytes may be left. One who was erased here has names until all others
    /// have heard them; those others do not wait for that, or two would wait for each other.
    fn left_of(&self) -> BTreeSet<ProfileId> {
        let mut whom = self.home.residue.clone();
        let moves = match self.home.place {
            Place::Surrendering { .. } => true,
            Place::Live => !(self.outgoing.is_empty() && self.reservations.is_empty()),
            Place::None | Place::Forwarding { .. } | Place::Erased { .. } => false,
        };
        if moves {
            return BTreeSet::new();
        }
        if !(self.handed.values().all(|handed| handed.done)
            && self.home.telling.is_none()
            && self.inbox.is_empty())
        {
            whom.remove(&self.home.me);
        }
        whom
    }
}

impl<S: Store> Step<'_, S> {
    /// Something of this person's was deleted here.
    pub(super) fn leave_residue(&mut self, of: &ProfileId) -> Stepped<()> {
        if self.profile.home.residue.insert(of.clone()) { self.put_home() } else { Ok(()) }
    }

    /// Asks for free space to be overwritten, where that is due.
    pub(super) fn overwrite(&mut self) {
        let whom = self.profile.left_of();
        if !whom.is_empty() && self.profile.under_way.sent.insert(KEY.into()) {
            self.effects.push(Effect::Overwrite { whom });
        }
    }

    /// It was, after all of theirs had been deleted: those who wait for it are told.
    pub(super) fn overwritten(&mut self, whom: &BTreeSet<ProfileId>) -> Stepped<()> {
        self.profile.under_way.sent.remove(KEY);
        let me = self.me();
        for one in whom {
            if !self.profile.home.residue.remove(one) || *one == me {
                continue;
            }
            match self.profile.home.place.clone() {
                Place::Forwarding { to } if to != *one => {
                    self.tell(one, Body::Moved { to, older: None, about: About::Names });
                }
                _ => self.tell(one, Body::NamesForgotten),
            }
        }
        self.put_home()
    }
}
