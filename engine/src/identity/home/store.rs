//! What a profile object keeps: a small part in memory, mirrored in the store, and the log, which is only in the store.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::Identifier;
use super::super::delivery::Delivery;
use super::super::fact::{Fact, Order};
use super::super::meet::{Held, HeldIds};
use super::claimants::Claimants;
use super::gathering::Gathering;
use super::{Folded, Handed, Home, Item, Link, Outgoing, Place, Repoint, Reservation};
use crate::account::Report;
use crate::consent::MaySend;
use crate::ids::{MessageId, ProfileId};
use crate::offer::experiment::Reward;
use crate::profile::{Listed, Logged, ProfileState};
use crate::segment::Change;
use crate::time::UnixMillis;

/// The storage failed. Nothing of the step counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("storage: {0}")]
pub struct StoreError(pub String);

/// A remark about an identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// What kind of remark.
    pub kind: NoteKind,
    /// Which identifier, as `namespace:value`; of a value that is none, its beginning.
    pub id: String,
    /// Why; of a refusal all rules that forbid it, the strongest first.
    pub reasons: Vec<String>,
    /// The event that carried it.
    pub order: Order,
}

/// Kinds of [`Note`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// It was not linked.
    Refused,
    /// It is no identifier. Noted once for each value and reason, with the earliest event.
    NoIdentifier,
    /// An event asks in vain for a link, before anybody is asked. Noted as a value that is no identifier.
    Unlinked,
    /// An event came so late, or among so many, that an admin must look.
    LateConflict,
}

/// The version of a stored [`Ledger`] entry.
pub const LEDGER_VERSION: u8 = 3;

/// An entry of the ledger: what was joined or parted, when, and by what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    /// A profile moved in.
    Merged {
        /// Which.
        younger: ProfileId,
        /// In which epoch of its home.
        epoch: u64,
        /// The survivor, whose number the merge has.
        older: ProfileId,
        /// See there.
        merge: u64,
        /// Because of this event.
        trigger: Order,
        /// When, by the survivor's clock.
        at: UnixMillis,
        /// When the younger one began.
        created_at: UnixMillis,
        /// What came with it.
        came: Vec<Identifier>,
        /// What the survivor has linked since its last merge. What it held before is told by all of its entries: see
        /// [`held_before`](super::held_before).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        linked: Vec<Identifier>,
        /// What has left it since.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<Identifier>,
        /// All that the survivor held before. In rows of version 1 only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Vec<Identifier>>,
    },
    /// Events and identifiers came from another profile.
    Given {
        /// Which.
        from: ProfileId,
        /// The giver's number for it.
        gift: u64,
        /// When.
        at: UnixMillis,
        /// What came.
        came: Vec<Identifier>,
        /// On whose lines of the archive the events may stand, beside the giver's.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        origins: BTreeSet<ProfileId>,
    },
    /// A gift was not taken, and never will be under this number.
    Declined {
        /// Whose.
        from: ProfileId,
        /// The giver's number for it.
        gift: u64,
    },
    /// Events and identifiers went to another profile.
    Gave {
        /// Which.
        to: ProfileId,
        /// The number for it.
        gift: u64,
        /// When.
        at: UnixMillis,
        /// What went.
        went: Vec<Identifier>,
    },
}

impl Ledger {
    /// Without these.
    #[must_use]
    pub fn without(mut self, names: &BTreeSet<Identifier>) -> Self {
        let less = |ids: &mut Vec<Identifier>| ids.retain(|id| !names.contains(id));
        match &mut self {
            Self::Merged { came, linked, gone, before, .. } => {
                [came, linked, gone].into_iter().chain(before).for_each(less);
            }
            Self::Given { came: ids, .. } | Self::Gave { went: ids, .. } => less(ids),
            Self::Declined { .. } => {}
        }
        self
    }

    /// What stays of it when the person is erased, or has moved.
    #[must_use]
    pub fn without_identifiers(mut self) -> Self {
        match &mut self {
            Self::Merged { came, linked, gone, before, trigger, .. } => {
                *before = None;
                [came, linked, gone].into_iter().for_each(Vec::clear);
                *trigger = Order::default();
            }
            Self::Given { came: ids, .. } | Self::Gave { went: ids, .. } => ids.clear(),
            Self::Declined { .. } => {}
        }
        self
    }

    /// Names it: the same thing is entered once.
    pub fn key(&self) -> String {
        match self {
            Self::Merged { older, merge, .. } => format!("merged:{older}:{merge}"),
            Self::Given { from, gift, .. } => format!("given:{from}:{gift}"),
            Self::Declined { from, gift } => format!("declined:{from}:{gift}"),
            Self::Gave { to, gift, .. } => format!("gave:{to}:{gift}"),
        }
    }
}

/// One durable write.
#[derive(Debug)]
pub enum Write<'a> {
    /// The home row.
    Home(&'a Home),
    /// The fold.
    Folded(&'a Folded),
    /// The fold as it was when the surrender began.
    Leaving(Option<&'a Folded>),
    /// A held identifier, or none any more.
    Held(&'a Identifier, Option<&'a Held>),
    /// Something to be linked, or no more.
    Link(&'a str, Option<&'a Link>),
    /// An identifier that leaves, or has left.
    Handed(&'a Identifier, Option<&'a Handed>),
    /// An entry to be re-pointed, or that was.
    Repoint(&'a Identifier, Option<&'a Repoint>),
    /// Room that is kept, or no more.
    Reservation(u64, Option<&'a Reservation>),
    /// A gift on its way, or arrived.
    Outgoing(u64, Option<&'a Outgoing>),
    /// A row of the log. Part 0 is visible; others when [`Write::Show`] says so.
    Log(&'a Logged, u64),
    /// The rows of a part are visible from now on.
    Show(u64),
    /// The rows of a part are dropped.
    Drop(u64),
    /// The rows of a part are emptied: only that they were here is known still.
    Empty(u64),
    /// So is this row.
    Gone(&'a MessageId),
    /// Only this is left of a row, wherever it stands.
    Expired(&'a Logged),
    /// This row belongs to that part now.
    Part(&'a MessageId, u64),
    /// This row was logged while moving out, or has followed.
    Late(&'a MessageId, bool),
    /// A remark.
    Note(&'a Note),
    /// All refusals are replaced by others.
    ForgetRefusals,
    /// So many of the oldest remarks of this kind are not remembered any more.
    DropOldest(NoteKind, u64),
    /// An entry of the ledger; the same key again changes nothing.
    Ledger(&'a Ledger),
    /// The same in place of what it was.
    LedgerAnew(&'a Ledger),
    /// An event that is kept for whoever it belongs to, or that has its owner.
    Inbox(&'a MessageId, Option<&'a Item>),
    /// This event leaves the profile (archive, destinations).
    Leaves(&'a Item),
    /// What an admin has said leaves for the archive.
    Said(&'a Fact),
    /// This identifier's entry has a tombstone of this time: that leaves for the archive.
    Erased {
        /// Which.
        id: &'a Identifier,
        /// The tombstone's.
        at: UnixMillis,
        /// It names nobody from then on either.
        suppressed: bool,
    },
    /// The profile entered a segment, or left it. That leaves for the archive, if it may.
    Change(&'a Change, Option<MaySend>),
    /// Which segments of imported audiences the profile is in.
    Listed(&'a Listed),
    /// An account is to be told what this event says of it.
    Tells(&'a Report),
    /// What an experiment learns from leaves for whoever counts it.
    Teaches(&'a Reward),
    /// Everything is dropped but the home row, the inbox, and what still has to leave.
    Clear,
}

/// The storage of a profile object. Writes of one step become durable together.
pub trait Store {
    /// Writes.
    ///
    /// # Errors
    /// When the storage fails.
    fn write(&mut self, write: Write<'_>) -> Result<(), StoreError>;

    /// Whether a row is there: in which part, and whether that is visible.
    ///
    /// # Errors
    /// When the storage fails.
    fn find(&self, id: &MessageId) -> Result<Option<(u64, bool)>, StoreError>;

    /// A visible row.
    ///
    /// # Errors
    /// When the storage fails.
    fn row(&self, id: &MessageId) -> Result<Option<Logged>, StoreError>;

    /// Visible rows, not expired, of what happened from `since` on and before `until`, the earliest first.
    ///
    /// # Errors
    /// When the storage fails.
    fn between(&self, since: UnixMillis, until: UnixMillis, limit: usize) -> Result<Vec<Logged>, StoreError>;

    /// Rows in messageId order after `after`: of one part, or all visible ones.
    ///
    /// # Errors
    /// When the storage fails.
    fn rows(&self, part: Option<u64>, after: &str, limit: usize) -> Result<Vec<Logged>, StoreError>;

    /// Whether rows were logged while moving out, and some of them.
    ///
    /// # Errors
    /// When the storage fails.
    fn late(&self, limit: usize) -> Result<Vec<Logged>, StoreError>;

    /// Whether this row was logged while moving out.
    ///
    /// # Errors
    /// When the storage fails.
    fn is_late(&self, id: &MessageId) -> Result<bool, StoreError>;

    /// All remarks.
    ///
    /// # Errors
    /// When the storage fails.
    fn notes(&self) -> Result<Vec<Note>, StoreError>;

    /// Whether there is this remark about this identifier on this event.
    ///
    /// # Errors
    /// When the storage fails.
    fn has_note(&self, kind: NoteKind, id: &str, by: &MessageId) -> Result<bool, StoreError>;

    /// The ledger.
    ///
    /// # Errors
    /// When the storage fails.
    fn ledger(&self) -> Result<Vec<Ledger>, StoreError>;

    /// Whether the ledger has this key.
    ///
    /// # Errors
    /// When the storage fails.
    fn has_ledger(&self, key: &str) -> Result<bool, StoreError>;

    /// The fold as it was when the surrender began.
    ///
    /// # Errors
    /// When the storage fails.
    fn leaving(&self) -> Result<Option<Folded>, StoreError>;
}

/// What a profile object has in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The home row.
    pub home: Home,
    /// The fold.
    pub folded: Folded,
    /// What it is known by.
    pub held: HeldIds,
    /// What is to be linked.
    pub links: BTreeMap<String, Link>,
    /// Identifiers that leave.
    pub handed: BTreeMap<Identifier, Handed>,
    /// Entries to be re-pointed.
    pub repoints: BTreeMap<Identifier, Repoint>,
    /// Room kept for others.
    pub reservations: BTreeMap<u64, Reservation>,
    /// Gifts on their way.
    pub outgoing: BTreeMap<u64, Outgoing>,
    /// Events that are kept for others.
    pub inbox: BTreeMap<MessageId, Item>,
    /// What is under way; lost in a crash, and begun again by the alarm.
    pub under_way: UnderWay,
}

/// What this object waits for. Not durable: after a crash, or when the alarm rings, it is asked for again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnderWay {
    /// The link that is being made.
    pub link: Option<Linking>,
    /// Links to be tried again when the alarm rings.
    pub postponed: BTreeSet<String>,
    /// What was sent and has not been answered.
    pub sent: BTreeSet<String>,
    /// What a re-resolution has gathered.
    pub gathering: Option<Gathering>,
    /// Names of one who was erased here, and who has shown them.
    pub claimants: BTreeMap<Identifier, Claimants>,
    /// The revision at which too much was connected to be resolved.
    pub left_to_admin: Option<u64>,
    /// Events of the inbox on their way to their owners.
    pub brought: BTreeMap<MessageId, Delivery>,
    /// Rings of the alarm in a row after which something was left to do.
    pub tries: u32,
}

impl UnderWay {
    /// The gathering of this number, if it is the one under way: an answer may have been asked for in an earlier one.
    pub(super) fn gathering(&mut self, number: u64) -> Option<&mut Gathering> {
        self.gathering.as_mut().filter(|gathering| gathering.number == number)
    }

    /// Whether this is the link that is being made.
    pub fn is_linking(&self, key: &str) -> bool {
        self.link.as_ref().is_some_and(|linking| linking.key == key)
    }
}

/// A link that is being made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Linking {
    /// Which.
    pub key: String,
    /// Whom it has led to so far.
    pub asked: Vec<ProfileId>,
    /// Who is to be asked beside them.
    pub others: Vec<ProfileId>,
    /// The epoch in which the entry names its owner.
    pub epoch: u64,
    /// The entry is under quarantine.
    pub quarantined: bool,
    /// When somebody was erased whom it named before.
    pub erased: Option<UnixMillis>,
}

impl Linking {
    /// The beginning.
    pub fn of(link: &Link) -> Self {
        Self { key: link.key(), ..Self::default() }
    }
}

impl Profile {
    /// Nobody yet.
    pub fn empty(me: ProfileId) -> Self {
        Self {
            home: Home::empty(me),
            folded: Folded { state: ProfileState::empty(), ..Folded::default() },
            held: HeldIds::new(),
            links: BTreeMap::new(),
            handed: BTreeMap::new(),
            repoints: BTreeMap::new(),
            reservations: BTreeMap::new(),
            outgoing: BTreeMap::new(),
            inbox: BTreeMap::new(),
            under_way: UnderWay::default(),
        }
    }

    /// Whether nothing of identity is under way here.
    pub fn is_quiet(&self) -> bool {
        self.home.place == Place::Live
            && self.links.is_empty()
            && self.reservations.is_empty()
            && self.outgoing.is_empty()
            && self.handed.values().all(|handed| handed.done)
            && self.repoints.is_empty()
    }

    /// Whether something is unfinished.
    pub fn has_work(&self) -> bool {
        !self.inbox.is_empty() || !self.home.residue.is_empty() || self.is_unfinished()
    }

    fn is_unfinished(&self) -> bool {
        match self.home.place {
            Place::None => false,
            Place::Forwarding { .. } => self.home.erasing.is_some(),
            Place::Erased { .. } => {
                !self.handed.values().all(|handed| handed.done) || self.home.telling.is_some()
            }
            Place::Surrendering { .. } => true,
            Place::Live => !self.is_quiet() || self.home.unsettled || self.home.erasing.is_some(),
        }
    }
}
