//! The tables of a profile object. Every row carries a version, `v`.
//!
//! | table | key | holds |
//! |---|---|---|
//! | `meta` | `key` | `home`: the profile's id and [`Home`]; `state`: the fold, a [`ProfileState`]; `told`: what the directory knows, a [`Told`] |
//! | `log` | `message_id` | the events; index `log_at` on (`at`, `message_id`) for the timeline |
//! | `identifiers` | `namespace`, `value` | what this profile is known by |
//! | `notes` | `kind`, `namespace`, `value`, `reason` | `link`: to be linked; `claimed`; `refused`; `repoint`: entries that still name a profile that moved in |
//! | `merges` | `younger` | the ledger: who moved in, when, because of which event, with what |
//! | `reservations` | `younger` | room promised to a profile that is moving in |
//! | `staged` | `younger`, `message_id` | its rows until it commits |
//! | `late` | `message_id` | events logged while this profile was moving out |
//! | `outbox` | `seq` | what must leave, until the Queue has it |

use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::admission::Held;
use selvedge_engine::identity::home::{HOME_VERSION, Home, Reservation};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::profile::{Logged, ProfileState, STATE_VERSION};
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::{SqlStorageValue, State};

use super::describe::{TOLD_VERSION, Told};
use super::message::Note;
use crate::api_error::ApiError;
use crate::objects::sql::Sql;

const ROW_VERSION: i32 = 1;
/// Rows in memory at a time when the whole log is read.
const PAGE: usize = 500;
const TABLES: [&str; 10] = [
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS log (message_id TEXT PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS log_at ON log (at, message_id)",
    "CREATE TABLE IF NOT EXISTS identifiers (namespace TEXT, value TEXT, v INTEGER NOT NULL, first_seen INTEGER NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (namespace, value)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS notes (kind TEXT, namespace TEXT, value TEXT, reason TEXT, v INTEGER NOT NULL, message_id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, namespace, value, reason)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS merges (younger TEXT PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS reservations (younger TEXT PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS staged (younger TEXT, message_id TEXT, v INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (younger, message_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS late (message_id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL)",
];

/// Kinds of [`Note`].
pub(super) mod kind {
    pub(crate) const LINK: &str = "link";
    pub(crate) const CLAIMED: &str = "claimed";
    pub(crate) const REFUSED: &str = "refused";
    pub(crate) const REPOINT: &str = "repoint";
}

/// What is kept in memory while the object is: the small things that every request needs.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) created: bool,
    pub(super) me: Option<ProfileId>,
    pub(super) home: Home,
    pub(super) state: ProfileState,
    pub(super) held: Vec<Held>,
    pub(super) links: usize,
}

#[derive(Serialize, Deserialize)]
struct HomeRow {
    profile: ProfileId,
    #[serde(flatten)]
    home: Home,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

#[derive(Deserialize)]
struct LogRow {
    row: String,
}

/// An identifier of this profile, and the event that brought it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct StoredIdentifier {
    pub(super) namespace: String,
    pub(super) value: String,
    pub(super) first_seen: i64,
    pub(super) message_id: String,
}

/// The tables.
pub(super) struct Store {
    sql: Sql,
}

fn text(value: &str) -> SqlStorageValue {
    value.into()
}

impl Store {
    pub(super) fn new(state: &State) -> Self {
        Self { sql: Sql::new(state) }
    }

    pub(super) fn atomically<T>(&self, work: impl FnMut() -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.sql.atomically(work)
    }

    /// Makes the tables on the first write.
    pub(super) fn create(&self, loaded: &mut Loaded) -> Result<(), ApiError> {
        if !loaded.created {
            for table in TABLES {
                self.sql.run(table, vec![])?;
            }
            loaded.created = true;
        }
        Ok(())
    }

    pub(super) fn load(&self) -> Result<Loaded, ApiError> {
        let mut loaded = Loaded {
            created: self.sql.has_table("outbox")?,
            me: None,
            home: Home::None,
            state: ProfileState::empty(),
            held: Vec::new(),
            links: 0,
        };
        if !loaded.created {
            return Ok(loaded);
        }
        if let Some(json) = self.meta("home")? {
            let row: HomeRow = serde_json::from_str(&json)?;
            loaded.me = Some(row.profile);
            loaded.home = row.home;
        }
        if let Some(json) = self.meta("state")? {
            loaded.state = serde_json::from_str(&json)?;
        }
        loaded.held = self
            .identifiers()?
            .into_iter()
            .filter_map(|row| {
                let id = Identifier::new(&row.namespace, &row.value).ok()?;
                Some(Held { id, first_seen: UnixMillis(row.first_seen) })
            })
            .collect();
        loaded.links = self.notes(kind::LINK)?.len();
        Ok(loaded)
    }

    fn meta(&self, key: &str) -> Result<Option<String>, ApiError> {
        let rows: Vec<Value> = self.sql.rows("SELECT value FROM meta WHERE key = ?", vec![text(key)])?;
        Ok(rows.into_iter().next().map(|row| row.value))
    }

    pub(super) fn put_home(&self, loaded: &Loaded) -> Result<(), ApiError> {
        let profile = loaded.me.clone().ok_or_else(|| ApiError::internal("a home needs its profile's id"))?;
        let json = serde_json::to_string(&HomeRow { profile, home: loaded.home.clone() })?;
        self.put_meta("home", HOME_VERSION, &json)
    }

    pub(super) fn put_state(&self, state: &ProfileState) -> Result<(), ApiError> {
        self.put_meta("state", STATE_VERSION, &serde_json::to_string(state)?)
    }

    pub(super) fn told(&self) -> Result<Option<Told>, ApiError> {
        self.meta("told")?.map(|json| serde_json::from_str(&json).map_err(ApiError::from)).transpose()
    }

    pub(super) fn put_told(&self, told: &Told) -> Result<(), ApiError> {
        self.put_meta("told", TOLD_VERSION, &serde_json::to_string(told)?)
    }

    fn put_meta(&self, key: &str, version: u8, value: &str) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO meta (key, v, value) VALUES (?, ?, ?)";
        self.sql.run(query, vec![text(key), i32::from(version).into(), text(value)])?;
        Ok(())
    }

    /// Logs an event; false if its messageId is there already.
    pub(super) fn log(&self, logged: &Logged) -> Result<bool, ApiError> {
        let query = "INSERT OR IGNORE INTO log (message_id, v, at, row) VALUES (?, ?, ?, ?)";
        let id = text(logged.event.message_id.as_str());
        let row = serde_json::to_string(logged)?;
        let values = vec![id, i32::from(logged.v).into(), logged.event.timestamp.0.into(), row.into()];
        Ok(self.sql.run(query, values)? > 0)
    }

    pub(super) fn is_logged(&self, id: &MessageId) -> Result<bool, ApiError> {
        #[derive(Deserialize)]
        struct Found {}
        let query = "SELECT 1 AS found FROM log WHERE message_id = ?";
        Ok(!self.sql.rows::<Found>(query, vec![text(id.as_str())])?.is_empty())
    }

    /// Rows of the log in messageId order, after `after`.
    pub(super) fn log_after(&self, after: &str, limit: usize) -> Result<Vec<Logged>, ApiError> {
        let query = "SELECT row FROM log WHERE message_id > ? ORDER BY message_id LIMIT ?";
        self.logged(query, vec![text(after), count(limit)])
    }

    /// Every row, a page in memory at a time. An error ends it early and is left in `failed`.
    pub(super) fn whole_log<'a>(
        &'a self,
        failed: &'a mut Option<ApiError>,
    ) -> impl Iterator<Item = Logged> + 'a {
        let mut after = String::new();
        let pages = std::iter::from_fn(move || match self.log_after(&after, PAGE) {
            Ok(rows) => {
                after = rows.last()?.event.message_id.as_str().to_owned();
                Some(rows)
            }
            Err(error) => {
                *failed = Some(error);
                None
            }
        });
        pages.flatten()
    }

    /// The timeline, newest first.
    pub(super) fn timeline(
        &self,
        before: Option<&(UnixMillis, MessageId)>,
        limit: usize,
    ) -> Result<Vec<Logged>, ApiError> {
        match before {
            None => self.logged(
                "SELECT row FROM log ORDER BY at DESC, message_id DESC LIMIT ?",
                vec![count(limit)],
            ),
            Some((at, id)) => self.logged(
                "SELECT row FROM log WHERE (at, message_id) < (?, ?) ORDER BY at DESC, message_id DESC LIMIT ?",
                vec![at.0.into(), text(id.as_str()), count(limit)],
            ),
        }
    }

    /// The events logged while moving out.
    pub(super) fn late(&self, limit: usize) -> Result<Vec<Logged>, ApiError> {
        let query = "SELECT log.row AS row FROM late JOIN log USING (message_id) LIMIT ?";
        self.logged(query, vec![count(limit)])
    }

    pub(super) fn put_late(&self, id: &MessageId) -> Result<(), ApiError> {
        self.sql.run("INSERT OR IGNORE INTO late (message_id) VALUES (?)", vec![text(id.as_str())])?;
        Ok(())
    }

    pub(super) fn remove_late(&self, id: &MessageId) -> Result<(), ApiError> {
        self.sql.run("DELETE FROM late WHERE message_id = ?", vec![text(id.as_str())])?;
        Ok(())
    }

    fn logged(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Vec<Logged>, ApiError> {
        let rows: Vec<LogRow> = self.sql.rows(query, values)?;
        rows.iter().map(|row| serde_json::from_str(&row.row).map_err(ApiError::from)).collect()
    }

    pub(super) fn identifiers(&self) -> Result<Vec<StoredIdentifier>, ApiError> {
        self.sql.rows("SELECT namespace, value, first_seen, message_id FROM identifiers", vec![])
    }

    pub(super) fn put_identifier(&self, held: &Held, message_id: &MessageId) -> Result<(), ApiError> {
        let query = "INSERT INTO identifiers (namespace, value, v, first_seen, message_id) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen)";
        let values = vec![
            text(held.id.namespace.as_str()),
            text(&held.id.value),
            ROW_VERSION.into(),
            held.first_seen.0.into(),
            text(message_id.as_str()),
        ];
        self.sql.run(query, values)?;
        Ok(())
    }

    pub(super) fn notes(&self, kind: &str) -> Result<Vec<Note>, ApiError> {
        #[derive(Deserialize)]
        struct Row {
            namespace: String,
            value: String,
            reason: String,
            message_id: String,
            at: i64,
        }
        let query = "SELECT namespace, value, reason, message_id, at FROM notes WHERE kind = ?";
        let rows: Vec<Row> = self.sql.rows(query, vec![text(kind)])?;
        let note = |row: Row| {
            let id = Identifier::new(&row.namespace, &row.value).ok()?;
            let (message_id, at) = (MessageId(row.message_id), UnixMillis(row.at));
            Some(Note { id, message_id, at, reason: row.reason })
        };
        Ok(rows.into_iter().filter_map(note).collect())
    }

    /// Keeps a note; the first of its kind about an identifier stays.
    pub(super) fn put_note(&self, kind: &str, note: &Note) -> Result<bool, ApiError> {
        let query = "INSERT OR IGNORE INTO notes (kind, namespace, value, reason, v, message_id, at) \
                     VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = vec![
            text(kind),
            text(note.id.namespace.as_str()),
            text(&note.id.value),
            text(&note.reason),
            ROW_VERSION.into(),
            text(note.message_id.as_str()),
            note.at.0.into(),
        ];
        Ok(self.sql.run(query, values)? > 0)
    }

    /// The notes of a kind, when their number is known: none are looked for where there are none.
    pub(super) fn notes_if_any(&self, kind: &str, number: usize) -> Result<Vec<Note>, ApiError> {
        if number == 0 { Ok(Vec::new()) } else { self.notes(kind) }
    }

    /// Takes away one note, not others of its kind about the same identifier.
    pub(super) fn remove_note_of(&self, kind: &str, note: &Note) -> Result<(), ApiError> {
        let query = "DELETE FROM notes WHERE kind = ? AND namespace = ? AND value = ? AND reason = ?";
        let values =
            vec![text(kind), text(note.id.namespace.as_str()), text(&note.id.value), text(&note.reason)];
        self.sql.run(query, values)?;
        Ok(())
    }

    pub(super) fn remove_note(&self, kind: &str, id: &Identifier) -> Result<(), ApiError> {
        let query = "DELETE FROM notes WHERE kind = ? AND namespace = ? AND value = ?";
        self.sql.run(query, vec![text(kind), text(id.namespace.as_str()), text(&id.value)])?;
        Ok(())
    }

    pub(super) fn merges(&self) -> Result<Vec<serde_json::Value>, ApiError> {
        let rows: Vec<Value> = self.sql.rows("SELECT value FROM merges ORDER BY at, younger", vec![])?;
        rows.iter().map(|row| serde_json::from_str(&row.value).map_err(ApiError::from)).collect()
    }

    pub(super) fn has_merged(&self, younger: &ProfileId) -> Result<bool, ApiError> {
        let rows: Vec<Value> =
            self.sql.rows("SELECT value FROM merges WHERE younger = ?", vec![text(younger.as_str())])?;
        Ok(!rows.is_empty())
    }

    pub(super) fn put_merge(
        &self,
        younger: &str,
        at: UnixMillis,
        value: &serde_json::Value,
    ) -> Result<(), ApiError> {
        let query = "INSERT OR IGNORE INTO merges (younger, v, at, value) VALUES (?, ?, ?, ?)";
        let values = vec![text(younger), ROW_VERSION.into(), at.0.into(), value.to_string().into()];
        self.sql.run(query, values)?;
        Ok(())
    }

    pub(super) fn reservations(&self) -> Result<Vec<Reservation>, ApiError> {
        let rows: Vec<Value> = self.sql.rows("SELECT value FROM reservations", vec![])?;
        rows.iter().map(|row| serde_json::from_str(&row.value).map_err(ApiError::from)).collect()
    }

    pub(super) fn put_reservation(&self, reservation: &Reservation) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO reservations (younger, v, value) VALUES (?, ?, ?)";
        let json = serde_json::to_string(reservation)?;
        let younger = text(reservation.younger.profile.as_str());
        self.sql.run(query, vec![younger, ROW_VERSION.into(), json.into()])?;
        Ok(())
    }

    pub(super) fn remove_reservation(&self, younger: &ProfileId) -> Result<(), ApiError> {
        self.sql.run("DELETE FROM reservations WHERE younger = ?", vec![text(younger.as_str())])?;
        Ok(())
    }

    pub(super) fn stage(&self, younger: &ProfileId, logged: &Logged) -> Result<(), ApiError> {
        let query = "INSERT OR IGNORE INTO staged (younger, message_id, v, row) VALUES (?, ?, ?, ?)";
        let row = serde_json::to_string(logged)?;
        let id = text(logged.event.message_id.as_str());
        self.sql.run(query, vec![text(younger.as_str()), id, i32::from(logged.v).into(), row.into()])?;
        Ok(())
    }

    pub(super) fn staged_after(
        &self,
        younger: &ProfileId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Logged>, ApiError> {
        let query = "SELECT row FROM staged WHERE younger = ? AND message_id > ? ORDER BY message_id LIMIT ?";
        self.logged(query, vec![text(younger.as_str()), text(after), count(limit)])
    }

    pub(super) fn remove_staged(&self, younger: &ProfileId) -> Result<(), ApiError> {
        self.sql.run("DELETE FROM staged WHERE younger = ?", vec![text(younger.as_str())])?;
        Ok(())
    }

    pub(super) fn put_outbox(&self, body: &str) -> Result<(), ApiError> {
        self.sql.run("INSERT INTO outbox (v, body) VALUES (?, ?)", vec![ROW_VERSION.into(), text(body)])?;
        Ok(())
    }

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

    /// Drops a profile's data after it moved out. What still has to leave stays.
    pub(super) fn clear(&self) -> Result<(), ApiError> {
        for table in ["log", "identifiers", "notes", "merges", "reservations", "staged", "late"] {
            self.sql.run(&format!("DELETE FROM {table}"), vec![])?;
        }
        self.sql.run("DELETE FROM meta WHERE key = 'state'", vec![])?;
        Ok(())
    }
}

fn count(limit: usize) -> SqlStorageValue {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}
