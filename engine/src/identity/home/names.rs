//! Somebody is erased whom others were parted from, or joined with by word alone. Those know the names still: in what they
//! handed over, in their ledgers, in the words of admins. They are told until they have said that they heard, and forget.
//!
//! Of an identifier that had left them a number stays, by which a word that is out of date is known, and a word of an
//! admin's that comes late. It is a hash under a secret that is not here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::Identifier;
use super::super::fact::{Fact, Says};
use super::message::Body;
use super::store::{Ledger, Store, Write};
use super::{Place, Step, Stepped};
use crate::ids::ProfileId;
use crate::limits;
use crate::ordered::gather;
use crate::time::UnixMillis;

/// What an erased home has to tell, and whom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Telling {
    /// The names that are nobody's any more.
    pub names: BTreeSet<Identifier>,
    /// Who has not heard.
    pub whom: BTreeSet<ProfileId>,
}

/// What is left of a name that was forgotten, or that somebody who moved in had handed over, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Forgotten {
    /// The epoch in which it left here.
    pub epoch: u64,
    /// When whom it named was erased, if anybody was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
}

impl<S: Store> Step<'_, S> {
    /// Those whom the ledger names had to do with whoever is to be erased.
    pub(super) fn who_knows(
        ledger: &[Ledger],
        handed: impl Iterator<Item = ProfileId>,
    ) -> BTreeSet<ProfileId> {
        let mut whom: BTreeSet<ProfileId> = gather(handed);
        whom.extend(ledger.iter().map(|entry| match entry {
            Ledger::Given { from, .. } | Ledger::Declined { from, .. } => from.clone(),
            Ledger::Gave { to, .. } => to.clone(),
            // What they had was deleted there when they moved in.
            Ledger::Merged { younger, .. } => younger.clone(),
        }));
        whom
    }

    /// Tells some of those who know the names.
    pub(super) fn tell_names(&mut self) {
        let (Place::Erased { at }, Some(telling)) = (&self.profile.home.place, &self.profile.home.telling)
        else {
            return;
        };
        let (at, names): (_, Vec<Identifier>) = (*at, telling.names.iter().cloned().collect());
        let sent = &self.profile.under_way.sent;
        let open = telling.whom.iter().filter(|to| !sent.contains(&key(to)));
        let open: Vec<ProfileId> = open.take(limits::REPOINTS_AT_A_TIME).cloned().collect();
        for to in open {
            self.profile.under_way.sent.insert(key(&to));
            self.tell(&to, Body::ForgetNames { names: names.clone(), at });
        }
    }

    /// An entry says who else has shown the name before it forgets them.
    pub(super) fn may_know(&mut self, claimants: &[ProfileId]) -> Stepped<()> {
        let me = self.me();
        let Some(telling) = &mut self.profile.home.telling else { return Ok(()) };
        telling.whom.extend(claimants.iter().filter(|one| **one != me).cloned());
        self.put_home()
    }

    /// It has heard, or it is `moved` on.
    pub(super) fn names_answered(&mut self, from: &ProfileId, moved: Option<&ProfileId>) -> Stepped<()> {
        let me = self.me();
        self.profile.under_way.sent.remove(&key(from));
        let Some(telling) = &mut self.profile.home.telling else { return Ok(()) };
        if telling.whom.remove(from) {
            telling.whom.extend(moved.filter(|to| **to != me).cloned());
        }
        self.put_home()
    }

    /// Nobody has to be told any more, and no entry will name anybody who has.
    pub(super) fn end_telling(&mut self) -> Stepped<()> {
        let told = self.profile.home.telling.as_ref().is_some_and(|telling| telling.whom.is_empty());
        if !told || !self.profile.handed.is_empty() {
            return Ok(());
        }
        self.profile.home.telling = None;
        self.put_home()
    }

    /// Somebody with these names was erased.
    pub(super) fn asked_to_forget_names(
        &mut self,
        from: &ProfileId,
        names: &[Identifier],
        at: UnixMillis,
    ) -> Stepped<()> {
        match self.profile.home.place.clone() {
            // What is on its way takes them along: asked again when it has arrived.
            Place::Surrendering { .. } => return Ok(()),
            Place::Live if !(self.profile.outgoing.is_empty() && self.profile.reservations.is_empty()) => {
                return Ok(());
            }
            // Nothing of theirs is here, or it goes with whoever was erased here.
            Place::None | Place::Erased { .. } => {
                self.tell(from, Body::NamesForgotten);
                return Ok(());
            }
            Place::Live => self.forget_names(names, at)?,
            Place::Forwarding { .. } => {}
        }
        self.leave_residue(from)
    }

    /// Whether a name that was erased stands here in what was said or done up to then.
    pub(super) fn keeps_name(&self, id: &Identifier, at: UnixMillis) -> bool {
        let named = |word: &&Fact| {
            word.order.0 <= at && without((*word).clone(), |one| one == id).as_ref() != Some(*word)
        };
        self.profile.handed.get(id).is_some_and(|handed| handed.done)
            || self.profile.home.decrees.iter().any(|word| named(&word))
    }

    /// What somebody here has shown stays on their events; all else that names whom it was goes.
    pub(super) fn forget_names(&mut self, names: &[Identifier], at: UnixMillis) -> Stepped<()> {
        let mut gone: BTreeSet<Identifier> = gather(names.iter().cloned());
        for id in names {
            let handed = self.profile.handed.get(id).filter(|handed| handed.done).map(|handed| handed.epoch);
            self.remember_number(id, Forgotten { epoch: handed.unwrap_or(0), at: Some(at) });
            if handed.is_some() {
                self.profile.handed.remove(id);
                self.store.write(Write::Handed(id, None))?;
            }
        }
        // Somebody new may have it by now.
        gone.retain(|id| !self.profile.held.contains_key(id));
        for entry in self.store.ledger()? {
            let less = entry.clone().without(&gone);
            if less != entry {
                self.store.write(Write::LedgerAnew(&less))?;
            }
        }
        let decrees = std::mem::take(&mut self.profile.home.decrees);
        self.profile.home.decrees = decrees.iter().filter_map(|word| self.as_known(word)).collect();
        if self.profile.under_way.gathering.take().is_some() {
            // What has been gathered names them.
            self.profile.under_way.sent.remove("gathering");
        }
        // So does a plan that was made before.
        self.changed()
    }

    /// Of a name only this stays.
    pub(super) fn remember_number(&mut self, id: &Identifier, forgotten: Forgotten) {
        let number = (self.number)(id);
        self.remember_numbers(&BTreeMap::from([(number, forgotten)]));
    }

    /// Those that are of use no more give way.
    pub(super) fn remember_numbers(&mut self, numbers: &BTreeMap<u64, Forgotten>) {
        let all = &mut self.profile.home.forgotten;
        for (number, forgotten) in numbers {
            let known = all.entry(*number).or_default();
            *known = Forgotten { epoch: known.epoch.max(forgotten.epoch), at: known.at.max(forgotten.at) };
        }
        while all.len() > limits::FORGOTTEN_KEPT
            && let Some(oldest) = all.iter().min_by_key(|(_, known)| known.at).map(|(number, _)| *number)
        {
            all.remove(&oldest);
        }
    }

    /// What is left of this name, if it was forgotten here.
    pub(super) fn forgotten(&self, id: &Identifier) -> Option<Forgotten> {
        let forgotten = &self.profile.home.forgotten;
        if forgotten.is_empty() { None } else { forgotten.get(&(self.number)(id)).copied() }
    }

    /// A word of an admin's without the names that were forgotten here after it was said.
    pub(super) fn as_known(&self, word: &Fact) -> Option<Fact> {
        let said = word.order.0;
        without(word.clone(), |id| self.forgotten(id).is_some_and(|forgotten| Some(said) <= forgotten.at))
    }
}

/// What is left of a word; nothing, where one of its sides is gone.
fn without(word: Fact, gone: impl Fn(&Identifier) -> bool) -> Option<Fact> {
    let says = match word.says {
        Says::Apart(edge) => Says::Apart(edge.without(gone)?),
        Says::Together { current, retired } if gone(&current) || gone(&retired) => return None,
        says @ (Says::Together { .. } | Says::Seen { .. }) => says,
    };
    Some(Fact { order: word.order, says })
}

fn key(to: &ProfileId) -> String {
    format!("names:{to}")
}
