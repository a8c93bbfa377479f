//! What an audience object is asked, and what it answers.

use selvedge_engine::audience::{Generation, Mode, Name, PartReport, Progress};
use selvedge_engine::identity::Namespace;
use selvedge_engine::ids::AudienceId;
use serde::{Deserialize, Serialize};

use super::tables::Kept;

/// To which namespace's object what is said: an object can't tell its own name.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(super) namespace: Namespace,
    pub(super) ask: Ask,
}

/// What it can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// A new import.
    Begin { audience: AudienceId, mode: Mode },
    /// A part is stored.
    Part { import: String, n: u32, report: PartReport },
    /// So many parts are all.
    Commit { import: String, parts: u32 },
    /// Not wanted any more.
    Cancel { import: String },
    /// How far is it?
    Show { import: String },
    /// The newest imports, and the generations that are kept.
    List,
    /// An older generation is to count again.
    Restore { number: u64 },
    /// Whose object has this name is erased.
    Forget { name: Name },
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// An import, if there is such a one, and the numbers of the parts that are there.
    Import { import: Option<Progress>, parts: Vec<u32> },
    /// It can't be done now, or not at all.
    NotReady { message: String },
    /// To [`Ask::List`].
    Listed { imports: Vec<Progress>, generations: Vec<Kept>, current: Option<Kept> },
    /// To [`Ask::Restore`].
    Restored { generation: Generation },
    /// To [`Ask::Forget`]: it stood in so many places.
    Forgot { entries: u64 },
}

impl Answer {
    /// There is no such import.
    pub(super) fn nobody() -> Self {
        Self::Import { import: None, parts: Vec::new() }
    }
}
