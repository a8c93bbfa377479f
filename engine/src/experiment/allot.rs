//! Which variant somebody is allotted, in GrowthBook's order: what stuck before, who is left out, the condition, the bucket.

use std::collections::BTreeMap;

use super::{Namespace, Range, choose, hash, in_namespace, ranges};
use crate::segment::{Condition, Fields};

/// What somebody was allotted before: `experiment__version` to the variant's key. Of a device and of the person who logged in on
/// it, the person's counts where both say something.
pub type Assignments = BTreeMap<String, String>;

/// Leaves out whoever's place is in none of these ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Of the hash.
    pub seed: String,
    /// Of the hash.
    pub hash_version: u32,
    /// Who stays.
    pub ranges: Vec<Range>,
}

/// How variants are allotted.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its name.
    pub key: String,
    /// Of the hash; its name if left out.
    pub seed: Option<String>,
    /// Of the hash.
    pub hash_version: u32,
    /// The variants' keys.
    pub variants: Vec<String>,
    /// The part of each.
    pub ranges: Vec<Range>,
    /// Who is left out.
    pub filters: Vec<Filter>,
    /// Its part of a namespace; not looked at where there are filters.
    pub namespace: Option<Namespace>,
    /// Who can be in it.
    pub condition: Condition,
    /// Allotments of another version don't count; none if nothing sticks.
    pub version: Option<u32>,
    /// Whoever was allotted something in a version before this one is out of it.
    pub least_version: u32,
}

/// What somebody was allotted.
#[derive(Debug, Clone, PartialEq)]
pub struct Allotment {
    /// Which variant.
    pub variant: usize,
    /// Where the hash is.
    pub place: f64,
    /// It was allotted before.
    pub stuck: bool,
}

impl Experiment {
    /// Parts by weight: see [`ranges`].
    pub fn parts(many: usize, coverage: f64, weights: Option<&[f64]>) -> Vec<Range> {
        ranges(many, coverage, weights)
    }

    /// Under which name an allotment is kept.
    pub fn sticky_key(&self, version: u32) -> String {
        format!("{}__{version}", self.key)
    }

    /// The variant of `who`; none if they are not in the experiment.
    pub fn allot(&self, who: &str, fields: &dyn Fields, before: &Assignments) -> Option<Allotment> {
        if self.variants.len() < 2 || who.is_empty() {
            return None;
        }
        let stuck = match self.version {
            Some(version) => {
                if (0..self.least_version).any(|blocked| before.contains_key(&self.sticky_key(blocked))) {
                    return None;
                }
                let key = before.get(&self.sticky_key(version));
                key.and_then(|key| self.variants.iter().position(|variant| variant == key))
            }
            None => None,
        };
        if stuck.is_none() && !self.admits(who, fields) {
            return None;
        }
        let place = hash(self.seed.as_deref().unwrap_or(&self.key), who, self.hash_version)?;
        let variant = stuck.or_else(|| choose(place, &self.ranges))?;
        Some(Allotment { variant, place, stuck: stuck.is_some() })
    }

    fn admits(&self, who: &str, fields: &dyn Fields) -> bool {
        let stays = |filter: &Filter| {
            let place = hash(&filter.seed, who, filter.hash_version);
            place.is_some_and(|place| choose(place, &filter.ranges).is_some())
        };
        let let_in = match (self.filters.as_slice(), &self.namespace) {
            ([], Some(namespace)) => in_namespace(who, namespace),
            (filters, _) => filters.iter().all(stays),
        };
        let_in && self.condition.verdict(fields).holds()
    }
}
