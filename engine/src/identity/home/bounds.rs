//! How much one re-resolution looks at by itself. Beyond it an admin is asked.

use serde::Serialize;

use crate::limits;

/// How many of each there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Profiles that are connected.
    pub profiles: usize,
    /// Identifiers that connect them.
    pub identifiers: usize,
    /// Events of all of them, and of each.
    pub events: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            profiles: limits::RESOLVE_PROFILES,
            identifiers: limits::RESOLVE_IDENTIFIERS,
            events: limits::RESOLVE_EVENTS,
        }
    }
}

/// The bound beyond which nothing is rearranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// See [`Bounds::profiles`].
    Profiles,
    /// See [`Bounds::identifiers`].
    Identifiers,
    /// See [`Bounds::events`].
    Events,
}

impl Beyond {
    /// How many there may be.
    pub fn most(self, bounds: Bounds) -> usize {
        match self {
            Self::Profiles => bounds.profiles,
            Self::Identifiers => bounds.identifiers,
            Self::Events => bounds.events,
        }
    }

    /// Of what.
    pub fn what(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Identifiers => "identifiers",
            Self::Events => "events",
        }
    }
}
