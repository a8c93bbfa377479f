//! Names that are in use. Table `catalogue` (`kind`, `belongs`, `name` PRIMARY KEY, `v`, `holds`, `first`, `last`, `count`). No part of a
//! rebuild: what is in use comes again.

use std::cell::Cell;

use selvedge_engine::catalogue::{Kind, Name, SIGHTING_VERSION, Sighting};
use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use serde::Deserialize;

use crate::api_error::ApiError;
use crate::objects::sql::Sql;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS catalogue (kind TEXT, belongs TEXT, name TEXT, v INTEGER NOT NULL, holds TEXT NOT NULL, \
                     first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (kind, belongs, name)) WITHOUT ROWID";
const PUT: &str = "INSERT INTO catalogue (kind, belongs, name, v, holds, first, last, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                   ON CONFLICT DO UPDATE SET holds = excluded.holds, first = MIN(first, excluded.first), \
                   last = MAX(last, excluded.last), count = count + excluded.count";
/// Of too many, those go that were seen least often, and of these the ones that were seen longest ago.
const BOUND: &str = "DELETE FROM catalogue WHERE (kind, belongs, name) IN (SELECT kind, belongs, name FROM catalogue \
                     ORDER BY count DESC, last DESC LIMIT -1 OFFSET ?)";

#[derive(Deserialize)]
struct Row {
    kind: String,
    belongs: String,
    name: String,
    holds: String,
    first: i64,
    last: i64,
    count: u64,
}

/// How many names may come before it is looked whether there are too many: that reads all of them.
const LOOK: usize = 500;

/// How many names may still come: none when an object starts, which does not know what is there.
#[derive(Debug, Default)]
pub(super) struct Room(Cell<usize>);

impl Room {
    /// Whether it is time to look.
    fn is_over(&self, more: usize) -> bool {
        let left = self.0.get().checked_sub(more);
        self.0.set(left.unwrap_or(LOOK));
        left.is_none()
    }
}

/// Adds to what is there.
pub(super) fn take(sql: &Sql, seen: &[Sighting], room: &Room) -> Result<(), ApiError> {
    if seen.is_empty() {
        return Ok(());
    }
    sql.atomically(|| {
        sql.run(TABLE, vec![])?;
        for one in seen {
            let values = vec![
                one.name.kind.code().into(),
                one.name.of.as_str().into(),
                one.name.name.as_str().into(),
                i32::from(SIGHTING_VERSION).into(),
                one.holds.as_str().into(),
                one.first.0.into(),
                one.last.0.into(),
                i64::try_from(one.count).unwrap_or(i64::MAX).into(),
            ];
            sql.run(PUT, values)?;
        }
        if room.is_over(seen.len()) {
            sql.run(BOUND, vec![i32::try_from(limits::CATALOGUE_NAMES).unwrap_or(i32::MAX).into()])?;
        }
        Ok(())
    })
}

/// All of them.
pub(super) fn all(sql: &Sql) -> Result<Vec<Sighting>, ApiError> {
    if !sql.has_table("catalogue")? {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> =
        sql.rows("SELECT kind, belongs, name, holds, first, last, count FROM catalogue", vec![])?;
    let read = |row: Row| {
        Some(Sighting {
            name: Name { kind: Kind::of_code(&row.kind)?, of: row.belongs, name: row.name },
            holds: row.holds,
            first: UnixMillis(row.first),
            last: UnixMillis(row.last),
            count: row.count,
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
