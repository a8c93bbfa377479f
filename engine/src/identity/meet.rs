//! What happens when an identifier of one profile turns up on another: the one rule behind every link, used by the
//! resolver and by the protocol alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fact::{Edge, Order};
use super::rules::Dated;
use super::{Identifier, IdentifierKind, IdentityRules, Namespace, Refusal, SharedDevice, Violation};
use crate::ids::MessageId;
use crate::time::UnixMillis;

/// The version of a stored [`Held`].
pub const HELD_VERSION: u8 = 2;

/// An identifier that a profile holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// When the event that linked it happened.
    pub first_seen: UnixMillis,
    /// That event.
    pub by: MessageId,
    /// How it stands.
    #[serde(default)]
    pub state: HeldState,
    /// A device on which a second person has logged in, and when first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Order>,
    /// Counts the owners of the identifier's entry up to this one.
    #[serde(default)]
    pub epoch: u64,
    /// When somebody was erased whom it named before: what happened up to then is not about this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<UnixMillis>,
}

impl Held {
    /// Whether it names this person for what happened at this time.
    pub fn names(&self, at: UnixMillis) -> bool {
        self.erased.is_none_or(|erased| at > erased)
    }
}

/// How a held identifier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldState {
    /// It names this person.
    #[default]
    Active,
    /// An old name (alias, merge by hand): still leads here, counts for no rule.
    Retired,
    /// A newer value took its place: whoever shows it next takes it along.
    Released,
}

/// Identifiers of one profile.
pub type HeldIds = BTreeMap<Identifier, Held>;

/// What comes of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meeting {
    /// They are one person.
    Join,
    /// They are not, and the identifier changes hands.
    Take,
    /// They are not, and the identifier stays.
    Refuse {
        /// The rules that forbid it, the strongest first.
        violations: Vec<Violation>,
    },
}

/// Those that count for the rules.
pub fn active(ids: &HeldIds) -> impl Iterator<Item = Dated<'_>> {
    ids.iter().filter(|(_, held)| held.state == HeldState::Active).map(|(id, held)| (id, held.first_seen))
}

fn has_login(ids: &HeldIds, rules: &IdentityRules) -> bool {
    active(ids).any(|(id, _)| rules.kind(&id.namespace) == IdentifierKind::Login)
}

/// Only a device: nobody has said who uses it.
pub fn is_anonymous(ids: &HeldIds, rules: &IdentityRules) -> bool {
    active(ids).all(|(id, _)| rules.kind(&id.namespace) == IdentifierKind::Device)
}

/// `asking` shows `id`, which `owner` holds.
pub fn meet(
    asking: &HeldIds,
    owner: &HeldIds,
    id: &Identifier,
    rules: &IdentityRules,
    edges: &[Edge],
) -> Meeting {
    let device = rules.kind(&id.namespace) == IdentifierKind::Device;
    if owner.get(id).is_some_and(|held| held.state == HeldState::Released) {
        return Meeting::Take;
    }
    if device && rules.isolate_pre_login && is_anonymous(owner, rules) && has_login(asking, rules) {
        return Meeting::Take;
    }
    let mut violations = crossed(edges, |id| asking.contains_key(id) || owner.contains_key(id), id);
    violations.extend(rules.check(active(asking).chain(active(owner))).err().into_iter().flatten());
    if device {
        // Whether two people use a device must not depend on what else keeps them apart.
        if !is_about_login(&violations, rules) {
            violations.extend(two_logins(asking, owner, rules));
        }
        let shared = || owner.get(id).is_some_and(|held| held.shared.is_some());
        if violations.is_empty() && rules.shared_device == SharedDevice::Isolate && shared() {
            violations.push(Violation { reason: Refusal::SharedDevice, namespace: id.namespace.clone() });
        }
    }
    if violations.is_empty() {
        return Meeting::Join;
    }
    if device && rules.shared_device == SharedDevice::LastLogin && is_about_login(&violations, rules) {
        return Meeting::Take;
    }
    Meeting::Refuse { violations }
}

/// Both have logged in. Where a person can have several logins they may be one person's, but that they were used on one
/// device doesn't show it.
fn two_logins(asking: &HeldIds, owner: &HeldIds, rules: &IdentityRules) -> Option<Violation> {
    let logins =
        |ids| active(ids).map(|(id, _)| &id.namespace).filter(|ns| rules.kind(ns) == IdentifierKind::Login);
    let both = logins(asking).filter(|ns| logins(owner).any(|other| other == *ns));
    let namespace = both.min_by_key(|ns| rules.priority(ns))?.clone();
    Some(Violation { reason: Refusal::SharedDevice, namespace })
}

/// Whether somebody has several logins of one namespace. A device can then have shown two of them before anything else
/// said that they are one person's: what came of it depends on the order.
pub fn has_two_logins(ids: &HeldIds, rules: &IdentityRules) -> bool {
    let mut seen = Vec::new();
    active(ids).filter(|(id, _)| rules.kind(&id.namespace) == IdentifierKind::Login).any(|(id, _)| {
        let again = seen.contains(&&id.namespace);
        seen.push(&id.namespace);
        again
    })
}

/// Whether a refusal says that two people use the device.
pub fn is_about_login(violations: &[Violation], rules: &IdentityRules) -> bool {
    violations.iter().any(|broken| {
        matches!(broken.reason, Refusal::Unique | Refusal::SharedDevice)
            && rules.kind(&broken.namespace) == IdentifierKind::Login
    })
}

/// The violation, if holding all this would cross a never-merge edge.
pub fn crossed(edges: &[Edge], holds: impl Fn(&Identifier) -> bool, id: &Identifier) -> Vec<Violation> {
    let broken = Violation { reason: Refusal::NeverMerge, namespace: id.namespace.clone() };
    if edges.iter().any(|edge| edge.is_crossed(&holds)) { vec![broken] } else { Vec::new() }
}

/// Whether an alias would go back to a name that this person has given up: one that is current is not the older of the two.
pub fn goes_round(held: &HeldIds, name: &Identifier, previous: &Identifier) -> bool {
    let state = |id: &Identifier| held.get(id).map(|held| held.state);
    state(name) == Some(HeldState::Retired) && state(previous) == Some(HeldState::Active)
}

/// What comes of an identifier that nobody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admit {
    /// It is held from now on.
    Hold,
    /// It takes the place of these.
    Replace(Vec<Identifier>),
    /// It breaks a rule.
    Refuse(Vec<Violation>),
}

/// `asking` shows `id`, which nobody holds.
pub fn admit(
    asking: &HeldIds,
    id: &Identifier,
    at: UnixMillis,
    rules: &IdentityRules,
    edges: &[Edge],
) -> Admit {
    let violations = crossed(edges, |held| asking.contains_key(held) || held == id, id);
    if !violations.is_empty() {
        return Admit::Refuse(violations);
    }
    let Err(violation) = rules.admits(active(asking), (id, at)) else { return Admit::Hold };
    // A person has one address at a time where addresses are unique: the newer one counts.
    let same = |held: &&Identifier| held.namespace == id.namespace;
    if violation.reason == Refusal::Unique && rules.kind(&id.namespace) == IdentifierKind::Known {
        return Admit::Replace(active(asking).map(|(held, _)| held).filter(same).cloned().collect());
    }
    Admit::Refuse(vec![violation])
}

/// The id under which an event is filed that shows only a device which several people use, and since when, if that is
/// to be kept apart.
pub fn isolated(
    ids: &[Identifier],
    order: &Order,
    shared: impl Fn(&Identifier) -> Option<Order>,
    rules: &IdentityRules,
) -> Option<(Identifier, Order)> {
    let device = |id: &Identifier| rules.kind(&id.namespace) == IdentifierKind::Device;
    if rules.shared_device != SharedDevice::Isolate || !ids.iter().all(device) {
        return None;
    }
    let id = ids.first().filter(|id| id.namespace.as_str() != Namespace::SHARED_DEVICE)?;
    shared(id).filter(|since| *since < *order).map(|since| (id.shared_device(), since))
}
