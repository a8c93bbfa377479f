//! The tables of a profile object as the Worker reads them: see [`schema`](super::schema).

use std::cell::RefCell;
use std::collections::BTreeMap;

use selvedge_engine::account::{AccountId, Report};
use selvedge_engine::archive::Word;
use selvedge_engine::identity::home::{
    Folded, FoldedPart, FoldedRow, HOME_VERSION, Home, Ledger, Note, NoteKind, Place, Profile,
};
use selvedge_engine::identity::{Identifier, ObjectNames};
use selvedge_engine::ids::{MessageId, ProfileId, SegmentId};
use selvedge_engine::limits;
use selvedge_engine::profile::{EXPIRED_VERSION, Logged, STATE_VERSION};
use selvedge_engine::segment::{CHANGE_VERSION, Change, ConditionKey};
use selvedge_engine::time::UnixMillis;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::SqlStorageValue;

use super::accounts::ToldAccount;
use super::describe::{Listable, TOLD_VERSION, Told};
use super::log::Ahead;
use super::message::Only;
use super::outbox;
use super::schema::{ROW_VERSION, TABLES, VISIBLE, kind};
use crate::api_error::ApiError;
use crate::objects::sql::{Json, Keyed, Sql};
use crate::{outgoing, usage};

/// The tables, for one step of the engine, or to be read.
pub(super) struct Tables<'a> {
    pub(super) sql: &'a Sql,
    /// Whose they are.
    pub(super) me: ProfileId,
    /// They are there: an object that was only asked, never told, has none.
    pub(super) created: bool,
    /// Something was written.
    pub(super) wrote: bool,
    /// All but the home row was taken away.
    pub(super) cleared: bool,
    /// The home row is to be written: once, as it is at the end of the step.
    pub(super) home: bool,
    /// As `home`.
    pub(super) folded: bool,
    /// Of the log.
    pub(super) ahead: RefCell<Ahead>,
    /// So many changes of memberships were written.
    changes: u32,
    /// Lines for the outbox.
    pub(super) leaves: Vec<String>,
    /// Tombstones that leave, too.
    pub(super) erased: Vec<(Identifier, UnixMillis, bool)>,
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

pub(super) fn text(value: &str) -> SqlStorageValue {
    value.into()
}

pub(super) fn count(limit: usize) -> SqlStorageValue {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

pub(super) fn kind_of(note: NoteKind) -> &'static str {
    match note {
        NoteKind::Refused => kind::REFUSED,
        NoteKind::NoIdentifier => kind::NO_IDENTIFIER,
        NoteKind::Unlinked => kind::UNLINKED,
        NoteKind::LateConflict => kind::LATE_CONFLICT,
    }
}

fn kind_of_part(part: FoldedPart) -> &'static str {
    match part {
        FoldedPart::Seen => kind::SEEN,
        FoldedPart::Tally => kind::TALLY,
        FoldedPart::Segment => kind::SEGMENT,
    }
}

fn condition(text: String) -> Result<ConditionKey, ApiError> {
    ConditionKey::try_from(text).map_err(ApiError::internal)
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
        Self {
            sql,
            me,
            created,
            wrote: false,
            cleared: false,
            home: false,
            folded: false,
            ahead: RefCell::default(),
            changes: 0,
            leaves: Vec::new(),
            erased: Vec::new(),
        }
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
        let (mut sightings, mut tallies, mut segments) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        if !self.created {
            return Ok(profile);
        }
        let kinds = "'home', 'folded', 'seen', 'tally', 'segment', 'held', 'link', 'handed', 'repoint', 'reservation', 'outgoing', 'inbox'";
        let query = format!("SELECT kind, key, value FROM small WHERE kind IN ({kinds})");
        for Small { kind, key, value } in self.sql.rows::<Small>(&query, vec![])? {
            match kind.as_str() {
                kind::HOME => profile.home = serde_json::from_str(&value)?,
                kind::FOLDED => profile.folded = serde_json::from_str(&value)?,
                kind::SEEN => drop(sightings.insert(key, serde_json::from_str(&value)?)),
                kind::TALLY => drop(tallies.insert(condition(key)?, serde_json::from_str(&value)?)),
                kind::SEGMENT => drop(segments.insert(SegmentId(key), serde_json::from_str(&value)?)),
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
                kind::INBOX => drop(profile.inbox.insert(MessageId(key), serde_json::from_str(&value)?)),
                kind::OUTGOING => drop(profile.outgoing.insert(number(&key)?, serde_json::from_str(&value)?)),
                _ => {}
            }
        }
        profile.folded.restore(sightings, tallies, segments);
        Ok(profile)
    }

    /// Tombstones leave under the names of their objects: nothing in them says who that was.
    pub(super) fn name_erased(&mut self, names: &ObjectNames) -> Result<(), ApiError> {
        for (id, at, suppressed) in std::mem::take(&mut self.erased) {
            let word = Word::erased(names.identifier(&id), at, suppressed);
            self.leaves.push(outbox::word(&word)?);
        }
        Ok(())
    }

    /// Writes what was gathered, as it is now. True if anything was written since [`Tables::new`].
    pub(super) fn finish(&mut self, home: &Home, folded: &mut Folded) -> Result<bool, ApiError> {
        self.write_log()?;
        if std::mem::take(&mut self.home) {
            // Once: what it says after that are tombstones.
            if std::mem::take(&mut self.cleared) && matches!(home.place, Place::Erased { .. }) {
                // Nobody is told any more what the person did and said.
                self.sql.run("DELETE FROM small WHERE kind = ?", vec![text(kind::ACCOUNT_WORD)])?;
                self.sql.run("DELETE FROM outbox", vec![])?;
            }
            self.put(kind::HOME, "", HOME_VERSION.into(), home)?;
        }
        if std::mem::take(&mut self.folded) {
            self.put_folded(folded)?;
        }
        self.forget_changes()?;
        for body in outgoing::messages_of(&std::mem::take(&mut self.leaves)) {
            let query = "INSERT INTO outbox (v, body) VALUES (?, ?)";
            self.sql.run(query, vec![ROW_VERSION.into(), body.into()])?;
        }
        Ok(self.wrote)
    }

    /// The state in one row. What grows in it stands in rows of its own once there is much, of which only those that have
    /// changed are written.
    fn put_folded(&self, folded: &mut Folded) -> Result<(), ApiError> {
        folded.store(&mut |row| match row {
            FoldedRow::Rest(folded) => self.put(kind::FOLDED, "", STATE_VERSION.into(), folded),
            FoldedRow::Seen(id, seen) => self.put(kind::SEEN, id, ROW_VERSION, seen),
            FoldedRow::Tally(key, tally) => self.put(kind::TALLY, &key.to_string(), ROW_VERSION, tally),
            FoldedRow::Segment(id, membership) => {
                self.put(kind::SEGMENT, id.as_str(), ROW_VERSION, membership)
            }
            FoldedRow::Gone(part, key) => self.set::<()>(kind_of_part(part), key, None),
            FoldedRow::Cleared(part) => {
                self.sql.run("DELETE FROM small WHERE kind = ?", vec![text(kind_of_part(part))])?;
                Ok(())
            }
        })
    }

    /// The profile entered a segment, or left it.
    pub(super) fn put_change(&mut self, change: &Change) -> Result<(), ApiError> {
        // The order of time as text, then that of coming.
        let at = change.at.0.cast_unsigned() ^ (1 << 63);
        let key = format!("{at:016x}:{:04}:{}", self.changes, change.segment);
        self.changes = self.changes.saturating_add(1);
        self.put(kind::CHANGE, &key, CHANGE_VERSION.into(), change)
    }

    /// Of the changes only the newest are remembered.
    fn forget_changes(&mut self) -> Result<(), ApiError> {
        if std::mem::take(&mut self.changes) == 0 {
            return Ok(());
        }
        let query = "DELETE FROM small WHERE kind = ?1 AND key <= (SELECT key FROM small WHERE kind = ?1 \
                     ORDER BY key DESC LIMIT 1 OFFSET ?2)";
        self.sql.run(query, vec![text(kind::CHANGE), count(limits::CHANGES_KEPT)])?;
        Ok(())
    }

    /// The changes of memberships that are remembered, oldest first.
    pub(super) fn changes(&self) -> Result<Vec<Change>, ApiError> {
        self.all(kind::CHANGE)
    }

    pub(super) fn create(&mut self) -> Result<(), ApiError> {
        if !self.created {
            for table in TABLES {
                // One by one: of several statements in one call only the last one's rows are counted.
                self.sql.run(table, vec![])?;
            }
            self.created = true;
        }
        Ok(())
    }

    pub(super) fn put<V: Serialize>(
        &self,
        kind: &str,
        key: &str,
        version: i32,
        value: &V,
    ) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO small (kind, key, v, value) VALUES (?, ?, ?, ?)";
        let value = serde_json::to_string(value)?;
        usage::count(|usage| usage.largest_row = usage.largest_row.max(value.len() as u64));
        self.sql.run(query, vec![text(kind), text(key), version.into(), value.into()])?;
        Ok(())
    }

    pub(super) fn put_new<V: Serialize>(&self, kind: &str, key: &str, value: &V) -> Result<(), ApiError> {
        let query = "INSERT OR IGNORE INTO small (kind, key, v, value) VALUES (?, ?, ?, ?)";
        let value = serde_json::to_string(value)?;
        self.sql.run(query, vec![text(kind), text(key), ROW_VERSION.into(), value.into()])?;
        Ok(())
    }

    pub(super) fn set<V: Serialize>(&self, kind: &str, key: &str, value: Option<&V>) -> Result<(), ApiError> {
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

    pub(super) fn one<V: DeserializeOwned>(&self, kind: &str, key: &str) -> Result<Option<V>, ApiError> {
        if !self.created {
            return Ok(None);
        }
        let query = "SELECT value FROM small WHERE kind = ? AND key = ?";
        let rows: Vec<Json> = self.sql.rows(query, vec![text(kind), text(key)])?;
        rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
    }

    pub(super) fn has(&self, kind: &str, key: &str) -> Result<bool, ApiError> {
        #[derive(Deserialize)]
        struct Found {}
        let query = "SELECT 1 AS found FROM small WHERE kind = ? AND key = ?";
        Ok(self.created && !self.sql.rows::<Found>(query, vec![text(kind), text(key)])?.is_empty())
    }

    pub(super) fn logged(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Vec<Logged>, ApiError> {
        if !self.created {
            return Ok(Vec::new());
        }
        self.write_log()?;
        let rows: Vec<LogRow> = self.sql.rows(query, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.row)?)).collect()
    }

    /// The timeline, newest first: what there is of these.
    pub(super) fn timeline(
        &self,
        only: &Only,
        before: Option<&(UnixMillis, MessageId)>,
        limit: usize,
    ) -> Result<Vec<Logged>, ApiError> {
        let mut wanted = format!("v < {EXPIRED_VERSION} AND {VISIBLE}");
        let mut values = Vec::new();
        if let Some((at, id)) = before {
            wanted.push_str(" AND (at, message_id) < (?, ?)");
            values.extend([at.0.into(), text(id.as_str())]);
        }
        let fields = [("kind", &only.kind), ("source", &only.source), ("body.event", &only.event)];
        for (field, wish) in fields.into_iter().filter_map(|(field, wish)| Some((field, wish.as_ref()?))) {
            wanted.push_str(&format!(" AND json_extract(row, '$.event.{field}') = ?"));
            values.push(text(wish));
        }
        values.push(count(limit));
        let query = format!("SELECT row FROM log WHERE {wanted} ORDER BY at DESC, message_id DESC LIMIT ?");
        self.logged(&query, values)
    }

    /// The sources of these events, as far as they are kept.
    pub(super) fn sources_of<'m>(
        &self,
        messages: impl Iterator<Item = &'m MessageId>,
    ) -> Result<BTreeMap<MessageId, String>, ApiError> {
        #[derive(Deserialize)]
        struct Of {
            message_id: String,
            source: Option<String>,
        }
        if !self.created {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<&MessageId> = messages.collect();
        let query = "SELECT message_id, json_extract(row, '$.event.source') AS source FROM log \
                     WHERE message_id IN (SELECT value FROM json_each(?))";
        let rows: Vec<Of> = self.sql.rows(query, vec![serde_json::to_string(&ids)?.as_str().into()])?;
        Ok(rows.into_iter().filter_map(|row| Some((MessageId(row.message_id), row.source?))).collect())
    }

    /// Remarks of one kind.
    pub(super) fn notes_of(&self, kind: NoteKind) -> Result<Vec<Note>, ApiError> {
        self.all(kind_of(kind))
    }

    /// The ledger.
    pub(super) fn entries(&self) -> Result<Vec<Ledger>, ApiError> {
        self.all(kind::LEDGER)
    }

    /// What the directory is told of, beside what is in memory.
    pub(super) fn listable(&self) -> Result<Listable, ApiError> {
        let mut listable = Listable::default();
        if !self.created {
            return Ok(listable);
        }
        let query = "SELECT kind, key, value FROM small \
                     WHERE kind IN ('told', 'listed', 'refused', 'unlinked', 'late_conflict')";
        for Small { kind, value, .. } in self.sql.rows::<Small>(query, vec![])? {
            match kind.as_str() {
                kind::TOLD => listable.told = Some(serde_json::from_str(&value)?),
                kind::LISTED => listable.listed = serde_json::from_str(&value)?,
                kind::REFUSED | kind::UNLINKED => listable.refusals.push(serde_json::from_str(&value)?),
                _ => listable.late_conflicts = listable.late_conflicts.saturating_add(1),
            }
        }
        Ok(listable)
    }

    pub(super) fn put_told(&self, told: &Told) -> Result<(), ApiError> {
        self.put(kind::TOLD, "", TOLD_VERSION.into(), told)
    }

    /// Whether accounts have been told something by this profile, or are to be.
    pub(super) fn speaks_to_accounts(&self) -> Result<bool, ApiError> {
        let query = "SELECT value FROM small WHERE kind IN (?, ?) LIMIT 1";
        let kinds = vec![text(kind::ACCOUNT_WORD), text(kind::ACCOUNT_TOLD)];
        Ok(self.created && !self.sql.rows::<Json>(query, kinds)?.is_empty())
    }

    /// What events say of accounts that do not have it yet.
    pub(super) fn account_words(&self, limit: usize) -> Result<Vec<Report>, ApiError> {
        if !self.created {
            return Ok(Vec::new());
        }
        let query = "SELECT value FROM small WHERE kind = ? ORDER BY key LIMIT ?";
        let rows: Vec<Json> = self.sql.rows(query, vec![text(kind::ACCOUNT_WORD), count(limit)])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    /// By account: the row that it took last.
    pub(super) fn told_accounts(&self) -> Result<BTreeMap<AccountId, ToldAccount>, ApiError> {
        if !self.created {
            return Ok(BTreeMap::new());
        }
        let query = "SELECT key, value FROM small WHERE kind = ?";
        let rows: Vec<Keyed> = self.sql.rows(query, vec![text(kind::ACCOUNT_TOLD)])?;
        let mut told = BTreeMap::new();
        for row in rows {
            let account = AccountId::new(&row.key);
            let account = account.map_err(|_| ApiError::internal("a stored account can't be read"))?;
            told.insert(account, serde_json::from_str(&row.value)?);
        }
        Ok(told)
    }

    /// An account has taken what it was told. Of two rows that were under way the newer one is remembered; that a person who
    /// does not live here belonged to it is not.
    pub(super) fn account_heard(
        &self,
        account: &AccountId,
        words: &[&MessageId],
        row: Option<&ToldAccount>,
        lives_here: bool,
    ) -> Result<(), ApiError> {
        for id in words {
            self.set::<Report>(kind::ACCOUNT_WORD, id.as_str(), None)?;
        }
        let Some(row) = row else { return Ok(()) };
        let known: Option<ToldAccount> = self.one(kind::ACCOUNT_TOLD, account.as_str())?;
        if known.is_some_and(|known| known.revision >= row.revision) {
            return Ok(());
        }
        let row = Some(row).filter(|row| lives_here || !row.is_gone());
        self.set(kind::ACCOUNT_TOLD, account.as_str(), row)
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
}
