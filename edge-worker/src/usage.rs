//! What the platform bills or bounds, counted by this isolate since it started: the source of the cost per event.

use std::cell::RefCell;

use serde::Serialize;

/// Billed operations, and what comes near the platform's limits.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Usage {
    /// HTTP requests to the Worker.
    pub(crate) requests: u64,
    /// Events accepted.
    pub(crate) events: u64,
    /// Events under a messageId that another event has.
    pub(crate) conflicts: u64,
    /// Requests that were told to come again.
    pub(crate) refused: u64,
    /// Requests with what clients measure about themselves, which is dropped.
    pub(crate) client_metrics: u64,
    /// Requests to Durable Objects, alarms included.
    pub(crate) object_calls: u64,
    /// SQLite rows read.
    pub(crate) rows_read: u64,
    /// SQLite rows written (an index entry and an alarm count as one each).
    pub(crate) rows_written: u64,
    /// Queue operations: write, read and delete of each message.
    pub(crate) queue_operations: u64,
    /// KV reads.
    pub(crate) kv_reads: u64,
    /// KV writes.
    pub(crate) kv_writes: u64,
    /// R2 writes (class A): files of the archive and their manifests.
    pub(crate) archive_writes: u64,
    /// Messages of the Queue that were kept as dead letters.
    pub(crate) dead_letters: u64,
    /// Bytes of the largest message between objects so far: the platform takes 32 MiB.
    pub(crate) largest_message: u64,
    /// Bytes of the largest value in a row of a profile so far: the platform takes 2 MB.
    pub(crate) largest_row: u64,
    /// Bytes of memory that all objects of this isolate share: it never shrinks, and the platform gives 128 MB.
    pub(crate) memory: u64,
}

thread_local! {
    static USAGE: RefCell<Usage> = RefCell::default();
}

/// Counts.
pub(crate) fn count(add: impl FnOnce(&mut Usage)) {
    USAGE.with_borrow_mut(add);
}

/// The counts so far.
pub(crate) fn so_far() -> Usage {
    let memory = core::arch::wasm32::memory_size::<0>() as u64 * 65_536;
    USAGE.with_borrow(|usage| Usage { memory, ..*usage })
}
