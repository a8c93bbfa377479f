//! Where an offer may be shown.

use serde::{Deserialize, Serialize};

use crate::ids::PlacementId;

/// One placement, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Slots {
    /// One.
    One(PlacementId),
    /// Several.
    Several(Vec<PlacementId>),
}

impl Slots {
    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, PlacementId> {
        match self {
            Self::One(id) => std::slice::from_ref(id).iter(),
            Self::Several(ids) => ids.iter(),
        }
    }
}
