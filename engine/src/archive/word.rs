//! What no event says, and a rebuilt profile must know all the same.

use serde::{Deserialize, Serialize};

use super::iso;
use crate::identity::Identifier;
use crate::identity::fact::{Edge, Fact, Order, Says};
use crate::ids::MessageId;
use crate::time::UnixMillis;

/// The version of a [`Word`].
pub const WORD_VERSION: u8 = 2;

/// A recorded fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Word {
    /// The same for every copy of it.
    pub id: String,
    /// [`WORD_VERSION`].
    pub v: u8,
    /// When it was said.
    #[serde(with = "iso")]
    pub timestamp: UnixMillis,
    /// What it says.
    pub said: Said,
}

/// What a [`Word`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// An admin: these two are one person.
    Merge {
        /// Whose identifiers stay current.
        current: Identifier,
        /// Whose identifiers retire where they conflict.
        retired: Identifier,
    },
    /// An admin: nobody holds an identifier of each side.
    Unmerge(Edge),
    /// Whom this named was erased. The name is that of the identifier's object, so nothing here says who that was.
    Erased {
        /// See [`ObjectNames::identifier`](crate::identity::ObjectNames::identifier).
        name: String,
        /// It names nobody from then on either.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        suppressed: bool,
    },
    /// An admin: whom this names is kept out from now on, or is no more. The name is that of the identifier's object.
    Suppress {
        /// See [`Said::Erased`].
        name: String,
        /// Kept out.
        on: bool,
    },
    /// An admin: this identifier is let go from quarantine.
    Released {
        /// Which.
        id: Identifier,
    },
}

impl Word {
    /// An admin's word on who is who; `None` if the fact is what an event says.
    pub fn of(fact: &Fact) -> Option<Self> {
        let said = match fact.says.clone() {
            Says::Together { current, retired } => Said::Merge { current, retired },
            Says::Apart(edge) => Said::Unmerge(edge),
            Says::Seen { .. } => return None,
        };
        let (timestamp, message) = fact.order.clone();
        Some(Self { id: message.0, v: WORD_VERSION, timestamp, said })
    }

    /// An identifier's person was erased.
    pub fn erased(name: String, at: UnixMillis, suppressed: bool) -> Self {
        Self {
            id: format!("erased/{name}/{}", at.0),
            v: WORD_VERSION,
            timestamp: at,
            said: Said::Erased { name, suppressed },
        }
    }

    /// An admin's word on whether an identifier may name anybody.
    pub fn suppress(name: String, on: bool, order: Order) -> Self {
        let (timestamp, message) = order;
        Self { id: message.0, v: WORD_VERSION, timestamp, said: Said::Suppress { name, on } }
    }

    /// An admin's release from quarantine.
    pub fn released(id: Identifier, order: Order) -> Self {
        Self { id: order.1.0, v: WORD_VERSION, timestamp: order.0, said: Said::Released { id } }
    }

    /// All identifiers in it.
    pub fn names(&self) -> impl Iterator<Item = &Identifier> {
        let (some, more): (&[Identifier], &[Identifier]) = match &self.said {
            Said::Merge { current, retired } => {
                (std::slice::from_ref(current), std::slice::from_ref(retired))
            }
            Said::Unmerge(Edge { left, right }) => (left, right),
            Said::Erased { .. } | Said::Suppress { .. } => (&[], &[]),
            Said::Released { id } => (std::slice::from_ref(id), &[]),
        };
        some.iter().chain(more)
    }

    /// What is left of it without these names; nothing, where it says nothing any more.
    pub fn without(mut self, gone: impl Fn(&Identifier) -> bool) -> Option<Self> {
        self.said = match self.said {
            Said::Unmerge(edge) => Said::Unmerge(edge.without(gone)?),
            Said::Merge { current, retired } if gone(&current) || gone(&retired) => return None,
            Said::Released { id } if gone(&id) => return None,
            said @ (Said::Merge { .. }
            | Said::Erased { .. }
            | Said::Suppress { .. }
            | Said::Released { .. }) => said,
        };
        Some(self)
    }

    /// Reads a word. `None` if it is none, or of a version to come.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|word| word.v <= WORD_VERSION)
    }

    /// Its place among the facts.
    pub fn order(&self) -> Order {
        (self.timestamp, MessageId(self.id.clone()))
    }
}
