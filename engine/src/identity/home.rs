//! The profile object's state machine: whether a profile lives here, is moving, or has moved.

use serde::{Deserialize, Serialize};

use super::admission::Held;
use super::{Identifier, IdentityRules, Violation};
use crate::ids::{MessageId, ProfileId};
use crate::time::UnixMillis;

/// The version of a stored [`Home`] and of every message between profile objects.
pub const HOME_VERSION: u8 = 1;

/// Where a profile lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Home {
    /// Nobody has lived here.
    None,
    /// Here.
    Live {
        /// When its first event arrived; stored once, decides who survives a merge.
        created_at: UnixMillis,
        /// Counts the times this profile has come to live here; messages of older epochs are ignored.
        epoch: u64,
    },
    /// On the way to `to`: still takes and logs events, starts no link and accepts no merge.
    Surrendering {
        /// See [`Home::Live`].
        created_at: UnixMillis,
        /// See [`Home::Live`].
        epoch: u64,
        /// The survivor.
        to: ProfileId,
        /// The event whose link joined the two.
        trigger: MessageId,
    },
    /// Lives at `to` now. The data is gone from here.
    Forwarding {
        /// See [`Home::Live`].
        epoch: u64,
        /// The survivor.
        to: ProfileId,
    },
}

impl Home {
    /// How often the profile has come to live here; 0 before it ever did.
    pub fn epoch(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Live { epoch, .. } | Self::Surrendering { epoch, .. } | Self::Forwarding { epoch, .. } => {
                *epoch
            }
        }
    }

    /// When the profile began, if it is here.
    pub fn created_at(&self) -> Option<UnixMillis> {
        match self {
            Self::Live { created_at, .. } | Self::Surrendering { created_at, .. } => Some(*created_at),
            Self::None | Self::Forwarding { .. } => None,
        }
    }

    /// The home after the first event.
    #[must_use]
    pub fn settled(&self, now: UnixMillis) -> Self {
        match self {
            Self::None => Self::Live { created_at: now, epoch: 1 },
            other => other.clone(),
        }
    }
}

/// One side of a merge, as it presents itself to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Who.
    pub profile: ProfileId,
    /// Since when.
    pub created_at: UnixMillis,
    /// In which epoch of its home.
    pub epoch: u64,
    /// With which identifiers.
    pub held: Vec<Held>,
}

impl Party {
    /// Whether this side survives: the older does; of two of the same age the one with the smaller id. Skewed clocks
    /// may choose the survivor but can't make a cycle, because `created_at` is stored once.
    pub fn survives(&self, other: &Self) -> bool {
        (self.created_at, &self.profile) < (other.created_at, &other.profile)
    }
}

/// The answer to "we share an identifier: merge?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Proposal {
    /// Agreed and reserved: surrender to me.
    Surrender,
    /// You are the older one: reserve for me, then call me in.
    Survive {
        /// The younger side.
        younger: Party,
    },
    /// The rules forbid it.
    Refused {
        /// Which rule.
        violation: Violation,
    },
    /// I live elsewhere now.
    Moved {
        /// Where.
        to: ProfileId,
    },
    /// Not now (I am moving, or have no data yet): ask again later.
    Later,
}

/// A durable promise of the older side to take the younger one's identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// The younger side, for whom room is kept.
    pub younger: Party,
    /// When it was made.
    pub at: UnixMillis,
}

/// Whether the older side can take the younger in beside everyone it has promised to take already.
///
/// # Errors
/// The rule that the joined set would break.
pub fn reserve(
    older: &Party,
    reserved: &[Reservation],
    younger: &Party,
    rules: &IdentityRules,
) -> Result<(), Violation> {
    let promised = reserved.iter().flat_map(|reservation| &reservation.younger.held);
    let all: Vec<(&Identifier, UnixMillis)> = older
        .held
        .iter()
        .chain(promised)
        .chain(&younger.held)
        .map(|held| (&held.id, held.first_seen))
        .collect();
    rules.check_first(&all)
}

/// What a profile answers to a proposal by `other`.
pub fn propose(
    home: &Home,
    me: &Party,
    reserved: &[Reservation],
    other: &Party,
    rules: &IdentityRules,
) -> Proposal {
    match home {
        Home::Forwarding { to, .. } => Proposal::Moved { to: to.clone() },
        Home::None | Home::Surrendering { .. } => Proposal::Later,
        Home::Live { .. } if !me.survives(other) => Proposal::Survive { younger: me.clone() },
        Home::Live { .. } => match reserve(me, reserved, other, rules) {
            Ok(()) => Proposal::Surrender,
            Err(violation) => Proposal::Refused { violation },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Home, Party, Proposal, Reservation, propose, reserve};
    use crate::identity::{Identifier, IdentityRules};
    use crate::ids::ProfileId;
    use crate::time::UnixMillis;

    fn party(n: u8, created: i64, ids: &[&str]) -> Party {
        let held =
            |text: &&str| Held { id: Identifier::parse(text).unwrap(), first_seen: UnixMillis(created) };
        Party {
            profile: ProfileId::from_random([n; 16]),
            created_at: UnixMillis(created),
            epoch: 1,
            held: ids.iter().map(held).collect(),
        }
    }

    fn asked(me: &Party, other: &Party) -> Proposal {
        propose(
            &Home::Live { created_at: me.created_at, epoch: 1 },
            me,
            &[],
            other,
            &IdentityRules::default(),
        )
    }

    #[test]
    fn exactly_one_side_survives_whoever_asks() {
        let (old, young) = (party(9, 1, &["anonymous_id:A"]), party(1, 2, &["anonymous_id:B"]));
        assert_eq!(asked(&old, &young), Proposal::Surrender);
        assert_eq!(asked(&young, &old), Proposal::Survive { younger: young.clone() });
        let twin = party(2, 1, &[]);
        assert_ne!(old.survives(&twin), twin.survives(&old));
    }

    #[test]
    fn people_with_different_user_ids_are_never_joined() {
        let (old, young) = (party(1, 1, &["user_id:1"]), party(2, 2, &["user_id:2"]));
        let Proposal::Refused { violation } = asked(&old, &young) else { panic!("must be refused") };
        assert_eq!(violation.code(), "unique:user_id");
    }

    #[test]
    fn what_is_promised_to_one_can_not_be_given_to_another() {
        let older = party(1, 1, &["anonymous_id:A"]);
        let promised = Reservation { younger: party(2, 2, &["user_id:1"]), at: UnixMillis(3) };
        let third = party(3, 3, &["user_id:2"]);
        assert!(reserve(&older, &[], &third, &IdentityRules::default()).is_ok());
        assert!(reserve(&older, &[promised], &third, &IdentityRules::default()).is_err());
    }

    #[test]
    fn one_who_has_moved_says_where() {
        let me = party(1, 1, &[]);
        let to = ProfileId::from_random([7; 16]);
        let home = Home::Forwarding { epoch: 1, to: to.clone() };
        let got = propose(&home, &me, &[], &party(2, 2, &[]), &IdentityRules::default());
        assert_eq!(got, Proposal::Moved { to });
    }
}
