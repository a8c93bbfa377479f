//! The numbers of profiles that rules compare people by.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::profile::{Asked, ProfileState};
use crate::segment::lookup;

/// A number as a profile has it, to the last bit: a threshold that is somebody's own number must not pass them over.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// By path, such as `computed.revenue`.
pub type Numbers = BTreeMap<String, Number>;

/// What a state has of the numbers that are asked for, as far as it is more than nothing: most people have bought for 0, and are not
/// compared with those who have bought.
pub fn numbers(state: &ProfileState, asked: &BTreeSet<String>) -> Numbers {
    if asked.is_empty() {
        return Numbers::new();
    }
    let fields = state.traits_for_conditions(&Asked::by(asked.iter().map(String::as_str)));
    let number = |path: &String| Some((path.clone(), Number(lookup(&fields, path)?.as_f64()?)));
    asked.iter().filter_map(number).filter(|(_, number)| number.0 > 0.0).collect()
}
