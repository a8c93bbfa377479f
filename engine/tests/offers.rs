//! What is decided for somebody, and why.

#![expect(clippy::unwrap_used, reason = "a test may")]
#![expect(clippy::needless_pass_by_value, reason = "a value that is written where it is used reads best")]

use std::collections::BTreeSet;

use selvedge_engine::config::{Config, FileError, Files, Known, read_files_and_warn, read_files_knowing};
use selvedge_engine::consent::{Consent, MayDecide};
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{MessageId, OfferId, ProfileId, SegmentId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::offer::experiment::Posteriors;
use selvedge_engine::offer::{
    Content, Data, Decided, Decisive, Nobody, Person, Request, Templates, Trace, decide, defaults, explain,
    explain_defaults,
};
use selvedge_engine::profile::{Logged, ProfileState};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{DECISION_VERSION, Decision};
use serde_json::{Value, json};

fn iso(text: &str) -> UnixMillis {
    UnixMillis::parse(text).unwrap()
}

fn may_decide() -> MayDecide {
    Consent { personalisation: true, ..Consent::default() }.may_decide().unwrap()
}

fn files(offers: &[Value]) -> Files {
    let source = json!({"id": "shop", "name": "Shop", "writeKey": "k", "kind": "server", "identity": {"mode": "open"}});
    let placement = |id: &str| json!({"id": id, "name": id, "default": {"type": "html", "html": "as ever"}});
    let segment = |id: &str| json!({"id": id, "name": id, "rule": {"traits": {"tier": id}}});
    let mut files = Files::from([
        ("sources.json".into(), json!({ "sources": [source] })),
        ("placements.json".into(), json!({"placements": [placement("hero"), placement("strip")]})),
        ("segments/gold.json".into(), segment("gold")),
        ("segments/new.json".into(), segment("new")),
    ]);
    for offer in offers {
        files.insert(format!("offers/{}.json", offer["id"].as_str().unwrap()), offer.clone());
    }
    files
}

fn offer(id: &str, more: Value) -> Value {
    let mut offer =
        json!({"id": id, "name": id, "placement": "hero", "content": {"type": "html", "html": id}});
    offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    offer
}

const NOW: &str = "2026-11-20T12:00:00Z";

fn config(offers: &[Value]) -> Config {
    let (document, _) = read_files_and_warn(&files(offers), iso(NOW)).unwrap();
    Config::new(7, document)
}

/// Somebody, and what they have done.
struct Somebody {
    state: ProfileState,
    segments: BTreeSet<SegmentId>,
    full: BTreeSet<OfferId>,
    request: Request,
    count: usize,
}

impl Somebody {
    fn new(config: &Config, segments: &[&str]) -> Self {
        let mut state = ProfileState::empty();
        state.backfill(config, std::iter::empty());
        let request = Request {
            placements: vec!["hero".into(), "strip".into()],
            now: iso(NOW),
            seed: [7; 16],
            ..Request::default()
        };
        let segments = segments.iter().map(|id| SegmentId::from(*id)).collect();
        Self { state, segments, full: BTreeSet::new(), request, count: 0 }
    }

    fn did(&mut self, config: &Config, kind: Kind, body: Value, at: UnixMillis, decision: Option<Decision>) {
        self.count += 1;
        let event = Event {
            message_id: MessageId(format!("m-{}", self.count)),
            kind,
            timestamp: at,
            received_at: at,
            source: SourceId::from("shop"),
            body: body.as_object().unwrap().clone(),
        };
        let id = Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified };
        let consent = Consent { analytics: true, ..Consent::default() };
        let row = Logged::new(event, vec![id], consent).of_decision(decision);
        self.state.apply(&row, config, consent.may_store().unwrap());
    }

    /// Was shown this, and saw it.
    fn saw(&mut self, config: &Config, decided: &Decided, at: UnixMillis) {
        let decision = decided.for_token(config.version(), at);
        self.did(config, Kind::Track, json!({"event": "Promotion Viewed"}), at, decision);
    }

    fn person<'a>(&'a self, config: &'a Config, profile: &'a ProfileId, none: &'a Posteriors) -> Person<'a> {
        Person {
            profile,
            state: &self.state,
            identifiers: &Vec::new,
            segments: &self.segments,
            rooms: &self.full,
            posteriors: none,
            request: &self.request,
            config,
        }
    }

    fn decided(&self, config: &Config) -> Vec<Decided> {
        let (profile, none) = (ProfileId::from_random([1; 16]), Posteriors::default());
        decide(&self.person(config, &profile, &none), config, &self.request, may_decide()).decided
    }

    fn offered(&self, config: &Config) -> Vec<Option<String>> {
        self.decided(config).into_iter().map(|one| one.offer.map(|id| id.0)).collect()
    }

    /// What decided about each offer of the first placement.
    fn why(&self, config: &Config) -> Vec<(String, Decisive)> {
        let (profile, none) = (ProfileId::from_random([1; 16]), Posteriors::default());
        let (_, trace) = explain(&self.person(config, &profile, &none), config, &self.request, may_decide());
        let first = trace.placements.into_iter().next().unwrap();
        first.considered.into_iter().map(|one| (one.offer.0, one.by)).collect()
    }
}

fn ids(list: &[Option<&str>]) -> Vec<Option<String>> {
    list.iter().map(|id| id.map(str::to_owned)).collect()
}

#[test]
fn each_offer_is_kept_back_by_the_first_rule_that_it_breaks() {
    let config = config(&[
        offer(
            "a-over",
            json!({"priority": 9, "audience": "gold", "schedule": {"end": "2026-11-20T12:00:00Z"}}),
        ),
        offer("b-new", json!({"priority": 8, "audience": "new"})),
        offer("c-capped", json!({"priority": 7, "caps": {"person": {"campaign": 1}}})),
        offer("d-full", json!({"priority": 6, "caps": {"all": {"campaign": 10}}})),
        offer("e-wins", json!({"priority": 5, "audience": "gold"})),
        offer("f-beaten", json!({"priority": 4})),
    ]);
    let mut somebody = Somebody::new(&config, &["gold"]);
    somebody.full.insert("d-full".into());
    let seen = Decision {
        v: DECISION_VERSION,
        id: "x".into(),
        offer: Some("c-capped".into()),
        placement: None,
        experiment: None,
        variant: None,
        propensity: None,
        audience: String::new(),
        config: 7,
        at: iso(NOW),
    };
    somebody.did(&config, Kind::Track, json!({"event": "Promotion Viewed"}), iso("2026-01-01"), Some(seen));
    let expected = [
        ("a-over", Decisive::Schedule),
        ("b-new", Decisive::Audience),
        ("c-capped", Decisive::PersonCap),
        ("d-full", Decisive::SharedCap),
        ("e-wins", Decisive::Won),
        ("f-beaten", Decisive::Beaten),
    ];
    assert_eq!(somebody.why(&config), expected.map(|(id, by)| (id.to_owned(), by)));
    assert_eq!(somebody.offered(&config), ids(&[Some("e-wins"), None]));
}

#[test]
fn what_keeps_an_offer_back_is_told_with_its_detail() {
    let both = json!(["hero", "strip"]);
    let held = json!({"variants": [{"id": "a"}, {"id": "b"}], "experiment": {"holdout": {"share": 1}}});
    let with = |priority: i64, mut more: Value| {
        more.as_object_mut().unwrap().insert("priority".into(), priority.into());
        more
    };
    let config = config(&[
        offer("a-held", with(9, held)),
        offer(
            "b-broken",
            with(8, json!({"content": {"type": "html", "html": "\n{{ traits.name | round }}"}})),
        ),
        offer("c-capped", with(7, json!({"caps": {"person": {"session": 3, "day": 1}}}))),
        offer("d-twice", with(6, json!({"placement": both, "exclusive": "sale"}))),
        offer("e-sale", with(5, json!({"placement": "strip", "exclusive": "sale"}))),
        offer("f-gold", with(4, json!({"placement": "strip", "audience": "gold"}))),
    ]);
    let mut somebody = Somebody::new(&config, &["gold"]);
    somebody.did(&config, Kind::Identify, json!({"traits": {"name": "Ada"}}), iso(NOW), None);
    let seen = Decided { offer: Some("c-capped".into()), ..somebody.decided(&config).remove(0) };
    somebody.saw(&config, &seen, iso(NOW));
    let told = |trace: Trace| -> Vec<(String, Decisive, String)> {
        let all = trace.placements.into_iter().flat_map(|why| why.considered);
        all.map(|one| (one.offer.0, one.by, one.detail.unwrap_or_default())).collect()
    };
    let of = |list: &[(&str, Decisive, &str)]| -> Vec<(String, Decisive, String)> {
        list.iter().map(|(id, by, detail)| ((*id).to_owned(), *by, (*detail).to_owned())).collect()
    };
    let (profile, none) = (ProfileId::from_random([1; 16]), Posteriors::default());
    let (_, trace) =
        explain(&somebody.person(&config, &profile, &none), &config, &somebody.request, may_decide());
    let expected = of(&[
        ("a-held", Decisive::HeldOut, ""),
        ("b-broken", Decisive::Template, "line 2: invalid operation: string is no number"),
        ("c-capped", Decisive::PersonCap, "caps.person.day"),
        ("d-twice", Decisive::Won, ""),
        ("d-twice", Decisive::OnPage, ""),
        ("e-sale", Decisive::Exclusive, "sale"),
        ("f-gold", Decisive::Won, ""),
    ]);
    assert_eq!(told(trace), expected);
}

#[test]
fn caps_count_what_was_seen_in_the_session_on_the_day_and_ever() {
    let config = config(&[offer(
        "thrice",
        json!({
            "caps": {"person": {"session": 1, "day": 2, "campaign": 4}}, "schedule": {"zone": "Europe/Berlin"}
        }),
    )]);
    let mut somebody = Somebody::new(&config, &[]);
    let mut see = |at: &str| {
        somebody.request.now = iso(at);
        let decided = somebody.decided(&config).remove(0);
        somebody.saw(&config, &decided, iso(at));
        decided.offer.is_some()
    };
    // In Berlin it is an hour later: 22:59Z and 23:00Z are on two days.
    let shown = [
        ("2026-11-20T20:00:00Z", true),
        ("2026-11-20T20:10:00Z", false),
        ("2026-11-20T21:30:00Z", true),
        ("2026-11-20T22:59:00Z", false),
        ("2026-11-20T23:40:00Z", true),
        ("2026-11-21T08:00:00Z", true),
        ("2026-11-22T08:00:00Z", false),
    ];
    for (at, wanted) in shown {
        assert_eq!(see(at), wanted, "{at}");
    }
}

#[test]
fn an_event_that_carries_no_token_of_ours_counts_for_nothing() {
    let config = config(&[offer("once", json!({"caps": {"person": {"campaign": 1}}}))]);
    let mut somebody = Somebody::new(&config, &[]);
    let forged = json!({"event": "Promotion Viewed", "properties": {"promotion_id": "once", "token": "x.y"}});
    somebody.did(&config, Kind::Track, forged, iso(NOW), None);
    assert_eq!(somebody.offered(&config), ids(&[Some("once"), None]));
    let decided = somebody.decided(&config).remove(0);
    somebody.saw(&config, &decided, iso(NOW));
    assert_eq!(somebody.offered(&config), ids(&[None, None]));
}

#[test]
fn no_offer_and_no_group_is_twice_on_a_page() {
    let both = json!(["hero", "strip"]);
    let config = config(&[
        offer("a", json!({"priority": 9, "placement": both})),
        offer("b", json!({"priority": 8, "placement": both, "exclusive": "sale"})),
        offer("c", json!({"priority": 7, "placement": both, "exclusive": "sale"})),
        offer("d", json!({"priority": 6, "placement": "strip"})),
    ]);
    let mut somebody = Somebody::new(&config, &[]);
    assert_eq!(somebody.offered(&config), ids(&[Some("a"), Some("b")]));
    somebody.full.insert("a".into());
    assert_eq!(somebody.offered(&config), ids(&[Some("a"), Some("b")]), "it has no cap for all");
    somebody.request.placements = vec!["hero".into(), "hero".into(), "strip".into()];
    assert_eq!(somebody.offered(&config), ids(&[Some("a"), Some("a"), Some("b")]), "one slot, asked twice");
    let alone = self::config(&[
        offer("b", json!({"priority": 8, "placement": both, "exclusive": "sale"})),
        offer("c", json!({"priority": 7, "placement": both, "exclusive": "sale"})),
        offer("d", json!({"priority": 6, "placement": "strip"})),
    ]);
    assert_eq!(Somebody::new(&alone, &[]).offered(&alone), ids(&[Some("b"), Some("d")]));
}

#[test]
fn whoever_may_not_be_looked_at_sees_what_asks_nothing_of_them() {
    let config = config(&[
        offer("a", json!({"priority": 9, "audience": "gold"})),
        offer("b", json!({"priority": 8, "caps": {"person": {"day": 3}}})),
        offer(
            "c",
            json!({
                "priority": 7, "content": {"type": "html", "html": "Hello {{ traits.name | default(\"you\") }}"},
                "variants": [{"id": "x"}, {"id": "y"}]
            }),
        ),
    ]);
    let mut somebody = Somebody::new(&config, &["gold"]);
    somebody.did(&config, Kind::Identify, json!({"traits": {"name": "Ada"}}), iso(NOW), None);
    let nobody = Nobody { rooms: &(), request: &somebody.request };
    let decided = defaults(&nobody, &config, &somebody.request, "no_consent");
    let first = &decided[0];
    assert_eq!((first.offer.as_ref().unwrap().as_str(), first.variant.as_ref()), ("c", None));
    assert_eq!(first.content, Some(Content::Html { html: "Hello you".into() }));
    assert_eq!(decided[1].reason, "no_consent");
    let (_, trace) = explain_defaults(&nobody, &config, &somebody.request, "no_consent");
    let by = trace.placements[0].considered.iter().map(|one| one.by).collect::<Vec<_>>();
    assert_eq!(by, [Decisive::Consent, Decisive::Consent, Decisive::Won]);
    assert_eq!(somebody.offered(&config)[0].as_deref(), Some("a"));
}

fn rendered(content: &Value, fallback: Option<Value>, traits: Value) -> Decided {
    let more = match fallback {
        Some(fallback) => json!({ "content": content, "fallback": fallback }),
        None => json!({ "content": content }),
    };
    let config = config(&[offer("one", more)]);
    let mut somebody = Somebody::new(&config, &[]);
    somebody.did(&config, Kind::Identify, json!({ "traits": traits }), iso(NOW), None);
    let added =
        json!({"event": "Product Added", "properties": {"product_id": "p", "price": 48.5, "quantity": 1}});
    somebody.did(&config, Kind::Track, added, iso(NOW), None);
    somebody.request.event = json!({"name": "Product Added", "properties": {"product_id": "p"}});
    somebody.request.context = json!({"country": "DE"});
    somebody.decided(&config).remove(0)
}

fn html(source: &str, traits: Value) -> String {
    match rendered(&json!({"type": "html", "html": source}), None, traits).content {
        Some(Content::Html { html }) => html,
        other => format!("{other:?}"),
    }
}

#[test]
fn templates_have_the_profile_the_event_and_the_request() {
    let ada = || json!({"name": "Ada <b>\"'", "tags": ["x", "y&z"], "points": 7, "nothing": null});
    for (source, expected) in [
        ("Hi {{ traits.name }}!", "Hi Ada &lt;b&gt;&quot;&#x27;!"),
        (
            "{{ traits.missing }}{{ traits.missing.deeper.still }}{{ traits.nothing }}{{ nowhere.at.all }}.",
            ".",
        ),
        ("{{ traits.missing | default(\"you\") }}, {{ traits.nothing | default(traits.points) }}", "you, 7"),
        ("{{ (60 - computed.cart.value) | fixed(2) }} more", "11.50 more"),
        ("{{ 60 - computed.cart.quantity }} {{ traits.points | plus(2) | times(3) }}", "59 27"),
        ("{% if computed.cart.value < 60 %}soon{% elif traits.vip %}x{% else %}free{% endif %}", "soon"),
        ("{% for tag in traits.tags %}[{{ tag }}]{% else %}none{% endfor %}", "[x][y&amp;z]"),
        ("{% for tag in traits.none %}[{{ tag }}]{% else %}none{% endfor %}", "none"),
        (
            "{{ traits.tags | join(with=\" / \") }} {{ traits.tags | first }} {{ traits.tags | length }}",
            "x &#x2f; y&amp;z x 2",
        ),
        (
            "{{ event.name | upper }} {{ event.properties.product_id }} {{ context.country | lower }}",
            "PRODUCT ADDED p de",
        ),
        ("/s?q={{ traits.name | url }}", "/s?q=Ada%20%3Cb%3E%22%27"),
        ("{{ 'y' if traits.points in [6, 7] and traits.tags[0] in ['x', 'z:'] }}", "y"),
        ("{# ~ {% set x = 1 %} #}{{ \"a ~ b * c + }}\" }}", "a ~ b * c + }}"),
        ("{% if traits.points is defined and not traits.missing %}yes{% endif %}", "yes"),
    ] {
        assert_eq!(html(source, ada()), expected, "{source}");
    }
}

#[test]
fn only_texts_of_json_are_templates_and_stay_texts() {
    let json = json!({"{{ traits.name }}": "{{ traits.name }}", "list": [1, true, null, "{{ 1 }}", {"deep": "<{{ traits.name }}>"}]});
    let content = json!({ "type": "json", "json": json });
    let Some(Content::Json { json }) = rendered(&content, None, json!({"name": "A\"<\\"})).content else {
        panic!("no content");
    };
    let expected = json!({"{{ traits.name }}": "A\"<\\", "list": [1, true, null, "1", {"deep": "<A\"<\\>"}]});
    assert_eq!(json, expected);
}

#[test]
fn what_goes_wrong_with_a_template_is_the_fallback_and_never_more() {
    let fallback = || Some(json!({"type": "html", "html": "plain"}));
    let endless = "{% for a in computed.lastViewed %}{{ a }}{% endfor %}{% for a in traits.many %}{% for b in traits.many %}{% for c in traits.many %}{{ a }}{% endfor %}{% endfor %}{% endfor %}";
    let many: Vec<usize> = (0..64).collect();
    for source in [
        endless,
        "{{ traits.name | fixed(2) }}",
        "{{ 1 / 0 }}",
        "{{ 1 / 0 | round }}",
        "{{ traits.name() }}",
        "{{ traits.name - 3 }}",
    ] {
        let content = json!({"type": "html", "html": source});
        let decided = rendered(&content, fallback(), json!({"many": many, "name": "Ada"}));
        assert_eq!(decided.content, Some(Content::Html { html: "plain".into() }), "{source}");
        assert_eq!(decided.reason, "fallback", "{source}");
        let decided = rendered(&content, None, json!({"many": many, "name": "Ada"}));
        assert_eq!((decided.offer, decided.reason.as_str()), (None, "default"), "{source}");
    }
    let long = "x".repeat(2_000);
    let much = format!("{{% for a in traits.many %}}{{{{ traits.long }}}}{}{{% endfor %}}", "y".repeat(100));
    let decided =
        rendered(&json!({"type": "html", "html": much}), fallback(), json!({"many": many, "long": long}));
    assert_eq!(decided.reason, "fallback", "64 times 2,100 bytes are too many");
}

#[test]
fn what_goes_through_the_filters_of_a_template_is_counted_and_bounded() {
    let templates = Templates::default();
    let percents = "%".repeat(30_000);
    let many: Vec<usize> = (0..64).collect();
    let data = Data::of(&json!({"event": {"properties": {"q": percents}}, "many": many}));
    let chain = format!("{{{{ event.properties.q{} | length }}}}", " | url".repeat(80));
    let in_a_loop = |filter: &str| {
        format!(
            "{{% for a in many %}}{{% for b in many %}}{{% if event.properties.q | {filter} %}}{{% endif %}}{{% endfor %}}{{% endfor %}}"
        )
    };
    let filters = ["upper", "lower", "trim", "capitalize", "truncate(1)", "length", "last", "join(with='')"];
    let loops = filters.iter().map(|filter| Content::Html { html: in_a_loop(filter) });
    let chains = [Content::Html { html: chain.clone() }, Content::Json { json: json!(vec![chain; 50]) }];
    for content in loops.chain(chains) {
        assert_eq!(templates.check(&content), []);
        assert!(templates.render(&content, &data).is_err());
        let most = limits::FILTERED_BYTES + 3 * limits::RENDERED_BYTES;
        assert!(templates.filtered() <= most, "{} bytes for {content:?}", templates.filtered());
    }
    let loop_ = "{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}";
    let error = templates.render(&Content::Json { json: json!(vec![loop_; 2]) }, &data).unwrap_err();
    assert!(error.reason.contains("too many steps"), "the texts of one content have one fuel: {error}");
    let once = Content::Html { html: "{{ event.properties.q | trim | length }}".into() };
    assert_eq!(templates.render(&once, &data).unwrap(), Content::Html { html: "30000".into() });
    assert_eq!(templates.filtered(), 90_000, "in, out, and counted");
}

#[test]
fn large_data_have_fewer_steps_because_a_comparison_takes_as_long_as_what_is_compared() {
    let templates = Templates::default();
    let looped =
        "{% for a in few %}{% for b in few %}{% if -1 in list %}{% endif %}{% endfor %}{% endfor %}ok";
    let render = |html: &str, many: usize| {
        let list: Vec<usize> = (0..many).collect();
        let data = Data::of(&json!({"few": (0..32).collect::<Vec<u8>>(), "list": list}));
        templates.render(&Content::Html { html: html.into() }, &data)
    };
    assert_eq!(render(looped, 1_000).unwrap(), Content::Html { html: "ok".into() });
    let refused = render(looped, 8_000).unwrap_err();
    assert!(refused.reason.contains("too many steps"), "a thousand times eight thousand values: {refused:?}");
    assert!(
        render("{% for a in few %}{{ a }}{% endfor %}{{ 7999 in list }}", 8_000).is_ok(),
        "once there is room"
    );
}

fn errors(offers: &[Value]) -> Vec<(String, String)> {
    let errors = read_files_and_warn(&files(offers), iso(NOW)).unwrap_err();
    errors.into_iter().map(|FileError { path, reason, .. }| (path, reason)).collect()
}

#[test]
fn what_is_wrong_is_said_before_it_is_published() {
    let two = |experiment: Value| json!({"variants": [{"id": "a"}, {"id": "b"}], "experiment": experiment});
    let cases = [
        (json!({"placement": ["hero", "nowhere"]}), "placement", "there is no placement `nowhere`"),
        (json!({"placement": []}), "placement", "at least one"),
        (json!({"audience": "ghosts"}), "audience", "no segment `ghosts`"),
        (json!({"schedule": {"zone": "Europe/Atlantis"}}), "schedule.zone", "Europe/Berlin"),
        (json!({"schedule": {"start": "soon"}}), "schedule.start", "2026-12-01T00:00:00Z"),
        (
            json!({"schedule": {"start": "2026-12-02", "end": "2026-12-01T12:00"}}),
            "schedule.end",
            "not after the start",
        ),
        (json!({"schedule": {"hours": [{"from": "9"}]}}), "schedule.hours[0]", "09:00"),
        (json!({"caps": {"person": {"day": 0}}}), "caps.person.day", "at least 1"),
        (json!({"caps": {"person": {"session": 21}}}), "caps.person.session", "at most 20"),
        (json!({"content": {"type": "html", "html": "a\n{{ traits. }}"}}), "content.html", "line 2: "),
        (
            json!({"content": {"type": "html", "html": "\n\n{{ a | shout }}"}}),
            "content.html",
            "line 3: there is no filter `shout`",
        ),
        (
            json!({"content": {"type": "html", "html": "{{ a is odd }}"}}),
            "content.html",
            "there is no test `odd`",
        ),
        (
            json!({"content": {"type": "html", "html": "{% set x = 1 %}"}}),
            "content.html",
            "there is no tag `set`",
        ),
        (
            json!({"content": {"type": "html", "html": "{% include 'x' %}"}}),
            "content.html",
            "no tag `include`",
        ),
        (
            json!({"content": {"type": "html", "html": "{{ 'a'\n ~ 'b' }}"}}),
            "content.html",
            "line 2: there is no `~`",
        ),
        (json!({"content": {"type": "html", "html": "{{ 'x' * 1000 }}"}}), "content.html", "there is no `*`"),
        (
            json!({"content": {"type": "html", "html": format!("{{{{ a{} }}}}", " | url".repeat(150))}}),
            "content.html",
            "at most 250 words and signs",
        ),
        (
            json!({"content": {"type": "html", "html": format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(60))}}),
            "content.html",
            "at most 50 `elif`",
        ),
        (
            json!({"content": {"type": "html", "html": "{% for a in [a, a] %}{% endfor %}"}}),
            "content.html",
            "lists are of texts and numbers",
        ),
        (
            json!({"content": {"type": "html", "html": "{{ traits.name[1:] }}"}}),
            "content.html",
            "there is no `:`",
        ),
        (
            json!({"content": {"type": "json", "json": {"a": [{"b": "{% if %}"}]}}}),
            "content.json.a[0].b",
            "line 1: ",
        ),
        (json!({"fallback": {"type": "html", "html": "{{"}}), "fallback.html", "line 1: "),
        (json!({"variants": [{"id": "a"}]}), "variants", "2 to 20"),
        (two(json!({"audiences": ["gold"]})), "experiment.audiences", "only a bandit"),
        (
            two(json!({"kind": "bandit", "goal": {"event": "x"}, "audiences": ["gold", "ghosts"]})),
            "experiment.audiences[1]",
            "no segment `ghosts`",
        ),
        (two(json!({"bucketVersion": 101})), "experiment.bucketVersion", "at most 100"),
        (
            two(json!({"bucketVersion": 2, "minBucketVersion": 3})),
            "experiment.minBucketVersion",
            "the `bucketVersion`, 2",
        ),
        (json!({"variants": [{"id": "a"}, {"id": "a"}]}), "variants[1].id", "twice"),
        (json!({"variants": [{"id": "a"}, {"id": "$holdout"}]}), "variants[1].id", "$holdout"),
        (json!({"variants": [{"id": "a", "weight": 0.5}, {"id": "b"}]}), "variants", "each variant"),
        (
            json!({"variants": [{"id": "a", "weight": 0.5}, {"id": "b", "weight": 0.2}]}),
            "variants",
            "must come to 1",
        ),
        (json!({"experiment": {}}), "experiment", "variants"),
        (
            json!({"variants": [{"id": "a"}, {"id": "b"}], "experiment": {"coverage": 5}}),
            "experiment.coverage",
            "from 0 to 1",
        ),
        (
            json!({"variants": [{"id": "a"}, {"id": "b"}], "experiment": {"kind": "bandit"}}),
            "experiment.goal",
            "Order Completed",
        ),
        (
            json!({"variants": [{"id": "a"}, {"id": "b"}], "experiment": {"namespace": {"id": "n", "from": 0.5, "to": 0.5}}}),
            "experiment.namespace",
            "from",
        ),
    ];
    for (more, path, reason) in cases {
        let found = errors(&[offer("one", more.clone())]);
        let is_said = found.iter().any(|(at, said)| at == path && said.contains(reason));
        assert!(is_said && found.len() == 1, "{more}: {found:?}");
    }
    let tested =
        |id| offer(id, json!({"variants": [{"id": "a"}, {"id": "b"}], "experiment": {"key": "same"}}));
    assert_eq!(errors(&[tested("one"), tested("two")])[0].0, "experiment.key");
}

#[test]
fn an_author_is_warned_of_what_can_never_be_shown() {
    let warned = |offers: &[Value]| -> Vec<(String, String)> {
        let (_, warnings) = read_files_and_warn(&files(offers), iso(NOW)).unwrap();
        warnings.into_iter().map(|warning| (warning.file, warning.path)).collect()
    };
    let beaten = |file: &str| vec![(format!("offers/{file}.json"), "priority".to_owned())];
    let over = offer("over", json!({"schedule": {"end": "2026-11-20T12:00:00Z"}}));
    assert_eq!(warned(&[over]), [("offers/over.json".to_owned(), "schedule.end".to_owned())]);
    assert_eq!(
        warned(&[offer("all", json!({"priority": 2})), offer("gold", json!({"audience": "gold"}))]),
        beaten("gold")
    );
    assert_eq!(
        warned(&[offer("a", json!({})), offer("b", json!({}))]),
        beaten("b"),
        "the smaller id comes first"
    );
    let gold = json!({"audience": "gold", "priority": 3});
    assert_eq!(warned(&[offer("a", gold), offer("b", json!({"audience": "gold"}))]), beaten("b"));
    for harmless in [
        json!({"priority": 2, "audience": "gold"}),
        json!({"priority": 2, "schedule": {"end": "2027-01-01"}}),
        json!({"priority": 2, "caps": {"person": {"day": 1}}}),
        json!({"priority": 2, "placement": ["strip", "hero"]}),
        json!({"priority": 2, "content": {"type": "html", "html": "{{ traits.x | fixed(2) }}"}}),
    ] {
        assert_eq!(warned(&[offer("a", harmless.clone()), offer("b", json!({}))]), [], "{harmless}");
    }
}

#[test]
fn an_author_is_warned_of_an_audience_without_anybody_and_of_a_placement_on_no_page() {
    let warned = |known: Value, more: Value| -> Vec<(String, String)> {
        let mut files = files(&[offer("one", more)]);
        let nobody = json!({"id": "nobody", "name": "Nobody", "rule": {"all": [{"segment": "none"}]}});
        files.insert("segments/nobody.json".into(), nobody);
        files.insert("segments/none.json".into(), json!({"id": "none", "name": "None", "rule": {"any": []}}));
        let known: Known = serde_json::from_value(known).unwrap();
        let (_, warnings) = read_files_knowing(&files, &known, iso(NOW)).unwrap();
        warnings.into_iter().map(|warning| (warning.path, warning.reason)).collect()
    };
    let said = |path: &str, reason: &str| vec![(path.to_owned(), reason.to_owned())];
    let gold = json!({"audience": "gold"});
    assert_eq!(warned(json!({}), gold.clone()), []);
    assert_eq!(warned(json!({"members": {"gold": 1}, "placements": ["hero"]}), gold.clone()), []);
    assert_eq!(
        warned(json!({"members": {"gold": 0}}), gold.clone()),
        said("audience", "nobody is in `gold` now")
    );
    assert_eq!(
        warned(json!({"members": {}}), json!({"audience": "nobody"})),
        said("audience", "nobody can be in `nobody`: its rule holds for nobody")
    );
    assert_eq!(
        warned(json!({"placements": ["strip"]}), gold),
        said("placement", "no page has asked for `hero` yet: put it on one, or choose another")
    );
}
