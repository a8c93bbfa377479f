//! Laws of back pressure: nobody gets more than what is allowed, and whoever waits as long as was said gets in.

#![expect(clippy::unwrap_used, reason = "a test may")]

use proptest::prelude::*;
use selvedge_engine::config::{Source, SourceKind};
use selvedge_engine::limits;
use selvedge_engine::pressure::{Address, Allowance, Bucket, Gate, Whose};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

const START: i64 = 1_795_000_000_000;

fn source(limits: &Value) -> Source {
    let said = json!({
        "id": "shop", "name": "Shop", "writeKey": "k", "kind": "browser", "identity": { "mode": "open" }, "limits": limits,
    });
    serde_json::from_value(said).unwrap()
}

fn address(n: u32) -> Option<Address> {
    Address::parse(&std::net::Ipv4Addr::from(0xcb00_0000 + n).to_string())
}

/// Requests in order: the pause before each in milliseconds, and its events.
fn requests() -> impl Strategy<Value = Vec<(u16, usize)>> {
    proptest::collection::vec((0u16..3_000, 1usize..2_500), 1..120)
}

fn allowance() -> impl Strategy<Value = Allowance> {
    (1u32..5_000, 1u32..20_000).prop_map(|(per_second, burst)| Allowance { per_second, burst })
}

proptest! {
    #[test]
    fn never_more_passes_than_the_burst_the_rate_and_one_request(allowance in allowance(), requests in requests()) {
        let (mut bucket, mut now) = (Bucket::default(), START);
        let mut passed: Vec<(i64, usize)> = Vec::new();
        for (pause, events) in requests {
            now += i64::from(pause);
            if bucket.wait(allowance, UnixMillis(now)) == 0 {
                bucket.take(allowance, events, UnixMillis(now));
                passed.push((now, events));
            }
        }
        // In every stretch of time, not only from the beginning.
        for (first, (from, _)) in passed.iter().enumerate() {
            let mut sum = 0;
            for (to, events) in passed.iter().skip(first) {
                let before = u128::try_from(sum).unwrap();
                let millis = u128::try_from(to - from).unwrap();
                let most = u128::from(allowance.burst) * 1_000 + u128::from(allowance.per_second) * millis;
                prop_assert!(before * 1_000 < most, "{sum} events passed in {millis} ms before one more request did");
                sum += events;
            }
        }
    }

    #[test]
    fn whoever_waits_as_long_as_was_said_gets_in_and_not_much_sooner(allowance in allowance(), requests in requests()) {
        let (mut bucket, mut now) = (Bucket::default(), START);
        for (_, events) in requests {
            let said = bucket.wait(allowance, UnixMillis(now));
            if said > 1 {
                let sooner = now + (i64::from(said) - 1) * 1_000;
                prop_assert!(bucket.wait(allowance, UnixMillis(sooner)) > 0, "it was not said for nothing");
            }
            now += i64::from(said) * 1_000;
            prop_assert_eq!(bucket.wait(allowance, UnixMillis(now)), 0);
            bucket.take(allowance, events, UnixMillis(now));
        }
    }

    #[test]
    fn after_a_silence_everything_may_come_again(allowance in allowance(), requests in requests()) {
        let (mut bucket, mut now) = (Bucket::default(), START);
        let mut taken = 0;
        for (pause, events) in requests {
            now += i64::from(pause);
            bucket.take(allowance, events, UnixMillis(now));
            taken += events;
        }
        let silence = i64::try_from(taken).unwrap() * 1_000 / i64::from(allowance.per_second) + 200;
        let (later, mut first) = (UnixMillis(now + silence), Bucket::default());
        for _ in 0..allowance.burst.min(500) {
            prop_assert_eq!(bucket.wait(allowance, later), 0);
            prop_assert_eq!(first.wait(allowance, later), 0);
            bucket.take(allowance, 1, later);
            first.take(allowance, 1, later);
        }
        prop_assert_eq!(bucket, first, "as if nothing had been before");
    }

    #[test]
    fn what_one_address_sends_changes_nothing_for_another(
        requests in proptest::collection::vec((0u16..500, 0u32..4, 1usize..300), 1..200),
    ) {
        let source = source(&json!({ "source": null, "address": { "perSecond": 100, "burst": 500 } }));
        let mut shared = Gate::default();
        let mut alone: Vec<Gate> = (0..4).map(|_| Gate::default()).collect();
        let mut now = START;
        for (pause, who, events) in requests {
            now += i64::from(pause);
            let own = alone.get_mut(usize::try_from(who).unwrap()).unwrap();
            let expected = own.pass(&source, address(who), events, UnixMillis(now));
            prop_assert_eq!(shared.pass(&source, address(who), events, UnixMillis(now)), expected);
        }
    }

    #[test]
    fn no_number_and_no_clock_is_too_much(
        per_second: u32, burst: u32, requests in proptest::collection::vec((any::<i64>(), any::<usize>()), 0..20),
    ) {
        let (mut bucket, allowance) = (Bucket::default(), Allowance { per_second, burst });
        for (at, events) in requests {
            bucket.wait(allowance, UnixMillis(at));
            bucket.take(allowance, events, UnixMillis(at));
        }
    }
}

#[test]
fn an_address_that_is_refused_uses_nothing_up_of_what_all_share() {
    let source = source(
        &json!({ "source": { "perSecond": 10, "burst": 100 }, "address": { "perSecond": 1, "burst": 10 } }),
    );
    let (mut gate, now) = (Gate::default(), UnixMillis(START));
    assert_eq!(gate.pass(&source, address(1), 10, now), Ok(()));
    for _ in 0..1_000 {
        let refused = gate.pass(&source, address(1), 10, now).unwrap_err();
        assert_eq!((refused.whose, refused.seconds), (Whose::Address, 1));
    }
    assert_eq!(gate.pass(&source, address(2), 90, now), Ok(()));
    let refused = gate.pass(&source, address(3), 1, now).unwrap_err();
    assert_eq!((refused.whose, refused.seconds, refused.code()), (Whose::Source, 1, "source_limit"));
    assert_eq!(gate.pass(&source, address(3), 1, now.plus(1_000)), Ok(()));
}

#[test]
fn an_isolate_remembers_the_latest_senders_and_no_more() {
    let source = source(&json!({ "address": { "perSecond": 1, "burst": 1 }, "source": null }));
    let (mut gate, now) = (Gate::default(), UnixMillis(START));
    let most = u32::try_from(limits::SENDERS).unwrap();
    for n in 0..most * 5 {
        assert_eq!(gate.pass(&source, address(n), 1, now), Ok(()));
        assert!(
            gate.pass(&source, address(n.saturating_sub(most - 1)), 1, now).is_err(),
            "one of the latest"
        );
    }
    assert!(format!("{gate:?}").matches("Bucket").count() <= limits::SENDERS * 2);
}

#[test]
fn what_a_source_says_counts_and_what_it_leaves_out_is_by_its_kind() {
    let (browser, server) = (SourceKind::Browser, SourceKind::Server);
    let own = Allowance { per_second: 7, burst: 70 };
    let said = json!({ "perSecond": 7, "burst": 70 });
    let cases = [
        (json!({}), browser, Some(limits::SOURCE_ALLOWANCE), Some(limits::ADDRESS_ALLOWANCE)),
        (json!({}), server, Some(limits::SOURCE_ALLOWANCE), None),
        (json!({ "source": null, "address": null }), browser, None, None),
        (json!({ "source": said, "address": said }), server, Some(own), Some(own)),
    ];
    for (limits, kind, of_source, of_address) in cases {
        let source = source(&limits);
        assert_eq!(source.limits.of(Whose::Source, kind), of_source, "{limits}");
        assert_eq!(source.limits.of(Whose::Address, kind), of_address, "{limits}");
        let again: Source = serde_json::from_value(serde_json::to_value(&source).unwrap()).unwrap();
        assert_eq!(again, source);
        assert_eq!(serde_json::to_value(&source).unwrap().get("limits").is_none(), limits == json!({}));
    }
}
