//! One event against many segments: what is folded, and which memberships change.

use std::hint::black_box;

use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::{Consent, MayStore};
use selvedge_engine::identity::home::{Folded, StoreError};
use selvedge_engine::profile::{Logged, ProfileState, next_change};
use selvedge_engine::segment::{Cause, Segment};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

use crate::cases::Rounds;
use crate::event::viewed;
use crate::store::make_rows;

/// Segments that speak of the event that is measured, in the config where their number does not grow.
const FEW: usize = 20;
/// Names of the events that the other segments speak of.
const OTHERS: usize = 40;
/// So many events of the timeline are like the one that is measured: one in so many.
const ONE_IN: usize = 50;

/// The `n`th rule that speaks of this event: one of what marketers write.
fn rule(n: usize, event: &str) -> Value {
    let brand = format!("brand-{}", n % 97);
    match n % 8 {
        0 => {
            json!({ "performed": { "event": event, "where": { "category": "Running shoes" }, "within": { "days": 7 + n % 20 }, "count": { "min": 3 } } })
        }
        1 => json!({ "all": [
            { "performed": { "event": event, "within": { "hours": 1 + n % 24 } } },
            { "not": { "performed": { "event": "Order Completed", "within": { "days": 1 } } } },
        ] }),
        2 => {
            json!({ "performed": { "event": event, "within": { "days": 30 }, "value": { "take": "sum", "of": "price", "is": { "$gte": n } } } })
        }
        3 => {
            json!({ "performed": { "event": event, "within": { "calendar": "month", "zone": "Europe/Berlin" }, "count": { "min": 5, "max": 50 + n as u64 } } })
        }
        4 => {
            json!({ "sequence": { "steps": [{ "event": event }, { "event": "Product Added", "within": { "minutes": 30 } }], "within": { "days": 7 } } })
        }
        5 => {
            json!({ "performed": { "event": event, "where": { "brand": { "$in": [brand, "Skylark"] } }, "count": { "min": 1 + n as u64 % 5 } } })
        }
        6 => {
            json!({ "all": [{ "traits": { "plan": { "$in": ["gold", "silver"] } } }, { "performed": { "event": event, "within": { "days": 90 } } }] })
        }
        _ => {
            json!({ "any": [{ "segment": format!("s{}", n - 1) }, { "performed": { "event": event, "value": { "take": "mostFrequent", "of": "category", "is": "Hats" }, "within": { "days": 14 } } }] })
        }
    }
}

fn config(size: usize, mentioning: usize) -> Result<Config, StoreError> {
    let mut segments: Vec<Segment> = Vec::with_capacity(size);
    // Those that speak of the event are spread among the others, eight at a time.
    let every = (size / mentioning.max(1)).max(1);
    for n in 0..size {
        let event =
            if (n / 8) % every == 0 { "Product Viewed".to_owned() } else { format!("Event {}", n % OTHERS) };
        let segment = json!({ "id": format!("s{n}"), "name": "", "rule": rule(n, &event) });
        segments.push(serde_json::from_value(segment).map_err(|error| StoreError(error.to_string()))?);
    }
    Ok(Config::new(1, Document { segments, ..Document::default() }))
}

/// So many events in a round: enough for a coarse clock.
const EVENTS: usize = 5;

struct Events {
    config: Config,
    before: Folded,
    folded: Folded,
    next: Vec<Logged>,
    /// The rows that the Worker would write are made, too.
    stores: bool,
}

fn consent() -> Result<MayStore, StoreError> {
    let consent = Consent { analytics: true, ..Consent::default() };
    consent.may_store().ok_or_else(|| StoreError("no consent".into()))
}

/// Somebody with so many events, and as they stand in the store.
fn somebody(config: &Config, timeline: usize) -> Result<Folded, StoreError> {
    let mut state = ProfileState::empty();
    for n in 0..timeline {
        let mut item = viewed(n, &[]);
        if n % ONE_IN != 0 {
            item.logged.event.body.insert("event".into(), format!("Other {}", n % 7).into());
        }
        state.apply(&item.logged, config, consent()?);
    }
    let now = viewed(timeline, &[]).logged.event.timestamp;
    state.refresh_segments(config, now, Cause::Definition);
    state.pass_time(config, now);
    let mut folded = Folded { state, ..Folded::default() };
    folded.store(&mut |_| Ok::<(), StoreError>(()))?;
    Ok(folded)
}

fn events(config: Config, timeline: usize, stores: bool) -> Result<Box<dyn Rounds>, StoreError> {
    let before = somebody(&config, timeline)?;
    let next = (timeline..timeline + EVENTS).map(|n| viewed(n, &[]).logged).collect();
    Ok(Box::new(Events { config, folded: before.clone(), before, next, stores }))
}

/// One in ten segments speaks of the event.
pub(crate) fn a_tenth(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    events(config(size, size / 10)?, 100, false)
}

/// The same on a long timeline.
pub(crate) fn a_tenth_of_long(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    events(config(size, size / 10)?, 100_000, false)
}

/// However many there are, the same few speak of it.
pub(crate) fn the_same_few(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    events(config(size, FEW)?, 100, false)
}

/// One in ten speaks of it, and what is to be stored is made into rows.
pub(crate) fn a_tenth_stored(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    events(config(size, size / 10)?, 100_000, true)
}

impl Rounds for Events {
    fn prepare(&mut self) {
        self.folded = self.before.clone();
    }

    fn run(&mut self) -> Result<(), StoreError> {
        for row in &self.next {
            let (now, state) = (row.event.timestamp, &mut self.folded.state);
            black_box(state.pass_time(&self.config, now));
            state.apply(row, &self.config, consent()?);
            black_box(state.refresh_segments(&self.config, now, Cause::Event(&row.event.message_id)));
            if self.stores {
                make_rows(&mut self.folded, &mut |row| {
                    black_box(row);
                })?;
            }
        }
        Ok(())
    }

    fn operations(&self) -> usize {
        self.next.len()
    }
}

struct Cold {
    config: Config,
    before: ProfileState,
    state: ProfileState,
}

/// A state that was just read from the store: when any of its segments changes.
pub(crate) fn just_read(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let config = config(size, size / 10)?;
    let state = somebody(&config, 100_000)?.state;
    let text = serde_json::to_string(&state).map_err(|error| StoreError(error.to_string()))?;
    let before: ProfileState = serde_json::from_str(&text).map_err(|error| StoreError(error.to_string()))?;
    Ok(Box::new(Cold { config, state: before.clone(), before }))
}

impl Rounds for Cold {
    fn prepare(&mut self) {
        self.state = self.before.clone();
    }

    fn run(&mut self) -> Result<(), StoreError> {
        black_box(next_change(&self.state, &self.config, UnixMillis(0)));
        Ok(())
    }
}
