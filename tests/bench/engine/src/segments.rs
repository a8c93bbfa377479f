//! One event against many segments: what is folded, and which memberships change.

use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::identity::home::StoreError;
use selvedge_engine::profile::ProfileState;
use selvedge_engine::segment::{Cause, Segment};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

use crate::cases::Rounds;
use crate::event::viewed;

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

struct OneEvent {
    config: Config,
    before: ProfileState,
    state: ProfileState,
    next: usize,
}

fn consent() -> Result<selvedge_engine::consent::MayStore, StoreError> {
    let consent = Consent { analytics: true, ..Consent::default() };
    consent.may_store().ok_or_else(|| StoreError("no consent".into()))
}

fn one_event(config: Config, timeline: usize) -> Result<Box<dyn Rounds>, StoreError> {
    let mut state = ProfileState::empty();
    for n in 0..timeline {
        let mut item = viewed(n, &[]);
        if n % ONE_IN != 0 {
            item.logged.event.body.insert("event".into(), format!("Other {}", n % 7).into());
        }
        state.apply(&item.logged, &config, consent()?);
    }
    let now = viewed(timeline, &[]).logged.event.timestamp;
    state.refresh_segments(&config, now, Cause::Definition);
    state.pass_time(&config, now);
    Ok(Box::new(OneEvent { config, before: state.clone(), state, next: timeline }))
}

/// One in ten segments speaks of the event.
pub(crate) fn a_tenth(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    one_event(config(size, size / 10)?, 100)
}

/// The same on a long timeline.
pub(crate) fn a_tenth_of_long(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    one_event(config(size, size / 10)?, 100_000)
}

/// However many there are, the same few speak of it.
pub(crate) fn the_same_few(size: usize) -> Result<Box<dyn Rounds>, StoreError> {
    one_event(config(size, FEW)?, 100)
}

impl Rounds for OneEvent {
    fn prepare(&mut self) {
        self.state = self.before.clone();
    }

    fn run(&mut self) -> Result<(), StoreError> {
        let row = viewed(self.next, &[]).logged;
        let now: UnixMillis = row.event.timestamp;
        std::hint::black_box(self.state.pass_time(&self.config, now));
        self.state.apply(&row, &self.config, consent()?);
        let by = &row.event.message_id;
        std::hint::black_box(self.state.refresh_segments(&self.config, now, Cause::Event(by)));
        Ok(())
    }
}
