//! Which rows of a shard are shown, and which are being rebuilt beside them.
//!
//! Storage: `meta` (`key`, `v`, `value`) holds `generations`, and `totals/<n>` of each generation; the rows of generation
//! *n* are in tables of their own, see [`table`](super::table). A rebuild fills a new generation; its last step shows it
//! and drops the old one, in one transaction. What arrives meanwhile is written to both.

use selvedge_engine::directory::Heard;
use serde::{Deserialize, Serialize};

use super::meta;
use super::table::Table;
use crate::api_error::ApiError;
use crate::objects::sql::Sql;

const NUMBERS_VERSION: u8 = 1;
const KEY: &str = "generations";
/// What a shard begins with. Rebuilds are numbered by their time, which is later.
const FIRST: u64 = 1;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Numbers {
    current: u64,
    next: Option<u64>,
}

/// The generations of this shard.
pub(super) struct Generations<'a> {
    sql: &'a Sql,
}

impl<'a> Generations<'a> {
    pub(super) fn new(sql: &'a Sql) -> Self {
        Self { sql }
    }

    /// The rows that are shown; none before anything was heard.
    pub(super) fn current(&self) -> Result<Option<Table<'a>>, ApiError> {
        Ok(self.numbers()?.map(|numbers| self.table(numbers.current)))
    }

    /// The rows of the rebuild with this number, if it is the one that runs.
    pub(super) fn next(&self, generation: u64) -> Result<Option<Table<'a>>, ApiError> {
        let next = self.numbers()?.and_then(|numbers| numbers.next);
        Ok(next.filter(|next| *next == generation).map(|next| self.table(next)))
    }

    /// Takes in what was heard.
    pub(super) fn take(&self, heard: &[Heard]) -> Result<(), ApiError> {
        self.sql.atomically(|| {
            let numbers = self.numbers_or_first()?;
            self.table(numbers.current).take(heard)?;
            numbers.next.map_or(Ok(()), |next| self.table(next).take(heard))
        })
    }

    /// Begins a rebuild; what one that did not finish has left is dropped. False if a later one has begun.
    pub(super) fn begin(&self, generation: u64) -> Result<bool, ApiError> {
        self.sql.atomically(|| {
            let numbers = self.numbers_or_first()?;
            if numbers.next == Some(generation) {
                return Ok(true);
            }
            if generation <= numbers.next.unwrap_or(numbers.current) {
                return Ok(false);
            }
            if let Some(left) = numbers.next {
                self.table(left).drop()?;
            }
            self.table(generation).create()?;
            self.put(Numbers { next: Some(generation), ..numbers })?;
            Ok(true)
        })
    }

    /// Takes in what a rebuild has found. False if it is not the one that runs.
    pub(super) fn restore(&self, generation: u64, heard: &[Heard]) -> Result<bool, ApiError> {
        self.sql.atomically(|| match self.next(generation)? {
            Some(table) => table.take(heard).map(|()| true),
            None => Ok(false),
        })
    }

    /// Shows what was rebuilt. Whoever was erased stays so, though the archive may hold nothing of them any more. False
    /// if another rebuild runs.
    pub(super) fn finish(&self, generation: u64) -> Result<bool, ApiError> {
        self.sql.atomically(|| {
            let Some(numbers) = self.numbers()? else { return Ok(false) };
            if numbers.current == generation {
                return Ok(true);
            }
            let Some(next) = self.next(generation)? else { return Ok(false) };
            let old = self.table(numbers.current);
            next.take_erased(&old)?;
            next.members().take_history(&old.members())?;
            old.drop()?;
            self.put(Numbers { current: generation, next: None })?;
            Ok(true)
        })
    }

    fn table(&self, generation: u64) -> Table<'a> {
        Table::new(self.sql, generation)
    }

    fn numbers(&self) -> Result<Option<Numbers>, ApiError> {
        if meta::exists(self.sql)? { meta::read(self.sql, KEY) } else { Ok(None) }
    }

    /// Makes the first generation on the first write.
    fn numbers_or_first(&self) -> Result<Numbers, ApiError> {
        if let Some(numbers) = self.numbers()? {
            return Ok(numbers);
        }
        meta::create(self.sql)?;
        let first = Numbers { current: FIRST, next: None };
        self.table(FIRST).create()?;
        self.put(first)?;
        Ok(first)
    }

    fn put(&self, numbers: Numbers) -> Result<(), ApiError> {
        meta::write(self.sql, KEY, NUMBERS_VERSION, &numbers)
    }
}
