//! Things that occur again and again are kept once and told apart by a number: a state of the whole is a handful of
//! numbers, and what a step leads to has to be worked out only once.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Something that is kept. Equal ones have the same number.
pub struct Kept<T> {
    number: u32,
    thing: Arc<T>,
}

impl<T> Kept<T> {
    /// Tells it apart from others of its kind.
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { number: self.number, thing: Arc::clone(&self.thing) }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.thing
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Kept<T> {}

impl<T> PartialOrd for Kept<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Kept<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number.cmp(&other.number)
    }
}

impl<T> Hash for Kept<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.thing.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.thing.fmt(f)
    }
}

/// Keeps things of one kind. Two are the same if they print the same: the engine's types print all they are, in a fixed
/// order, and not all of them can be hashed.
pub(crate) struct Keeper<T> {
    hashes: [RandomState; 2],
    known: Mutex<HashMap<(u64, u64), Kept<T>>>,
}

impl<T> Default for Keeper<T> {
    fn default() -> Self {
        Self { hashes: [RandomState::new(), RandomState::new()], known: Mutex::default() }
    }
}

impl<T: fmt::Debug> Keeper<T> {
    pub(crate) fn keep(&self, thing: T) -> Kept<T> {
        let text = format!("{thing:?}");
        let [one, other] = &self.hashes;
        let key = (one.hash_one(&text), other.hash_one(&text));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(known.len()).unwrap_or(u32::MAX);
        known.entry(key).or_insert_with(|| Kept { number, thing: Arc::new(thing) }).clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// What was worked out before.
pub(crate) struct Memo<K, V>(RwLock<HashMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    pub(crate) fn of(&self, key: K, work_out: impl FnOnce() -> V) -> V {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let value = work_out();
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, value.clone());
        value
    }

    pub(crate) fn count(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}
