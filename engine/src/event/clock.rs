//! When an event happened, though its client's clock may be wrong.

use crate::time::UnixMillis;

/// An instant as clients write it: ISO 8601, or milliseconds since 1970. A number that no calendar can write is none.
pub(super) fn read_time(value: &serde_json::Value) -> Option<UnixMillis> {
    match value {
        serde_json::Value::String(text) => UnixMillis::parse(text),
        serde_json::Value::Number(millis) => millis
            .as_i64()
            .filter(|millis| (-62_135_596_800_000..=253_402_300_799_999).contains(millis))
            .map(UnixMillis),
        _ => None,
    }
}

/// Segment's formula: `receivedAt − (sentAt − originalTimestamp)`. Without `sentAt` the client's time is taken as it
/// is; without either, the time of receipt. A client can't write into the future: the result is at most `received_at`.
pub fn event_time(
    original: Option<UnixMillis>,
    sent_at: Option<UnixMillis>,
    received_at: UnixMillis,
) -> UnixMillis {
    let at = match (original, sent_at) {
        (Some(original), Some(sent_at)) => received_at.plus(original.since(sent_at)),
        (Some(original), None) => original,
        (None, _) => received_at,
    };
    at.min(received_at)
}

#[cfg(test)]
mod tests {
    use super::event_time;
    use crate::time::UnixMillis;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    #[test]
    fn a_clock_two_days_ahead_is_corrected() {
        let ahead = NOW.plus(2 * 86_400_000);
        assert_eq!(event_time(Some(ahead), Some(ahead), NOW), NOW);
        assert_eq!(event_time(Some(ahead.plus(-500)), Some(ahead), NOW), NOW.plus(-500));
    }

    #[test]
    fn without_sent_at_history_is_kept_and_the_future_is_clamped() {
        assert_eq!(event_time(Some(UnixMillis(5)), None, NOW), UnixMillis(5));
        assert_eq!(event_time(Some(NOW.plus(1)), None, NOW), NOW);
        assert_eq!(event_time(None, Some(UnixMillis(7)), NOW), NOW);
    }
}
