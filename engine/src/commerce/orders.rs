//! Orders and revenue.

use crate::ordered::gather;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::newest::{Newest, Place};
use super::order::{Order, What};
use super::said::Said;
use super::settled::Settled;
use crate::limits;
use crate::profile::Micros;
use crate::time::UnixMillis;

/// What orders come to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Totals {
    orders: i64,
    gross: Micros,
    refunded: Micros,
    /// Gross less refunds, for each currency that was named: the least names in sorted order, which do not depend on the
    /// order in which they came.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    net: BTreeMap<String, Micros>,
}

impl Totals {
    /// What a word comes to, taken by itself.
    fn of(order: &Order) -> Self {
        let amount = order.amount.unwrap_or_default();
        let (orders, gross, refunded) = match order.what {
            What::Completed => (1, amount, Micros::default()),
            What::Refunded => (0, Micros::default(), amount),
            What::Updated | What::Cancelled => Default::default(),
        };
        Self::sum(orders, gross, refunded, order.currency.as_ref())
    }

    fn sum(orders: i64, gross: Micros, refunded: Micros, currency: Option<&String>) -> Self {
        let net = gross.plus(refunded.negative());
        let mut sum = Self { orders, gross, refunded, net: BTreeMap::new() };
        if let Some(currency) = currency {
            sum.net.insert(currency.clone(), net);
        }
        sum
    }

    fn add(&mut self, more: &Self) {
        self.orders = self.orders.saturating_add(more.orders);
        self.gross = self.gross.plus(more.gross);
        self.refunded = self.refunded.plus(more.refunded);
        for (currency, net) in &more.net {
            let sum = self.net.entry(currency.clone()).or_default();
            *sum = sum.plus(*net);
        }
        while self.net.len() > limits::CURRENCIES {
            self.net.pop_last();
        }
    }

    /// Added, it takes this away.
    fn negative(mut self) -> Self {
        self.net.values_mut().for_each(|net| *net = net.negative());
        Self {
            orders: -self.orders,
            gross: self.gross.negative(),
            refunded: self.refunded.negative(),
            ..self
        }
    }
}

/// What was bought with an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Bought {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    /// Their ids.
    products: Vec<String>,
}

/// All that events said of orders.
///
/// What each event says by itself is summed up over all of them, for good. That several speak of the same order is told
/// from the newest ones only: there is no room for the ids of all orders that a person ever made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Orders {
    all: Totals,
    newest: Newest<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<UnixMillis>,
    /// The event that completed an order last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<(Place, Order)>,
    /// The last one that said what was bought: browser and server may both report an order, and only one of them its products.
    #[serde(skip_serializing_if = "Option::is_none")]
    bought: Option<(Place, Bought)>,
}

/// The later of two.
fn keep_later<T>(mine: &mut Option<(Place, T)>, other: (Place, T)) {
    if mine.as_ref().is_none_or(|(place, _)| *place < other.0) {
        *mine = Some(other);
    }
}

impl Orders {
    pub(super) fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }

    /// An event says this of an order.
    pub(super) fn hear(&mut self, place: Place, order: Order, said: &Said<'_>) {
        self.all.add(&Totals::of(&order));
        if order.what == What::Completed {
            let at = place.at();
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            keep_later(&mut self.last, (place.clone(), order.clone()));
            let products: Vec<String> =
                said.listed().into_iter().flatten().map(|line| line.product.id).collect();
            if !products.is_empty() {
                keep_later(&mut self.bought, (place.clone(), Bought { order: order.id.clone(), products }));
            }
        }
        self.newest.insert(place, order, limits::ORDER_EVENTS);
    }

    /// Takes in what was said of orders in another log.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.all.add(&other.all);
        self.newest.absorb(&other.newest, limits::ORDER_EVENTS);
        self.first = [self.first, other.first].into_iter().flatten().min();
        if let Some(last) = &other.last {
            keep_later(&mut self.last, last.clone());
        }
        if let Some(bought) = &other.bought {
            keep_later(&mut self.bought, bought.clone());
        }
    }

    /// What the newest events say of each order, oldest first.
    fn by_order(&self) -> BTreeMap<&str, Vec<&Order>> {
        let mut words: BTreeMap<&str, Vec<&Order>> = BTreeMap::new();
        for (_, order) in self.newest.iter().rev() {
            if let Some(id) = &order.id {
                words.entry(id).or_default().push(order);
            }
        }
        words
    }

    /// The totals, with what settling these orders changes.
    fn settled(&self, words: &BTreeMap<&str, Vec<&Order>>) -> Totals {
        let mut totals = self.all.clone();
        for words in words.values() {
            let Some(order) = Settled::of(words) else { continue };
            words.iter().for_each(|word| totals.add(&Totals::of(word).negative()));
            // One that is cancelled is as if it had not been.
            if !order.cancelled {
                totals.add(&Totals::sum(1, order.gross, order.refunded, order.currency.as_ref()));
            }
        }
        totals
    }

    /// What the orders that were completed from `from` on, and not after `to`, come to, less what was given back: those that the
    /// newest events speak of. An order that several events completed is of the time of the first.
    pub(super) fn net_within(&self, from: UnixMillis, to: UnixMillis) -> Micros {
        let words = self.by_order();
        let mut known = BTreeSet::new();
        let mut net = Micros::default();
        for (place, order) in self.newest.iter().rev().filter(|(_, order)| order.what == What::Completed) {
            let is_first = order.id.as_deref().is_none_or(|id| known.insert(id));
            if !is_first || place.at() < from || place.at() > to {
                continue;
            }
            let settled = order.id.as_deref().and_then(|id| Settled::of(words.get(id)?));
            net = net.plus(match settled {
                Some(order) if order.cancelled => Micros::default(),
                Some(order) => order.gross.plus(order.refunded.negative()),
                None => order.amount.unwrap_or_default(),
            });
        }
        net
    }

    /// As computed traits.
    pub(super) fn shown(&self) -> Map<String, Value> {
        let words = self.by_order();
        let totals = self.settled(&words);
        let net: Map<String, Value> =
            gather(totals.net.iter().map(|(currency, net)| (currency.clone(), net.to_json())));
        let last = self.last.as_ref();
        let shown = [
            ("orders", totals.orders.into()),
            ("revenue", totals.gross.plus(totals.refunded.negative()).to_json()),
            ("grossRevenue", totals.gross.to_json()),
            ("refunded", totals.refunded.to_json()),
            ("averageOrder", totals.gross.shared_by(totals.orders).map(Micros::to_json).into()),
            ("currency", last.and_then(|(_, order)| order.currency.clone()).into()),
            ("revenueByCurrency", net.into()),
            ("firstOrderAt", self.first.map(UnixMillis::to_iso).into()),
            ("lastOrderAt", last.map(|(place, _)| place.at().to_iso()).into()),
            ("lastOrder", last.map(|(place, order)| self.last_shown(place, order, &words)).into()),
        ];
        shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn last_shown(&self, place: &Place, order: &Order, words: &BTreeMap<&str, Vec<&Order>>) -> Value {
        let known = order.id.as_deref().and_then(|id| Settled::of(words.get(id)?));
        let (value, refunded, cancelled) = match &known {
            Some(known) => (known.gross, known.refunded, known.cancelled),
            None => (order.amount.unwrap_or_default(), Micros::default(), false),
        };
        let same = |(other, bought): &&(Place, Bought)| {
            other == place || (order.id.is_some() && bought.order == order.id)
        };
        json!({
            "order_id": order.id,
            "at": place.at().to_iso(),
            "value": value.to_json(),
            "refunded": refunded.to_json(),
            "currency": known.as_ref().map_or(&order.currency, |known| &known.currency),
            "cancelled": cancelled,
            "products": self.bought.as_ref().filter(same).map_or_else(Vec::new, |(_, bought)| bought.products.clone()),
        })
    }
}
