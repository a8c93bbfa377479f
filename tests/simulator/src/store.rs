//! A profile object's storage in memory: what is written in a step becomes durable together, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use selvedge_engine::account::Report;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::home::{
    Folded, Handed, Home, Item, Ledger, Link, Note, NoteKind, Outgoing, Profile, Repoint, Reservation, Store,
    StoreError, Write,
};
use selvedge_engine::identity::meet::HeldIds;
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::Logged;
use selvedge_engine::segment::Change;
use selvedge_engine::time::UnixMillis;

use crate::sabotage::Sabotage;

/// What leaves a profile for the archive.
#[derive(Debug, Clone)]
pub enum Left {
    /// An event that it has taken.
    Event(Box<Item>),
    /// What an admin has said.
    Word(Fact),
    /// That whom this named was erased, and when.
    Erased(Identifier, UnixMillis, bool),
}

/// All tables of one profile object.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// The home row.
    pub home: Option<Arc<Home>>,
    /// The fold.
    pub folded: Arc<Folded>,
    /// The fold as it was when the surrender began.
    pub leaving: Option<Arc<Folded>>,
    /// Held identifiers.
    pub held: Arc<HeldIds>,
    /// What is to be linked.
    pub links: Arc<BTreeMap<String, Link>>,
    /// Identifiers that leave.
    pub handed: Arc<BTreeMap<Identifier, Handed>>,
    /// Entries to be re-pointed.
    pub repoints: Arc<BTreeMap<Identifier, Repoint>>,
    /// Room kept for others.
    pub reservations: Arc<BTreeMap<u64, Reservation>>,
    /// Gifts on their way.
    pub outgoing: Arc<BTreeMap<u64, Outgoing>>,
    /// Events kept for others.
    pub inbox: Arc<BTreeMap<MessageId, Item>>,
    /// The log: each row and its part.
    pub log: Arc<BTreeMap<MessageId, (Arc<Logged>, u64)>>,
    /// Parts that count beside part 0.
    pub shown: Arc<BTreeSet<u64>>,
    /// Rows logged while moving out.
    pub late: Arc<BTreeSet<MessageId>>,
    /// Remarks.
    pub notes: Arc<BTreeSet<Note>>,
    /// What was joined and parted.
    pub ledger: Arc<BTreeMap<String, Ledger>>,
    /// What leaves the profile for the archive.
    pub left: Vec<Left>,
    /// What accounts are told.
    pub told: Arc<BTreeMap<MessageId, Report>>,
    /// Segments entered and left.
    pub changes: Arc<Vec<Change>>,
    /// The bug that was put in.
    pub sabotage: Option<Sabotage>,
}

impl Tables {
    /// What an object has in memory after it was read anew.
    pub fn load(&self, me: &ProfileId) -> Profile {
        let mut profile = Profile::empty(me.clone());
        if let Some(home) = &self.home {
            profile.home = (**home).clone();
            if self.folded.state.v != 0 {
                profile.folded = (*self.folded).clone();
            }
        }
        profile.held = (*self.held).clone();
        profile.links = (*self.links).clone();
        profile.handed = (*self.handed).clone();
        profile.repoints = (*self.repoints).clone();
        profile.reservations = (*self.reservations).clone();
        profile.outgoing = (*self.outgoing).clone();
        profile.inbox = (*self.inbox).clone();
        profile
    }

    /// Whether rows of this part count.
    pub fn is_visible(&self, part: u64) -> bool {
        let staged = part < 1 << 62 && self.sabotage == Some(Sabotage::FoldStagedRows);
        part == 0 || staged || self.shown.contains(&part)
    }

    #[expect(clippy::needless_pass_by_value, reason = "as the trait has it")]
    fn write_all(&mut self, write: Write<'_>) -> Result<(), StoreError> {
        match write {
            Write::Home(home) => self.home = Some(Arc::new(home.clone())),
            Write::Folded(folded) => self.folded = Arc::new(folded.clone()),
            Write::Leaving(folded) => self.leaving = folded.cloned().map(Arc::new),
            Write::Held(id, held) => put(Arc::make_mut(&mut self.held), id, held),
            Write::Link(key, link) => put(Arc::make_mut(&mut self.links), &key.to_owned(), link),
            Write::Handed(id, handed) => put(Arc::make_mut(&mut self.handed), id, handed),
            Write::Repoint(id, repoint) => put(Arc::make_mut(&mut self.repoints), id, repoint),
            Write::Reservation(merge, kept) => put(Arc::make_mut(&mut self.reservations), &merge, kept),
            Write::Outgoing(gift, outgoing) => put(Arc::make_mut(&mut self.outgoing), &gift, outgoing),
            Write::Inbox(id, item) => put(Arc::make_mut(&mut self.inbox), id, item),
            Write::Log(row, part) => {
                Arc::make_mut(&mut self.log)
                    .insert(row.event.message_id.clone(), (Arc::new(row.clone()), part));
            }
            Write::Show(part) => drop(Arc::make_mut(&mut self.shown).insert(part)),
            Write::Drop(part) => Arc::make_mut(&mut self.log).retain(|_, (_, of)| *of != part),
            Write::Empty(part) => {
                for (_, of) in Arc::make_mut(&mut self.log).values_mut().filter(|(_, of)| *of == part) {
                    *of = u64::MAX;
                }
            }
            Write::Gone(id) => {
                if let Some((_, of)) = Arc::make_mut(&mut self.log).get_mut(id) {
                    *of = u64::MAX;
                }
            }
            Write::Expired(row) => {
                if let Some((known, _)) = Arc::make_mut(&mut self.log).get_mut(&row.event.message_id) {
                    *known = Arc::new(row.clone());
                }
            }
            Write::Part(id, part) => {
                if let Some((_, of)) = Arc::make_mut(&mut self.log).get_mut(id) {
                    *of = part;
                }
            }
            Write::Late(id, true) => drop(Arc::make_mut(&mut self.late).insert(id.clone())),
            Write::Late(id, false) => drop(Arc::make_mut(&mut self.late).remove(id)),
            Write::Note(note) => {
                let known = |known: &Note| {
                    known.kind == note.kind && known.id == note.id && known.order.1 == note.order.1
                };
                if !self.notes.iter().any(known) {
                    Arc::make_mut(&mut self.notes).insert(note.clone());
                }
            }
            Write::ForgetRefusals => {
                Arc::make_mut(&mut self.notes).retain(|note| note.kind != NoteKind::Refused)
            }
            Write::DropOldest(kind, oldest) => {
                let notes = Arc::make_mut(&mut self.notes);
                let mut known: Vec<Note> = notes.iter().filter(|note| note.kind == kind).cloned().collect();
                known.sort_by(|a, b| (&a.order, a).cmp(&(&b.order, b)));
                known.iter().take(usize::try_from(oldest).unwrap_or(usize::MAX)).for_each(|note| {
                    notes.remove(note);
                });
            }
            Write::Ledger(entry) => {
                Arc::make_mut(&mut self.ledger).entry(entry.key()).or_insert_with(|| entry.clone());
            }
            Write::LedgerAnew(entry) => {
                Arc::make_mut(&mut self.ledger).insert(entry.key(), entry.clone());
            }
            Write::Leaves(item) => self.left.push(Left::Event(Box::new(item.clone()))),
            Write::Said(word) => self.left.push(Left::Word(word.clone())),
            Write::Erased { id, at, suppressed } => {
                self.left.push(Left::Erased(id.clone(), at, suppressed));
            }
            // Copies for others: no law here reads them.
            Write::Listed(_) | Write::Teaches(_) => {}
            Write::Change(change, _) => Arc::make_mut(&mut self.changes).push(change.clone()),
            Write::Tells(told) => {
                Arc::make_mut(&mut self.told).entry(told.order.1.clone()).or_insert_with(|| told.clone());
            }
            Write::Clear => {
                let (home, inbox) = (self.home.take(), std::mem::take(&mut self.inbox));
                let (left, told) = (std::mem::take(&mut self.left), std::mem::take(&mut self.told));
                *self = Self { home, inbox, left, told, sabotage: self.sabotage, ..Self::default() };
            }
        }
        Ok(())
    }

    /// The rows that count.
    pub fn visible(&self) -> impl Iterator<Item = &Arc<Logged>> {
        self.log.values().filter(|(_, part)| self.is_visible(*part)).map(|(row, _)| row)
    }
}

fn put<K: Ord + Clone, V: Clone>(map: &mut BTreeMap<K, V>, key: &K, value: Option<&V>) {
    match value {
        Some(value) => drop(map.insert(key.clone(), value.clone())),
        None => drop(map.remove(key)),
    }
}

impl Store for Tables {
    fn write(&mut self, write: Write<'_>) -> Result<(), StoreError> {
        use Sabotage as S;
        match (write, self.sabotage) {
            (Write::Reservation(_, Some(_)), Some(S::SkipTheReservation))
            | (Write::Late(_, true), Some(S::LoseLateRows))
            | (Write::Link(_, Some(_)), Some(S::ForgetLinks))
            | (Write::Repoint(_, Some(_)), Some(S::ForgetToRepoint))
            | (Write::Show(_), Some(S::CommitWithoutRows))
            | (Write::Handed(_, Some(_)), Some(S::ForgetHandedIdentifiers))
            | (Write::Outgoing(_, Some(_)), Some(S::LoseGifts))
            | (Write::Inbox(_, Some(_)), Some(S::LoseTheInbox))
            | (Write::LedgerAnew(_), Some(S::KeepNames)) => Ok(()),
            (Write::Home(home), Some(S::ForgetToResolve)) => {
                self.home = Some(Arc::new(Home { unsettled: false, ..home.clone() }));
                Ok(())
            }
            (Write::Home(home), Some(S::ForgetWords)) => {
                self.home = Some(Arc::new(Home { decrees: Vec::new(), ..home.clone() }));
                Ok(())
            }
            (write, _) => self.write_all(write),
        }
    }

    fn find(&self, id: &MessageId) -> Result<Option<(u64, bool)>, StoreError> {
        if self.sabotage == Some(Sabotage::ForgetDuplicates) {
            return Ok(None);
        }
        Ok(self.log.get(id).map(|(_, part)| (*part, self.is_visible(*part))))
    }

    fn row(&self, id: &MessageId) -> Result<Option<Logged>, StoreError> {
        let found = self.log.get(id).filter(|(_, part)| self.is_visible(*part));
        Ok(found.map(|(row, _)| (**row).clone()))
    }

    fn between(&self, since: UnixMillis, until: UnixMillis, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let within =
            |row: &&Arc<Logged>| !row.expired && row.event.timestamp >= since && row.event.timestamp < until;
        let mut rows: Vec<Logged> = self.visible().filter(within).map(|row| (**row).clone()).collect();
        rows.sort_by(|a, b| a.event.order().cmp(&b.event.order()));
        rows.truncate(limit);
        Ok(rows)
    }

    fn rows(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let start = (std::ops::Bound::Excluded(MessageId::from(after)), std::ops::Bound::Unbounded);
        let wanted = |of: u64| part.map_or_else(|| self.is_visible(of), |part| part == of);
        let rows = self.log.range(start).filter(|(_, (_, of))| wanted(*of));
        Ok(rows.take(limit).map(|(_, (row, _))| (**row).clone()).collect())
    }

    fn late(&self, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let rows = self.late.iter().filter_map(|id| self.log.get(id));
        Ok(rows.take(limit).map(|(row, _)| (**row).clone()).collect())
    }

    fn is_late(&self, id: &MessageId) -> Result<bool, StoreError> {
        Ok(self.late.contains(id))
    }

    fn notes(&self) -> Result<Vec<Note>, StoreError> {
        Ok(self.notes.iter().cloned().collect())
    }

    fn has_note(&self, kind: NoteKind, id: &str, by: &MessageId) -> Result<bool, StoreError> {
        let same = |note: &Note| note.kind == kind && note.id == id && note.order.1 == *by;
        Ok(self.notes.iter().any(same))
    }

    fn ledger(&self) -> Result<Vec<Ledger>, StoreError> {
        Ok(self.ledger.values().cloned().collect())
    }

    fn has_ledger(&self, key: &str) -> Result<bool, StoreError> {
        let blind = key.starts_with("merged:") && self.sabotage == Some(Sabotage::CommitTwice);
        Ok(!blind && self.ledger.contains_key(key))
    }

    fn leaving(&self) -> Result<Option<Folded>, StoreError> {
        Ok(self.leaving.as_deref().cloned())
    }
}
