//! How often products of each category were viewed, put into the cart and bought.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::product::Product;
use crate::limits;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Times {
    viewed: u64,
    added: u64,
    bought: u64,
}

/// By name. The least names in sorted order are kept, because which those are does not depend on the order in which they
/// came, and none that was dropped ever comes back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Categories(BTreeMap<String, Times>);

impl Categories {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn viewed(&mut self, product: &Product) {
        self.count(product.category.as_ref(), Times { viewed: 1, ..Times::default() });
    }

    pub(super) fn added(&mut self, product: &Product) {
        self.count(product.category.as_ref(), Times { added: 1, ..Times::default() });
    }

    pub(super) fn bought(&mut self, product: &Product) {
        self.count(product.category.as_ref(), Times { bought: 1, ..Times::default() });
    }

    /// Takes in those of another log.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (category, times) in &other.0 {
            self.count(Some(category), *times);
        }
    }

    fn count(&mut self, category: Option<&String>, more: Times) {
        let Some(category) = category else { return };
        let times = self.0.entry(category.clone()).or_default();
        times.viewed = times.viewed.saturating_add(more.viewed);
        times.added = times.added.saturating_add(more.added);
        times.bought = times.bought.saturating_add(more.bought);
        if self.0.len() > limits::CATEGORIES {
            self.0.pop_last();
        }
    }

    /// A list, so that a condition can name a category with any signs in it.
    pub(super) fn shown(&self) -> Value {
        let shown = |(category, times): (&String, &Times)| {
            json!({
                "category": category,
                "viewed": times.viewed,
                "added": times.added,
                "bought": times.bought,
            })
        };
        self.0.iter().map(shown).collect()
    }
}
