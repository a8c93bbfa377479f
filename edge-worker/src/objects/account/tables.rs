//! The tables of an account object. Every row carries a version, `v`.
//!
//! | table | key | holds |
//! |---|---|---|
//! | `account` | `id` 1 | the fold, [`Account`] |
//! | `told` | `message_id` | what each event said of it, [`Report`]: told twice, it is one row |
//! | `members` | `profile` | the newest row of each profile, [`Member`], also of those who have left: an older row finds a newer one there. Index `members_now` on those who are members |
//! | `shares` | `key`, `profile` | what a member adds to an aggregate; index `shares_by` on the values |

use selvedge_engine::account::{
    ACCOUNT_VERSION, Account, MEMBER_VERSION, Member, Op, REPORT_VERSION, Report,
};
use selvedge_engine::ids::{MessageId, ProfileId};
use serde::Deserialize;
use worker::SqlStorageValue;

use crate::api_error::ApiError;
use crate::objects::sql::{Json, Sql};

const TABLES: [&str; 6] = [
    "CREATE TABLE account (id INTEGER PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL)",
    "CREATE TABLE told (message_id TEXT PRIMARY KEY, v INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE members (profile TEXT PRIMARY KEY, v INTEGER NOT NULL, member INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX members_now ON members (profile) WHERE member = 1",
    "CREATE TABLE shares (key TEXT, profile TEXT, value REAL NOT NULL, PRIMARY KEY (key, profile)) WITHOUT ROWID",
    "CREATE INDEX shares_by ON shares (key, value)",
];

#[derive(Deserialize)]
struct Number {
    number: Option<f64>,
}

fn text(value: &str) -> SqlStorageValue {
    value.into()
}

/// The tables, to be read and written within one transaction.
pub(super) struct Tables<'a>(&'a Sql);

impl<'a> Tables<'a> {
    /// The tables, if they are there: an account that was only asked for has none.
    pub(super) fn open(sql: &'a Sql) -> Result<Option<Self>, ApiError> {
        Ok(sql.has_table("account")?.then_some(Self(sql)))
    }

    pub(super) fn open_or_create(sql: &'a Sql) -> Result<Self, ApiError> {
        if let Some(tables) = Self::open(sql)? {
            return Ok(tables);
        }
        for table in TABLES {
            sql.run(table, vec![])?;
        }
        Ok(Self(sql))
    }

    pub(super) fn account(&self) -> Result<Option<Account>, ApiError> {
        let rows: Vec<Json> = self.0.rows("SELECT value FROM account WHERE id = 1", vec![])?;
        rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
    }

    pub(super) fn put_account(&self, account: &Account) -> Result<(), ApiError> {
        let query = "INSERT OR REPLACE INTO account (id, v, value) VALUES (1, ?, ?)";
        let value = serde_json::to_string(account)?;
        self.0.run(query, vec![i32::from(ACCOUNT_VERSION).into(), value.into()])?;
        Ok(())
    }

    /// Keeps what an event said; false if it was there already.
    pub(super) fn log(&self, told: &Report) -> Result<bool, ApiError> {
        let id = &told.order.1;
        let query = "INSERT OR IGNORE INTO told (message_id, v, value) VALUES (?, ?, ?)";
        let value = serde_json::to_string(told)?;
        let written =
            self.0.run(query, vec![text(id.as_str()), i32::from(REPORT_VERSION).into(), value.into()])?;
        Ok(written > 0)
    }

    /// What events said, in messageId order.
    pub(super) fn told(&self, after: &MessageId, limit: usize) -> Result<Vec<Report>, ApiError> {
        let query = "SELECT value FROM told WHERE message_id > ? ORDER BY message_id LIMIT ?";
        let rows: Vec<Json> = self.0.rows(query, vec![text(after.as_str()), count(limit)])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    pub(super) fn member(&self, profile: &ProfileId) -> Result<Option<Member>, ApiError> {
        let query = "SELECT value FROM members WHERE profile = ?";
        let rows: Vec<Json> = self.0.rows(query, vec![text(profile.as_str())])?;
        rows.first().map(|row| Ok(serde_json::from_str(&row.value)?)).transpose()
    }

    pub(super) fn put_member(&self, member: &Member) -> Result<(), ApiError> {
        let profile = member.profile.as_str();
        let query = "INSERT OR REPLACE INTO members (profile, v, member, value) VALUES (?, ?, ?, ?)";
        let is_member = i32::from(member.by.is_some());
        let value = serde_json::to_string(member)?;
        let version = i32::from(MEMBER_VERSION);
        self.0.run(query, vec![text(profile), version.into(), is_member.into(), value.into()])?;
        self.0.run("DELETE FROM shares WHERE profile = ?", vec![text(profile)])?;
        for (key, share) in &member.shares {
            let query = "INSERT INTO shares (key, profile, value) VALUES (?, ?, ?)";
            self.0.run(query, vec![text(key), text(profile), share.units().into()])?;
        }
        Ok(())
    }

    /// Members now, in the order of their ids.
    pub(super) fn members(&self, after: Option<&ProfileId>, limit: usize) -> Result<Vec<Member>, ApiError> {
        let query = "SELECT value FROM members WHERE member = 1 AND profile > ? ORDER BY profile LIMIT ?";
        let after = after.map_or("", ProfileId::as_str);
        let rows: Vec<Json> = self.0.rows(query, vec![text(after), count(limit)])?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    /// The least or the greatest share under a key.
    pub(super) fn extreme(&self, key: &str, op: Op) -> Result<Option<f64>, ApiError> {
        let query = if op == Op::Min {
            "SELECT MIN(value) AS number FROM shares WHERE key = ?"
        } else {
            "SELECT MAX(value) AS number FROM shares WHERE key = ?"
        };
        let rows: Vec<Number> = self.0.rows(query, vec![text(key)])?;
        Ok(rows.first().and_then(|row| row.number))
    }
}

fn count(limit: usize) -> SqlStorageValue {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}
