//! What a shard of the directory is asked and answers.

use std::collections::BTreeMap;

use selvedge_engine::catalogue::Sighting;
use selvedge_engine::directory::{
    Day, Heard, ListedRefusal, Marks, Moved, RefusalCursor, RefusalFilter, Row, Totals, Walk,
};
use selvedge_engine::ids::{ExperimentId, ProfileId, SegmentId};
use selvedge_engine::operation::Intake;
use selvedge_engine::results::Arms;
use selvedge_engine::time::UnixMillis;
use serde::{Deserialize, Serialize};

use super::intake::InHour;
use crate::api_error::ApiError;

/// What a shard can be asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// This was heard about profiles of yours. While a rebuild runs, the new rows hear it too.
    Take { heard: Vec<Heard> },
    /// Refusals, newest first, from this place on.
    Refusals { filter: RefusalFilter, before: Option<RefusalCursor>, limit: usize },
    /// Rows in the order of ids, only those with this `home` if one is named.
    Rows { home: Option<String>, after: Option<ProfileId>, limit: usize },
    /// The numbers.
    Totals,
    /// What the people of each of these experiments come to.
    Experiments { keys: Vec<ExperimentId> },
    /// How many members did these segments have at the end of each day since this one on which that changed, and of the last before it?
    Members { segments: Vec<SegmentId>, since: Day },
    /// Walk through your profiles: each is to be what the config of this version says.
    Walk {
        number: u64,
        config: u64,
        only: Option<Vec<Moved>>,
        /// Each is also to be resolved anew, by its identity rules.
        #[serde(default)]
        anew: bool,
    },
    /// How far are you with that?
    Walked,
    /// What do profiles have of this number? Of the first so many profiles by their ids.
    Numbers { of: String },
    /// A rebuild begins: start new rows beside those that are shown.
    Begin { generation: u64 },
    /// As [`Ask::Take`], for the new rows alone.
    Restore { generation: u64, heard: Vec<Heard> },
    /// New rows of profiles that were only heard of.
    HeardOf { generation: u64, after: Option<ProfileId>, limit: usize },
    /// Rows of these of your profiles.
    Those { profiles: Vec<ProfileId> },
    /// This came in, and these names were in it: add it up.
    CameIn {
        intake: Intake,
        #[serde(default)]
        seen: Vec<Sighting>,
    },
    /// Which names are in use?
    Catalogue,
    /// What came in since this hour?
    Intake { since: UnixMillis },
    /// Show the new rows from now on.
    Finish { generation: u64 },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Done; repeating it changes nothing.
    Done,
    /// To [`Ask::Refusals`].
    Refusals { refusals: Vec<ListedRefusal> },
    /// To [`Ask::Rows`], [`Ask::Those`] and [`Ask::HeardOf`], without their refusals.
    Rows { rows: Vec<Row> },
    /// To [`Ask::Members`].
    Members { marks: BTreeMap<SegmentId, Marks> },
    /// To [`Ask::Walked`].
    Walked { walk: Option<Walk> },
    /// To [`Ask::Numbers`].
    Numbers { numbers: Vec<f64> },
    /// To [`Ask::Intake`].
    Intake { hours: Vec<InHour> },
    /// To [`Ask::Catalogue`].
    Catalogue { seen: Vec<Sighting> },
    /// To [`Ask::Totals`].
    Totals { totals: Totals },
    /// To [`Ask::Experiments`].
    Experiments { arms: BTreeMap<ExperimentId, Arms> },
    /// Another rebuild has begun since, or the shard has lost this one.
    Superseded,
}

impl Answer {
    /// The answer of a step of a rebuild.
    pub(crate) fn done_if(done: bool) -> Self {
        if done { Self::Done } else { Self::Superseded }
    }

    /// The error that this answer is where another was asked for.
    pub(crate) fn unexpected(&self) -> ApiError {
        match self {
            Self::Superseded => ApiError::rebuild_superseded(),
            _ => ApiError::internal("the directory answered another question"),
        }
    }
}
