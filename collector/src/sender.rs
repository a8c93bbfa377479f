//! When the next request goes out.

use crate::consent::Status;
use crate::limits::{GATHER, UNANSWERED};
use crate::queue::Queue;
use crate::retry::{self, Fate};

/// The state of sending.
#[derive(Default)]
pub struct Sender {
    /// A request is on its way: there is one at a time, but for the last of a page that is left.
    busy: bool,
    /// The next request is needed for its decisions alone.
    wanted: bool,
    /// This page has sent something: only the first request goes out at once.
    begun: bool,
    /// Failures in a row, and to how many of them the edge has said nothing.
    failures: u32,
    unanswered: u32,
    /// After a failure: when to try again.
    retry_at: f64,
}

impl Sender {
    /// Nothing was sent yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { busy: false, wanted: false, begun: false, failures: 0, unanswered: 0, retry_at: 0.0 }
    }

    /// The next request is to be sent even without events.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// Milliseconds until the next request; nothing when there is no reason for one. `shows`: there are placements on the
    /// page, whose decisions any event may change.
    #[must_use]
    pub fn due(&self, now: f64, queue: &Queue, shows: bool, consent: Status) -> Option<f64> {
        let since = queue.since();
        let asks = self.wanted && shows && consent == Status::Granted;
        if consent == Status::Held || self.busy || self.unanswered >= UNANSWERED || !(asks || since.is_some())
        {
            return None;
        }
        let at = if self.failures > 0 {
            self.retry_at
        } else if asks || shows || !self.begun || queue.is_full() {
            now
        } else {
            since? + GATHER
        };
        Some(if at > now { at - now } else { 0.0 })
    }

    /// A request is made now; false when it can't or need not be. `leaves`: the page is left or hidden, so whatever
    /// waits goes out and nothing is asked for, because nobody would see the answer.
    pub fn begin(&mut self, queue: &mut Queue, leaves: bool, shows: bool, consent: Status) -> bool {
        let asks = self.wanted && shows && !leaves && consent == Status::Granted;
        if consent == Status::Held || (self.busy && !leaves) || !(asks || queue.since().is_some()) {
            return false;
        }
        queue.fill();
        self.begun = true;
        if !leaves {
            self.busy = true;
            self.wanted = false;
        }
        true
    }

    /// A request has ended; see [`retry::fate`]. `asked`: it was not the last of a page that is left.
    pub fn ended(
        &mut self,
        now: f64,
        status: u32,
        own: bool,
        retry_after: f64,
        random: f64,
        asked: bool,
    ) -> Fate {
        let fate = retry::fate(status, own);
        if asked {
            self.busy = false;
        }
        if fate == Fate::Settled {
            self.woken();
        } else {
            self.wanted |= asked;
            self.retry_at = now + retry::delay(self.failures, retry_after, random);
            self.failures += 1;
            self.unanswered = if own || status >= 500 { 0 } else { self.unanswered + 1 };
        }
        fate
    }

    /// The network is back, or somebody looks at the page again: no need to wait for the next try.
    pub fn woken(&mut self) {
        self.failures = 0;
        self.unanswered = 0;
    }
}
