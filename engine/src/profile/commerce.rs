//! Computed traits of a shop's customer: how many orders, for how much.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::micros::Micros;
use crate::event::{Event, Kind};

/// Orders and revenue, counted by event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Commerce {
    /// Events `Order Completed` (v1 name: `Completed Order`).
    pub orders: u64,
    /// The sum of their `revenue`, else `total`, else `value`.
    pub revenue_micros: Micros,
}

impl Commerce {
    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        if event.kind != Kind::Track || !matches!(event.name(), "Order Completed" | "Completed Order") {
            return;
        }
        let amount = event.properties().and_then(amount).unwrap_or_default();
        self.absorb(Self { orders: 1, revenue_micros: amount });
    }

    /// Takes in what was counted over other events.
    pub fn absorb(&mut self, other: Self) {
        self.orders = self.orders.saturating_add(other.orders);
        self.revenue_micros = self.revenue_micros.plus(other.revenue_micros);
    }

    /// The revenue in currency units.
    pub fn revenue(self) -> f64 {
        self.revenue_micros.units()
    }
}

fn amount(properties: &Map<String, Value>) -> Option<Micros> {
    ["revenue", "total", "value"].iter().find_map(|name| Micros::read(properties.get(*name)?))
}
