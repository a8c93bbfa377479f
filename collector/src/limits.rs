//! Every number the tag is bound by, with its reason.

/// Events in one request: small enough that a lost answer repeats little.
pub const BATCH_EVENTS: u32 = 50;

/// Bytes of events in one request: browsers refuse `keepalive` bodies above 64 KiB; the rest is for the context.
pub const BATCH_SIZE: u32 = 56_000;

/// Events kept while the edge can't be reached.
pub const QUEUE_EVENTS: u32 = 1_000;

/// Bytes kept while the edge can't be reached: a fifth of what browsers allow one origin.
pub const QUEUE_SIZE: u32 = 1_000_000;

/// Places for parcels. More than events are kept, because orders are kept beyond the bound; those that find no place wait for one in
/// storage. In memory that starts as zeros, which nobody downloads.
pub const SLOTS: usize = 1_536;

/// Milliseconds that events wait for company when nothing on the page waits for the answer: they are stored already,
/// and are sent when the page is left. Ten cart actions in three seconds are two requests.
pub const GATHER: f64 = 2_000.0;

/// First retry delay in milliseconds; doubled on each further failure.
pub const RETRY_FIRST: f64 = 500.0;

/// Longest retry delay of our own choice, in milliseconds.
pub const RETRY_LONGEST: f64 = 60_000.0;

/// Longest `Retry-After` that is honoured, in milliseconds.
pub const RETRY_AFTER_LONGEST: f64 = 300_000.0;

/// Requests in a row to which the edge said nothing, after which the page stops asking: something between here and the edge blocks
/// them. Six minutes of trying; what is stored waits for the network's return, for the page to be shown again or for the next page.
pub const UNANSWERED: u32 = 12;

/// Refusals by something between here and the edge after which this page leaves a parcel alone: it stays stored, and the next page
/// tries it again.
pub const REFUSALS: u32 = 12;

/// Milliseconds without an event that end a session, as in Google Analytics: reports of both can be compared.
pub const SESSION_IDLE: f64 = 1_800_000.0;

/// Milliseconds within which two captures of one action come: a shop's script reacts to the click that was seen.
pub const SAME_ACTION: f64 = 1_500.0;

/// Captured actions that are remembered: one push to a `dataLayer` may add a whole wish list to the cart.
pub const ACTIONS: usize = 64;

/// Milliseconds after the last sign of life for which a visitor counts as engaged.
pub const ENGAGED: f64 = 15_000.0;
