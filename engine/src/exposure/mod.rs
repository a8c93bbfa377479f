//! What came of decisions, as a person's own log tells it: which offers they saw and clicked, which variants they were given.
//! See docs/offers.md.
//!
//! Invariant: all of it is a function of the *set* of events, and all of it is bounded, as in [`commerce`](crate::commerce).
//! Only what a token of ours proves counts: anybody can write an event's name.

mod action;
mod assigned;
mod assignment;
mod conversion;
mod participation;
mod sight;
mod visit;

pub use action::Action;
pub use assigned::{Assigned, Seen, Standing};
pub use assignment::Assignment;
pub use conversion::{Conversion, conversions};
pub use participation::{Participation, participations};
pub use sight::{Shown, Sight};
pub use visit::Visit;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{ExperimentId, OfferId};
use crate::limits;
use crate::profile::Logged;

/// What came of decisions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposures {
    /// By offer: the least ids, as with [`limits::UNION_MEMBERS`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    offers: BTreeMap<OfferId, Sight>,
    /// By experiment: likewise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    experiments: BTreeMap<ExperimentId, Standing>,
    /// When the person was here lately.
    #[serde(skip_serializing_if = "Visit::is_empty")]
    visit: Visit,
}

impl Exposures {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty() && self.experiments.is_empty() && self.visit.is_empty()
    }

    /// Takes in an event; the caller guarantees that it was not taken in before.
    pub fn apply(&mut self, logged: &Logged) {
        let at = logged.event.timestamp;
        self.visit.be_here(at);
        let (Some(decision), Some(action)) = (&logged.decision, Action::of(&logged.event)) else { return };
        if let (Action::Viewed | Action::Clicked, Some(offer)) = (action, &decision.offer) {
            let sight = self.offers.entry(offer.clone()).or_default();
            if action == Action::Viewed {
                sight.see(at)
            } else {
                sight.click()
            }
            keep_least(&mut self.offers, limits::OFFERS_SEEN);
        }
        if let (Some(experiment), Some(assigned)) = (&decision.experiment, Assigned::by(decision)) {
            let standing = self.experiments.entry(experiment.clone()).or_default();
            standing.hear(assigned);
            if action == Action::Viewed {
                standing.see(Seen::of(at, decision));
            }
            keep_least(&mut self.experiments, limits::EXPERIMENTS_JOINED);
        }
    }

    /// Takes in what came of decisions in another log.
    pub fn absorb(&mut self, other: &Self) {
        for (offer, sight) in &other.offers {
            self.offers.entry(offer.clone()).or_default().absorb(sight);
        }
        keep_least(&mut self.offers, limits::OFFERS_SEEN);
        for (experiment, standing) in &other.experiments {
            self.experiments.entry(experiment.clone()).or_default().absorb(standing);
        }
        keep_least(&mut self.experiments, limits::EXPERIMENTS_JOINED);
        self.visit.absorb(&other.visit);
    }

    /// How often an offer was seen.
    pub fn sight(&self, offer: &OfferId) -> Option<&Sight> {
        self.offers.get(offer)
    }

    /// How the person stands to an experiment.
    pub fn standing(&self, experiment: &ExperimentId) -> Option<&Standing> {
        self.experiments.get(experiment)
    }

    /// The visits.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The variant that an experiment has given: by the first word.
    pub fn assigned(&self, experiment: &ExperimentId) -> Option<&Assigned> {
        self.standing(experiment)?.assigned()
    }
}

fn keep_least<K: Ord, V>(map: &mut BTreeMap<K, V>, most: usize) {
    while map.len() > most {
        map.pop_last();
    }
}

/// The token of a decision, on an event that can say what came of one.
pub fn token_on(event: &Event) -> Option<&str> {
    Action::of(event)?;
    event.properties()?.get("token")?.as_str()
}
