//! What people of each variant have done, added up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::exposure::Participation;
use crate::ids::{ExperimentId, VariantId};
use crate::limits;
use crate::profile::Micros;

/// By variant, `$holdout` among them.
pub type Arms = BTreeMap<VariantId, Sums>;

/// What is added up over the people of one variant. What was added can be taken out again, to the last digit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// People who were given it.
    pub people: u64,
    /// Of these, those who reached the goal.
    pub converted: u64,
    /// What their orders came to, each person's no more than [`limits::REVENUE_COMPARED`].
    pub revenue: Micros,
    /// The squares of these amounts.
    pub squares: Micros,
    /// How many were given it with which probability, in millionths.
    pub shares: BTreeMap<u32, u64>,
}

impl Sums {
    /// Of one person.
    fn of(one: &Participation) -> Self {
        let most = Micros::whole(limits::REVENUE_COMPARED);
        let revenue = one.revenue.clamp(most.negative(), most);
        Self {
            people: 1,
            converted: u64::from(one.converted),
            revenue,
            squares: revenue.times(revenue),
            shares: BTreeMap::from([(one.share, 1)]),
        }
    }

    fn shift(&mut self, other: &Self, count: fn(u64, u64) -> u64, amount: fn(Micros) -> Micros) {
        self.people = count(self.people, other.people);
        self.converted = count(self.converted, other.converted);
        self.revenue = self.revenue.plus(amount(other.revenue));
        self.squares = self.squares.plus(amount(other.squares));
        for (share, people) in &other.shares {
            let known = self.shares.entry(*share).or_default();
            *known = count(*known, *people);
        }
        self.shares.retain(|_, people| *people > 0);
    }

    /// Adds the people of another shard.
    pub fn join(&mut self, other: &Self) {
        self.shift(other, u64::saturating_add, |amount| amount);
    }

    fn part(&mut self, other: &Self) {
        self.shift(other, u64::saturating_sub, Micros::negative);
    }
}

/// Somebody's row of the directory says something else of their experiments than the one before. `arms` holds the sums of each
/// experiment that either of them names.
pub fn shift(
    arms: &mut BTreeMap<ExperimentId, Arms>,
    before: &BTreeMap<ExperimentId, Participation>,
    now: &BTreeMap<ExperimentId, Participation>,
) {
    for (key, one) in before {
        let arms = arms.entry(key.clone()).or_default();
        arms.entry(one.arm.clone()).or_default().part(&Sums::of(one));
        arms.retain(|_, sums| sums.people > 0);
    }
    for (key, one) in now {
        arms.entry(key.clone()).or_default().entry(one.arm.clone()).or_default().join(&Sums::of(one));
    }
}
