//! Traits by name.

use crate::ordered::{gather, sort};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Trait;
use crate::config::{Merge, TraitRules};
use crate::ids::MessageId;
use crate::limits;
use crate::time::UnixMillis;

/// Bytes of a trait as JSON.
fn size(name: &str, value: &Value) -> usize {
    name.len() + serde_json::to_string(value).map_or(usize::MAX / 2, |json| json.len())
}

/// Traits by name, each joined by its rule; the last writer wins where there is none. All of it is the same whatever
/// the order of arrival.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traits(BTreeMap<String, Trait>);

impl Traits {
    /// Takes in the traits that an event sets, and keeps the `most` that were set last. Gives back those that fell out.
    pub fn set(
        &mut self,
        traits: &Map<String, Value>,
        order: (UnixMillis, &MessageId),
        rules: &TraitRules,
        most: usize,
    ) -> Vec<String> {
        for (name, value) in traits {
            if size(name, value) <= limits::TRAIT_BYTES {
                let merge = rules.merge_of(name);
                self.join(name, Trait::said(merge, value, order), merge);
            }
        }
        self.keep(rules, most)
    }

    /// Takes in the traits of another log, folded under the same rules.
    pub fn absorb(&mut self, other: &Self, rules: &TraitRules, most: usize) {
        for (name, theirs) in &other.0 {
            self.join(name, Some(theirs.clone()), rules.merge_of(name));
        }
        drop(self.keep(rules, most));
    }

    fn join(&mut self, name: &str, said: Option<Trait>, merge: Merge) {
        let Some(said) = said else { return };
        match self.0.get_mut(name) {
            Some(mine) => mine.join(said, merge),
            None => {
                self.0.insert(name.to_owned(), said);
            }
        }
    }

    /// Of the traits that are `newest`, what falls out was older than all that stays, and so is anything it could come
    /// back with. Under another rule it could come back with less than the log says. Those stay; the config, which
    /// names them, bounds their number.
    fn keep(&mut self, rules: &TraitRules, most: usize) -> Vec<String> {
        if self.0.len() <= most {
            return Vec::new();
        }
        let newest = self.0.iter().filter(|(name, _)| rules.merge_of(name) == Merge::Newest);
        let mut newest: Vec<_> = newest.map(|(name, t)| (t.order(), name)).collect();
        sort(&mut newest);
        let falling = newest.len().saturating_sub(most);
        let falling: Vec<String> = newest.into_iter().take(falling).map(|(_, name)| name.clone()).collect();
        for name in &falling {
            self.0.remove(name);
        }
        falling
    }

    /// The trait with this name, also one that was taken away.
    pub fn get(&self, name: &str) -> Option<&Trait> {
        self.0.get(name)
    }

    /// Of those that are not null: the name, and when and by which event it was set.
    pub fn said(&self) -> impl Iterator<Item = (&str, UnixMillis, &MessageId)> {
        let there = self.0.iter().filter(|(_, t)| !t.value().is_null());
        there.map(|(name, t)| (name.as_str(), t.at, &t.by))
    }

    /// Name and value of those that are not null.
    pub fn values(&self) -> Map<String, Value> {
        let all = self.0.iter().map(|(name, t)| (name.clone(), t.value().into_owned()));
        gather(all.filter(|(_, value)| !value.is_null()))
    }
}
