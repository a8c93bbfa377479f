//! What an account knows of one of its members.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AccountId, AccountRules};
use crate::identity::fact::Order;
use crate::ids::ProfileId;
use crate::profile::{Micros, ProfileState};

/// The version of a [`Member`].
pub const MEMBER_VERSION: u8 = 1;

/// What a profile tells an account of itself. The row with the greatest revision counts; others change nothing, so that
/// they may come twice, late and in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// [`MEMBER_VERSION`].
    pub v: u8,
    /// Who.
    pub profile: ProfileId,
    /// Grows with every row of this profile.
    pub revision: u64,
    /// The latest word that it is a member; none if it is not, or not any more.
    pub by: Option<Order>,
    /// What it adds to the account's aggregates, by the key of what they go over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<String, Micros>,
}

impl Member {
    /// The row of a profile, as its state is now.
    pub fn of(
        profile: ProfileId,
        revision: u64,
        account: &AccountId,
        state: &ProfileState,
        rules: &AccountRules,
    ) -> Self {
        let by = state.accounts.current().find(|(id, _)| *id == account).map(|(_, order)| order.clone());
        let shares = if by.is_some() { rules.shares(state) } else { BTreeMap::new() };
        Self { v: MEMBER_VERSION, profile, revision, by, shares }
    }

    /// The row of a profile that is not a member.
    pub fn gone(profile: ProfileId, revision: u64) -> Self {
        Self { v: MEMBER_VERSION, profile, revision, by: None, shares: BTreeMap::new() }
    }

    /// What is new about a row: rows that say the same differ only in their revision. That the membership was repeated is
    /// not worth a row.
    pub fn says(&self) -> String {
        serde_json::to_string(&(self.by.is_some(), &self.shares)).unwrap_or_default()
    }
}
