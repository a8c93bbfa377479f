//! The tracking token of a decision: comes back with impressions and clicks and says what they belong to.

use serde::{Deserialize, Serialize};

use super::SealKey;
use crate::ids::{DecisionId, ExperimentId, OfferId, PlacementId, VariantId};
use crate::time::UnixMillis;

/// The version of a token. Version 1 had no id; what it says can't be told apart, and so counts for nothing.
pub const DECISION_VERSION: u8 = 2;

/// What was decided. Its fields are short because it travels with every impression; it says nothing of the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// [`DECISION_VERSION`].
    pub v: u8,
    /// Names it.
    #[serde(rename = "d")]
    pub id: DecisionId,
    /// What was shown. None on the word that somebody was given a variant.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    /// Where.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<PlacementId>,
    /// In which experiment.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<ExperimentId>,
    /// Which variant.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantId>,
    /// With which probability.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
    /// Of a bandit: the audience that it learns for.
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
    /// Under which config version.
    #[serde(rename = "c")]
    pub config: u64,
    /// When.
    #[serde(rename = "t")]
    pub at: UnixMillis,
}

impl Decision {
    /// The token.
    pub fn seal(&self, key: &SealKey) -> String {
        key.seal(self)
    }

    /// Reads a token of ours.
    pub fn open(key: &SealKey, token: &str) -> Option<Self> {
        key.open::<Self>(token).filter(|decision| decision.v == DECISION_VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::{DECISION_VERSION, Decision, SealKey};
    use crate::time::UnixMillis;

    #[test]
    fn only_a_token_of_ours_counts_and_it_is_small() {
        let key = SealKey::derive(b"secret", "decision-token");
        let decision = Decision {
            v: DECISION_VERSION,
            id: "q83vEjRWeJCrze8S".into(),
            offer: Some("running-week".into()),
            placement: Some("hero".into()),
            experiment: Some("running-week".into()),
            variant: Some("socks".into()),
            propensity: Some(0.3167),
            audience: "loyal".into(),
            config: 42,
            at: UnixMillis(1_795_000_000_000),
        };
        let token = decision.seal(&key);
        assert_eq!(Decision::open(&key, &token), Some(decision));
        assert!(token.len() < 300, "{} bytes", token.len());
        assert_eq!(Decision::open(&SealKey::derive(b"secret", "device-cookie"), &token), None);
        let forged = token.replacen(|letter: char| letter.is_ascii_lowercase(), "A", 1);
        assert_eq!(Decision::open(&key, &forged), None);
        let older = key.seal(&serde_json::json!({"v": 1, "o": "a", "p": "hero", "c": 1, "t": 0}));
        assert_eq!(Decision::open(&key, &older), None);
    }
}
