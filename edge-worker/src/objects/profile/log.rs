//! The table of events. A statement costs more than a row does, so what a batch asks for is asked at once, and what it
//! writes is written by few.

use std::collections::BTreeMap;

use selvedge_engine::identity::home::Write;
use selvedge_engine::ids::MessageId;
use selvedge_engine::profile::Logged;
use serde::Deserialize;
use worker::SqlStorageValue;

use super::schema::{VISIBLE, kind};
use super::tables::{Tables, count, text};
use crate::api_error::ApiError;

/// From here on the engine numbers gifts. SQLite's integers come as floats, which don't reach so far: a gift's part is
/// stored as its negative number.
const GIFTS: u64 = 1 << 62;

/// Rows of which only the messageId is left.
const GONE: i64 = -(1 << 52);

/// Values of a row.
const COLUMNS: usize = 5;

/// The platform binds at most a hundred values in a statement.
const ROWS_AT_ONCE: usize = 100 / COLUMNS;

fn stored_part(part: u64) -> i64 {
    match part.checked_sub(GIFTS) {
        Some(gift) => i64::try_from(gift).map_or(i64::MIN, |gift| -gift),
        None => i64::try_from(part).unwrap_or(i64::MAX),
    }
}

fn part(stored: i64) -> u64 {
    if stored < 0 { GIFTS.saturating_add(stored.unsigned_abs()) } else { stored.unsigned_abs() }
}

/// What this step knows of the log without asking, and what is still to be written.
#[derive(Default)]
pub(super) struct Ahead {
    /// By messageId: what [`Tables::find_row`] says.
    known: BTreeMap<String, Option<(u64, bool)>>,
    /// Values of visible rows.
    rows: Vec<SqlStorageValue>,
}

#[derive(Deserialize)]
struct Found {
    message_id: String,
    part: i64,
}

impl Tables<'_> {
    /// These events come next: which of them are there is asked for by one query.
    pub(super) fn expect<'i>(&mut self, ids: impl Iterator<Item = &'i MessageId>) -> Result<(), ApiError> {
        let ids: Vec<&MessageId> = ids.collect();
        if ids.len() < 2 {
            return Ok(());
        }
        let mut known: BTreeMap<String, Option<(u64, bool)>> =
            ids.iter().map(|id| (id.as_str().to_owned(), None)).collect();
        if self.created {
            let query =
                "SELECT message_id, part FROM log WHERE message_id IN (SELECT value FROM json_each(?))";
            for row in self.sql.rows::<Found>(query, vec![serde_json::to_string(&ids)?.into()])? {
                known.insert(row.message_id, Some(self.place(row.part)?));
            }
        }
        self.ahead.get_mut().known = known;
        Ok(())
    }

    /// In which part an event is, and whether it is visible.
    pub(super) fn find_row(&self, id: &MessageId) -> Result<Option<(u64, bool)>, ApiError> {
        if !self.created {
            return Ok(None);
        }
        if let Some(known) = self.ahead.borrow().known.get(id.as_str()) {
            return Ok(*known);
        }
        let query = "SELECT message_id, part FROM log WHERE message_id = ?";
        let rows: Vec<Found> = self.sql.rows(query, vec![text(id.as_str())])?;
        rows.first().map(|row| self.place(row.part)).transpose()
    }

    fn place(&self, stored: i64) -> Result<(u64, bool), ApiError> {
        Ok((part(stored), stored == 0 || self.has(kind::SHOWN, &stored.to_string())?))
    }

    /// Writes an event; one that is visible at the latest when the log is looked at.
    pub(super) fn log(&mut self, logged: &Logged, part: u64) -> Result<(), ApiError> {
        let id = logged.event.message_id.as_str();
        let values = [
            text(id),
            i32::from(logged.v).into(),
            logged.event.timestamp.0.into(),
            serde_json::to_string(logged)?.into(),
            stored_part(part).into(),
        ];
        if part != 0 {
            self.write_log()?;
        }
        let ahead = self.ahead.get_mut();
        ahead.rows.extend(values);
        if part == 0 {
            ahead.known.insert(id.to_owned(), Some((0, true)));
            return Ok(());
        }
        ahead.known.remove(id);
        self.write_log()
    }

    /// Changes rows that are there.
    pub(super) fn change_log(&mut self, write: &Write<'_>) -> Result<(), ApiError> {
        self.write_log()?;
        self.ahead.get_mut().known.clear();
        match *write {
            Write::Show(part) => self.put_new(kind::SHOWN, &stored_part(part).to_string(), &true)?,
            Write::Drop(part) => {
                let query = "DELETE FROM log WHERE part = ? AND part <> 0";
                self.sql.run(query, vec![stored_part(part).into()])?;
            }
            Write::Empty(part) => {
                let query = "UPDATE log SET part = ?, row = '' WHERE part = ? AND part <> 0";
                self.sql.run(query, vec![GONE.into(), stored_part(part).into()])?;
            }
            Write::Gone(id) => {
                let query = "UPDATE log SET part = ?, row = '' WHERE message_id = ?";
                self.sql.run(query, vec![GONE.into(), text(id.as_str())])?;
            }
            Write::Expired(row) => {
                let query = "UPDATE log SET v = ?, row = ? WHERE message_id = ?";
                let (v, text_of) = (i32::from(row.v), serde_json::to_string(row)?);
                self.sql.run(query, vec![v.into(), text_of.into(), text(row.event.message_id.as_str())])?;
            }
            Write::Part(id, part) => {
                let query = "UPDATE log SET part = ? WHERE message_id = ?";
                self.sql.run(query, vec![stored_part(part).into(), text(id.as_str())])?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Removes all rows.
    pub(super) fn clear_log(&mut self) -> Result<(), ApiError> {
        *self.ahead.get_mut() = Ahead::default();
        self.sql.run("DELETE FROM log", vec![])?;
        Ok(())
    }

    /// Writes the rows that are not written yet.
    pub(super) fn write_log(&self) -> Result<(), ApiError> {
        let rows = std::mem::take(&mut self.ahead.borrow_mut().rows);
        for rows in rows.chunks(ROWS_AT_ONCE * COLUMNS) {
            let places = vec!["(?, ?, ?, ?, ?)"; rows.len() / COLUMNS].join(", ");
            let query = format!("INSERT OR REPLACE INTO log (message_id, v, at, row, part) VALUES {places}");
            self.sql.run(&query, rows.to_vec())?;
        }
        Ok(())
    }

    /// Rows of a part, or all visible ones, in order of messageId.
    pub(super) fn page(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, ApiError> {
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
