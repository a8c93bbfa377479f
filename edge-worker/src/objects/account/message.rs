//! What an account object is asked and answers.

use selvedge_engine::account::{AccountId, Member, Report};
use selvedge_engine::ids::ProfileId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an account object can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Take these in, whatever of it is new; show what conditions are matched against.
    Hear(Hear),
    /// Show yourself and a page of your members (admins only).
    Show {
        account: AccountId,
        /// The config version that the reader goes by.
        config: u64,
        after: Option<ProfileId>,
        limit: usize,
    },
}

/// What a profile tells an account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hear {
    /// Which account the profile takes it for.
    pub(crate) account: AccountId,
    /// The config version that the profile goes by.
    pub(crate) config: u64,
    /// What events said of it.
    pub(crate) told: Vec<Report>,
    /// The profile's own row, if it has one to tell.
    pub(crate) member: Option<Member>,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// To [`Ask::Hear`].
    Heard { account: Value },
    /// To [`Ask::Show`].
    Shown { account: Value },
    /// When nobody has ever spoken of it.
    NotFound,
}
