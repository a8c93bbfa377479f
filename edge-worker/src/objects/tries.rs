//! How often in a row an object's alarm has failed, and how long it waits for that.

use std::cell::Cell;

use selvedge_engine::limits;

/// Failures in a row, in this instance's memory: a new one begins anew.
#[derive(Debug, Default)]
pub(crate) struct Tries(Cell<u32>);

impl Tries {
    /// So many.
    pub(crate) fn get(&self) -> u32 {
        self.0.get()
    }

    /// It went well.
    pub(crate) fn worked(&self) {
        self.0.set(0);
    }

    /// One more. Gives the milliseconds to wait before the next.
    pub(crate) fn failed(&self) -> i64 {
        let before = self.0.get();
        self.0.set(before.saturating_add(1));
        limits::retry_wait(before)
    }
}
