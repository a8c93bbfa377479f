//! What people do in a shop, and the events that several kinds of clients make of it.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// A product, a variant of it, and how many.
pub(crate) type Line = (u8, u8, Option<u8>);

/// Something done in the shop. Money is in cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    View(u8),
    Add(Vec<Line>),
    Remove(Line),
    ViewCart(Vec<Line>),
    Complete {
        order: Option<u8>,
        cents: i64,
        products: Vec<Line>,
    },
    Update {
        order: u8,
        cents: i64,
    },
    /// Without an amount, of the whole order.
    Refund {
        order: Option<u8>,
        cents: Option<i64>,
    },
    Cancel {
        order: u8,
    },
}

/// Who words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Segment's specification.
    V2,
    /// Its first version.
    V1,
    /// GA4, with everything inside `ecommerce`.
    Ga4,
    /// GA4 as people write it: items and amounts outside, numbers as text.
    Loose,
}

/// What a product costs, in cents: always the same.
pub(crate) fn price(product: u8) -> i64 {
    1_010 + i64::from(product) * 333
}

/// Its category.
pub(crate) fn category(product: u8) -> String {
    format!("Shoes/{}", product % 3)
}

impl Style {
    fn is_ga4(self) -> bool {
        matches!(self, Self::Ga4 | Self::Loose)
    }

    /// An amount in units, exact as its text.
    fn money(self, cents: i64) -> Value {
        let text =
            format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
        if self == Self::Loose { text.into() } else { serde_json::from_str(&text).unwrap() }
    }

    fn product(self, (product, variant, quantity): Line) -> Value {
        let mut map = Map::new();
        let id = format!("p-{product}");
        let (name, shade, level) = match self {
            Self::V2 => ("product_id", "variant", "category"),
            Self::V1 => ("id", "variant", "category"),
            Self::Ga4 | Self::Loose => ("item_id", "item_variant", "item_category"),
        };
        map.insert(name.into(), id.into());
        map.insert(shade.into(), format!("v-{variant}").into());
        map.insert("price".into(), self.money(price(product)));
        let category = category(product);
        if let Some((first, second)) = category.split_once('/').filter(|_| self.is_ga4()) {
            map.insert(level.into(), first.into());
            map.insert("item_category2".into(), second.into());
        } else {
            map.insert(level.into(), category.into());
        }
        if let Some(quantity) = quantity {
            let said = if self == Self::Loose { format!(" {quantity} ").into() } else { quantity.into() };
            map.insert("quantity".into(), said);
        }
        Value::Object(map)
    }

    fn products(self, lines: &[Line]) -> Value {
        lines.iter().map(|line| self.product(*line)).collect()
    }

    /// The track event that words a deed.
    pub(crate) fn event(self, deed: &Deed) -> Value {
        let name = |v2: &'static str, v1: &'static str, ga4: &'static str| match self {
            Self::V2 => v2,
            Self::V1 => v1,
            Self::Ga4 | Self::Loose => ga4,
        };
        let list = if self.is_ga4() { "items" } else { "products" };
        let id = match self {
            Self::V2 => "order_id",
            Self::V1 => "orderId",
            Self::Ga4 | Self::Loose => "transaction_id",
        };
        let amount = if self.is_ga4() { "value" } else { "total" };
        let order = |order: Option<u8>| order.map(|order| (id, json!(format!("o-{order}"))));
        let of_order = |number: Option<u8>, cents: Option<i64>| {
            order(number)
                .into_iter()
                .chain(cents.map(|cents| (amount, self.money(cents))))
                .collect::<Vec<_>>()
        };
        let (name, fields) = match deed {
            Deed::View(product) if self.is_ga4() => {
                ("view_item", vec![(list, self.products(&[(*product, 0, None)]))])
            }
            Deed::View(product) => {
                return self.alone(name("Product Viewed", "Viewed Product", ""), (*product, 0, None));
            }
            Deed::Add(lines) => match lines.as_slice() {
                [line] if !self.is_ga4() => {
                    return self.alone(name("Product Added", "Added Product", ""), *line);
                }
                lines => (
                    name("Product Added", "added_product", "add_to_cart"),
                    vec![(list, self.products(lines))],
                ),
            },
            Deed::Remove(line) if self.is_ga4() => {
                ("remove_from_cart", vec![(list, self.products(&[*line]))])
            }
            Deed::Remove(line) => return self.alone(name("Product Removed", "Removed Product", ""), *line),
            Deed::ViewCart(lines) => {
                (name("Cart Viewed", "Viewed Cart", "view_cart"), vec![(list, self.products(lines))])
            }
            Deed::Complete { order, cents, products } => {
                let mut fields = of_order(*order, Some(*cents));
                fields.push((list, self.products(products)));
                (name("Order Completed", "Completed Order", "purchase"), fields)
            }
            Deed::Update { order, cents } => (
                name("Order Updated", "Updated Order", "order_updated"),
                of_order(Some(*order), Some(*cents)),
            ),
            Deed::Refund { order, cents } => {
                (name("Order Refunded", "Refunded Order", "refund"), of_order(*order, *cents))
            }
            Deed::Cancel { order } => {
                (name("Order Cancelled", "Cancelled Order", "order_canceled"), of_order(Some(*order), None))
            }
        };
        let said: Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let properties = if self == Self::Ga4 { json!({ "ecommerce": said }) } else { Value::Object(said) };
        json!({ "event": name, "properties": properties })
    }

    fn alone(self, name: &str, line: Line) -> Value {
        json!({ "event": name, "properties": self.product(line) })
    }
}

/// What somebody does, and who words it. What GA4 says of a quantity that isn't set is what is meant.
pub(crate) fn deeds() -> impl Strategy<Value = (Deed, Style)> {
    let line = || (0u8..4, 0u8..2, proptest::option::of(0u8..4));
    let lines = |most| proptest::collection::vec(line(), 0..most);
    let order = || proptest::option::weighted(0.8, 0u8..4);
    let deed = prop_oneof![
        2 => (0u8..9).prop_map(Deed::View),
        4 => proptest::collection::vec(line(), 1..3).prop_map(Deed::Add),
        3 => line().prop_map(Deed::Remove),
        1 => lines(4).prop_map(Deed::ViewCart),
        3 => (order(), 0i64..9_000, lines(3))
            .prop_map(|(order, cents, products)| Deed::Complete { order, cents, products }),
        1 => (0u8..4, 0i64..9_000).prop_map(|(order, cents)| Deed::Update { order, cents }),
        2 => (order(), proptest::option::of(0i64..5_000)).prop_map(|(order, cents)| Deed::Refund { order, cents }),
        1 => (0u8..4).prop_map(|order| Deed::Cancel { order }),
    ];
    let style = select(vec![Style::V2, Style::V1, Style::Ga4, Style::Loose]);
    (deed, style).prop_map(|(deed, style)| match deed {
        Deed::Remove((product, variant, quantity)) if style.is_ga4() => {
            (Deed::Remove((product, variant, quantity.or(Some(1)))), style)
        }
        deed => (deed, style),
    })
}
