//! Those who have shown a name whose person is erased: some may have events about that person, filed there by something
//! weaker, because more was connected than is rearranged. The entry of the name knows them; whoever was erased tells
//! them, and the entry forgets them then.
//!
//! Nothing of it is stored: the name is not done here before all have heard, and is told to its entry again until then.

use std::collections::BTreeSet;

use super::super::Identifier;
use super::super::entry::{Answer, Ask};
use super::message::{About, Body};
use super::store::Store;
use super::{Place, Step, Stepped};
use crate::ids::ProfileId;
use crate::ordered::gather;
use crate::time::UnixMillis;

/// Who is still to hear that whom a name named until then was erased.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimants {
    at: UnixMillis,
    who: BTreeSet<ProfileId>,
}

impl<S: Store> Step<'_, S> {
    /// The entry has heard, and says who had shown the name. False if nobody had.
    pub(super) fn tell_claimants(&mut self, id: &Identifier, answer: &Answer) -> Stepped<bool> {
        let me = self.me();
        let who: BTreeSet<ProfileId> = gather(answer.claimants.iter().filter(|one| **one != me).cloned());
        let Some(at) = answer.erased_at().filter(|_| !who.is_empty()) else {
            return Ok(false);
        };
        // They may know the other names, too.
        self.may_know(&answer.claimants)?;
        for one in &who {
            self.tell(one, Body::Erased { id: id.clone(), at });
        }
        self.profile.under_way.claimants.insert(id.clone(), Claimants { at, who });
        Ok(true)
    }

    /// At one who has shown it.
    pub(super) fn name_was_erased(
        &mut self,
        from: &ProfileId,
        id: &Identifier,
        at: UnixMillis,
    ) -> Stepped<()> {
        match self.profile.home.place.clone() {
            Place::Forwarding { to } => {
                self.tell(from, Body::Moved { to, older: None, about: About::Name(id.clone()) });
                return Ok(());
            }
            // What is on its way is asked for where it comes to.
            Place::Surrendering { .. } => return Ok(()),
            Place::Live if self.drop_about(id, at)? => {
                self.unsettle()?;
                self.changed()?;
                // Not theirs: that would say that their names are forgotten, which they ask for by themselves.
                self.leave_residue(&self.me())?;
            }
            Place::Live | Place::None | Place::Erased { .. } => {}
        }
        self.tell(from, Body::Dropped { id: id.clone() });
        Ok(())
    }

    /// One of them has heard, or has `moved` on.
    pub(super) fn claimant_answered(&mut self, from: &ProfileId, id: &Identifier, moved: Option<&ProfileId>) {
        let me = self.me();
        let Some(telling) = self.profile.under_way.claimants.get_mut(id) else { return };
        if !telling.who.remove(from) {
            return;
        }
        let at = telling.at;
        let next = moved.filter(|to| **to != me && telling.who.insert((*to).clone()));
        let all = telling.who.is_empty();
        if let Some(to) = next {
            self.tell(to, Body::Erased { id: id.clone(), at });
        }
        if let Some(handed) = self.profile.handed.get(id).filter(|_| all) {
            let (from, epoch) = (handed.from.clone(), handed.epoch);
            self.profile.under_way.claimants.remove(id);
            self.ask_entry(
                id,
                Ask::Erase { from, epoch, at, receipt: Some(me), told: true, shared: None, suppress: false },
            );
        }
    }
}
