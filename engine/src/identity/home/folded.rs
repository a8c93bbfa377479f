//! The fold of a log, and the rows in which a store keeps it.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::super::fact::Order;
use crate::ids::SegmentId;
use crate::limits;
use crate::profile::{ProfileState, Rows, Seen};
use crate::segment::{ConditionKey, Membership, Tally};

/// The fold of the log and the newest event in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Folded {
    /// The fold.
    pub state: ProfileState,
    /// The newest event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Order>,
    /// The store keeps the state's sightings in rows of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// So does it with what event conditions have counted,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tallies_apart: bool,
    /// and with the segments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub segments_apart: bool,
}

/// A part of the state that stands in rows of its own once there is much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoldedPart {
    /// When each identifier was on events.
    Seen,
    /// What each event condition has counted.
    Tally,
    /// Which segments the profile is in.
    Segment,
}

/// What a store does to keep a fold.
#[derive(Debug)]
pub enum FoldedRow<'a> {
    /// This is the row of what does not stand apart.
    Rest(&'a Folded),
    /// A row of [`FoldedPart::Seen`].
    Seen(&'a str, &'a Seen),
    /// A row of [`FoldedPart::Tally`].
    Tally(&'a ConditionKey, &'a Tally),
    /// A row of [`FoldedPart::Segment`].
    Segment(&'a SegmentId, &'a Membership),
    /// This row is no more.
    Gone(FoldedPart, &'a str),
    /// No row of this part is any more.
    Cleared(FoldedPart),
}

impl Folded {
    /// Tells the rows to be written, after which all of it is stored: of what stands apart those that have changed.
    ///
    /// # Errors
    /// What `write` says.
    pub fn store<E>(&mut self, write: &mut dyn FnMut(FoldedRow<'_>) -> Result<(), E>) -> Result<(), E> {
        let Self { state, apart, tallies_apart, segments_apart, .. } = self;
        write_apart(&state.seen, apart, limits::SIGHTINGS_IN_STATE, write)?;
        write_apart(&state.tallies, tallies_apart, limits::TALLIES_IN_STATE, write)?;
        write_apart(&state.segments, segments_apart, limits::SEGMENTS_IN_STATE, write)?;
        let seen = self.apart.then(|| self.state.seen.take());
        let tallies = self.tallies_apart.then(|| self.state.tallies.take());
        let segments = self.segments_apart.then(|| self.state.segments.take());
        let written = write(FoldedRow::Rest(self));
        let state = &mut self.state;
        back(&mut state.seen, seen);
        back(&mut state.tallies, tallies);
        back(&mut state.segments, segments);
        written
    }

    /// The same again, from its row and those that stood apart.
    pub fn restore(
        &mut self,
        seen: BTreeMap<String, Seen>,
        tallies: BTreeMap<ConditionKey, Tally>,
        segments: BTreeMap<SegmentId, Membership>,
    ) {
        let state = &mut self.state;
        again(&mut state.seen, self.apart, seen);
        again(&mut state.tallies, self.tallies_apart, tallies);
        again(&mut state.segments, self.segments_apart, segments);
    }
}

/// A row of a part that stands apart.
trait Apart: Sized {
    type Key: Ord + Clone + Display;
    const PART: FoldedPart;
    fn row<'a>(key: &'a Self::Key, value: &'a Self) -> FoldedRow<'a>;
}

impl Apart for Seen {
    type Key = String;
    const PART: FoldedPart = FoldedPart::Seen;
    fn row<'a>(key: &'a String, value: &'a Self) -> FoldedRow<'a> {
        FoldedRow::Seen(key, value)
    }
}

impl Apart for Tally {
    type Key = ConditionKey;
    const PART: FoldedPart = FoldedPart::Tally;
    fn row<'a>(key: &'a ConditionKey, value: &'a Self) -> FoldedRow<'a> {
        FoldedRow::Tally(key, value)
    }
}

impl Apart for Membership {
    type Key = SegmentId;
    const PART: FoldedPart = FoldedPart::Segment;
    fn row<'a>(key: &'a SegmentId, value: &'a Self) -> FoldedRow<'a> {
        FoldedRow::Segment(key, value)
    }
}

/// Writes what stands apart now, if it is more than a few.
fn write_apart<V: Apart, E>(
    rows: &Rows<V, V::Key>,
    apart: &mut bool,
    few: usize,
    write: &mut dyn FnMut(FoldedRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (before, many) = (*apart, rows.len() > few);
    *apart = many;
    if let Some(changes) = rows.changes().filter(|_| before && many) {
        for (key, value) in changes {
            match value {
                Some(value) => write(V::row(key, value))?,
                None => write(FoldedRow::Gone(V::PART, &key.to_string()))?,
            }
        }
        return Ok(());
    }
    if before {
        write(FoldedRow::Cleared(V::PART))?;
    }
    rows.iter().filter(|_| many).try_for_each(|(key, value)| write(V::row(key, value)))
}

fn back<V, K: Ord + Clone>(rows: &mut Rows<V, K>, taken: Option<Rows<V, K>>) {
    if let Some(taken) = taken {
        *rows = taken;
    }
    rows.stored();
}

fn again<V, K: Ord + Clone>(rows: &mut Rows<V, K>, apart: bool, stored: BTreeMap<K, V>) {
    if apart { rows.restore(stored) } else { rows.stored() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Folded, FoldedPart, FoldedRow};
    use crate::ids::SegmentId;
    use crate::limits;
    use crate::segment::Membership;
    use crate::time::UnixMillis;

    /// A store of rows, as the Worker's table is.
    #[derive(Default)]
    struct Table {
        rest: String,
        segments: BTreeMap<SegmentId, String>,
        written: usize,
    }

    impl Table {
        fn store(&mut self, folded: &mut Folded) {
            self.written = 0;
            let stored: Result<(), serde_json::Error> = folded.store(&mut |row| {
                self.written += 1;
                match row {
                    FoldedRow::Rest(folded) => self.rest = serde_json::to_string(folded)?,
                    FoldedRow::Segment(id, membership) => {
                        self.segments.insert(id.clone(), serde_json::to_string(membership)?);
                    }
                    FoldedRow::Gone(FoldedPart::Segment, id) => {
                        drop(self.segments.remove(&SegmentId::from(id)))
                    }
                    FoldedRow::Cleared(FoldedPart::Segment) => self.segments.clear(),
                    other => unreachable!("{other:?}"),
                }
                Ok(())
            });
            stored.unwrap();
        }

        fn load(&self) -> Folded {
            let mut folded: Folded = serde_json::from_str(&self.rest).unwrap();
            let read = |(id, text): (&SegmentId, &String)| (id.clone(), serde_json::from_str(text).unwrap());
            folded.restore(BTreeMap::new(), BTreeMap::new(), self.segments.iter().map(read).collect());
            folded
        }
    }

    fn id(n: usize) -> SegmentId {
        SegmentId(format!("s{n}"))
    }

    fn enter(folded: &mut Folded, n: usize) {
        let membership = Membership { since: UnixMillis(1), cause: None, how: crate::segment::How::Time };
        folded.state.segments.put(id(n), membership);
    }

    #[test]
    fn what_is_much_stands_in_rows_of_its_own_of_which_those_that_changed_are_written() {
        let (mut table, mut folded) = (Table::default(), Folded::default());
        let few = limits::SEGMENTS_IN_STATE;
        (0..few).for_each(|n| enter(&mut folded, n));
        table.store(&mut folded);
        assert_eq!((table.written, table.segments.len()), (1, 0), "few stand in the one row");
        assert_eq!(table.load(), folded);
        enter(&mut folded, few);
        table.store(&mut folded);
        assert_eq!((table.written, table.segments.len()), (few + 2, few + 1), "more are apart");
        assert_eq!(table.load(), folded);
        let mut folded = table.load();
        enter(&mut folded, few + 1);
        folded.state.segments.remove(&id(3));
        table.store(&mut folded);
        assert_eq!((table.written, table.segments.len()), (3, few + 1), "one is written, and one taken out");
        assert_eq!(table.load(), folded);
        folded.state.segments.remove(&id(4));
        table.store(&mut folded);
        assert_eq!(table.segments.len(), 0, "few again");
        assert_eq!(table.load(), folded);
    }
}
