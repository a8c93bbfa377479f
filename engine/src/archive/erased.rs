//! Who was erased, as the archive is told, and which of its lines go.
//!
//! A line goes that is of an event which the person had. Most are told by the name under which they were filed: whatever was filed under a
//! name that is one person's alone, until it was erased, was theirs. Names that go from one person to the next, as a shared device does, say
//! nothing: of these each event has a mark of its own. Nothing in it says who that was.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Line, Mark, Record};
use crate::identity::Identifier;
use crate::identity::fact::Order;
use crate::ids::ProfileId;
use crate::time::UnixMillis;

/// The version of a stored [`Erased`].
pub const ERASED_VERSION: u8 = 1;

/// Somebody who was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// Until when the names were the person's.
    pub at: UnixMillis,
    /// Names that were the person's alone, and the person's profiles: all that was filed under them goes.
    pub names: BTreeSet<Mark>,
    /// Names that others had, too: what was filed under them goes if it is among `events`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shared: BTreeSet<Mark>,
    /// Events that no name tells.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub events: BTreeSet<Mark>,
    /// The names under which those were filed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub filed: BTreeSet<Mark>,
    /// So many more events were there than are kept in mind.
    #[serde(default)]
    pub beyond: u64,
    /// The person's profiles, and those from which some of the events had come: their ids stand on the lines.
    pub profiles: BTreeSet<ProfileId>,
}

/// What is left of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// All of it.
    Whole,
    /// This.
    Less(Box<Record>),
    /// Nothing.
    Nothing,
}

/// What the archive has let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unarchived {
    /// When the last of it went.
    pub at: UnixMillis,
    /// So many lines: one that stood in two files counts twice.
    pub lines: u64,
    /// In so many files.
    pub files: u64,
    /// So many events could not be kept in mind: their lines may have stayed.
    #[serde(default, skip_serializing_if = "super::is_none")]
    pub beyond: u64,
}

impl Erased {
    /// Somebody of whom nothing but the profiles is known yet.
    pub fn new(at: UnixMillis, profiles: BTreeSet<ProfileId>) -> Self {
        let none = BTreeSet::new;
        Self { at, names: none(), shared: none(), events: none(), filed: none(), beyond: 0, profiles }
    }

    /// All marks by which files that may hold something of the person are found.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.names.iter().chain(&self.shared).chain(&self.filed)
    }

    /// Whether a file that is about these people may hold something; one of which that is not known may.
    pub fn may_be_in(&self, people: Option<&[Mark]>) -> bool {
        let of = |mark: &Mark| {
            self.names.contains(mark) || self.shared.contains(mark) || self.filed.contains(mark)
        };
        people.is_none_or(|people| people.iter().any(of))
    }

    /// What is left of a line that is about these.
    fn left_of(&self, record: &Record, names: &[Mark], number: &dyn Fn(&Identifier) -> u64) -> Left {
        match record {
            Record::Event(line) if names.iter().any(|name| self.had(line, *name, number)) => Left::Nothing,
            // A bot's event is nobody's: it goes by its name, unless that is somebody else's, too.
            Record::Bot(line)
                if line.timestamp <= self.at && names.iter().any(|name| self.names.contains(name)) =>
            {
                Left::Nothing
            }
            Record::Word(word) if word.timestamp <= self.at => {
                let is_theirs = |id: &Identifier| {
                    let name = Mark(number(id));
                    self.names.contains(&name) || self.shared.contains(&name)
                };
                match word.clone().without(is_theirs) {
                    None => Left::Nothing,
                    Some(less) if less == **word => Left::Whole,
                    Some(less) => Left::Less(Box::new(Record::Word(Box::new(less)))),
                }
            }
            // Nobody else ever has the profile.
            Record::Change(_) if names.iter().any(|name| self.names.contains(name)) => Left::Nothing,
            Record::Event(_) | Record::Bot(_) | Record::Word(_) | Record::Change(_) => Left::Whole,
        }
    }

    /// The event was the person's.
    fn had(&self, line: &Line, name: Mark, number: &dyn Fn(&Identifier) -> u64) -> bool {
        if line.timestamp <= self.at && self.names.contains(&name) {
            return true;
        }
        // What was sent twice may be somebody else's, too, who has a profile of their own.
        let order: Order = (line.timestamp, line.message_id.clone());
        self.profiles.contains(&line.profile_id)
            && self.filed.contains(&name)
            && self.events.contains(&Mark(number(&Identifier::of_event(&order))))
    }

    /// As well as this, which was said of the same person.
    pub fn join(&mut self, other: Self) {
        self.at = self.at.max(other.at);
        self.names.extend(other.names);
        self.shared.extend(other.shared);
        self.events.extend(other.events);
        self.filed.extend(other.filed);
        self.profiles.extend(other.profiles);
        self.beyond = self.beyond.max(other.beyond);
    }
}

/// What is left of a line when all of these have gone, and the places of those whom it was about.
pub fn left<'a>(
    record: &Record,
    erased: impl Iterator<Item = &'a Erased>,
    number: &dyn Fn(&Identifier) -> u64,
) -> (Left, Vec<usize>) {
    let names = record.marks(number);
    let (mut left, mut whose) = (Left::Whole, Vec::new());
    for (place, one) in erased.enumerate().filter(|(_, one)| one.may_be_in(Some(&names))) {
        let so_far = if let Left::Less(less) = &left { less } else { record };
        let now = one.left_of(so_far, &names, number);
        if now != Left::Whole {
            whose.push(place);
            left = now;
        }
        if left == Left::Nothing {
            break;
        }
    }
    (left, whose)
}
