//! The newest things that events said.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::MessageId;
use crate::time::UnixMillis;

/// Where something stands in time: the order of events, and within an event that of its products.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place(UnixMillis, MessageId, usize);

impl Place {
    pub(super) fn of(event: &Event, index: usize) -> Self {
        Self(event.timestamp, event.message_id.clone(), index)
    }

    /// When.
    pub(super) fn at(&self) -> UnixMillis {
        self.0
    }
}

/// The newest things, newest first, and no more than somebody wants.
///
/// Invariant: the same whatever the order in which they come, because "the k greatest of a set" is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Newest<T>(Vec<(Place, T)>);

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Newest<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one in, keeping the `most` newest.
    pub(super) fn insert(&mut self, place: Place, thing: T, most: usize) {
        let at = self.0.partition_point(|(other, _)| *other > place);
        self.0.insert(at, (place, thing));
        self.0.truncate(most);
    }

    /// Takes in those of another log, keeping the `most` newest.
    pub(super) fn absorb(&mut self, other: &Self, most: usize) {
        for (place, thing) in &other.0 {
            self.insert(place.clone(), thing.clone(), most);
        }
    }

    /// Forgets what is not kept.
    pub(super) fn retain(&mut self, keep: impl Fn(&Place, &T) -> bool) {
        self.0.retain(|(place, thing)| keep(place, thing));
    }

    /// When the newest was.
    pub(super) fn newest(&self) -> Option<&Place> {
        self.0.first().map(|(place, _)| place)
    }

    /// Newest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &(Place, T)> {
        self.0.iter()
    }
}
