//! `--rate`: an even flow of events.

use std::time::{Duration, Instant};

/// Spreads events evenly from the first one on. After a pause of the edge it does not catch up in a burst.
pub(crate) struct Pace {
    per_second: Option<u64>,
    next: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: Option<u64>) -> Self {
        Self { per_second, next: None }
    }

    /// How long to wait before `events` more may go out at `now`; the caller then counts them as gone.
    pub(crate) fn wait(&mut self, events: u64, now: Instant) -> Duration {
        let Some(per_second) = self.per_second else { return Duration::ZERO };
        let slot = self.next.map_or(now, |next| next.max(now));
        self.next = Some(slot + Duration::from_secs_f64(events as f64 / per_second as f64));
        slot - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_rate_nothing_waits() {
        assert_eq!(Pace::new(None).wait(1_000_000, Instant::now()), Duration::ZERO);
    }

    #[test]
    fn batches_leave_at_the_asked_rate() {
        let (mut pace, now) = (Pace::new(Some(100)), Instant::now());
        assert_eq!(pace.wait(50, now), Duration::ZERO);
        assert_eq!(pace.wait(50, now), Duration::from_millis(500));
        assert_eq!(pace.wait(50, now + Duration::from_millis(600)), Duration::from_millis(400));
    }

    #[test]
    fn a_pause_is_not_made_up_by_a_burst() {
        let (mut pace, now) = (Pace::new(Some(100)), Instant::now());
        pace.wait(100, now);
        let later = now + Duration::from_secs(60);
        assert_eq!(pace.wait(100, later), Duration::ZERO);
        assert_eq!(pace.wait(100, later), Duration::from_secs(1));
    }
}
