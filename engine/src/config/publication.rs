//! What stands beside a published version: who made it, of what, and what it changed.

use serde::{Deserialize, Serialize};

use super::{Difference, FileChange};

/// The version of a stored [`Publication`].
pub const PUBLICATION_VERSION: u8 = 1;

/// What made a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "by")]
pub enum Made {
    /// Somebody published files.
    Publish {
        /// The name of their key.
        who: String,
    },
    /// Somebody went back to an older version.
    Restore {
        /// The name of their key.
        who: String,
        /// Which one.
        version: u64,
    },
    /// Selvedge itself: something changed that no file says, such as what is under quarantine.
    Itself,
}

/// A file that a version changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Which.
    pub file: String,
    /// What became of it.
    pub change: FileChange,
}

/// How a version came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// By whom.
    pub made: Made,
    /// What it changed in the version before it.
    pub files: Vec<Touched>,
}

impl Publication {
    /// One that made these differences.
    pub fn new(made: Made, differences: &[Difference]) -> Self {
        let touched = |one: &Difference| Touched { file: one.file.clone(), change: one.change };
        Self { made, files: differences.iter().map(touched).collect() }
    }
}
