//! Offers: content for a placement, and which one this visitor should see.
//!
//! See docs/offers.md.

mod caps;
mod check;
mod decide;
pub mod experiment;
mod facts;
pub mod lease;
mod needs;
mod request;
mod schedule;
mod slots;
mod template;
mod trace;

pub use caps::{AllCaps, Caps, PersonCaps};
pub(crate) use check::{check_offer, warnings};
pub use decide::{Decided, Decisions, decide, defaults, explain, explain_defaults, explain_supposed};
pub use facts::{Answers, Facts, Nobody, Person, Rooms, Segments, Supposed};
pub use needs::Needs;
pub use request::Request;
pub use schedule::{Day, Hours, Phase, Schedule};
pub use slots::Slots;
pub use template::{Data, TemplateError, Templates};
pub use trace::{Considered, Decisive, TRACE_VERSION, Trace, Why};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{ExperimentId, OfferId, PlacementId, SegmentId};
use crate::offer::experiment::{Experiment, Variant};

/// A named slot on a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The name pages use.
    pub id: PlacementId,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Shown when no offer holds; without it the page keeps its own content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Content>,
}

/// What an offer shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    /// Markup, put into the placement as it is: its author answers for it.
    Html {
        /// The markup.
        html: String,
    },
    /// Data for the page's own code.
    Json {
        /// The data.
        json: Value,
    },
}

/// Content for a placement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its id, also the file's name.
    pub id: OfferId,
    /// Its name for people.
    pub name: String,
    /// Where it may be shown: one placement, or several.
    pub placement: Slots,
    /// Who sees it; everybody if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<SegmentId>,
    /// The higher one wins; between equals the smaller id.
    #[serde(default)]
    pub priority: i32,
    /// When it runs.
    #[serde(default)]
    pub schedule: Schedule,
    /// How often it is shown.
    #[serde(default, skip_serializing_if = "Caps::is_none")]
    pub caps: Caps,
    /// One offer of each such group is on a page at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive: Option<String>,
    /// What it shows; with variants, to whoever is not in the experiment, and where a variant has nothing of its own.
    pub content: Content,
    /// Shown where the content can't be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Content>,
    /// What it shows to whom, to find out what is best.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// How these are allotted; in equal parts if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Box<Experiment>>,
    /// What its experiment is remembered under.
    #[serde(skip)]
    key: Option<ExperimentId>,
}

impl Offer {
    /// To be called once it was read: what its experiment is called and how it is set, also where it says nothing, and from when to
    /// when it runs.
    pub(crate) fn settle(&mut self) {
        self.schedule.settle();
        if !self.variants.is_empty() {
            let experiment = self.experiment.get_or_insert_default();
            let key = experiment.key.as_ref().map_or(self.id.as_str(), ExperimentId::as_str);
            self.key = Some(Experiment::id(key, experiment.bucket_version.unwrap_or(0)));
        }
    }

    /// Its experiment, if it has variants.
    pub fn experiment(&self) -> Option<(&ExperimentId, &Experiment)> {
        Some((self.key.as_ref()?, self.experiment.as_deref()?))
    }
}
