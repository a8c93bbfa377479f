//! What is measured. A case is measured in rounds: something is prepared that doesn't count, then a few operations run.

use std::collections::BTreeMap;

use selvedge_engine::config::{Config, Document, Files, read_files};
use selvedge_engine::identity::fact::Fact;
use selvedge_engine::identity::home::{Item, Profile, StoreError};
use selvedge_engine::identity::resolve::resolve;
use selvedge_engine::identity::{Identifier, IdentityRules};
use selvedge_engine::ids::ProfileId;
use serde_json::json;

use crate::event::viewed;
use crate::parsing::{Body, reading, to_value};
use crate::world::World;
use crate::{conditions, segments};

/// Events in one round of a known visitor: few beside the shortest timeline, enough for a coarse clock.
const EVENTS: usize = 5;
/// Events of the device that logs in second.
const HISTORY: usize = 100;
/// Events of one person among the facts that are resolved.
const EACH: usize = 10;

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What is measured.
    pub name: &'static str,
    /// How big what it is measured on is.
    pub size: usize,
    /// What is read, of a case about reading: each has one for the engine and then one for `serde_json`.
    pub body: Option<Body>,
    begin: Begin,
}

#[derive(Debug, Clone, Copy)]
enum Begin {
    Sized(fn(usize) -> Result<Box<dyn Rounds>, StoreError>),
    Of(fn(Body) -> Result<Box<dyn Rounds>, StoreError>, Body),
}

impl Case {
    /// Builds what it is measured on.
    ///
    /// # Errors
    /// When the engine does not come to what the case is about.
    pub fn begin(&self) -> Result<Box<dyn Rounds>, StoreError> {
        match self.begin {
            Begin::Sized(begin) => begin(self.size),
            Begin::Of(begin, body) => begin(body),
        }
    }
}

/// The rounds of a case.
pub trait Rounds {
    /// What comes before a round and is not measured.
    fn prepare(&mut self);

    /// The round.
    ///
    /// # Errors
    /// When the storage fails, which this one doesn't.
    fn run(&mut self) -> Result<(), StoreError>;

    /// Operations in a round.
    fn operations(&self) -> usize {
        1
    }
}

const fn case(
    name: &'static str,
    size: usize,
    begin: fn(usize) -> Result<Box<dyn Rounds>, StoreError>,
) -> Case {
    Case { name, size, body: None, begin: Begin::Sized(begin) }
}

const fn of(body: Body, name: &'static str, begin: fn(Body) -> Result<Box<dyn Rounds>, StoreError>) -> Case {
    Case { name, size: 0, body: Some(body), begin: Begin::Of(begin, body) }
}

const BY_TIMELINE: &str = "an event, by events on the timeline";
const BY_IDENTIFIERS: &str = "an event, by identifiers of the profile";
const LINK: &str = "first login: an event and a link, by events on the timeline";
const MERGE: &str = "second device: an event and a merge, by events that move";
const READ: &str = "read and checked";
const VALUE: &str = "to a Value by serde_json";
const RESOLVE: &str = "resolve, for each event, by events";
const TENTH: &str = "by segments; one in ten speaks of the event; 100 events before";
const TENTH_OF_LONG: &str = "by segments; one in ten speaks of the event; 100,000 events before";
const FEW: &str = "by segments; twenty speak of the event; 100 events before";
const STORED: &str = "by segments; one in ten, 100,000 before; and the rows to be written";
const COLD: &str = "a profile just read, 100,000 events before: when its segments change next";
const CONDITIONS: &str = "a condition of GrowthBook's suite";
const WITHOUT_LISTS: &str = "a condition of it that names no list";

/// What `cargo xtask bench engine` measures, in the order of its table.
const ENGINE: [Case; 20] = [
    case(BY_TIMELINE, 10, by_timeline),
    case(BY_TIMELINE, 1_000, by_timeline),
    case(BY_TIMELINE, 100_000, by_timeline),
    case(BY_IDENTIFIERS, 1, by_identifiers),
    case(BY_IDENTIFIERS, 10, by_identifiers),
    case(BY_IDENTIFIERS, 100, by_identifiers),
    case(BY_IDENTIFIERS, 1_000, by_identifiers),
    case(LINK, 1, link),
    case(LINK, 1_000, link),
    case(MERGE, 1, merge),
    case(MERGE, HISTORY, merge),
    case(RESOLVE, 100, resolve_all),
    case(RESOLVE, 1_000, resolve_all),
    case(RESOLVE, 10_000, resolve_all),
    of(Body::Track, READ, reading),
    of(Body::Track, VALUE, to_value),
    of(Body::Order, READ, reading),
    of(Body::Order, VALUE, to_value),
    of(Body::Batch, READ, reading),
    of(Body::Batch, VALUE, to_value),
];

/// What `cargo xtask bench segments` measures.
const SEGMENTS: [Case; 20] = [
    case(TENTH, 10, segments::a_tenth),
    case(TENTH, 100, segments::a_tenth),
    case(TENTH, 1_000, segments::a_tenth),
    case(TENTH, 10_000, segments::a_tenth),
    case(TENTH_OF_LONG, 10, segments::a_tenth_of_long),
    case(TENTH_OF_LONG, 100, segments::a_tenth_of_long),
    case(TENTH_OF_LONG, 1_000, segments::a_tenth_of_long),
    case(TENTH_OF_LONG, 10_000, segments::a_tenth_of_long),
    case(FEW, 10, segments::the_same_few),
    case(FEW, 100, segments::the_same_few),
    case(FEW, 1_000, segments::the_same_few),
    case(FEW, 10_000, segments::the_same_few),
    case(STORED, 10, segments::a_tenth_stored),
    case(STORED, 100, segments::a_tenth_stored),
    case(STORED, 1_000, segments::a_tenth_stored),
    case(COLD, 10, segments::just_read),
    case(COLD, 100, segments::just_read),
    case(COLD, 1_000, segments::just_read),
    case(CONDITIONS, 1, conditions::all),
    case(WITHOUT_LISTS, 1, conditions::without_lists),
];

/// The cases of `bench segments`, or of `bench engine`.
pub fn cases(bench: &str) -> &'static [Case] {
    if bench == "segments" { &SEGMENTS } else { &ENGINE }
}

fn failed(reason: &str) -> StoreError {
    StoreError(reason.to_owned())
}

/// The shop's segments; a person may have any number of devices.
fn config() -> Result<Config, StoreError> {
    let files = [
        ("sources.json", include_str!("../../../../examples/shop/config/sources.json")),
        ("segments/buyers.json", include_str!("../../../../examples/shop/config/segments/buyers.json")),
        ("segments/loyal.json", include_str!("../../../../examples/shop/config/segments/loyal.json")),
        (
            "segments/jacket-seekers.json",
            include_str!("../../../../examples/shop/config/segments/jacket-seekers.json"),
        ),
        (
            "segments/running-shoes-in-cart.json",
            include_str!("../../../../examples/shop/config/segments/running-shoes-in-cart.json"),
        ),
    ];
    let mut read: Files = BTreeMap::new();
    for (name, text) in files {
        let value = serde_json::from_str(text).map_err(|error| StoreError(error.to_string()))?;
        read.insert(name.to_owned(), value);
    }
    let document = read_files(&read).map_err(|errors| StoreError(format!("{errors:?}")))?;
    let rules = json!({ "user_id": { "priority": 1, "unique": true }, "anonymous_id": { "priority": 9 } });
    let identity: IdentityRules = serde_json::from_value(json!({ "namespaces": rules }))
        .map_err(|error| StoreError(error.to_string()))?;
    Ok(Config::new(1, Document { identity, ..document }))
}

fn device(n: usize) -> Result<Identifier, StoreError> {
    Identifier::new("anonymous_id", &format!("0d1f6c52-51f0-4a0e-8a3c-{n:012}"))
        .map_err(|_| failed("a device"))
}

fn user(n: usize) -> Result<Identifier, StoreError> {
    Identifier::new("user_id", &format!("customer-{n}")).map_err(|_| failed("a user"))
}

/// Somebody comes by again.
struct Known {
    config: Config,
    world: World,
    me: ProfileId,
    was: Profile,
    next: Vec<Item>,
}

impl Known {
    /// One who has sent these events, and now sends some that show `ids`.
    fn boxed(before: impl Iterator<Item = Item>, ids: &[Identifier]) -> Result<Box<dyn Rounds>, StoreError> {
        let config = config()?;
        let mut world = World::new();
        let mut me: Option<ProfileId> = None;
        let mut count = 0;
        for item in before {
            me = world.send(&config, &item, me.as_ref())?;
            count += 1;
        }
        let me = me.ok_or_else(|| failed("nobody took the event"))?;
        let was = world.profile(&me).cloned().ok_or_else(|| failed("nobody lives there"))?;
        if world.people() != [(was.held.len(), count)] {
            return Err(failed("not all of it is one person's"));
        }
        let next = (count..count + EVENTS).map(|n| viewed(n, ids)).collect();
        Ok(Box::new(Self { config, world, me, was, next }))
    }
}

impl Rounds for Known {
    fn prepare(&mut self) {
        self.world.forget(&self.me, &self.next, &self.was);
    }

    fn run(&mut self) -> Result<(), StoreError> {
        for item in &self.next {
            self.world.take(&self.config, &self.me, std::slice::from_ref(item))?;
        }
        Ok(())
    }

    fn operations(&self) -> usize {
        self.next.len()
    }
}

fn by_timeline(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let ids = [user(0)?, device(0)?];
    Known::boxed((0..size).map(|n| viewed(n, &ids)), &ids)
}

/// A customer of many devices, on one of them.
fn by_identifiers(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let customer = user(0)?;
    let devices = (0..size.saturating_sub(1)).map(device).collect::<Result<Vec<_>, _>>()?;
    let shown = |n: usize| {
        let device = devices.get(n % devices.len().max(1));
        [Some(&customer), device].into_iter().flatten().cloned().collect::<Vec<_>>()
    };
    // As many events for everybody.
    Known::boxed((0..1_000).map(|n| viewed(n, &shown(n))), &shown(0))
}

/// Something that happens once to a world, which is made anew each time.
struct Once {
    config: Config,
    before: World,
    world: World,
    event: Item,
    expected: Option<ProfileId>,
    after: Vec<(usize, usize)>,
}

impl Once {
    fn boxed(
        config: Config,
        before: World,
        event: Item,
        expected: Option<ProfileId>,
        after: Vec<(usize, usize)>,
    ) -> Result<Box<dyn Rounds>, StoreError> {
        let mut once = Self { config, world: before.apart(), before, event, expected, after };
        once.run()?;
        if once.world.people() != once.after {
            return Err(failed("something else came of it"));
        }
        Ok(Box::new(once))
    }
}

impl Rounds for Once {
    fn prepare(&mut self) {
        self.world = self.before.apart();
    }

    fn run(&mut self) -> Result<(), StoreError> {
        self.world.send(&self.config, &self.event, self.expected.as_ref())?;
        Ok(())
    }
}

/// A device with a history logs in as somebody whom nobody has been yet.
fn link(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let config = config()?;
    let mut world = World::new();
    let mut at = None;
    for n in 0..size {
        at = world.send(&config, &viewed(n, &[device(0)?]), at.as_ref())?;
    }
    let login = viewed(size, &[user(0)?, device(0)?]);
    Once::boxed(config, world, login, None, vec![(2, size + 1)])
}

/// A device with a history logs in as somebody who is logged in on another one: two profiles become one.
fn merge(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let config = config()?;
    let mut world = World::new();
    world.send(&config, &viewed(0, &[user(0)?, device(0)?]), None)?;
    let mut at = None;
    for n in 1..=size {
        at = world.send(&config, &viewed(n, &[device(1)?]), at.as_ref())?;
    }
    let login = viewed(size + 1, &[user(0)?, device(1)?]);
    Once::boxed(config, world, login, None, vec![(3, size + 2)])
}

/// Everybody with two devices: some events on each, then a login on both.
struct Resolving {
    config: Config,
    facts: Vec<Fact>,
}

fn resolve_all(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let mut facts = Vec::with_capacity(size);
    for n in 0..size {
        let (person, step) = (n / EACH, n % EACH);
        let device = device(person * 2 + step % 2)?;
        let ids = if step + 2 < EACH { vec![device] } else { vec![user(person)?, device] };
        facts.extend(Fact::of(&viewed(n, &ids).logged));
    }
    let config = config()?;
    if resolve(&facts, config.identity()).people.len() != size / EACH {
        return Err(failed("other people came of it"));
    }
    Ok(Box::new(Resolving { config, facts }))
}

impl Rounds for Resolving {
    fn prepare(&mut self) {}

    fn run(&mut self) -> Result<(), StoreError> {
        std::hint::black_box(resolve(&self.facts, self.config.identity()));
        Ok(())
    }

    fn operations(&self) -> usize {
        self.facts.len()
    }
}
