//! The rules of identity, from the config: which namespaces there are, how strong each is, how many of each one
//! profile may hold, and what happens on a device that several people use.

use crate::ordered::{gather, sort, sort_by_key};
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Identifier, Namespace, Refusal};
use crate::time::UnixMillis;

const DAY_MS: i64 = 86_400_000;

/// How many identifiers of a namespace one profile may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limit {
    /// At most this many …
    pub count: u32,
    /// … first seen within any so many days; without it, ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_days: Option<u32>,
}

/// What an identifier says of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// Who logged in. Two of them on one device make it a shared device.
    Login,
    /// A record in another system (a CRM's contact id).
    Record,
    /// How a person is reached: an e-mail address, a phone number. May change hands.
    Known,
    /// A browser or an app: whoever uses it.
    Device,
}

/// The rule of one namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamespaceRule {
    /// 1 is the strongest. An event's identifiers are admitted from the strongest down.
    pub priority: u8,
    /// One profile never holds two values of it.
    #[serde(default)]
    pub unique: bool,
    /// How many one profile may hold; without it, any number.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// What it says of a person; by default what its name says, `record` for names of the site's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentifierKind>,
    /// How values are normalised; by default what its name asks for, `exact` for names of the site's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Normalise>,
    /// Values that are nobody's here, beside those that never are (`null`, `0`, …). Compared after normalising.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub blocked: BTreeSet<String>,
}

/// How values of a namespace are made comparable. All are trimmed and brought to Unicode NFC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// No more than that: upper and lower case differ.
    Exact,
    /// Lower case.
    Lowercase,
    /// Lower case, and of the form of an e-mail address.
    Email,
    /// E.164.
    Phone,
}

/// Where an anonymous event goes that comes from a device on which two people have logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedDevice {
    /// To a profile of the device's own, under a name that no client can write: neither person's data is used, and the
    /// device links nobody any more.
    #[default]
    Isolate,
    /// To the person who logged in first.
    FirstOwner,
    /// To the person who logged in last: the device changes hands with every login.
    LastLogin,
}

/// Rules by namespace. A namespace that isn't listed is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRules {
    /// The namespaces of this workspace.
    pub namespaces: BTreeMap<Namespace, NamespaceRule>,
    /// What happens on a device that several people use.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared_device: SharedDevice,
    /// What a device did before its first login stays apart from the person who then logs in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub isolate_pre_login: bool,
    /// When an identifier is taken for a program's error and put under quarantine.
    #[serde(default, skip_serializing_if = "is_default")]
    pub quarantine: QuarantineRule,
    /// Identifiers under quarantine: dropped from events before anyone is asked, and recorded.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub quarantined: BTreeSet<Identifier>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// When an identifier gathers too many devices too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct QuarantineRule {
    /// More than this many other profiles …
    pub profiles: u32,
    /// … that ask for it within so many hours.
    pub within_hours: u32,
}

impl Default for QuarantineRule {
    /// A person logs in on a handful of devices a day; a hard-coded id on hundreds.
    fn default() -> Self {
        Self { profiles: 100, within_hours: 24 }
    }
}

/// A rule that a set of identifiers would break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Violation {
    /// Which rule.
    pub reason: Refusal,
    /// Of which namespace.
    pub namespace: Namespace,
}

impl Violation {
    /// `limit:user_id`, `unique:crm_id`.
    pub fn code(&self) -> String {
        format!("{}:{}", self.reason.code(), self.namespace.as_str())
    }
}

impl Default for IdentityRules {
    /// Segment's defaults, with its advice of a weekly limit on anonymous ids.
    fn default() -> Self {
        let rule = |name: &str, priority, unique, limit| {
            let rule = NamespaceRule {
                priority,
                unique,
                limit,
                kind: None,
                normalise: None,
                blocked: BTreeSet::new(),
            };
            Some((Namespace::parse(name)?, rule))
        };
        let five = Some(Limit { count: 5, within_days: None });
        let weekly = Some(Limit { count: 5, within_days: Some(7) });
        let namespaces = [
            rule(Namespace::USER_ID, 1, true, None),
            rule(Namespace::EMAIL, 3, false, five),
            rule(Namespace::PHONE, 4, false, five),
            rule(Namespace::ANONYMOUS_ID, 9, false, weekly),
        ];
        Self {
            namespaces: gather(namespaces.into_iter().flatten()),
            shared_device: SharedDevice::default(),
            isolate_pre_login: false,
            quarantine: QuarantineRule::default(),
            quarantined: BTreeSet::new(),
        }
    }
}

/// An active identifier and the time of the event that linked it.
pub type Dated<'a> = (&'a Identifier, UnixMillis);

impl IdentityRules {
    /// The priority of a namespace; unlisted ones come last.
    pub fn priority(&self, namespace: &Namespace) -> u8 {
        self.namespaces.get(namespace).map_or(u8::MAX, |rule| rule.priority)
    }

    /// What an identifier of this namespace says of a person.
    pub fn kind(&self, namespace: &Namespace) -> IdentifierKind {
        let set = self.namespaces.get(namespace).and_then(|rule| rule.kind);
        set.unwrap_or_else(|| match namespace.as_str() {
            Namespace::USER_ID => IdentifierKind::Login,
            Namespace::EMAIL | Namespace::PHONE => IdentifierKind::Known,
            Namespace::ANONYMOUS_ID => IdentifierKind::Device,
            _ if namespace.is_reserved() => IdentifierKind::Device,
            _ => IdentifierKind::Record,
        })
    }

    /// Normalises a value by the namespace's rule.
    ///
    /// # Errors
    /// The [`Refusal`] when it can't be an identifier here.
    pub fn identifier(&self, namespace: &str, value: &str) -> Result<Identifier, Refusal> {
        let id = Identifier::new(namespace, value)?;
        let Some(rule) = self.namespaces.get(&id.namespace) else { return Ok(id) };
        let id = match rule.normalise {
            Some(normalise) => Identifier::normalised(id.namespace, value, normalise)?,
            None => id,
        };
        if rule.blocked.contains(&id.value) { Err(Refusal::Blocked) } else { Ok(id) }
    }

    /// Whether these rules know an identifier that was read before they were published. What Selvedge itself writes they do.
    pub fn knows(&self, id: &Identifier) -> bool {
        let listed = |rule: &NamespaceRule| !rule.blocked.contains(&id.value);
        id.namespace.is_reserved() || self.namespaces.get(&id.namespace).is_some_and(listed)
    }

    /// Whether an identifier may go from one person to another who are not joined: an address of which one has one at a time,
    /// and a device that goes with the logins on it.
    pub fn changes_hands(&self, id: &Identifier) -> bool {
        match self.kind(&id.namespace) {
            _ if id.namespace.is_reserved() => false,
            IdentifierKind::Device => self.shared_device == SharedDevice::LastLogin || self.isolate_pre_login,
            IdentifierKind::Known => self.namespaces.get(&id.namespace).is_some_and(|rule| rule.unique),
            IdentifierKind::Login | IdentifierKind::Record => false,
        }
    }

    /// Whether one more identifier may stand beside those that a profile holds, which may stand beside each other.
    ///
    /// # Errors
    /// The rule of its namespace that it would break.
    pub fn admits<'a>(&self, ids: impl Iterator<Item = Dated<'a>>, new: Dated<'a>) -> Result<(), Violation> {
        let Some(rule) = self.namespaces.get(&new.0.namespace) else { return Ok(()) };
        let same = ids.filter(|(id, _)| id.namespace == new.0.namespace).chain([new]);
        self.check_one(&new.0.namespace, rule, same)
    }

    /// Whether these identifiers may belong to one person.
    ///
    /// # Errors
    /// Every [`Violation`], strongest namespace first.
    pub fn check<'a>(&self, ids: impl Iterator<Item = Dated<'a>>) -> Result<(), Vec<Violation>> {
        let mut by_namespace: BTreeMap<&Namespace, Vec<Dated<'a>>> = BTreeMap::new();
        for dated in ids {
            by_namespace.entry(&dated.0.namespace).or_default().push(dated);
        }
        let mut broken: Vec<Violation> = by_namespace
            .into_iter()
            .filter_map(|(namespace, ids)| {
                let rule = self.namespaces.get(namespace)?;
                self.check_one(namespace, rule, ids.into_iter()).err()
            })
            .collect();
        sort_by_key(&mut broken, |violation| self.priority(&violation.namespace));
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }

    fn check_one<'a>(
        &self,
        namespace: &Namespace,
        rule: &NamespaceRule,
        ids: impl Iterator<Item = Dated<'a>>,
    ) -> Result<(), Violation> {
        let mut seen: BTreeMap<&str, UnixMillis> = BTreeMap::new();
        for (id, first_seen) in ids {
            let at = seen.entry(&id.value).or_insert(first_seen);
            *at = (*at).min(first_seen);
        }
        let broken = |reason| Err(Violation { reason, namespace: namespace.clone() });
        if rule.unique && seen.len() > 1 {
            return broken(Refusal::Unique);
        }
        match rule.limit {
            Some(limit) if most_within(seen.into_values().collect(), limit) > limit.count as usize => {
                broken(Refusal::Limit)
            }
            _ => Ok(()),
        }
    }
}

/// The most values first seen within any one period of the limit.
fn most_within(mut times: Vec<UnixMillis>, limit: Limit) -> usize {
    let Some(days) = limit.within_days else { return times.len() };
    let period = i64::from(days).saturating_mul(DAY_MS);
    sort(&mut times);
    let mut most = 0;
    let mut start = times.iter().peekable();
    for (index, at) in times.iter().enumerate() {
        while start.next_if(|first| at.since(**first) >= period).is_some() {}
        most = most.max(index + 1 + start.len() - times.len());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::{IdentityRules, Limit, most_within};
    use crate::time::UnixMillis;
    use proptest::prelude::*;

    fn check(ids: &[(&str, &str, i64)]) -> Result<(), String> {
        let rules = IdentityRules::default();
        let ids: Vec<_> = ids
            .iter()
            .map(|(ns, value, day)| (rules.identifier(ns, value).unwrap(), UnixMillis(day * 86_400_000)))
            .collect();
        let codes = |broken: Vec<super::Violation>| broken.iter().map(super::Violation::code).collect();
        rules.check(ids.iter().map(|(id, at)| (id, *at))).map_err(codes)
    }

    #[test]
    fn one_person_has_one_user_id() {
        assert_eq!(check(&[("user_id", "1", 0), ("user_id", "1", 5)]), Ok(()));
        assert_eq!(check(&[("user_id", "1", 0), ("user_id", "2", 5)]), Err("unique:user_id".into()));
    }

    #[test]
    fn six_devices_in_a_week_are_too_many_but_not_in_two() {
        let six = |step| (0..6i64).map(|n| (format!("dev-{n}"), n * step)).collect::<Vec<_>>();
        let of = |devices: &[(String, i64)]| {
            let ids: Vec<_> = devices.iter().map(|(v, d)| ("anonymous_id", v.as_str(), *d)).collect();
            check(&ids)
        };
        assert_eq!(of(&six(1)), Err("limit:anonymous_id".into()));
        assert_eq!(of(&six(3)), Ok(()));
    }

    #[test]
    fn a_namespace_may_have_values_and_a_form_of_its_own() {
        let rules: IdentityRules = serde_json::from_value(serde_json::json!({
            "namespaces": {"badge": {"priority": 2, "normalise": "lowercase", "blocked": ["test"]}}
        }))
        .unwrap();
        assert_eq!(rules.identifier("badge", " AB1 ").unwrap().value, "ab1");
        assert!(rules.identifier("badge", "TEST").is_err());
    }

    proptest! {
        #[test]
        fn the_fullest_window_is_found(times in proptest::collection::vec(0i64..40, 0..12), days in 1u32..9) {
            let at = |day: &i64| UnixMillis(day * 86_400_000);
            let limit = Limit { count: 0, within_days: Some(days) };
            let window = |start: &i64| times.iter().filter(|t| (0..i64::from(days)).contains(&(**t - start))).count();
            let expected = times.iter().map(window).max().unwrap_or(0);
            prop_assert_eq!(most_within(times.iter().map(at).collect(), limit), expected);
        }
    }
}
