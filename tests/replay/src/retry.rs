//! Sending one batch until its fate is known.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender as Notes;

use crate::batch::Batch;
use crate::pipeline::Note;
use crate::report::Failure;
use crate::send::{Reply, Sender};

/// Long enough to leave a struggling edge alone, short enough to notice soon that it is back.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// How long to wait between attempts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Before the second attempt; doubles from there up to [`LONGEST_BACKOFF`].
    pub(crate) base: Duration,
    /// From the first attempt to giving up.
    pub(crate) max_wait: Duration,
}

impl Policy {
    /// The pause after failed attempt number `attempt` (from 0), or `None` to give up.
    ///
    /// `jitter` in 0..1 spreads the threads, which all lost the edge in the same moment. A Retry-After is a lower bound; one
    /// beyond the time that is left ends the batch at once, because knocking earlier was forbidden.
    fn pause(
        &self,
        attempt: u32,
        retry_after: Option<Duration>,
        elapsed: Duration,
        jitter: f64,
    ) -> Option<Duration> {
        let left = self.max_wait.checked_sub(elapsed).filter(|left| !left.is_zero())?;
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_BACKOFF);
        let backoff = doubled.mul_f64(0.5 + jitter / 2.0);
        match retry_after {
            Some(asked) if asked > left => None,
            Some(asked) => Some(asked.mul_f64(1.0 + jitter / 10.0).max(backoff).min(left)),
            None => Some(backoff.min(left)),
        }
    }
}

/// Sends a batch, again and again while that can help. Says how it ended as one note.
pub(crate) fn deliver(sender: &Sender, policy: Policy, batch: &Batch, notes: &Notes<Note>) -> Note {
    let failed = |code: String, message: String| {
        Note::Failed(Failure { at: batch.range(), events: batch.events, code, message })
    };
    let body = match sender.encode(batch) {
        Ok(body) => body,
        Err(error) => return failed("not_compressed".to_owned(), error.to_string()),
    };
    let started = Instant::now();
    let mut attempt = 0;
    loop {
        match sender.post(&body, batch.events) {
            Reply::Taken(answer) => return Note::Answered(answer),
            Reply::Final { code, message } => return failed(code, message),
            Reply::Again { reason, retry_after } => {
                let Some(pause) = policy.pause(attempt, retry_after, started.elapsed(), fastrand::f64())
                else {
                    return failed("gave_up".to_owned(), format!("{reason} ({} attempts)", attempt + 1));
                };
                let _ = notes.send(Note::Retrying { reason });
                thread::sleep(pause);
                attempt += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy { base: Duration::from_millis(500), max_wait: Duration::from_secs(300) };

    fn millis(attempt: u32, retry_after: Option<u64>, elapsed: u64, jitter: f64) -> Option<u128> {
        let asked = retry_after.map(Duration::from_secs);
        POLICY.pause(attempt, asked, Duration::from_secs(elapsed), jitter).map(|pause| pause.as_millis())
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let pauses: Vec<_> = (0..7).filter_map(|attempt| millis(attempt, None, 0, 1.0)).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(millis(u32::MAX, None, 0, 1.0), Some(10_000));
    }

    #[test]
    fn jitter_takes_away_up_to_half() {
        assert_eq!(millis(2, None, 0, 0.0), Some(1_000));
        assert_eq!(millis(2, None, 0, 0.5), Some(1_500));
    }

    #[test]
    fn retry_after_is_never_undercut() {
        assert_eq!(millis(0, Some(20), 0, 0.0), Some(20_000));
        assert_eq!(millis(0, Some(20), 0, 1.0), Some(22_000));
        assert_eq!(millis(5, Some(1), 0, 1.0), Some(10_000));
    }

    #[test]
    fn the_last_attempt_is_made_when_the_time_is_up() {
        assert_eq!(millis(9, None, 298, 1.0), Some(2_000));
        assert_eq!(millis(9, None, 300, 1.0), None);
        assert_eq!(millis(9, None, 999, 1.0), None);
        assert_eq!(millis(9, Some(10), 298, 1.0), None);
    }
}
