//! The shapes in which things are stored, pinned: one file for each type and version in `stored/`.
//!
//! What this version writes is what its file says, to the byte of meaning; and every file that is there, of this version
//! or of an older one, can still be read. Whoever changes a shape gives it a new version (the constant that is named
//! here), says how the old one is read, and adds a file beside the old: `UPDATE_STORED=1 cargo test -p selvedge-engine
//! --test stored` writes the files that are missing, and never one that is there.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use selvedge_engine::access::{ACT_VERSION, Act, KEY_VERSION, Key, KeyId, Right, Role};
use selvedge_engine::account::{
    ACCOUNT_VERSION, Account, AccountId, AccountRules, MEMBER_VERSION, Member, Named, REPORT_VERSION, Report,
};
use selvedge_engine::archive::{
    BOT_LINE_VERSION, BotLine, CHANGE_LINE_VERSION, ChangeLine, ERASED_VERSION, Erased, Folder, LINE_VERSION,
    Line, Manifest, Mark, SWEEP_VERSION, Sweep, Unarchived, WORD_VERSION, Word,
};
use selvedge_engine::audience::{BadRow, Generation, Mode, PROGRESS_VERSION, PartReport, Progress};
use selvedge_engine::bot::Sign;
use selvedge_engine::config::{
    Config, Document, FileChange, Made, PUBLICATION_VERSION, Publication, Touched,
};
use selvedge_engine::consent::Consent;
use selvedge_engine::directory::{
    COURSE_VERSION, Course, Moved, Number, ROW_VERSION, Refused, Row, Standing, Totals, WALK_VERSION, Walk,
};
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::exposure::Participation;
use selvedge_engine::identity::crowd::{Crowd, number};
use selvedge_engine::identity::entry::{Claim, ENTRY_VERSION, Entry, Owner, Suppression};
use selvedge_engine::identity::extract::{Carried, NoIdentifier};
use selvedge_engine::identity::fact::{Edge, Fact, Order, Says};
use selvedge_engine::identity::home::{
    Counted, Folded, Forgotten, Gone, HANDED_VERSION, HOME_VERSION, Handed, Home, How, Item, LEDGER_VERSION,
    LINK_VERSION, Ledger, Link, Note, NoteKind, OUTGOING_VERSION, Outgoing, Party, Phase, Place, Receipt,
    Repoint, Reservation, Settlement, Telling,
};
use selvedge_engine::identity::meet::{HELD_VERSION, Held, HeldIds, HeldState};
use selvedge_engine::identity::{Identifier, IdentityRules, Namespace, Refusal, Trust};
use selvedge_engine::ids::{AudienceId, ExperimentId, MessageId, ProfileId, SegmentId, SourceId};
use selvedge_engine::offer::experiment::{
    BOOK_VERSION, Book, Odds, POSTERIORS_VERSION, Posteriors, REWARD_VERSION, Reward,
};
use selvedge_engine::offer::lease::{self, Cap, LESSOR_VERSION, Lessor};
use selvedge_engine::profile::{
    EXPIRED_VERSION, Fold, LISTED_VERSION, Listed, Logged, Micros, ProfileState, STATE_VERSION, Seen,
};
use selvedge_engine::results::{Arms, shift};
use selvedge_engine::segment::{CHANGE_VERSION, Cause, Change, How as Changed, Segment, Tally, Threshold};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{DECISION_VERSION, Decision};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The version of rows that have none of their own: `ROW_VERSION` of the profile object's schema.
const PLAIN: u8 = 1;
/// The version of rows of the log.
const LOG_VERSION: u8 = 1;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stored")
}

/// Holds these samples against the file of this version, and reads the files of all versions.
fn pinned<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, v: u8, samples: &[T]) {
    let path = folder().join(format!("{name}-v{v}.json"));
    let written = serde_json::to_value(samples).unwrap();
    if std::env::var_os("UPDATE_STORED").is_some() && !path.exists() {
        fs::write(&path, format!("{written:#}\n")).unwrap();
    }
    let advice = format!(
        "the stored shape of `{name}` is not what stored/{name}-v{v}.json says: give it a new version and a way to read \
         the old one, then add the new file (see the head of this test)"
    );
    let committed: Value = serde_json::from_str(&fs::read_to_string(&path).expect(&advice)).unwrap();
    assert_eq!(written, committed, "{advice}");
    let read: Vec<T> = serde_json::from_value(committed).expect(&advice);
    assert_eq!(read, samples, "{advice}");
    for older in 1..v {
        let Ok(text) = fs::read_to_string(folder().join(format!("{name}-v{older}.json"))) else { continue };
        let read: Result<Vec<T>, _> = serde_json::from_str(&text);
        assert!(read.is_ok(), "rows of version {older} of `{name}` can't be read any more: {read:?}");
    }
}

fn at(n: i64) -> UnixMillis {
    UnixMillis(1_767_607_200_000 + n)
}

fn order(n: i64) -> Order {
    (at(n), MessageId(format!("m-{n}")))
}

fn profile(n: u8) -> ProfileId {
    ProfileId::from_random([n; 16])
}

fn id(text: &str) -> Identifier {
    Identifier::stored(text).unwrap()
}

fn account() -> AccountId {
    AccountId::new("ACME").unwrap()
}

fn held(state: HeldState, shared: Option<Order>) -> Held {
    Held { first_seen: at(1), by: MessageId::from("m-1"), state, shared, epoch: 3, erased: None }
}

fn erased_person() -> Erased {
    Erased {
        at: at(9),
        names: BTreeSet::from([Mark(1), Mark(u64::MAX)]),
        shared: BTreeSet::from([Mark(2)]),
        events: BTreeSet::from([Mark(3)]),
        filed: BTreeSet::from([Mark(4)]),
        beyond: 5,
        profiles: BTreeSet::from([profile(1), profile(2)]),
    }
}

fn decrees() -> Vec<Fact> {
    let edge = Edge { left: vec![id("user_id:1")], right: vec![id("anonymous_id:a")] };
    let together = Says::Together { current: id("user_id:1"), retired: id("user_id:2") };
    vec![
        Fact { order: order(8), says: Says::Apart(edge) },
        Fact { order: order(9), says: together },
        Fact {
            order: order(2),
            says: Says::Seen { ids: vec![id("user_id:1")], previous: Some(id("user_id:0")) },
        },
    ]
}

fn party() -> Party {
    Party {
        profile: profile(2),
        created_at: at(2),
        epoch: 1,
        ids: HeldIds::from([(id("email:ada@example.com"), held(HeldState::Active, None))]),
        last: Some(order(5)),
        contested: Some(order(4)),
        decrees: decrees(),
    }
}

fn link(how: How) -> Link {
    Link { order: order(3), how, decides: false }
}

fn links() -> Vec<Link> {
    let shown = How::Shown { id: id("anonymous_id:b") };
    vec![
        link(shown.clone()),
        Link { decides: true, ..link(shown) },
        link(How::Renames { id: id("user_id:1"), previous: id("user_id:0") }),
        link(How::Retired { id: id("user_id:0") }),
        link(How::Remember { id: id("_shared_device:anonymous_id:a") }),
        link(How::Plan { with: profile(2) }),
        link(How::Hand { with: profile(3) }),
    ]
}

fn notes() -> Vec<Note> {
    let note = |kind, id: &str, reason: &str| Note {
        kind,
        id: id.into(),
        reasons: vec![reason.into()],
        order: order(6),
    };
    vec![
        note(NoteKind::Refused, "email:ada@example.com", "unique:user_id"),
        note(NoteKind::NoIdentifier, "phone:none", "blocked:phone"),
        note(NoteKind::LateConflict, "user_id:1", "late_conflict"),
    ]
}

fn ledger() -> Vec<Ledger> {
    vec![
        Ledger::Merged {
            younger: profile(2),
            epoch: 1,
            older: profile(1),
            merge: 4,
            trigger: order(3),
            at: at(7),
            created_at: at(2),
            came: vec![id("anonymous_id:b")],
            linked: vec![id("user_id:1")],
            gone: vec![id("email:ada@example.com")],
            before: None,
        },
        Ledger::Given {
            from: profile(2),
            gift: 1,
            at: at(7),
            came: vec![id("anonymous_id:b")],
            origins: BTreeSet::from([profile(3)]),
        },
        Ledger::Declined { from: profile(2), gift: 2 },
        Ledger::Gave { to: profile(3), gift: 3, at: at(7), went: vec![id("anonymous_id:b")] },
    ]
}

fn log() -> Vec<Logged> {
    let row = |n: i64, kind: Kind, body: Value| {
        let event = Event {
            message_id: MessageId(format!("m-{n}")),
            kind,
            timestamp: at(n),
            received_at: at(n + 100),
            source: SourceId::from("shop"),
            body: body.as_object().unwrap().clone(),
        };
        let ids = vec![
            Carried { id: id("user_id:1"), trust: Trust::Verified },
            Carried { id: id("email:ada@example.com"), trust: Trust::Claimed },
        ];
        Logged::new(event, ids, Consent { analytics: true, ..Consent::default() })
    };
    let mut alias = row(2, Kind::Alias, json!({ "previousId": "0" }));
    alias.previous = Some(id("user_id:0"));
    let mut group = row(3, Kind::Group, json!({ "groupId": "ACME", "traits": { "plan": "gold" } }));
    group.account = Some(Named { id: account(), trust: Trust::Verified });
    let mut old = row(4, Kind::Page, json!({}));
    old.consent = None;
    let mut claimed = row(5, Kind::Identify, json!({ "traits": { "city": "Bonn" } }));
    claimed.ids = vec![Carried { id: id("user_id:2"), trust: Trust::Claimed }];
    vec![
        row(1, Kind::Identify, json!({ "traits": { "city": "Ulm", "visits": 2, "tags": ["a"] } })),
        alias,
        group,
        old,
        claimed,
        row(6, Kind::Track, json!({ "event": "Order Completed", "properties": { "revenue": 19.99 } })),
        row(7, Kind::Screen, json!({ "name": "Start" })),
    ]
}

/// What a shop adds to a log: something of everything that its fold keeps.
fn shopping() -> Vec<Logged> {
    let runner = json!({
        "product_id": "p-1", "name": "Runner", "brand": "Selva", "category": "Shoes", "variant": "42", "price": 149,
        "quantity": 2, "currency": "EUR", "url": "/p-1", "image_url": "/p-1.jpg", "cart_id": "c-1",
    });
    let said = [
        ("Cart Viewed", json!({ "products": [runner] })),
        ("Product Viewed", runner.clone()),
        ("Product Added", runner),
        ("Product Removed", json!({ "product_id": "p-2", "variant": "43", "quantity": 1 })),
        ("Product Removed", json!({ "product_id": "p-3" })),
        (
            "Order Completed",
            json!({ "order_id": "o-0", "total": 5, "currency": "EUR", "products": [{ "sku": "s" }] }),
        ),
        ("Order Updated", json!({ "order_id": "o-0", "total": 6 })),
        ("Order Refunded", json!({ "order_id": "o-0" })),
        ("Order Cancelled", json!({ "order_id": "o-0" })),
    ];
    let mut rows: Vec<Logged> = Vec::new();
    for ((name, properties), n) in said.into_iter().zip([20, 21, 22, 23, 24, 10, 11, 12, 13]) {
        let mut row = log().remove(5);
        (row.event.message_id, row.event.timestamp) = (MessageId(format!("m-{n}")), at(n));
        row.event.body = json!({ "event": name, "properties": properties }).as_object().unwrap().clone();
        rows.push(row);
    }
    rows
}

/// What came of a decision.
fn decided() -> Vec<Logged> {
    let decision = Decision {
        v: DECISION_VERSION,
        id: "q83vEjRWeJCrze8S".into(),
        offer: Some("hat".into()),
        placement: Some("hero".into()),
        experiment: Some("hats".into()),
        variant: Some("red".into()),
        propensity: Some(0.25),
        audience: "loyal".into(),
        config: 3,
        at: at(29),
    };
    let given = Decision { offer: None, placement: None, audience: String::new(), ..decision.clone() };
    let rows = [
        ("Experiment Assigned", given),
        ("Promotion Viewed", decision.clone()),
        ("Promotion Clicked", decision),
    ];
    let row = |(n, (name, decision)): (usize, (&str, Decision))| {
        let mut row = log().remove(5);
        (row.event.message_id, row.event.timestamp) = (MessageId(format!("m-3{n}")), at(30 + n as i64));
        row.event.body = json!({ "event": name }).as_object().unwrap().clone();
        row.of_decision(Some(decision))
    };
    rows.into_iter().enumerate().map(row).collect()
}

/// What somebody said of consent, for themselves and from a device.
fn spoken() -> Vec<Logged> {
    let said = json!({ "consent": { "categoryPreferences": { "analytics": true } } });
    let mut whole = log().remove(5);
    (whole.event.message_id, whole.event.timestamp) = ("m-40".into(), at(40));
    whole.event.body = json!({ "event": "Chosen", "context": said }).as_object().unwrap().clone();
    whole.ids.truncate(1);
    let mut device = whole.clone();
    (device.event.message_id, device.event.timestamp) = ("m-41".into(), at(41));
    device.event.body.insert("anonymousId".into(), "a".into());
    device.ids.push(Carried { id: id("anonymous_id:a"), trust: Trust::Verified });
    vec![whole, device]
}

fn config() -> Config {
    let document = json!({
        "sources": [], "placements": [], "offers": [],
        "traits": { "visits": { "merge": "sum" }, "tags": { "merge": "union" } },
        "segments": [
            { "id": "buyers", "name": "Buyers", "rule": { "performed": { "event": "Order Completed", "count": {} } } },
            { "id": "ulm", "name": "Ulm", "rule": { "traits": { "city": "Ulm" } } },
            { "id": "spent", "name": "Spent this month", "rule": { "performed": {
                "event": "Order Completed", "within": { "calendar": "month" },
                "value": { "take": "sum", "of": "total", "is": { "$gte": 1 } },
            } } },
            { "id": "first", "name": "First bought", "rule": { "performed": {
                "event": "Order Completed", "value": { "take": "first", "of": "order_id", "is": "o-1" },
            } } },
            { "id": "often", "name": "Most often", "rule": { "performed": {
                "event": "Order Completed", "within": { "days": 30 },
                "value": { "take": "mostFrequent", "of": "order_id", "is": "o-1" },
            } } },
            { "id": "again", "name": "Cancelled after that", "rule": { "sequence": {
                "steps": [{ "event": "Order Completed" }, { "event": "Order Cancelled" }], "within": { "days": 1 },
            } } },
        ],
    });
    Config::new(1, serde_json::from_value::<Document>(document).unwrap())
}

fn folded() -> Folded {
    folded_with(&[decided(), spoken()].concat())
}

fn folded_with(more: &[Logged]) -> Folded {
    let config = config();
    let mut fold = Fold::new();
    log().iter().chain(&shopping()).chain(more).for_each(|row| fold.take(row, &config));
    let (mut state, last) = fold.done();
    state.refresh_segments(&config, at(200), Cause::Event(&MessageId::from("m-6")));
    Folded { state, last, ..Folded::default() }
}

#[test]
fn what_event_conditions_count() {
    let tallies: Vec<Tally> = folded_with(&[]).state.tallies.iter().map(|(_, tally)| tally.clone()).collect();
    assert!(tallies.len() > 4);
    pinned("tally", PLAIN, &tallies);
}

#[test]
fn memberships_of_imported_audiences() {
    let rule = json!({ "audience": "vip" });
    let segment = serde_json::from_value(json!({ "id": "vip", "name": "VIP", "rule": rule })).unwrap();
    let config = Config::new(3, Document { segments: vec![segment], ..Document::default() });
    let mut listed = Listed::default();
    let lists = [AudienceId::from("vip")].into_iter().collect();
    listed.look(&ProfileState::empty(), &config, at(4), Some(lists));
    pinned("listed", LISTED_VERSION, &[Listed::default(), listed]);
}

#[test]
fn how_far_the_archive_is_swept() {
    let retention =
        serde_json::from_value(json!({ "days": 30, "rules": [{ "type": "page", "days": 7 }] })).unwrap();
    let mut begun = Sweep::next(None, &retention, at(1)).unwrap();
    begun.pass("archive/source=shop/hour=2026-11-21T22/0a1b.ndjson.gz".into());
    let mut ended = begun.clone();
    ended.end();
    let next = Sweep::next(Some(ended.clone()), &retention, at(100_000_000)).unwrap();
    pinned("sweep", SWEEP_VERSION, &[begun, ended, next]);
}

#[test]
fn the_walk_that_was_begun() {
    let rule = json!({ "score": { "of": "computed.revenue", "top": 0.1 } });
    let segment = serde_json::from_value(json!({ "id": "high", "name": "High", "rule": rule })).unwrap();
    let segments: Vec<Segment> = vec![segment];
    let threshold = Threshold { of: "computed.revenue".into(), top: 0.1, at_least: 5040.65 };
    let first = Config::new(3, Document { segments: segments.clone(), ..Document::default() });
    let second = Config::new(4, Document { segments, thresholds: vec![threshold], ..Document::default() });
    let mut begun = Course::after(None, &first, at(1)).unwrap();
    (begun.told, begun.ended) = (true, true);
    let next = Course::after(Some(&begun), &second, at(2)).unwrap();
    let anew = next.anew(5, at(3));
    pinned("course", COURSE_VERSION, &[begun, next, anew]);
}

#[test]
fn a_membership_that_changed() {
    let change = |entered, cause: Option<&str>, how| Change {
        segment: SegmentId::from("buyers"),
        entered,
        at: at(3),
        cause: cause.map(MessageId::from),
        how,
    };
    let changes = [
        change(true, Some("m-3"), Changed::Event),
        change(false, None, Changed::Time),
        change(true, None, Changed::Merge),
        change(false, Some("m-3"), Changed::Replay),
        change(true, None, Changed::Backfill),
        change(false, None, Changed::Threshold),
        change(true, None, Changed::Import),
    ];
    pinned("change", CHANGE_VERSION, &changes);
    let may = Consent::ALL.may_archive().unwrap();
    let lines = changes.map(|change| ChangeLine::of(&profile(1), &change, may));
    pinned("archive-change-line", CHANGE_LINE_VERSION, &lines);
}

#[test]
fn the_home() {
    let surrendering =
        |phase| Place::Surrendering { to: profile(1), older: profile(4), merge: 7, trigger: order(3), phase };
    let places = [
        Place::None,
        Place::Live,
        surrendering(Phase::Staging { after: "m-2".into() }),
        surrendering(Phase::Absorbing),
        surrendering(Phase::Aborting { at: at(9) }),
        Place::Forwarding { to: profile(1) },
        Place::Erased { at: at(9) },
    ];
    let homes = places.map(|place| Home { place, ..Home::empty(profile(1)) });
    let full = Home {
        v: HOME_VERSION,
        me: profile(1),
        place: Place::Live,
        created_at: at(1),
        epoch: 2,
        next: 3,
        revision: 4,
        contested: Some(order(5)),
        unsettled: true,
        coming: BTreeSet::from([(profile(2), 6)]),
        erasing: Some(at(9)),
        decrees: decrees(),
        refusals: Counted { kept: 500, beyond: 7 },
        late_conflicts: Counted { kept: 2, beyond: 0 },
        conflicts: 8,
        receipt: Some(Receipt { id: MessageId::from("m-9"), at: at(9), suppress: true, gone: None }),
        telling: None,
        archived: None,
        forgotten: BTreeMap::from([(u64::MAX, Forgotten { epoch: 2, at: Some(at(9)) })]),
        residue: BTreeSet::from([profile(2)]),
    };
    let gone = Gone { at: at(10), identifiers: 3, events: 17, listed: 0, unarchived: None };
    let unarchived = Some(Unarchived { at: at(11), lines: 18, files: 4, beyond: 0 });
    let done = Home {
        place: Place::Erased { at: at(9) },
        receipt: Some(Receipt {
            id: MessageId::from("m-9"),
            at: at(9),
            suppress: false,
            gone: Some(Gone { unarchived, ..gone }),
        }),
        ..Home::empty(profile(1))
    };
    let gone = Some(gone);
    let erased = Home {
        place: Place::Erased { at: at(9) },
        receipt: Some(Receipt { id: MessageId::from("m-9"), at: at(9), suppress: false, gone }),
        telling: Some(Telling {
            names: BTreeSet::from([id("user_id:1")]),
            whom: BTreeSet::from([profile(2)]),
        }),
        archived: Some(Box::new(erased_person())),
        ..Home::empty(profile(1))
    };
    pinned("home", HOME_VERSION, &[&homes[..], &[full, erased, done]].concat());
    pinned("erased", ERASED_VERSION, &[erased_person(), Erased::new(at(1), BTreeSet::from([profile(1)]))]);
}

#[test]
fn the_log_and_its_fold() {
    pinned("log", LOG_VERSION, &log());
    let expired: Vec<Logged> = log().into_iter().map(Logged::into_expired).collect();
    pinned("log", EXPIRED_VERSION, &expired);
    // Beside the others: who does not know of decisions reads the rest.
    pinned("log-decided", LOG_VERSION, &decided());
    pinned(
        "folded",
        STATE_VERSION,
        &[
            folded(),
            Folded { apart: true, ..Folded::default() },
            Folded { tallies_apart: true, ..Folded::default() },
            Folded { segments_apart: true, ..Folded::default() },
        ],
    );
    let seen = Seen { first: at(1), last: at(2), by: (MessageId::from("m-1"), SourceId::from("shop")) };
    pinned("seen", PLAIN, &[seen]);
}

#[test]
fn what_a_profile_holds_and_links() {
    let states = [HeldState::Active, HeldState::Retired, HeldState::Released];
    let mut all: Vec<Held> = states.into_iter().map(|state| held(state, None)).collect();
    all.push(held(HeldState::Active, Some(order(4))));
    all.push(Held { erased: Some(at(0)), ..held(HeldState::Active, None) });
    pinned("held", HELD_VERSION, &all);
    let again = link(How::Again { id: id("anonymous_id:a") });
    let if_known = link(How::IfKnown { id: id("anonymous_id:0") });
    pinned("link", LINK_VERSION, &[links(), vec![again, if_known]].concat());
    pinned("note", PLAIN, &notes());
    pinned("ledger", LEDGER_VERSION, &ledger());
}

#[test]
fn what_is_on_its_way() {
    let handed = |to: Option<ProfileId>, done| Handed { from: profile(1), to, epoch: 2, shared: None, done };
    let shared = Handed { shared: Some(at(3)), ..handed(None, false) };
    pinned("handed", HANDED_VERSION, &[handed(Some(profile(2)), true), handed(None, false), shared]);
    let repoint = Repoint { from: profile(1), epoch: 2 };
    pinned("repoint", PLAIN, std::slice::from_ref(&repoint));
    let link = link(How::Shown { id: id("anonymous_id:b") });
    let kept = |overlaps| Reservation { younger: party(), link: link.clone(), at: at(4), overlaps };
    pinned("reservation", PLAIN, &[kept(false), kept(true)]);
    let settlement = Settlement {
        ids: party().ids,
        notes: notes(),
        ledger: ledger(),
        contested: Some(order(4)),
        decrees: decrees(),
        links: links(),
        created_at: Some(at(2)),
    };
    let outgoing =
        |settlement| Outgoing { number: 1, to: profile(2), settlement, after: "m-2".into(), tries: 3 };
    pinned("outgoing", OUTGOING_VERSION, &[outgoing(settlement), outgoing(Settlement::default())]);
}

#[test]
fn what_is_kept_for_others() {
    let placeholder = NoIdentifier {
        namespace: Namespace::parse("email").unwrap(),
        value: "null".into(),
        reason: Refusal::Blocked,
    };
    let consent = Consent { analytics: true, ..Consent::default() };
    let items = log().into_iter().map(|logged| Item {
        logged,
        granted: None,
        consent,
        apart_since: None,
        not_identifiers: vec![placeholder.clone()],
        replayed: false,
    });
    pinned("inbox", PLAIN, &items.collect::<Vec<_>>());
}

#[test]
fn the_entry_of_an_identifier() {
    let owners = [
        Owner::Fresh,
        Owner::Freed { epoch: 2 },
        Owner::Owned { profile: profile(1), epoch: 1 },
        Owner::Erased { epoch: 3, at: at(9), receipt: None },
        Owner::Erased { epoch: 3, at: at(9), receipt: Some(profile(1)) },
    ];
    let mut entries: Vec<Entry> =
        owners.into_iter().map(|owner| Entry { owner, ..Entry::default() }).collect();
    let mut crowd = Crowd::default();
    (0..3).for_each(|n| crowd.add(number(&format!("device-{n}")), at(n), 1_000));
    entries.push(Entry {
        v: ENTRY_VERSION,
        owner: Owner::Owned { profile: profile(1), epoch: 1 },
        erased: Some(at(0)),
        suppression: Some(Suppression { at: at(8), on: true }),
        shared: Some(at(0)),
        first: Some((MessageId::from("m-1"), at(1))),
        claims: vec![Claim { profile: profile(2), order: order(2), at: at(3), unproven: false }],
        crowd,
        quarantined: Some(at(9)),
    });
    pinned("entry", ENTRY_VERSION, &entries);
}

#[test]
fn accounts() {
    let rules: AccountRules = serde_json::from_value(json!({
        "traits": { "seats": { "merge": "max" } }, "aggregates": { "visits": { "op": "sum", "over": "visits" } },
    }))
    .unwrap();
    let report = |n, traits: Value| Report {
        v: REPORT_VERSION,
        account: account(),
        order: order(n),
        traits: traits.as_object().unwrap().clone(),
    };
    let reports = [report(3, json!({ "plan": "gold", "seats": 9 }))];
    pinned("account-report", REPORT_VERSION, &reports);
    let shares =
        [Member::of(profile(1), 4, &account(), &folded().state, &rules), Member::gone(profile(2), 5)];
    pinned("account-member", MEMBER_VERSION, &shares);
    let mut told = Account::empty(account());
    told.hear(&reports[0], &rules);
    told.admit(None, &shares[0]);
    pinned("account", ACCOUNT_VERSION, &[Account::empty(account()), told]);
}

#[test]
fn the_directory() {
    let order = (at(6), MessageId::from("m-6"));
    let refused = Refused::new(&id("email:ada@example.com"), "unique:user_id".into(), order);
    let taking_part = Participation {
        arm: "red".into(),
        share: 500_000,
        since: at(2),
        converted: true,
        revenue: Micros::read(&json!(50.4)).unwrap(),
    };
    let full = Row {
        v: ROW_VERSION,
        profile: profile(1),
        revision: 4,
        home: Standing::Live,
        created_at: Some(at(1)),
        last_seen: Some(at(6)),
        events: 6,
        identifiers: 2,
        segments: vec![SegmentId::from("buyers")],
        numbers: [("computed.revenue".to_owned(), Number(5040.65))].into(),
        refusals: vec![refused.clone()],
        refusal_count: 1,
        late_conflicts: 2,
        experiments: BTreeMap::from([("hats".into(), taking_part.clone())]),
    };
    let rows = [
        full,
        Row::empty(profile(2), 1, Standing::Forwarding { to: profile(1) }),
        Row::empty(profile(3), 1, Standing::Erased),
    ];
    pinned("directory-row", ROW_VERSION, &rows);
    pinned("directory-refusal", 2, &[refused]);
    let moved = [Some(7.5), None].map(|below| Moved { of: "computed.revenue".into(), from: 5.0, below });
    let walk = Walk::begin(7, 3, Some(moved.to_vec()), 20, at(1));
    let over =
        Walk { after: Some(profile(2)), done: 21, unanswered: 1, ended: Some(at(2)), only: None, ..walk };
    pinned("walk", WALK_VERSION, &[walk.clone(), over, walk.anew(true)]);
    let totals = Totals {
        live: 1,
        forwarding: 2,
        erased: 3,
        events: 4,
        refusals: 5,
        late_conflicts: 6,
        reasons: BTreeMap::from([("unique:user_id".into(), 5)]),
    };
    pinned("directory-totals", PLAIN, &[totals]);
    let mut sums: BTreeMap<ExperimentId, Arms> = BTreeMap::new();
    shift(&mut sums, &BTreeMap::new(), &BTreeMap::from([("hats".into(), taking_part)]));
    pinned("experiment-sums", PLAIN, &[sums]);
}

#[test]
fn the_archive() {
    let item = |logged: Logged| Item {
        granted: None,
        consent: logged.stored_under(),
        logged,
        apart_since: None,
        not_identifiers: vec![NoIdentifier {
            namespace: Namespace::parse("email").unwrap(),
            value: "null".into(),
            reason: Refusal::Blocked,
        }],
        replayed: false,
    };
    let lines: Vec<Line> = log().into_iter().map(|logged| Line::of(&profile(1), &item(logged))).collect();
    pinned("archive-line", LINE_VERSION, &lines);
    let lines_of_decisions: Vec<Line> =
        decided().into_iter().map(|logged| Line::of(&profile(1), &item(logged))).collect();
    pinned("archive-line-decided", LINE_VERSION, &lines_of_decisions);
    let bots = [Sign::UserAgent, Sign::Webdriver, Sign::Score, Sign::Pace].into_iter().zip(log());
    let lines_of_bots: Vec<BotLine> = bots
        .map(|(sign, logged)| {
            let may = Consent::ALL.may_archive().unwrap();
            BotLine::of(logged.event, sign, Some("curl/8.5.0"), Consent::ALL, &IdentityRules::default(), may)
        })
        .collect();
    pinned("archive-bot-line", BOT_LINE_VERSION, &lines_of_bots);
    let mut words: Vec<Word> = decrees().iter().filter_map(Word::of).collect();
    let name = "v1/xHb8fLKhCAnm31-NFirAEGdcFM44neCgiXwcwthsyFk";
    words.extend([false, true].map(|suppressed| Word::erased(name.into(), at(9), suppressed)));
    words.push(Word::suppress(name.into(), false, order(11)));
    words.push(Word::released(id("user_id:1234"), order(10)));
    pinned("archive-word", WORD_VERSION, &words);
    let manifest = Manifest {
        v: Manifest::VERSION,
        file: Folder::of_line(&lines[0]).file("0123456789abcdef0123456789abcdef"),
        format: "ndjson.gz".into(),
        line_version: LINE_VERSION,
        lines: 7,
        bytes: 1_234,
        sha256: "ab".repeat(32),
        min_received_at: at(1),
        max_received_at: at(2),
        people: Some(vec![Mark(1), Mark(u64::MAX)]),
    };
    let of_many = Manifest { people: None, ..manifest.clone() };
    pinned("archive-manifest", Manifest::VERSION, &[manifest, of_many]);
}

#[test]
fn what_offers_and_experiments_keep() {
    let mut lessor = Lessor::new();
    let cap = Cap { day: Some(1_000), campaign: Some(50_000), ..Cap::default() };
    let grant = lessor.ask(&cap, &[], at(0));
    lessor.ask(&cap, &[lease::Report { lease: grant.lease, spent: 20 }], at(1));
    pinned("lessor", LESSOR_VERSION, &[lessor]);
    let mut posteriors = Posteriors { v: POSTERIORS_VERSION, version: 4, at: at(1), ..Posteriors::default() };
    posteriors.learn(&"hats".into(), "loyal", &"red".into(), Odds { seen: 20, converted: 3 });
    pinned("posteriors", POSTERIORS_VERSION, &[posteriors]);
    let reward = |decision: &str, converted| Reward {
        v: REWARD_VERSION,
        experiment: "hats".into(),
        decision: decision.into(),
        variant: "red".into(),
        audience: "loyal".to_owned(),
        converted,
    };
    pinned("reward", REWARD_VERSION, &[reward("d-1", true)]);
    let mut book = Book::default();
    let page = book.learn(&[reward("d-1", false), reward("d-2", false), reward("d-1", true)]).unwrap();
    pinned("reward-page", BOOK_VERSION, &[page]);
    pinned("reward-counts", BOOK_VERSION, &[book.counts().clone()]);
}

#[test]
fn what_is_imported() {
    let mut progress = Progress::begin("im-1".into(), "vip".into(), Mode::Delta, at(1));
    let mut report = PartReport { rows: 9, ..PartReport::default() };
    report.reject(BadRow { line: 7, reason: "no `email`".into() });
    pinned("audience-part", PROGRESS_VERSION, &[report.clone()]);
    progress.commit(1, &[(0, report)], 3, Some(Generation { number: 3, bits: 1 }), 100).unwrap();
    progress.built(5, 1, 8);
    pinned("audience-import", PROGRESS_VERSION, &[progress]);
}

#[test]
fn what_the_workspace_keeps() {
    let key = Key {
        id: KeyId::from_random([1; 16]),
        name: "Ada".into(),
        role: Role::Editor,
        rights: None,
        expires_at: None,
        hash: Key::hash("text"),
        created_at: at(1),
        created_by: "Admin".into(),
        last_used_at: None,
        revoked_at: None,
    };
    let used = Key { last_used_at: Some(at(2)), revoked_at: Some(at(3)), ..key.clone() };
    let bounded = Key { rights: Some(vec![Right::ReadHealth]), expires_at: Some(at(4)), ..key.clone() };
    pinned("key", KEY_VERSION, &[key.clone(), used, bounded]);
    let act = Act {
        at: at(1),
        who: "Ada".into(),
        key: key.id,
        right: Right::ReadPeople,
        method: "GET".into(),
        path: "/v1/profiles/…".into(),
        about: Some("id:a".into()),
    };
    pinned("act", ACT_VERSION, &[act.clone(), Act { about: None, ..act }]);
    let touched = |file: &str, change| Touched { file: file.into(), change };
    let who = || "Ada".to_owned();
    let publications = [
        Publication {
            made: Made::Publish { who: who() },
            files: vec![
                touched("offers/a.json", FileChange::Added),
                touched("offers/b.json", FileChange::Removed),
                touched("sources.json", FileChange::Changed),
            ],
        },
        Publication { made: Made::Restore { who: who(), version: 3 }, files: vec![] },
        Publication { made: Made::Itself, files: vec![] },
    ];
    pinned("publication", PUBLICATION_VERSION, &publications);
}

#[test]
fn every_file_is_somebodys() {
    let types = [
        "home",
        "erased",
        "log",
        "folded",
        "tally",
        "change",
        "seen",
        "held",
        "link",
        "note",
        "ledger",
        "handed",
        "repoint",
        "reservation",
        "outgoing",
        "inbox",
        "entry",
        "account-report",
        "account-member",
        "account",
        "directory-row",
        "directory-refusal",
        "directory-totals",
        "walk",
        "listed",
        "course",
        "sweep",
        "experiment-sums",
        "archive-line",
        "archive-bot-line",
        "archive-change-line",
        "archive-word",
        "archive-manifest",
        "log-decided",
        "archive-line-decided",
        "lessor",
        "posteriors",
        "reward",
        "reward-page",
        "reward-counts",
        "audience-part",
        "audience-import",
        "key",
        "act",
        "publication",
    ];
    for file in fs::read_dir(folder()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let of = name.rsplit_once("-v").map(|(of, _)| of.to_owned());
        assert!(of.as_deref().is_some_and(|of| types.contains(&of)), "stored/{name} is read by no test");
    }
}
