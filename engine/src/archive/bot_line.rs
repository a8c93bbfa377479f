//! An event of a bot in the archive.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::iso;
use crate::bot::Sign;
use crate::consent::{Consent, MaySend};
use crate::event::{Event, Kind};
use crate::ids::{MessageId, SourceId};
use crate::limits;
use crate::time::UnixMillis;

/// The version of a [`BotLine`].
pub const BOT_LINE_VERSION: u8 = 1;

/// An event that was set aside, as it came. It belongs to no profile, so it can't be taken for a
/// [`Line`](crate::archive::Line): nothing that reads those counts it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BotLine {
    /// The same for every copy of it.
    pub id: String,
    /// [`BOT_LINE_VERSION`].
    pub v: u8,
    /// The mark.
    pub bot: Sign,
    /// As who it came, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Its client's name for it.
    pub message_id: MessageId,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When it happened.
    #[serde(with = "iso")]
    pub timestamp: UnixMillis,
    /// When the edge took it.
    #[serde(with = "iso")]
    pub received_at: UnixMillis,
    /// Where it came from.
    pub source: SourceId,
    /// The consent in force when it came.
    pub consent: Consent,
    /// The client's own object, whole.
    pub body: Map<String, Value>,
}

impl BotLine {
    /// Of this event, which may be kept.
    pub fn of(event: Event, bot: Sign, user_agent: Option<&str>, consent: Consent, _may: MaySend) -> Self {
        Self {
            id: format!("bot/{}/{}", event.source, event.message_id),
            v: BOT_LINE_VERSION,
            bot,
            user_agent: user_agent.map(|text| text.chars().take(limits::USER_AGENT_CHARS).collect()),
            message_id: event.message_id,
            kind: event.kind,
            timestamp: event.timestamp,
            received_at: event.received_at,
            source: event.source,
            consent,
            body: event.body,
        }
    }

    /// Reads a line. `None` if it is none, or of a version to come.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|line| line.v <= BOT_LINE_VERSION)
    }
}
