//! One action of the visitor, captured in several ways, is one event.
//!
//! A shop may mark its button *and* push to the `dataLayer` when it is clicked. The same way of capture twice is two
//! actions (two clicks on “add”); two ways at about the same time are one.

use crate::limits::{ACTIONS, SAME_ACTION};

#[derive(Clone, Copy)]
struct Action {
    /// A hash of what happened, to what.
    what: u32,
    /// The ways of capture that saw it, one bit each.
    ways: u32,
    at: f64,
}

/// The last actions.
pub struct Actions {
    last: [Action; ACTIONS],
    next: usize,
}

impl Default for Actions {
    fn default() -> Self {
        Self::new()
    }
}

impl Actions {
    /// No action was seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: [Action { what: 0, ways: 0, at: 0.0 }; ACTIONS], next: 0 }
    }

    /// Notes that this way of capture (0 to 31) saw an action. True when another way has seen it before this one did. `old`: this
    /// way learns now of what may have been at any time before, so that another way may have seen it then.
    pub fn seen(&mut self, now: f64, what: u32, way: u32, old: bool) -> bool {
        let bit = 1 << (way & 31);
        let before = self.last.iter_mut().find(|action| {
            action.what == what
                && action.ways & bit == 0
                && action.ways != 0
                && (old || now - action.at < SAME_ACTION)
        });
        if let Some(action) = before {
            action.ways |= bit;
            return true;
        }
        if let Some(action) = self.last.get_mut(self.next) {
            *action = Action { what, ways: bit, at: now };
        }
        self.next = (self.next + 1) % ACTIONS;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Actions;

    #[test]
    fn two_ways_are_one_action_and_two_times_are_two() {
        let mut actions = Actions::new();
        assert!(!actions.seen(1e12, 7, 0, false));
        assert!(actions.seen(1e12 + 5.0, 7, 1, false));
        assert!(!actions.seen(1e12 + 600.0, 7, 0, false), "a second click");
        assert!(actions.seen(1e12 + 605.0, 7, 1, false), "and its push");
        assert!(!actions.seen(1e12 + 610.0, 7, 1, false), "a push without a click");
        assert!(!actions.seen(1e12 + 611.0, 8, 2, false), "something else");
    }

    #[test]
    fn what_comes_late_is_an_action_of_its_own() {
        let mut actions = Actions::new();
        assert!(!actions.seen(1e12, 7, 0, false));
        assert!(!actions.seen(1e12 + 1_500.0, 7, 1, false));
    }

    #[test]
    fn what_is_learned_late_is_the_action_that_was_seen() {
        let mut actions = Actions::new();
        assert!(!actions.seen(1e12, 7, 0, false));
        assert!(actions.seen(1e12 + 30_000.0, 7, 1, true));
        assert!(!actions.seen(1e12 + 30_001.0, 7, 1, true), "it was done twice");
        assert!(actions.seen(1e12 + 30_002.0, 7, 0, false), "which the first way sees, too");
    }
}
