//! Every received event ends in exactly one outcome.

use serde::{Deserialize, Serialize};

use crate::bot::Sign;
use crate::limits;

/// Why an event was not taken. The code is the same in JSON, in logs and in the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not a JSON object, or one that can't be read.
    InvalidEvent,
    /// Over [`limits::EVENT_BYTES`].
    EventTooLarge,
    /// Over [`limits::EVENT_DEPTH`].
    EventTooDeep,
    /// `type` is missing or not one of page, track, identify, group, alias, screen.
    UnknownType,
    /// `messageId` is not text of 1 to [`limits::MESSAGE_ID_CHARS`] characters.
    InvalidMessageId,
    /// Neither `anonymousId` nor `userId`, or only blocked values of them.
    NoUserAnonId,
    /// A track event without a name.
    MissingEventName,
    /// A group event without `groupId`.
    MissingGroupId,
    /// A `groupId` of more than [`limits::IDENTIFIER_CHARS`] characters.
    GroupIdTooLong,
    /// A browser claims a `userId` without proof and sends no `anonymousId` to keep the event under.
    UnprovenUserId,
    /// The person did not allow that this is stored.
    ConsentDenied,
    /// It is older than the erasure of the person that it is about.
    Erased,
    /// It is older than what is retained.
    PastRetention,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::InvalidEvent,
        Self::EventTooLarge,
        Self::EventTooDeep,
        Self::UnknownType,
        Self::InvalidMessageId,
        Self::NoUserAnonId,
        Self::MissingEventName,
        Self::MissingGroupId,
        Self::GroupIdTooLong,
        Self::UnprovenUserId,
        Self::ConsentDenied,
        Self::Erased,
        Self::PastRetention,
    ];

    /// The reason of this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The snake_case code.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidEvent => "invalid_event",
            Self::EventTooLarge => "event_too_large",
            Self::EventTooDeep => "event_too_deep",
            Self::UnknownType => "unknown_type",
            Self::InvalidMessageId => "invalid_message_id",
            Self::NoUserAnonId => "no_user_anon_id",
            Self::MissingEventName => "missing_event_name",
            Self::MissingGroupId => "missing_group_id",
            Self::GroupIdTooLong => "group_id_too_long",
            Self::UnprovenUserId => "unproven_user_id",
            Self::ConsentDenied => "consent_denied",
            Self::Erased => "erased",
            Self::PastRetention => "past_retention",
        }
    }

    /// What to do about it, for the developer who reads the answer.
    pub fn message(self) -> String {
        match self {
            Self::InvalidEvent => "the event is not a JSON object that can be read".into(),
            Self::EventTooLarge => {
                format!("the event is larger than {} bytes; send less with it", limits::EVENT_BYTES)
            }
            Self::EventTooDeep => {
                format!("objects and lists may be nested {} deep in an event", limits::EVENT_DEPTH)
            }
            Self::UnknownType => "`type` must be one of page, track, identify, group, alias, screen".into(),
            Self::InvalidMessageId => {
                format!("`messageId` must be text of 1 to {} characters", limits::MESSAGE_ID_CHARS)
            }
            Self::NoUserAnonId => "send an `anonymousId` or a `userId` that is not a placeholder".into(),
            Self::MissingEventName => "a track event needs its name in `event`".into(),
            Self::MissingGroupId => "a group event needs a `groupId`".into(),
            Self::GroupIdTooLong => {
                format!("a `groupId` has at most {} characters", limits::IDENTIFIER_CHARS)
            }
            Self::UnprovenUserId => {
                "this source takes a `userId` only with an identity token, or beside an `anonymousId`".into()
            }
            Self::ConsentDenied => "consent for analytics is not given, so the event was not stored".into(),
            Self::Erased => "the person this is about was erased".into(),
            Self::PastRetention => "it happened longer ago than retention.json keeps such events".into(),
        }
    }
}

/// What became of one received event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Stored, once.
    Accepted,
    /// Its messageId was already stored; nothing changed.
    Duplicate,
    /// Not stored, for this reason.
    Rejected(Reason),
    /// Of a bot, by this sign: kept beside the archive and nowhere else.
    Bot(Sign),
}

impl Outcome {
    /// The code that it is counted under.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected(reason) => reason.code(),
            Self::Bot(sign) => sign.code(),
        }
    }

    /// What to do about what is counted under this code, if there is anything to do.
    pub fn message(code: &str) -> Option<String> {
        let reason = Reason::of_code(code).map(Reason::message);
        reason.or_else(|| Sign::of_code(code).map(|sign| sign.message().to_owned()))
    }
}
