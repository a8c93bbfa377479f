//! Which part of the directory a profile's row is in.

use crate::ids::ProfileId;
use crate::limits;

/// One of the [`limits::DIRECTORY_SHARDS`] parts, by the first hex digit of the profile id. Ids are random, so all are of
/// about the same size; and the order of shards is the order of ids, so that a list by id walks from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard(u8);

impl Shard {
    /// The shard of this profile.
    pub fn of(profile: &ProfileId) -> Self {
        let digit = profile.as_str().chars().next().and_then(|digit| digit.to_digit(16));
        Self(digit.and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default())
    }

    /// All of them, in the order of the ids that they hold.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..limits::DIRECTORY_SHARDS).map(Self)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Shard;
    use crate::ids::ProfileId;

    #[test]
    fn every_id_has_a_shard_and_shards_are_in_the_order_of_ids() {
        let ids: Vec<ProfileId> = (0..=255).map(|byte| ProfileId::from_random([byte; 16])).collect();
        let shards: Vec<Shard> = ids.iter().map(Shard::of).collect();
        assert!(shards.is_sorted());
        assert_eq!(shards.into_iter().collect::<BTreeSet<_>>(), Shard::all().collect());
    }
}
