//! A part of a state that grows: when each identifier was seen, what each event condition counts, which segments it is in.
//!
//! It knows what has changed since it was stored: a store that keeps it in rows of its own writes only those.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// By key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent, bound(deserialize = "K: Ord + Deserialize<'de>, V: Deserialize<'de>"))]
pub struct Rows<V, K = String> {
    all: BTreeMap<K, V>,
    /// Written, or taken out, since [`Rows::stored`].
    #[serde(skip)]
    changed: BTreeSet<K>,
    /// It has been stored before, so that only what has changed is to be written.
    #[serde(skip)]
    known: bool,
}

impl<V, K> Default for Rows<V, K> {
    fn default() -> Self {
        Self { all: BTreeMap::new(), changed: BTreeSet::new(), known: false }
    }
}

/// What has been stored of it is no part of what it says.
impl<V: PartialEq, K: PartialEq> PartialEq for Rows<V, K> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<V, K: Ord + Clone> Rows<V, K> {
    /// One of them.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.all.get(key)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.all.iter()
    }

    /// The keys of all of them.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.all.keys()
    }

    /// What is to be written, nothing where one was taken out; none if all of it is, and nothing that was stored before counts
    /// any more.
    pub fn changes(&self) -> Option<impl Iterator<Item = (&K, Option<&V>)>> {
        self.known.then(|| self.changed.iter().map(|key| (key, self.all.get(key))))
    }

    /// All of it is stored.
    pub fn stored(&mut self) {
        self.changed.clear();
        self.known = true;
    }

    /// It was stored apart from the rest, and is here again.
    pub fn restore(&mut self, all: BTreeMap<K, V>) {
        self.all = all;
        self.stored();
    }

    /// Takes everything out, for the rest to be stored without it.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The same for another state, of which nothing is stored.
    #[must_use]
    pub(super) fn anew(&self) -> Self
    where
        V: Clone,
    {
        Self { all: self.all.clone(), ..Self::default() }
    }

    /// Changes one, which is new if it is not there.
    pub(super) fn change(&mut self, key: &K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        match self.all.get_mut(key) {
            Some(value) => change(value),
            None => change(self.all.entry(key.clone()).or_default()),
        }
        self.changed.insert(key.clone());
    }

    /// Puts one in the place of what was there.
    pub(crate) fn put(&mut self, key: K, value: V) {
        self.all.insert(key.clone(), value);
        self.changed.insert(key);
    }

    /// Takes one out.
    pub(crate) fn remove(&mut self, key: &K) {
        if self.all.remove(key).is_some() {
            self.changed.insert(key.clone());
        }
    }
}
