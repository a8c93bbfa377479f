//! What the engine's resolver makes of facts: the reference that others are compared with.

use std::collections::{BTreeMap, BTreeSet};

use selvedge_engine::account::{Account, AccountId, AccountRules, Memberships, Period, Report, Word};
use selvedge_engine::config::Config;
use selvedge_engine::identity::resolve::{Person, resolve};
use selvedge_engine::ids::MessageId;
use selvedge_engine::profile::{Fold, Logged, ProfileState};
use serde_json::{Map, Value};

use crate::{Actual, Membership, Taken};

/// Who everybody is, and what is believed of them.
pub fn people(taken: &Taken, config: &Config) -> Vec<Actual> {
    folded(taken, config).into_iter().map(|(person, _)| person).collect()
}

/// Who everybody is, each with the fold of their events.
pub fn folded(taken: &Taken, config: &Config) -> Vec<(Actual, ProfileState)> {
    let log = log(&taken.logged);
    let mut people = resolve(&taken.facts, config.identity()).people;
    for person in &mut people {
        let its = taken.refused.iter().filter(|refused| person.events.contains(&refused.order.1));
        person.refused.extend(its.cloned());
    }
    let one = |person: &Person| {
        let rows = || person.events.iter().filter_map(|id| log.get(id).copied());
        let mut fold = Fold::new();
        rows().for_each(|row| fold.take(row, config));
        let (state, _) = fold.done();
        (Actual::of(person, state.traits.values(), memberships(rows())), state)
    };
    people.iter().map(one).collect()
}

/// Each event once; of two deliveries the one that happened first.
fn log(logged: &[Logged]) -> BTreeMap<&MessageId, &Logged> {
    let mut log: BTreeMap<&MessageId, &Logged> = BTreeMap::new();
    for row in logged {
        let kept = log.entry(&row.event.message_id).or_insert(row);
        if row.event.order() < kept.event.order() {
            *kept = row;
        }
    }
    log
}

/// When the person of these events belonged to which account: read from the log, as for an admin.
pub fn memberships<'a>(log: impl Iterator<Item = &'a Logged>) -> BTreeSet<Membership> {
    let one = |period: Period| Membership {
        account: period.account.to_string(),
        since: period.since.1.to_string(),
        until: period.until.map(|(_, by)| by.to_string()),
    };
    Memberships::of(log.filter_map(Word::of).collect()).periods().into_iter().map(one).collect()
}

/// What events have said of accounts, whoever they were about, and what became of them.
pub fn accounts(taken: &Taken) -> BTreeMap<String, Map<String, Value>> {
    let rules = AccountRules::default();
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    for report in log(&taken.ever_logged).into_values().filter_map(Report::of) {
        let account = accounts.entry(report.account.clone());
        account.or_insert_with(|| Account::empty(report.account.clone())).hear(&report, &rules);
    }
    accounts.into_iter().map(|(id, account)| (id.to_string(), account.traits.values())).collect()
}
