//! Remarks that are remembered, refused links above all: the newest ones, and how many there were beyond them. Somebody on
//! a device that is not theirs has one with each event, and all of them travel with a merge and with a description.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::store::{Note, NoteKind, Store, Write};
use super::{Step, Stepped};
use crate::ids::MessageId;
use crate::limits::REFUSALS_KEPT;
use crate::ordered::sort_by;

/// How many remarks of one kind a profile has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counted {
    /// That are stored.
    pub kept: u64,
    /// That were older than those, and are only counted.
    pub beyond: u64,
}

impl Counted {
    /// None was ever recorded.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Of these refusals the newest ones, in order, and how many there are beyond them. An identifier is refused once on an
/// event: what is said first counts.
pub(super) fn newest(mut refused: Vec<Note>) -> (Vec<Note>, u64) {
    sort_by(&mut refused, |a, b| (&a.order, &a.id).cmp(&(&b.order, &b.id)));
    refused.dedup_by(|a, b| (&a.order.1, &a.id) == (&b.order.1, &b.id));
    let beyond = refused.len().saturating_sub(REFUSALS_KEPT);
    refused.drain(..beyond);
    (refused, beyond as u64)
}

impl<S: Store> Step<'_, S> {
    /// The refused links that are remembered, and how many there are beyond them.
    pub(super) fn refusals(&self) -> Stepped<(Vec<Note>, u64)> {
        let mut refused = self.store.notes()?;
        refused.retain(|note| note.kind == NoteKind::Refused);
        let (refused, older) = newest(refused);
        Ok((refused, self.profile.home.refusals.beyond.saturating_add(older)))
    }

    /// A remark is kept, once. The oldest of its kind give way, some at a time. Of values that are no identifiers the store
    /// keeps the first ones.
    pub(super) fn put_note(&mut self, note: &Note) -> Stepped<()> {
        let home = &mut self.profile.home;
        let counted = match note.kind {
            NoteKind::NoIdentifier | NoteKind::Unlinked => return self.store.write(Write::Note(note)),
            NoteKind::Refused => &mut home.refusals,
            NoteKind::LateConflict => &mut home.late_conflicts,
        };
        if self.store.has_note(note.kind, &note.id, &note.order.1)? {
            return Ok(());
        }
        self.store.write(Write::Note(note))?;
        counted.kept = counted.kept.saturating_add(1);
        let most = REFUSALS_KEPT as u64;
        if counted.kept > most.saturating_add(most / 4) {
            let oldest = counted.kept.saturating_sub(most);
            *counted = Counted { kept: most, beyond: counted.beyond.saturating_add(oldest) };
            self.store.write(Write::DropOldest(note.kind, oldest))?;
        }
        self.put_home()
    }

    /// These events have gone, and what was refused on them.
    pub(super) fn forget_refusals_on(&mut self, events: &BTreeSet<MessageId>) -> Stepped<()> {
        let (mut refused, beyond) = self.refusals()?;
        let before = refused.len();
        refused.retain(|note| !events.contains(&note.order.1));
        if refused.len() == before {
            return Ok(());
        }
        self.forget_refusals(beyond)?;
        refused.iter().try_for_each(|note| self.put_note(note))
    }

    /// All refusals are to be replaced by those of a plan, which leaves so many out.
    pub(super) fn forget_refusals(&mut self, beyond: u64) -> Stepped<()> {
        self.profile.home.refusals = Counted { kept: 0, beyond };
        self.store.write(Write::ForgetRefusals)
    }
}
