//! Who has asked for what: table `audit` (`seq` INTEGER PRIMARY KEY, `v`, `at`, `about`, `value`: an [`Act`]; index `audit_about` on
//! `about`). Bounded in number and in time.

use selvedge_engine::access::{ACT_VERSION, Act, KeyId, Right};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;

use crate::api_error::ApiError;
use crate::objects::sql::Sql;

/// Rows that are over and go with each new one: more than one, so that the table shrinks.
const AT_A_TIME: i32 = 4;

/// The record.
pub(super) struct Audit<'a>(pub(super) &'a Sql);

/// Which acts are asked for.
pub(super) struct Wanted<'a> {
    /// Whom they are about.
    pub(super) about: Option<&'a str>,
    /// By which key.
    pub(super) key: Option<&'a KeyId>,
    /// What they took.
    pub(super) right: Option<Right>,
}

#[derive(Deserialize)]
struct Row {
    seq: f64,
    value: String,
}

impl Audit<'_> {
    /// Adds to it.
    pub(super) fn note(&self, act: &Act) -> Result<(), ApiError> {
        let tables = [
            "CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL, about TEXT, value TEXT NOT NULL)",
            "CREATE INDEX IF NOT EXISTS audit_about ON audit (about) WHERE about IS NOT NULL",
        ];
        for table in tables {
            self.0.run(table, vec![])?;
        }
        let about = act.about.as_deref().map_or(worker::SqlStorageValue::Null, Into::into);
        let values = vec![
            i32::from(ACT_VERSION).into(),
            act.at.0.into(),
            about,
            serde_json::to_string(act)?.as_str().into(),
        ];
        self.0.run("INSERT INTO audit (v, at, about, value) VALUES (?, ?, ?, ?)", values)?;
        let over = "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit ORDER BY seq LIMIT ?)
                    AND (at < ? OR seq <= (SELECT max(seq) FROM audit) - ?)";
        let since = UnixMillis(act.at.0.saturating_sub(limits::AUDIT_MS));
        self.0.run(over, vec![AT_A_TIME.into(), since.0.into(), limits::AUDIT_ROWS.into()])?;
        Ok(())
    }

    /// The newest before this number that are wanted, each with its own.
    pub(super) fn before(
        &self,
        before: Option<i64>,
        wanted: &Wanted<'_>,
        limit: usize,
    ) -> Result<Vec<(i64, Act)>, ApiError> {
        if !self.0.has_table("audit")? {
            return Ok(Vec::new());
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^53")]
        let before = before.map_or(f64::MAX, |before| before as f64);
        let mut query = "SELECT seq, value FROM audit WHERE seq < ?".to_owned();
        let mut values = vec![before.into()];
        let conditions = [
            ("about = ?", wanted.about),
            ("json_extract(value, '$.key') = ?", wanted.key.map(|key| key.0.as_str())),
            ("json_extract(value, '$.right') = ?", wanted.right.map(Right::code)),
        ];
        for (condition, value) in conditions.into_iter().filter_map(|(one, value)| Some((one, value?))) {
            query.push_str(&format!(" AND {condition}"));
            values.push(value.into());
        }
        query.push_str(" ORDER BY seq DESC LIMIT ?");
        values.push(i32::try_from(limit).unwrap_or(i32::MAX).into());
        let rows: Vec<Row> = self.0.rows(&query, values)?;
        #[expect(clippy::cast_possible_truncation, reason = "a count of requests is far below 2^53")]
        let read = |row: &Row| Ok((row.seq as i64, serde_json::from_str(&row.value)?));
        rows.iter().map(read).collect()
    }
}
