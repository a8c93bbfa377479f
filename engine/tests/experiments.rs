//! Who gets which variant, for how long, and what comes of it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may"
)]
#![expect(clippy::needless_pass_by_value, reason = "a value that is written where it is used reads best")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::exposure::{Assignment, Exposures, conversions};
use selvedge_engine::identity::extract::Carried;
use selvedge_engine::identity::{Identifier, Trust};
use selvedge_engine::ids::{
    AudienceId, DecisionId, ExperimentId, MessageId, OfferId, ProfileId, SegmentId, SourceId,
};
use selvedge_engine::limits;
use selvedge_engine::offer::experiment::{Odds, POSTERIORS_VERSION, Posteriors, chances, draw};
use selvedge_engine::offer::{Decisions, Person, Request, Trace, decide, explain};
use selvedge_engine::profile::{Fold, Logged, ProfileState};
use selvedge_engine::segment::{Given, Members};
use selvedge_engine::time::UnixMillis;
use selvedge_engine::token::{DECISION_VERSION, Decision};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

fn config(offers: &[Value]) -> Config {
    config_with(offers, &json!([]))
}

fn config_with(offers: &[Value], segments: &Value) -> Config {
    let offers: Vec<Value> = offers
        .iter()
        .map(|offer| {
            let mut whole =
                json!({"name": "x", "placement": "hero", "content": {"type": "html", "html": "own"}});
            whole.as_object_mut().unwrap().extend(offer.as_object().unwrap().clone());
            whole
        })
        .collect();
    let placements: Vec<Value> = ["hero", "strip"].map(|id| json!({"id": id, "name": id})).to_vec();
    let thresholds = json!([{"of": "computed.events", "top": 0.5, "atLeast": 10.0}]);
    let document = json!({"sources": [], "segments": segments, "placements": placements, "offers": offers, "thresholds": thresholds});
    Config::new(3, serde_json::from_value::<Document>(document).unwrap())
}

fn state(config: &Config, rows: &[Logged]) -> ProfileState {
    let mut fold = Fold::new();
    rows.iter().for_each(|row| fold.take(row, config));
    fold.done().0
}

fn row(id: &str, at: i64, body: &Value, decision: Option<Decision>) -> Logged {
    let event = Event {
        message_id: MessageId::from(id),
        kind: Kind::Track,
        timestamp: UnixMillis(at),
        received_at: UnixMillis(at),
        source: SourceId::from("shop"),
        body: body.as_object().unwrap().clone(),
    };
    Logged::new(event, vec![person()], stored()).of_decision(decision)
}

fn person() -> Carried {
    Carried { id: Identifier::new("user_id", "u-1").unwrap(), trust: Trust::Verified }
}

fn stored() -> Consent {
    Consent { analytics: true, ..Consent::default() }
}

fn may() -> selvedge_engine::consent::MayDecide {
    Consent { personalisation: true, ..Consent::default() }.may_decide().unwrap()
}

/// The request of somebody, at some time.
fn request(at: i64, seed: u64) -> Request {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    Request { placements: vec!["hero".into()], now: UnixMillis(at), seed: bytes, ..Request::default() }
}

fn asked(
    config: &Config,
    state: &ProfileState,
    profile: u8,
    request: &Request,
    known: &Posteriors,
) -> Decisions {
    asked_in(config, state, profile, request, known, "")
}

/// The same of somebody who is in this segment, if it has a name.
fn asked_in(
    config: &Config,
    state: &ProfileState,
    profile: u8,
    request: &Request,
    known: &Posteriors,
    segment: &str,
) -> Decisions {
    let profile = ProfileId::from_random([profile; 16]);
    let segments: BTreeSet<SegmentId> =
        Some(segment).filter(|id| !id.is_empty()).map(SegmentId::from).into_iter().collect();
    let user = [Identifier::new("user_id", &format!("u-{}", profile.as_str())).unwrap()];
    let person = Person {
        profile: &profile,
        state,
        identifiers: &|| user.iter().collect(),
        segments: &segments,
        rooms: &(),
        posteriors: known,
        request,
        config,
    };
    decide(&person, config, request, may())
}

/// What is written into the log when somebody is given a variant.
fn given(assignment: &Assignment) -> Logged {
    assignment.logged(&[person()], &SourceId::from("shop"), stored(), 3)
}

fn split(weights: [f64; 2], experiment: Value) -> Config {
    let variants = [json!({"id": "a", "weight": weights[0]}), json!({"id": "b", "weight": weights[1]})];
    config(&[json!({"id": "one", "variants": variants, "experiment": experiment})])
}

fn variant(decisions: &Decisions) -> Option<String> {
    decisions.decided[0].variant.as_ref().map(|id| id.0.clone())
}

#[test]
fn shares_are_what_was_asked_for_and_a_hundred_people_are_always_the_same() {
    let none = Posteriors::default();
    let empty = ProfileState::empty();
    let config = split([0.2, 0.8], json!({"coverage": 0.5, "holdout": {"share": 0.1}}));
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for n in 0u32..20_000 {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        let (profile, segments) = (ProfileId::from_random(bytes), BTreeSet::<SegmentId>::new());
        let request = request(0, u64::from(n));
        let person = Person {
            profile: &profile,
            state: &empty,
            identifiers: &Vec::new,
            segments: &segments,
            rooms: &(),
            posteriors: &none,
            request: &request,
            config: &config,
        };
        let decisions = decide(&person, &config, &request, may());
        let name = match (variant(&decisions), decisions.assignments.first()) {
            (Some(variant), Some(_)) => variant,
            (None, Some(assignment)) => assignment.assigned.variant.0.clone(),
            _ => "outside".to_owned(),
        };
        *counts.entry(name).or_default() += 1;
    }
    // Of 20,000: a tenth held out; of the others a half, of which a fifth.
    for (name, expected) in [("$holdout", 2_000.0), ("a", 1_800.0), ("b", 7_200.0), ("outside", 9_000.0)] {
        let count = f64::from(counts[name]);
        // Five standard deviations.
        assert!((count - expected).abs() < 5.0 * f64::sqrt(expected), "{name}: {counts:?}");
    }
}

#[test]
fn experiments_with_the_same_holdout_hold_the_same_people_out() {
    let part = |id: &str, placement: &str, holdout: Value| {
        json!({"id": id, "variants": [{"id": "a"}, {"id": "b"}], "placement": placement,
            "experiment": {"seed": id, "holdout": holdout}})
    };
    let both = |one: Value, other: Value| {
        let config = config(&[part("one", "hero", one), part("two", "strip", other)]);
        let out = |profile: u8| {
            let request = Request { placements: vec!["hero".into(), "strip".into()], ..request(0, 1) };
            let decided =
                asked(&config, &ProfileState::empty(), profile, &request, &Posteriors::default()).decided;
            [0, 1].map(|n: usize| decided[n].variant.is_none())
        };
        (0..=255).map(out).collect::<Vec<[bool; 2]>>()
    };
    let shared = json!({"share": 0.3, "id": "winter"});
    let same = both(shared.clone(), shared);
    assert!(same.iter().all(|[one, other]| one == other), "{same:?}");
    let out = same.iter().filter(|[one, _]| *one).count();
    assert!((40..120).contains(&out), "{out} of 256");
    let apart = both(json!({"share": 0.3}), json!({"share": 0.3}));
    assert!(apart.iter().filter(|[one, other]| one != other).count() > 50, "each its own");
}

#[test]
fn experiments_of_one_namespace_have_nobody_in_common() {
    let part = |id: &str, from: f64, to: f64| {
        json!({"id": id, "variants": [{"id": "a"}, {"id": "b"}], "placement": if from == 0.0 { "hero" } else { "strip" },
            "experiment": {"namespace": {"id": "checkout", "from": from, "to": to}}})
    };
    let config = config(&[part("one", 0.0, 0.5), part("two", 0.5, 1.0)]);
    let mut in_one = 0;
    for profile in 0..=255 {
        let request = Request { placements: vec!["hero".into(), "strip".into()], ..request(0, 1) };
        let decided =
            asked(&config, &ProfileState::empty(), profile, &request, &Posteriors::default()).decided;
        let joined: Vec<bool> = decided.iter().map(|one| one.variant.is_some()).collect();
        assert!(joined[0] != joined[1], "in exactly one of them");
        in_one += usize::from(joined[0]);
    }
    assert!((80..176).contains(&in_one), "{in_one} of 256");
}

#[test]
fn whoever_had_a_variant_keeps_it_over_other_weights_coverage_login_and_merge() {
    let none = Posteriors::default();
    let before = split([0.5, 0.5], json!({}));
    let after = split([0.01, 0.99], json!({"coverage": 0.01}));
    let gone = config(&[json!({"id": "one", "variants": [{"id": "b"}, {"id": "c"}]})]);
    let mut rehashed = 0;
    for profile in 0..=255 {
        let first = asked(&before, &ProfileState::empty(), profile, &request(MINUTE, 1), &none);
        let given = [given(&first.assignments[0])];
        let state = state(&before, &given);
        // Under another profile, as after a merge or a login, and other weights.
        let later = asked(&after, &state, profile.wrapping_add(1), &request(9 * MINUTE, 2), &none);
        assert_eq!(variant(&later), variant(&first));
        assert!(later.assignments.is_empty(), "it is written down already");
        assert_eq!(later.decided[0].propensity, Some(0.5), "as it was drawn");
        let fresh = asked(&after, &ProfileState::empty(), profile, &request(9 * MINUTE, 2), &none);
        rehashed += usize::from(variant(&fresh) != variant(&first));
        if variant(&first).as_deref() == Some("a") {
            assert_ne!(variant(&asked(&gone, &state, profile, &request(0, 3), &none)).as_deref(), Some("a"));
        }
    }
    assert!(rehashed > 200, "without the word in the log {rehashed} of 256 would see something else");
}

#[test]
fn of_two_after_a_merge_the_earlier_one_holds_and_an_unmerge_gives_it_back() {
    let config = split([0.5, 0.5], json!({}));
    let none = Posteriors::default();
    let first = |wanted: &str, at: i64| {
        let of = |profile| asked(&config, &ProfileState::empty(), profile, &request(at, 5), &none);
        (0..=255).map(of).find(|one| variant(one).as_deref() == Some(wanted)).unwrap()
    };
    let (phone, laptop) =
        (given(&first("a", 2 * MINUTE).assignments[0]), given(&first("b", MINUTE).assignments[0]));
    let now =
        |rows: &[Logged]| variant(&asked(&config, &state(&config, rows), 77, &request(9 * MINUTE, 6), &none));
    assert_eq!(now(std::slice::from_ref(&phone)).as_deref(), Some("a"));
    assert_eq!(now(&[phone.clone(), laptop.clone()]).as_deref(), Some("b"));
    assert_eq!(now(&[laptop.clone(), phone.clone()]).as_deref(), Some("b"));
    let mut joined = state(&config, std::slice::from_ref(&phone));
    joined.absorb(&state(&config, &[laptop]), &config).unwrap();
    assert_eq!(variant(&asked(&config, &joined, 77, &request(9 * MINUTE, 6), &none)).as_deref(), Some("b"));
    assert_eq!(now(&[phone]).as_deref(), Some("a"), "parted again");
}

/// Decisions of a bandit that were seen, and rewards, against known rates. Both learn after every hundred.
mod race {
    use super::*;

    pub(super) struct Dice(pub(super) u64);

    impl Dice {
        /// Splitmix64, as a number from 0 to 1.
        pub(super) fn roll(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }

        /// As two of the distribution Gamma give it.
        fn beta(&mut self, a: u64, b: u64) -> f64 {
            let (one, other) = (self.gamma(a as f64), self.gamma(b as f64));
            one / (one + other)
        }

        /// By rejection, exactly ([Marsaglia and Tsang 2000](https://doi.org/10.1145/358407.358414)).
        fn gamma(&mut self, shape: f64) -> f64 {
            let d = shape - 1.0 / 3.0;
            let c = 1.0 / (9.0 * d).sqrt();
            loop {
                let normal =
                    (-2.0 * (1.0 - self.roll()).ln()).sqrt() * (std::f64::consts::TAU * self.roll()).cos();
                let v = (1.0 + c * normal).powi(3);
                if v > 0.0 && (1.0 - self.roll()).ln() < normal * normal / 2.0 + d - d * v + d * v.ln() {
                    return d * v;
                }
            }
        }
    }

    pub(super) const BATCH: usize = 100;

    /// Thompson's rule as textbooks have it: draw a rate for each, take the greatest. With a floor, each is taken so often at least.
    pub(super) fn textbook(rates: &[f64], pulls: usize, floor: f64, dice: &mut Dice) -> f64 {
        let best = rates.iter().copied().fold(0.0, f64::max);
        let mut known = vec![(1u64, 1u64); rates.len()];
        let mut regret = 0.0;
        for _ in 0..pulls / BATCH {
            let mut learned = known.clone();
            for _ in 0..BATCH {
                let draws: Vec<f64> = known.iter().map(|(a, b)| dice.beta(*a, *b)).collect();
                let greatest = (0..rates.len()).max_by(|one, other| draws[*one].total_cmp(&draws[*other]));
                let among_all = floor > 0.0 && dice.roll() < floor * rates.len() as f64;
                let arm =
                    if among_all { (dice.roll() * rates.len() as f64) as usize } else { greatest.unwrap() };
                regret += best - rates[arm];
                if dice.roll() < rates[arm] { learned[arm].0 += 1 } else { learned[arm].1 += 1 }
            }
            known = learned;
        }
        regret
    }

    /// Our rule alone: how likely each is to come out, and the draw by that.
    pub(super) fn by_chances(rates: &[f64], pulls: usize, dice: &mut Dice) -> f64 {
        let best = rates.iter().copied().fold(0.0, f64::max);
        let mut known = vec![Odds::default(); rates.len()];
        let mut regret = 0.0;
        for _ in 0..pulls / BATCH {
            let chances = chances(&known);
            for _ in 0..BATCH {
                let decision = DecisionId((dice.roll() * 1e15).to_string());
                let arm = draw(&chances, "one", &decision).unwrap();
                regret += best - rates[arm];
                known[arm].seen += 1;
                known[arm].converted += u64::from(dice.roll() < rates[arm]);
            }
        }
        regret
    }

    /// In each of these audiences, with its own rates: what all learn from each other shows as regret.
    pub(super) fn ours(
        config: &Config,
        names: &[&str],
        audiences: &[(&str, &[f64])],
        pulls: usize,
        dice: &mut Dice,
    ) -> Vec<f64> {
        let key = ExperimentId::from("one");
        let mut known = Posteriors { v: POSTERIORS_VERSION, ..Posteriors::default() };
        let mut regret = vec![0.0; audiences.len()];
        let empty = ProfileState::empty();
        for batch in 0..pulls / BATCH {
            let mut learned = known.clone();
            learned.version += 1;
            for n in 0..BATCH * audiences.len() {
                let which = n % audiences.len();
                let (audience, rates) = audiences[which];
                let best = rates.iter().copied().fold(0.0, f64::max);
                let request = request(0, (dice.roll() * 1e15) as u64 + (batch * BATCH + n) as u64);
                let decisions = asked_in(config, &empty, 1, &request, &known, audience);
                let one = &decisions.decided[0];
                let name = one.variant.clone().unwrap();
                let arm = names.iter().position(|known| *known == name.as_str()).unwrap();
                assert!(one.propensity.unwrap() >= 0.01 - 1e-9 && decisions.assignments.is_empty());
                regret[which] += best - rates[arm];
                let converted = u64::from(dice.roll() < rates[arm]);
                let token = one.for_token(3, UnixMillis(0)).unwrap();
                learned.learn(&key, &token.audience, &name, Odds { seen: 1, converted });
            }
            known = learned;
        }
        regret
    }
}

#[test]
fn a_bandit_regrets_no_more_than_the_textbooks_rule() {
    let names = ["a", "b", "c"];
    let rates = [0.05, 0.10, 0.15];
    let variants: Vec<Value> = names.iter().map(|id| json!({ "id": id })).collect();
    let experiment = json!({"kind": "bandit", "goal": {"event": "Order Completed"}});
    let config = config(&[json!({"id": "one", "variants": variants, "experiment": experiment})]);
    let (mut ours, mut textbook) = (0.0, 0.0);
    for seed in 0..5 {
        ours += race::ours(&config, &names, &[("", &rates)], 1_500, &mut race::Dice(seed))[0];
        textbook += race::textbook(&rates, 1_500, 0.0, &mut race::Dice(seed + 1_000));
    }
    println!(
        "regret over 5 × 1,500 decisions: ours {ours:.1}, the textbook's {textbook:.1}, {:.3} of it",
        ours / textbook
    );
    assert!(ours <= 1.2 * textbook, "{ours} and {textbook}");
}

/// The rule alone, which the test before has seen in whole decisions: at other rates, and often. Beside the textbook's with the same
/// floor: a share of all decisions for what is known to be worse costs more the longer it goes on, whoever pays it.
#[test]
fn a_bandit_regrets_no_more_than_the_textbooks_rule_with_its_floor_whatever_the_rates() {
    const RUNS: u64 = 40;
    let sets: [(&str, &[f64]); 5] = [
        ("far apart", &[0.05, 0.30]),
        ("close", &[0.10, 0.12]),
        ("three", &[0.05, 0.10, 0.15]),
        ("rare", &[0.002, 0.004, 0.012]),
        ("one of eight", &[0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.15]),
    ];
    for (what, rates) in sets {
        let (mut ours, mut floored, mut plain) = (0.0, 0.0, 0.0);
        for seed in 0..RUNS {
            ours += race::by_chances(rates, 1_500, &mut race::Dice(seed));
            floored += race::textbook(rates, 1_500, limits::BANDIT_FLOOR, &mut race::Dice(seed + 1_000));
            plain += race::textbook(rates, 1_500, 0.0, &mut race::Dice(seed + 2_000));
        }
        println!(
            "{what}: regret over {RUNS} × 1,500 decisions: ours {ours:.0}, the textbook's with the floor {floored:.0} ({:.2}), without {plain:.0} ({:.2})",
            ours / floored,
            ours / plain
        );
        assert!(ours <= 1.2 * floored, "{what}: {ours} and {floored}");
    }
}

#[test]
fn a_bandit_learns_for_each_audience_what_is_best_there() {
    let names = ["a", "b"];
    let audiences: [(&str, &[f64]); 2] = [("gold", &[0.05, 0.20]), ("silver", &[0.20, 0.05])];
    let variants: Vec<Value> = names.iter().map(|id| json!({ "id": id })).collect();
    let experiment =
        json!({"kind": "bandit", "audiences": ["gold", "silver"], "goal": {"event": "Order Completed"}});
    let config = config(&[json!({"id": "one", "variants": variants, "experiment": experiment})]);
    const RUNS: u64 = 8;
    let (mut ours, mut textbook) = ([0.0; 2], [0.0; 2]);
    for seed in 0..RUNS {
        let regret = race::ours(&config, &names, &audiences, 600, &mut race::Dice(seed));
        for (n, (_, rates)) in audiences.iter().enumerate() {
            ours[n] += regret[n];
            // With the same floor, which alone costs a tenth of it here; and cheap, so its mean is that of more runs.
            for more in 0..5 {
                let mut dice = race::Dice(1_000 + seed * 10 + more * 2 + n as u64);
                textbook[n] += race::textbook(rates, 600, limits::BANDIT_FLOOR, &mut dice) / 5.0;
            }
        }
    }
    println!(
        "regret over {RUNS} × 600 decisions in each audience: ours {ours:.1?}, the textbook's {textbook:.1?}"
    );
    for (n, (audience, _)) in audiences.iter().enumerate() {
        assert!(ours[n] <= 1.2 * textbook[n], "{audience}: {ours:?} and {textbook:?}");
    }
}

#[test]
fn a_bandits_draw_is_told_by_seed_and_decision_and_its_propensity_is_how_often_it_is_drawn() {
    let seeded = |experiment: Value| {
        config(&[json!({"id": "one", "variants": [{"id": "a"}, {"id": "b"}], "experiment": experiment})])
    };
    let config = seeded(json!({"kind": "bandit", "goal": {"event": "Order Completed"}}));
    let drawn = |config: &Config| -> Vec<Option<String>> {
        let of = |seed| {
            variant(&asked(config, &ProfileState::empty(), 1, &request(0, seed), &Posteriors::default()))
        };
        (0..100).map(of).collect()
    };
    let own = |seed: &str| drawn(&seeded(json!({"kind": "bandit", "seed": seed, "goal": {"event": "x"}})));
    assert_eq!(drawn(&config), own("one"), "without a seed it is the key");
    assert_ne!(own("one"), own("two"));
    let mut known = Posteriors::default();
    let key = ExperimentId::from("one");
    known.learn(&key, "", &"a".into(), Odds { seen: 100, converted: 10 });
    known.learn(&key, "", &"b".into(), Odds { seen: 100, converted: 14 });
    let (mut of_b, mut said) = (0.0, 0.0);
    const DRAWS: u64 = 1_500;
    for seed in 0..DRAWS {
        let once = asked(&config, &ProfileState::empty(), 1, &request(0, seed), &known);
        let one = &once.decided[0];
        if seed % 100 == 0 {
            assert_eq!(
                once,
                asked(&config, &ProfileState::empty(), 9, &request(1, seed), &known),
                "for whomever"
            );
        }
        if one.variant.as_ref().unwrap().as_str() == "b" {
            (of_b, said) = (of_b + 1.0, one.propensity.unwrap());
        }
    }
    let share = of_b / DRAWS as f64;
    assert!(
        (share - said).abs() < 4.0 * f64::sqrt(said * (1.0 - said) / DRAWS as f64),
        "{share}, and {said} said"
    );
}

#[test]
fn a_conversion_is_put_down_to_the_last_decision_that_was_seen_in_time() {
    let goal = json!({"goal": {"event": "Order Completed", "where": {"total": {"$gte": 10}}, "within": {"hours": 1}}});
    let config = split([0.5, 0.5], goal);
    let decision = |id: &str| Decision {
        v: DECISION_VERSION,
        id: id.into(),
        offer: Some("one".into()),
        placement: None,
        experiment: Some("one".into()),
        variant: Some("a".into()),
        propensity: Some(0.5),
        audience: String::new(),
        config: 3,
        at: UnixMillis(0),
    };
    let seen = |id: &str, at: i64| row(id, at, &json!({"event": "Promotion Viewed"}), Some(decision(id)));
    let state =
        state(&config, &[seen("d-2", 20 * MINUTE), seen("d-1", 10 * MINUTE), seen("d-3", 90 * MINUTE)]);
    let order = |at: i64, total: i64| {
        let event =
            row("o", at, &json!({"event": "Order Completed", "properties": {"total": total}}), None).event;
        let found = conversions(&state.exposures, &config, &event);
        found.into_iter().map(|one| one.seen.decision.0).collect::<Vec<_>>()
    };
    assert_eq!(order(5 * MINUTE, 10), Vec::<String>::new(), "before anything was seen");
    assert_eq!(order(15 * MINUTE, 10), ["d-1"]);
    assert_eq!(order(80 * MINUTE, 10), ["d-2"], "an hour after it");
    assert_eq!(order(80 * MINUTE + 1, 10), Vec::<String>::new());
    assert_eq!(order(100 * MINUTE, 9), Vec::<String>::new());
    assert_eq!(order(100 * MINUTE, 10), ["d-3"]);
}

// Laws.

fn decision() -> impl Strategy<Value = Decision> {
    (0u8..4, 0u8..3, 0u8..3, 0u8..6, 0i64..5).prop_map(|(offer, experiment, variant, id, at)| Decision {
        v: DECISION_VERSION,
        id: format!("d-{id}-{at}").as_str().into(),
        offer: Some(OfferId(format!("o-{offer}"))),
        placement: Some("hero".into()),
        experiment: (experiment > 0).then(|| ExperimentId(format!("e-{experiment}"))),
        variant: (experiment > 0).then(|| format!("v-{variant}").as_str().into()),
        propensity: (experiment > 0).then_some(0.5),
        audience: String::new(),
        config: 1,
        at: UnixMillis(at * MINUTE),
    })
}

fn rows() -> impl Strategy<Value = Vec<(Logged, bool)>> {
    let names = [
        "Promotion Viewed",
        "promotion_viewed",
        "Promotion Clicked",
        "view_promotion",
        "Experiment Assigned",
    ];
    let one = (0i64..200, 0usize..5, proptest::option::weighted(0.8, decision()), any::<bool>());
    proptest::collection::vec(one, 0..40).prop_map(move |all| {
        let made = |(n, (at, name, decision, part)): (usize, _)| {
            (
                row(&format!("m-{}", n * 7 % 41), at * 5 * MINUTE, &json!({"event": names[name]}), decision),
                part,
            )
        };
        all.into_iter().enumerate().map(made).collect()
    })
}

fn exposures<'a>(rows: impl IntoIterator<Item = &'a Logged>) -> Exposures {
    let mut exposures = Exposures::default();
    rows.into_iter().for_each(|row| exposures.apply(row));
    exposures
}

proptest! {
    #[test]
    fn what_came_of_decisions_is_a_function_of_the_set_and_parts_add_up(
        (ordered, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let whole = exposures(ordered.iter().map(|(row, _)| row));
        prop_assert_eq!(&whole, &exposures(shuffled.iter().map(|(row, _)| row)));
        let part = |wanted: bool| exposures(shuffled.iter().filter(|(_, part)| *part == wanted).map(|(row, _)| row));
        let (mut left, mut right) = (part(true), part(false));
        let before = left.clone();
        left.absorb(&right);
        prop_assert_eq!(&whole, &left);
        right.absorb(&before);
        prop_assert_eq!(&whole, &right);
        let stored = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Exposures>(&stored).unwrap(), whole);
    }

    /// A trace alone makes the same decisions, and the same trace, once more; and asking why changes nothing.
    #[test]
    fn a_trace_is_enough_to_decide_once_more(
        rows in rows(),
        offers in proptest::collection::vec((0u8..4, 0u8..4, 0u8..5, 0u8..4, any::<bool>(), 0u8..3), 1..8),
        rules in proptest::collection::vec(0usize..8, 3),
        (device, listed, plan) in (proptest::option::of(0usize..2), any::<bool>(), proptest::option::of(0usize..2)),
        full in proptest::collection::btree_set(0usize..8, 0..3),
        seen in proptest::collection::vec((0u64..50, 0u64..50), 3),
        now in 0i64..1_000,
        seed in any::<u64>(),
        known in any::<bool>(),
    ) {
        let offer = |(n, (priority, audience, caps, kind, exclusive, content)): (usize, &(u8, u8, u8, u8, bool, u8))| {
            let content = match content {
                0 => json!({"type": "html", "html": "plain"}),
                1 => json!({"type": "json", "json": {"seen": "{{ computed.events }} of {{ traits.name }}"}}),
                _ => json!({"type": "html", "html": "{{ traits.name | fixed(2) }}{{ 1 / (computed.events - 3) }}"}),
            };
            let mut offer = json!({"id": format!("o-{n}"), "priority": priority, "placement": ["hero", "strip"], "content": content});
            let fields = offer.as_object_mut().unwrap();
            if *audience > 0 {
                fields.insert("audience".into(), format!("s-{audience}").into());
            }
            match caps {
                1 => drop(fields.insert("caps".into(), json!({"person": {"session": 1}}))),
                2 => drop(fields.insert("caps".into(), json!({"person": {"campaign": 2}, "all": {"day": 5}}))),
                3 => drop(fields.insert("schedule".into(), json!({"zone": "Europe/Berlin", "hours": [{"from": "02:00", "to": "05:00"}]}))),
                _ => {}
            }
            if *exclusive {
                fields.insert("exclusive".into(), "group".into());
            }
            if *kind > 0 {
                fields.insert("variants".into(), json!([{"id": "v-0"}, {"id": "v-1", "content": {"type": "html", "html": "other"}}]));
                let experiment = match kind {
                    1 => json!({"key": format!("e-{n}"), "holdout": {"share": 0.3}}),
                    2 => json!({"key": format!("e-{n}"), "coverage": 0.7, "hashAttribute": "user_id"}),
                    _ => json!({"key": format!("e-{n}"), "kind": "bandit", "audiences": ["s-1"], "goal": {"event": "x"}}),
                };
                fields.insert("experiment".into(), experiment);
            }
            offer
        };
        let all_rules = [
            json!({ "performed": { "event": "Promotion Viewed", "count": { "min": 3 }, "within": { "days": 1 } } }),
            json!({ "traits": { "computed.events": { "$gte": 10 } } }),
            json!({ "all": [{ "context": { "device": "mobile" } }, { "performed": { "event": "Promotion Clicked" } }] }),
            json!({ "not": { "context": { "device": "mobile" } } }),
            json!({ "any": [{ "audience": "vips" }, { "segment": "s-0" }] }),
            json!({ "traits": { "account.plan": "pro" } }),
            json!({ "not": { "all": [{ "audience": "vips" }, { "traits": { "account.plan": "pro" } }] } }),
            json!({ "score": { "of": "computed.events", "top": 0.5 } }),
        ];
        // The first asks for nothing but the state: another one names it.
        let rules = [0].iter().chain(&rules).enumerate();
        let segments: Vec<Value> = rules.map(|(n, rule)| json!({ "id": format!("s-{n}"), "name": "", "rule": all_rules[*rule] })).collect();
        let config = config_with(&offers.iter().enumerate().map(offer).collect::<Vec<_>>(), &Value::from(segments));
        let rows: Vec<Logged> = rows.into_iter().map(|(row, _)| row).collect();
        let state = state(&config, &rows);
        let context = device.map(|n| json!({ "device": (["mobile", "desktop"][n]) }));
        let accounts = plan.map(|n| vec![json!({ "id": "acme", "plan": (["pro", "free"][n]) })]);
        let lists = listed.then(|| BTreeSet::from([AudienceId::from("vips")]));
        let given = Given { accounts: accounts.as_deref(), context: context.as_ref(), audiences: lists.as_ref() };
        let segments = Members::of(&state, &config, UnixMillis(now * MINUTE), given);
        let full: BTreeSet<OfferId> = full.into_iter().map(|n| OfferId(format!("o-{n}"))).collect();
        let mut posteriors = Posteriors::default();
        for (n, (seen, converted)) in seen.into_iter().enumerate() {
            let odds = Odds { seen, converted };
            posteriors.learn(&ExperimentId(format!("e-{n}")), if known { "s-1" } else { "" }, &"v-0".into(), odds);
        }
        let request = Request { placements: vec!["hero".into(), "strip".into(), "hero".into()], ..request(now * MINUTE, seed) };
        let profile = ProfileId::from_random([9; 16]);
        let user = [Identifier::new("user_id", "u-1").unwrap()];
        let person = Person {
            profile: &profile, state: &state, identifiers: &|| user.iter().collect(), segments: &segments, rooms: &full,
            posteriors: &posteriors, request: &request, config: &config,
        };
        let plain = decide(&person, &config, &request, may());
        let (decisions, trace) = explain(&person, &config, &request, may());
        prop_assert_eq!(&plain, &decisions, "asking why changes nothing");
        let sent = serde_json::to_string(&trace).unwrap();
        let read: Trace = serde_json::from_str(&sent).unwrap();
        // From files, and what of the published config stands in none of them.
        let of_files = Document { thresholds: read.thresholds.clone(), ..config.document().clone() };
        let (again, why) = read.again(&Config::new(read.config, of_files));
        prop_assert_eq!(&decisions, &again);
        prop_assert_eq!(&trace, &why);
        // Not by what is written down as held: each is worked out anew.
        let mut forged = serde_json::to_value(&trace).unwrap();
        if let Some(Value::Object(held)) = forged.pointer_mut("/answers/segments") {
            held.values_mut().for_each(|holds| *holds = json!(!holds.as_bool().unwrap()));
        }
        if let Some(Value::Object(why)) = forged.pointer_mut("/answers/why") {
            why.values_mut().for_each(|why| why["holds"] = json!(!why["holds"].as_bool().unwrap()));
        }
        let (again, _) = serde_json::from_value::<Trace>(forged).unwrap().again(&config);
        prop_assert_eq!(&decisions, &again);
    }
}
