//! What an event, or an admin, says about who is who. Identity is a function of these facts in the order of their
//! times, whatever the order in which they arrive.

use serde::{Deserialize, Serialize};

use super::extract::Carried;
use super::{Identifier, IdentityRules, Namespace, Trust};
use crate::event::Kind;
use crate::ids::MessageId;
use crate::profile::Logged;
use crate::time::UnixMillis;

/// What stands in JSON around an identifier, and around a fact.
const IDENTIFIER_OVERHEAD: usize = 28;
const FACT_OVERHEAD: usize = 60;

/// The canonical order of everything: time, then messageId.
pub type Order = (UnixMillis, MessageId);

/// One statement about identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// When, and in which message.
    pub order: Order,
    /// What it says.
    pub says: Says,
}

/// What a [`Fact`] says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// These were seen together on one event, strongest first.
    Seen {
        /// The proven identifiers; without any, the one under which the event is filed.
        ids: Vec<Identifier>,
        /// An alias: this id is the older name of the first of `ids`. Of `ids`, the device with the same value is there
        /// because the older name may be that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<Identifier>,
    },
    /// An admin says that these two are one person. Where both hold what only one may, `retired`'s becomes an old name.
    Together {
        /// Whose identifiers stay current.
        current: Identifier,
        /// Whose identifiers retire where they conflict.
        retired: Identifier,
    },
    /// An admin says that these are two people, and always were.
    Apart(Edge),
}

/// The name under which an event with these is filed: the strongest that is proven, or its anonymous id.
pub fn filed_under(ids: &[Carried]) -> Option<&Identifier> {
    let proven = ids.iter().find(|carried| carried.trust == Trust::Verified);
    let device = || ids.iter().find(|carried| carried.id.namespace.as_str() == Namespace::ANONYMOUS_ID);
    proven.or_else(device).map(|carried| &carried.id)
}

/// The device that an event claims to come from, on which something else is proven: by that it is filed. If what is proven is
/// dropped one day, the same event is filed under this device.
pub fn claimed_device(ids: &[Carried]) -> Option<&Identifier> {
    let is_filed = ids.iter().any(|carried| carried.trust == Trust::Verified);
    let claimed = |carried: &&Carried| {
        carried.trust == Trust::Claimed && carried.id.namespace.as_str() == Namespace::ANONYMOUS_ID
    };
    ids.iter().find(claimed).filter(|_| is_filed).map(|carried| &carried.id)
}

/// A never-merge edge: nobody may hold an identifier of each side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edge {
    /// One person's identifiers.
    pub left: Vec<Identifier>,
    /// The other's.
    pub right: Vec<Identifier>,
}

impl Edge {
    /// Between these and those. What is among both is on neither side: it could be nobody's, and each event that shows
    /// nothing else would be somebody's of their own. None if that leaves nothing to part.
    pub fn between(left: &[Identifier], right: &[Identifier]) -> Option<Self> {
        let only = |ids: &[Identifier], others: &[Identifier]| {
            ids.iter().filter(|id| !others.contains(id)).cloned().collect::<Vec<_>>()
        };
        let (left, right) = (only(left, right), only(right, left));
        (!left.is_empty() && !right.is_empty()).then_some(Self { left, right })
    }

    /// By these rules some names change hands: a side that has another name is told by that. Who has one now may not have had
    /// it then, and an edge holds in the past, too: it must not take from somebody what was theirs before it went.
    #[must_use]
    pub fn under(self, rules: &IdentityRules) -> Self {
        let stay = |ids: Vec<Identifier>| {
            let (go, stay): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| rules.changes_hands(id));
            if stay.is_empty() { go } else { stay }
        };
        Self { left: stay(self.left), right: stay(self.right) }
    }

    /// What is left of it without these; nothing, if a side is gone.
    pub fn without(mut self, gone: impl Fn(&Identifier) -> bool) -> Option<Self> {
        let rest = |side: &mut Vec<Identifier>| {
            let whole = side.len();
            side.retain(|id| !gone(id));
            side.len() == whole || !side.is_empty()
        };
        let (left, right) = (rest(&mut self.left), rest(&mut self.right));
        (left && right).then_some(self)
    }

    /// Whether a profile with these identifiers would join both sides.
    pub fn is_crossed(&self, holds: impl Fn(&Identifier) -> bool) -> bool {
        self.left.iter().any(&holds) && self.right.iter().any(&holds)
    }
}

impl Says {
    /// Whether `id` stands on an alias because its older name may be a device's: see [`Says::Seen`]. It counts only if
    /// some other fact shows that device, whenever that happened, so that a login that was renamed leaves no device behind.
    pub fn may_be_device(id: &Identifier, previous: Option<&Identifier>) -> bool {
        // Logins may be compared without case.
        let alike = |old: &Identifier| old.value == id.value || old.value == id.value.to_lowercase();
        id.namespace.as_str() == Namespace::ANONYMOUS_ID && previous.is_some_and(alike)
    }

    /// Leaves out what does not count; with either name of an alias the device goes that the older one may be.
    pub fn retain(&mut self, counts: impl Fn(&Identifier) -> bool) {
        let Self::Seen { ids, previous } = self else { return };
        let whole = ids.first().is_some_and(&counts) && previous.as_ref().is_some_and(&counts);
        let device = |id: &Identifier| Self::may_be_device(id, previous.as_ref());
        ids.retain(|id| counts(id) && (whole || !device(id)));
        *previous = previous.take().filter(&counts);
    }
}

impl Fact {
    /// All identifiers in it.
    pub fn names(&self) -> impl Iterator<Item = &Identifier> {
        let (some, more): (&[Identifier], &[Identifier]) = match &self.says {
            Says::Seen { ids, previous } => (ids, previous.as_slice()),
            Says::Together { current, retired } => {
                (std::slice::from_ref(current), std::slice::from_ref(retired))
            }
            Says::Apart(Edge { left, right }) => (left, right),
        };
        some.iter().chain(more)
    }

    /// What it shows; not the device that an alias's older name may be.
    pub fn shown(&self) -> impl Iterator<Item = &Identifier> {
        let (ids, previous): (&[Identifier], _) = match &self.says {
            Says::Seen { ids, previous } => (ids, previous.as_ref()),
            Says::Together { .. } | Says::Apart(_) => (&[], None),
        };
        ids.iter().filter(move |id| !Says::may_be_device(id, previous))
    }

    /// About how much it takes in a message.
    pub fn bytes(&self) -> usize {
        let of = |id: &Identifier| id.namespace.as_str().len() + id.value.len() + IDENTIFIER_OVERHEAD;
        self.order.1.as_str().len() + FACT_OVERHEAD + self.names().map(of).sum::<usize>()
    }

    /// What a logged event says. Claims don't count; an event that proves nothing is filed under its anonymous id.
    pub fn of(logged: &Logged) -> Option<Self> {
        let mut ids: Vec<Identifier> =
            logged.ids.iter().filter(|c| c.trust == Trust::Verified).map(|c| c.id.clone()).collect();
        if ids.is_empty() {
            ids.extend(filed_under(&logged.ids).cloned());
        }
        if ids.is_empty() {
            return None;
        }
        let event = &logged.event;
        let previous = logged.previous.clone().filter(|_| event.kind == Kind::Alias);
        let order = (event.timestamp, event.message_id.clone());
        Some(Self { order, says: Says::Seen { ids, previous } })
    }
}

#[cfg(test)]
mod tests {
    use super::Edge;
    use crate::identity::Identifier;

    #[test]
    fn what_is_on_both_sides_is_on_neither() {
        let ids = |names: &[&str]| -> Vec<Identifier> {
            names.iter().map(|name| Identifier::new("user_id", name).unwrap()).collect()
        };
        let edge = Edge::between(&ids(&["a", "both"]), &ids(&["both", "b"])).unwrap();
        assert!(!edge.is_crossed(|id| id.value == "both"), "whoever has it alone is not two");
        assert!(edge.is_crossed(|id| id.value != "both"));
        assert_eq!(Edge::between(&ids(&["a", "both"]), &ids(&["both"])), None);
    }
}
