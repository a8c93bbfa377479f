//! What the directory hears about profiles, and what it makes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Row, Shard, Standing};
use crate::archive::Line;
use crate::ids::ProfileId;
use crate::limits;
use crate::time::UnixMillis;

/// What was heard about one profile: its newest row, its latest event, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// About whom.
    pub profile: ProfileId,
    /// What it said itself.
    pub row: Option<Row>,
    /// When it had an event.
    pub seen: Option<UnixMillis>,
}

impl From<Row> for Heard {
    fn from(row: Row) -> Self {
        Self { profile: row.profile.clone(), row: Some(row), seen: None }
    }
}

impl From<&Line> for Heard {
    fn from(line: &Line) -> Self {
        Self { profile: line.profile_id.clone(), row: None, seen: Some(line.timestamp) }
    }
}

impl Heard {
    /// What a line of the archive says, of whatever version: that its profile had an event. `None` for one that names no
    /// profile.
    pub fn of_line(line: &Value) -> Option<Self> {
        let text = |field: &str| line.get(field).and_then(Value::as_str);
        let profile = ProfileId::parse(text("profileId")?)?;
        let seen = Some(UnixMillis::parse(text("timestamp")?)?);
        Some(Self { profile, row: None, seen })
    }

    fn join(&mut self, other: Self) {
        let age = |row: &Row| (row.revision, row.events);
        if other.row.as_ref().map(age) > self.row.as_ref().map(age) {
            self.row = other.row;
        }
        self.seen = self.seen.max(other.seen);
    }
}

/// One [`Heard`] a profile, in the order of ids.
pub fn gather(heard: impl IntoIterator<Item = Heard>) -> Vec<Heard> {
    let mut gathered: BTreeMap<ProfileId, Heard> = BTreeMap::new();
    for one in heard {
        match gathered.get_mut(&one.profile) {
            Some(known) => known.join(one),
            None => {
                gathered.insert(one.profile.clone(), one);
            }
        }
    }
    gathered.into_values().collect()
}

/// What each shard is to hear.
pub fn by_shard(heard: Vec<Heard>) -> BTreeMap<Shard, Vec<Heard>> {
    let mut shards: BTreeMap<Shard, Vec<Heard>> = BTreeMap::new();
    for one in heard {
        shards.entry(Shard::of(&one.profile)).or_default().push(one);
    }
    shards
}

/// What changes in a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The profile has this row now, with these refusals.
    Replace(Box<Row>),
    /// Only `last_seen` moves.
    Seen(UnixMillis),
}

/// What `heard` changes about the row that is stored (whose refusals may be left out); `None` if it is nothing new.
pub fn change(stored: Option<&Row>, heard: &Heard) -> Option<Change> {
    let age = |row: &Row| (row.revision, row.events);
    let live = |row: &&Row| row.home == Standing::Live;
    let known = stored.filter(live).and_then(|row| row.last_seen);
    match &heard.row {
        // Of the same revision, the row with more events was made later: told by the profile when it was asked.
        Some(row) if stored.map(age) < Some(age(row)) => {
            let mut row = row.clone();
            if row.home == Standing::Live {
                row.last_seen = row.last_seen.max(known).max(heard.seen);
            }
            Some(Change::Replace(Box::new(row)))
        }
        _ => {
            let seen = heard.seen?;
            let Some(stored) = stored else {
                let row = Row::empty(heard.profile.clone(), 0, Standing::Live);
                return Some(Change::Replace(Box::new(Row { last_seen: Some(seen), ..row })));
            };
            // Late events of a profile that has moved or was erased are not its own any more.
            let moved = stored.home == Standing::Live
                && known.is_none_or(|known| seen.since(known) > limits::LAST_SEEN_STEP_MS);
            moved.then_some(Change::Seen(seen))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{Change, Heard, by_shard, change, gather};
    use crate::directory::{Row, Standing};
    use crate::ids::{ProfileId, SegmentId};
    use crate::limits;
    use crate::time::UnixMillis;

    const HOUR: i64 = limits::LAST_SEEN_STEP_MS;

    fn me() -> ProfileId {
        ProfileId::from_random([7; 16])
    }

    fn row(revision: u64, last_seen: i64) -> Row {
        let segments = vec![SegmentId(format!("s{revision}"))];
        Row {
            last_seen: Some(UnixMillis(last_seen)),
            segments,
            events: revision,
            ..Row::empty(me(), revision, Standing::Live)
        }
    }

    fn seen(at: i64) -> Heard {
        Heard { profile: me(), row: None, seen: Some(UnixMillis(at)) }
    }

    fn apply(stored: Option<Row>, heard: &Heard) -> Option<Row> {
        match change(stored.as_ref(), heard) {
            None => stored,
            Some(Change::Replace(row)) => Some(*row),
            Some(Change::Seen(at)) => stored.map(|row| Row { last_seen: Some(at), ..row }),
        }
    }

    #[test]
    fn an_older_row_never_overwrites_a_newer_one() {
        let newer = apply(None, &row(2, 5).into());
        assert_eq!(change(newer.as_ref(), &row(1, 9).into()), None);
        assert_eq!(change(newer.as_ref(), &row(2, 5).into()), None);
        assert!(change(newer.as_ref(), &row(3, 5).into()).is_some());
    }

    #[test]
    fn steady_events_change_nothing_within_the_hour() {
        let stored = apply(None, &row(1, 0).into());
        assert_eq!(change(stored.as_ref(), &seen(HOUR)), None);
        assert_eq!(change(stored.as_ref(), &seen(HOUR + 1)), Some(Change::Seen(UnixMillis(HOUR + 1))));
        assert_eq!(change(stored.as_ref(), &seen(-HOUR)), None);
    }

    #[test]
    fn an_event_alone_makes_its_profile_known() {
        let stored = apply(None, &seen(5)).unwrap();
        assert_eq!((stored.revision, stored.last_seen), (0, Some(UnixMillis(5))));
        assert!(change(Some(&stored), &row(1, 5).into()).is_some());
    }

    #[test]
    fn late_events_do_not_bring_back_who_has_moved_or_was_erased() {
        for standing in [Standing::Forwarding { to: ProfileId::from_random([1; 16]) }, Standing::Erased] {
            let gone = apply(Some(row(1, 0)), &Row::empty(me(), 2, standing).into());
            assert_eq!(gone.as_ref().unwrap().last_seen, None);
            assert_eq!(change(gone.as_ref(), &seen(10 * HOUR)), None);
        }
    }

    #[test]
    fn a_line_of_the_archive_says_who_was_seen_when() {
        let line = json!({ "messageId": "m", "profileId": me(), "timestamp": "1970-01-01T00:00:00.005Z" });
        assert_eq!(Heard::of_line(&line), Some(seen(5)));
        assert_eq!(Heard::of_line(&json!({ "messageId": "m" })), None);
    }

    #[test]
    fn what_is_gathered_is_one_a_profile() {
        let other =
            Heard { profile: ProfileId::from_random([0xff; 16]), row: None, seen: Some(UnixMillis(1)) };
        let heard = gather([row(2, 3).into(), seen(9), other.clone(), row(1, 4).into(), seen(2)]);
        assert_eq!(heard, [Heard { row: Some(row(2, 3)), ..seen(9) }, other]);
        assert_eq!(by_shard(heard).len(), 2);
    }

    fn any_heard() -> impl Strategy<Value = Heard> {
        let at = 0..10 * HOUR;
        prop_oneof![
            at.clone().prop_map(seen),
            (1..6u64, at).prop_map(|(revision, _)| {
                let gone = Row::empty(me(), revision, Standing::Erased);
                if revision == 5 { gone } else { row(revision, i64::try_from(revision).unwrap() * HOUR) }
                    .into()
            }),
        ]
    }

    proptest! {
        /// Twice, late, in any order, one by one or gathered: the same row, `last_seen` within its step.
        #[test]
        fn neither_order_nor_repetition_matters(
            (told, shuffled) in prop::collection::vec(any_heard(), 1..20)
                .prop_flat_map(|told| (Just(told.clone()), Just([told.clone(), told].concat()).prop_shuffle())),
        ) {
            let one = told.iter().fold(None, apply).unwrap();
            let two = shuffled.iter().fold(None, apply).unwrap();
            let three = gather(told).iter().fold(None, apply).unwrap();
            for other in [two, three] {
                let apart = |a: Option<UnixMillis>, b: Option<UnixMillis>| Some(a?.since(b?).abs());
                prop_assert!(apart(one.last_seen, other.last_seen).unwrap_or(0) <= HOUR);
                prop_assert_eq!(&Row { last_seen: one.last_seen, ..other }, &one);
            }
        }
    }
}
