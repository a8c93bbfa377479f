//! Why a decision came out as it did: what was considered, what kept each offer back, and what the decision went by, so that it
//! can be made once more.

use serde::{Deserialize, Serialize};

use super::decide::{Decisions, traced};
use super::facts::Answers;
use super::request::Request;
use crate::config::Config;
use crate::ids::{DecisionId, OfferId, PlacementId};
use crate::segment::Threshold;

/// The version of a trace.
pub const TRACE_VERSION: u8 = 1;

/// What decided about an offer: the first rule that kept it back, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decisive {
    /// It does not run now.
    Schedule,
    /// It asks something of the person, and may not.
    Consent,
    /// The person is not in its audience.
    Audience,
    /// They saw it often enough.
    PersonCap,
    /// It is in another slot of the page.
    OnPage,
    /// Another one of its group is on the page.
    Exclusive,
    /// All together got it often enough.
    SharedCap,
    /// They are held out.
    HeldOut,
    /// Its content could not be made, nor its fallback.
    Template,
    /// One of higher priority won.
    Beaten,
    /// It won.
    Won,
}

/// An offer that was considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// Which.
    pub offer: OfferId,
    /// What decided.
    pub by: Decisive,
    /// Which cap, which group, what is wrong with the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What was considered for a placement, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The slot.
    pub placement: PlacementId,
    /// The decision.
    pub decision: DecisionId,
    /// Its offers.
    pub considered: Vec<Considered>,
}

/// Why decisions came out as they did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// [`TRACE_VERSION`].
    pub v: u8,
    /// The config version that they were made under.
    pub config: u64,
    /// What somebody must have to be among the top of all people: part of that version, and of none of its files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// What was asked.
    pub request: Request,
    /// Why there is nothing but the default where no offer is for the person.
    pub otherwise: String,
    /// What is known of the person, as far as it was asked.
    pub answers: Answers,
    /// What was considered.
    pub placements: Vec<Why>,
}

impl Trace {
    pub(super) fn of(
        config: &Config,
        request: &Request,
        otherwise: &str,
        answers: Answers,
        placements: Vec<Why>,
    ) -> Self {
        let (request, otherwise) = (request.clone(), otherwise.to_owned());
        let (thresholds, config) = (config.document().thresholds.clone(), config.version());
        Self { v: TRACE_VERSION, config, thresholds, request, otherwise, answers, placements }
    }

    /// Makes the decisions once more, from what is written here alone: who is in which segment is worked out anew from the values
    /// and events that it went by. Under the same config they are the same, and so is the trace.
    pub fn again(&self, config: &Config) -> (Decisions, Self) {
        traced(&self.answers.judged_again(config), config, &self.request, &self.otherwise)
    }
}
