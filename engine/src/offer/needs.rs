//! What must be at hand before a decision for a placement.

use std::collections::{BTreeMap, BTreeSet};

use super::Offer;
use super::lease::Cap;
use crate::ids::{AudienceId, ExperimentId, OfferId};
use crate::offer::experiment::Allotment;
use crate::segment::Program;

/// What the offers of a placement ask beside the profile. Worked out once for a config: every decision begins with it, and a
/// placement may have hundreds of offers.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Accounts: an audience speaks of them.
    pub accounts: bool,
    /// Imported audiences.
    pub audiences: BTreeSet<AudienceId>,
    /// What is known of bandits.
    pub bandits: BTreeSet<ExperimentId>,
    /// What may still be given out of offers with caps for all.
    pub capped: BTreeMap<OfferId, Cap>,
}

impl Needs {
    /// Of these offers.
    pub(crate) fn of(offers: &[Offer], program: &Program) -> Self {
        let mut needs = Self::default();
        for offer in offers {
            let of_experiment = offer.experiment.iter().flat_map(|experiment| &experiment.audiences);
            for segment in offer.audience.iter().chain(of_experiment) {
                needs.accounts |= program.reads_accounts(segment);
                needs.audiences.extend(program.audiences_of(segment).cloned());
            }
            let bandit = offer.experiment().filter(|(_, experiment)| experiment.kind == Allotment::Bandit);
            needs.bandits.extend(bandit.map(|(key, _)| key.clone()));
            needs.capped.extend(Cap::of(offer).map(|cap| (offer.id.clone(), cap)));
        }
        needs
    }
}
