//! Conversions: what an experiment wanted, done by somebody who had seen one of its variants.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Exposures, Seen};
use crate::config::Config;
use crate::event::Event;
use crate::ids::ExperimentId;
use crate::segment::{Condition, Inside};

/// That an event is what an experiment wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Which experiment.
    pub experiment: ExperimentId,
    /// The decision that it is put down to: the last one that was seen before it.
    pub seen: Seen,
}

/// What this event converts: in each experiment that wanted it, the last decision that was seen before it, if that was not
/// too long ago. A decision converts once, however often the goal is reached after it: whoever counts goes by its id.
pub fn conversions(exposures: &Exposures, config: &Config, event: &Event) -> Vec<Conversion> {
    let wanted = config.experiments_for(event.name());
    let one = |(id, goal): (&ExperimentId, &crate::offer::experiment::Goal)| {
        let properties = || Value::Object(event.properties().cloned().unwrap_or_default());
        let holds = || Condition::compile(&goal.filter).0.verdict(&Inside(&properties())).holds();
        if !goal.filter.is_empty() && !holds() {
            return None;
        }
        let seen = exposures.standing(id)?.seen();
        let last = seen.iter().find(|seen| seen.at <= event.timestamp)?;
        let in_time = event.timestamp.since(last.at) <= goal.within.millis();
        in_time.then(|| Conversion { experiment: id.clone(), seen: last.clone() })
    };
    wanted.filter_map(one).collect()
}
