//! Whether events were one after the other.

use std::cell::Cell;

use super::evaluate::Look;
use super::program::Steps;
use crate::time::UnixMillis;

impl Look<'_> {
    /// The steps one after the other. Of the events that could be the step before, the latest is the best: nearest in time, and
    /// with the least in between.
    pub(super) fn sequence(&self, sequence: &Steps) -> bool {
        // When each step was last reached. What is before the first one always was.
        let reached = vec![Cell::new(None); sequence.steps.len() + 1];
        let (Some(beginning), Some(end)) = (reached.first(), reached.last()) else { return false };
        beginning.set(Some(UnixMillis(i64::MIN)));
        let mut waiting: Vec<UnixMillis> = Vec::new();
        let mut done: Option<UnixMillis> = None;
        for one in self.tally(sequence.tracker).newest().iter().rev() {
            let bits = one.bits_or_one();
            if let Some((absent, within)) = sequence.then_not
                && bits & absent != 0
            {
                let had_time = waiting.drain(..).filter(|at| one.at.since(*at) > within);
                done = done.max(had_time.max());
            }
            // The last step first: what it follows is what was reached before this event.
            for (step, pair) in sequence.steps.iter().zip(reached.windows(2)).rev() {
                let [before, here] = pair else { continue };
                if bits & step.is != 0
                    && let Some(at) = before.get()
                    && step.within.is_none_or(|within| one.at.since(at) <= within)
                {
                    here.set(Some(one.at));
                }
                if bits & step.without != 0 {
                    before.set(None);
                }
            }
            // Nothing follows the last step: it was reached by this event, or not.
            match (end.take(), sequence.then_not) {
                (Some(at), None) => done = done.max(Some(at)),
                (Some(at), Some(_)) => waiting.push(at),
                (None, _) => {}
            }
        }
        if let Some((_, within)) = sequence.then_not {
            for at in waiting {
                let over = at.plus(within);
                if over <= self.now {
                    done = done.max(Some(at));
                } else {
                    self.until(over);
                }
            }
        }
        done.is_some_and(|at| match sequence.within {
            None => true,
            Some(within) => {
                self.until(at.plus(within));
                at.plus(within) > self.now
            }
        })
    }
}
