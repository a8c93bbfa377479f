//! What a profile object is asked and answers.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::consent::Consent;
use selvedge_engine::directory::Row;
use selvedge_engine::identity::Identifier;
use selvedge_engine::identity::fact::{Edge, Order};
use selvedge_engine::identity::home::{self, Description, Note, Receipt};
use selvedge_engine::ids::{DraftId, MessageId, PlacementId, ProfileId, SourceId};
use selvedge_engine::offer::Decided;
use selvedge_engine::profile::Fold;
use selvedge_engine::segment::Segment;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a profile object can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Take these events; decide.
    Append(Append),
    /// Keep these events until their owners have them.
    Keep(Keep),
    /// Show yourself (admins only).
    Read(Read),
    /// Another profile tells you something.
    Tell { message: Box<home::Message> },
    /// What does the directory show of you?
    Describe,
    /// Be what the config of this version says, and say what the directory is to show of you then.
    CatchUp {
        config: u64,
        /// Be also whom its identity rules make of all that is known.
        #[serde(default)]
        anew: bool,
    },
    /// What do you know of who you are (admins only)?
    Facts { profile: ProfileId },
    /// What are you without some of your events, and what are those (admins only)? A list for each other person.
    Fold { profile: ProfileId, config: u64, parts: Vec<Vec<MessageId>> },
    /// Would you be in the last of these segments? It may name the others.
    Try { profile: ProfileId, config: u64, segments: Vec<Segment> },
    /// Be whom the identity rules of this config make of all that is known, and not only of what comes from now on.
    Anew { profile: ProfileId, config: u64 },
    /// An admin's word: nobody holds an identifier of each side.
    Part {
        profile: ProfileId,
        edge: Edge,
        order: Order,
        /// Too much is connected: what this event joined is parted by the ledger alone.
        #[serde(default)]
        split: Option<MessageId>,
    },
    /// An admin's word: you and `with` are one person.
    Join { profile: ProfileId, with: ProfileId, current: Identifier, retired: Identifier, order: Order },
    /// Which identifiers were refused, of these keys of what you told the directory?
    Refused { profile: ProfileId, keys: BTreeSet<String> },
    /// An admin's word: you are to be erased.
    Forget {
        profile: ProfileId,
        word: Order,
        #[serde(default)]
        suppress: bool,
    },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// To [`Ask::Append`].
    Appended(Appended),
    /// To [`Ask::Keep`]: what became of each event, in order.
    Kept { items: Vec<home::Taken> },
    /// To [`Ask::Read`].
    Profile { profile: Value },
    /// When nobody lives here.
    NotFound,
    /// To [`Ask::Describe`] and [`Ask::CatchUp`]: what the directory says of it.
    Described { row: Box<Row> },
    /// It lives there now.
    Moved { to: ProfileId },
    /// It was erased; `done` when every entry has heard it, and the archive has let go of it.
    Erased {
        at: UnixMillis,
        #[serde(default)]
        receipt: Option<Receipt>,
        #[serde(default)]
        done: bool,
    },
    /// To [`Ask::Forget`]: it will be, when what belongs to others has reached them.
    Forgetting { receipt: Receipt },
    /// To [`Ask::Tell`]: what is to be told back.
    Told { messages: Vec<home::Message> },
    /// To [`Ask::Refused`]: by key.
    Refused { values: BTreeMap<String, String> },
    /// To [`Ask::Facts`].
    Facts { description: Box<Description> },
    /// To [`Ask::Fold`].
    Folded { rest: Box<Fold>, parts: Vec<Fold> },
    /// To [`Ask::Try`]; and what there is to show of the profile.
    Tried { holds: bool, shown: Value },
    /// To [`Ask::Anew`]; to [`Ask::Part`] and [`Ask::Join`]: whether it was taken. If not, something else has to be finished first.
    Heard { taken: bool },
    /// To the same: the profile has as many words of admins as it may have.
    TooManyWords,
}

/// Events for a profile, and what to decide after they are taken in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Append {
    /// Whom the sender takes this object for.
    pub(crate) profile: ProfileId,
    /// The config version that the sender goes by.
    pub(crate) config: u64,
    /// The events.
    pub(crate) items: Vec<home::Item>,
    /// What to decide.
    pub(crate) decide: Option<Decide>,
    /// The events whose refused links are asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) refusals_of: Vec<MessageId>,
}

/// Events whose owners could not be reached.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Keep {
    /// Whose object this is.
    pub(crate) profile: ProfileId,
    /// The config version that the sender goes by.
    pub(crate) config: u64,
    /// The events.
    pub(crate) items: Vec<home::Item>,
}

/// What to decide.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Decide {
    /// For which slots.
    pub(crate) placements: Vec<PlacementId>,
    /// The consent in force: without it the object does not use the profile.
    pub(crate) consent: Consent,
    /// The device of the person's that has just said so itself: its word goes before what is remembered of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spoken_by: Option<String>,
    /// Who asks, when no event comes along that would show it: the profile must hold one of these.
    #[serde(default)]
    pub(crate) asked_by: Vec<Identifier>,
    /// What the request says about the device and the place, if a segment asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<Value>,
    /// The source that asks, when no event comes along.
    #[serde(default)]
    pub(crate) source: SourceId,
    /// The request, for templates, when no event comes along.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) for_templates: Value,
    /// Somebody only wants to see what would be decided, and why: nothing is written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) preview: Option<Preview>,
}

/// What somebody wants to see.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Preview {
    /// When; now if left out.
    pub(crate) at: Option<UnixMillis>,
    /// By this draft, and not by what is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) draft: Option<DraftId>,
    /// On a page, whose request says the consent. Otherwise the person's own word counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) on_page: bool,
}

/// The answer to [`Append`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Appended {
    /// Where the profile lives after this: here, or where it has merged into.
    pub(crate) owner: ProfileId,
    /// What became of each event, in order.
    pub(crate) items: Vec<home::Taken>,
    /// What was decided.
    pub(crate) decisions: Option<Vec<Decided>>,
    /// Why, for a preview: a [`Trace`](selvedge_engine::offer::Trace), which is only passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<Value>,
    /// Links of the events asked for that are refused by now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) refused: Vec<Note>,
    /// The config version that the profile goes by.
    #[serde(default)]
    pub(crate) config: u64,
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
    /// Only these events.
    #[serde(default)]
    pub(crate) only: Only,
}

/// Which events of a timeline: all that is said must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Only {
    /// `page`, `track`, …
    pub(crate) kind: Option<String>,
    /// The name of what was tracked.
    pub(crate) event: Option<String>,
    /// Where it came from.
    pub(crate) source: Option<String>,
}
