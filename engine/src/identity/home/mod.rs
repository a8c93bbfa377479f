//! The profile object's state machine: whether a profile lives here, is moving, or has moved, and what it holds.
//!
//! Sans-I/O: [`Step`] takes one input (events, a message of another object, an alarm, an admin's word), writes through
//! [`Store`] and says what to send. The caller makes all writes of a step durable, or none, before anything leaves. It
//! may lose, repeat and reorder messages, and may crash between any two: every step can be repeated, and what is
//! unfinished stands in the store and is carried on by the alarm.
//!
//! Invariant: no lock is held across a message. Every pointer carries an epoch; older ones are ignored.

mod again;
mod alarm;
mod anew;
mod bounds;
mod by_text;
mod claimants;
mod decree;
mod devices;
mod doubles;
mod folded;
mod gathering;
mod give;
mod given_up;
mod held_before;
mod inbox;
mod link;
mod memberships;
mod merge;
mod message;
mod names;
mod rearrange;
mod refusals;
mod residue;
mod retention;
mod settle;
mod split;
mod store;
mod take;
mod trial;
mod unarchive;

pub use anew::Anew;
pub use bounds::{Beyond, Bounds};
pub use claimants::Claimants;
pub use decree::Heard;
pub use folded::{Folded, FoldedPart, FoldedRow};
pub use gathering::{Asked, Gathering};
pub use given_up::given_up;
pub use held_before::held_before;
pub use message::{
    About, Body, Description, Effect, Fragment, Give, Luggage, Message, Party, Proposal, Rearrange,
    Settlement,
};
pub use names::{Forgotten, Telling};
pub use rearrange::{Homes, Plan, homes, plan};
pub use refusals::Counted;
pub use store::{LEDGER_VERSION, Ledger, Note, NoteKind, Profile, Store, StoreError, UnderWay, Write};
pub use take::{Grant, Item, Taken, delivery};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Identifier;
use super::fact::{Edge, Fact, Order};
use super::meet::HeldIds;
use crate::archive::{Erased, Unarchived};
use crate::config::Config;
use crate::ids::{MessageId, ProfileId};
use crate::time::UnixMillis;

/// The version of a stored [`Home`].
pub const HOME_VERSION: u8 = 7;

/// Where a profile lives.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Nobody has lived here.
    #[default]
    None,
    /// Here.
    Live,
    /// On the way to `to`: still takes and logs events, starts no link and accepts no merge.
    Surrendering {
        /// The survivor.
        to: ProfileId,
        /// Who reserved: the survivor, unless it has moved on since.
        older: ProfileId,
        /// Its number for this merge.
        merge: u64,
        /// The event whose link joined the two.
        trigger: Order,
        /// How far it has come.
        phase: Phase,
    },
    /// Lives at `to` now. The data is gone from here.
    Forwarding {
        /// The survivor.
        to: ProfileId,
    },
    /// Was erased.
    Erased {
        /// When.
        at: UnixMillis,
    },
}

impl Place {
    /// Where the profile has gone, if it has.
    pub fn forwards(&self) -> Option<&ProfileId> {
        match self {
            Self::Forwarding { to } => Some(to),
            Self::None | Self::Live | Self::Surrendering { .. } | Self::Erased { .. } => None,
        }
    }
}

/// How far a surrender has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Rows after this messageId are still to be staged; then the commit is asked for.
    Staging {
        /// The last one that is staged.
        after: String,
    },
    /// The survivor has committed: what was logged since follows.
    Absorbing,
    /// To be erased: the survivor is asked to give the merge up, if it has not committed.
    Aborting {
        /// When the erasure was asked for.
        at: UnixMillis,
    },
}

/// What a profile object knows about itself, in one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Home {
    /// Row version.
    pub v: u8,
    /// Whose home it is.
    pub me: ProfileId,
    /// Where the profile lives.
    pub place: Place,
    /// When its first event arrived; stored once, decides who survives a merge.
    pub created_at: UnixMillis,
    /// Counts the times this profile has come to live here; messages of older epochs are ignored.
    pub epoch: u64,
    /// Numbers merges, gifts and gatherings.
    pub next: u64,
    /// Grows with every change of what is held: a plan made before it is stale.
    pub revision: u64,
    /// The newest decision that depended on the order of events. A fact older than this may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contested: Option<Order>,
    /// Something arrived that may change who is who: to be resolved anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsettled: bool,
    /// Gifts of which a part has come.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub coming: BTreeSet<(ProfileId, u64)>,
    /// To be erased as soon as what belongs to others has reached them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasing: Option<UnixMillis>,
    /// What admins have said about who is who.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decrees: Vec<Fact>,
    /// How many links were refused.
    #[serde(default, skip_serializing_if = "Counted::is_none")]
    pub refusals: Counted,
    /// How often more was connected than is rearranged.
    #[serde(default, skip_serializing_if = "Counted::is_none")]
    pub late_conflicts: Counted,
    /// So many events came under a messageId that another one had.
    #[serde(default, skip_serializing_if = "is_none")]
    pub conflicts: u64,
    /// An admin's word that this person is to be erased, also after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Erased: who is to forget the names, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telling: Option<Telling>,
    /// Erased: what the archive is to let go of, until it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<Box<Erased>>,
    /// What is left of names that were forgotten here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub forgotten: BTreeMap<u64, Forgotten>,
    /// Who was erased and had something here that is deleted, until its bytes are overwritten.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub residue: BTreeSet<ProfileId>,
}

/// An erasure, as it can be asked for again. Nothing in it says who that was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The admin's word.
    pub id: MessageId,
    /// When it was said: what happened until then is about nobody any more.
    pub at: UnixMillis,
    /// The names are to name nobody from then on either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suppress: bool,
    /// What went, once it has gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Gone>,
}

/// What an erasure took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// When, by the clock of the profile object.
    pub at: UnixMillis,
    /// So many identifiers.
    pub identifiers: u64,
    /// So many events.
    pub events: u64,
    /// So many times one of the identifiers stood in a list that somebody had imported.
    #[serde(default, skip_serializing_if = "is_none")]
    pub listed: u64,
    /// What the archive has let go of, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unarchived: Option<Unarchived>,
}

fn is_none(number: &u64) -> bool {
    *number == 0
}

impl Home {
    /// The home of somebody who has not come yet.
    pub fn empty(me: ProfileId) -> Self {
        Self {
            v: HOME_VERSION,
            me,
            place: Place::None,
            created_at: UnixMillis(0),
            epoch: 0,
            next: 0,
            revision: 0,
            contested: None,
            unsettled: false,
            coming: BTreeSet::new(),
            erasing: None,
            decrees: Vec::new(),
            refusals: Counted::default(),
            late_conflicts: Counted::default(),
            conflicts: 0,
            receipt: None,
            telling: None,
            archived: None,
            forgotten: BTreeMap::new(),
            residue: BTreeSet::new(),
        }
    }

    /// The never-merge edges in force.
    pub fn edges(&self) -> Vec<Edge> {
        super::resolve::edges(&self.decrees)
    }
}

/// An identifier, or another profile, that is to be linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The event that asks for it.
    pub order: Order,
    /// What is asked for.
    pub how: How,
    /// The event is filed here though this stronger identifier is not: if it is refused, the event is misplaced. Of [`How::Again`]: it is
    /// here by another name, and this is the device that it only claims.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decides: bool,
}

/// What a [`Link`] asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The identifier was shown.
    Shown {
        /// Which.
        id: Identifier,
    },
    /// The device that an alias's older name may be: linked if somebody has it, and otherwise left alone.
    IfKnown {
        /// Which.
        id: Identifier,
    },
    /// The identifier is a new name for one that is held.
    Renames {
        /// The new name.
        id: Identifier,
        /// The old one.
        previous: Identifier,
    },
    /// The identifier is an old name of this profile.
    Retired {
        /// Which.
        id: Identifier,
    },
    /// The identifier was refused by a re-resolution: its entry is to remember that this profile has shown it.
    Remember {
        /// Which.
        id: Identifier,
    },
    /// An event that has lost a name shows it: who may have that event by the name is looked for, and the owner is told.
    Again {
        /// Which.
        id: Identifier,
    },
    /// A re-resolution found both to be one person.
    Plan {
        /// The other.
        with: ProfileId,
    },
    /// An admin says that both are one person. The other's names retire where they conflict.
    Hand {
        /// The other.
        with: ProfileId,
    },
}

impl Link {
    /// Names it among the links of a profile.
    pub fn key(&self) -> String {
        match &self.how {
            How::Shown { id } | How::IfKnown { id } | How::Renames { id, .. } | How::Retired { id } => {
                id.to_string()
            }
            How::Remember { id } => format!("remember:{id}"),
            // Beside what else may be looked for because of the same event.
            How::Again { id } if self.decides || id.namespace.is_reserved() => {
                format!("again:{}:{id}", self.order.1)
            }
            How::Again { .. } => format!("again:{}", self.order.1),
            How::Plan { with } | How::Hand { with } => format!("join:{with}"),
        }
    }

    /// What both ask for: that something is shown weighs more than that it may be an older name.
    fn or(self, other: Self) -> Self {
        let decides = self.decides || other.decides;
        let (earlier, later) = if self.order <= other.order { (self, other) } else { (other, self) };
        let how = if matches!(earlier.how, How::IfKnown { .. }) { later.how } else { earlier.how };
        Self { order: earlier.order, how, decides }
    }

    /// The identifier, if it is about one.
    pub fn id(&self) -> Option<&Identifier> {
        match &self.how {
            How::Shown { id } | How::IfKnown { id } | How::Renames { id, .. } | How::Retired { id } => {
                Some(id)
            }
            How::Remember { .. } | How::Again { .. } | How::Plan { .. } | How::Hand { .. } => None,
        }
    }
}

/// A durable promise of the older side to take the younger one in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reservation {
    /// The younger side, for whom room is kept.
    pub younger: Party,
    /// Why they join.
    pub link: Link,
    /// When it was made.
    pub at: UnixMillis,
    /// A row of the younger side is here already: its state can't just be added.
    #[serde(default)]
    pub overlaps: bool,
}

/// The version of a stored [`Handed`].
pub const HANDED_VERSION: u8 = 2;

/// An identifier that leaves: its entry is told, then the new owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// Whom the entry names.
    pub from: ProfileId,
    /// The new owner; nobody, where it can't be held by anyone.
    pub to: Option<ProfileId>,
    /// In which epoch.
    pub epoch: u64,
    /// Of one who was erased: see [`Entry::shared`](super::entry::Entry::shared).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<UnixMillis>,
    /// The entry has heard. It is kept: who names this profile by an older epoch is out of date.
    #[serde(default)]
    pub done: bool,
}

impl Handed {
    /// It has left, and its entry has not heard.
    fn new(from: ProfileId, to: Option<ProfileId>, epoch: u64) -> Self {
        Self { from, to, epoch, shared: None, done: false }
    }
}

/// The version of a stored [`Link`].
pub const LINK_VERSION: u8 = 3;

/// An identifier that came with a merge: its entry still names `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repoint {
    /// Whom the entry names.
    pub from: ProfileId,
    /// In which epoch.
    pub epoch: u64,
}

/// The version of a stored [`Outgoing`].
pub const OUTGOING_VERSION: u8 = 3;

/// Events and identifiers on their way to another profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The number under which the receiver knows it. A receiver that has refused it never takes that number.
    pub number: u64,
    /// To whom.
    pub to: ProfileId,
    /// What goes with the last of the rows.
    pub settlement: Settlement,
    /// The last row that has arrived.
    pub after: String,
    /// Times the other side had no room.
    pub tries: u32,
}

/// One step of a profile object.
pub struct Step<'a, S: Store> {
    /// The object.
    pub profile: &'a mut Profile,
    /// Its storage.
    pub store: &'a mut S,
    /// The config to go by.
    pub config: &'a Config,
    /// The clock.
    pub now: UnixMillis,
    /// Events in one message: [`limits::MERGE_CHUNK_EVENTS`](crate::limits::MERGE_CHUNK_EVENTS) where messages cost.
    pub chunk: usize,
    /// How much one re-resolution looks at.
    pub bounds: Bounds,
    /// A number of an identifier from which nobody can tell it: a hash under the deployment's secret.
    pub number: &'a dyn Fn(&Identifier) -> u64,
    /// A fresh profile id each time it is called.
    pub new_id: &'a mut dyn FnMut() -> ProfileId,
    /// What is to be sent, in order.
    pub effects: Vec<Effect>,
}

/// What a step comes to: an error means that nothing of it may become durable, and memory must be read anew.
pub type Stepped<T> = Result<T, StoreError>;

impl<S: Store> Step<'_, S> {
    fn me(&self) -> ProfileId {
        self.profile.home.me.clone()
    }

    fn is_live(&self) -> bool {
        self.profile.home.place == Place::Live
    }

    /// Sends a message to another profile.
    fn tell(&mut self, to: &ProfileId, body: Body) {
        let message = Message::new(&self.profile.home, to.clone(), body);
        self.effects.push(Effect::Tell { message: Box::new(message) });
    }

    /// The never-merge edges that this profile does not cross already, by an admin's word.
    fn edges(&self) -> Vec<Edge> {
        let mut edges = self.profile.home.edges();
        edges.retain(|edge| !edge.is_crossed(|id| self.profile.held.contains_key(id)));
        edges
    }

    fn put_home(&mut self) -> Stepped<()> {
        self.store.write(Write::Home(&self.profile.home))
    }

    /// How this profile shows itself to another.
    fn party(&self) -> Party {
        let home = &self.profile.home;
        Party {
            profile: home.me.clone(),
            created_at: home.created_at,
            epoch: home.epoch,
            ids: self.profile.held.clone(),
            last: self.profile.folded.last.clone(),
            contested: home.contested.clone(),
            decrees: home.decrees.clone(),
        }
    }

    /// What may not be contradicted: own identifiers and those of everyone for whom room is kept.
    fn promised(&self) -> HeldIds {
        let mut ids = self.profile.held.clone();
        for reservation in self.profile.reservations.values() {
            ids.extend(reservation.younger.ids.clone());
        }
        ids
    }
}
