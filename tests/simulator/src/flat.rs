//! What an event reads and writes, counted in rows and bytes: the same whether a person has done ten things or a hundred thousand, and
//! whether they have one name or a thousand. Nothing is timed here.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::{
    Bounds, Folded, FoldedRow, Item, Ledger, Note, NoteKind, Place, Profile, Step, Store, StoreError, Taken,
    Write,
};
use selvedge_engine::identity::meet::{Held, HeldState};
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::store::Tables;
use serde::Serialize;
use serde_json::json;

/// Events and names from which nothing is added up in the fold's own row any more.
const MANY: usize = limits::SIGHTINGS_IN_STATE * 2;

/// Digits that numbers and times have more of, where there is more: they stand in the row of the fold.
const DIGITS: usize = 100;

/// What one event has read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Cost {
    rows_read: usize,
    rows_written: usize,
    bytes_written: usize,
}

/// The storage of one object, in memory, which counts.
#[derive(Default)]
struct Counted {
    tables: Tables,
    read: Cell<usize>,
    cost: Cost,
    folds: bool,
}

impl Counted {
    fn has_read<T>(&self, rows: usize, what: T) -> T {
        self.read.set(self.read.get() + rows);
        what
    }

    fn has_written<T: Serialize + ?Sized>(&mut self, row: &T) {
        self.cost.rows_written += 1;
        self.cost.bytes_written += serde_json::to_vec(row).unwrap().len();
    }

    /// The fold is written once, at the end of a step, as the Worker does it.
    fn finish(&mut self, folded: &mut Folded) -> Cost {
        if std::mem::take(&mut self.folds) {
            let stored: Result<(), StoreError> = folded.store(&mut |row| {
                match row {
                    FoldedRow::Rest(folded) => self.has_written(folded),
                    FoldedRow::Seen(_, seen) => self.has_written(seen),
                    FoldedRow::Tally(_, tally) => self.has_written(tally),
                    FoldedRow::Segment(_, membership) => self.has_written(membership),
                    FoldedRow::Gone(..) | FoldedRow::Cleared(_) => self.has_written(""),
                }
                Ok(())
            });
            stored.unwrap();
        }
        Cost { rows_read: self.read.take(), ..std::mem::take(&mut self.cost) }
    }
}

impl Store for Counted {
    fn write(&mut self, write: Write<'_>) -> Result<(), StoreError> {
        match &write {
            Write::Folded(_) => self.folds = true,
            Write::Home(home) => self.has_written(home),
            Write::Held(_, held) => self.has_written(held),
            Write::Link(_, link) => self.has_written(link),
            Write::Log(row, _) => self.has_written(row),
            Write::Note(note) => self.has_written(note),
            Write::Leaves(item) => self.has_written(&item.logged),
            Write::Change(change, _) => self.has_written(change),
            other => self.has_written(&format!("{other:?}")),
        }
        self.tables.write(write)
    }

    fn find(&self, id: &MessageId) -> Result<Option<(u64, bool)>, StoreError> {
        self.has_read(1, self.tables.find(id))
    }

    fn row(&self, id: &MessageId) -> Result<Option<Logged>, StoreError> {
        self.has_read(1, self.tables.row(id))
    }

    fn between(&self, since: UnixMillis, until: UnixMillis, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let rows = self.tables.between(since, until, limit)?;
        Ok(self.has_read(rows.len(), rows))
    }

    fn rows(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let rows = self.tables.rows(part, after, limit)?;
        Ok(self.has_read(rows.len(), rows))
    }

    fn late(&self, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let rows = self.tables.late(limit)?;
        Ok(self.has_read(rows.len(), rows))
    }

    fn is_late(&self, id: &MessageId) -> Result<bool, StoreError> {
        self.has_read(1, self.tables.is_late(id))
    }

    fn notes(&self) -> Result<Vec<Note>, StoreError> {
        let notes = self.tables.notes()?;
        Ok(self.has_read(notes.len(), notes))
    }

    fn has_note(&self, kind: NoteKind, id: &str, by: &MessageId) -> Result<bool, StoreError> {
        self.has_read(1, self.tables.has_note(kind, id, by))
    }

    fn ledger(&self) -> Result<Vec<Ledger>, StoreError> {
        let ledger = self.tables.ledger()?;
        Ok(self.has_read(ledger.len(), ledger))
    }

    fn has_ledger(&self, key: &str) -> Result<bool, StoreError> {
        self.has_read(1, self.tables.has_ledger(key))
    }

    fn leaving(&self) -> Result<Option<Folded>, StoreError> {
        self.has_read(1, self.tables.leaving())
    }
}

fn name(n: usize) -> Identifier {
    Identifier::stored(&format!("crm_id:c{n:04}")).unwrap()
}

fn item(n: usize, ids: &[Identifier]) -> Item {
    let event = Event {
        message_id: MessageId(format!("m{n:07}")),
        kind: Kind::Track,
        timestamp: UnixMillis(1_700_000_000_000 + n as i64),
        received_at: UnixMillis(1_700_000_000_000 + n as i64),
        source: SourceId::from("sim"),
        body: json!({ "event": "Product Viewed", "traits": { "n": n % 10 } }).as_object().unwrap().clone(),
    };
    let consent = Consent { analytics: true, ..Consent::default() };
    let ids = ids.iter().map(|id| Carried { id: id.clone(), trust: Trust::Verified }).collect();
    let logged = Logged::new(event, ids, consent);
    Item { logged, granted: None, consent, apart_since: None, not_identifiers: Vec::new(), replayed: false }
}

/// Somebody who has done so much under so many names.
struct Somebody {
    profile: Profile,
    store: Counted,
    config: Config,
    events: usize,
}

impl Somebody {
    fn who(events: usize, names: usize) -> Self {
        let document = json!({
            "sources": [], "placements": [], "offers": [],
            "identity": { "namespaces": { "crm_id": { "priority": 2 } } },
            "segments": [{ "id": "viewer", "name": "Viewer", "rule": { "performed": {
                "event": "Product Viewed", "count": { "min": 3 }, "within": { "days": 30 } } } }],
        });
        let config = Config::new(1, serde_json::from_value::<Document>(document).unwrap());
        let mut profile = Profile::empty(ProfileId::from_random([1; 16]));
        (profile.home.place, profile.home.epoch) = (Place::Live, 1);
        let mut store = Counted::default();
        let log = Arc::make_mut(&mut store.tables.log);
        for n in 0..events {
            let row = item(n, &[name(n % names)]).logged;
            profile.folded.state.apply(&row, &config, row.stored_under().may_store().unwrap());
            profile.folded.last = Some((row.event.timestamp, row.event.message_id.clone()));
            log.insert(row.event.message_id.clone(), (Arc::new(row), 0));
        }
        for n in 0..names {
            let first = &item(n, &[]).logged.event;
            let held = Held {
                first_seen: first.timestamp,
                by: first.message_id.clone(),
                state: HeldState::Active,
                shared: None,
                epoch: 1,
                erased: None,
            };
            profile.held.insert(name(n), held);
        }
        let mut somebody = Self { profile, store, config, events };
        // What has never been stored is all written with the first event, and some segment is entered.
        somebody.does(&[name(0)]);
        somebody
    }

    /// One thing more, under these names.
    fn does(&mut self, ids: &[Identifier]) -> Cost {
        let item = item(self.events, ids);
        self.events += 1;
        let mut step = Step {
            profile: &mut self.profile,
            store: &mut self.store,
            config: &self.config,
            now: item.logged.event.received_at,
            chunk: limits::MERGE_CHUNK_EVENTS,
            bounds: Bounds::default(),
            number: &|_| 0,
            new_id: &mut || ProfileId::from_random([9; 16]),
            effects: Vec::new(),
        };
        assert_eq!(step.take(&[item]).unwrap(), [Taken::Accepted]);
        self.store.finish(&mut self.profile.folded)
    }
}

/// Of an event under a known name, of one under two, and of one that shows a new name.
fn costs(events: usize, names: usize) -> [Cost; 3] {
    let mut somebody = Somebody::who(events, names);
    let last = name(names - 1);
    let costs = [
        somebody.does(&[name(0)]),
        somebody.does(&[name(0), last]),
        somebody.does(&[name(0), Identifier::stored("crm_id:new").unwrap()]),
    ];
    println!("{events} events, {names} names: {costs:?}");
    costs
}

fn rows(costs: [Cost; 3]) -> [(usize, usize); 3] {
    costs.map(|cost| (cost.rows_read, cost.rows_written))
}

fn bytes(costs: [Cost; 3]) -> BTreeSet<usize> {
    costs.iter().map(|cost| cost.bytes_written).collect()
}

#[test]
fn an_event_reads_and_writes_no_more_where_much_has_happened() {
    let few = costs(10, 3);
    for events in [1_000, 100_000] {
        let many = costs(events, 3);
        assert_eq!(rows(many), rows(few), "{events} events");
        for (many, few) in many.iter().zip(&few) {
            assert!(many.bytes_written <= few.bytes_written + DIGITS, "{events} events: {many:?}, {few:?}");
        }
    }
    assert!(rows(few).iter().all(|(read, written)| *read < 10 && *written < 10), "{few:?}");
}

#[test]
fn an_event_reads_and_writes_no_more_where_somebody_has_many_names() {
    let some = costs(1_000, MANY);
    for names in [1, 10, 100, 1_000] {
        let costs = costs(1_000, names);
        // Sightings of more names than a few stand in rows of their own: one for each name that the event shows.
        let apart = usize::from(names > limits::SIGHTINGS_IN_STATE);
        for (index, cost) in costs.iter().enumerate() {
            assert!(cost.rows_read <= some[index].rows_read, "{names} names: {cost:?}");
            assert!(cost.rows_written <= some[index].rows_written + apart, "{names} names: {cost:?}");
        }
        let most = bytes(some).last().copied().unwrap() + limits::SIGHTINGS_IN_STATE * 200;
        assert!(bytes(costs).iter().all(|bytes| *bytes <= most), "{names} names: {costs:?}, at most {most}");
    }
}
