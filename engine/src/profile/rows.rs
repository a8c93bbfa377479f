//! A part of a state that grows: when each identifier was seen, what each event condition counts.
//!
//! It knows what has changed since it was stored: a store that keeps it in rows of its own writes only those.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// By key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rows<V> {
    all: BTreeMap<String, V>,
    /// Written since [`Rows::stored`].
    #[serde(skip)]
    changed: BTreeSet<String>,
    /// It has been stored before, so that only what has changed is to be written.
    #[serde(skip)]
    known: bool,
}

impl<V> Default for Rows<V> {
    fn default() -> Self {
        Self { all: BTreeMap::new(), changed: BTreeSet::new(), known: false }
    }
}

/// What has been stored of it is no part of what it says.
impl<V: PartialEq> PartialEq for Rows<V> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<V> Rows<V> {
    /// One of them.
    pub fn get(&self, key: &str) -> Option<&V> {
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
    pub fn iter(&self) -> impl Iterator<Item = (&String, &V)> {
        self.all.iter()
    }

    /// What is to be written; none if all of it is, and nothing that was stored before counts any more.
    pub fn changes(&self) -> Option<impl Iterator<Item = (&String, &V)>> {
        self.known.then(|| self.changed.iter().filter_map(|key| self.all.get_key_value(key)))
    }

    /// All of it is stored.
    pub fn stored(&mut self) {
        self.changed.clear();
        self.known = true;
    }

    /// It was stored apart from the rest, and is here again.
    pub fn restore(&mut self, all: BTreeMap<String, V>) {
        self.all = all;
        self.stored();
    }

    /// Takes everything out, for the rest to be stored without it.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Changes one, which is new if it is not there.
    pub(super) fn change(&mut self, key: &str, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        match self.all.get_mut(key) {
            Some(value) => change(value),
            None => change(self.all.entry(key.to_owned()).or_default()),
        }
        self.changed.insert(key.to_owned());
    }

    /// Puts one in the place of what was there.
    pub(super) fn put(&mut self, key: String, value: V) {
        self.all.insert(key.clone(), value);
        self.changed.insert(key);
    }
}
