//! Which variant somebody sees.

use serde::{Deserialize, Serialize};

use super::bandit::{chances, draw};
use super::bucket::{Range, choose, in_namespace, ranges};
use super::{Allotment, Experiment, Odds, Variant, hash};
use crate::exposure::Assigned;
use crate::ids::{DecisionId, ExperimentId, VariantId};

/// What an experiment has to know of whoever it is about: nothing, unless they say it.
pub trait Asker {
    /// What is hashed: `profile`, a namespace of identifiers, or a trait.
    fn attribute(&self, _name: &str) -> Option<String> {
        None
    }

    /// The variant that was given before.
    fn assigned(&self, _experiment: &ExperimentId) -> Option<Assigned> {
        None
    }

    /// What is known of a bandit's variants, for the audience that counts: its name, and each variant's odds.
    fn odds(&self, _experiment: &ExperimentId, _setting: &Experiment) -> (String, Vec<(VariantId, Odds)>) {
        (String::new(), Vec::new())
    }
}

/// What somebody gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Allotted {
    /// The variant; none where the offer is to be kept from them.
    pub arm: Arm,
    /// They had it before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// With which probability this was to come out, for anybody of this audience.
    pub propensity: f64,
    /// Of a bandit: the audience that it learns for; empty for everybody else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
}

/// One outcome of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// This variant.
    Variant(VariantId),
    /// Held out, to be compared with.
    HeldOut,
}

impl Arm {
    /// How it is written in a token and in the log. No variant may be called so.
    pub const HELD_OUT: &str = "$holdout";

    /// As it is written.
    pub fn name(&self) -> VariantId {
        match self {
            Self::Variant(id) => id.clone(),
            Self::HeldOut => VariantId::from(Self::HELD_OUT),
        }
    }
}

/// Allots a variant; `None` for whoever is not in the experiment, who sees the offer's own content. What was given before
/// holds over everything but the variant's being gone, and what was given under a version that counts no more keeps them out.
/// The rest is GrowthBook's order: namespace, then place.
pub fn allot(
    id: &ExperimentId,
    experiment: &Experiment,
    variants: &[Variant],
    asker: &dyn Asker,
    decision: &DecisionId,
) -> Option<Allotted> {
    let key = experiment.key_of(id);
    let versions = 0..experiment.min_bucket_version.unwrap_or(0);
    if experiment.is_sticky()
        && versions.into_iter().any(|version| asker.assigned(&Experiment::id(key, version)).is_some())
    {
        return None;
    }
    if experiment.is_sticky()
        && let Some(before) = asker.assigned(id)
        && let Some(arm) = still_there(&before, experiment, variants)
    {
        let Assigned { propensity, audience, .. } = before;
        return Some(Allotted { arm, kept: true, propensity, audience });
    }
    let names = [experiment.hash_attribute.as_deref().unwrap_or("profile")];
    let mut names = names.into_iter().chain(experiment.fallback_attribute.as_deref());
    let value = names.find_map(|name| asker.attribute(name).filter(|value| !value.is_empty()))?;
    if let Some(namespace) = &experiment.namespace
        && !in_namespace(&value, &namespace.id, Range(namespace.from, namespace.to))
    {
        return None;
    }
    let held_out = experiment.holdout.as_ref().map_or(0.0, |holdout| holdout.share);
    if let Some(holdout) = &experiment.holdout {
        let name = holdout.id.as_deref().unwrap_or(key);
        if hash(&format!("holdout/{name}"), &value, 2)? < holdout.share {
            let arm = Arm::HeldOut;
            return Some(Allotted { arm, kept: false, propensity: held_out, audience: String::new() });
        }
    }
    let seed = experiment.seed.as_deref().unwrap_or(key);
    let place = hash(seed, &value, experiment.hash_version.unwrap_or(2).into())?;
    let coverage = experiment.coverage.unwrap_or(1.0);
    let (variant, share, audience) = match experiment.kind {
        Allotment::Split => {
            let weights: Option<Vec<f64>> = variants.iter().map(|variant| variant.weight).collect();
            let ranges = ranges(variants.len(), coverage, weights.as_deref());
            let chosen = choose(place, &ranges)?;
            let Range(from, to) = ranges.get(chosen)?;
            (variants.get(chosen)?, to - from, String::new())
        }
        Allotment::Bandit => {
            // Who is in is told by the place, which variant by the decision.
            if place >= coverage {
                return None;
            }
            let (audience, odds) = asker.odds(id, experiment);
            let of = |variant: &Variant| {
                let known = odds.iter().find(|(id, _)| *id == variant.id);
                known.map_or_else(Odds::default, |(_, odds)| *odds)
            };
            let chances = chances(&variants.iter().map(of).collect::<Vec<_>>());
            let chosen = draw(&chances, seed, decision)?;
            (variants.get(chosen)?, chances.get(chosen)? * coverage, audience)
        }
    };
    let propensity = share * (1.0 - held_out);
    Some(Allotted { arm: Arm::Variant(variant.id.clone()), kept: false, propensity, audience })
}

fn still_there(before: &Assigned, experiment: &Experiment, variants: &[Variant]) -> Option<Arm> {
    if before.variant.as_str() == Arm::HELD_OUT {
        return experiment.holdout.is_some().then_some(Arm::HeldOut);
    }
    variants.iter().any(|variant| variant.id == before.variant).then(|| Arm::Variant(before.variant.clone()))
}
