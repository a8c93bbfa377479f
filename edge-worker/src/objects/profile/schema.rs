//! The tables of a profile object. Every row carries a version, `v`.
//!
//! | table | key | holds |
//! |---|---|---|
//! | `small` | `kind`, `key` | one JSON value a row: see [`kind`] |
//! | `log` | `message_id` | the events; index `log_at` on (`at`, `message_id`) for the timeline. `part` 0 is visible, others are on their way in (a merge, by its number) or out (a gift, by its number, negative); index `log_part` on those. `v` 2 is what retention leaves of an event |
//! | `outbox` | `seq` | what must leave, until the Queue has it |

/// The version of a row of `small` whose value has none of its own.
pub(super) const ROW_VERSION: i32 = 1;

pub(super) const SMALL: &str = "CREATE TABLE small (kind TEXT, key TEXT, v INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID";
pub(super) const LOG_PART: &str = "CREATE INDEX log_part ON log (part, message_id) WHERE part <> 0";

/// Made on the first write.
pub(super) const TABLES: [&str; 5] = [
    SMALL,
    "CREATE TABLE log (message_id TEXT PRIMARY KEY, v INTEGER NOT NULL, at INTEGER NOT NULL, row TEXT NOT NULL, part INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    "CREATE INDEX log_at ON log (at, message_id)",
    LOG_PART,
    "CREATE TABLE outbox (seq INTEGER PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL)",
];

/// The rows of `log` that count.
pub(super) const VISIBLE: &str =
    "(part = 0 OR part IN (SELECT CAST(key AS INTEGER) FROM small WHERE kind = 'shown'))";

/// Kinds of rows in `small`.
pub(super) mod kind {
    /// The `Home`.
    pub(crate) const HOME: &str = "home";
    /// The fold of the log.
    pub(crate) const FOLDED: &str = "folded";
    /// By identifier: when it was on events, where the fold is kept without that.
    pub(crate) const SEEN: &str = "seen";
    /// By condition: what it has counted, where the fold is kept without that.
    pub(crate) const TALLY: &str = "tally";
    /// By segment: that the profile is in it, where the fold is kept without that.
    pub(crate) const SEGMENT: &str = "segment";
    /// By time: that the profile entered a segment, or left it.
    pub(crate) const CHANGE: &str = "change";
    /// The segments of imported audiences that the profile is in.
    pub(crate) const LISTED: &str = "listed";
    /// The fold as it was when the surrender began.
    pub(crate) const LEAVING: &str = "leaving";
    /// By identifier: what this profile is known by.
    pub(crate) const HELD: &str = "held";
    /// What is to be linked.
    pub(crate) const LINK: &str = "link";
    /// By identifier: what has left.
    pub(crate) const HANDED: &str = "handed";
    /// By identifier: entries that still name a profile that moved in.
    pub(crate) const REPOINT: &str = "repoint";
    /// By number: room that is kept.
    pub(crate) const RESERVATION: &str = "reservation";
    /// By number: gifts on their way.
    pub(crate) const OUTGOING: &str = "outgoing";
    /// By messageId: events that are kept for others.
    pub(crate) const INBOX: &str = "inbox";
    /// By part: rows that were on their way in and are visible now.
    pub(crate) const SHOWN: &str = "shown";
    /// By messageId: logged while this profile was moving out.
    pub(crate) const LATE: &str = "late";
    /// What was joined and parted.
    pub(crate) const LEDGER: &str = "ledger";
    /// By messageId: what an event says of an account, until that has it.
    pub(crate) const ACCOUNT_WORD: &str = "account_word";
    /// By account: the row of this profile that it knows.
    pub(crate) const ACCOUNT_TOLD: &str = "account_told";
    /// What the directory knows.
    pub(crate) const TOLD: &str = "told";
    /// By identifier and messageId, with a line feed between them: see `NoteKind`.
    pub(crate) const REFUSED: &str = "refused";
    /// By the value's beginning and the reason, with a line feed between them.
    pub(crate) const NO_IDENTIFIER: &str = "no_identifier";
    /// As [`NO_IDENTIFIER`].
    pub(crate) const UNLINKED: &str = "unlinked";
    /// As [`REFUSED`].
    pub(crate) const LATE_CONFLICT: &str = "late_conflict";
}
