//! What experiments learn from: that a decision was seen, and that what was wanted came of it. Profiles say it, and the
//! [`Book`] of the experiment counts it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Odds, POSTERIORS_VERSION, Posteriors};
use crate::config::Config;
use crate::exposure::{Action, Exposures, conversions};
use crate::ids::{DecisionId, ExperimentId, VariantId};
use crate::limits;
use crate::profile::Logged;
use crate::time::UnixMillis;

/// The version of a [`Reward`] on its way.
pub const REWARD_VERSION: u8 = 1;

/// A decision was seen, or what was wanted came of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// [`REWARD_VERSION`].
    pub v: u8,
    /// Of this experiment.
    pub experiment: ExperimentId,
    /// Which decision.
    pub decision: DecisionId,
    /// What it showed.
    pub variant: VariantId,
    /// Of a bandit: the audience that it learns for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
    /// What was wanted came of it. If not: it was seen.
    #[serde(default)]
    pub converted: bool,
}

impl Reward {
    /// What this event, once it is folded into `exposures`, says. Each decision is seen once and converts once: whoever
    /// counts goes by its id.
    pub fn of(exposures: &Exposures, config: &Config, logged: &Logged) -> Vec<Self> {
        let mut rewards = Vec::new();
        let v = REWARD_VERSION;
        if let Some(decision) = &logged.decision
            && let (Some(Action::Viewed), Some(experiment), Some(variant)) =
                (Action::of(&logged.event), &decision.experiment, &decision.variant)
        {
            rewards.push(Self {
                v,
                experiment: experiment.clone(),
                decision: decision.id.clone(),
                variant: variant.clone(),
                audience: decision.audience.clone(),
                converted: false,
            });
        }
        rewards.extend(conversions(exposures, config, &logged.event).into_iter().map(|conversion| Self {
            v,
            experiment: conversion.experiment,
            decision: conversion.seen.decision,
            variant: conversion.seen.variant,
            audience: conversion.seen.audience,
            converted: true,
        }));
        rewards
    }

    /// By what it is known when it comes again.
    fn mark(&self) -> u64 {
        let digest = Sha256::digest(format!("{}\n{}", self.decision, self.converted));
        u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
    }
}

/// The version of a stored [`Counts`] and [`Page`].
pub const BOOK_VERSION: u8 = 1;

/// What an experiment has come to, by audience and variant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Counts up with every change.
    pub version: u64,
    /// See above.
    pub audiences: BTreeMap<String, BTreeMap<VariantId, Odds>>,
}

/// Marks of rewards that were counted by one write, so that they are not counted again: base64 of eight bytes each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page(String);

impl Page {
    fn of(marks: &[u64]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(marks.iter().flat_map(|mark| mark.to_be_bytes()).collect::<Vec<u8>>()))
    }

    fn marks(&self) -> Vec<u64> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).unwrap_or_default();
        bytes.as_chunks::<8>().0.iter().map(|mark| u64::from_be_bytes(*mark)).collect()
    }
}

/// Counts the rewards of one experiment, each once.
#[derive(Debug, Default)]
pub struct Book {
    counts: Counts,
    known: BTreeSet<u64>,
}

impl Book {
    /// As it was stored: what it came to, and its newest pages.
    pub fn open(counts: Counts, pages: &[Page]) -> Self {
        Self { counts, known: pages.iter().flat_map(Page::marks).collect() }
    }

    /// What it has come to.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes rewards in. Gives the page to be stored with the counts, if any of them was new.
    pub fn learn(&mut self, rewards: &[Reward]) -> Option<Page> {
        let mut marks = Vec::new();
        for reward in rewards {
            let mark = reward.mark();
            if !self.known.insert(mark) {
                continue;
            }
            marks.push(mark);
            let variants = self.counts.audiences.entry(reward.audience.clone()).or_default();
            // Names come from tokens of ours alone; still nothing grows without end.
            if variants.len() >= limits::VARIANTS_COUNTED && !variants.contains_key(&reward.variant) {
                continue;
            }
            let odds = variants.entry(reward.variant.clone()).or_default();
            if reward.converted {
                odds.converted = odds.converted.saturating_add(1);
            } else {
                odds.seen = odds.seen.saturating_add(1);
            }
        }
        if marks.is_empty() {
            return None;
        }
        self.counts.version += 1;
        Some(Page::of(&marks))
    }

    /// It knows more than it needs to.
    pub fn is_full(&self) -> bool {
        self.known.len() > limits::REWARDS_REMEMBERED
    }

    /// Forgets as many of these pages, the oldest ones, as it need not know; gives how many. What comes again comes soon.
    pub fn forget(&mut self, pages: &[Page]) -> usize {
        let mut forgotten = 0;
        for page in pages {
            if !self.is_full() {
                break;
            }
            for mark in page.marks() {
                self.known.remove(&mark);
            }
            forgotten += 1;
        }
        forgotten
    }

    /// What a bandit goes by.
    pub fn posteriors(&self, experiment: &ExperimentId, at: UnixMillis) -> Posteriors {
        let experiments = BTreeMap::from([(experiment.clone(), self.counts.audiences.clone())]);
        Posteriors { v: POSTERIORS_VERSION, version: self.counts.version, at, experiments }
    }
}
