//! What a shop's events come to: the cart, orders and revenue, what was viewed, and categories.
//!
//! Invariant: all of it is a function of the *set* of events, so that neither the order of arrival nor the way a log is cut
//! in two changes it; and all of it is bounded, so that an event costs the same on a long timeline as on a short one.

mod action;
mod cart;
mod categories;
mod newest;
mod order;
mod orders;
mod product;
mod said;
mod settled;
mod viewed;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::Event;
use crate::profile::Micros;
use crate::time::UnixMillis;
use action::Action;
use cart::Cart;
use categories::Categories;
use newest::Place;
use order::{Order, What};
use orders::Orders;
use said::Said;
use viewed::Viewed;

/// What a person has done in the shop.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Commerce {
    #[serde(skip_serializing_if = "Orders::is_empty")]
    ordered: Orders,
    #[serde(skip_serializing_if = "Cart::is_empty")]
    cart: Cart,
    #[serde(skip_serializing_if = "Viewed::is_empty")]
    viewed: Viewed,
    #[serde(skip_serializing_if = "Categories::is_empty")]
    categories: Categories,
}

impl Commerce {
    /// Whether nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.ordered.is_empty()
            && self.cart.is_empty()
            && self.viewed.is_empty()
            && self.categories.is_empty()
    }

    /// Takes in an event; the caller guarantees that it was not taken in before. False if it is none of a shop's.
    pub fn apply(&mut self, event: &Event) -> bool {
        let Some(action) = Action::of(event) else { return false };
        let said = Said::by(event);
        let place = |index| Place::of(event, index);
        match action {
            Action::Viewed => {
                for (index, line) in said.lines().into_iter().enumerate() {
                    self.categories.viewed(&line.product);
                    self.viewed.see(place(index), line.product);
                }
            }
            Action::Added => {
                for (index, line) in said.lines().into_iter().enumerate() {
                    self.categories.added(&line.product);
                    self.cart.add(place(index), line);
                }
                self.cart.named(place(0), &said);
            }
            Action::Removed { unsaid } => {
                for (index, line) in said.lines().into_iter().enumerate() {
                    let quantity = line.quantity.or(unsaid);
                    self.cart.remove(place(index), &line.product, quantity);
                }
                self.cart.named(place(0), &said);
            }
            Action::CartViewed => {
                if let Some(lines) = said.listed() {
                    self.cart.state(place(0), lines);
                }
                self.cart.named(place(0), &said);
            }
            Action::Ordered(what) => {
                if what == What::Completed {
                    said.listed().iter().flatten().for_each(|line| self.categories.bought(&line.product));
                    self.cart.state(place(0), Vec::new());
                }
                self.ordered.hear(place(0), Order::of(what, &said), &said);
            }
        }
        true
    }

    /// Takes in what other events came to.
    pub fn absorb(&mut self, other: &Self) {
        self.ordered.absorb(&other.ordered);
        self.cart.absorb(&other.cart);
        self.viewed.absorb(&other.viewed);
        self.categories.absorb(&other.categories);
    }

    /// What orders come to, as computed traits.
    pub fn orders_shown(&self) -> Map<String, Value> {
        self.ordered.shown()
    }

    /// What the orders completed from `from` on, and not after `to`, come to, less what was given back.
    pub fn net_within(&self, from: UnixMillis, to: UnixMillis) -> Micros {
        self.ordered.net_within(from, to)
    }

    /// The cart, as a computed trait.
    pub fn cart_shown(&self) -> Value {
        self.cart.shown()
    }

    /// The products last viewed, newest first, as a computed trait.
    pub fn viewed_shown(&self) -> Value {
        self.viewed.shown()
    }

    /// Categories by name, as a computed trait.
    pub fn categories_shown(&self) -> Value {
        self.categories.shown()
    }
}
