//! Experiments: how an offer's variants are allotted, and what comes of it. See docs/offers.md.
//!
//! Hashes and buckets are GrowthBook's, so that an experiment that began there goes on here with everybody where they were. Its
//! public suite is held against whole decisions (`engine/tests/growthbook.rs`).

mod allot;
mod bandit;
mod bucket;
mod curve;
mod hash;
mod posterior;
mod reward;

pub use allot::{Allotted, Arm, Asker, allot};
pub use bandit::{chances, draw};
pub use bucket::{Range, choose, equal_weights, in_namespace, ranges};
pub use curve::{Curve, best};
pub use hash::hash;
pub use posterior::{Odds, POSTERIORS_VERSION, Posteriors};
pub use reward::{BOOK_VERSION, Book, Counts, Page, REWARD_VERSION, Reward};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{ExperimentId, SegmentId, VariantId};
use crate::offer::Content;
use crate::segment::{Span, Tracker};

/// One of several things that an offer may show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub id: VariantId,
    /// What it shows; the offer's own content if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Its share of a split: all come to 1, or none has one and they are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
}

/// How variants are allotted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allotment {
    /// In fixed shares.
    #[default]
    Split,
    /// The better ones more and more often.
    Bandit,
}

/// A part of a namespace: experiments whose parts do not overlap have nobody in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Namespace {
    /// Its name.
    pub id: String,
    /// From here on,
    pub from: f64,
    /// and up to, but not including, here; both from 0 to 1.
    pub to: f64,
}

/// People who never see the offer, to be compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// How many of all: 0.05 is one in twenty.
    pub share: f64,
    /// Experiments that name the same holdout hold the same people out; the experiment's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What an experiment wants people to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The name of the event.
    pub event: String,
    /// A condition on its properties.
    #[serde(default, rename = "where", skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
    /// So long after the variant was seen; a week if left out.
    #[serde(default = "a_week")]
    pub within: Span,
}

impl Goal {
    /// What a profile keeps of the events that reach it.
    pub fn tracker(&self) -> Tracker {
        Tracker::of_goal(&self.event, &self.filter)
    }
}

fn a_week() -> Span {
    Span { days: 7, ..Span::default() }
}

/// How an offer's variants are allotted. The fields are GrowthBook's where it has them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Experiment {
    /// Names it; the offer's id if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<ExperimentId>,
    /// Split or bandit.
    pub kind: Allotment,
    /// What the hash is seeded with; the key if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// Version of GrowthBook's hash, 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_version: Option<u8>,
    /// What of the person is hashed: `profile`, a namespace of identifiers, or a trait. The profile's id if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_attribute: Option<String>,
    /// Hashed where the person has no such thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_attribute: Option<String>,
    /// How many of all are in it, from 0 to 1; 1 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// See [`Namespace`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Namespace>,
    /// See [`Holdout`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Holdout>,
    /// Whoever had a variant keeps it; so it is if left out, but for a bandit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticky: Option<bool>,
    /// Another version begins anew: it is an experiment of its own, [`Experiment::id`]; 0 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_version: Option<u8>,
    /// Whoever had a variant of a version before this one is out for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_bucket_version: Option<u8>,
    /// A bandit learns for each of these audiences by itself; the first that somebody is in counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<SegmentId>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

impl Experiment {
    /// What people are remembered under who get a variant of this version: GrowthBook's name for it, but that of version 0 is
    /// the key.
    pub fn id(key: &str, version: u8) -> ExperimentId {
        ExperimentId(if version == 0 { key.to_owned() } else { format!("{key}__{version}") })
    }

    /// The key, of the id of this version.
    fn key_of<'a>(&self, id: &'a ExperimentId) -> &'a str {
        let version = self.bucket_version.filter(|version| *version > 0);
        let key = version.and_then(|version| id.as_str().strip_suffix(&format!("__{version}")));
        key.unwrap_or(id.as_str())
    }

    /// Whether everybody has one variant, and what people of each do can be compared.
    pub fn keeps_people(&self) -> bool {
        self.kind == Allotment::Split && self.is_sticky()
    }

    /// Whether whoever had a variant keeps it.
    pub fn is_sticky(&self) -> bool {
        self.sticky.unwrap_or(self.kind == Allotment::Split)
    }
}
