//! Which lines of the archive go with somebody who is erased: all that are of events the person had, and no other.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use selvedge_engine::archive::{ChangeLine, Erased, Left, Manifest, Mark, People, Record, left};
use selvedge_engine::consent::Consent;
use selvedge_engine::identity::{Identifier, ObjectNames};
use selvedge_engine::ids::{MessageId, ProfileId};
use selvedge_engine::limits;
use selvedge_engine::segment::{Change, How};
use selvedge_engine::time::UnixMillis;
use serde_json::json;

/// When the word was given.
const AT: UnixMillis = UnixMillis(1_000_000);

fn number(id: &Identifier) -> u64 {
    ObjectNames::new(b"secret").number(id)
}

fn mark(id: &Identifier) -> Mark {
    Mark(number(id))
}

fn id(text: &str) -> Identifier {
    Identifier::parse(text).unwrap()
}

fn profile(n: u8) -> ProfileId {
    ProfileId::from_random([n; 16])
}

/// An event: whose profile logged it, under which names, when.
#[derive(Debug, Clone)]
struct Had {
    profile: u8,
    names: Vec<(&'static str, bool)>,
    at: i64,
}

fn had() -> impl Strategy<Value = Had> {
    let names = ["user_id:ada", "user_id:bo", "email:ada@x.de", "anonymous_id:a", "anonymous_id:shared"];
    let carried = (prop::sample::select(names.to_vec()), any::<bool>());
    (1..4u8, prop::collection::vec(carried, 1..4), -5..5i64).prop_map(|(profile, names, after)| Had {
        profile,
        names,
        at: AT.0 + after,
    })
}

fn record(n: usize, had: &Had) -> Record {
    let (profile, at) = (profile(had.profile), UnixMillis(had.at).to_iso());
    let ids = had.names.iter().map(|(name, proven)| {
        let id = id(name);
        json!({ "namespace": id.namespace, "value": id.value, "trust": if *proven { "verified" } else { "claimed" } })
    });
    let line = json!({
        "id": format!("{profile}/m-{n}"), "v": 2, "profileId": profile, "messageId": format!("m-{n}"), "type": "track", "timestamp": at,
        "receivedAt": at, "source": "shop", "ids": ids.collect::<Vec<_>>(), "body": { "event": "Any" },
    });
    Record::read(&line.to_string()).unwrap()
}

/// The name that a reader of the rule would say an event is filed under.
fn filed(had: &Had) -> Option<&'static str> {
    let proven = had.names.iter().find(|(_, proven)| *proven);
    let device = || had.names.iter().find(|(name, _)| name.starts_with("anonymous_id:"));
    proven.or_else(device).map(|(name, _)| *name)
}

/// Ada, whose profile is 1; on one of her devices others have logged in.
fn ada(log: &[(usize, Had)]) -> Erased {
    let mut erased = Erased::new(AT, BTreeSet::from([profile(1)]));
    erased.names = ["user_id:ada", "email:ada@x.de", "anonymous_id:a"].map(|name| mark(&id(name))).into();
    erased.shared = BTreeSet::from([mark(&id("anonymous_id:shared"))]);
    for (n, had) in log.iter().filter(|(_, had)| had.profile == 1) {
        let order = (UnixMillis(had.at), MessageId(format!("m-{n}")));
        erased.events.insert(mark(&Identifier::of_event(&order)));
        erased.filed.extend(filed(had).map(|name| mark(&id(name))));
    }
    erased
}

proptest! {
    #[test]
    fn what_was_theirs_goes_and_nothing_else(log in prop::collection::vec(had(), 1..40)) {
        let log: Vec<(usize, Had)> = log.into_iter().enumerate().collect();
        let erased = ada(&log);
        let mut people = People::default();
        for (n, had) in &log {
            let record = record(*n, had);
            let Some(name) = filed(had) else { continue };
            let names = ["user_id:ada", "email:ada@x.de", "anonymous_id:a"].contains(&name);
            let theirs = names && had.at <= AT.0 || had.profile == 1;
            let (left, whose) = left(&record, std::iter::once(&erased), &number);
            prop_assert_eq!(left == Left::Nothing, theirs, "{:?}", had);
            prop_assert_eq!(whose.len(), usize::from(theirs));
            people.add(record.marks(&number));
            prop_assert!(!theirs || erased.may_be_in(people.said().as_deref()), "its file is found");
        }
    }

    #[test]
    fn of_a_word_what_names_them_goes(left_side in prop::sample::subsequence(vec!["user_id:ada", "user_id:bo", "email:cy@x.de"], 1..3), at in -5..5i64) {
        let edge = json!({ "left": left_side.iter().map(|name| id(name)).collect::<Vec<_>>(), "right": [id("anonymous_id:other")] });
        let word = json!({ "id": "w", "v": 1, "timestamp": UnixMillis(AT.0 + at).to_iso(), "said": { "unmerge": edge } });
        let record = Record::read(&word.to_string()).unwrap();
        let (left, _) = left(&record, std::iter::once(&ada(&[])), &number);
        let named = left_side.contains(&"user_id:ada") && at <= 0;
        match left {
            Left::Whole => prop_assert!(!named),
            Left::Nothing => prop_assert!(named && left_side.len() == 1),
            Left::Less(less) => {
                prop_assert!(named && left_side.len() > 1);
                prop_assert_eq!(less.names().len(), left_side.len());
                prop_assert!(!less.names().contains(&id("user_id:ada")));
            }
        }
    }
}

#[test]
fn which_segments_somebody_was_in_goes_with_their_profiles() {
    let entered = |n: u8, at: i64| {
        let change = Change {
            segment: "gold".into(),
            entered: true,
            at: UnixMillis(at),
            cause: Some(MessageId("m-1".into())),
            how: How::Event,
        };
        let line = ChangeLine::of(&profile(n), &change, Consent::ALL.may_archive().unwrap());
        Record::read(&serde_json::to_string(&line).unwrap()).unwrap()
    };
    let mut erased = ada(&[]);
    erased.names.extend([1, 2].map(|n| mark(&Identifier::of_profile(&profile(n)))));
    // Somebody else, from whom some of her events had come.
    erased.profiles.insert(profile(3));
    for (n, at, gone) in [(1, -5, true), (1, 5, true), (2, 0, true), (3, 0, false), (4, 0, false)] {
        let record = entered(n, AT.0 + at);
        assert!(matches!(record, Record::Change(_)));
        let (left, _) = left(&record, std::iter::once(&erased), &number);
        assert_eq!(left, if gone { Left::Nothing } else { Left::Whole }, "{n} at {at}");
        let mut people = People::default();
        people.add(record.marks(&number));
        assert_eq!(erased.may_be_in(people.said().as_deref()), gone, "its file is found");
    }
}

#[test]
fn of_a_file_that_is_about_too_many_nobody_knows_whom() {
    let mut people = People::default();
    people.add((0..limits::MANIFEST_PEOPLE as u64).map(Mark));
    assert_eq!(people.said().unwrap().len(), limits::MANIFEST_PEOPLE);
    people.add([Mark(u64::MAX)]);
    assert_eq!(people.said(), None);
    assert!(ada(&[]).may_be_in(None));
    assert!(!ada(&[]).may_be_in(Some(&[])));
    let before = json!({
        "v": 1, "file": "archive/source=a/hour=b/c.ndjson.gz", "format": "ndjson.gz", "lineVersion": 2, "lines": 1, "bytes": 1,
        "sha256": "", "minReceivedAt": AT.to_iso(), "maxReceivedAt": AT.to_iso(),
    });
    assert_eq!(serde_json::from_value::<Manifest>(before).unwrap().people, None);
}

#[test]
fn lines_of_older_releases_are_somebodys_too() {
    let at = AT.to_iso();
    let profile = profile(7);
    let line = json!({
        "profileId": profile, "messageId": "m", "type": "track", "timestamp": at, "receivedAt": at, "source": "shop", "event": "Any",
        "userId": "ada",
    });
    let bot = json!({
        "id": "bot/shop/m", "v": 1, "bot": "pace", "messageId": "m", "type": "page", "timestamp": at, "receivedAt": at, "source": "shop",
        "consent": {}, "body": { "anonymousId": "a" },
    });
    for text in [line.to_string(), bot.to_string()] {
        let record = Record::read(&text).unwrap();
        assert_eq!(left(&record, std::iter::once(&ada(&[])), &number), (Left::Nothing, vec![0]), "{text}");
    }
}
