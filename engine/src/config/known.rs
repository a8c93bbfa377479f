//! What is known of the world that a config is for. All of it may be missing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::ids::{PlacementId, SegmentId};

/// What bears on whether an offer can be seen, beside what files say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Known {
    /// How many are in a segment, as far as somebody counted.
    pub members: BTreeMap<SegmentId, u64>,
    /// The placements that pages have asked for; none if nobody looked.
    pub placements: Option<BTreeSet<PlacementId>>,
}
