//! An event of a bot in the archive.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::iso;
use crate::bot::Sign;
use crate::consent::{Consent, MaySend};
use crate::event::{Event, Kind};
use crate::identity::extract::{Proof, identifiers};
use crate::identity::{Identifier, IdentityRules};
use crate::ids::{MessageId, SourceId};
use crate::limits;
use crate::time::UnixMillis;

/// The version of a [`BotLine`]. Version 1 did not say as whom it came.
pub const BOT_LINE_VERSION: u8 = 2;

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
    /// The identifiers on it, strongest first. None of them is proven.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Identifier>,
    /// The consent in force when it came.
    pub consent: Consent,
    /// The client's own object, whole.
    pub body: Map<String, Value>,
}

impl BotLine {
    /// Of this event, which may be kept.
    pub fn of(
        event: Event,
        bot: Sign,
        user_agent: Option<&str>,
        consent: Consent,
        rules: &IdentityRules,
        _may: MaySend,
    ) -> Self {
        let ids = identifiers(&event, rules, &Proof::default()).ids;
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
            ids: ids.into_iter().map(|carried| carried.id).collect(),
            consent,
            body: event.body,
        }
    }

    /// As whom it came.
    pub fn filed_under(&self) -> Option<Identifier> {
        self.ids.first().cloned().or_else(|| Identifier::named_in(&self.body))
    }

    /// Reads a line. `None` if it is none, or of a version to come.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|line| line.v <= BOT_LINE_VERSION)
    }
}
