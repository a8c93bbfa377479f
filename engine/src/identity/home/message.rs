//! What profile objects tell each other.

use serde::{Deserialize, Serialize};

use super::super::entry::{Answer, Ask};
use super::super::fact::{Fact, Order};
use super::super::meet::HeldIds;
use super::super::{Identifier, Violation};
use super::store::{Ledger, Note};
use super::{Forgotten, Handed, Home, Item, Link, Repoint, Taken};
use crate::ids::{MessageId, ProfileId};
use crate::profile::{Logged, ProfileState};
use crate::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};

/// The version of every message between profile objects.
const MESSAGE_VERSION: u8 = 4;

/// What a step asks its caller to do, once its writes are durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Carry a message to another profile object.
    Tell {
        /// The message, which names its receiver.
        message: Box<Message>,
    },
    /// Ask an identifier object; the answer comes back as [`Body::Entry`].
    Ask {
        /// Which.
        id: Identifier,
        /// What.
        ask: Ask,
    },
    /// Make sure that the alarm rings at this time or before.
    Wake {
        /// When.
        at: UnixMillis,
    },
    /// Overwrite the free space of this object's storage; that it was done comes back as [`Body::Overwritten`].
    Overwrite {
        /// Of whom something was deleted.
        whom: BTreeSet<ProfileId>,
    },
    /// An identifier has come under quarantine: to be published.
    Quarantine {
        /// Which.
        id: Identifier,
    },
}

/// A message from one profile object to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Message version.
    pub v: u8,
    /// Who sends it.
    pub from: ProfileId,
    /// In which epoch of its home.
    pub epoch: u64,
    /// For whom it is.
    pub to: ProfileId,
    /// What it says.
    pub body: Body,
}

impl Message {
    /// A message from this home.
    pub fn new(home: &Home, to: ProfileId, body: Body) -> Self {
        Self { v: MESSAGE_VERSION, from: home.me.clone(), epoch: home.epoch, to, body }
    }
}

/// One side of a merge, as it presents itself to the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Who.
    pub profile: ProfileId,
    /// Since when.
    pub created_at: UnixMillis,
    /// In which epoch of its home.
    pub epoch: u64,
    /// With which identifiers.
    #[serde(with = "super::by_text")]
    pub ids: HeldIds,
    /// Its newest event.
    pub last: Option<Order>,
    /// See [`Home::contested`].
    pub contested: Option<Order>,
    /// What admins have said about it.
    pub decrees: Vec<Fact>,
}

impl Party {
    /// Whether this side survives: the older does; of two of the same age the one with the smaller id. Skewed clocks
    /// may choose the survivor but can't make a cycle, because `created_at` is stored once.
    pub fn survives(&self, other: &Self) -> bool {
        (self.created_at, &self.profile) < (other.created_at, &other.profile)
    }
}

/// "We share an identifier: merge?"
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Who asks.
    pub from: Party,
    /// Why.
    pub link: Link,
    /// Whom the identifier's entry names, and in which epoch.
    pub named: Option<(ProfileId, u64)>,
    /// Its entry is under quarantine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quarantined: bool,
}

/// What the younger side brings beside its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Luggage {
    /// Still to be linked.
    pub links: Vec<Link>,
    /// Entries that name neither of the two.
    #[serde(with = "super::by_text")]
    pub repoints: BTreeMap<Identifier, Repoint>,
    /// Identifiers that went elsewhere.
    #[serde(with = "super::by_text")]
    pub handed: BTreeMap<Identifier, Handed>,
    /// Remarks about identifiers.
    pub notes: Vec<Note>,
    /// Of refused links, see [`Counted::beyond`](super::Counted::beyond).
    #[serde(default)]
    pub refusals_beyond: u64,
    /// See [`Home::conflicts`].
    #[serde(default, skip_serializing_if = "super::is_none")]
    pub conflicts: u64,
    /// Of late conflicts.
    #[serde(default)]
    pub late_conflicts_beyond: u64,
    /// What was joined and parted before.
    pub ledger: Vec<Ledger>,
    /// To be resolved anew.
    pub unsettled: bool,
    /// See [`Home::contested`].
    pub contested: Option<Order>,
    /// What admins have said.
    pub decrees: Vec<Fact>,
    /// See [`Home::forgotten`].
    #[serde(default)]
    pub forgotten: BTreeMap<u64, Forgotten>,
}

/// What comes with the rows that one profile gives another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// The identifiers.
    #[serde(with = "super::by_text")]
    pub ids: HeldIds,
    /// Remarks about identifiers.
    pub notes: Vec<Note>,
    /// What was joined before.
    pub ledger: Vec<Ledger>,
    /// See [`Home::contested`].
    pub contested: Option<Order>,
    /// What admins have said.
    pub decrees: Vec<Fact>,
    /// What is to be linked.
    pub links: Vec<Link>,
    /// When the profile that comes back began, if one does.
    pub created_at: Option<UnixMillis>,
}

/// Rows of one profile for another, and with the last of them what belongs to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Give {
    /// The giver's number for it.
    pub gift: u64,
    /// The last row before these, which must be there already.
    pub after: String,
    /// The rows.
    pub rows: Vec<Logged>,
    /// Nothing follows.
    pub settlement: Option<Settlement>,
    /// On whose lines of the archive these may stand.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub origins: BTreeSet<ProfileId>,
}

/// What a re-resolution must know of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Who.
    pub profile: ProfileId,
    /// Since when.
    pub created_at: UnixMillis,
    /// See [`Home::revision`].
    pub revision: u64,
    /// Whether nothing is under way here.
    pub quiet: bool,
    /// What it holds.
    #[serde(with = "super::by_text")]
    pub held: HeldIds,
    /// What was refused on its events: the newest.
    pub refused: Vec<Note>,
    /// How many refusals there are beyond them.
    #[serde(default)]
    pub refusals_beyond: u64,
    /// What its events say.
    pub facts: Vec<Fact>,
    /// About how much that takes.
    #[serde(default)]
    pub bytes: usize,
    /// What admins have said.
    pub decrees: Vec<Fact>,
    /// It has more events than a re-resolution reads.
    pub too_big: bool,
    /// Who moved in, and with what.
    pub ledger: Vec<Ledger>,
}

impl Description {
    /// Nobody lives there.
    pub fn nobody(profile: ProfileId) -> Self {
        Self {
            profile,
            created_at: UnixMillis(0),
            revision: 0,
            quiet: true,
            held: HeldIds::new(),
            refused: Vec::new(),
            refusals_beyond: 0,
            facts: Vec::new(),
            bytes: 0,
            decrees: Vec::new(),
            too_big: false,
            ledger: Vec::new(),
        }
    }
}

/// A part of a profile that belongs to somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fragment {
    /// To whom.
    pub to: ProfileId,
    /// Which events.
    pub events: Vec<MessageId>,
    /// Which identifiers.
    pub ids: Vec<Identifier>,
    /// What was refused on these events.
    pub refused: Vec<Note>,
    /// Identifiers that nobody holds, and its new home is to.
    pub links: Vec<Link>,
}

/// What a re-resolution asks a profile to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rearrange {
    /// The revision that the plan was made for.
    pub revision: u64,
    /// The events that stay.
    pub keep: Vec<MessageId>,
    /// What goes to others.
    pub gives: Vec<Fragment>,
    /// Identifiers that nobody may hold.
    pub frees: Vec<Identifier>,
    /// Then it is to be joined with this profile, because of this event.
    pub join: Option<(ProfileId, Order)>,
    /// Identifiers that nobody holds, and this profile is to.
    pub links: Vec<Link>,
    /// How all identifiers that it holds now should stand.
    #[serde(with = "super::by_text")]
    pub ids: HeldIds,
    /// What was refused on the events that stay: the newest.
    pub refused: Vec<Note>,
    /// How many refusals there are beyond them.
    #[serde(default)]
    pub refusals_beyond: u64,
    /// The newest fact that the plan knew.
    pub contested: Option<Order>,
    /// What admins have said.
    pub decrees: Vec<Fact>,
}

/// What a [`Body::Moved`] answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A proposal, by the key of its link.
    Link(String),
    /// A commit or what follows it, by the number of the merge.
    Merge(u64),
    /// A gift, by its number.
    Gift(u64),
    /// A request to describe itself, by the number of the gathering.
    Description(u64),
    /// That the person is to be erased.
    Erasure,
    /// That whom this name named was erased.
    Name(Identifier),
    /// That names are to be forgotten.
    Names,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// An identifier object answers.
    Entry {
        /// Which.
        id: Identifier,
        /// What it was asked.
        ask: Ask,
        /// What it answers.
        answer: Answer,
    },
    /// We share an identifier: merge?
    Propose(Box<Proposal>),
    /// Whom you ask lives there now.
    Moved {
        /// Where.
        to: ProfileId,
        /// Of a merge: who reserved. An object of an older version does not say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        older: Option<ProfileId>,
        /// What was asked.
        about: About,
    },
    /// Not now: ask again later.
    Later {
        /// The key of the link asked for.
        key: String,
    },
    /// The rules forbid it.
    Refused {
        /// The key of the link asked for.
        key: String,
        /// The rules.
        violations: Vec<Violation>,
        /// The newest event of the side that refuses.
        last: Option<Order>,
    },
    /// You are the older one: reserve for me, then call me in.
    Survive {
        /// The younger side.
        younger: Box<Party>,
        /// The key of the link asked for.
        key: String,
    },
    /// Room is reserved for you: come.
    Surrender {
        /// The older side's number for this merge.
        merge: u64,
        /// In which epoch of yours.
        epoch: u64,
        /// The event whose link joined the two.
        trigger: Order,
    },
    /// I can't come: give my room up.
    Declined {
        /// See [`Body::Surrender`].
        merge: u64,
    },
    /// Are you coming still?
    Coming {
        /// See [`Body::Surrender`].
        merge: u64,
    },
    /// Rows; invisible until the commit.
    Stage {
        /// Who reserved: it may have moved on since.
        older: ProfileId,
        /// See [`Body::Surrender`].
        merge: u64,
        /// The rows.
        rows: Vec<Logged>,
    },
    /// They are staged.
    Staged {
        /// See [`Body::Moved`].
        #[serde(default)]
        older: Option<ProfileId>,
        /// See [`Body::Surrender`].
        merge: u64,
        /// The last of them.
        after: String,
    },
    /// The last rows: the commit point.
    Commit {
        /// Who reserved: it may have moved on since.
        older: ProfileId,
        /// See [`Body::Surrender`].
        merge: u64,
        /// The younger side.
        younger: Box<Party>,
        /// The event whose link joined the two.
        trigger: Order,
        /// The rest of the rows.
        rows: Vec<Logged>,
        /// What comes along.
        luggage: Box<Luggage>,
        /// The fold of all staged rows.
        state: Box<ProfileState>,
    },
    /// It is done, and was done only once.
    Committed {
        /// See [`Body::Moved`].
        #[serde(default)]
        older: Option<ProfileId>,
        /// See [`Body::Surrender`].
        merge: u64,
    },
    /// There is no room any more.
    NoRoom {
        /// See [`Body::Moved`].
        #[serde(default)]
        older: Option<ProfileId>,
        /// See [`Body::Surrender`].
        merge: u64,
    },
    /// Don't commit: the younger side is to be erased.
    Abort {
        /// Who reserved.
        older: ProfileId,
        /// See [`Body::Surrender`].
        merge: u64,
    },
    /// Who moved in with you from here is to be erased.
    Forget {
        /// When that was asked for.
        at: UnixMillis,
        /// By which word of an admin.
        #[serde(default)]
        word: Option<MessageId>,
        /// They are to be kept out.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        suppress: bool,
    },
    /// It is kept in mind.
    Forgetting,
    /// Whom this name named until then was erased: what is about them is nobody's.
    Erased {
        /// Which name.
        id: Identifier,
        /// Until when.
        at: UnixMillis,
    },
    /// There is nothing about them any more.
    Dropped {
        /// See [`Body::Erased`].
        id: Identifier,
    },
    /// You were parted from, or joined with, somebody who was erased: these names are nobody's any more.
    ForgetNames {
        /// Which.
        names: Vec<Identifier>,
        /// When they were erased.
        at: UnixMillis,
    },
    /// They are forgotten, but for what somebody here has shown.
    NamesForgotten,
    /// To itself: free space was overwritten.
    Overwritten {
        /// See [`Effect::Overwrite`].
        whom: BTreeSet<ProfileId>,
    },
    /// What was logged since the surrender began.
    Absorb {
        /// Who reserved: it may have moved on since. An object of an older version does not say so.
        #[serde(default)]
        older: Option<ProfileId>,
        /// See [`Body::Surrender`].
        merge: u64,
        /// The rows.
        rows: Vec<Logged>,
        /// What came up since.
        luggage: Box<Luggage>,
    },
    /// They are logged.
    Absorbed {
        /// See [`Body::Moved`].
        #[serde(default)]
        older: Option<ProfileId>,
        /// See [`Body::Surrender`].
        merge: u64,
        /// Which.
        rows: Vec<MessageId>,
    },
    /// This identifier is yours now.
    Yours {
        /// Which.
        id: Identifier,
        /// In which epoch its entry names you.
        epoch: u64,
        /// When somebody was erased whom it named before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        erased: Option<UnixMillis>,
    },
    /// An entry names you for what you do not hold: let it name `to`, who shows it.
    Mistaken {
        /// Which identifier.
        id: Identifier,
        /// In which epoch its entry names you.
        epoch: u64,
        /// Who shows it.
        to: ProfileId,
    },
    /// These events and identifiers are yours.
    Give(Box<Give>),
    /// They have arrived, up to this row.
    Given {
        /// See [`Give::gift`].
        gift: u64,
        /// The last row.
        after: String,
        /// Everything is here.
        done: bool,
    },
    /// They break a rule here, and will never be taken under this number.
    Full {
        /// See [`Give::gift`].
        gift: u64,
    },
    /// Who moved in with you lives there now.
    Redirect {
        /// Where.
        to: ProfileId,
        /// In which epoch of its home it moved in.
        epoch: u64,
    },
    /// An event that was kept until you could be reached.
    Deliver(Box<Item>),
    /// What became of it.
    Taken {
        /// Which event.
        id: MessageId,
        /// What.
        taken: Taken,
    },
    /// Describe yourself.
    Describe {
        /// The asker's number for what it gathers.
        gathering: u64,
    },
    /// See [`Description`].
    Described {
        /// See [`Body::Describe`].
        gathering: u64,
        /// Who it is.
        description: Box<Description>,
    },
    /// See [`Rearrange`].
    Rearrange(Box<Rearrange>),
}
