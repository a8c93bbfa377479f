//! Offers: content for a placement, and which one this visitor should see.

mod decide;

pub use decide::{Decided, decide, defaults};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{OfferId, PlacementId, SegmentId};
use crate::time::UnixMillis;

/// A named slot on a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The name pages use.
    pub id: PlacementId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Shown when no offer holds; without it the page keeps its own content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Content>,
}

/// What an offer shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    /// Markup, put into the placement as it is: its author answers for it.
    Html {
        /// The markup.
        html: String,
    },
    /// Data for the page's own code.
    Json {
        /// The data.
        json: Value,
    },
}

/// From when to when an offer runs. Both ends are instants; the start is included, the end is not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// ISO 8601; since ever if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// ISO 8601; for ever if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
}

impl Schedule {
    /// Whether it runs `now`. A bound that can't be read never holds (the validation refuses it before).
    pub fn runs(&self, now: UnixMillis) -> bool {
        let after = |start: &String| UnixMillis::parse(start).is_some_and(|start| now >= start);
        let before = |end: &String| UnixMillis::parse(end).is_some_and(|end| now < end);
        self.start.as_ref().is_none_or(after) && self.end.as_ref().is_none_or(before)
    }
}

/// Content for a placement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its id, also the file's name.
    pub id: OfferId,
    /// Its name for people.
    pub name: String,
    /// Where it is shown.
    pub placement: PlacementId,
    /// Who sees it; everybody if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<SegmentId>,
    /// The higher one wins; between equals the smaller id.
    #[serde(default)]
    pub priority: i32,
    /// When it runs.
    #[serde(default)]
    pub schedule: Schedule,
    /// What it shows.
    pub content: Content,
}
