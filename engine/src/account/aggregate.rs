//! What an account's score is: numbers over its members, declared in the config.

use crate::ordered::gather;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::TraitRules;
use crate::profile::{Asked, Micros, ProfileState};
use crate::segment::lookup;

/// What an aggregate does with its members' values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Their sum.
    Sum,
    /// Their mean.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// How many members have one that is not null.
    Count,
}

/// A number over an account's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// What is made of their values.
    pub op: Op,
    /// Of what of each member: a trait, or `computed.orders` and the like, as conditions name it.
    pub over: String,
}

impl Aggregate {
    /// Names what its members are asked for. Aggregates over the same need it once; one that is changed to go over
    /// something else starts with nothing.
    pub fn key(&self) -> String {
        let kind = if self.op == Op::Count { "any" } else { "number" };
        format!("{kind}:{}", self.over)
    }

    fn share(&self, member: &Value) -> Option<Micros> {
        let value = lookup(member, &self.over).filter(|value| !value.is_null())?;
        if self.op == Op::Count { Some(Micros::default()) } else { Micros::read(value) }
    }
}

/// `accounts.json`: what becomes of accounts' traits, and what is counted over their members.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountRules {
    /// As for people's traits.
    #[serde(skip_serializing_if = "TraitRules::is_empty")]
    pub traits: TraitRules,
    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aggregates: BTreeMap<String, Aggregate>,
}

impl AccountRules {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What this person adds to the aggregates of its accounts.
    pub fn shares(&self, state: &ProfileState) -> BTreeMap<String, Micros> {
        if self.aggregates.is_empty() {
            return BTreeMap::new();
        }
        let asked = Asked::by(self.aggregates.values().map(|one| one.over.as_str()));
        let member = state.traits_for_conditions(&asked);
        let share = |one: &Aggregate| Some((one.key(), one.share(&member)?));
        gather(self.aggregates.values().filter_map(share))
    }
}

/// What the shares under one key come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Total {
    /// How many there are.
    pub count: u64,
    /// Their sum: exact, so that taking one away undoes adding it.
    pub sum: Micros,
}

impl Total {
    /// Adds a share.
    pub fn add(&mut self, share: Micros) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.plus(share);
    }

    /// Takes one away that was added.
    pub fn take_away(&mut self, share: Micros) {
        self.count = self.count.saturating_sub(1);
        self.sum = self.sum.plus(share.negative());
    }
}
