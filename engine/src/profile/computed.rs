//! Computed traits: what a profile's events come to, as the API shows it and as conditions name it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ProfileState;

/// Those that tell of orders: they are worked out together.
const OF_ORDERS: [&str; 10] = [
    "orders",
    "revenue",
    "grossRevenue",
    "refunded",
    "averageOrder",
    "currency",
    "revenueByCurrency",
    "firstOrderAt",
    "lastOrderAt",
    "lastOrder",
];

/// The computed traits that somebody asks for: an event does not pay for those that nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    all: bool,
    names: BTreeSet<String>,
}

impl Asked {
    /// All of them.
    pub fn all() -> Self {
        Self { all: true, names: BTreeSet::new() }
    }

    /// Those that these paths name, such as `computed.cart.value`.
    pub fn by<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut asked = Self::default();
        for path in paths {
            let mut parts = path.split('.');
            match (parts.next(), parts.next()) {
                (Some("computed"), Some(name)) => {
                    asked.names.insert(name.to_owned());
                }
                (Some("computed"), None) => asked.all = true,
                _ => {}
            }
        }
        asked
    }

    fn any(&self, names: &[&str]) -> bool {
        self.all || names.iter().any(|name| self.names.contains(*name))
    }
}

impl ProfileState {
    /// The object that trait conditions are matched against: the believed traits, and of `computed` what is asked for.
    pub fn traits_for_conditions(&self, asked: &Asked) -> Value {
        let mut traits = self.traits.values();
        traits.insert("computed".into(), self.computed(asked).into());
        Value::Object(traits)
    }

    /// The computed traits that are asked for.
    pub fn computed(&self, asked: &Asked) -> Map<String, Value> {
        let mut computed = Map::new();
        if asked.any(&OF_ORDERS) {
            computed = self.commerce.orders_shown();
        }
        let others: [(&str, &dyn Fn() -> Value); 4] = [
            ("events", &|| self.events.into()),
            ("cart", &|| self.commerce.cart_shown()),
            ("lastViewed", &|| self.commerce.viewed_shown()),
            ("categories", &|| self.commerce.categories_shown()),
        ];
        for (name, shown) in others {
            if asked.any(&[name]) {
                computed.insert(name.to_owned(), shown());
            }
        }
        computed
    }
}
