//! What one event says of an order.

use serde::{Deserialize, Serialize};

use super::product::cost;
use super::said::Said;
use crate::profile::Micros;

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Completed,
    Updated,
    Refunded,
    Cancelled,
}

/// What an event says of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) what: What,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// What it came to, or what was given back. Of a refund, none is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) amount: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) currency: Option<String>,
}

impl Order {
    pub(super) fn of(what: What, said: &Said<'_>) -> Self {
        let stated = said.amount(&["revenue", "total", "value"]);
        let products = || said.listed().filter(|lines| !lines.is_empty());
        let amount = match what {
            What::Completed | What::Updated => stated.or_else(|| cost(&products()?)),
            // Some write what is given back with a minus. A refund of some products whose prices it doesn't say is not
            // one of the whole order.
            What::Refunded => {
                stated.map(Micros::without_sign).or_else(|| Some(cost(&products()?).unwrap_or_default()))
            }
            What::Cancelled => None,
        };
        let id = said.text(&["order_id", "orderId", "transaction_id"]);
        Self { what, id, amount, currency: said.currency() }
    }
}
