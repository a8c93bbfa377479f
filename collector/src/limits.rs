//! Every number the tag is bound by, with its reason.

/// Events in one request: small enough that a lost answer repeats little.
pub(crate) const BATCH_EVENTS: usize = 50;

/// Bytes of events in one request: browsers refuse `keepalive` bodies above 64 KiB; the rest is for the context.
pub(crate) const BATCH_BYTES: usize = 56_000;

/// A body above this is sent without `keepalive`.
pub(crate) const KEEPALIVE_BYTES: usize = 60_000;

/// Events kept while the edge can't be reached.
pub(crate) const QUEUE_EVENTS: usize = 1_000;

/// Bytes kept while the edge can't be reached: a fifth of what browsers allow one origin.
pub(crate) const QUEUE_BYTES: usize = 1_000_000;

/// Milliseconds that events wait for company when the page has no placement.
pub(crate) const DEBOUNCE: f64 = 250.0;

/// First retry delay in milliseconds; doubled on each further failure.
pub(crate) const RETRY_FIRST: f64 = 500.0;

/// Longest retry delay of our own choice, in milliseconds.
pub(crate) const RETRY_LONGEST: f64 = 60_000.0;

/// Longest `Retry-After` that is honoured, in milliseconds.
pub(crate) const RETRY_AFTER_LONGEST: f64 = 300_000.0;

/// Milliseconds after which a request without an answer counts as failed; it also frees the other tabs.
pub(crate) const REQUEST_TIMEOUT: f64 = 20_000.0;

/// Milliseconds between a change of the document and the look for new placements.
pub(crate) const SCAN_DELAY: f64 = 50.0;

/// Milliseconds that half of an offer must be in view to count as seen.
pub(crate) const DWELL: f64 = 1_000.0;
