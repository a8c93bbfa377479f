//! How long a page was really looked at.

use crate::limits::ENGAGED;

/// Adds up the time in which the page was in view and somebody was there.
#[derive(Default)]
pub struct Engagement {
    total: f64,
    last: f64,
    /// Until when the last sign of life counts.
    until: f64,
}

impl Engagement {
    /// Nobody was seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { total: 0.0, last: 0.0, until: 0.0 }
    }

    /// A sign of life (a key, a movement, the page coming into view), or with `alive` false a look at the clock.
    pub fn sign(&mut self, now: f64, alive: bool) {
        // Not by `min` and `max`, which are functions of their own in the module.
        let until = if now < self.until { now } else { self.until };
        self.total += if until > self.last { until - self.last } else { 0.0 };
        self.last = now;
        if alive {
            self.until = now + ENGAGED;
        }
    }

    /// The page went out of view: what comes until the next sign does not count.
    pub fn hidden(&mut self, now: f64) {
        self.sign(now, false);
        self.until = 0.0;
    }

    /// Milliseconds so far; counts anew from here.
    pub fn take(&mut self, now: f64) -> f64 {
        self.sign(now, false);
        core::mem::take(&mut self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::Engagement;

    #[test]
    fn only_time_in_view_with_somebody_there_counts() {
        let mut engagement = Engagement::new();
        engagement.sign(1_000.0, true);
        engagement.sign(6_000.0, true);
        engagement.sign(60_000.0, true);
        engagement.hidden(62_000.0);
        assert_eq!(engagement.take(90_000.0), 5_000.0 + 15_000.0 + 2_000.0);
        assert_eq!(engagement.take(95_000.0), 0.0);
    }
}
