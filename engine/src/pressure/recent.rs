//! Whoever was heard of lately, however many there are.

use std::collections::BTreeMap;

use super::Bucket;
use crate::limits;

/// The latest senders, in two generations of a bounded size.
#[derive(Debug, Default)]
pub struct Recent {
    young: BTreeMap<String, Bucket>,
    old: BTreeMap<String, Bucket>,
}

impl Recent {
    /// What this sender has taken.
    pub fn get(&self, sender: &str) -> Bucket {
        self.young.get(sender).or_else(|| self.old.get(sender)).copied().unwrap_or_default()
    }

    /// Remembers it.
    pub fn put(&mut self, sender: String, bucket: Bucket) {
        if self.young.len() >= limits::SENDERS && !self.young.contains_key(&sender) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(sender, bucket);
    }
}
