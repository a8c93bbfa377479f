//! When a visit ends and the next begins.

use crate::limits::SESSION_IDLE;

/// True when an event at `now` begins a session: nobody was here for long (`last` is the last event, 0 if there was none), a
/// campaign brought the visitor anew, or the clock was set back.
#[must_use]
pub fn begins(now: f64, last: f64, campaign: bool) -> bool {
    campaign || now < last || now - last > SESSION_IDLE
}

#[cfg(test)]
mod tests {
    use super::begins;

    #[test]
    fn half_an_hour_ends_a_session_and_a_campaign_begins_one() {
        let noon = 1_800_000_000_000.0;
        assert!(begins(noon, 0.0, false));
        assert!(!begins(noon + 1_800_000.0, noon, false));
        assert!(begins(noon + 1_800_001.0, noon, false));
        assert!(begins(noon + 1.0, noon, true));
        assert!(begins(noon - 1.0, noon, false));
    }
}
