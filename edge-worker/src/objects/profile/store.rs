//! The engine's store over SQLite: see [`schema`](super::schema) for the tables.

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::home::{
    Folded, HOME_VERSION, Home, Ledger, Note, NoteKind, Profile, Store, StoreError, Write,
};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::{Logged, STATE_VERSION};
use selvedge_engine::time::UnixMillis;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::SqlStorageValue;

use super::describe::{TOLD_VERSION, Told};
use super::outbox;
use super::schema::{ROW_VERSION, TABLES, VISIBLE, kind};
use crate::api_error::ApiError;
use crate::objects::sql::Sql;

/// From here on the engine numbers gifts. SQLite's integers come as floats, which don't reach so far: a gift's part is
/// stored as its negative number.
const GIFTS: u64 = 1 << 62;

/// The tables, for one step of the engine, or to be read.
pub(super) struct Tables<'a> {
    sql: &'a Sql,
    /// Whose they are.
    me: ProfileId,
    /// They are there: an object that was only asked, never told, has none.
    pub(super) created: bool,
    /// Something was written.
    wrote: bool,
    /// The last of several writes of this step counts.
    home: Option<Home>,
    /// As `home`.
    folded: Option<Folded>,
    /// Lines for the outbox.
    leaves: Vec<String>,
}

#[derive(Deserialize)]
struct Json {
    value: String,
}

#[derive(Deserialize)]
struct Small {
    kind: String,
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct LogRow {
    row: String,
}

fn text(value: &str) -> SqlStorageValue {
    value.into()
}

fn count(limit: usize) -> SqlStorageValue {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

fn stored_part(part: u64) -> i64 {
    match part.checked_sub(GIFTS) {
        Some(gift) => i64::try_from(gift).map_or(i64::MIN, |gift| -gift),
        None => i64::try_from(part).unwrap_or(i64::MAX),
    }
}

fn part(stored: i64) -> u64 {
    if stored < 0 { GIFTS.saturating_add(stored.unsigned_abs()) } else { stored.unsigned_abs() }
}

fn kind_of(note: NoteKind) -> &'static str {
    match note {
        NoteKind::Refused => kind::REFUSED,
        NoteKind::Claimed => kind::CLAIMED,
        NoteKind::NoIdentifier => kind::NO_IDENTIFIER,
        NoteKind::LateConflict => kind::LATE_CONFLICT,
    }
}

fn identifier(text: &str) -> Result<Identifier, ApiError> {
    Identifier::stored(text).ok_or_else(|| ApiError::internal("a stored identifier can't be read"))
}

fn number(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::internal("a stored number can't be read"))
}

impl<'a> Tables<'a> {
    /// The tables of `me`.
    pub(super) fn new(sql: &'a Sql, me: ProfileId, created: bool) -> Self {
        Self { sql, me, created, wrote: false, home: None, folded: None, leaves: Vec::new() }
    }

    /// Whose tables these are, if somebody has ever lived here. They must be there.
    pub(super) fn owner(sql: &Sql) -> Result<Option<ProfileId>, ApiError> {
        let query = "SELECT value FROM small WHERE kind = ? AND key = ''";
        let rows: Vec<Json> = sql.rows(query, vec![text(kind::HOME)])?;
        let home = rows.first().map(|row| serde_json::from_str::<Home>(&row.value)).transpose()?;
        Ok(home.map(|home| home.me))
    }

    /// What the engine has in memory.
    pub(super) fn load(&self) -> Result<Profile, ApiError> {
        let mut profile = Profile::empty(self.me.clone());
        if !self.created {
            return Ok(profile);
        }
        let kinds = "'home', 'folded', 'held', 'link', 'handed', 'repoint', 'reservation', 'outgoing'";
        let query = format!("SELECT kind, key, value FROM small WHERE kind IN ({kinds})");
        for Small { kind, key, value } in self.sql.rows::<Small>(&query, vec![])? {
            match kind.as_str() {
                kind::HOME => profile.home = serde_json::from_str(&value)?,
                kind::FOLDED => profile.folded = serde_json::from_str(&value)?,
                kind::HELD => drop(profile.held.insert(identifier(&key)?, serde_json::from_str(&value)?)),
                kind::LINK => drop(profile.links.insert(key, serde_json::from_str(&value)?)),
                kind::HANDED => {
                    profile.handed.insert(identifier(&key)?, serde_json::from_str(&value)?);
                }
                kind::REPOINT => {
                    profile.repoints.insert(identifier(&key)?, serde_json::from_str(&value)?);
                }
                kind::RESERVATION => {
                    profile.reservations.insert(number(&key)?, serde_json::from_str(&value)?);
                }
                kind::OUTGOING => drop(profile.outgoing.insert(number(&key)?, serde_json::from_str(&value)?)),
                _ => {}
            }
        }
        Ok(profile)
    }

    /// Writes what was gathered. True if anything was written since [`Tables::new`].
    pub(super) fn finish(&mut self) -> Result<bool, ApiError> {
        if let Some(home) = self.home.take() {
            self.put(kind::HOME, "", HOME_VERSION.into(), &home)?;
        }
        if let Some(folded) = self.folded.take() {
            self.put(kind::FOLDED, "", STATE_VERSION.into(), &folded)?;
        }
        for body in outbox::rows_of(&std::mem::take(&mut self.leaves)) {
            let query = "INSERT INTO outbox (v, body) VALUES (?, ?)";
            self.sql.run(query, vec![ROW_VERSION.into(), body.into()])?;
        }
        Ok(self.wrote)
    }

    fn create(&mut self) -> Result<(), ApiError> {
        if !self.created {
            for table in TABLES {
                self.sql.run(table, vec![])?;
            }
            self.created = true;
        }
        Ok(())
    }

    fn put<V: Serialize>(&self, kind: &str, key: &str, version: i32, value: &V) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO small (kind, key, v, value) VALUES (?, ?, ?, ?)";
        let value = serde_json::to_string(value)?;
        self.sql.run(query, vec![text(kind), text(key), version.into(), value.into()])?;
        Ok(())
    }

    fn put_new<V: Serialize>(&self, kind: &str, key: &str, value: &V) -> Result<(), ApiError> {
        let query = "INSERT OR IGNORE INTO small (kind, key, v, value) VALUES (?, ?, ?, ?)";
        let value = serde_json::to_string(value)?;
        self.sql.run(query, vec![text(kind), text(key), ROW_VERSION.into(), value.into()])?;
        Ok(())
    }

    fn set<V: Serialize>(&self, kind: &str, key: &str, value: Option<&V>) -> Result<(), ApiError> {
        match value {
            Some(value) => self.put(kind, key, ROW_VERSION, value),
            None => {
                let query = "DELETE FROM small WHERE kind = ? AND key = ?";
                self.sql.run(query, vec![text(kind), text(key)])?;
                Ok(())
            }
        }
    }

    fn all<V: DeserializeOwned>(&self, kind: &str) -> Result<Vec<V>, ApiError> {
        if !self.created {
            return Ok(Vec::new());
        }
        let query = "SELECT value FROM small WHERE kind = ? ORDER BY key";
        let rows: Vec<Json> = self.sql.rows(query, vec![text(kind)])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    fn one<V: DeserializeOwned>(&self, kind: &str, key: &str) -> Result<Option<V>, ApiError> {
        if !self.created {
            return Ok(None);
        }
        let query = "SELECT value FROM small WHERE kind = ? AND key = ?";
        let rows: Vec<Json> = self.sql.rows(query, vec![text(kind), text(key)])?;
        rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
    }

    fn has(&self, kind: &str, key: &str) -> Result<bool, ApiError> {
        #[derive(Deserialize)]
        struct Found {}
        let query = "SELECT 1 AS found FROM small WHERE kind = ? AND key = ?";
        Ok(self.created && !self.sql.rows::<Found>(query, vec![text(kind), text(key)])?.is_empty())
    }

    fn logged(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Vec<Logged>, ApiError> {
        if !self.created {
            return Ok(Vec::new());
        }
        let rows: Vec<LogRow> = self.sql.rows(query, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.row)?)).collect()
    }

    /// The timeline, newest first.
    pub(super) fn timeline(
        &self,
        before: Option<&(UnixMillis, MessageId)>,
        limit: usize,
    ) -> Result<Vec<Logged>, ApiError> {
        let newest_first = "ORDER BY at DESC, message_id DESC LIMIT ?";
        match before {
            None => {
                let query = format!("SELECT row FROM log WHERE {VISIBLE} {newest_first}");
                self.logged(&query, vec![count(limit)])
            }
            Some((at, id)) => {
                let query = format!(
                    "SELECT row FROM log WHERE (at, message_id) < (?, ?) AND {VISIBLE} {newest_first}"
                );
                self.logged(&query, vec![at.0.into(), text(id.as_str()), count(limit)])
            }
        }
    }

    /// Remarks of one kind.
    pub(super) fn notes_of(&self, kind: NoteKind) -> Result<Vec<Note>, ApiError> {
        self.all(kind_of(kind))
    }

    /// The ledger.
    pub(super) fn entries(&self) -> Result<Vec<Ledger>, ApiError> {
        self.all(kind::LEDGER)
    }

    pub(super) fn told(&self) -> Result<Option<Told>, ApiError> {
        self.one(kind::TOLD, "")
    }

    pub(super) fn put_told(&self, told: &Told) -> Result<(), ApiError> {
        self.put(kind::TOLD, "", TOLD_VERSION.into(), told)
    }

    /// What waits for the Queue.
    pub(super) fn outbox(&self, limit: usize) -> Result<Vec<(i64, String)>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            seq: i64,
            body: String,
        }
        let query = "SELECT seq, body FROM outbox ORDER BY seq LIMIT ?";
        let rows: Vec<Row> = self.sql.rows(query, vec![count(limit)])?;
        Ok(rows.into_iter().map(|row| (row.seq, row.body)).collect())
    }

    pub(super) fn remove_outbox(&self, upto: i64) -> Result<(), ApiError> {
        self.sql.run("DELETE FROM outbox WHERE seq <= ?", vec![upto.into()])?;
        Ok(())
    }

    fn take(&mut self, write: Write<'_>) -> Result<(), ApiError> {
        self.create()?;
        self.wrote = true;
        match write {
            Write::Home(home) => self.home = Some(home.clone()),
            Write::Folded(folded) => self.folded = Some(folded.clone()),
            Write::Leaving(folded) => self.set(kind::LEAVING, "", folded)?,
            Write::Held(id, held) => self.set(kind::HELD, &id.to_string(), held)?,
            Write::Link(key, link) => self.set(kind::LINK, key, link)?,
            Write::Handed(id, handed) => self.set(kind::HANDED, &id.to_string(), handed)?,
            Write::Repoint(id, repoint) => self.set(kind::REPOINT, &id.to_string(), repoint)?,
            Write::Reservation(merge, kept) => self.set(kind::RESERVATION, &merge.to_string(), kept)?,
            Write::Outgoing(gift, outgoing) => self.set(kind::OUTGOING, &gift.to_string(), outgoing)?,
            Write::Log(row, part) => self.log(row, part)?,
            Write::Show(part) => self.put_new(kind::SHOWN, &stored_part(part).to_string(), &true)?,
            Write::Drop(part) => {
                let query = "DELETE FROM log WHERE part = ? AND part <> 0";
                self.sql.run(query, vec![stored_part(part).into()])?;
            }
            Write::Part(id, part) => {
                let query = "UPDATE log SET part = ? WHERE message_id = ?";
                self.sql.run(query, vec![stored_part(part).into(), text(id.as_str())])?;
            }
            Write::Late(id, true) => self.put_new(kind::LATE, id.as_str(), &true)?,
            Write::Late(id, false) => self.set::<bool>(kind::LATE, id.as_str(), None)?,
            Write::Note(note) => {
                let key = format!("{}\n{}", note.id, note.order.1);
                self.put_new(kind_of(note.kind), &key, note)?;
            }
            Write::ForgetRefusals => {
                self.sql.run("DELETE FROM small WHERE kind = ?", vec![text(kind::REFUSED)])?;
            }
            Write::RemoveNote(kind, id) => {
                // All keys that begin with the id and a line feed.
                let query = "DELETE FROM small WHERE kind = ? AND key > ? AND key < ?";
                let (from, to) = (format!("{id}\n"), format!("{id}\u{b}"));
                self.sql.run(query, vec![text(kind_of(kind)), from.into(), to.into()])?;
            }
            Write::Ledger(entry) => self.put_new(kind::LEDGER, &entry.key(), entry)?,
            Write::Leaves(row) => self.leaves.extend(outbox::line(&self.me, row)?),
            Write::Clear => {
                self.folded = None;
                self.sql.run("DELETE FROM log", vec![])?;
                let query = "DELETE FROM small WHERE kind NOT IN (?, ?)";
                self.sql.run(query, vec![text(kind::HOME), text(kind::TOLD)])?;
            }
        }
        Ok(())
    }

    fn log(&self, logged: &Logged, part: u64) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO log (message_id, v, at, row, part) VALUES (?, ?, ?, ?, ?)";
        let values = vec![
            text(logged.event.message_id.as_str()),
            i32::from(logged.v).into(),
            logged.event.timestamp.0.into(),
            serde_json::to_string(logged)?.into(),
            stored_part(part).into(),
        ];
        self.sql.run(query, values)?;
        Ok(())
    }

    fn part_of(&self, id: &MessageId) -> Result<Option<(u64, bool)>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            part: i64,
        }
        if !self.created {
            return Ok(None);
        }
        let query = "SELECT part FROM log WHERE message_id = ?";
        let rows: Vec<Row> = self.sql.rows(query, vec![text(id.as_str())])?;
        let Some(Row { part: stored }) = rows.first() else { return Ok(None) };
        let visible = *stored == 0 || self.has(kind::SHOWN, &stored.to_string())?;
        Ok(Some((part(*stored), visible)))
    }

    fn page(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, ApiError> {
        let in_order = "message_id > ? ORDER BY message_id LIMIT ?";
        match part {
            None => {
                let query = format!("SELECT row FROM log WHERE {VISIBLE} AND {in_order}");
                self.logged(&query, vec![text(after), count(limit)])
            }
            Some(part) => {
                let query = format!("SELECT row FROM log WHERE part = ? AND part <> 0 AND {in_order}");
                self.logged(&query, vec![stored_part(part).into(), text(after), count(limit)])
            }
        }
    }
}

fn failed(error: ApiError) -> StoreError {
    StoreError(error.to_string())
}

impl Store for Tables<'_> {
    fn write(&mut self, write: Write<'_>) -> Result<(), StoreError> {
        self.take(write).map_err(failed)
    }

    fn find(&self, id: &MessageId) -> Result<Option<(u64, bool)>, StoreError> {
        self.part_of(id).map_err(failed)
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
        let kinds = [NoteKind::Refused, NoteKind::Claimed, NoteKind::NoIdentifier, NoteKind::LateConflict];
        let mut notes = Vec::new();
        for kind in kinds {
            notes.extend(self.notes_of(kind).map_err(failed)?);
        }
        Ok(notes)
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
