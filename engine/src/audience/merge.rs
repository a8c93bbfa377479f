//! What an import makes of a shard, and who enters and leaves by it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Action, Name, PartRow, Shard};
use crate::ids::AudienceId;
use crate::limits;

/// What the rows of an import are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// All of the audience: who is not among them is not in it any more.
    Replace,
    /// Who is added, and who is removed.
    Delta,
}

/// An identifier has entered an audience, or left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whose.
    pub name: Name,
    /// It entered.
    pub entered: bool,
}

/// So many identifiers, in so many different sets of audiences, are too much for a shard: there must be more shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard of audiences would be larger than {} bytes", limits::AUDIENCE_SHARD_BYTES)]
pub struct TooLarge;

/// An import.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// Of this audience.
    pub audience: &'a AudienceId,
    /// What its rows are.
    pub mode: Mode,
    /// The audiences that the config names: what others there were is left out.
    pub known: &'a BTreeSet<AudienceId>,
}

impl Import<'_> {
    /// The next generation's shard: `previous` are the shards that had its names, `rows` those of the import in their order.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn merge(
        &self,
        previous: &[Shard],
        belongs: impl Fn(&Name) -> bool,
        rows: impl Iterator<Item = PartRow>,
    ) -> Result<(Shard, Vec<Changed>), TooLarge> {
        let mut members: BTreeMap<Name, BTreeSet<&AudienceId>> = BTreeMap::new();
        let mut before = BTreeSet::new();
        for (name, audiences) in previous.iter().flat_map(Shard::iter).filter(|(name, _)| belongs(name)) {
            let mut stays = BTreeSet::new();
            for audience in audiences.filter_map(|one| self.known.get(one)) {
                if audience == self.audience {
                    before.insert(name);
                    if self.mode == Mode::Replace {
                        continue;
                    }
                }
                stays.insert(audience);
            }
            members.insert(name, stays);
        }
        for (name, action) in rows {
            let of = members.entry(name).or_default();
            match action {
                Action::Add => of.insert(self.audience),
                Action::Remove => of.remove(self.audience),
            };
        }
        let after = |name: &Name| members.get(name).is_some_and(|of| of.contains(self.audience));
        let left =
            before.iter().filter(|name| !after(name)).map(|name| Changed { name: *name, entered: false });
        let now_in = members.iter().filter(|(_, of)| of.contains(self.audience)).map(|(name, _)| *name);
        let entered =
            now_in.filter(|name| !before.contains(name)).map(|name| Changed { name, entered: true });
        let changed = left.chain(entered).collect();
        members.retain(|_, of| !of.is_empty());
        let shard = Shard::of(&members).ok_or(TooLarge)?;
        if shard.to_bytes().len() > limits::AUDIENCE_SHARD_BYTES {
            return Err(TooLarge);
        }
        Ok((shard, changed))
    }
}
