//! What is not retained any more, at a profile object: let go of piece by piece, and at the end all of it.

#![expect(clippy::unwrap_used, reason = "a test may")]

use selvedge_engine::config::{Config, Document, Retention, RetentionRule};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::home::{Bounds, Grant, Item, Profile, Step, Taken};
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::profile::{Fold, Logged, ProfileState};
use selvedge_engine::segment::Cause;
use selvedge_engine::time::UnixMillis;
use selvedge_simulator::store::Tables;
use serde_json::json;

const DAY: i64 = 86_400_000;
const NOW: UnixMillis = UnixMillis(20_000 * DAY);
const EVENTS: i64 = 5_000;
const DAYS: i64 = 100;
const KEPT: u32 = 30;

/// One of events that are spread evenly over the days before now.
fn item(n: i64, total: i64) -> Item {
    let at = NOW.plus(-n * DAYS * DAY / EVENTS);
    let body = json!({ "event": "Order Completed", "userId": "ada", "properties": { "order_id": n, "total": total } });
    let event = Event {
        message_id: MessageId(format!("m-{n:05}")),
        kind: Kind::Track,
        timestamp: at,
        received_at: at,
        source: SourceId::from("pos"),
        body: body.as_object().unwrap().clone(),
    };
    let ids = vec![Carried { id: Identifier::stored("user_id:ada").unwrap(), trust: Trust::Verified }];
    let consent = Consent { analytics: true, ..Consent::default() };
    let logged = Logged::new(event, ids, consent);
    Item { logged, granted: None, consent, apart_since: None, not_identifiers: Vec::new(), replayed: false }
}

struct Object {
    profile: Profile,
    tables: Tables,
}

impl Object {
    fn step<T>(&mut self, config: &Config, input: impl FnOnce(&mut Step<'_, Tables>) -> T) -> T {
        let mut new_id = || ProfileId::from_random([9; 16]);
        input(&mut Step {
            profile: &mut self.profile,
            store: &mut self.tables,
            config,
            now: NOW,
            chunk: 200,
            bounds: Bounds::default(),
            number: &|_| 0,
            new_id: &mut new_id,
            effects: Vec::new(),
        })
    }

    /// The fold of what is there still.
    fn folded_anew(&self, config: &Config) -> ProfileState {
        let mut fold = Fold::new();
        self.tables.visible().filter(|row| !row.expired).for_each(|row| fold.take(row, config));
        let (mut state, _) = fold.done();
        state.refresh_segments(config, NOW, Cause::Definition);
        state
    }
}

/// An object with so many events of somebody new, and these.
fn object_with(total: i64) -> (Object, Vec<Item>) {
    let for_good = Config::new(1, Document::default());
    let me = ProfileId::from_random([1; 16]);
    let mut object = Object { profile: Profile::empty(me.clone()), tables: Tables::default() };
    let items: Vec<Item> = (0..total).map(|n| grant(item(n, 1), &me)).collect();
    let taken = object.step(&for_good, |step| step.take(&items)).unwrap();
    assert!(taken.iter().all(|taken| *taken == Taken::Accepted));
    assert_eq!(object.profile.expires_at(&for_good), None, "kept for good");
    (object, items)
}

/// Somebody new: whoever shows the identifier is granted it.
fn grant(mut item: Item, me: &ProfileId) -> Item {
    let id = item.logged.ids.first().unwrap().id.clone();
    item.granted = Some(Grant { id, profile: me.clone(), epoch: 1, erased: None });
    item
}

#[test]
fn what_is_kept_longer_stays_among_what_goes() {
    let rules = vec![
        RetentionRule { source: None, kind: Some(Kind::Page), event: None, days: 1 },
        RetentionRule {
            source: Some(SourceId::from("pos")),
            kind: None,
            event: Some("Order Completed".into()),
            days: 60,
        },
    ];
    let config =
        Config::new(2, Document { retention: Retention { days: Some(KEPT), rules }, ..Document::default() });
    let (mut object, _) = object_with(1_000);
    let pages = (1_000..1_500).map(|n| {
        let mut item = grant(item(n, 1), &ProfileId::from_random([1; 16]));
        item.logged.event.kind = Kind::Page;
        // Many at the moment of an order that stays.
        item.logged.event.timestamp = NOW.plus(-10 * DAY);
        item
    });
    let pages: Vec<Item> = pages.collect();
    object.step(&Config::new(1, Document::default()), |step| step.take(&pages)).unwrap();
    while object.profile.expires_at(&config).is_some_and(|at| at <= NOW) {
        let before = object.profile.folded.state.events;
        object.step(&config, |step| step.expire()).unwrap();
        assert_eq!(object.profile.folded.state, object.folded_anew(&config), "after each piece");
        assert!(object.profile.folded.state.events < before, "something goes each time");
    }
    let orders = object.tables.visible().filter(|row| !row.expired && row.event.kind == Kind::Track).count();
    let kept = object.tables.visible().filter(|row| !row.expired).count();
    assert_eq!((orders, kept), (1_000, 1_000), "twenty days of orders stay, and no page of before yesterday");
}

#[test]
fn it_leaves_in_pieces_and_what_is_left_is_the_fold_of_the_rest() {
    let retention = Retention { days: Some(KEPT), rules: Vec::new() };
    let config = Config::new(2, Document { retention, ..Document::default() });
    let me = ProfileId::from_random([1; 16]);
    let (mut object, items) = object_with(EVENTS);

    let kept = (0..EVENTS).filter(|n| n * DAYS <= i64::from(KEPT) * EVENTS).count() as u64;
    let mut steps = 0;
    while object.profile.expires_at(&config).is_some_and(|at| at <= NOW) {
        let before = object.profile.folded.state.events;
        object.step(&config, |step| step.expire()).unwrap();
        let state = &object.profile.folded.state;
        assert!(before - state.events <= limits::EXPIRED_AT_A_TIME as u64 && state.events < before);
        assert_eq!(*state, object.folded_anew(&config), "after each piece");
        assert_eq!(object.profile.folded, *object.tables.folded, "and it is durable");
        steps += 1;
    }
    assert!(steps > 1, "not all at once");
    // A day's worth may wait for the next look.
    object.step(&config, |step| step.expire()).unwrap();
    assert_eq!(object.profile.folded.state.events, kept);
    assert_eq!(
        object.profile.folded.state.computed(&selvedge_engine::profile::Asked::all())["orders"],
        json!(kept)
    );
    assert_eq!(object.tables.visible().count() as i64, EVENTS, "that they were is known still");

    // Sent again: what is kept is a duplicate, what is not is past, and neither is there twice.
    let taken = object.step(&config, |step| step.take(&items)).unwrap();
    let count = |wanted: Taken| taken.iter().filter(|taken| **taken == wanted).count() as u64;
    assert_eq!((count(Taken::Duplicate), count(Taken::PastRetention)), (kept, EVENTS as u64 - kept));
    // Another event under the same messageId: the first one counts, and that it came is counted.
    let other = [(3, 7), (3, 7), (4, 1)].map(|(n, total)| grant(item(n, total), &me));
    let taken = object.step(&config, |step| step.take(&other)).unwrap();
    assert_eq!(taken, [Taken::Conflict, Taken::Conflict, Taken::Duplicate]);
    assert_eq!(object.profile.home.conflicts, 2);
    assert_eq!(object.tables.home.as_ref().unwrap().conflicts, 2, "durably");
    assert_eq!(object.profile.folded.state, object.folded_anew(&config), "and changes nothing");
}
