//! What became of what came in, by hour. Table `intake` (`hour`, `source`, `code` PRIMARY KEY, `v`, `count`, `last`). No part
//! of a rebuild: nothing that could be read again says it.

use selvedge_engine::ids::SourceId;
use selvedge_engine::operation::{COUNTED_VERSION, Counted, Intake, hour_of, kept_since};
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::api_error::ApiError;
use crate::objects::sql::Sql;
use crate::platform;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS intake (hour INTEGER, source TEXT, code TEXT, v INTEGER NOT NULL, count INTEGER NOT NULL, \
                     last INTEGER NOT NULL, PRIMARY KEY (hour, source, code)) WITHOUT ROWID";

/// What became of events of a source in an hour.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InHour {
    pub(crate) hour: UnixMillis,
    pub(crate) source: SourceId,
    pub(crate) code: String,
    pub(crate) counted: Counted,
}

#[derive(Deserialize)]
struct Row {
    hour: i64,
    source: String,
    code: String,
    count: u64,
    last: i64,
}

/// Adds to what is there, and lets go of what is too old.
pub(super) fn take(sql: &Sql, intake: &Intake) -> Result<(), ApiError> {
    let now = platform::now();
    sql.atomically(|| {
        sql.run(TABLE, vec![])?;
        for (source, code, counted) in intake.each() {
            let query = "INSERT INTO intake (hour, source, code, v, count, last) VALUES (?, ?, ?, ?, ?, ?) \
                         ON CONFLICT DO UPDATE SET count = count + excluded.count, last = MAX(last, excluded.last)";
            let values = vec![
                hour_of(counted.last).0.into(),
                source.as_str().into(),
                code.into(),
                i32::from(COUNTED_VERSION).into(),
                i64::try_from(counted.count).unwrap_or(i64::MAX).into(),
                counted.last.0.into(),
            ];
            sql.run(query, values)?;
        }
        sql.run("DELETE FROM intake WHERE hour < ?", vec![kept_since(now).0.into()])?;
        Ok(())
    })
}

/// Everything from an hour on.
pub(super) fn since(sql: &Sql, hour: UnixMillis) -> Result<Vec<InHour>, ApiError> {
    if !sql.has_table("intake")? {
        return Ok(Vec::new());
    }
    let query =
        "SELECT hour, source, code, count, last FROM intake WHERE hour >= ? ORDER BY hour, source, code";
    let rows: Vec<Row> = sql.rows(query, vec![hour.0.into()])?;
    let read = |row: Row| InHour {
        hour: UnixMillis(row.hour),
        source: SourceId(row.source),
        code: row.code,
        counted: Counted { count: row.count, last: UnixMillis(row.last) },
    };
    Ok(rows.into_iter().map(read).collect())
}
