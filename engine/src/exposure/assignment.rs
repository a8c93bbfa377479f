//! What the edge itself writes into somebody's log when it gives them a variant.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Action, Assigned};
use crate::consent::Consent;
use crate::event::{Event, Kind};
use crate::identity::Namespace;
use crate::identity::extract::Carried;
use crate::ids::{ExperimentId, MessageId, SourceId};
use crate::profile::Logged;
use crate::token::{DECISION_VERSION, Decision};

/// What a decision gives somebody, to be written into their log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// In which experiment.
    pub experiment: ExperimentId,
    /// What.
    pub assigned: Assigned,
}

impl Assignment {
    /// The event that says so, under the identifiers that asked: whoever they belong to after an unmerge has the variant.
    /// Decided and written twice it is one event.
    pub fn logged(&self, ids: &[Carried], source: &SourceId, consent: Consent, config: u64) -> Logged {
        let decision = self.decision(config);
        let event = Event {
            message_id: MessageId(format!("assigned-{}-{}", decision.id, self.experiment)),
            kind: Kind::Track,
            timestamp: decision.at,
            received_at: decision.at,
            source: source.clone(),
            body: self.body(ids),
        };
        Logged::new(event, ids.to_vec(), consent).of_decision(Some(decision))
    }

    fn decision(&self, config: u64) -> Decision {
        let assigned = &self.assigned;
        Decision {
            v: DECISION_VERSION,
            id: assigned.decision.clone(),
            offer: None,
            placement: None,
            experiment: Some(self.experiment.clone()),
            variant: Some(assigned.variant.clone()),
            propensity: Some(assigned.propensity),
            audience: assigned.audience.clone(),
            config,
            at: assigned.at,
        }
    }

    fn body(&self, ids: &[Carried]) -> Map<String, Value> {
        let assigned = &self.assigned;
        let properties = json!({
            "experiment_id": self.experiment,
            "variation_id": assigned.variant,
            "decision": assigned.decision,
            "propensity": assigned.propensity,
        });
        let named = |one: &Carried| {
            let field = match one.id.namespace.as_str() {
                Namespace::ANONYMOUS_ID => "anonymousId",
                Namespace::USER_ID => "userId",
                _ => return None,
            };
            Some((field.to_owned(), one.id.value.as_str().into()))
        };
        let says = [("event".to_owned(), Action::ASSIGNED.into()), ("properties".to_owned(), properties)];
        says.into_iter().chain(ids.iter().filter_map(named)).collect()
    }
}
