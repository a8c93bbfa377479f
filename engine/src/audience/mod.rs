//! Imported audiences: lists of identifiers that somebody else has made, a million rows long perhaps.
//!
//! What is imported becomes a *generation* of its namespace: [`shards`](Shard) that never change but for who is erased, each with the identifiers
//! whose names begin alike and all the audiences of each. Which generation counts stands in the config, so that all of it
//! is visible at once or not at all, and an older one can be taken back. A decision looks into one shard for each identifier
//! that it asks about. Identifiers are kept as the names of their objects: nothing says who they are.

mod file;
mod merge;
mod part;
mod progress;
mod shard;

pub use file::{Action, BadRow, Row, Unreadable, read_rows};
pub use merge::{Changed, Import, Mode, TooLarge};
pub use part::{Part, PartRow};
pub use progress::{NotReady, PROGRESS_VERSION, PartReport, Progress, Status};
pub use shard::{Shard, ShardError};

use serde::{Deserialize, Serialize};

use crate::identity::Namespace;
use crate::ids::AudienceId;
use crate::limits;

/// An imported audience, as the config names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Audience {
    /// Its id.
    pub id: AudienceId,
    /// What people call it.
    pub name: String,
    /// What its rows are: `email`, `user_id`, …
    pub namespace: Namespace,
}

/// The name of an identifier's object, as bytes: see [`ObjectNames::bytes`](crate::identity::ObjectNames::bytes).
pub type Name = [u8; 32];

/// Which shards of a namespace count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// Counts imports of this namespace.
    pub number: u64,
    /// There are two to the power of so many shards.
    pub bits: u8,
}

impl Generation {
    /// How many shards it has.
    pub fn shards(self) -> u32 {
        1 << self.bits
    }

    /// The shard that has this name.
    pub fn shard_of(self, name: &Name) -> u32 {
        let [a, b, ..] = *name;
        u32::from(u16::from_be_bytes([a, b])) >> 16_u32.saturating_sub(self.bits.into())
    }

    /// Under which key a shard is stored. Its content never changes.
    pub fn key(self, namespace: &Namespace, shard: u32) -> String {
        format!("audience/{}/{}-{}/{shard:x}", namespace.as_str(), self.number, self.bits)
    }

    /// Bits for so many identifiers.
    pub fn bits_for(identifiers: u64) -> u8 {
        let shards = identifiers.div_ceil(limits::AUDIENCE_SHARD_ROWS);
        let bits = shards.max(1).next_power_of_two().trailing_zeros();
        u8::try_from(bits).unwrap_or(limits::AUDIENCE_BITS).min(limits::AUDIENCE_BITS)
    }
}
