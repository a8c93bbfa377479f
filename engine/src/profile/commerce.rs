//! Computed traits of a shop's customer: how many orders, for how much.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Event, Kind};

/// Millionths of a currency unit in one unit. Sums are exact, so their order does not matter.
const MICROS: f64 = 1_000_000.0;

/// Orders and revenue, counted by event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Commerce {
    /// Events `Order Completed` (v1 name: `Completed Order`).
    pub orders: u64,
    /// The sum of their `revenue`, else `total`, else `value`, in millionths.
    pub revenue_micros: i64,
}

impl Commerce {
    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        if event.kind != Kind::Track || !matches!(event.name(), "Order Completed" | "Completed Order") {
            return;
        }
        self.orders = self.orders.saturating_add(1);
        let amount = event.properties().and_then(amount).unwrap_or(0.0);
        self.revenue_micros = self.revenue_micros.saturating_add(to_micros(amount));
    }

    /// The revenue in currency units.
    #[expect(clippy::cast_precision_loss, reason = "shown to people; exact below nine billion units")]
    pub fn revenue(self) -> f64 {
        self.revenue_micros as f64 / MICROS
    }
}

fn amount(properties: &Map<String, Value>) -> Option<f64> {
    ["revenue", "total", "value"].iter().find_map(|name| number(properties.get(*name)?))
}

/// A number, also one written as text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, which is what an absurd amount deserves"
)]
fn to_micros(amount: f64) -> i64 {
    (amount * MICROS).round() as i64
}
