//! Which variant somebody was given, and when they saw it.

use serde::{Deserialize, Serialize};

use crate::ids::{DecisionId, VariantId};
use crate::limits;
use crate::time::UnixMillis;
use crate::token::Decision;

/// That a variant was given. Of two the earlier one holds: by time, then by the decision's id. Both stand in a token that only
/// the edge can sign, so nobody can be earlier than they were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assigned {
    /// When it was decided.
    #[serde(rename = "t")]
    pub at: UnixMillis,
    /// With which decision.
    #[serde(rename = "d")]
    pub decision: DecisionId,
    /// The variant.
    #[serde(rename = "n")]
    pub variant: VariantId,
    /// With which probability.
    #[serde(rename = "q")]
    pub propensity: f64,
    /// Of a bandit: the audience that it learns for.
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
}

/// That a decision was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    #[serde(rename = "t")]
    pub at: UnixMillis,
    /// Which decision.
    #[serde(rename = "d")]
    pub decision: DecisionId,
    /// What it showed.
    #[serde(rename = "n")]
    pub variant: VariantId,
    /// Of a bandit: the audience that it learns for.
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
}

/// How a person stands to an experiment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<Assigned>,
    /// Newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    seen: Vec<Seen>,
}

impl Assigned {
    pub(super) fn by(decision: &Decision) -> Option<Self> {
        Some(Self {
            at: decision.at,
            decision: decision.id.clone(),
            variant: decision.variant.clone()?,
            propensity: decision.propensity?,
            audience: decision.audience.clone(),
        })
    }
}

impl Seen {
    pub(super) fn of(at: UnixMillis, decision: &Decision) -> Self {
        Self {
            at,
            decision: decision.id.clone(),
            variant: decision.variant.clone().unwrap_or_default(),
            audience: decision.audience.clone(),
        }
    }
}

impl Standing {
    pub(super) fn hear(&mut self, new: Assigned) {
        let is_earlier = |given: &Assigned| {
            (new.at, &new.decision, &new.variant) < (given.at, &given.decision, &given.variant)
        };
        if self.given.as_ref().is_none_or(is_earlier) {
            self.given = Some(new);
        }
    }

    pub(super) fn see(&mut self, seen: Seen) {
        let place = self.seen.partition_point(|other| *other > seen);
        self.seen.insert(place, seen);
        self.seen.truncate(limits::EXPOSURES_KEPT);
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        if let Some(given) = &other.given {
            self.hear(given.clone());
        }
        other.seen.iter().for_each(|seen| self.see(seen.clone()));
    }

    /// What was given first.
    pub fn assigned(&self) -> Option<&Assigned> {
        self.given.as_ref()
    }

    /// When it was seen, newest first.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }
}
