//! The rules of a workspace: which namespaces there are, and how many values one person may have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Identifier, Namespace, Refusal};
use crate::time::UnixMillis;

/// How many values of a namespace one profile may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limit {
    /// At most this many …
    pub count: u32,
    /// … first seen within this many days; for ever if left out.
    #[serde(default)]
    pub within_days: Option<u32>,
}

/// The rule of one namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamespaceRule {
    /// 1 is the strongest; ids are admitted from the strongest down.
    pub priority: u8,
    /// At most one per profile, ever, and two profiles with different values never join.
    #[serde(default)]
    pub unique: bool,
    /// How many one profile may hold; without it, any number.
    #[serde(default)]
    pub limit: Option<Limit>,
}

/// Rules by namespace. A namespace that isn't listed is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRules {
    /// The namespaces of this workspace.
    pub namespaces: BTreeMap<Namespace, NamespaceRule>,
}

/// A rule that a set of identifiers would break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which rule.
    pub reason: Refusal,
    /// Of which namespace.
    pub namespace: Namespace,
}

impl Violation {
    /// `limit:user_id`, `unique:crm_id`.
    pub fn code(&self) -> String {
        let rule = match self.reason {
            Refusal::Blocked => "blocked",
            Refusal::TooLong => "too_long",
            Refusal::Malformed => "malformed",
            Refusal::Limit => "limit",
            Refusal::Unique => "unique",
            Refusal::Unavailable => "unavailable",
        };
        format!("{rule}:{}", self.namespace.as_str())
    }
}

impl Default for IdentityRules {
    /// Segment's defaults, with its advice of a weekly limit on anonymous ids.
    fn default() -> Self {
        let rule = |name: &str, priority, unique, limit| {
            Some((Namespace::parse(name)?, NamespaceRule { priority, unique, limit }))
        };
        let five = Some(Limit { count: 5, within_days: None });
        let weekly = Some(Limit { count: 5, within_days: Some(7) });
        let namespaces = [
            rule(Namespace::USER_ID, 1, true, None),
            rule(Namespace::EMAIL, 3, false, five),
            rule(Namespace::PHONE, 4, false, five),
            rule(Namespace::ANONYMOUS_ID, 9, false, weekly),
        ];
        Self { namespaces: namespaces.into_iter().flatten().collect() }
    }
}

impl IdentityRules {
    /// The priority of a namespace; unlisted ones come last.
    pub fn priority(&self, namespace: &Namespace) -> u8 {
        self.namespaces.get(namespace).map_or(u8::MAX, |rule| rule.priority)
    }

    /// Whether these identifiers may belong to one person. Each comes with the time it was first seen.
    ///
    /// # Errors
    /// The first [`Violation`], strongest namespace first.
    pub fn check(&self, ids: &[(&Identifier, UnixMillis)]) -> Result<(), Violation> {
        let mut rules: Vec<_> = self.namespaces.iter().collect();
        rules.sort_by_key(|(_, rule)| rule.priority);
        for (namespace, rule) in rules {
            let mut seen: BTreeMap<&str, UnixMillis> = BTreeMap::new();
            for (id, first_seen) in ids.iter().filter(|(id, _)| id.namespace == *namespace) {
                let at = seen.entry(&id.value).or_insert(*first_seen);
                *at = (*at).min(*first_seen);
            }
            let broken = |reason| Err(Violation { reason, namespace: namespace.clone() });
            if rule.unique && seen.len() > 1 {
                return broken(Refusal::Unique);
            }
            if let Some(limit) = rule.limit
                && most_within(seen.into_values().collect(), limit) > limit.count as usize
            {
                return broken(Refusal::Limit);
            }
        }
        Ok(())
    }
}

/// The most values first seen within any one period of the limit.
fn most_within(mut times: Vec<UnixMillis>, limit: Limit) -> usize {
    let Some(days) = limit.within_days else { return times.len() };
    let period = i64::from(days) * 86_400_000;
    times.sort_unstable();
    let within =
        |start: &UnixMillis| times.iter().filter(|at| (0..period).contains(&at.since(*start))).count();
    times.iter().map(within).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::IdentityRules;
    use crate::identity::Identifier;
    use crate::time::UnixMillis;

    fn check(ids: &[(&str, &str, i64)]) -> Result<(), String> {
        let ids: Vec<_> = ids
            .iter()
            .map(|(ns, value, day)| (Identifier::new(ns, value).unwrap(), UnixMillis(day * 86_400_000)))
            .collect();
        let refs: Vec<_> = ids.iter().map(|(id, at)| (id, *at)).collect();
        IdentityRules::default().check(&refs).map_err(|violation| violation.code())
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
}
