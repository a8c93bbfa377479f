//! The words of an event, wherever it has them: Segment's in `properties`, GA4's there or in `ecommerce` inside.

use serde_json::{Map, Value};

use super::product::{Line, Product, text};
use crate::event::Event;
use crate::limits;
use crate::profile::Micros;

/// What an event says.
pub(super) struct Said<'a> {
    own: Option<&'a Map<String, Value>>,
    ecommerce: Option<&'a Map<String, Value>>,
}

impl<'a> Said<'a> {
    pub(super) fn by(event: &'a Event) -> Self {
        let own = event.properties();
        Self { own, ecommerce: own.and_then(|own| own.get("ecommerce")).and_then(Value::as_object) }
    }

    /// The first text under one of these names.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.maps().find_map(|map| text(map, names, limits::COMMERCE_TEXT_BYTES))
    }

    /// The first amount under one of these names, tried one after the other.
    pub(super) fn amount(&self, names: &[&str]) -> Option<Micros> {
        names.iter().find_map(|name| self.maps().find_map(|map| Micros::read(map.get(*name)?)))
    }

    /// The currency: three letters, as ISO 4217 has them, or a few more.
    pub(super) fn currency(&self) -> Option<String> {
        self.maps().find_map(super::product::currency)
    }

    /// The products that it lists; nothing if it has no list.
    pub(super) fn listed(&self) -> Option<Vec<Line>> {
        let list = self.maps().find_map(|map| {
            ["products", "items"].iter().find_map(|name| match map.get(*name)? {
                Value::Array(list) => Some(list.as_slice()),
                one @ Value::Object(_) => Some(std::slice::from_ref(one)),
                _ => None,
            })
        })?;
        let maps = list.iter().take(limits::PRODUCTS_PER_EVENT).filter_map(Value::as_object);
        Some(maps.filter_map(|map| self.line(map)).collect())
    }

    /// The products that it is about: those that it lists, else the one that it describes itself.
    pub(super) fn lines(&self) -> Vec<Line> {
        let listed = self.listed().filter(|lines| !lines.is_empty());
        listed.unwrap_or_else(|| self.own.and_then(|own| self.line(own)).into_iter().collect())
    }

    /// A product without a currency has the event's.
    fn line(&self, map: &Map<String, Value>) -> Option<Line> {
        let mut line = Line::read(map)?;
        let Product { currency, price, .. } = &mut line.product;
        if price.is_some() && currency.is_none() {
            *currency = self.currency();
        }
        Some(line)
    }

    fn maps(&self) -> impl Iterator<Item = &'a Map<String, Value>> {
        self.own.into_iter().chain(self.ecommerce)
    }
}
