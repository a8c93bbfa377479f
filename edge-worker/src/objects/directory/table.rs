//! The tables of one generation of a shard. Every row carries a version, `v`.
//!
//! | table | key | holds |
//! |---|---|---|
//! | `profiles_<n>` | `profile` | each [`Row`] without its refusals; `revision` and `home` beside it, for queries |
//! | `refusals_<n>` | `at`, `profile`, `key` | each [`ListedRefusal`], in the order in which they are listed; one index by `reason` in the same order, one by `profile` |
//! | `members_<n>` | `segment`, `day` | how many members a segment had: see [`members`](super::members) |
//! | `meta` | `totals/<n>` | the [`Totals`] of all rows |
//! | `meta` | `experiment/<n>/<key>` | what the people of one experiment come to: its [`Arms`] |

use std::collections::BTreeMap;

use selvedge_engine::directory::{
    Change, Heard, ListedRefusal, ROW_VERSION, RefusalCursor, RefusalFilter, Refused, Row, Totals, change,
};
use selvedge_engine::ids::{ExperimentId, ProfileId};
use selvedge_engine::results::{self, Arms};
use serde::de::DeserializeOwned;
use worker::SqlStorageValue;

use super::members::{MembersTable, Moved};
use super::meta;
use crate::api_error::ApiError;
use crate::objects::sql::{Json, Sql};

/// Rows in memory at a time when many are carried over.
const PAGE: usize = 500;
const TOTALS_VERSION: u8 = 1;
const ARMS_VERSION: u8 = 1;

/// The tables of one generation.
pub(super) struct Table<'a> {
    sql: &'a Sql,
    /// The generation, in table names.
    n: u64,
}

fn text(value: &str) -> SqlStorageValue {
    value.into()
}

fn count(limit: usize) -> SqlStorageValue {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

impl<'a> Table<'a> {
    pub(super) fn new(sql: &'a Sql, generation: u64) -> Self {
        Self { sql, n: generation }
    }

    /// Makes the tables.
    pub(super) fn create(&self) -> Result<(), ApiError> {
        let n = self.n;
        let tables = [
            format!(
                "CREATE TABLE profiles_{n} (profile TEXT PRIMARY KEY, v INTEGER NOT NULL, revision INTEGER NOT NULL, \
                 home TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID"
            ),
            format!(
                "CREATE TABLE refusals_{n} (at INTEGER, profile TEXT, key TEXT, v INTEGER NOT NULL, reason TEXT NOT NULL, \
                 namespace TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (at, profile, key)) WITHOUT ROWID"
            ),
            format!("CREATE INDEX refusals_{n}_reason ON refusals_{n} (reason, at, profile, key)"),
            format!("CREATE INDEX refusals_{n}_profile ON refusals_{n} (profile)"),
        ];
        tables.iter().try_for_each(|table| self.sql.run(table, vec![]).map(|_| ()))?;
        self.members().create()
    }

    /// How many members segments have.
    pub(super) fn members(&self) -> MembersTable<'a> {
        MembersTable { sql: self.sql, n: self.n }
    }

    /// Drops them.
    pub(super) fn drop(&self) -> Result<(), ApiError> {
        let n = self.n;
        self.sql.run(&format!("DROP TABLE IF EXISTS profiles_{n}"), vec![])?;
        self.sql.run(&format!("DROP TABLE IF EXISTS refusals_{n}"), vec![])?;
        meta::remove(self.sql, &self.totals_key())?;
        meta::remove_folder(self.sql, &format!("experiment/{n}"))?;
        self.members().drop()
    }

    /// Takes in what was heard. To be called in a transaction.
    pub(super) fn take(&self, heard: &[Heard]) -> Result<(), ApiError> {
        // Of rows that an older release has written nothing was counted.
        self.members().create()?;
        let before = self.totals()?;
        let (mut totals, mut moved) = (before.clone(), Moved::default());
        let mut experiments = BTreeMap::new();
        for one in heard {
            let stored = self.row(&one.profile)?;
            match (change(stored.as_ref(), one), stored) {
                (Some(Change::Replace(row)), stored) => {
                    self.experiment(stored.as_ref(), &row, &mut experiments)?;
                    stored.iter().for_each(|stored| moved.remove(stored));
                    moved.add(&row);
                    self.replace(stored, *row, &mut totals)?;
                }
                (Some(Change::Seen(at)), Some(stored)) => self.put(&Row { last_seen: Some(at), ..stored })?,
                (Some(Change::Seen(_)) | None, _) => {}
            }
        }
        for (key, arms) in &experiments {
            self.put_arms(key, arms)?;
        }
        self.members().note(&moved)?;
        if totals == before { Ok(()) } else { self.put_totals(&totals) }
    }

    /// What a new row changes about experiments.
    fn experiment(
        &self,
        stored: Option<&Row>,
        row: &Row,
        all: &mut BTreeMap<ExperimentId, Arms>,
    ) -> Result<(), ApiError> {
        let nothing = BTreeMap::new();
        let before = stored.map_or(&nothing, |stored| &stored.experiments);
        if *before == row.experiments {
            return Ok(());
        }
        for key in before.keys().chain(row.experiments.keys()) {
            if !all.contains_key(key) {
                all.insert(key.clone(), self.arms(key)?);
            }
        }
        results::shift(all, before, &row.experiments);
        Ok(())
    }

    /// What the people of an experiment come to.
    pub(super) fn arms(&self, key: &ExperimentId) -> Result<Arms, ApiError> {
        Ok(meta::read(self.sql, &self.experiment_key(key))?.unwrap_or_default())
    }

    fn put_arms(&self, key: &ExperimentId, arms: &Arms) -> Result<(), ApiError> {
        let name = self.experiment_key(key);
        if arms.is_empty() {
            meta::remove(self.sql, &name)
        } else {
            meta::write(self.sql, &name, ARMS_VERSION, arms)
        }
    }

    fn experiment_key(&self, key: &ExperimentId) -> String {
        format!("experiment/{}/{key}", self.n)
    }

    fn replace(&self, stored: Option<Row>, row: Row, totals: &mut Totals) -> Result<(), ApiError> {
        let old = match &stored {
            Some(stored) if stored.refusal_count > 0 => self.refusals_of(&row.profile)?,
            _ => Vec::new(),
        };
        for refused in old.iter().filter(|refused| !row.refusals.contains(refused)) {
            let query = format!("DELETE FROM refusals_{} WHERE at = ? AND profile = ? AND key = ?", self.n);
            let key = vec![refused.at.0.into(), text(row.profile.as_str()), text(&refused.key)];
            self.sql.run(&query, key)?;
        }
        for refused in row.refusals.iter().filter(|refused| !old.contains(refused)) {
            self.put_refusal(&row.profile, refused)?;
        }
        if let Some(stored) = stored {
            totals.remove(&Row { refusals: old, ..stored });
        }
        totals.add(&row);
        self.put(&Row { refusals: Vec::new(), ..row })
    }

    /// Takes over whoever was erased in another generation.
    pub(super) fn take_erased(&self, old: &Table<'_>) -> Result<(), ApiError> {
        let mut after = None;
        loop {
            let rows = old.rows(Some("erased"), after.as_ref(), PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.profile.clone());
            let heard: Vec<Heard> = rows.into_iter().map(Heard::from).collect();
            self.take(&heard)?;
        }
    }

    pub(super) fn row(&self, profile: &ProfileId) -> Result<Option<Row>, ApiError> {
        let query = format!("SELECT value FROM profiles_{} WHERE profile = ?", self.n);
        Ok(self.read(&query, vec![text(profile.as_str())])?.into_iter().next())
    }

    /// Rows in the order of ids, without their refusals.
    pub(super) fn rows(
        &self,
        home: Option<&str>,
        after: Option<&ProfileId>,
        limit: usize,
    ) -> Result<Vec<Row>, ApiError> {
        let only = if home.is_some() { "AND home = ?" } else { "" };
        let query = format!(
            "SELECT value FROM profiles_{} WHERE profile > ? {only} ORDER BY profile LIMIT ?",
            self.n
        );
        let mut values = vec![text(after.map_or("", ProfileId::as_str))];
        values.extend(home.map(text));
        values.push(count(limit));
        self.read(&query, values)
    }

    /// What profiles have of a number: of the first so many at home, which are a sample of all.
    pub(super) fn numbers(&self, of: &str, limit: usize) -> Result<Vec<f64>, ApiError> {
        let mut numbers = Vec::new();
        let mut after = None;
        for page in (0..limit).step_by(PAGE) {
            let rows = self.rows(Some("live"), after.as_ref(), PAGE.min(limit - page))?;
            let Some(last) = rows.last() else { break };
            after = Some(last.profile.clone());
            numbers.extend(rows.iter().filter_map(|row| row.numbers.get(of)).map(|number| number.0));
        }
        Ok(numbers)
    }

    /// Rows of profiles that have not told anything themselves.
    pub(super) fn heard_of(&self, after: Option<&ProfileId>, limit: usize) -> Result<Vec<Row>, ApiError> {
        let query = format!(
            "SELECT value FROM profiles_{} WHERE profile > ? AND revision = 0 ORDER BY profile LIMIT ?",
            self.n
        );
        self.read(&query, vec![text(after.map_or("", ProfileId::as_str)), count(limit)])
    }

    fn read<T: DeserializeOwned>(
        &self,
        query: &str,
        values: Vec<SqlStorageValue>,
    ) -> Result<Vec<T>, ApiError> {
        let rows: Vec<Json> = self.sql.rows(query, values)?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.value)?)).collect()
    }

    fn put(&self, row: &Row) -> Result<(), ApiError> {
        let query = format!(
            "INSERT OR REPLACE INTO profiles_{} (profile, v, revision, home, value) VALUES (?, ?, ?, ?, ?)",
            self.n
        );
        let values = vec![
            text(row.profile.as_str()),
            i32::from(ROW_VERSION).into(),
            i64::try_from(row.revision).unwrap_or(i64::MAX).into(),
            text(row.home.code()),
            serde_json::to_string(row)?.into(),
        ];
        self.sql.run(&query, values)?;
        Ok(())
    }

    /// Refusals that pass the filter, newest first, after `before` in that order.
    pub(super) fn refusals(
        &self,
        filter: &RefusalFilter,
        before: Option<&RefusalCursor>,
        limit: usize,
    ) -> Result<Vec<ListedRefusal>, ApiError> {
        let mut wanted = vec!["TRUE"];
        let mut values = Vec::new();
        if let Some(reason) = &filter.reason {
            wanted.push("reason = ?");
            values.push(text(reason));
        }
        if let Some(namespace) = &filter.namespace {
            wanted.push("namespace = ?");
            values.push(text(namespace.as_str()));
        }
        if let Some(since) = filter.since {
            wanted.push("at >= ?");
            values.push(since.0.into());
        }
        if let Some(before) = before {
            wanted.push("(at, profile, key) < (?, ?, ?)");
            values.extend([before.at.0.into(), text(before.profile.as_str()), text(&before.key)]);
        }
        values.push(count(limit));
        let query = format!(
            "SELECT value FROM refusals_{} WHERE {} ORDER BY at DESC, profile DESC, key DESC LIMIT ?",
            self.n,
            wanted.join(" AND ")
        );
        self.read(&query, values)
    }

    fn refusals_of(&self, profile: &ProfileId) -> Result<Vec<Refused>, ApiError> {
        let query = format!("SELECT value FROM refusals_{} WHERE profile = ?", self.n);
        let listed: Vec<ListedRefusal> = self.read(&query, vec![text(profile.as_str())])?;
        Ok(listed.into_iter().map(|listed| listed.refused).collect())
    }

    fn put_refusal(&self, profile: &ProfileId, refused: &Refused) -> Result<(), ApiError> {
        let query = format!(
            "INSERT OR REPLACE INTO refusals_{} (at, profile, key, v, reason, namespace, value) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            self.n
        );
        let values = vec![
            refused.at.0.into(),
            text(profile.as_str()),
            text(&refused.key),
            i32::from(ROW_VERSION).into(),
            text(&refused.reason),
            text(refused.namespace.as_str()),
            serde_json::to_string(&ListedRefusal { profile: profile.clone(), refused: refused.clone() })?
                .into(),
        ];
        self.sql.run(&query, values)?;
        Ok(())
    }

    /// The numbers of all rows.
    pub(super) fn totals(&self) -> Result<Totals, ApiError> {
        Ok(meta::read(self.sql, &self.totals_key())?.unwrap_or_default())
    }

    fn put_totals(&self, totals: &Totals) -> Result<(), ApiError> {
        meta::write(self.sql, &self.totals_key(), TOTALS_VERSION, totals)
    }

    fn totals_key(&self) -> String {
        format!("totals/{}", self.n)
    }
}
