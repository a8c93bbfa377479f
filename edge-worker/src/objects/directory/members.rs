//! How many members each segment has, day by day: table `members_<n>` (`segment`, `day` PRIMARY KEY, `v`, `members`). A row says
//! how many there were at the end of its day; a day on which nothing changed has none.

use std::collections::BTreeMap;

use selvedge_engine::directory::{Day, Marks, Row, Standing};
use selvedge_engine::ids::SegmentId;
use selvedge_engine::limits;
use serde::Deserialize;
use worker::SqlStorageValue;

use crate::api_error::ApiError;
use crate::objects::sql::Sql;
use crate::platform;

const VERSION: i32 = 1;

/// By segment: so many more, or fewer.
#[derive(Default)]
pub(super) struct Moved(BTreeMap<SegmentId, i64>);

impl Moved {
    /// A row has come.
    pub(super) fn add(&mut self, row: &Row) {
        self.by(row, 1);
    }

    /// A row is gone.
    pub(super) fn remove(&mut self, row: &Row) {
        self.by(row, -1);
    }

    fn by(&mut self, row: &Row, many: i64) {
        if row.home == Standing::Live {
            for segment in &row.segments {
                *self.0.entry(segment.clone()).or_default() += many;
            }
        }
    }
}

/// The numbers of one generation of a shard.
pub(super) struct MembersTable<'a> {
    pub(super) sql: &'a Sql,
    /// The generation.
    pub(super) n: u64,
}

#[derive(Deserialize)]
struct Mark {
    segment: String,
    day: i64,
    members: u64,
}

impl MembersTable<'_> {
    fn name(&self) -> String {
        format!("members_{}", self.n)
    }

    fn today() -> SqlStorageValue {
        Day::of(platform::now()).0.into()
    }

    /// Makes the table of rows that are there already: an older release has counted nothing.
    pub(super) fn create(&self) -> Result<(), ApiError> {
        let name = self.name();
        if self.sql.has_table(&name)? {
            return Ok(());
        }
        let table = format!(
            "CREATE TABLE {name} (segment TEXT, day INTEGER, v INTEGER NOT NULL, members INTEGER NOT NULL, \
             PRIMARY KEY (segment, day)) WITHOUT ROWID"
        );
        self.sql.run(&table, vec![])?;
        let count = format!(
            "INSERT INTO {name} (segment, day, v, members) SELECT json_each.value, ?, {VERSION}, COUNT(*) \
             FROM profiles_{n} AS profiles, json_each(profiles.value, '$.segments') WHERE profiles.home = 'live' GROUP BY 1",
            n = self.n
        );
        self.sql.run(&count, vec![Self::today()])?;
        Ok(())
    }

    /// Drops it.
    pub(super) fn drop(&self) -> Result<(), ApiError> {
        self.sql.run(&format!("DROP TABLE IF EXISTS {}", self.name()), vec![])?;
        Ok(())
    }

    /// Writes down what has moved, and lets go of days that are too long ago. To be called in a transaction.
    pub(super) fn note(&self, moved: &Moved) -> Result<(), ApiError> {
        let name = self.name();
        for (segment, many) in moved.0.iter().filter(|(_, many)| **many != 0) {
            let query = format!(
                "INSERT INTO {name} (segment, day, v, members) SELECT ?1, ?2, {VERSION}, MAX(0, ?3 + COALESCE((SELECT members FROM {name} \
                 WHERE segment = ?1 ORDER BY day DESC LIMIT 1), 0)) WHERE TRUE \
                 ON CONFLICT (segment, day) DO UPDATE SET members = excluded.members"
            );
            let values = vec![segment.as_str().into(), Self::today(), (*many).into()];
            self.sql.run(&query, values)?;
            // The last one before that is what those days had that are kept.
            let query = format!(
                "DELETE FROM {name} WHERE segment = ?1 AND day < (SELECT MAX(day) FROM {name} WHERE segment = ?1 AND day <= ?2)"
            );
            let oldest = Day::of(platform::now()).back(limits::HISTORY_DAYS).0;
            self.sql.run(&query, vec![segment.as_str().into(), oldest.into()])?;
        }
        Ok(())
    }

    /// Takes over what another generation has written down of the days before today. What it had that is not here any more is
    /// none from today on.
    pub(super) fn take_history(&self, old: &Self) -> Result<(), ApiError> {
        let (name, before) = (self.name(), old.name());
        old.create()?;
        // A rebuild that began yesterday may have counted nothing today.
        let now = format!(
            "INSERT OR IGNORE INTO {name} (segment, day, v, members) SELECT segment, ?, v, members FROM {name} AS one \
             WHERE day = (SELECT MAX(day) FROM {name} WHERE segment = one.segment)"
        );
        self.sql.run(&now, vec![Self::today()])?;
        let none = format!(
            "INSERT INTO {name} (segment, day, v, members) SELECT DISTINCT segment, ?, {VERSION}, 0 FROM {before} \
             WHERE segment NOT IN (SELECT segment FROM {name})"
        );
        self.sql.run(&none, vec![Self::today()])?;
        let history = format!(
            "INSERT OR REPLACE INTO {name} (segment, day, v, members) SELECT segment, day, v, members FROM {before} WHERE day < ?"
        );
        self.sql.run(&history, vec![Self::today()])?;
        Ok(())
    }

    /// What is written down of these segments from a day on, and the last before it.
    pub(super) fn marks(
        &self,
        segments: &[SegmentId],
        since: Day,
    ) -> Result<BTreeMap<SegmentId, Marks>, ApiError> {
        let name = self.name();
        let mut all: BTreeMap<SegmentId, Marks> = BTreeMap::new();
        if !self.sql.has_table(&name)? {
            return Ok(all);
        }
        let query = format!(
            "SELECT segment, day, members FROM {name} AS one WHERE segment IN (SELECT value FROM json_each(?1)) AND day >= \
             COALESCE((SELECT MAX(day) FROM {name} WHERE segment = one.segment AND day <= ?2), ?2)"
        );
        let rows: Vec<Mark> =
            self.sql.rows(&query, vec![serde_json::to_string(segments)?.into(), since.0.into()])?;
        for Mark { segment, day, members } in rows {
            all.entry(SegmentId(segment)).or_default().insert(Day(day), members);
        }
        Ok(all)
    }
}
