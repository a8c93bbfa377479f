//! What experiments learn from is counted once, however often and in whatever pieces it comes, also after a restart.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test, a panic is the failure")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use selvedge_engine::offer::experiment::{Book, Page, REWARD_VERSION, Reward};

/// A decision was made for one audience.
fn audience(decision: u8) -> &'static str {
    ["", "gold", "silver"][usize::from(decision / 3 % 3)]
}

fn reward((decision, variant, converted): (u8, u8, bool)) -> Reward {
    Reward {
        v: REWARD_VERSION,
        experiment: "hats".into(),
        decision: format!("d-{decision}").as_str().into(),
        // A decision has shown one variant.
        variant: format!("v-{}", (decision ^ variant) % 3).as_str().into(),
        audience: audience(decision).into(),
        converted,
    }
}

proptest! {
    #[test]
    fn each_counts_once(batches in prop::collection::vec(prop::collection::vec((any::<u8>(), Just(0), any::<bool>()), 0..20), 0..20), cut in 0_usize..20) {
        let mut book = Book::default();
        let mut pages: Vec<Page> = Vec::new();
        for (n, batch) in batches.iter().enumerate() {
            if n == cut {
                book = Book::open(book.counts().clone(), &pages);
            }
            let rewards: Vec<Reward> = batch.iter().copied().map(reward).collect();
            pages.extend(book.learn(&rewards));
            prop_assert!(book.learn(&rewards).is_none(), "sent again, nothing is new");
        }
        let distinct: BTreeSet<(u8, bool)> = batches.iter().flatten().map(|(decision, _, converted)| (*decision, *converted)).collect();
        for name in ["", "gold", "silver"] {
            let odds = book.counts().audiences.get(name).into_iter().flat_map(|variants| variants.values());
            let learned = odds.fold((0, 0), |sum, odds| (sum.0 + odds.seen, sum.1 + odds.converted));
            let of = |wanted: bool| distinct.iter().filter(|(decision, converted)| audience(*decision) == name && *converted == wanted).count() as u64;
            prop_assert_eq!(learned, (of(false), of(true)), "for {}", name);
        }
    }
}
