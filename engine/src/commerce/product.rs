//! A product as an event describes it, by the names of Segment's specification, of its first version, and of GA4.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits;
use crate::profile::Micros;

/// GA4's levels of a category.
const LEVELS: [&str; 5] =
    ["item_category", "item_category2", "item_category3", "item_category4", "item_category5"];

/// What a product may cost: less than nothing is no price.
const PRICES: RangeInclusive<Micros> = Micros::whole(0)..=Micros::whole(limits::PRICE);
const MOST_OF_ONE: Micros = Micros::whole(limits::QUANTITY);

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Product {
    /// What tells it from others: its id, else its sku, else its name.
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) variant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
    /// Of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) price: Option<Micros>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image_url: Option<String>,
}

/// A product, and how many of it if the event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) product: Product,
    /// Whole ones or not: some things are sold by weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quantity: Option<Micros>,
}

impl Product {
    fn read(map: &Map<String, Value>) -> Option<Self> {
        let named = |names: &[&str]| text(map, names, limits::COMMERCE_TEXT_BYTES);
        let link = |names: &[&str]| text(map, names, limits::COMMERCE_URL_BYTES);
        Some(Self {
            id: named(&["product_id", "id", "sku", "item_id", "name", "item_name"])?,
            variant: named(&["variant", "item_variant"]),
            name: named(&["name", "item_name"]),
            brand: named(&["brand", "item_brand"]),
            category: category(map),
            price: map.get("price").and_then(Micros::read).filter(|price| PRICES.contains(price)),
            currency: currency(map),
            url: link(&["url"]),
            image_url: link(&["image_url"]),
        })
    }

    /// As the specification names its parts.
    pub(super) fn shown(&self) -> Map<String, Value> {
        let texts = [
            ("product_id", Some(&self.id)),
            ("name", self.name.as_ref()),
            ("brand", self.brand.as_ref()),
            ("category", self.category.as_ref()),
            ("variant", self.variant.as_ref()),
            ("currency", self.currency.as_ref()),
            ("url", self.url.as_ref()),
            ("image_url", self.image_url.as_ref()),
        ];
        let texts =
            texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.as_str().into())));
        texts.chain(self.price.map(|price| ("price".to_owned(), price.to_json()))).collect()
    }

    /// Takes over what a later event says; what it doesn't say stays.
    pub(super) fn update(&mut self, later: &Self) {
        let fields = [
            (&mut self.name, &later.name),
            (&mut self.brand, &later.brand),
            (&mut self.category, &later.category),
            (&mut self.url, &later.url),
            (&mut self.image_url, &later.image_url),
        ];
        for (mine, theirs) in fields {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        }
        if later.price.is_some() {
            self.price = later.price;
            self.currency.clone_from(&later.currency);
        }
    }
}

impl Line {
    pub(super) fn read(map: &Map<String, Value>) -> Option<Self> {
        let quantity =
            map.get("quantity").and_then(Micros::read).map(|many| many.clamp(Micros::default(), MOST_OF_ONE));
        Some(Self { product: Product::read(map)?, quantity })
    }

    /// What it costs, if its price is known.
    pub(super) fn cost(&self) -> Option<Micros> {
        Some(self.product.price?.times(self.quantity.unwrap_or(Micros::ONE)))
    }
}

/// What these lines cost together; nothing if the price of none is known.
pub(super) fn cost(lines: &[Line]) -> Option<Micros> {
    lines.iter().filter_map(Line::cost).reduce(Micros::plus)
}

/// The first text under one of these names, also a number's. One that is too long stays on the event.
pub(super) fn text(map: &Map<String, Value>, names: &[&str], most: usize) -> Option<String> {
    names.iter().find_map(|name| read_text(map.get(*name)?, most))
}

fn read_text(value: &Value, most: usize) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= most).then_some(text)
}

/// The category; levels are joined by a slash, as in `Apparel/Shoes`.
fn category(map: &Map<String, Value>) -> Option<String> {
    let most = limits::COMMERCE_TEXT_BYTES;
    let joined =
        |levels: Vec<String>| Some(levels.join("/")).filter(|all| !all.is_empty() && all.len() <= most);
    let levels = LEVELS.iter().filter_map(|level| read_text(map.get(*level)?, most));
    joined(levels.collect()).or_else(|| match map.get("category")? {
        Value::Array(levels) => joined(levels.iter().filter_map(|level| read_text(level, most)).collect()),
        one => read_text(one, most),
    })
}

/// The currency in capitals: a few letters or digits.
pub(super) fn currency(map: &Map<String, Value>) -> Option<String> {
    let mut code = text(map, &["currency"], limits::CURRENCY_BYTES)?;
    code.make_ascii_uppercase();
    code.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(code)
}
