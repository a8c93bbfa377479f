//! What a decision is asked with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ids::{DecisionId, PlacementId};
use crate::time::UnixMillis;

/// What a decision is asked with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The slots of a page, the most important first: an offer that fits several goes to the first.
    pub placements: Vec<PlacementId>,
    /// When.
    pub now: UnixMillis,
    /// Sixteen random bytes: all that is left to chance is drawn from them.
    pub seed: [u8; 16],
    /// The event that it comes with, for templates.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub event: Value,
    /// The request, for templates.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub context: Value,
}

impl Request {
    /// The id of the decision for the slot at this place: twelve bytes that nobody can foresee.
    pub fn decision(&self, place: usize) -> DecisionId {
        let digest =
            Sha256::new().chain_update(self.seed).chain_update((place as u64).to_be_bytes()).finalize();
        DecisionId(URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default()))
    }
}
