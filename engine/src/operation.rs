//! How the edge fares, counted for people: what became of what came in. Counts leave an isolate a moment after they are made,
//! and go with it if it dies before that; nothing is decided by them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::SourceId;
use crate::limits;
use crate::outcome::Outcome;
use crate::time::UnixMillis;

/// The version of a stored [`Counted`].
pub const COUNTED_VERSION: u8 = 1;

const HOUR_MS: i64 = 3_600_000;

/// How often something came in, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counted {
    /// So many events; of what failed as a whole, so many requests.
    pub count: u64,
    /// The last one.
    pub last: UnixMillis,
}

impl Counted {
    /// Both.
    pub fn plus(self, other: Self) -> Self {
        Self { count: self.count.saturating_add(other.count), last: self.last.max(other.last) }
    }
}

/// What became of what came in, by source and code: `accepted`, `duplicate`, the reason of a rejected event, the sign of a bot, or the code of a
/// request that failed as a whole. A request that names no source which is known is under the empty one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Intake(BTreeMap<SourceId, BTreeMap<String, Counted>>);

impl Intake {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An event came to its end.
    pub fn event(&mut self, source: &SourceId, outcome: &Outcome, now: UnixMillis) {
        self.put(source.clone(), outcome.code(), Counted { count: 1, last: now });
    }

    /// A request failed as a whole, before its source was known.
    pub fn request(&mut self, code: &str, now: UnixMillis) {
        self.put(SourceId::default(), code, Counted { count: 1, last: now });
    }

    fn put(&mut self, source: SourceId, code: &str, more: Counted) {
        let codes = self.0.entry(source).or_default();
        let known = codes.get(code).copied().unwrap_or_default();
        codes.insert(code.to_owned(), known.plus(more));
    }

    /// Takes in what another has.
    pub fn absorb(&mut self, other: Self) {
        for (source, codes) in other.0 {
            for (code, counted) in codes {
                self.put(source.clone(), &code, counted);
            }
        }
    }

    /// Source, code, and how often.
    pub fn each(&self) -> impl Iterator<Item = (&SourceId, &str, Counted)> {
        let codes = |(source, codes)| {
            let codes: &BTreeMap<String, Counted> = codes;
            codes.iter().map(move |(code, counted)| (source, code.as_str(), *counted))
        };
        self.0.iter().flat_map(codes)
    }
}

/// The hour that an instant is in.
pub fn hour_of(at: UnixMillis) -> UnixMillis {
    UnixMillis(at.0 - at.0.rem_euclid(HOUR_MS))
}

/// What is older than this is not kept.
pub fn kept_since(now: UnixMillis) -> UnixMillis {
    hour_of(UnixMillis(now.0 - limits::INTAKE_HOURS * HOUR_MS))
}

/// The beginning of the last so many hours.
pub fn since(hours: i64, now: UnixMillis) -> UnixMillis {
    hour_of(UnixMillis(now.0 - hours.clamp(1, limits::INTAKE_HOURS) * HOUR_MS))
}

#[cfg(test)]
mod tests {
    use super::{Intake, hour_of, since};
    use crate::ids::SourceId;
    use crate::outcome::{Outcome, Reason};
    use crate::time::UnixMillis;

    #[test]
    fn counts_add_up_whoever_counted() {
        let (mut one, mut other) = (Intake::default(), Intake::default());
        let shop = SourceId::from("shop");
        one.event(&shop, &Outcome::Accepted, UnixMillis(5));
        other.event(&shop, &Outcome::Accepted, UnixMillis(3));
        other.event(&shop, &Outcome::Rejected(Reason::UnknownType), UnixMillis(4));
        other.request("invalid_write_key", UnixMillis(9));
        one.absorb(other);
        let all: Vec<_> =
            one.each().map(|(source, code, n)| (source.as_str(), code, n.count, n.last.0)).collect();
        assert_eq!(
            all,
            [("", "invalid_write_key", 1, 9), ("shop", "accepted", 2, 5), ("shop", "unknown_type", 1, 4)]
        );
    }

    #[test]
    fn hours_begin_where_they_begin() {
        assert_eq!(hour_of(UnixMillis(3_600_000 + 5)), UnixMillis(3_600_000));
        assert_eq!(hour_of(UnixMillis(-1)), UnixMillis(-3_600_000));
        let now = UnixMillis(100 * 3_600_000 + 7);
        assert_eq!((since(24, now), since(0, now)), (UnixMillis(76 * 3_600_000), UnixMillis(99 * 3_600_000)));
    }
}
