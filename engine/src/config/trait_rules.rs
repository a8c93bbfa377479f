//! Trait rules: what becomes of a trait that several events set.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How the values that events gave a trait become one. Each is a function of the set of those events, never of the
/// order in which they arrive. What "earlier" and "later" mean is the order of (timestamp, messageId).
///
/// Null takes a trait away under `newest` and `oldest`, where it is a word like any other; the other rules ignore it,
/// as they ignore every value that they can't work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// The latest word. What holds for a trait without a rule.
    #[default]
    Newest,
    /// The earliest word. If that was null, the trait stays away.
    Oldest,
    /// The least number, also one written as text; where no number was given, the earliest ISO 8601 instant. Numbers
    /// compare as doubles. Among equals the earliest word is kept, as it was written.
    Min,
    /// The greatest number, else the latest instant, likewise.
    Max,
    /// The sum of the numbers, also those written as text, each in whole millionths.
    Sum,
    /// The sorted set of texts, numbers and booleans, given alone or in a list. See [`crate::limits::UNION_MEMBERS`].
    Union,
    /// False once any event said false; only booleans count.
    And,
    /// True once any event said true; only booleans count.
    Or,
}

/// The rule of one trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraitRule {
    /// How its values become one.
    pub merge: Merge,
}

/// Rules by the trait's name. A trait that isn't listed is `newest`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraitRules(BTreeMap<String, TraitRule>);

impl TraitRules {
    /// No rules: every trait is `newest`.
    pub const NONE: Self = Self(BTreeMap::new());

    /// Whether none is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How this trait's values become one.
    pub fn merge_of(&self, name: &str) -> Merge {
        self.0.get(name).map_or(Merge::Newest, |rule| rule.merge)
    }

    /// The names that are listed.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The rules that say something else than no rule would.
    pub(super) fn beyond_newest(&self) -> impl Iterator<Item = (&str, Merge)> {
        let all = self.0.iter().map(|(name, rule)| (name.as_str(), rule.merge));
        all.filter(|(_, merge)| *merge != Merge::Newest)
    }

    /// Names what these rules make of a log: equal for rules that fold alike, empty where every trait is `newest`.
    pub fn fingerprint(&self) -> String {
        let rules: Vec<_> = self.beyond_newest().collect();
        if rules.is_empty() {
            return String::new();
        }
        let digest = Sha256::digest(serde_json::to_vec(&rules).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default())
    }
}
