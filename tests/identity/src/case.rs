//! One case, as its file says it.

use selvedge_engine::config::{Config, Document, TraitRules};
use selvedge_engine::identity::IdentityRules;
use selvedge_engine::identity::fact::{Fact, Says};
use serde::Deserialize;

use crate::{Expected, Step, Taken};

/// What arrives, under which rules, and who it must come to be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The scenario that it belongs to.
    pub id: String,
    /// What happens, in a few words.
    pub title: String,
    /// Why it must end as it does.
    pub why: String,
    /// The rules in force; [`r0`] if the file says none.
    #[serde(default = "r0")]
    pub rules: IdentityRules,
    /// The rules of traits; every trait is the newest if the file says none.
    #[serde(default)]
    pub traits: TraitRules,
    /// What arrives, in this order.
    pub steps: Vec<Step>,
    /// Any other order of arrival comes to the same.
    #[serde(default = "yes")]
    pub any_order: bool,
    /// Who it must come to be.
    pub expect: Expected,
}

impl Case {
    /// Whether the edge's clock has a say in it, or an erasure, which takes what is known of a person by then: so that it
    /// can only happen in its own order.
    pub fn is_clocked(&self) -> bool {
        let clocked = |step: &Step| match step {
            Step::Event(sent) => sent.clocked,
            Step::Erase(_) => true,
            Step::Said(_) => false,
        };
        self.steps.iter().any(clocked)
    }

    /// Whether everything arrives in the order in which it happened, nothing is taken back and nobody erased.
    pub fn is_simple(&self) -> bool {
        let taken = Taken::of(self);
        let apart = |fact: &Fact| matches!(fact.says, Says::Apart(_));
        let sorted = taken.facts.is_sorted_by_key(|fact| &fact.order);
        sorted && taken.erased.is_empty() && !taken.facts.iter().any(apart)
    }

    /// The config under which it happens.
    pub fn config(&self) -> Config {
        let (identity, traits) = (self.rules.clone(), self.traits.clone());
        Config::new(1, Document { identity, traits, ..Document::default() })
    }
}

/// The rules of a case that states none: `r0.json`.
pub fn r0() -> IdentityRules {
    serde_json::from_str(include_str!("../r0.json")).unwrap_or_default()
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use selvedge_engine::identity::IdentityRules;

    #[test]
    fn the_default_rules_of_cases_are_those_of_their_file() {
        assert_ne!(super::r0(), IdentityRules::default());
        assert_eq!(super::r0().namespaces.len(), 5);
    }
}
