//! What accounts come to of what the objects of a golden case tell them: in any order, and some of it twice.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use selvedge_engine::account::{Account, AccountId, AccountRules, Member, Report};
use selvedge_engine::ids::ProfileId;
use selvedge_identity_cases::{Expected, compare_accounts};

use crate::golden::live;
use crate::world::World;

/// The differences between the accounts that were expected, with their members, and those that come of all that is told.
pub(crate) fn compare_told(expected: &Expected, world: &World, rng: &mut Rng) -> Vec<String> {
    let rules = AccountRules::default();
    let mut accounts = heard(world, &rules, rng);
    let members = admitted(world, &rules, &mut accounts, rng);
    let told = accounts.iter().filter(|(_, account)| account.events > 0);
    let traits = told.map(|(id, account)| (id.to_string(), account.traits.values())).collect();
    let mut differences = compare_accounts(expected, &traits);
    for (id, account) in &accounts {
        let listed: BTreeSet<&ProfileId> =
            members.iter().filter(|(of, _)| of == id).map(|(_, profile)| profile).collect();
        if account.members != listed.len() as u64 {
            differences.push(format!("{id} counts {} members and lists {}", account.members, listed.len()));
        }
    }
    if let Some(should) = belonging(expected) {
        let mut is: BTreeMap<String, usize> = BTreeMap::new();
        members.iter().for_each(|(id, _)| *is.entry(id.to_string()).or_default() += 1);
        if is != should {
            differences.push(format!("members: {is:?}, not {should:?}"));
        }
    }
    differences
}

/// How many belong to each account now; none if the case does not say so of everybody.
fn belonging(expected: &Expected) -> Option<BTreeMap<String, usize>> {
    let mut belonging: BTreeMap<String, usize> = BTreeMap::new();
    for profile in &expected.profiles {
        for membership in profile.accounts.as_ref()?.iter().filter(|membership| membership.until.is_none()) {
            *belonging.entry(membership.account.clone()).or_default() += 1;
        }
    }
    Some(belonging)
}

/// Every account, from what events have said of it: by messageId, so that what is told twice is heard once.
fn heard(world: &World, rules: &AccountRules, rng: &mut Rng) -> BTreeMap<AccountId, Account> {
    let told = world.objects.values().flat_map(|object| object.tables.told.values());
    let mut reports: Vec<&Report> = told.collect();
    rng.shuffle(&mut reports);
    let mut known = BTreeSet::new();
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    for report in reports.into_iter().filter(|report| known.insert(&report.order.1)) {
        let account = accounts.entry(report.account.clone());
        account.or_insert_with(|| Account::empty(report.account.clone())).hear(report, rules);
    }
    accounts
}

/// Tells every account the rows of its members, after older rows that said they were none; who is a member then.
fn admitted(
    world: &World,
    rules: &AccountRules,
    accounts: &mut BTreeMap<AccountId, Account>,
    rng: &mut Rng,
) -> BTreeSet<(AccountId, ProfileId)> {
    let mut rows: Vec<(AccountId, Member)> = Vec::new();
    for (who, tables) in live(world) {
        for (id, _) in tables.folded.state.accounts.current() {
            let row = Member::of(who.clone(), 2, id, &tables.folded.state, rules);
            rows.extend([
                (id.clone(), row.clone()),
                (id.clone(), row),
                (id.clone(), Member::gone(who.clone(), 1)),
            ]);
        }
    }
    rng.shuffle(&mut rows);
    let mut kept: BTreeMap<(AccountId, ProfileId), Member> = BTreeMap::new();
    for (id, row) in rows {
        let account = accounts.entry(id.clone()).or_insert_with(|| Account::empty(id.clone()));
        let key = (id, row.profile.clone());
        if account.admit(kept.get(&key), &row) {
            kept.insert(key, row);
        }
    }
    kept.into_iter().filter(|(_, row)| row.by.is_some()).map(|(key, _)| key).collect()
}
