//! The products last viewed, each once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::newest::{Newest, Place};
use super::product::Product;
use crate::limits;

/// The products whose newest view is newest.
///
/// Invariant: a product that falls out was last viewed before all that stay, and comes back only with a newer view, so that
/// nothing is lost that would count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Viewed(Newest<Product>);

impl Viewed {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A product was viewed.
    pub(super) fn see(&mut self, place: Place, product: Product) {
        if self.0.iter().any(|(known, other)| other.id == product.id && *known >= place) {
            return;
        }
        self.0.retain(|_, other| other.id != product.id);
        self.0.insert(place, product, limits::LAST_VIEWED);
    }

    /// Takes in those of another log.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (place, product) in other.0.iter() {
            self.see(place.clone(), product.clone());
        }
    }

    /// Newest first, each with the time of its newest view.
    pub(super) fn shown(&self) -> Value {
        let shown = |(place, product): &(Place, Product)| {
            let mut shown = product.shown();
            shown.insert("viewedAt".into(), place.at().to_iso().into());
            Value::Object(shown)
        };
        self.0.iter().map(shown).collect()
    }
}
