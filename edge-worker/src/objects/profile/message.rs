//! What a profile object is asked and answers.

use selvedge_engine::consent::Consent;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::home::{Party, Proposal};
use selvedge_engine::ids::{MessageId, PlacementId, ProfileId};
use selvedge_engine::offer::Decided;
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a profile object can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Take these events; decide.
    Append(Append),
    /// Show yourself (admins only).
    Read(Read),
    /// We share an identifier: merge?
    Propose { to: ProfileId, from: Party },
    /// Room is reserved for you at `to`: go there.
    Surrender { to: Party, trigger: MessageId },
    /// Rows of a profile that is moving in; invisible until it commits.
    Stage { younger: ProfileId, rows: Vec<Logged> },
    /// All rows are staged: the commit point.
    Commit(Commit),
    /// Rows that the younger logged while it moved.
    Absorb(Absorb),
    /// What does the directory show of you?
    Describe,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// To [`Ask::Append`].
    Appended(Appended),
    /// To [`Ask::Read`].
    Profile { profile: Value },
    /// To [`Ask::Read`] and [`Ask::Describe`] when nobody lives here.
    NotFound,
    /// To [`Ask::Describe`]: a `Row` of the directory.
    Described { row: Value },
    /// It lives there now.
    Moved { to: ProfileId },
    /// To [`Ask::Propose`].
    Proposed(Proposal),
    /// Done; repeating it changes nothing.
    Done,
    /// Not now, or no longer.
    Refused,
}

/// Events for a profile, and what to decide after they are taken in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Append {
    /// Whom the sender takes this object for.
    pub(crate) profile: ProfileId,
    /// The config version that the sender goes by.
    pub(crate) config: u64,
    /// The events.
    pub(crate) items: Vec<Item>,
    /// What to decide.
    pub(crate) decide: Option<Decide>,
}

/// One event for a profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    /// The row to log.
    pub(crate) logged: Logged,
    /// The identifier whose entry named this profile as its owner, if the sender asked it.
    pub(crate) granted: Option<Identifier>,
    /// The consent in force: without it the object does not store.
    pub(crate) consent: Consent,
}

/// What to decide.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Decide {
    /// For which slots.
    pub(crate) placements: Vec<PlacementId>,
    /// The consent in force: without it the object does not use the profile.
    pub(crate) consent: Consent,
    /// Who asks, when no event comes along that would show it: the profile must hold one of these.
    #[serde(default)]
    pub(crate) asked_by: Vec<Identifier>,
}

/// The answer to [`Append`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Appended {
    /// Where the profile lives after this: here, or where it has merged into.
    pub(crate) owner: ProfileId,
    /// What became of each event, in order.
    pub(crate) items: Vec<Taken>,
    /// What was decided.
    pub(crate) decisions: Option<Vec<Decided>>,
}

/// What became of an event at a profile object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Taken {
    /// Logged.
    Accepted,
    /// Was there already.
    Duplicate,
    /// It belongs to someone else.
    NotMine,
    /// The profile lives elsewhere: ask `owner`.
    Moved,
    /// No consent came with it.
    Denied,
}

/// A page of a profile.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Read {
    /// Whom the reader takes this object for.
    pub(crate) profile: ProfileId,
    /// The config version that the reader goes by.
    pub(crate) config: u64,
    /// Events on the page.
    pub(crate) limit: usize,
    /// Only events before this one.
    pub(crate) before: Option<(UnixMillis, MessageId)>,
}

/// What the younger side brings beside its rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Commit {
    /// The younger side.
    pub(crate) younger: Party,
    /// The event whose link joined the two.
    pub(crate) trigger: MessageId,
    /// Tables that move as they are.
    pub(crate) luggage: Luggage,
}

/// Rows of the small tables, moved as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Luggage {
    /// Identifiers still to be linked.
    pub(crate) links: Vec<Note>,
    /// Identifiers that were only claimed.
    pub(crate) claimed: Vec<Note>,
    /// Links that were refused.
    pub(crate) refusals: Vec<Note>,
    /// Merges it had taken part in.
    pub(crate) merges: Vec<Value>,
}

/// A remark about an identifier: waiting, claimed or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    /// Which.
    #[serde(flatten)]
    pub(crate) id: Identifier,
    /// The event that carried it.
    pub(crate) message_id: MessageId,
    /// That event's time.
    pub(crate) at: UnixMillis,
    /// Why it was refused; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reason: String,
}

/// What arrives after the commit point.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Absorb {
    /// Who moved in.
    pub(crate) younger: ProfileId,
    /// Rows logged since.
    pub(crate) rows: Vec<Logged>,
    /// What the small tables hold by now.
    pub(crate) luggage: Luggage,
}
