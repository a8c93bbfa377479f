//! How far an import is: parts are uploaded in any order, then shard after shard is built, and then it counts.

use serde::{Deserialize, Serialize};

use super::{BadRow, Generation, Mode};
use crate::ids::AudienceId;
use crate::limits;
use crate::time::UnixMillis;

/// The version of a stored [`Progress`].
pub const PROGRESS_VERSION: u8 = 1;

/// Where an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Parts may come.
    Uploading,
    /// All are there, and shards are being built.
    Building,
    /// Its generation is published.
    Done,
    /// It came to nothing.
    Failed,
    /// Somebody has called it off.
    Cancelled,
}

/// What came of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartReport {
    /// Rows that were taken.
    pub rows: u64,
    /// Rows that were not.
    pub bad: u64,
    /// The first of them.
    pub bad_rows: Vec<BadRow>,
}

impl PartReport {
    /// A row was bad.
    pub fn reject(&mut self, row: BadRow) {
        self.bad += 1;
        if self.bad_rows.len() < limits::BAD_ROWS_SHOWN {
            self.bad_rows.push(row);
        }
    }

    /// Together with another part's.
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.bad += other.bad;
        self.bad_rows.extend(other.bad_rows.iter().cloned());
        crate::ordered::sort_by(&mut self.bad_rows, |a, b| a.line.cmp(&b.line));
        self.bad_rows.truncate(limits::BAD_ROWS_SHOWN);
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Its id.
    pub id: String,
    /// Of which audience.
    pub audience: AudienceId,
    /// What its rows are.
    pub mode: Mode,
    /// Where it is.
    pub status: Status,
    /// When it began.
    pub started_at: UnixMillis,
    /// When it ended.
    pub finished_at: Option<UnixMillis>,
    /// How many parts there are, once all are there.
    pub parts: Option<u32>,
    /// What came of them.
    pub report: PartReport,
    /// What is being built, or was.
    pub generation: Option<Generation>,
    /// How many of its shards are there.
    pub shards_done: u32,
    /// Identifiers that entered the audience by it, that left it, and that are in it then.
    pub entered: u64,
    /// See above.
    pub left: u64,
    /// See above.
    pub members: u64,
    /// Why it failed.
    pub error: Option<String>,
}

/// Why an import can't be built yet, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// These parts are missing.
    #[error("parts are missing: {0:?}")]
    Missing(Vec<u32>),
    /// It is over, or under way.
    #[error("the import is `{0}`: begin another one")]
    Over(&'static str),
    /// It has no row that can be taken.
    #[error("no row of the file can be taken: see `badRows`")]
    Empty,
}

impl Status {
    fn code(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Building => "building",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Progress {
    /// A new one.
    pub fn begin(id: String, audience: AudienceId, mode: Mode, now: UnixMillis) -> Self {
        Self {
            id,
            audience,
            mode,
            status: Status::Uploading,
            started_at: now,
            finished_at: None,
            parts: None,
            report: PartReport::default(),
            generation: None,
            shards_done: 0,
            entered: 0,
            left: 0,
            members: 0,
            error: None,
        }
    }

    /// Whether parts may come.
    ///
    /// # Errors
    /// [`NotReady::Over`].
    pub fn takes_parts(&self) -> Result<(), NotReady> {
        match self.status {
            Status::Uploading => Ok(()),
            other => Err(NotReady::Over(other.code())),
        }
    }

    /// All `expected` parts are there, with `reports` of those that are: it is to be built on `base`, the generation that
    /// counts, which has `members` identifiers in all.
    ///
    /// # Errors
    /// [`NotReady`].
    pub fn commit(
        &mut self,
        expected: u32,
        reports: &[(u32, PartReport)],
        newest: u64,
        base: Option<Generation>,
        identifiers: u64,
    ) -> Result<(), NotReady> {
        self.takes_parts()?;
        let missing: Vec<u32> =
            (0..expected).filter(|n| !reports.iter().any(|(there, _)| there == n)).collect();
        if !missing.is_empty() {
            return Err(NotReady::Missing(missing));
        }
        self.report = PartReport::default();
        for (_, report) in reports.iter().filter(|(n, _)| *n < expected) {
            self.report.add(report);
        }
        // An empty list is a list; one of which nothing can be read is a mistake.
        if self.report.rows == 0 && self.report.bad > 0 {
            return Err(NotReady::Empty);
        }
        let bits = Generation::bits_for(identifiers.saturating_add(self.report.rows));
        self.parts = Some(expected);
        self.generation = Some(Generation {
            number: newest + 1,
            // A shard of the next generation is made of one of this.
            bits: bits.max(base.map_or(0, |base| base.bits)),
        });
        self.status = Status::Building;
        Ok(())
    }

    /// The shard to be built next.
    pub fn next_shard(&self) -> Option<(Generation, u32)> {
        let generation = self.generation.filter(|_| self.status == Status::Building)?;
        (self.shards_done < generation.shards()).then_some((generation, self.shards_done))
    }

    /// It was built.
    pub fn built(&mut self, entered: u64, left: u64, members: u64) {
        self.shards_done += 1;
        self.entered += entered;
        self.left += left;
        self.members += members;
    }

    /// It would have been too large: everything again, with twice as many shards.
    pub fn widen(&mut self, now: UnixMillis) {
        (self.shards_done, self.entered, self.left, self.members) = (0, 0, 0, 0);
        match &mut self.generation {
            Some(generation) if generation.bits < limits::AUDIENCE_BITS => generation.bits += 1,
            _ => self.end(Status::Failed, Some("these identifiers are in too many audiences".into()), now),
        }
    }

    /// It is over.
    pub fn end(&mut self, status: Status, error: Option<String>, now: UnixMillis) {
        self.status = status;
        self.error = error;
        self.finished_at = Some(now);
    }
}
