//! What signals, places and choices come to: which of storing, deciding and sending is allowed. The strings are those that
//! `@iabtcf/core` and `@iabgpp/cmpapi` write; `tests/edge/signals.test.mjs` holds many more of theirs against the edge.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge_engine::config::{Config, read_files};
use selvedge_engine::consent::{CHOICE, Consent, Jurisdictions, Place, Signals, withdrawal};
use selvedge_engine::event::{Event, Kind, Received, decode_event};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, SourceId};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

const TCF_ALL: &str = "CQuIxQAQuIxQAAHABAENBkFgAP_gAAAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_NOTHING: &str = "CQuIxQAQuIxQAAHABAENBkFgAAAAAAAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_MEASURE: &str = "CQuIxQAQuIxQAAHABAENBkFgAIEAAAAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_MEASURE_BY_INTEREST: &str = "CQuIxQAQuIxQAAHABAENBkFgAIAAAAEAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_WITHOUT_STORAGE: &str = "CQuIxQAQuIxQAAHABAENBkFgAAEAAAAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_CONTENT: &str = "CQuIxQAQuIxQAAHABAENBkFgAIwAAAAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_ADS: &str = "CQuIxQAQuIxQAAHABAENBkFgALAAAEAAAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const TCF_INTERESTS: &str = "CQuIxQAQuIxQAAHABAENBkFgAIAAAH0AAAYgF5wAoAAgAEAvMAAAAAAA.YAAAAAAAAAAA";
const GPP_NATIONAL: &str = "DBABLA~CAAgAAAAAABA.QA";
const GPP_NATIONAL_SALE: &str = "DBABLA~CAAQAAAAAABA.QA";
const GPP_NATIONAL_ADS: &str = "DBABLA~CAABAAAAAABA.QA";
const GPP_NATIONAL_CONTROL: &str = "DBABLA~CAAAAAAAAABA.YA";
const GPP_NATIONAL_NO_NOTICE: &str = "DBABLA~CIAAAAAAAABA.QA";
const GPP_CALIFORNIA_SHARING: &str = "DBABBg~BAEAAABA.QA";
const GPP_VIRGINIA_MARYLAND: &str = "DBACRkY~BAQAABA~BQAQ.QA";
const GPP_EU_NATIONAL: &str =
    "DBACMMA~CQuIxQAQuIxQAAAAAAENAAFgAP_gAAAAAAAAAAAAAAAA.IAAA.YAAAAAAAAAAA~CAAgAAAAAABA.QA";
const GPP_CANADA: &str = "DBABDA~BQuIx-mQuIx-mADAAAENAACAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAA";

const GERMANY: Place<'_> = Place { country: Some("DE"), region: Some("BE") };
const CALIFORNIA: Place<'_> = Place { country: Some("US"), region: Some("CA") };
const TOR: Place<'_> = Place { country: Some("T1"), region: None };
const UNKNOWN: Place<'_> = Place { country: None, region: None };

/// What may be done, a letter each: store, decide, send; advertise, share.
fn letters(consent: Consent) -> String {
    let allowed = [
        (consent.may_store().is_some(), 's'),
        (consent.may_decide().is_some(), 'd'),
        (consent.may_archive().is_some(), 'o'),
        (consent.advertising, 'a'),
        (consent.sale_or_share, 'x'),
    ];
    allowed.into_iter().filter_map(|(is, letter)| is.then_some(letter)).collect()
}

fn in_force(place: Place<'_>, gpc: bool, said: &Value) -> String {
    let unless_said = Jurisdictions::default().unless_said(place);
    letters(Consent::in_force(unless_said, Signals { gpc, said: said.as_object() }))
}

fn google(analytics: &str, others: &str) -> Value {
    json!({ "google": {
        "analytics_storage": analytics, "personalization_storage": others, "ad_storage": others, "ad_user_data": others,
        "ad_personalization": others,
    } })
}

fn preferences(value: bool) -> Value {
    let all = ["analytics", "personalisation", "advertising", "sale_or_share"];
    json!({ "categoryPreferences": all.map(|purpose| (purpose, value)).into_iter().collect::<BTreeMap<_, _>>() })
}

/// Everything, nothing, and what an objection to others leaves.
const ALL: &str = "sdoax";
const NO: &str = "";
const OWN: &str = "sdo";

#[test]
fn each_signal_at_each_stage_in_each_place() {
    let tcf = |text: &str| json!({ "tcf": text });
    let gpp = |text: &str| json!({ "gpp": text });
    // Before anything is said, while somebody is asked, after a yes, a no, and a no after a yes. What is expected: where one
    // is asked first, where one may object, and where nobody knows.
    type Expected = [&'static str; 3];
    type Stages = [(Value, Expected); 5];
    let cases: [(&str, bool, Stages); 8] = [
        ("nothing", false, [const { (Value::Null, [NO, ALL, NO]) }; 5]),
        ("control", true, [const { (Value::Null, [NO, OWN, NO]) }; 5]),
        ("control, by script", false, std::array::from_fn(|_| (json!({ "gpc": true }), [NO, OWN, NO]))),
        (
            "google",
            false,
            [
                (json!({}), [NO, ALL, NO]),
                (google("denied", "denied"), [NO; 3]),
                (google("granted", "granted"), [ALL; 3]),
                (google("denied", "denied"), [NO; 3]),
                (google("denied", "granted"), ["dax"; 3]),
            ],
        ),
        (
            "tcf",
            false,
            [
                (json!({ "tcf": null }), [NO, ALL, NO]),
                (tcf(TCF_NOTHING), [NO; 3]),
                (tcf(TCF_ALL), [ALL; 3]),
                (tcf(TCF_NOTHING), [NO; 3]),
                (tcf(TCF_MEASURE), ["so"; 3]),
            ],
        ),
        (
            "gpp, European",
            false,
            [
                (json!({ "gpp": null }), [NO, ALL, NO]),
                (gpp("DBAA"), [NO, ALL, NO]),
                (gpp(GPP_EU_NATIONAL), [ALL; 3]),
                (gpp(TCF_NOTHING), [NO; 3]),
                (gpp(TCF_NOTHING), [NO; 3]),
            ],
        ),
        (
            "gpp, American",
            false,
            [
                (json!({}), [NO, ALL, NO]),
                (gpp("DBAA"), [NO, ALL, NO]),
                (gpp(GPP_NATIONAL), [NO, ALL, NO]),
                (gpp(GPP_NATIONAL_SALE), [NO, "sdoa", NO]),
                (gpp(GPP_VIRGINIA_MARYLAND), [NO, OWN, NO]),
            ],
        ),
        (
            "preferences",
            false,
            [
                (json!({ "categoryPreferences": null }), [NO, ALL, NO]),
                (json!({}), [NO, ALL, NO]),
                (preferences(true), [ALL; 3]),
                (preferences(false), [NO; 3]),
                (json!({ "categoryPreferences": { "analytics": false, "personalisation": true } }), ["d"; 3]),
            ],
        ),
    ];
    for (signal, gpc, stages) in cases {
        for (stage, (said, expected)) in
            ["before", "pending", "granted", "denied", "withdrawn"].iter().zip(stages)
        {
            let found = [GERMANY, CALIFORNIA, UNKNOWN].map(|place| in_force(place, gpc, &said));
            assert_eq!(found, expected, "{signal}, {stage}: {said}");
            assert_eq!(in_force(TOR, gpc, &said), expected[2], "{signal}, {stage}: nobody's place");
        }
    }
}

#[test]
fn purposes_of_the_framework_stand_for_ours() {
    let cases = [
        (TCF_MEASURE_BY_INTEREST, "so"),
        (TCF_WITHOUT_STORAGE, NO),
        (TCF_CONTENT, "d"),
        (TCF_ADS, "ax"),
        // Of the purposes that need consent, none rests on a legitimate interest.
        (TCF_INTERESTS, "so"),
    ];
    for (text, expected) in cases {
        assert_eq!(in_force(CALIFORNIA, false, &json!({ "tcf": text })), expected, "{text}");
    }
}

#[test]
fn american_sections_take_away_what_was_objected_to_and_grant_nothing() {
    let cases = [
        (GPP_NATIONAL_ADS, "sdox"),
        (GPP_NATIONAL_CONTROL, OWN),
        (GPP_NATIONAL_NO_NOTICE, OWN),
        (GPP_CALIFORNIA_SHARING, OWN),
        ("DBABTA~1YYN", OWN),
        ("DBABTA~1YNN", ALL),
        ("DBABTA~1NNN", OWN),
        ("DBABTA~1---", ALL),
        // A section that is newer than this version may object to anything of the kind.
        (GPP_CANADA, OWN),
    ];
    for (text, expected) in cases {
        assert_eq!(in_force(CALIFORNIA, false, &json!({ "gpp": text })), expected, "{text}");
        assert_eq!(in_force(GERMANY, false, &json!({ "gpp": text })), NO, "{text}");
    }
}

#[test]
fn what_cant_be_understood_is_a_no() {
    let tcf = [
        "",
        "C",
        "CQuIxQAQuIx",
        "BQuIxQAQuIxQAAHABAENBkFgAP_gAAAAAAYgF5wAoAAgAEAvMAAAAAAA",
        "!",
        "ü",
        "CQuIxQAQuIxQAAHABAENBkF!AP_g",
    ];
    let gpp = [
        "",
        "D",
        "DBAB",
        "DBABLA",
        "DBABLA~",
        "DBABLA~CA",
        "DBABLA~CAAgAAAAAABA.QA~CAAgAAAAAABA",
        "XBABLA~CAAgAAAAAABA",
        "DBABTA~2YNN",
        "DBABTA~1YN",
        "DBABTA~1YXN",
        "DBABBg~BAEAAABA~",
        "DBABLA~CAAgAAAAAABA.",
        "DB__8Q~x",
    ];
    for text in tcf {
        assert_eq!(in_force(CALIFORNIA, false, &json!({ "tcf": text })), NO, "{text:?}");
    }
    for text in gpp {
        assert_eq!(in_force(CALIFORNIA, false, &json!({ "gpp": text })), NO, "{text:?}");
    }
    for field in ["tcf", "gpp", "google", "categoryPreferences"] {
        for said in [json!(1), json!(true), json!([TCF_ALL])] {
            assert_eq!(in_force(CALIFORNIA, false, &json!({ field: said })), NO, "{field} {said}");
        }
    }
    let unlike = json!({ "google": { "analytics_storage": "GRANTED", "ad_storage": "granted" } });
    assert_eq!(in_force(CALIFORNIA, false, &unlike), "d", "of three about advertising, one is not all");
}

#[test]
fn of_signals_that_differ_the_most_restrictive_counts() {
    let both = |a: Value, b: Value| {
        Value::Object(a.as_object().into_iter().chain(b.as_object()).flat_map(Clone::clone).collect())
    };
    let cases = [
        (both(json!({ "tcf": TCF_ALL }), google("denied", "granted")), "dax"),
        (both(preferences(true), json!({ "tcf": TCF_MEASURE })), "so"),
        (both(json!({ "tcf": TCF_ALL }), json!({ "gpp": GPP_NATIONAL_SALE })), "sdoa"),
        (both(preferences(true), json!({ "gpc": true })), OWN),
        (both(preferences(true), json!({ "tcf": "?" })), NO),
    ];
    for (said, expected) in cases {
        assert_eq!(in_force(GERMANY, false, &said), expected, "{said}");
    }
    assert_eq!(in_force(GERMANY, true, &json!({ "tcf": TCF_ALL })), OWN);
}

#[test]
fn the_table_of_places_goes_by_the_smallest() {
    let consent = |analytics| json!({ "analytics": analytics });
    let rules: Jurisdictions = serde_json::from_value(json!({
        "jurisdictions": [
            { "places": ["US"], "unlessSaid": consent(true) },
            { "places": ["US-CA", "DE"], "unlessSaid": consent(false) },
        ],
        "elsewhere": consent(true),
    }))
    .unwrap();
    let stores = |country, region| rules.unless_said(Place { country, region }).analytics;
    assert!(stores(Some("US"), Some("TX")) && stores(Some("US"), None) && stores(Some("FR"), None));
    assert!(!stores(Some("US"), Some("CA")) && !stores(Some("DE"), Some("BE")));
    assert!(!stores(None, Some("CA")) && !stores(Some("XX"), None) && !stores(Some("T1"), None));
}

#[test]
fn a_table_with_a_mistake_is_refused_with_its_place() {
    let errors = |rules: Value| {
        let source = json!({ "id": "s", "name": "", "writeKey": "k", "kind": "browser", "identity": { "mode": "open" } });
        let files =
            [("sources.json".to_owned(), json!({ "sources": [source] })), ("consent.json".to_owned(), rules)];
        let errors = read_files(&files.into()).err().unwrap_or_default();
        errors.into_iter().map(|error| (error.file, error.path)).collect::<Vec<_>>()
    };
    let table = |places: &[&str]| json!({ "jurisdictions": [{ "places": places, "unlessSaid": {} }] });
    assert_eq!(errors(json!({})), []);
    assert_eq!(errors(table(&["DE", "US-CA", "GB-ENG", "FR-75C", "RE"])), []);
    for bad in ["de", "EU27", "US-", "US-CALI", "", "D", "US-ca", "Ü1"] {
        let place = ("consent.json".to_owned(), "jurisdictions[0].places[0]".to_owned());
        assert_eq!(errors(table(&[bad])), [place], "{bad}");
    }
    assert_eq!(errors(table(&["DE", "DE"])).len(), 1);
    assert_eq!(errors(json!({ "jurisdiction": [] })).len(), 1);
}

#[test]
fn an_event_with_a_word_of_its_own_does_not_lose_its_batchs_no() {
    let shared = json!({ "consent": { "tcf": TCF_NOTHING, "categoryPreferences": { "analytics": true } } });
    let raw = json!({
        "type": "page", "anonymousId": "a",
        "context": { "consent": { "categoryPreferences": { "analytics": true, "personalisation": true } } },
    });
    let source = SourceId::from("s");
    let received = Received {
        source: &source,
        at: UnixMillis(0),
        sent_at: None,
        context: shared.as_object(),
        integrations: None,
        shared_bytes: 0,
        kind: None,
    };
    let event = decode_event(&raw.to_string(), &received, MessageId::from("m")).unwrap().event;
    let said = event.consent();
    assert_eq!(letters(Consent::in_force(Consent::ALL, Signals { gpc: false, said })), NO);
    assert_eq!(
        said.unwrap()["categoryPreferences"]["personalisation"],
        true,
        "in each way, its own word counts"
    );
}

fn event(name: &str, at: i64, body: &Value) -> Event {
    let mut body = body.as_object().unwrap().clone();
    body.insert("event".into(), name.into());
    Event {
        message_id: MessageId(format!("{name}-{at}")),
        kind: Kind::Track,
        timestamp: UnixMillis(at),
        received_at: UnixMillis(at),
        source: SourceId::from("s"),
        body,
    }
}

#[test]
fn of_an_event_that_takes_consent_back_only_that_is_left() {
    let denied = Consent { personalisation: true, ..Consent::default() };
    let said = json!({ "categoryPreferences": { "analytics": false } });
    let full = json!({
        "anonymousId": "a", "userId": "u", "properties": { "secret": 1 }, "traits": { "secret": 1 },
        "context": { "consent": said, "page": { "url": "secret" } },
    });
    let kept = withdrawal(event(CHOICE, 1, &full), denied).unwrap();
    assert_eq!(
        Value::Object(kept.body.clone()),
        json!({ "event": CHOICE, "anonymousId": "a", "userId": "u", "context": { "consent": said } })
    );
    assert!(denied.may_keep(&kept).is_some() && denied.may_keep_in_archive(&kept).is_some());
    // Nothing else is kept without consent, also under the same name.
    assert!(denied.may_keep(&event(CHOICE, 1, &full)).is_none());
    assert!(withdrawal(event("Other", 1, &full), denied).is_none());
    assert!(withdrawal(event(CHOICE, 1, &json!({ "anonymousId": "a" })), denied).is_none());
    assert!(withdrawal(event(CHOICE, 1, &full), Consent::ALL).is_none());
}

/// A device of a person says what it allows: everything, or nothing but storing.
fn word(device: &str, at: i64, yes: bool, login: bool, name: &str) -> Logged {
    let said = if yes { Consent::ALL } else { Consent { analytics: true, ..Consent::default() } };
    let body = json!({ "anonymousId": device, "context": { "consent": { "categoryPreferences": said } } });
    let id =
        |namespace, value| Carried { id: Identifier::new(namespace, value).unwrap(), trust: Trust::Verified };
    let user = login.then(|| id("user_id", "u"));
    let ids = [id("anonymous_id", device)].into_iter().chain(user).collect();
    let mut logged = Logged::new(event(name, at, &body), ids, said);
    logged.event.message_id = MessageId(format!("{device}-{at}"));
    logged
}

fn fold<'a>(log: impl IntoIterator<Item = &'a Logged>) -> ProfileState {
    let mut state = ProfileState::empty();
    for row in log {
        state.apply(row, &Config::default(), row.may_stay().unwrap());
    }
    state
}

#[test]
fn of_people_who_become_one_the_most_restrictive_word_counts() {
    let yes = word("a", 2, true, true, "Viewed");
    let no = word("b", 1, false, true, "Viewed");
    let mut one = fold([&yes]);
    one.absorb(&fold([&no]), &Config::default()).unwrap();
    assert_eq!(one, fold([&no, &yes]));
    assert_eq!(one.allowed().map(letters).as_deref(), Some("so"));
    // Also on the device that said yes, and for a server that asks for the person; nobody is given what they don't ask for.
    assert_eq!(letters(one.allowed_on(Some("a"), Consent::ALL)), "so");
    assert_eq!(letters(one.allowed_on(None, Consent::ALL)), "so");
    assert_eq!(letters(one.allowed_on(Some("b"), Consent::ALL)), ALL, "a device's own word is the request's");
    assert_eq!(letters(one.allowed_on(Some("b"), Consent::default())), NO);
    // A choice that somebody makes who is logged in goes before what devices said earlier.
    let choice = word("a", 3, true, true, CHOICE);
    let chosen = fold([&no, &yes, &choice]);
    assert_eq!(chosen.allowed().map(letters).as_deref(), Some(ALL));
    let anonymous = word("a", 3, true, false, CHOICE);
    assert_eq!(fold([&no, &yes, &anonymous]).allowed().map(letters).as_deref(), Some("so"));
    let later = word("b", 4, false, true, "Viewed");
    assert_eq!(fold([&no, &yes, &choice, &later]).allowed().map(letters).as_deref(), Some("so"));
}

/// Bits as the strings carry them.
fn base64url() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,20}){0,2}"
}

proptest! {
    #[test]
    fn nothing_that_is_sent_for_a_string_panics_or_allows_more_than_the_place(
        text in prop_oneof![".*", base64url(), base64url().prop_map(|rest| format!("C{rest}"))],
        sections in prop::collection::vec(prop_oneof![base64url(), Just("1YNN".to_owned())], 0..4),
        header in prop_oneof![Just("DBABLA".to_owned()), Just("DBABTA".to_owned()), "DB[A-Za-z0-9_-]{0,30}"],
    ) {
        let gpp = format!("{header}~{}", sections.join("~"));
        for said in [json!({ "tcf": text }), json!({ "gpp": text }), json!({ "gpp": gpp })] {
            in_force(GERMANY, false, &said);
            in_force(CALIFORNIA, true, &said);
        }
    }

    #[test]
    fn a_word_more_never_allows_more(
        first in 0..12_usize, second in 0..12_usize, gpc: bool,
    ) {
        let words = [
            json!({ "tcf": TCF_ALL }), json!({ "tcf": TCF_ADS }), json!({ "tcf": "?" }), json!({ "gpp": GPP_NATIONAL_SALE }),
            json!({ "gpp": GPP_EU_NATIONAL }), json!({ "gpp": GPP_NATIONAL }), google("granted", "denied"), google("denied", "granted"),
            google("granted", "granted"), preferences(true), preferences(false), json!({ "gpc": true }),
        ];
        let (Some(one), Some(other)) = (words[first].as_object(), words[second].as_object()) else { unreachable!() };
        let mut both = one.clone();
        both.extend(other.clone());
        // Each by itself, where everything is allowed unless somebody objects.
        let alone = |said| Consent::in_force(Consent::ALL, Signals { gpc: false, said: Some(said) });
        let together = Consent::in_force(Consent::ALL, Signals { gpc, said: Some(&both) });
        prop_assert_eq!(together.and(alone(other)), together);
        if both.len() == 2 {
            prop_assert_eq!(together.and(alone(one)), together);
        }
    }

    #[test]
    fn words_come_to_the_same_in_any_order(
        words in prop::collection::vec((0..24_u8, 0..40_i64, any::<bool>(), any::<bool>(), any::<bool>()), 0..60)
            .prop_flat_map(|words| (Just(words.clone()), Just(words).prop_shuffle(), 0..60_usize)),
    ) {
        let (ordered, shuffled, cut) = words;
        let rows = |words: Vec<(u8, i64, bool, bool, bool)>| -> Vec<Logged> {
            let mut rows: Vec<Logged> = words
                .into_iter()
                .map(|(device, at, yes, login, choice)| {
                    word(&format!("d{device}"), at, yes, login, if choice { CHOICE } else { "Viewed" })
                })
                .collect();
            rows.sort_by(|a, b| a.event.message_id.cmp(&b.event.message_id));
            rows.dedup_by(|a, b| a.event.message_id == b.event.message_id);
            rows
        };
        let all = rows(ordered);
        let by_arrival: Vec<&Logged> =
            shuffled.iter().filter_map(|(device, at, ..)| all.iter().find(|row| row.event.message_id.0 == format!("d{device}-{at}"))).collect();
        let mut seen = std::collections::BTreeSet::new();
        let by_arrival: Vec<&Logged> =
            by_arrival.into_iter().filter(|row| seen.insert(row.event.message_id.clone())).collect();
        let whole = fold(&all);
        prop_assert_eq!(&fold(by_arrival.iter().copied()).words, &whole.words);
        let (one, other) = by_arrival.split_at(cut.min(by_arrival.len()));
        let mut joined = fold(one.iter().copied());
        joined.absorb(&fold(other.iter().copied()), &Config::default()).unwrap();
        prop_assert_eq!(joined.words, whole.words);
    }
}
