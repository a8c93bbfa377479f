//! The cart: what was last said to be in it, and what was put in and taken out since.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::newest::{Newest, Place};
use super::product::{Line, Product};
use super::said::Said;
use crate::limits;
use crate::profile::Micros;

/// Something put in or taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Add(Line),
    /// Of the product with this id, and this variant if the event says which.
    Remove {
        id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variant: Option<String>,
        /// None is all there are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<Micros>,
    },
}

/// The person's one cart, whatever devices it is filled on.
///
/// Invariant: of all operations newer than the newest statement, the newest are here. A statement only gets newer; so what
/// was left out, because there were enough newer operations or a newer statement, would be left out of any larger set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cart {
    /// The newest word on all that is in it. An order is one, too: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<(Place, Vec<Line>)>,
    /// What came after it.
    #[serde(skip_serializing_if = "Newest::is_empty")]
    operations: Newest<Operation>,
    /// Its newest `cart_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<(Place, String)>,
}

impl Cart {
    pub(super) fn is_empty(&self) -> bool {
        self.statement.is_none() && self.operations.is_empty() && self.id.is_none()
    }

    /// A product was put in.
    pub(super) fn add(&mut self, place: Place, line: Line) {
        self.operate(place, Operation::Add(line));
    }

    /// A product was taken out: so many of it, or all.
    pub(super) fn remove(&mut self, place: Place, product: &Product, quantity: Option<Micros>) {
        let (id, variant) = (product.id.clone(), product.variant.clone());
        self.operate(place, Operation::Remove { id, variant, quantity });
    }

    /// This was all that was in it.
    pub(super) fn state(&mut self, place: Place, lines: Vec<Line>) {
        if self.statement.as_ref().is_none_or(|(known, _)| *known < place) {
            self.operations.retain(|at, _| *at > place);
            self.statement = Some((place, lines));
        }
    }

    /// An event on the cart may say which one it is.
    pub(super) fn named(&mut self, place: Place, said: &Said<'_>) {
        if let Some(id) = said.text(&["cart_id"]) {
            self.call((place, id));
        }
    }

    /// Takes in what was done with it according to another log.
    pub(super) fn absorb(&mut self, other: &Self) {
        if let Some((place, lines)) = &other.statement {
            self.state(place.clone(), lines.clone());
        }
        self.operations.absorb(&other.operations, limits::CART_OPERATIONS);
        if let Some((stated, _)) = &self.statement {
            self.operations.retain(|at, _| at > stated);
        }
        if let Some(id) = &other.id {
            self.call(id.clone());
        }
    }

    fn operate(&mut self, place: Place, operation: Operation) {
        if self.statement.as_ref().is_none_or(|(stated, _)| *stated < place) {
            self.operations.insert(place, operation, limits::CART_OPERATIONS);
        }
    }

    fn call(&mut self, id: (Place, String)) {
        if self.id.as_ref().is_none_or(|(known, _)| *known < id.0) {
            self.id = Some(id);
        }
    }

    /// What is in it.
    fn lines(&self) -> Vec<(Product, Micros)> {
        let mut lines = Vec::new();
        for line in self.statement.iter().flat_map(|(_, lines)| lines) {
            put(&mut lines, line);
        }
        for (_, operation) in self.operations.iter().rev() {
            match operation {
                Operation::Add(line) => put(&mut lines, line),
                Operation::Remove { id, variant, quantity } => {
                    take(&mut lines, id, variant.as_ref(), *quantity)
                }
            }
        }
        lines
    }

    /// What is in it, for how much.
    pub(super) fn shown(&self) -> Value {
        let lines = self.lines();
        let stated = self.statement.as_ref().map(|(place, _)| place);
        let sum = |of: &dyn Fn(&(Product, Micros)) -> Micros| {
            lines.iter().map(of).fold(Micros::default(), Micros::plus)
        };
        let value = sum(&|(product, quantity)| product.price.unwrap_or_default().times(*quantity));
        let mut currencies = lines.iter().filter_map(|(product, _)| product.currency.as_ref());
        let currency = currencies.next().filter(|first| currencies.all(|other| other == *first));
        // The name of a cart that was ordered since is not this one's.
        let id = self.id.as_ref().filter(|(place, _)| stated.is_none_or(|stated| stated <= place));
        json!({
            "cart_id": id.map(|(_, id)| id),
            "value": value.to_json(),
            "currency": currency,
            "quantity": sum(&|(_, quantity)| *quantity).to_json(),
            "updatedAt": self.operations.newest().max(stated).map(|place| place.at().to_iso()),
            "items": lines.iter().map(|(product, quantity)| {
                let mut shown = product.shown();
                shown.insert("quantity".into(), quantity.to_json());
                Value::Object(shown)
            }).collect::<Value>(),
        })
    }
}

fn put(lines: &mut Vec<(Product, Micros)>, line: &Line) {
    let more = line.quantity.unwrap_or(Micros::ONE);
    let same = |(product, _): &&mut (Product, Micros)| {
        product.id == line.product.id && product.variant == line.product.variant
    };
    if let Some((product, quantity)) = lines.iter_mut().find(same) {
        product.update(&line.product);
        *quantity = quantity.plus(more);
    } else if more > Micros::default() {
        lines.push((line.product.clone(), more));
    }
}

/// Where the event doesn't say which variant, or the cart doesn't, the line that was begun last is meant.
fn take(lines: &mut Vec<(Product, Micros)>, id: &str, variant: Option<&String>, quantity: Option<Micros>) {
    let exactly = lines.iter().position(|(p, _)| p.id == id && p.variant.as_ref() == variant);
    let roughly = |(p, _): &(Product, Micros)| p.id == id && (variant.is_none() || p.variant.is_none());
    let Some(at) = exactly.or_else(|| lines.iter().rposition(roughly)) else { return };
    let left = lines.get(at).zip(quantity).map(|((_, have), taken)| have.plus(taken.negative()));
    match (left.filter(|left| *left > Micros::default()), lines.get_mut(at)) {
        (Some(left), Some((_, have))) => *have = left,
        _ => {
            lines.remove(at);
        }
    }
}
