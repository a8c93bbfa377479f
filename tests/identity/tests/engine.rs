//! The engine's resolver against every case.

use std::collections::BTreeSet;

use selvedge_engine::identity::resolve::resolve;
use selvedge_identity_cases::{
    Case, Loaded, Taken, accounts, cases, compare, compare_accounts, compare_intake, people,
};

/// Orders of arrival that each case is tried in, beside its own and the reverse.
const SHUFFLES: u64 = 20;

fn differences(case: &Case) -> Vec<String> {
    let taken = Taken::of(case);
    let mut differences = compare_intake(&case.expect, &taken);
    differences.extend(compare(&case.expect, &people(&taken, &case.config())));
    differences.extend(compare_accounts(&case.expect, &accounts(&taken)));
    if case.any_order {
        differences.extend(orders(case, &taken));
    }
    differences
}

/// What changes when the steps arrive in another order.
fn orders(case: &Case, taken: &Taken) -> Vec<String> {
    let resolution = resolve(&taken.facts, &case.rules);
    let mut reversed = taken.clone();
    reversed.facts.reverse();
    reversed.logged.reverse();
    let shuffled = (0..SHUFFLES).map(|seed| {
        let mut shuffled = taken.clone();
        let mut random = fastrand::Rng::with_seed(seed);
        random.shuffle(&mut shuffled.facts);
        random.shuffle(&mut shuffled.logged);
        (format!("shuffled by {seed}"), shuffled)
    });
    let mut differences = Vec::new();
    for (name, other) in std::iter::once(("reversed".to_owned(), reversed)).chain(shuffled) {
        let mut found = compare(&case.expect, &people(&other, &case.config()));
        found.extend(compare_accounts(&case.expect, &accounts(&other)));
        differences.extend(found.into_iter().map(|difference| format!("{name}: {difference}")));
        if resolve(&other.facts, &case.rules) != resolution {
            differences.push(format!("{name}: the resolution is another"));
        }
    }
    differences
}

#[test]
fn the_resolver_ends_every_case_as_expected() {
    let failed: Vec<String> = cases()
        .unwrap()
        .iter()
        .filter_map(|Loaded { name, case }| {
            let differences = differences(case);
            (!differences.is_empty())
                .then(|| format!("{name} ({})\n  {}", case.title, differences.join("\n  ")))
        })
        .collect();
    assert!(failed.is_empty(), "{} cases end otherwise:\n\n{}\n", failed.len(), failed.join("\n\n"));
}

#[test]
fn a_file_is_named_by_its_case() {
    for Loaded { name, case } in cases().unwrap() {
        assert!(name.starts_with(&format!("{}-", case.id)), "{name} holds {}", case.id);
    }
}

/// A case that forgets an event, or files it twice, would prove less than it says.
#[test]
fn every_case_says_of_each_event_where_it_ends() {
    for Loaded { name, case } in cases().unwrap() {
        let taken = Taken::of(&case);
        let sent: BTreeSet<String> =
            taken.logged.iter().map(|row| row.event.message_id.to_string()).collect();
        let filed: Vec<&String> = case.expect.profiles.iter().flat_map(|profile| &profile.events).collect();
        assert_eq!(filed.len(), sent.len(), "{name}: each event is filed once");
        assert_eq!(filed.into_iter().cloned().collect::<BTreeSet<_>>(), sent, "{name}");
    }
}
