//! Laws of the archive: what left the log comes back as it was, and what was erased stays so.

#![expect(clippy::unwrap_used, reason = "a test may")]

use proptest::prelude::*;
use selvedge_engine::account::{AccountId, Named};
use selvedge_engine::archive::{Folder, Line, Said, Word};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::entry::{Answer, Ask, Entry, Owner, apply};
use selvedge_engine::identity::extract::{Carried, NoIdentifier};
use selvedge_engine::identity::fact::{Edge, Fact, Says};
use selvedge_engine::identity::home::Item;
use selvedge_engine::identity::{Identifier, IdentityRules, Namespace, Refusal, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::profile::Logged;
use selvedge_engine::time::UnixMillis;
use serde_json::{Map, Value, json};

const NOW: UnixMillis = UnixMillis(1_767_607_200_000);

fn profile(n: u8) -> ProfileId {
    ProfileId::from_random([n; 16])
}

fn id(text: &str) -> Identifier {
    Identifier::stored(text).unwrap()
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Page,
        Kind::Track,
        Kind::Identify,
        Kind::Group,
        Kind::Alias,
        Kind::Screen,
    ])
}

/// Any JSON object, with fields that the archive's own lines have, too.
fn body() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e15..1e15f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    let names = prop_oneof![
        prop::sample::select(vec![
            "id",
            "v",
            "profileId",
            "source",
            "receivedAt",
            "messageId",
            "body",
            "ids",
            "word"
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ];
    prop::collection::btree_map(names, value, 0..6).prop_map(|fields| fields.into_iter().collect())
}

prop_compose! {
    fn logged()(
        kind in kind(),
        body in body(),
        message in ".{1,20}",
        source in "[a-z-]{1,8}",
        at in -1_000_000_000_000..2_000_000_000_000i64,
        later in 0..1_000_000_000i64,
        devices in prop::collection::btree_set("[a-z]{4,8}", 0..3),
        verified in any::<bool>(),
        renames in any::<bool>(),
        account in prop::option::of("ACME-[A-Z]{2,6}"),
        consent in prop::option::of(any::<[bool; 3]>()),
    ) -> Logged {
        let trust = if verified { Trust::Verified } else { Trust::Claimed };
        let carried = |value: &String| Carried { id: id(&format!("anonymous_id:{value}")), trust };
        let event = Event {
            message_id: MessageId(message),
            kind,
            timestamp: UnixMillis(at),
            received_at: UnixMillis(at + later),
            source: SourceId(source),
            body,
        };
        let ids = devices.iter().map(carried).collect();
        let consent = consent.map(|[personalisation, advertising, sale_or_share]| {
            Consent { analytics: true, personalisation, advertising, sale_or_share }
        });
        Logged {
            previous: renames.then(|| id("user_id:before")),
            account: account.map(|text| Named { id: AccountId::new(&text).unwrap(), trust }),
            consent,
            ..Logged::new(event, ids, Consent::default())
        }
    }
}

fn item(logged: Logged) -> Item {
    let placeholder = NoIdentifier {
        namespace: Namespace::parse("email").unwrap(),
        value: "null".into(),
        reason: Refusal::Blocked,
    };
    let consent = logged.stored_under();
    Item {
        logged,
        granted: None,
        consent,
        apart_since: None,
        not_identifiers: vec![placeholder],
        replayed: false,
    }
}

proptest! {
    #[test]
    fn a_row_of_the_log_comes_back_from_its_line_as_it_was(logged in logged()) {
        let item = item(logged);
        let line = Line::of(&profile(1), &item);
        let text = serde_json::to_string(&line).unwrap();
        prop_assert!(!text.contains('\n'), "one line");
        let read = Line::read(&text).unwrap();
        prop_assert_eq!(&read, &line);
        let again = read.into_item(&IdentityRules::default());
        prop_assert_eq!(again, Item { replayed: true, ..item });
    }

    #[test]
    fn a_line_of_the_first_release_is_read_and_proves_nothing(logged in logged()) {
        let mut object = logged.event.to_public_json();
        object["profileId"] = profile(1).as_str().into();
        let read = Line::read(&object.to_string()).unwrap();
        let now = Line::of(&profile(1), &item(logged));
        prop_assert_eq!((&read.id, read.timestamp, &read.source), (&now.id, now.timestamp, &now.source));
        prop_assert_eq!(Folder::of_line(&read), Folder::of_line(&now));
        prop_assert!(Fact::of(&read.into_item(&IdentityRules::default()).logged).is_none());
    }

    #[test]
    fn what_a_client_sends_is_never_taken_for_a_line_of_another_profile(logged in logged()) {
        // A whole line as the body of an event, in the shape of the first release.
        let inner = Line::of(&profile(2), &item(logged.clone()));
        let Value::Object(body) = serde_json::to_value(&inner).unwrap() else { unreachable!() };
        let mut object = Event { body, ..logged.event }.to_public_json();
        object["profileId"] = profile(1).as_str().into();
        let read = Line::read(&object.to_string()).unwrap();
        prop_assert_eq!(read.profile_id, profile(1));
        prop_assert_eq!(read.v, 1);
    }
}

#[test]
fn what_is_no_line_is_none() {
    for value in [json!(null), json!([]), json!({}), json!({"messageId": "m"}), json!({"word": {}})] {
        assert_eq!(Line::read(&value.to_string()), None, "{value}");
    }
}

#[test]
fn what_the_rules_do_not_know_is_no_identifier_any_more() {
    let mut rules = IdentityRules::default();
    rules.quarantined.insert(id("user_id:shared"));
    let event = Event {
        message_id: MessageId::from("m"),
        kind: Kind::Track,
        timestamp: NOW,
        received_at: NOW,
        source: SourceId::from("pos"),
        body: Map::new(),
    };
    let ids = ["user_id:shared", "loyalty_card:7", "anonymous_id:a"];
    let ids = ids.map(|text| Carried { id: id(text), trust: Trust::Verified }).to_vec();
    let line = Line::of(&profile(1), &item(Logged::new(event, ids, Consent::default())));
    let left: Vec<String> = line.into_item(&rules).logged.ids.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(left, ["anonymous_id:a"]);
}

#[test]
fn an_admins_word_keeps_its_place_among_the_facts() {
    let order = (NOW, MessageId::from("admin-1"));
    let edge = Edge { left: vec![id("user_id:1")], right: vec![id("anonymous_id:a")] };
    let apart = Fact { order: order.clone(), says: Says::Apart(edge.clone()) };
    let together = Says::Together { current: id("user_id:1"), retired: id("user_id:2") };
    for (fact, said) in [
        (apart, Said::Unmerge(edge)),
        (
            Fact { order: order.clone(), says: together },
            Said::Merge { current: id("user_id:1"), retired: id("user_id:2") },
        ),
    ] {
        let word = Word::of(&fact).unwrap();
        let read = Word::read(&serde_json::to_string(&word).unwrap()).unwrap();
        assert_eq!((read.order(), read.said), (order.clone(), said));
    }
    let seen = Says::Seen { ids: vec![id("user_id:1")], previous: None };
    assert_eq!(Word::of(&Fact { order, says: seen }), None, "what an event says is in its line");
}

fn asked(entry: &Entry, ask: &Ask) -> (Entry, Answer) {
    let (changed, answer) = apply(entry, ask, IdentityRules::default().quarantine, NOW);
    (changed.unwrap_or_else(|| entry.clone()), answer)
}

#[test]
fn a_name_that_is_buried_is_nobodys_for_what_was_before_and_somebody_news_after() {
    let claim = |n: u8, at: UnixMillis| {
        let order = (at, MessageId(format!("m{n}")));
        Ask::Claim { candidate: profile(n), order, link: false, only_ask: false }
    };
    let bury = Ask::Bury { at: NOW };
    let (entry, _) = asked(&Entry::default(), &bury);
    let (_, answer) = asked(&entry, &claim(1, NOW));
    assert!(answer.owner.profile().is_none() && answer.is_erased(NOW));
    let (owned, answer) = asked(&entry, &claim(1, NOW.plus(1)));
    assert_eq!(answer.owner.profile(), Some(&profile(1)));
    // Said again, or later than somebody new has come: whoever has it keeps it, and what was before stays nobody's.
    let (again, answer) = asked(&owned, &bury);
    assert_eq!((again, answer.owner.profile()), (owned, Some(&profile(1))));
    let (entry, _) = asked(&Entry::default(), &claim(1, NOW.plus(1)));
    let (_, answer) = asked(&entry, &bury);
    assert!(answer.is_erased(NOW) && answer.owner.profile() == Some(&profile(1)));
    // The later of two erasures counts.
    let (entry, _) = asked(&asked(&Entry::default(), &Ask::Bury { at: NOW.plus(5) }).0, &bury);
    assert!(matches!(entry.owner, Owner::Erased { at, .. } if at == NOW.plus(5)));
}
