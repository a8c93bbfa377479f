//! The names that are really in use: events and their properties, traits, placements and the pages that ask for them. Whoever writes
//! a rule chooses from them instead of guessing how they are spelled.
//!
//! Names only, and of values those of a few properties that say what a product is: nothing here is about a person. What might be one
//! by mistake (an address used as a name, a path with a number in it) is left out, see [`is_fit`] and [`page`].
//!
//! An isolate [gathers](Gathered) what it sees and tells it once, then again when that is some time ago: steady traffic costs nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::event::{Event, Kind as EventKind};
use crate::ids::PlacementId;
use crate::limits;
use crate::time::UnixMillis;

/// The version of a stored [`Sighting`].
pub const SIGHTING_VERSION: u8 = 1;

/// Properties whose values are told, too: they say what a product is, and there are few of them.
const HINTED: [&str; 3] = ["brand", "category", "currency"];

/// What is called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An event, by the name that conditions match.
    Event,
    /// A property of the event that it is `of`.
    Property,
    /// A value of the property that it is `of`.
    Value,
    /// A trait.
    Trait,
    /// A placement on the page that it is `of`.
    Placement,
}

impl Kind {
    /// Its name in storage.
    pub fn code(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Property => "property",
            Self::Value => "value",
            Self::Trait => "trait",
            Self::Placement => "placement",
        }
    }

    /// The kind of this name.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Event, Self::Property, Self::Value, Self::Trait, Self::Placement]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// Which name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    /// Of what.
    pub kind: Kind,
    /// What it belongs to, see [`Kind`]; empty where that is nothing.
    pub of: String,
    /// The name.
    pub name: String,
}

/// A name that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Which.
    pub name: Name,
    /// What its values are: `text`, `number`, `flag`, `list`. Empty where it has none.
    pub holds: String,
    /// First seen.
    pub first: UnixMillis,
    /// Last seen.
    pub last: UnixMillis,
    /// How often since it was told last.
    pub count: u64,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    told: Option<UnixMillis>,
    is_due: bool,
    holds: &'static str,
    first: UnixMillis,
    last: UnixMillis,
    count: u64,
}

/// Names by what they belong to.
type Names = BTreeMap<String, BTreeMap<String, Entry>>;

/// What an isolate has seen, and what of it is still to be told.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    known: BTreeMap<Kind, Names>,
    number: usize,
    due: Vec<Name>,
}

impl Gathered {
    /// An event was taken.
    pub fn event(&mut self, event: &Event, now: UnixMillis) {
        let name = event.name();
        if !is_fit(name) {
            return;
        }
        self.see(Kind::Event, "", name, "", now);
        if event.kind == EventKind::Identify {
            self.fields(Kind::Trait, "", "", event.traits(), now);
        }
        self.fields(Kind::Property, name, "", event.properties(), now);
    }

    /// A page asked for these placements.
    pub fn placements(
        &mut self,
        placements: &[PlacementId],
        context: Option<&Map<String, Value>>,
        now: UnixMillis,
    ) {
        let path = context.and_then(|context| context.get("page")?.get("path")?.as_str()).map(page);
        for placement in placements.iter().filter(|placement| is_fit(placement.as_str())) {
            self.see(Kind::Placement, path.as_deref().unwrap_or_default(), placement.as_str(), "", now);
        }
    }

    /// Fields of an object, and those of objects in it as `address.city`.
    fn fields(
        &mut self,
        kind: Kind,
        of: &str,
        before: &str,
        fields: Option<&Map<String, Value>>,
        now: UnixMillis,
    ) {
        for (own, value) in fields.into_iter().flatten().take(limits::CATALOGUE_FIELDS) {
            let name =
                if before.is_empty() { Cow::Borrowed(own) } else { Cow::Owned(format!("{before}.{own}")) };
            if !is_fit(&name) {
                continue;
            }
            let holds = match value {
                Value::Null => continue,
                Value::Bool(_) => "flag",
                Value::Number(_) => "number",
                Value::String(_) => "text",
                Value::Array(_) => "list",
                Value::Object(inner) => {
                    if before.is_empty() {
                        self.fields(kind, of, own, Some(inner), now);
                    }
                    continue;
                }
            };
            self.see(kind, of, &name, holds, now);
            let hint = value
                .as_str()
                .filter(|text| kind == Kind::Property && HINTED.contains(&own.as_str()) && is_fit(text));
            if let Some(text) = hint {
                self.see(Kind::Value, own, text, "", now);
            }
        }
    }

    fn see(&mut self, kind: Kind, of: &str, name: &str, holds: &'static str, now: UnixMillis) {
        // Twice looked up where it is new, and nothing copied where it is not: it rarely is.
        let known = self.known.get_mut(&kind).and_then(|names| names.get_mut(of)?.get_mut(name));
        let entry = match known {
            Some(entry) => entry,
            None => {
                self.make_room();
                self.number += 1;
                let names = self.known.entry(kind).or_default().entry(of.to_owned()).or_default();
                names.entry(name.to_owned()).or_insert(Entry { first: now, ..Entry::default() })
            }
        };
        (entry.last, entry.count) = (entry.last.max(now), entry.count.saturating_add(1));
        if !holds.is_empty() {
            entry.holds = holds;
        }
        let is_news = entry.told.is_none_or(|told| now.since(told) >= limits::CATALOGUE_TELL_MS);
        if is_news && !std::mem::replace(&mut entry.is_due, true) {
            self.due.push(Name { kind, of: of.to_owned(), name: name.to_owned() });
        }
    }

    /// Forgets all when it is full: what comes again is told again.
    fn make_room(&mut self) {
        if self.number >= limits::CATALOGUE_NAMES {
            *self = Self::default();
        }
    }

    /// What is to be told now.
    pub fn take(&mut self, now: UnixMillis) -> Vec<Sighting> {
        let mut told = Vec::new();
        for name in std::mem::take(&mut self.due) {
            let entry =
                self.known.get_mut(&name.kind).and_then(|names| names.get_mut(&name.of)?.get_mut(&name.name));
            let Some(entry) = entry else { continue };
            told.push(Sighting {
                name,
                holds: entry.holds.to_owned(),
                first: entry.first,
                last: entry.last,
                count: std::mem::take(&mut entry.count),
            });
            (entry.told, entry.is_due) = (Some(now), false);
        }
        told
    }
}

/// Whether a name may be one: of some length, and unlike an address, a number or a key.
pub fn is_fit(name: &str) -> bool {
    let most_digits = name.split(|sign: char| !sign.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let length = 1..=limits::CATALOGUE_NAME_BYTES;
    length.contains(&name.len())
        && most_digits < 5
        && !name.contains('@')
        && !name.chars().any(char::is_control)
}

/// A page by its path, without what stands for one thing of many, or for somebody: `/orders/…`.
pub fn page(path: &str) -> String {
    let part = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let is_kind = part.len() <= limits::CATALOGUE_PATH_PART && digits < 3 && !part.contains(['@', '%']);
        if is_kind { part.to_owned() } else { "…".to_owned() }
    };
    let path = path.split(['?', '#', ';']).next().unwrap_or_default();
    let parts: Vec<String> = path.split('/').take(limits::CATALOGUE_PATH_PARTS).map(part).collect();
    parts.join("/")
}

/// What all parts of the directory have seen, as it is shown: each list from the most frequent name down.
pub fn shown(sightings: impl IntoIterator<Item = Sighting>) -> Value {
    let mut all: BTreeMap<Kind, BTreeMap<String, BTreeMap<String, Sighting>>> = BTreeMap::new();
    for one in sightings {
        let name = &one.name;
        let same = all.entry(name.kind).or_default().entry(name.of.clone()).or_default();
        match same.get_mut(&name.name) {
            Some(known) => {
                known.first = known.first.min(one.first);
                known.count = known.count.saturating_add(one.count);
                if one.last >= known.last {
                    (known.last, known.holds) = (one.last, one.holds);
                }
            }
            None => drop(same.insert(name.name.clone(), one)),
        }
    }
    let of = |kind: Kind, of: &str| all.get(&kind).and_then(|names| names.get(of));
    let fields = |kind: Kind, belongs: &str| {
        list(of(kind, belongs).into_iter().flat_map(BTreeMap::values), |one| json!({ "holds": one.holds }))
    };
    let events = list(
        of(Kind::Event, "").into_iter().flat_map(BTreeMap::values),
        |one| json!({ "properties": fields(Kind::Property, &one.name.name) }),
    );
    let values: Map<String, Value> = all
        .get(&Kind::Value)
        .into_iter()
        .flatten()
        .map(|(property, values)| (property.clone(), list(values.values(), |_| json!({}))))
        .collect();
    json!({ "events": events, "traits": fields(Kind::Trait, ""), "values": values, "placements": placements(all.get(&Kind::Placement)) })
}

/// Each placement with the pages that it was seen on.
fn placements(by_page: Option<&BTreeMap<String, BTreeMap<String, Sighting>>>) -> Value {
    let mut by_name: BTreeMap<&String, Vec<&Sighting>> = BTreeMap::new();
    for (name, one) in by_page.into_iter().flat_map(BTreeMap::values).flatten() {
        by_name.entry(name).or_default().push(one);
    }
    let one = |(name, pages): (&String, Vec<&Sighting>)| {
        let first = pages.iter().map(|page| page.first).min().unwrap_or_default();
        let last = pages.iter().map(|page| page.last).max().unwrap_or_default();
        let count: u64 = pages.iter().map(|page| page.count).sum();
        let named = pages.into_iter().filter(|page| !page.name.of.is_empty());
        let mut pages: Vec<&Sighting> = named.collect();
        crate::ordered::sort_by(&mut pages, |one, other| other.count.cmp(&one.count));
        pages.truncate(limits::CATALOGUE_PAGES);
        let pages: Vec<Value> = pages
            .into_iter()
            .map(|page| json!({ "path": page.name.of, "last": page.last.to_iso(), "count": page.count }))
            .collect();
        json!({ "name": name, "first": first.to_iso(), "last": last.to_iso(), "count": count, "pages": pages })
    };
    by_name.into_iter().map(one).collect()
}

fn list<'a>(all: impl Iterator<Item = &'a Sighting>, more: impl Fn(&Sighting) -> Value) -> Value {
    let mut all: Vec<&Sighting> = all.collect();
    crate::ordered::sort_by(&mut all, |one, other| other.count.cmp(&one.count));
    let shown = |one: &Sighting| {
        let mut value = json!({ "name": one.name.name, "first": one.first.to_iso(), "last": one.last.to_iso(), "count": one.count });
        if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more(one)) {
            fields.extend(more);
        }
        value
    };
    all.into_iter().map(shown).collect()
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a value that is written where it is used reads best")]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Gathered, Sighting, is_fit, page, shown};
    use crate::event::{Event, Kind};
    use crate::ids::{MessageId, PlacementId, SourceId};
    use crate::limits;
    use crate::time::UnixMillis;

    fn event(kind: Kind, body: Value) -> Event {
        Event {
            message_id: MessageId("m".into()),
            kind,
            timestamp: UnixMillis(0),
            received_at: UnixMillis(0),
            source: SourceId::from("s"),
            body: body.as_object().cloned().unwrap_or_default(),
        }
    }

    fn names(told: &[Sighting]) -> Vec<String> {
        let said = |one: &Sighting| {
            format!("{} {}|{} {}", one.name.kind.code(), one.name.of, one.name.name, one.holds)
        };
        let mut names: Vec<String> = told.iter().map(said).collect();
        names.sort();
        names
    }

    fn added() -> Event {
        let properties = json!({ "category": "Shoes", "price": 5, "product": { "brand": "Skylark", "a": { "b": 1 } }, "gone": null,
                                 "ada@example.com": 1, "order_1234567": true });
        event(Kind::Track, json!({ "event": "Product Added", "properties": properties }))
    }

    #[test]
    fn names_are_told_and_values_of_people_are_not() {
        let mut gathered = Gathered::default();
        gathered.event(&added(), UnixMillis(1));
        let traits =
            json!({ "email": "ada@example.com", "vip": true, "address": { "city": "Ulm" }, "tags": [] });
        gathered.event(&event(Kind::Identify, json!({ "traits": traits })), UnixMillis(2));
        let context = json!({ "page": { "path": "/orders/4711-12?x=1" } });
        gathered.placements(&[PlacementId("hero".into())], context.as_object(), UnixMillis(3));
        let told = gathered.take(UnixMillis(4));
        assert_eq!(
            names(&told),
            [
                "event |Identify ",
                "event |Product Added ",
                "placement /orders/…|hero ",
                "property Product Added|category text",
                "property Product Added|price number",
                "property Product Added|product.brand text",
                "trait |address.city text",
                "trait |email text",
                "trait |tags list",
                "trait |vip flag",
                "value brand|Skylark ",
                "value category|Shoes ",
            ]
        );
        assert!(!serde_json::to_string(&told).unwrap().contains("ada@"));
    }

    #[test]
    fn what_was_told_is_told_again_only_after_a_while() {
        let mut gathered = Gathered::default();
        gathered.event(&added(), UnixMillis(0));
        assert!(!gathered.take(UnixMillis(0)).is_empty());
        for at in 1..50 {
            gathered.event(&added(), UnixMillis(at));
        }
        assert_eq!(gathered.take(UnixMillis(50)), []);
        gathered.event(&added(), UnixMillis(limits::CATALOGUE_TELL_MS));
        let again = gathered.take(UnixMillis(limits::CATALOGUE_TELL_MS));
        let event = again.iter().find(|one| one.name.kind == super::Kind::Event).unwrap();
        assert_eq!(
            (event.count, event.first, event.last),
            (50, UnixMillis(0), UnixMillis(limits::CATALOGUE_TELL_MS))
        );
    }

    #[test]
    fn paths_name_kinds_of_pages() {
        for (path, wanted) in [
            ("/", "/"),
            ("/products/skylark-4", "/products/skylark-4"),
            ("/orders/2026-11", "/orders/…"),
            ("/u/ada@example.com/cart", "/u/…/cart"),
            ("/u/ada%40example.com", "/u/…"),
            ("/a?token=1#b", "/a"),
        ] {
            assert_eq!(page(path), wanted);
        }
        assert!(
            is_fit("Product Added")
                && !is_fit("")
                && !is_fit("a@b")
                && !is_fit("12345")
                && !is_fit(&"x".repeat(200))
        );
    }

    #[test]
    fn shards_are_shown_as_one() {
        let mut one = Gathered::default();
        let mut other = Gathered::default();
        one.event(&added(), UnixMillis(0));
        other.event(&added(), UnixMillis(5));
        other.placements(&[PlacementId("hero".into())], None, UnixMillis(5));
        let all = shown(one.take(UnixMillis(9)).into_iter().chain(other.take(UnixMillis(9))));
        let event = &all["events"][0];
        assert_eq!((&event["name"], &event["count"]), (&json!("Product Added"), &json!(2)));
        assert_eq!(event["first"], json!(UnixMillis(0).to_iso()));
        assert_eq!(event["last"], json!(UnixMillis(5).to_iso()));
        let properties: Vec<&str> =
            event["properties"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(properties, ["category", "price", "product.brand"]);
        assert_eq!(all["values"]["category"][0]["name"], "Shoes");
        assert_eq!(
            all["placements"][0],
            json!({ "name": "hero", "first": UnixMillis(5).to_iso(), "last": UnixMillis(5).to_iso(), "count": 1, "pages": [] })
        );
    }

    proptest! {
        /// Whatever comes, what is kept is bounded, and nothing that looks like an address is told.
        #[test]
        fn what_is_kept_is_bounded(names in prop::collection::vec(".{0,40}", 1..60), times in 1..80usize) {
            let mut gathered = Gathered::default();
            for n in 0..times {
                let fields: serde_json::Map<String, Value> = names.iter().map(|name| (format!("{name}{n}"), json!(1))).collect();
                gathered.event(&event(Kind::Track, json!({ "event": names[n % names.len()], "properties": fields })), UnixMillis(n as i64));
                prop_assert!(gathered.number <= limits::CATALOGUE_NAMES);
            }
            for one in gathered.take(UnixMillis(99)) {
                prop_assert!(!one.name.name.contains('@') && one.name.name.len() <= limits::CATALOGUE_NAME_BYTES);
            }
        }
    }
}
