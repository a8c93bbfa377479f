//! What an answer means, and when to try again.

use crate::limits::{RETRY_AFTER_LONGEST, RETRY_FIRST, RETRY_LONGEST};

/// What becomes of the events of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// The edge has them, or will never take them, however often they are sent.
    Settled,
    /// They are sent again later.
    Kept,
    /// Something between here and the edge does not let them through: they are sent again later, in smaller requests.
    Refused,
}

/// The fate of what was sent, by the answer's HTTP status, 0 if there was none, and whether it was the edge that answered. A firewall, a
/// proxy, the page that a hotel shows first: none of them speaks for the edge.
#[must_use]
pub fn fate(status: u32, own: bool) -> Fate {
    match status {
        408 | 429 => Fate::Kept,
        200..300 | 400..500 if own => Fate::Settled,
        400..500 => Fate::Refused,
        _ => Fate::Kept,
    }
}

/// Not `f64::min`, which is a function of its own in the module.
fn least(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// Milliseconds until the next try: doubled with each failure, spread by up to a fifth so that browsers which failed
/// together don't return together. What the edge asks for (seconds, or 0) is the least.
#[must_use]
pub fn delay(failures: u32, retry_after: f64, random: f64) -> f64 {
    let mut delay = RETRY_FIRST;
    for _ in 0..failures {
        if delay < RETRY_LONGEST {
            delay *= 2.0;
        }
    }
    delay = least(delay, RETRY_LONGEST);
    let asked = least(retry_after * 1000.0, RETRY_AFTER_LONGEST);
    (if asked > delay { asked } else { delay }) * (1.0 + random / 5.0)
}

#[cfg(test)]
mod tests {
    use super::{Fate, delay, fate};

    #[test]
    fn retries_back_off_up_to_a_minute() {
        assert_eq!(delay(0, 0.0, 0.0), 500.0);
        assert_eq!(delay(3, f64::NAN, 0.0), 4_000.0);
        assert_eq!(delay(1_000, 0.0, 0.0), 60_000.0);
    }

    #[test]
    fn the_edge_may_ask_for_more_time_but_not_for_ever() {
        assert_eq!(delay(0, 7.0, 0.0), 7_000.0);
        assert_eq!(delay(0, 1e9, 0.0), 300_000.0);
        assert_eq!(delay(2, -1.0, 0.0), 2_000.0);
    }

    #[test]
    fn retries_are_spread() {
        assert_eq!(delay(0, 0.0, 1.0), 600.0);
    }

    #[test]
    fn only_refusals_that_stay_refusals_are_final() {
        assert!([200, 204, 400, 401, 413].into_iter().all(|status| fate(status, true) == Fate::Settled));
        assert!([0, 302, 408, 429, 500, 503].into_iter().all(|status| fate(status, true) == Fate::Kept));
    }

    #[test]
    fn nobody_speaks_for_the_edge() {
        assert!([400, 401, 403, 404, 413].into_iter().all(|status| fate(status, false) == Fate::Refused));
        assert!(
            [0, 200, 204, 302, 408, 429, 500].into_iter().all(|status| fate(status, false) == Fate::Kept)
        );
    }
}
