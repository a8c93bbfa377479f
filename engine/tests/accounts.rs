//! Laws of accounts: who belongs to one, what it becomes, and what a decision reads of it.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeMap;
use std::convert::Infallible;

use proptest::prelude::*;
use selvedge_engine::account::{
    Account, AccountId, AccountRules, MEMBER_VERSION, Member, Memberships, Named, Op, Period, REPORT_VERSION,
    Report, Verb, Word,
};
use selvedge_engine::config::{Config, Document};
use selvedge_engine::consent::Consent;
use selvedge_engine::event::{Event, Kind};
use selvedge_engine::identity::extract::{Carried, Proof, identifiers};
use selvedge_engine::identity::fact::Order;
use selvedge_engine::identity::{Identifier, IdentityRules, Trust};
use selvedge_engine::ids::{MessageId, ProfileId, SourceId};
use selvedge_engine::limits;
use selvedge_engine::offer::experiment::Posteriors;
use selvedge_engine::offer::{Person, Request, decide};
use selvedge_engine::profile::{Logged, Micros, ProfileState};
use selvedge_engine::segment::{Cause, Given, Members, memberships, memberships_given};
use selvedge_engine::time::UnixMillis;
use serde_json::{Value, json};

const NOW: UnixMillis = UnixMillis(1_000_000);

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn order(at: i64) -> Order {
    (UnixMillis(at), MessageId(format!("m-{at}")))
}

fn word(name: &str, verb: Verb, at: i64) -> Word {
    Word { account: account(name), verb, order: order(at) }
}

fn event(kind: Kind, at: i64, body: &Value) -> Event {
    Event {
        message_id: order(at).1,
        kind,
        timestamp: UnixMillis(at),
        received_at: NOW,
        source: SourceId::from("crm"),
        body: body.as_object().unwrap().clone(),
    }
}

/// As the edge logs it, from a source that is trusted or not.
fn logged(kind: Kind, at: i64, body: &Value, open: bool) -> Logged {
    let event = event(kind, at, body);
    let found = identifiers(&event, &IdentityRules::default(), &Proof { open, ..Proof::default() });
    let consent = Consent { analytics: true, ..Consent::default() };
    Logged { account: found.account, ..Logged::new(event, found.ids, consent) }
}

fn group(at: i64, name: &str, traits: &Value) -> Logged {
    logged(Kind::Group, at, &json!({"userId": "1", "groupId": name, "traits": traits}), true)
}

fn left(at: i64, name: &str) -> Logged {
    let body = json!({"userId": "1", "event": "Account Removed User", "context": {"groupId": name}});
    logged(Kind::Track, at, &body, true)
}

fn fold<'a>(log: impl IntoIterator<Item = &'a Logged>, config: &Config) -> ProfileState {
    let consent = Consent { analytics: true, ..Consent::default() }.may_store().unwrap();
    let mut state = ProfileState::empty();
    state.backfill(config, std::iter::empty());
    log.into_iter().for_each(|row| state.apply(row, config, consent));
    state
}

/// Who belongs to what, by looking at all words at once.
fn by_hand(words: &[Word]) -> Vec<Period> {
    let mut by_account: BTreeMap<&AccountId, Vec<&Word>> = BTreeMap::new();
    words.iter().for_each(|word| by_account.entry(&word.account).or_default().push(word));
    let mut periods = Vec::new();
    for (account, mut words) in by_account {
        words.sort_by_key(|word| &word.order);
        let mut since: Option<Order> = None;
        for word in words {
            let order = word.order.clone();
            match (word.verb, &since) {
                (Verb::Joined, None) => since = Some(order),
                (Verb::Left, Some(_)) => {
                    let since = since.take().unwrap();
                    periods.push(Period { account: account.clone(), since, until: Some(order) });
                }
                _ => {}
            }
        }
        periods.extend(since.map(|since| Period { account: account.clone(), since, until: None }));
    }
    periods
}

fn current(memberships: &Memberships) -> Vec<(AccountId, Order)> {
    memberships.current().map(|(id, order)| (id.clone(), order.clone())).collect()
}

/// Words of one person on three accounts, fewer than are kept. Each time is one word's.
fn words() -> impl Strategy<Value = Vec<Word>> {
    proptest::collection::vec((0..3u8, any::<bool>()), 0..=limits::MEMBERSHIP_STRETCHES).prop_map(|list| {
        let verb = |joined| if joined { Verb::Joined } else { Verb::Left };
        let one = |(at, (name, joined)): (usize, (u8, bool))| {
            word(&format!("account-{name}"), verb(joined), i64::try_from(at).unwrap())
        };
        list.into_iter().enumerate().map(one).collect()
    })
}

fn shuffled() -> impl Strategy<Value = (Vec<Word>, Vec<Word>)> {
    words().prop_flat_map(|words| (Just(words.clone()), Just(words).prop_shuffle()))
}

proptest! {
    #[test]
    fn the_latest_word_says_who_belongs_whatever_the_order_of_arrival((ordered, shuffled) in shuffled()) {
        let mut one_by_one = Memberships::default();
        shuffled.iter().for_each(|word| one_by_one.hear(word.clone()));
        let whole = Memberships::of(ordered.clone());
        prop_assert_eq!(current(&one_by_one), current(&whole));
        prop_assert_eq!(&Memberships::of(shuffled), &whole);
        prop_assert_eq!(whole.periods(), by_hand(&ordered));
        // Where the times are not blurred they are right, too.
        if !one_by_one.is_blurred() {
            prop_assert_eq!(one_by_one, whole);
        }
    }

    #[test]
    fn a_word_that_comes_again_says_nothing_new((ordered, shuffled) in shuffled()) {
        let mut once = Memberships::default();
        shuffled.iter().for_each(|word| once.hear(word.clone()));
        let mut twice = once.clone();
        ordered.iter().for_each(|word| twice.hear(word.clone()));
        prop_assert_eq!(current(&twice), current(&once));
        if !once.is_blurred() {
            prop_assert_eq!(twice, once);
        }
        let doubled: Vec<Word> = ordered.iter().chain(&shuffled).cloned().collect();
        prop_assert_eq!(Memberships::of(doubled), Memberships::of(ordered));
    }

    #[test]
    fn in_the_order_of_their_times_words_never_blur(words in words()) {
        let mut one_by_one = Memberships::default();
        words.iter().for_each(|word| one_by_one.hear(word.clone()));
        prop_assert!(!one_by_one.is_blurred());
        prop_assert_eq!(one_by_one, Memberships::of(words));
    }

    #[test]
    fn the_memberships_of_two_logs_are_those_of_their_union((words, _) in shuffled(), cut in 0..3usize) {
        let (left, right): (Vec<_>, Vec<_>) =
            words.iter().cloned().enumerate().partition(|(n, _)| n % 3 == cut);
        let side = |side: Vec<(usize, Word)>| Memberships::of(side.into_iter().map(|(_, word)| word).collect());
        let (left, right) = (side(left), side(right));
        let (mut one, mut other) = (left.clone(), right.clone());
        one.absorb(&right);
        other.absorb(&left);
        let whole = Memberships::of(words);
        prop_assert_eq!(current(&one), current(&whole));
        prop_assert_eq!(current(&other), current(&whole));
        if !one.is_blurred() {
            prop_assert_eq!(one, whole);
        }
    }

    #[test]
    fn stored_memberships_read_back_as_they_were(words in words()) {
        let memberships = Memberships::of(words);
        let json = serde_json::to_string(&memberships).unwrap();
        prop_assert_eq!(serde_json::from_str::<Memberships>(&json).unwrap(), memberships);
    }
}

#[test]
fn who_leaves_and_comes_again_has_two_times_there() {
    let words = [
        word("ACME", Verb::Joined, 1),
        word("ACME", Verb::Joined, 2),
        word("ACME", Verb::Left, 5),
        word("ACME", Verb::Left, 6),
        word("ACME", Verb::Joined, 8),
    ];
    let periods = Memberships::of(words.to_vec()).periods();
    let times = |period: &Period| (period.since.0.0, period.until.as_ref().map(|(at, _)| at.0));
    assert_eq!(periods.iter().map(times).collect::<Vec<_>>(), [(1, Some(5)), (8, None)]);
}

#[test]
fn of_too_many_accounts_those_last_spoken_of_are_kept_whatever_came_first() {
    let many = limits::ACCOUNTS_PER_PROFILE + 20;
    let mut words: Vec<Word> =
        (0..many).map(|n| word(&format!("a-{n:03}"), Verb::Joined, i64::try_from(n).unwrap())).collect();
    let forward = Memberships::of(words.clone());
    words.reverse();
    let mut backward = Memberships::default();
    words.into_iter().for_each(|word| backward.hear(word));
    assert_eq!(current(&forward), current(&backward));
    assert_eq!(current(&forward).len(), limits::ACCOUNTS_PER_PROFILE);
    let last = account(&format!("a-{:03}", many - 1));
    assert!(forward.is_in(&last) && !forward.is_in(&account("a-019")));
}

#[test]
fn of_many_times_in_and_out_the_latest_are_kept() {
    let many = 3 * limits::MEMBERSHIP_STRETCHES;
    let verb = |n: usize| if n.is_multiple_of(2) { Verb::Joined } else { Verb::Left };
    let words: Vec<Word> = (0..many).map(|n| word("ACME", verb(n), i64::try_from(n).unwrap())).collect();
    let kept = Memberships::of(words.clone());
    assert_eq!(kept.current().count(), 0, "the last word was a leave");
    assert_eq!(kept.periods().len(), limits::MEMBERSHIP_STRETCHES / 2);
    let mut one_by_one = Memberships::default();
    words.into_iter().for_each(|word| one_by_one.hear(word));
    assert_eq!(one_by_one, kept);
}

#[test]
fn the_traits_of_a_group_event_are_the_accounts_and_not_the_persons() {
    let config = Config::new(1, Document::default());
    let row = group(1, " ACME ", &json!({"plan": "gold", "email": "office@acme.example"}));
    let state = fold([&row], &config);
    assert!(state.traits.values().is_empty() && state.claimed_traits.values().is_empty());
    assert_eq!(current(&state.accounts), [(account("ACME"), order(1))]);
    let report = Report::of(&row).unwrap();
    assert_eq!((&report.account, report.traits["plan"].as_str()), (&account("ACME"), Some("gold")));
    assert_eq!(Report::of(&left(2, "ACME")), None, "a word on belonging has no traits");
}

#[test]
fn segments_b2b_events_say_who_comes_and_goes_and_a_context_alone_says_nothing() {
    let config = Config::new(1, Document::default());
    let track = |at, name: &str| {
        let body = json!({"userId": "1", "event": name, "context": {"groupId": 42}});
        logged(Kind::Track, at, &body, true)
    };
    let added = track(1, "Account Added User");
    let removed = track(2, "Account Removed User");
    let page = logged(Kind::Page, 3, &json!({"userId": "1", "context": {"groupId": "42"}}), true);
    assert!(fold([&added], &config).accounts.is_in(&account("42")));
    let state = fold([&page, &removed, &added], &config);
    assert_eq!(state.accounts.current().count(), 0, "whoever left is not brought back by the next page");
}

#[test]
fn a_browsers_word_alone_makes_nobody_a_member() {
    let config = Config::new(1, Document::default());
    let body = json!({"userId": "1", "groupId": "ACME", "traits": {"plan": "gold"}});
    let claimed = logged(Kind::Group, 1, &body, false);
    assert_eq!(claimed.account, Some(Named { id: account("ACME"), trust: Trust::Claimed }));
    assert!(fold([&claimed], &config).accounts.is_empty());
    assert_eq!(Report::of(&claimed), None);

    let token = |groups: &[&str]| Proof {
        user_id: Some("1".into()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..Proof::default()
    };
    let sent = event(Kind::Group, 1, &body);
    let read = |proof: &Proof| identifiers(&sent, &IdentityRules::default(), proof).account.unwrap().trust;
    assert_eq!(read(&token(&["Other", "ACME"])), Trust::Verified);
    assert_eq!(read(&token(&["Other"])), Trust::Claimed);
    // Whoever is proven to be in an account, but not to be this user, says nothing of this user.
    let other = Carried { id: Identifier::new("user_id", "2").unwrap(), trust: Trust::Claimed };
    let device = Carried { id: Identifier::new("anonymous_id", "A").unwrap(), trust: Trust::Verified };
    let named = Some(Named { id: account("ACME"), trust: Trust::Verified });
    let row = Logged { account: named, ids: vec![other, device], ..claimed };
    assert_eq!(Word::of(&row), None);
}

#[test]
fn what_names_no_account_is_refused_with_its_reason() {
    for (sent, reason) in [("null", "blocked"), ("000", "blocked"), ("a\u{1}b", "malformed")] {
        let event = event(Kind::Group, 1, &json!({"userId": "1", "groupId": sent}));
        let found = identifiers(&event, &IdentityRules::default(), &Proof { open: true, ..Proof::default() });
        assert_eq!(found.account, None);
        let refused = found.refused.first().unwrap();
        let said = (refused.namespace.as_str(), refused.value.as_str(), refused.reason.code());
        assert_eq!(said, ("group_id", sent, reason));
        assert_eq!(found.ids.len(), 1, "the event is still the person's");
    }
}

// The account.

fn rules() -> AccountRules {
    serde_json::from_value(json!({
        "traits": {"seats": {"merge": "max"}, "spent": {"merge": "sum"}, "tags": {"merge": "union"}},
        "aggregates": {
            "score": {"op": "sum", "over": "engagement"},
            "mean": {"op": "avg", "over": "engagement"},
            "least": {"op": "min", "over": "engagement"},
            "most": {"op": "max", "over": "engagement"},
            "rated": {"op": "count", "over": "engagement"},
            "orders": {"op": "sum", "over": "computed.orders"}
        }
    }))
    .unwrap()
}

fn report(at: i64, traits: &Value) -> Report {
    let traits = traits.as_object().unwrap().clone();
    Report { v: REPORT_VERSION, account: account("ACME"), order: order(at), traits }
}

fn folded(reports: &[Report]) -> Account {
    let mut account = Account::empty(account("ACME"));
    reports.iter().for_each(|report| account.hear(report, &rules()));
    account
}

proptest! {
    #[test]
    fn an_accounts_traits_do_not_depend_on_the_order_in_which_it_was_told(
        (ordered, shuffled) in proptest::collection::vec((0..5i64, 0..9u8), 0..20)
            .prop_map(|list| list.into_iter().enumerate().map(|(n, (at, value))| {
                let traits = json!({"plan": format!("p{value}"), "seats": value, "spent": 0.1 * f64::from(value), "tags": [value]});
                Report { order: (UnixMillis(at), MessageId(format!("m-{n}"))), ..report(0, &traits) }
            }).collect::<Vec<_>>())
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
    ) {
        prop_assert_eq!(folded(&ordered), folded(&shuffled));
    }

    /// Rows come late, twice and in any order: the account ends with the newest of each profile, and its totals are theirs.
    #[test]
    fn totals_are_those_of_the_newest_rows(
        rows in proptest::collection::vec((0..4u8, 1..12u64, any::<bool>(), -50i64..50), 0..40)
    ) {
        let mut account = folded(&[]);
        let mut kept: BTreeMap<ProfileId, Member> = BTreeMap::new();
        let mut newest: BTreeMap<ProfileId, Member> = BTreeMap::new();
        for (who, revision, is_member, value) in rows {
            // A revision is one row's only.
            let value = value + i64::try_from(revision).unwrap();
            let profile = ProfileId::from_random([who; 16]);
            let share = Micros::read(&json!(value)).unwrap();
            let shares = [("number:engagement".to_owned(), share), ("any:engagement".to_owned(), Micros::default())];
            let member = Member {
                v: MEMBER_VERSION,
                profile: profile.clone(),
                revision,
                by: is_member.then(|| order(1)),
                shares: if is_member { shares.into() } else { BTreeMap::new() },
            };
            if newest.get(&profile).is_none_or(|known| known.revision < revision) {
                newest.insert(profile.clone(), member.clone());
            }
            if account.admit(kept.get(&profile), &member) {
                kept.insert(profile, member);
            }
        }
        prop_assert_eq!(&kept, &newest);
        prop_assert_eq!(account.rows, kept.len() as u64);
        let values: Vec<f64> = newest.values().filter(|row| row.by.is_some()).map(|row| row.shares["number:engagement"].units()).collect();
        let computed = account.computed(&rules(), |_, op| Ok::<_, Infallible>(values.iter().copied().reduce(if op == Op::Min { f64::min } else { f64::max }))).unwrap();
        prop_assert_eq!(computed["members"].as_u64(), Some(values.len() as u64));
        prop_assert_eq!(computed["rated"].as_u64(), Some(values.len() as u64));
        prop_assert_eq!(computed["score"].as_f64(), Some(values.iter().sum::<f64>()));
        if values.is_empty() {
            prop_assert_eq!(&computed["mean"], &Value::Null);
            prop_assert!(account.totals.is_empty(), "nothing is left of those who left");
        }
    }
}

#[test]
fn other_trait_rules_fold_an_account_anew_and_leave_its_members() {
    let mut account = folded(&[report(1, &json!({"seats": 5})), report(2, &json!({"seats": 3}))]);
    let member = Member {
        v: MEMBER_VERSION,
        profile: ProfileId::from_random([1; 16]),
        revision: 1,
        by: Some(order(1)),
        shares: BTreeMap::new(),
    };
    assert!(account.admit(None, &member));
    assert!(account.is_folded_under(&rules()));
    assert_eq!(account.traits.values()["seats"], 5);
    let newest = AccountRules::default();
    assert!(!account.is_folded_under(&newest));
    let mut again = account.without_traits();
    again.hear(&report(2, &json!({"seats": 3})), &newest);
    again.hear(&report(1, &json!({"seats": 5})), &newest);
    assert_eq!((again.traits.values()["seats"].as_i64(), again.members, again.events), (Some(3), 1, 2));
}

#[test]
fn an_account_without_room_says_so_and_still_hears_those_it_knows() {
    let mut account = Account { rows: limits::ACCOUNT_MEMBERS - 1, ..folded(&[]) };
    let row = |n: u8, revision| Member::gone(ProfileId::from_random([n; 16]), revision);
    assert!(account.admit(None, &row(1, 1)) && !account.full, "the last one finds room");
    assert!(!account.admit(None, &row(2, 1)) && account.full);
    assert!(account.admit(Some(&row(1, 1)), &row(1, 2)));
}

#[test]
fn a_member_adds_what_the_aggregates_go_over() {
    let config = Config::new(1, Document { accounts: rules(), ..Document::default() });
    let identify = logged(Kind::Identify, 2, &json!({"userId": "1", "traits": {"engagement": "7.5"}}), true);
    let bought = logged(Kind::Track, 3, &json!({"userId": "1", "event": "Order Completed"}), true);
    let state = fold([&group(1, "ACME", &json!({})), &identify, &bought], &config);
    let me = ProfileId::from_random([1; 16]);
    let row = Member::of(me.clone(), 9, &account("ACME"), &state, config.accounts());
    let units = |key: &str| row.shares.get(key).map(|share| share.units());
    assert_eq!(units("number:engagement"), Some(7.5));
    assert_eq!(units("number:computed.orders"), Some(1.0));
    assert_eq!(row.by, Some(order(1)));
    let elsewhere = Member::of(me, 9, &account("Other"), &state, config.accounts());
    assert_eq!((elsewhere.by, elsewhere.shares.len()), (None, 0));
}

// What a decision reads.

fn config_with(rules: &[(&str, Value)]) -> Config {
    let segment = |(id, rule): &(&str, Value)| {
        serde_json::from_value(json!({"id": id, "name": id, "rule": rule})).unwrap()
    };
    let offer = |(id, _): &(&str, Value)| {
        serde_json::from_value(json!({
            "id": id, "name": id, "placement": id, "audience": id, "content": {"type": "json", "json": 1}
        }))
        .unwrap()
    };
    let placement = |(id, _): &(&str, Value)| serde_json::from_value(json!({"id": id, "name": id})).unwrap();
    Config::new(
        1,
        Document {
            segments: rules.iter().map(segment).collect(),
            offers: rules.iter().map(offer).collect(),
            placements: rules.iter().map(placement).collect(),
            ..Document::default()
        },
    )
}

#[test]
fn an_account_is_read_when_a_decision_is_made_and_never_folded() {
    let config = config_with(&[
        ("gold", json!({"traits": {"account.plan": "gold"}})),
        ("not-gold", json!({"not": {"segment": "gold"}})),
        ("alone", json!({"traits": {"account": {"$exists": false}}})),
        ("anybody", json!({"traits": {"plan": {"$ne": "lead"}}})),
    ]);
    let spoof = json!({"userId": "1", "traits": {"account": {"plan": "gold"}}});
    let mut state = fold([&logged(Kind::Identify, 1, &spoof, true)], &config);
    state.refresh_segments(&config, NOW, Cause::Definition);
    assert_eq!(state.segments.keys().map(|id| id.as_str()).collect::<Vec<_>>(), ["anybody"]);

    let with = |accounts: &[Value]| -> Vec<String> {
        memberships_given(&state, &config, NOW, Given { accounts: Some(accounts), ..Given::default() })
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(with(&[json!({"plan": "gold"})]), ["anybody", "gold"]);
    assert_eq!(with(&[json!({"plan": "basic"})]), ["anybody", "not-gold"]);
    assert_eq!(with(&[]), ["alone", "anybody", "not-gold"], "a person's own trait `account` is none");
    assert_eq!(memberships(&state, &config, NOW).len(), 1);

    let all = Consent { analytics: true, personalisation: true, ..Consent::default() };
    let request =
        Request { placements: vec!["gold".into(), "not-gold".into()], now: NOW, ..Request::default() };
    let (profile, none) = (ProfileId::from_random([1; 16]), Posteriors::default());
    let shown = |accounts: Option<&[Value]>| -> Vec<bool> {
        let segments = Members::of(&state, &config, NOW, Given { accounts, ..Given::default() });
        let person = Person {
            profile: &profile,
            state: &state,
            identifiers: &Vec::new,
            segments: &segments,
            rooms: &(),
            posteriors: &none,
            request: &request,
            config: &config,
        };
        let decided = decide(&person, &config, &request, all.may_decide().unwrap()).decided;
        decided.iter().map(|one| one.offer.is_some()).collect()
    };
    assert_eq!(shown(Some(&[json!({"plan": "gold"})])), [true, false]);
    assert_eq!(shown(None), [false, false], "nobody is in an audience that can't be told");
}

#[test]
fn what_one_condition_asks_one_account_answers_as_a_whole() {
    let config = config_with(&[(
        "large-gold",
        json!({"traits": {"account.plan": "gold", "account.computed.members": {"$gte": 10}, "account.id": {"$ne": "X"}}}),
    )]);
    let state = fold([], &config);
    let view = |plan: &str, members: u64| json!({"id": "A", "plan": plan, "computed": {"members": members}});
    let holds = |accounts: &[Value]| {
        !memberships_given(&state, &config, NOW, Given { accounts: Some(accounts), ..Given::default() })
            .is_empty()
    };
    assert!(!holds(&[view("gold", 1), view("basic", 50)]));
    assert!(holds(&[view("basic", 1), view("gold", 10)]));
}

#[test]
fn only_placements_whose_audiences_speak_of_accounts_ask_for_them() {
    let config = config_with(&[
        ("gold", json!({"all": [{"not": {"traits": {"$or": [{"account.plan": "gold"}]}}}]})),
        ("through", json!({"any": [{"segment": "gold"}]})),
        ("own", json!({"traits": {"accounts": 1, "my.account": 2}})),
    ]);
    let asks = |placement: &str| config.needs(&[placement.into()]).any(|needs| needs.accounts);
    assert!(asks("gold") && asks("through"));
    assert!(!asks("own") && !asks("unknown"));
}
