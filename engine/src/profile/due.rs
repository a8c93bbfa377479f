//! When each segment can change with time alone.
//!
//! It is told by what the state says, so it is not stored: an event moves the times of all segments that speak of it, and each
//! would be a row to write. Whoever has read a state looks at all segments once.

use std::collections::BTreeSet;

use super::ProfileState;
use crate::config::Config;
use crate::segment::Look;
use crate::time::UnixMillis;

/// By segment, by its place in the config.
#[derive(Debug, Clone, Default)]
pub(super) struct Due {
    of: Vec<Option<UnixMillis>>,
    in_order: BTreeSet<(UnixMillis, usize)>,
}

impl Due {
    /// Of a state whose segments were looked at then.
    pub(super) fn of(state: &ProfileState, config: &Config, looked: UnixMillis) -> Self {
        let program = config.program();
        let look = Look::at(state, config, looked);
        let mut due = Self::default();
        for place in (0..program.len()).filter(|place| program.is_of_state(*place)) {
            due.set(place, look.again(place, &state.segments).1);
        }
        due
    }

    pub(super) fn set(&mut self, place: usize, at: Option<UnixMillis>) {
        if self.of.len() <= place {
            self.of.resize(place + 1, None);
        }
        let Some(known) = self.of.get_mut(place) else { return };
        if *known == at {
            return;
        }
        if let Some(before) = std::mem::replace(known, at) {
            self.in_order.remove(&(before, place));
        }
        self.in_order.extend(at.map(|at| (at, place)));
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<UnixMillis> {
        self.in_order.first().map(|(at, _)| *at)
    }

    /// What is due by then.
    pub(super) fn by(&self, at: UnixMillis) -> BTreeSet<usize> {
        self.in_order.range(..=(at, usize::MAX)).map(|(_, place)| *place).collect()
    }
}
