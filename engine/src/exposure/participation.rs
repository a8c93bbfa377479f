//! How somebody took part in an experiment: what they were given, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{Config, Sticky};
use crate::ids::{ExperimentId, VariantId};
use crate::limits;
use crate::profile::{Micros, ProfileState};
use crate::time::UnixMillis;

/// One person in one experiment. Their variant is the one that they were given first, and what they did counts from then on for
/// as long as the goal says: whether they saw more of it or less, nothing else tells the variants apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    /// The variant, or `$holdout`.
    #[serde(rename = "n")]
    pub arm: VariantId,
    /// With which probability it was given, in millionths.
    #[serde(rename = "q")]
    pub share: u32,
    /// When.
    #[serde(rename = "t")]
    pub since: UnixMillis,
    /// The goal was reached: among the newest [`limits::MATCHES`] times that it ever was.
    #[serde(rename = "c", default)]
    pub converted: bool,
    /// What their orders of that time came to, less what was given back: of the newest [`limits::ORDER_EVENTS`] words on orders.
    #[serde(rename = "m", default)]
    pub revenue: Micros,
}

/// The experiments that somebody takes part in, of those in which people keep their variant: as many as are told, the least keys.
pub fn participations(state: &ProfileState, config: &Config) -> BTreeMap<ExperimentId, Participation> {
    let one = |experiment: &Sticky| {
        let assigned = state.exposures.assigned(&experiment.key)?;
        let (since, until) = (assigned.at, assigned.at.plus(experiment.within));
        let tally = state.tallies.get(&experiment.tally);
        let participation = Participation {
            arm: assigned.variant.clone(),
            share: millionths(assigned.propensity),
            since,
            converted: tally.is_some_and(|tally| tally.has_any_within(since, until)),
            revenue: state.commerce.net_within(since, until),
        };
        Some((experiment.key.clone(), participation))
    };
    config.sticky_experiments().iter().filter_map(one).take(limits::PARTICIPATIONS_TOLD).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped, and a float cast saturates"
)]
fn millionths(propensity: f64) -> u32 {
    (propensity.clamp(0.0, 1.0) * 1_000_000.0).round() as u32
}
