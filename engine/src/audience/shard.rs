//! A shard: identifiers whose names begin alike, and the audiences of each.
//!
//! | bytes | |
//! |---|---|
//! | 1 | the version, 1 |
//! | 4 | how long the next is, little endian |
//! | | JSON: `{"audiences": ["vip", …], "sets": [[0, 3], …]}` |
//! | 34 each | the names in order, each with the number of its set, little endian |
//!
//! Few people are in a set of audiences that nobody else is in, so a set is written once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Name;
use crate::ids::AudienceId;

const VERSION: u8 = 1;
const NAME: usize = 32;
const ENTRY: usize = NAME + 2;

/// What can't be read as a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a shard of audiences that this version can read")]
pub struct ShardError;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    audiences: Vec<AudienceId>,
    sets: Vec<Vec<u16>>,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shard {
    head: Head,
    entries: Vec<u8>,
}

impl Shard {
    /// Reads what [`Shard::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`ShardError`] for anything else.
    pub fn read(bytes: &[u8]) -> Result<Self, ShardError> {
        let rest = bytes.strip_prefix(&[VERSION]).ok_or(ShardError)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(ShardError)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| ShardError)?;
        let (head, entries) = rest.split_at_checked(length).ok_or(ShardError)?;
        let head: Head = serde_json::from_slice(head).map_err(|_| ShardError)?;
        if entries.len() % ENTRY != 0 {
            return Err(ShardError);
        }
        Ok(Self { head, entries: entries.to_vec() })
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = serde_json::to_vec(&self.head).unwrap_or_default();
        let length = u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&[VERSION][..], &length, &head, &self.entries].concat()
    }

    /// How many identifiers it has.
    pub fn len(&self) -> usize {
        self.entries.len() / ENTRY
    }

    /// Nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The audiences that this identifier is in.
    pub fn audiences_of(&self, name: &Name) -> impl Iterator<Item = &AudienceId> {
        let at = self.entries.chunks_exact(ENTRY);
        let (mut low, mut high) = (0, at.len());
        let mut set = None;
        while low < high {
            let middle = low.midpoint(high);
            let Some(entry) = self.entries.get(middle * ENTRY..(middle + 1) * ENTRY) else { break };
            let (found, number) = entry.split_at(NAME);
            match found.cmp(name.as_slice()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    set = self.set(number);
                    break;
                }
            }
        }
        self.named(set.unwrap_or_default())
    }

    /// All of it, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (Name, impl Iterator<Item = &AudienceId>)> {
        self.entries.chunks_exact(ENTRY).filter_map(|entry| {
            let (name, number) = entry.split_first_chunk::<NAME>()?;
            Some((*name, self.named(self.set(number).unwrap_or_default())))
        })
    }

    /// Without some names, and how many those were.
    #[must_use]
    pub fn without(&self, is_dropped: impl Fn(&Name) -> bool) -> (Self, usize) {
        let names = self.entries.chunks_exact(ENTRY);
        let stays = |entry: &&[u8]| !entry.first_chunk::<NAME>().is_some_and(&is_dropped);
        let entries: Vec<u8> = names.filter(stays).flatten().copied().collect();
        let dropped = self.entries.len().saturating_sub(entries.len()) / ENTRY;
        (Self { head: self.head.clone(), entries }, dropped)
    }

    /// How many identifiers are in this audience.
    pub fn members(&self, audience: &AudienceId) -> usize {
        self.iter().filter_map(|(_, mut of)| of.find(|one| *one == audience)).count()
    }

    fn set(&self, number: &[u8]) -> Option<&[u16]> {
        let number = u16::from_le_bytes(number.try_into().ok()?);
        self.head.sets.get(usize::from(number)).map(Vec::as_slice)
    }

    fn named<'a>(&'a self, set: &'a [u16]) -> impl Iterator<Item = &'a AudienceId> {
        set.iter().filter_map(|audience| self.head.audiences.get(usize::from(*audience)))
    }

    /// Of these; `None` if they are in more different sets of audiences, or in more audiences, than a shard can number.
    pub fn of(members: &BTreeMap<Name, BTreeSet<&AudienceId>>) -> Option<Self> {
        let all: BTreeSet<&AudienceId> = members.values().flatten().copied().collect();
        let mut numbers = BTreeMap::new();
        for (number, audience) in all.iter().enumerate() {
            numbers.insert(*audience, u16::try_from(number).ok()?);
        }
        let mut sets: BTreeMap<Vec<u16>, u16> = BTreeMap::new();
        let mut head = Head { audiences: all.into_iter().cloned().collect(), sets: Vec::new() };
        let mut entries = Vec::with_capacity(members.len() * ENTRY);
        for (name, audiences) in members.iter().filter(|(_, audiences)| !audiences.is_empty()) {
            let set: Vec<u16> = audiences.iter().filter_map(|one| numbers.get(one).copied()).collect();
            let number = match sets.get(&set) {
                Some(number) => *number,
                None => {
                    let number = u16::try_from(head.sets.len()).ok()?;
                    head.sets.push(set.clone());
                    sets.insert(set, number);
                    number
                }
            };
            entries.extend_from_slice(name);
            entries.extend_from_slice(&number.to_le_bytes());
        }
        Some(Self { head, entries })
    }
}
