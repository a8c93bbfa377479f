//! What is known of a bandit's variants.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{ExperimentId, VariantId};
use crate::time::UnixMillis;

/// The version of a stored [`Posteriors`].
pub const POSTERIORS_VERSION: u8 = 1;

/// How often a variant was seen, and how often what was wanted came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Odds {
    /// Decisions that were seen.
    pub seen: u64,
    /// Of these, those that a conversion came of.
    pub converted: u64,
}

impl Odds {
    /// The two parameters of the Beta distribution of its rate, from the uniform one before anything was seen.
    pub fn beta(self) -> (f64, f64) {
        let converted = self.converted.min(self.seen);
        (1.0 + converted as f64, 1.0 + (self.seen - converted) as f64)
    }
}

/// By variant.
type OfVariants = BTreeMap<VariantId, Odds>;

/// What is known of all bandits: immutable once it has a version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posteriors {
    /// [`POSTERIORS_VERSION`].
    pub v: u8,
    /// Counts up.
    pub version: u64,
    /// When it was made.
    pub at: UnixMillis,
    /// By experiment, by audience.
    pub experiments: BTreeMap<ExperimentId, BTreeMap<String, OfVariants>>,
}

impl Posteriors {
    /// What is known of an experiment's variants for an audience.
    pub fn of(&self, experiment: &ExperimentId, audience: &str) -> Option<&OfVariants> {
        self.experiments.get(experiment)?.get(audience)
    }

    /// A decision was seen, or what was wanted came of one. The caller guarantees that each counts once.
    pub fn learn(&mut self, experiment: &ExperimentId, audience: &str, variant: &VariantId, more: Odds) {
        let audiences = self.experiments.entry(experiment.clone()).or_default();
        let odds = audiences.entry(audience.to_owned()).or_default().entry(variant.clone()).or_default();
        odds.seen = odds.seen.saturating_add(more.seen);
        odds.converted = odds.converted.saturating_add(more.converted);
    }
}
