//! Caps for all together: given out in portions, never passed by more than they may be, and not lost either.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may"
)]

use proptest::prelude::*;
use selvedge_engine::offer::lease::{Ask, Cap, Grant, Lessor, Tenant, Used, overshoot};
use selvedge_engine::time::UnixMillis;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// What goes wrong between an isolate and the lessor.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    /// Questions that do not arrive, and answers that do not, of a hundred.
    lost: u8,
    /// Isolates that die, of a thousand steps.
    deaths: u16,
    /// Steps at which an isolate dies.
    kills: &'static [u64],
}

/// A run: isolates give an offer out as often as they can.
#[derive(Debug, Default)]
struct Run {
    given: u64,
    by_day: [u64; 4],
    asked: u64,
    waited: u64,
    /// Moments at which less was shown than was given out, or more than may be.
    understated: u64,
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn run(cap: &Cap, isolates: usize, steps: u64, step_ms: i64, trouble: Trouble, seed: u64) -> (Run, Lessor) {
    let mut dice = Dice(seed);
    let mut lessor = Lessor::new();
    let mut tenants = vec![Tenant::default(); isolates];
    let mut run = Run::default();
    for step in 0..steps {
        let now = UnixMillis(step as i64 * step_ms);
        let which = dice.roll(isolates as u64) as usize;
        let tenant = &mut tenants[which];
        if trouble.kills.contains(&step) || u64::from(trouble.deaths) > dice.roll(1_000) {
            *tenant = Tenant::default();
        }
        if let Some(ask) = tenant.ask(now) {
            run.asked += 1;
            run.waited += u64::from(ask.is_urgent);
            exchange(tenant, &mut lessor, cap, &ask, now, trouble.lost, &mut dice);
        }
        if tenant.has_room(now) {
            tenant.spend(now);
            run.given += 1;
            run.by_day[(now.0 / DAY) as usize] += 1;
        }
        let (campaign, day) = lessor.used(cap, now);
        run.understated += u64::from(campaign.is_some_and(|used| !is_covered(used, run.given)));
        let today = run.by_day[(now.0 / DAY) as usize];
        run.understated += u64::from(day.is_some_and(|used| !is_covered(used, today)));
    }
    (run, lessor)
}

/// Whether what is shown of a cap has room for what was given out, and the cap with its overshoot for what is shown.
fn is_covered(used: Used, given: u64) -> bool {
    let most = used.spent + used.out + used.written_off;
    given <= most && most <= used.cap + used.overshoot
}

fn exchange(
    tenant: &mut Tenant,
    lessor: &mut Lessor,
    cap: &Cap,
    ask: &Ask,
    now: UnixMillis,
    lost: u8,
    dice: &mut Dice,
) {
    if u64::from(lost) > dice.roll(100) {
        return;
    }
    // Told in JSON, as between objects.
    let told = serde_json::to_string(&lessor).unwrap();
    *lessor = serde_json::from_str(&told).unwrap();
    let grant: Grant = lessor.ask(cap, &ask.reports, now);
    if u64::from(lost) <= dice.roll(100) {
        tenant.answered(ask, grant);
    }
}

fn campaign(cap: u64) -> Cap {
    Cap { campaign: Some(cap), ..Cap::default() }
}

#[test]
fn where_nothing_is_lost_a_cap_is_given_out_to_the_last_and_hardly_anybody_asks() {
    const FINE: Trouble = Trouble { lost: 0, deaths: 0, kills: &[] };
    for cap in [1, 7, 100, 10_000] {
        let (run, lessor) = run(&campaign(cap), 8, 40_000, 20, FINE, 1);
        assert_eq!(run.given, cap, "{run:?}");
        // The last of it was said, or is still out: nothing else was.
        let used = lessor.used(&campaign(cap), UnixMillis(40_000 * 20)).0.unwrap();
        assert_eq!((used.cap, used.spent + used.out, used.written_off), (cap, cap, 0), "{used:?}");
    }
    let (run, _) = run(&campaign(1_000_000), 8, 40_000, 5, FINE, 2);
    assert_eq!(run.given, 40_000);
    assert!(run.asked < 100 && run.waited <= 8, "each isolate waits once, when it has nothing yet: {run:?}");
}

#[test]
fn what_dead_isolates_held_is_not_lost_for_good() {
    // Two of them have some of the forty or so that each was given.
    let trouble = Trouble { lost: 0, deaths: 0, kills: &[100, 200] };
    let (run, _) = run(&campaign(1_000), 8, 8_000, 100, trouble, 3);
    assert!(run.given >= 1_000, "{run:?}");
    assert!(run.given <= 1_000 + overshoot(1_000), "{run:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_cap_is_passed_by_more_than_one_in_a_hundred_or_a_hundred(
        campaign in 1u64..30_000,
        day in proptest::option::of(1u64..6_000),
        isolates in 1usize..40,
        step_ms in 1i64..20_000,
        lost in 0u8..60,
        deaths in 0u16..300,
        seed in any::<u64>(),
    ) {
        let cap = Cap { campaign: Some(campaign), day, ..Cap::default() };
        let steps = 4_000.min(4 * DAY as u64 / step_ms as u64 - 1);
        let (run, _) = run(&cap, isolates, steps, step_ms, Trouble { lost, deaths, kills: &[] }, seed);
        prop_assert_eq!(run.understated, 0);
        prop_assert!(run.given <= campaign + overshoot(campaign), "{run:?}");
        if let Some(day) = day {
            prop_assert!(run.by_day.iter().all(|given| *given <= day + overshoot(day)), "{run:?}");
        }
    }
}
