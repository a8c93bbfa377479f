//! The engine's store over SQLite.

use selvedge_engine::archive::Word;
use selvedge_engine::identity::home::{
    Folded, HANDED_VERSION, Handed, LEDGER_VERSION, LINK_VERSION, Ledger, Link, Note, NoteKind,
    OUTGOING_VERSION, Outgoing, Store, StoreError, Write,
};
use selvedge_engine::identity::meet::{HELD_VERSION, Held};
use selvedge_engine::ids::MessageId;
use selvedge_engine::limits;
use selvedge_engine::profile::{EXPIRED_VERSION, LISTED_VERSION, Logged};
use selvedge_engine::time::UnixMillis;

use super::outbox;
use super::schema::{ROW_VERSION, VISIBLE, kind};
use super::tables::{Tables, count, kind_of, text};
use crate::api_error::ApiError;

fn refusal_key(id: &str, by: &MessageId) -> String {
    format!("{id}\n{by}")
}

impl Tables<'_> {
    fn take(&mut self, write: &Write<'_>) -> Result<(), ApiError> {
        self.create()?;
        self.wrote = true;
        match *write {
            // What is written is what is in memory: no copy of a large state for each event.
            Write::Home(_) => self.home = true,
            Write::Folded(_) => self.folded = true,
            Write::Leaving(folded) => self.set(kind::LEAVING, "", folded)?,
            Write::Held(id, Some(held)) => {
                self.put(kind::HELD, &id.to_string(), HELD_VERSION.into(), held)?;
            }
            Write::Held(id, None) => self.set::<Held>(kind::HELD, &id.to_string(), None)?,
            Write::Link(key, Some(link)) => self.put(kind::LINK, key, LINK_VERSION.into(), link)?,
            Write::Link(key, None) => self.set::<Link>(kind::LINK, key, None)?,
            Write::Handed(id, Some(handed)) => {
                self.put(kind::HANDED, &id.to_string(), HANDED_VERSION.into(), handed)?;
            }
            Write::Handed(id, None) => self.set::<Handed>(kind::HANDED, &id.to_string(), None)?,
            Write::Repoint(id, repoint) => self.set(kind::REPOINT, &id.to_string(), repoint)?,
            Write::Reservation(merge, kept) => self.set(kind::RESERVATION, &merge.to_string(), kept)?,
            Write::Outgoing(gift, Some(outgoing)) => {
                self.put(kind::OUTGOING, &gift.to_string(), OUTGOING_VERSION.into(), outgoing)?;
            }
            Write::Outgoing(gift, None) => self.set::<Outgoing>(kind::OUTGOING, &gift.to_string(), None)?,
            Write::Inbox(id, item) => self.set(kind::INBOX, id.as_str(), item)?,
            Write::Log(row, part) => self.log(row, part)?,
            Write::Show(_)
            | Write::Drop(_)
            | Write::Empty(_)
            | Write::Gone(_)
            | Write::Expired(_)
            | Write::Part(..) => self.change_log(write)?,
            Write::Late(id, true) => self.put_new(kind::LATE, id.as_str(), &true)?,
            Write::Late(id, false) => self.set::<bool>(kind::LATE, id.as_str(), None)?,
            Write::Note(note) => match note.kind {
                NoteKind::NoIdentifier | NoteKind::Unlinked => self.note_no_identifier(note)?,
                NoteKind::Refused | NoteKind::LateConflict => {
                    self.put_new(kind_of(note.kind), &refusal_key(&note.id, &note.order.1), note)?;
                }
            },
            Write::ForgetRefusals => {
                self.sql.run("DELETE FROM small WHERE kind = ?", vec![text(kind::REFUSED)])?;
            }
            Write::DropOldest(kind, oldest) => {
                let oldest = i64::try_from(oldest).unwrap_or(i64::MAX);
                let query = "DELETE FROM small WHERE kind = ?1 AND key IN (SELECT key FROM small WHERE kind = ?1 \
                             ORDER BY json_extract(value, '$.order[0]'), json_extract(value, '$.order[1]'), key LIMIT ?2)";
                self.sql.run(query, vec![text(kind_of(kind)), oldest.into()])?;
            }
            Write::Ledger(entry) => self.put_ledger(entry)?,
            Write::LedgerAnew(entry) => {
                self.put(kind::LEDGER, &entry.key(), LEDGER_VERSION.into(), entry)?;
            }
            Write::Leaves(item) => self.leaves.extend(outbox::line(&self.me, item)?),
            Write::Said(fact) => {
                self.leaves.extend(Word::of(fact).as_ref().map(outbox::word).transpose()?);
            }
            Write::Erased { id, at, suppressed } => self.erased.push((id.clone(), at, suppressed)),
            Write::Teaches(reward) => self.leaves.push(outbox::reward(reward)?),
            Write::Listed(listed) => self.put(kind::LISTED, "", LISTED_VERSION.into(), listed)?,
            Write::Change(change, may) => {
                self.put_change(change)?;
                self.leaves.extend(may.map(|may| outbox::change(&self.me, change, may)).transpose()?);
            }
            Write::Tells(told) => self.put_new(kind::ACCOUNT_WORD, told.order.1.as_str(), told)?,
            Write::Clear => {
                self.cleared = true;
                self.folded = false;
                self.clear_log()?;
                let query = "DELETE FROM small WHERE kind NOT IN (?, ?, ?, ?, ?)";
                let stay = [kind::HOME, kind::INBOX, kind::TOLD, kind::ACCOUNT_WORD, kind::ACCOUNT_TOLD];
                self.sql.run(query, stay.into_iter().map(text).collect())?;
            }
        }
        Ok(())
    }

    /// The same thing is entered once.
    fn put_ledger(&self, entry: &Ledger) -> Result<(), ApiError> {
        let key = entry.key();
        if self.has(kind::LEDGER, &key)? {
            return Ok(());
        }
        self.put(kind::LEDGER, &key, LEDGER_VERSION.into(), entry)
    }

    /// A program that sends such a value sends it all the time: it is noted once, with its earliest event.
    fn note_no_identifier(&self, note: &Note) -> Result<(), ApiError> {
        let key = format!("{}\n{}", note.id, note.reasons.join(" "));
        let kind = text(kind_of(note.kind));
        let known = "EXISTS (SELECT 1 FROM small WHERE kind = ?1 AND key = ?2)";
        let few = "(SELECT COUNT(*) FROM (SELECT 1 FROM small WHERE kind = ?1 LIMIT ?5)) < ?5";
        let order = |of: &str| {
            format!("(json_extract({of}.value, '$.order[0]'), json_extract({of}.value, '$.order[1]'))")
        };
        let query = format!(
            "INSERT INTO small (kind, key, v, value) SELECT ?1, ?2, ?3, ?4 WHERE {known} OR {few} \
             ON CONFLICT (kind, key) DO UPDATE SET v = excluded.v, value = excluded.value WHERE {} < {}",
            order("excluded"),
            order("small"),
        );
        let value = serde_json::to_string(note)?;
        let most = count(limits::NO_IDENTIFIERS);
        self.sql.run(&query, vec![kind, key.into(), ROW_VERSION.into(), value.into(), most])?;
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn failed(error: ApiError) -> StoreError {
    StoreError(error.to_string())
}

impl Store for Tables<'_> {
    fn write(&mut self, write: Write<'_>) -> Result<(), StoreError> {
        self.take(&write).map_err(failed)
    }

    fn find(&self, id: &MessageId) -> Result<Option<(u64, bool)>, StoreError> {
        self.find_row(id).map_err(failed)
    }

    fn row(&self, id: &MessageId) -> Result<Option<Logged>, StoreError> {
        let query = format!("SELECT row FROM log WHERE message_id = ? AND {VISIBLE}");
        let rows = self.logged(&query, vec![text(id.as_str())]).map_err(failed)?;
        Ok(rows.into_iter().next())
    }

    fn between(&self, since: UnixMillis, until: UnixMillis, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let query = format!(
            "SELECT row FROM log WHERE at >= ? AND at < ? AND v < {EXPIRED_VERSION} AND {VISIBLE} \
             ORDER BY at, message_id LIMIT ?"
        );
        self.logged(&query, vec![since.0.into(), until.0.into(), count(limit)]).map_err(failed)
    }

    fn rows(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, StoreError> {
        self.page(part, after, limit).map_err(failed)
    }

    fn late(&self, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let query = "SELECT log.row AS row FROM small JOIN log ON log.message_id = small.key \
                     WHERE small.kind = ? LIMIT ?";
        self.logged(query, vec![text(kind::LATE), count(limit)]).map_err(failed)
    }

    fn is_late(&self, id: &MessageId) -> Result<bool, StoreError> {
        self.has(kind::LATE, id.as_str()).map_err(failed)
    }

    fn notes(&self) -> Result<Vec<Note>, StoreError> {
        let kinds = [NoteKind::Refused, NoteKind::NoIdentifier, NoteKind::Unlinked, NoteKind::LateConflict];
        let mut notes = Vec::new();
        for kind in kinds {
            notes.extend(self.notes_of(kind).map_err(failed)?);
        }
        Ok(notes)
    }

    fn has_note(&self, kind: NoteKind, id: &str, by: &MessageId) -> Result<bool, StoreError> {
        self.has(kind_of(kind), &refusal_key(id, by)).map_err(failed)
    }

    fn ledger(&self) -> Result<Vec<Ledger>, StoreError> {
        self.entries().map_err(failed)
    }

    fn has_ledger(&self, key: &str) -> Result<bool, StoreError> {
        self.has(kind::LEDGER, key).map_err(failed)
    }

    fn leaving(&self) -> Result<Option<Folded>, StoreError> {
        self.one(kind::LEAVING, "").map_err(failed)
    }
}
