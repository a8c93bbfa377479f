//! That a profile is in a segment, and that it came to be, or ceased to be.

use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, SegmentId};
use crate::time::UnixMillis;

/// Why a membership changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By an event.
    #[default]
    Event,
    /// Time passed.
    Time,
    /// The segment was published or changed, or the log was folded anew.
    Definition,
    /// The profile was joined with another one, or parted from it.
    Merge,
    /// By an event that was replayed from the archive: what it did was told when it happened.
    Replay,
    /// As [`How::Definition`], and nobody came by: the directory has asked every profile.
    Backfill,
    /// The threshold of a share of all people has moved.
    Threshold,
    /// By an import of an audience.
    Import,
}

impl How {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn is_event(&self) -> bool {
        *self == Self::Event
    }
}

/// Why we look: an event that was taken in, or something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause<'a> {
    /// This event was taken in.
    Event(&'a MessageId),
    /// Time passed.
    Time,
    /// See [`How::Definition`].
    Definition,
    /// See [`How::Merge`].
    Merge,
    /// This event was taken in again: see [`How::Replay`].
    Replay(&'a MessageId),
    /// See [`How::Backfill`].
    Backfill,
    /// See [`How::Threshold`].
    Threshold,
    /// See [`How::Import`].
    Import,
}

impl Cause<'_> {
    pub(crate) fn how(self) -> How {
        match self {
            Self::Event(_) => How::Event,
            Self::Time => How::Time,
            Self::Definition => How::Definition,
            Self::Merge => How::Merge,
            Self::Replay(_) => How::Replay,
            Self::Backfill => How::Backfill,
            Self::Threshold => How::Threshold,
            Self::Import => How::Import,
        }
    }

    pub(crate) fn event(self) -> Option<MessageId> {
        match self {
            Self::Event(id) | Self::Replay(id) => Some(id.clone()),
            _ => None,
        }
    }
}

/// That a profile is in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Since when it is known to be in.
    pub since: UnixMillis,
    /// The event that brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<MessageId>,
    /// What brought it in.
    #[serde(default, skip_serializing_if = "How::is_event")]
    pub how: How,
}

/// The version of a stored [`Change`].
pub const CHANGE_VERSION: u8 = 3;

/// A profile entered a segment, or left it. A fact that is drawn from the log, never a part of it: a replay comes to its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which segment.
    pub segment: SegmentId,
    /// It entered.
    pub entered: bool,
    /// When: the instant at which a window moved, or that an event was taken in.
    pub at: UnixMillis,
    /// The event that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<MessageId>,
    /// What did it.
    #[serde(default, skip_serializing_if = "How::is_event")]
    pub how: How,
}
