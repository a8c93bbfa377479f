//! What an event says came of a decision.

use crate::event::{Event, Kind};

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A variant was given to the person.
    Assigned,
    /// The offer was seen.
    Viewed,
    /// It was clicked.
    Clicked,
}

impl Action {
    /// The event that the edge itself logs when it gives somebody a variant.
    pub const ASSIGNED: &str = "Experiment Assigned";

    /// What an event says. Segment's names, its first ones, and GA4's.
    pub fn of(event: &Event) -> Option<Self> {
        Self::named(event.kind, event.name())
    }

    /// What an event of this type and name says.
    pub fn named(kind: Kind, name: &str) -> Option<Self> {
        if kind != Kind::Track {
            return None;
        }
        Some(match name {
            Self::ASSIGNED => Self::Assigned,
            "Promotion Viewed" | "Viewed Promotion" | "view_promotion" => Self::Viewed,
            "Promotion Clicked" | "Clicked Promotion" | "select_promotion" => Self::Clicked,
            _ => return None,
        })
    }
}
