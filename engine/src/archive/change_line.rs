//! That somebody entered a segment, or left it, in the archive.

use serde::{Deserialize, Serialize};

use super::iso;
use crate::consent::MaySend;
use crate::identity::Identifier;
use crate::ids::{MessageId, ProfileId, SegmentId};
use crate::segment::{Change, How};
use crate::time::UnixMillis;

/// The version of a [`ChangeLine`].
pub const CHANGE_LINE_VERSION: u8 = 1;

/// An event that nobody sent: it is drawn from those of the log and never becomes one of them, so that nothing is folded twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeLine {
    /// The same for every copy of it.
    pub id: String,
    /// [`CHANGE_LINE_VERSION`].
    pub v: u8,
    /// [`ChangeLine::ENTERED`] or [`ChangeLine::LEFT`].
    pub event: String,
    /// Who.
    pub profile_id: ProfileId,
    /// Which segment.
    pub segment: SegmentId,
    /// When.
    #[serde(with = "iso")]
    pub timestamp: UnixMillis,
    /// What did it.
    pub how: How,
    /// The event that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
}

impl ChangeLine {
    /// The name of the event when somebody enters a segment.
    pub const ENTERED: &str = "Segment Entered";
    /// The name of the event when somebody leaves it.
    pub const LEFT: &str = "Segment Left";
    /// Its type, where that of an event would stand.
    pub const TYPE: &str = "segment";

    /// Of a change of this profile's that may leave it.
    pub fn of(profile: &ProfileId, change: &Change, _may: MaySend) -> Self {
        let Change { segment, entered, at, cause, how } = change.clone();
        let event = if entered { Self::ENTERED } else { Self::LEFT };
        let by = cause.as_ref().map_or("", MessageId::as_str);
        Self {
            id: format!("segment/{profile}/{segment}/{}/{event}/{by}", at.0),
            v: CHANGE_LINE_VERSION,
            event: event.to_owned(),
            profile_id: profile.clone(),
            segment,
            timestamp: at,
            how,
            message_id: cause,
        }
    }

    /// Whom it is about: it names the profile and nothing else.
    pub fn filed_under(&self) -> Identifier {
        Identifier::of_profile(&self.profile_id)
    }

    /// Reads a line. `None` if it is none, or of a version to come.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|line| line.v <= CHANGE_LINE_VERSION)
    }
}
