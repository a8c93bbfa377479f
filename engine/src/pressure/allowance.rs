//! How much may be sent, from the config.

use serde::{Deserialize, Deserializer, Serialize};

use super::Whose;
use crate::config::SourceKind;
use crate::limits;

/// So many events in the long run, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Allowance {
    /// Events a second.
    pub per_second: u32,
    /// Events that may come at once after a silence.
    pub burst: u32,
}

/// What a source says of its limits: nothing, that there is none (`null`), or what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceLimits {
    /// Of all its events together.
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub source: Option<Option<Allowance>>,
    /// Of its events from one address.
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub address: Option<Option<Allowance>>,
}

/// What is there was said, also if it is `null`.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Allowance>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl SourceLimits {
    /// Nothing was said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The limit in force for a source of this kind. A site's servers are few addresses, all of the same site's, and
    /// whoever has their key is known: what they send is bounded as a whole.
    pub fn of(&self, whose: Whose, kind: SourceKind) -> Option<Allowance> {
        match (whose, kind) {
            (Whose::Source, _) => self.source.unwrap_or(Some(limits::SOURCE_ALLOWANCE)),
            (Whose::Address, SourceKind::Browser) => self.address.unwrap_or(Some(limits::ADDRESS_ALLOWANCE)),
            (Whose::Address, SourceKind::Server) => self.address.flatten(),
        }
    }
}
