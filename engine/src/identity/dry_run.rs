//! What an admin's word, or other rules, would come to: computed from what profiles know of themselves, and not done.
//!
//! Everything connected is gathered as for a re-resolution and resolved by the same function; who lives where is said by
//! the same plan; and what each person would be is the fold of the events that would be theirs, shown as the profile API
//! shows it. So what a dry run says is what comes about.

use crate::ordered::gather;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::fact::Fact;
use super::home::{Description, Gathering, Homes, given_up, homes};
use super::meet::{HeldIds, HeldState};
use super::resolve::{Person, RefusedLink};
use super::{Identifier, IdentityRules, Violation};
use crate::account::AccountId;
use crate::config::Config;
use crate::ids::{MessageId, ProfileId};
use crate::profile::{AbsorbError, Fold, ProfileState, shown};
use crate::segment::Cause;
use crate::time::UnixMillis;

/// What a profile's own answer has that is shown of it as it is.
const BEFORE: [&str; 9] = [
    "identifiers",
    "firstSeen",
    "lastSeen",
    "traits",
    "claimedTraits",
    "accounts",
    "computed",
    "consent",
    "segments",
];

/// People as they would be.
#[derive(Debug)]
pub struct DryRun {
    /// Whom the admin asked for, where they live.
    asked: BTreeSet<ProfileId>,
    described: Vec<Description>,
    people: Vec<Person>,
    homes: Homes,
    rules: IdentityRules,
}

/// What a profile has made of its log: what would stay, and what would go, in the order of [`DryRun::parts`].
pub type Parted = (Fold, Vec<Fold>);

/// A person as it would be.
#[derive(Debug)]
pub struct Would {
    person: usize,
    state: ProfileState,
}

impl Would {
    /// What its events fold to.
    pub fn state(&self) -> &ProfileState {
        &self.state
    }

    /// The accounts that its segments may ask for.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.state.accounts.last_spoken_of()
    }
}

impl DryRun {
    /// Resolves all that was gathered, and the decree, under these rules.
    pub fn new(
        gathered: &Gathering,
        asked: &[ProfileId],
        decree: Option<&Fact>,
        rules: &IdentityRules,
    ) -> Self {
        let mut described = gathered.descriptions();
        for one in &mut described {
            one.read_by(rules);
            one.leave_out(&gathered.ids, rules);
        }
        let (resolution, _) = gathered.resolve(&mut described, decree, rules);
        let homes = homes(&described, &resolution);
        let asked = asked.iter().cloned().collect();
        Self { asked, described, people: resolution.people, homes, rules: rules.clone() }
    }

    /// The profiles whose events or identifiers would not stay together, or not stay alone.
    pub fn changed(&self) -> Vec<ProfileId> {
        let changed = self.described.iter().filter(|one| !is_somebody(one, &self.people, &self.rules));
        changed.map(|one| one.profile.clone()).collect()
    }

    /// The profiles that are shown, and which of their events would go: a list for each person who would have them.
    pub fn parts(&self) -> BTreeMap<ProfileId, Vec<Vec<MessageId>>> {
        let parts = |(_, one, leaving): (usize, &Description, BTreeMap<usize, Vec<MessageId>>)| {
            (one.profile.clone(), leaving.into_values().collect())
        };
        gather(self.concerned().map(parts))
    }

    /// The profiles that were asked for or would change, each with its events that would be another person's.
    fn concerned(&self) -> impl Iterator<Item = (usize, &Description, BTreeMap<usize, Vec<MessageId>>)> {
        let changed: BTreeSet<ProfileId> = gather(self.changed());
        let mut of_event = BTreeMap::new();
        for (index, person) in self.people.iter().enumerate() {
            of_event.extend(person.events.iter().map(|id| (id, index)));
        }
        let each = self.described.iter().zip(&self.homes.kept).enumerate();
        each.filter(move |(_, (one, _))| self.asked.contains(&one.profile) || changed.contains(&one.profile))
            .map(move |(index, (one, kept))| {
                let mut leaving: BTreeMap<usize, Vec<MessageId>> = BTreeMap::new();
                for id in one.facts.iter().map(|fact| &fact.order.1) {
                    if let Some(person) =
                        of_event.get(id).filter(|person| **person != kept.unwrap_or(usize::MAX))
                    {
                        leaving.entry(*person).or_default().push(id.clone());
                    }
                }
                (index, one, leaving)
            })
    }

    /// Puts together what the profiles have made of their logs, as of `now`.
    ///
    /// # Errors
    /// [`AbsorbError`] if they have not all gone by `config`.
    pub fn fold(
        &self,
        mut parted: BTreeMap<ProfileId, Parted>,
        config: &Config,
        now: UnixMillis,
    ) -> Result<Vec<Would>, AbsorbError> {
        let mut folds: BTreeMap<usize, Fold> = BTreeMap::new();
        for (index, one, leaving) in self.concerned() {
            let Some((rest, parts)) = parted.remove(&one.profile) else { continue };
            let stays = self.homes.kept.get(index).copied().flatten();
            for (person, part) in stays.into_iter().zip([rest]).chain(leaving.into_keys().zip(parts)) {
                match folds.entry(person) {
                    std::collections::btree_map::Entry::Vacant(first) => drop(first.insert(part)),
                    std::collections::btree_map::Entry::Occupied(mut fold) => {
                        fold.get_mut().join(part, config)?
                    }
                }
            }
        }
        let would = folds.into_iter().map(|(person, fold)| {
            let (mut state, _) = fold.done();
            state.refresh_segments(config, now, Cause::Merge);
            Would { person, state }
        });
        Ok(would.collect())
    }

    /// What the admin is told. `before` are the profiles as they show themselves; the accounts are as they are now.
    pub fn answer(
        &self,
        before: &BTreeMap<ProfileId, Value>,
        would: &[Would],
        accounts: Option<&BTreeMap<AccountId, Value>>,
        config: &Config,
        now: UnixMillis,
    ) -> Value {
        let after = would.iter().filter_map(|would| {
            let person = self.people.get(would.person)?;
            Some(self.shown_after(would, person, before, accounts, config, now))
        });
        json!({
            "before": self.concerned().filter_map(|(_, one, _)| with_expired(one, before.get(&one.profile)?)).collect::<Value>(),
            "after": after.collect::<Value>(),
            "changed": self.changed(),
            "beyond": null,
        })
    }

    fn shown_after(
        &self,
        would: &Would,
        person: &Person,
        before: &BTreeMap<ProfileId, Value>,
        accounts: Option<&BTreeMap<AccountId, Value>>,
        config: &Config,
        now: UnixMillis,
    ) -> Value {
        let state = &would.state;
        let known = |accounts: &BTreeMap<AccountId, Value>| -> Vec<Value> {
            would.accounts().iter().filter_map(|id| accounts.get(id)).cloned().collect()
        };
        let accounts = accounts.map(known);
        let refused = |name: &str, by: &MessageId| {
            person.refused.iter().any(|refused| refused.order.1 == *by && refused.id.to_string() == name)
        };
        let given_up = given_up(state, &person.ids, refused, &self.rules);
        let mut shown = shown(state, &person.ids, &given_up, config, accounts.as_deref(), now);
        let came = self.came_from(would.person);
        let were: BTreeSet<String> = gather(came.iter().filter_map(|one| before.get(one)).flat_map(inside));
        let are: BTreeSet<String> = shown.get("segments").map(list_of_ids).unwrap_or_default();
        shown.extend(fields([
            ("profileId", json!(self.homes.of_person.get(would.person))),
            ("profiles", json!(came)),
            ("events", json!(state.events)),
            ("expired", json!(expired(person.events.len(), state.events))),
            ("refusals", person.refused.iter().map(refused_link).collect()),
            ("entered", json!(are.difference(&were).collect::<Vec<_>>())),
            ("left", json!(were.difference(&are).collect::<Vec<_>>())),
        ]));
        Value::Object(shown)
    }

    /// The profiles that have some of a person's events now.
    fn came_from(&self, person: usize) -> Vec<ProfileId> {
        let events: BTreeSet<&MessageId> =
            gather(self.people.get(person).into_iter().flat_map(|p| &p.events));
        let has = |one: &&Description| one.facts.iter().any(|fact| events.contains(&fact.order.1));
        self.described.iter().filter(has).map(|one| one.profile.clone()).collect()
    }
}

/// Whether a profile is one of these people: the same events, known by the same.
fn is_somebody(one: &Description, people: &[Person], rules: &IdentityRules) -> bool {
    let events: BTreeSet<&MessageId> = gather(one.facts.iter().map(|fact| &fact.order.1));
    if events.is_empty() {
        // Nothing speaks of it: it stays as it is, unless what names it is no identifier any more.
        return one.held.keys().all(|id| rules.knows(id));
    }
    let same = |person: &&Person| person.events.iter().collect::<BTreeSet<_>>() == events;
    people.iter().find(same).is_some_and(|person| standing(&person.ids) == standing(&one.held))
}

fn standing(ids: &HeldIds) -> Vec<(&Identifier, HeldState)> {
    ids.iter().map(|(id, held)| (id, held.state)).collect()
}

/// A profile as it is, from what it shows of itself.
pub fn shown_before(profile: &Value) -> Value {
    let field = |name: &str| profile.get(name).cloned().unwrap_or_default();
    let mut shown: Map<String, Value> = gather(BEFORE.iter().map(|name| ((*name).to_owned(), field(name))));
    let refusals = field("refusals");
    let refusals = refusals.as_array().into_iter().flatten().map(|one| {
        let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
        json!({
            "id": format!("{}:{}", text("namespace"), text("value")), "reasons": one.get("reasons"),
            "messageId": one.get("messageId"), "at": one.get("at"),
        })
    });
    shown.extend(fields([
        ("profileId", field("profileId")),
        ("profiles", json!([field("profileId")])),
        ("events", profile.pointer("/computed/events").cloned().unwrap_or_default()),
        ("refusals", refusals.collect()),
    ]));
    Value::Object(shown)
}

/// Beside what it shows of itself, how much of it can't be restored.
fn with_expired(one: &Description, profile: &Value) -> Option<Value> {
    let Value::Object(mut shown) = shown_before(profile) else { return None };
    let events = shown.get("events").and_then(Value::as_u64)?;
    shown.insert("expired".into(), json!(expired(one.facts.len(), events)));
    Some(Value::Object(shown))
}

/// Events of which retention has left no more than who was seen.
fn expired(seen: usize, folded: u64) -> u64 {
    (seen as u64).saturating_sub(folded)
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> impl Iterator<Item = (String, Value)> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value))
}

fn inside(profile: &Value) -> BTreeSet<String> {
    profile.get("segments").map(list_of_ids).unwrap_or_default()
}

fn list_of_ids(segments: &Value) -> BTreeSet<String> {
    let id = |segment: &Value| segment.get("id").and_then(Value::as_str).map(str::to_owned);
    gather(segments.as_array().into_iter().flatten().filter_map(id))
}

fn refused_link(refused: &RefusedLink) -> Value {
    json!({
        "id": refused.id.to_string(),
        "reasons": refused.violations.iter().map(Violation::code).collect::<Vec<_>>(),
        "messageId": refused.order.1,
        "at": refused.order.0.to_iso(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fact::{Edge, Fact, Says};
    use super::super::home::{Description, Gathering};
    use super::super::meet::{Held, HeldState};
    use super::super::{Identifier, IdentityRules, Limit, Namespace};
    use super::DryRun;
    use crate::ids::{MessageId, ProfileId};
    use crate::time::UnixMillis;

    fn id(text: &str) -> Identifier {
        Identifier::parse(text).unwrap()
    }

    fn seen(n: i64, ids: &[&str]) -> Fact {
        let ids = ids.iter().map(|text| id(text)).collect();
        Fact { order: (UnixMillis(n), MessageId(format!("m{n}"))), says: Says::Seen { ids, previous: None } }
    }

    fn described(n: u8, held: &[&str], facts: Vec<Fact>) -> Description {
        let held = held.iter().map(|text| {
            let held = Held {
                first_seen: UnixMillis(1),
                by: MessageId::from("m1"),
                state: HeldState::Active,
                shared: None,
                epoch: 1,
                erased: None,
            };
            (id(text), held)
        });
        let nobody = Description::nobody(ProfileId::from_random([n; 16]));
        Description { held: held.collect(), facts, ..nobody }
    }

    fn dry_run(described: &[Description], decree: Option<&Fact>, rules: &IdentityRules) -> DryRun {
        let mut gathered = Gathering::default();
        gathered.profiles.extend(described.iter().map(|one| (one.profile.clone(), Some(one.clone()))));
        let asked: Vec<ProfileId> = described.iter().map(|one| one.profile.clone()).collect();
        DryRun::new(&gathered, &asked, decree, rules)
    }

    #[test]
    fn what_is_right_already_would_not_change() {
        let facts = vec![seen(1, &["anonymous_id:a"]), seen(2, &["user_id:1", "anonymous_id:a"])];
        let one = described(1, &["user_id:1", "anonymous_id:a"], facts);
        let run = dry_run(std::slice::from_ref(&one), None, &IdentityRules::default());
        assert_eq!((run.people.len(), run.changed().len()), (1, 0));
        assert_eq!(run.parts(), [(one.profile, vec![])].into());
    }

    #[test]
    fn an_edge_parts_what_it_names() {
        let facts = vec![seen(1, &["user_id:1", "email:a@x.de"]), seen(2, &["email:a@x.de"])];
        let one = described(1, &["user_id:1", "email:a@x.de"], facts);
        let edge = Edge { left: vec![id("user_id:1")], right: vec![id("email:a@x.de")] };
        let decree = Fact { order: (UnixMillis(9), MessageId::from("admin")), says: Says::Apart(edge) };
        let run = dry_run(std::slice::from_ref(&one), Some(&decree), &IdentityRules::default());
        assert_eq!(run.people.iter().map(|person| person.events.len()).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(run.changed(), std::slice::from_ref(&one.profile));
        assert_eq!(run.parts(), [(one.profile, vec![vec![MessageId::from("m2")]])].into());
    }

    #[test]
    fn a_lower_limit_shows_whom_it_concerns() {
        let facts = vec![seen(1, &["user_id:1", "email:a@x.de"]), seen(2, &["user_id:1", "email:b@x.de"])];
        let one = described(1, &["user_id:1", "email:a@x.de", "email:b@x.de"], facts);
        let other = described(2, &["user_id:2"], vec![seen(3, &["user_id:2"])]);
        let mut rules = IdentityRules::default();
        assert!(dry_run(&[one.clone(), other.clone()], None, &rules).changed().is_empty());
        let email = rules.namespaces.get_mut(&Namespace::parse("email").unwrap()).unwrap();
        email.limit = Some(Limit { count: 1, within_days: None });
        assert_eq!(dry_run(&[one.clone(), other], None, &rules).changed(), [one.profile]);
    }
}
