//! The one type for an instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Negative before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// Reads an ISO 8601 instant. A time without an offset is taken as UTC, as Segment does.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self(at.as_millisecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let at = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(at.timestamp().as_millisecond()))
    }

    /// This instant `millis` later (earlier if negative); saturates at the ends of time.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to here.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `2026-11-21T22:45:01.000Z`. Instants outside the years that ISO can write are clamped.
    pub fn to_iso(self) -> String {
        let at = Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
        format!("{at:.3}")
    }

    /// The hour that holds this instant, `2026-11-21T22`: the archive's partition.
    pub fn hour(self) -> String {
        let mut iso = self.to_iso();
        iso.truncate(13);
        iso
    }
}

#[cfg(test)]
mod tests {
    use super::UnixMillis;

    #[test]
    fn an_instant_reads_back_as_it_was_written() {
        let at = UnixMillis::parse("2017-01-01T11:53:26.000Z").unwrap();
        assert_eq!(at.to_iso(), "2017-01-01T11:53:26.000Z");
        assert_eq!(at.hour(), "2017-01-01T11");
    }

    #[test]
    fn an_offset_is_respected_and_a_missing_one_is_utc() {
        let utc = UnixMillis::parse("2026-01-01T12:00:00Z");
        assert_eq!(UnixMillis::parse("2026-01-01T14:00:00+02:00"), utc);
        assert_eq!(UnixMillis::parse("2026-01-01T12:00:00"), utc);
        assert_eq!(UnixMillis::parse("yesterday"), None);
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        assert!(UnixMillis(i64::MAX).plus(1).to_iso().ends_with('Z'));
        assert!(UnixMillis(i64::MIN).to_iso().ends_with('Z'));
    }
}
