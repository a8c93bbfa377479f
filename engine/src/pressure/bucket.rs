//! One sender's events against its [`Allowance`]: the generic cell rate algorithm, a token bucket that is one number.

use super::Allowance;
use crate::time::UnixMillis;

/// In nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// What one sender has taken.
///
/// A request passes when any room is left, and takes room for all that it brings: so the largest batch waits no longer than
/// the smallest one, whoever sends beside it, and what it took too much is waited for after it. In a time `t` no more
/// passes than `burst + per_second × t` and one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    /// When all that has passed is earned again, in nanoseconds.
    earned_at: i64,
}

impl Bucket {
    /// How many seconds the next request has to wait, rounded up; 0 if it may pass.
    pub fn wait(&self, allowance: Allowance, now: UnixMillis) -> u32 {
        let owed = self.earned_at.saturating_sub(nanos(now)).max(0);
        let room = takes(allowance, allowance.burst.into());
        if owed < room {
            return 0;
        }
        u32::try_from((owed - room) / SECOND + 1).unwrap_or(u32::MAX)
    }

    /// A request passes.
    pub fn take(&mut self, allowance: Allowance, events: usize, now: UnixMillis) {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        self.earned_at = self.earned_at.max(nanos(now)).saturating_add(takes(allowance, events));
    }
}

fn nanos(at: UnixMillis) -> i64 {
    at.0.saturating_mul(1_000_000)
}

/// How long so many events take to be earned. Rounded up: never more than the rate.
fn takes(allowance: Allowance, events: u64) -> i64 {
    let takes = events.saturating_mul(SECOND.unsigned_abs()).div_ceil(u64::from(allowance.per_second.max(1)));
    i64::try_from(takes).unwrap_or(i64::MAX)
}
