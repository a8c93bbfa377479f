//! A part of an upload, ready to be merged: names in order, each to be added or removed, so that the rows of a shard are
//! one piece of it.
//!
//! | bytes | |
//! |---|---|
//! | 4 × 4,097 | where the names that begin with these twelve bits begin, little endian; then where the last ends |
//! | 33 each | a name, and 1 for one that is added, 0 for one that is removed |

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Action, Generation, Name};
use crate::limits;

const ROW: usize = 33;
const BUCKETS: usize = 1 << limits::AUDIENCE_BITS;

/// A row of a part.
pub type PartRow = (Name, Action);

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part(BTreeMap<Name, Action>);

impl Part {
    /// How long the index at its beginning is.
    pub const INDEX_BYTES: usize = 4 * (BUCKETS + 1);

    /// Takes a row in. Of several rows about one identifier the last one counts.
    pub fn add(&mut self, name: Name, action: Action) {
        self.0.insert(name, action);
    }

    /// How many identifiers it names.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// It names none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut counts = vec![0_u32; BUCKETS];
        let mut rows = Vec::with_capacity(self.0.len() * ROW);
        for (name, action) in &self.0 {
            let bucket = Generation { number: 0, bits: limits::AUDIENCE_BITS }.shard_of(name);
            if let Some(count) = usize::try_from(bucket).ok().and_then(|bucket| counts.get_mut(bucket)) {
                *count += 1;
            }
            rows.extend_from_slice(name);
            rows.push(u8::from(*action == Action::Add));
        }
        let mut bytes = Vec::with_capacity(Self::INDEX_BYTES + rows.len());
        let mut begin = 0_u32;
        for count in counts {
            bytes.extend_from_slice(&begin.to_le_bytes());
            begin += count;
        }
        bytes.extend_from_slice(&begin.to_le_bytes());
        bytes.extend_from_slice(&rows);
        bytes
    }

    /// Where the rows of a shard are, by the index that the part begins with.
    pub fn span(index: &[u8], generation: Generation, shard: u32) -> Option<Range<usize>> {
        let width = BUCKETS >> generation.bits;
        let first = usize::try_from(shard).ok()?.checked_mul(width)?;
        let at = |bucket: usize| {
            let four = index.get(bucket * 4..bucket * 4 + 4)?;
            let row = u32::from_le_bytes(four.try_into().ok()?);
            Some(Self::INDEX_BYTES + usize::try_from(row).ok()? * ROW)
        };
        Some(at(first)?..at(first + width)?)
    }

    /// The rows in a piece of it.
    pub fn rows(piece: &[u8]) -> impl Iterator<Item = PartRow> {
        piece.chunks_exact(ROW).filter_map(|row| {
            let (name, action) = row.split_first_chunk::<32>()?;
            Some((*name, if action == [1] { Action::Add } else { Action::Remove }))
        })
    }
}
