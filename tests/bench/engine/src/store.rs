//! The simulator's storage in memory, which also makes the rows that the Worker would write: making them is part of what
//! an event costs.

use std::sync::Arc;

use selvedge_engine::archive::Line;
use selvedge_engine::identity::home::{
    Folded, FoldedRow, Ledger, Note, NoteKind, Profile, Store, StoreError, Write,
};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::store::Tables;
use serde::Serialize;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    tables: Tables,
    /// Bytes of all rows made so far.
    bytes: usize,
    /// The fold is to be written: once, as it is at the end of the step, as in the Worker.
    folded: bool,
}

impl Rows {
    pub(crate) fn load(&self, me: &ProfileId) -> Profile {
        self.tables.load(me)
    }

    /// Events in the log.
    pub(crate) fn events(&self) -> usize {
        self.tables.log.len()
    }

    /// As if these events had never come. The state is the caller's to put back.
    pub(crate) fn forget<'a>(&mut self, ids: impl Iterator<Item = &'a MessageId>) {
        let log = Arc::make_mut(&mut self.tables.log);
        for id in ids {
            log.remove(id);
        }
        self.tables.left.clear();
    }

    /// A copy that shares nothing: the first write to a shared part would copy all of it.
    pub(crate) fn apart(&self) -> Self {
        let mut rows = self.clone();
        let tables = &mut rows.tables;
        Arc::make_mut(&mut tables.log);
        Arc::make_mut(&mut tables.held);
        Arc::make_mut(&mut tables.links);
        Arc::make_mut(&mut tables.notes);
        Arc::make_mut(&mut tables.ledger);
        rows
    }

    /// The end of a step.
    pub(crate) fn finish(&mut self, folded: &mut Folded) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.folded) {
            return Ok(());
        }
        make_rows(folded, &mut |row| self.bytes += std::hint::black_box(row).len())
    }

    fn make<T: Serialize>(&mut self, row: &T) -> Result<(), StoreError> {
        self.bytes += std::hint::black_box(json(row)?).len();
        Ok(())
    }
}

fn json<T: Serialize>(row: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(row).map_err(|error| StoreError(error.to_string()))
}

/// The rows of a fold that are to be written.
pub(crate) fn make_rows(folded: &mut Folded, write: &mut dyn FnMut(Vec<u8>)) -> Result<(), StoreError> {
    folded.store(&mut |row| {
        match row {
            FoldedRow::Rest(folded) => write(json(folded)?),
            FoldedRow::Seen(_, seen) => write(json(seen)?),
            FoldedRow::Tally(_, tally) => write(json(tally)?),
            FoldedRow::Segment(_, membership) => write(json(membership)?),
            FoldedRow::Gone(..) | FoldedRow::Cleared(_) => {}
        }
        Ok(())
    })
}

impl Store for Rows {
    fn write(&mut self, write: Write<'_>) -> Result<(), StoreError> {
        match &write {
            Write::Home(home) => self.make(home)?,
            Write::Folded(_) => {
                // No copy of it is kept: the object is never loaded again.
                self.folded = true;
                return Ok(());
            }
            Write::Held(_, held) => self.make(held)?,
            Write::Link(_, link) => self.make(link)?,
            Write::Log(row, _) => self.make(row)?,
            Write::Leaves(item) => self.make(&Line::of(&ProfileId::from_random([0; 16]), item))?,
            Write::Reservation(_, kept) => self.make(kept)?,
            Write::Repoint(_, repoint) => self.make(repoint)?,
            Write::Ledger(entry) => self.make(entry)?,
            Write::Note(note) => self.make(note)?,
            Write::Change(change, _) => self.make(change)?,
            _ => {}
        }
        self.tables.write(write)
    }

    fn find(&self, id: &MessageId) -> Result<Option<(u64, bool)>, StoreError> {
        self.tables.find(id)
    }

    fn row(&self, id: &MessageId) -> Result<Option<Logged>, StoreError> {
        self.tables.row(id)
    }

    fn between(&self, since: UnixMillis, until: UnixMillis, limit: usize) -> Result<Vec<Logged>, StoreError> {
        self.tables.between(since, until, limit)
    }

    fn rows(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, StoreError> {
        self.tables.rows(part, after, limit)
    }

    fn late(&self, limit: usize) -> Result<Vec<Logged>, StoreError> {
        self.tables.late(limit)
    }

    fn is_late(&self, id: &MessageId) -> Result<bool, StoreError> {
        self.tables.is_late(id)
    }

    fn notes(&self) -> Result<Vec<Note>, StoreError> {
        self.tables.notes()
    }

    fn has_note(&self, kind: NoteKind, id: &str, by: &MessageId) -> Result<bool, StoreError> {
        self.tables.has_note(kind, id, by)
    }

    fn ledger(&self) -> Result<Vec<Ledger>, StoreError> {
        self.tables.ledger()
    }

    fn has_ledger(&self, key: &str) -> Result<bool, StoreError> {
        self.tables.has_ledger(key)
    }

    fn leaving(&self) -> Result<Option<Folded>, StoreError> {
        self.tables.leaving()
    }
}
