//! Spends portions of a cap.

use super::lessor::{Grant, Report};
use crate::limits;
use crate::time::UnixMillis;

/// What is to be asked of the lessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What was spent of portions that are done with.
    pub reports: Vec<Report>,
    /// Nothing can be given out before the answer is there.
    pub is_urgent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Portion {
    grant: Grant,
    spent: u64,
}

impl Portion {
    fn left(&self, now: UnixMillis) -> u64 {
        if now < self.grant.until { self.grant.portion.saturating_sub(self.spent) } else { 0 }
    }

    fn report(&self) -> Report {
        Report { lease: self.grant.lease, spent: self.spent }
    }
}

/// An isolate's part of one cap. What it holds is lost with the isolate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenant {
    /// The one that is being spent, and the next one.
    portions: Vec<Portion>,
    /// Nothing is left, and it is not worth asking before this.
    nothing_until: Option<UnixMillis>,
    /// Since when an answer is waited for.
    asked_at: Option<UnixMillis>,
    /// Told with what was asked last: told again until an answer comes.
    told: Vec<Report>,
}

impl Tenant {
    /// Whether one more can be given out.
    pub fn has_room(&self, now: UnixMillis) -> bool {
        self.portions.iter().any(|portion| portion.left(now) > 0)
    }

    /// One was given out. The caller has seen that there is room.
    pub fn spend(&mut self, now: UnixMillis) {
        if let Some(portion) = self.portions.iter_mut().find(|portion| portion.left(now) > 0) {
            portion.spent += 1;
        }
    }

    /// What to ask, if it is time to: what is left is less than half of a portion, and no answer is under way.
    pub fn ask(&mut self, now: UnixMillis) -> Option<Ask> {
        let waits = self.asked_at.is_some_and(|at| now.since(at) < limits::RETRY_MAX_MS / 60);
        let knows = self.nothing_until.is_some_and(|until| now < until);
        let left: u64 = self.portions.iter().map(|portion| portion.left(now)).sum();
        let whole = self.portions.iter().map(|portion| portion.grant.portion).max().unwrap_or(0);
        let is_low = left.saturating_mul(2) < whole || left == 0;
        // What is over is to be reported, also where nothing is left to be had.
        let is_done = |portion: &Portion| portion.left(now) == 0;
        let has_news = self.portions.iter().any(is_done);
        if waits || !is_low || (knows && !has_news) {
            return None;
        }
        self.told.extend(self.portions.iter().filter(|portion| is_done(portion)).map(Portion::report));
        self.portions.retain(|portion| !is_done(portion));
        self.asked_at = Some(now);
        Some(Ask { reports: self.told.clone(), is_urgent: left == 0 && !knows })
    }

    /// The lessor's answer. It has heard what was told.
    pub fn answered(&mut self, ask: &Ask, grant: Grant) {
        self.asked_at = None;
        self.told.retain(|report| !ask.reports.contains(report));
        if grant.portion == 0 {
            self.nothing_until = Some(grant.until);
        } else {
            self.nothing_until = None;
            self.portions.push(Portion { grant, spent: 0 });
        }
    }
}
