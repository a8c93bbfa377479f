//! Stretches of time: sliding ones, those of a calendar, and since an event.

use serde::{Deserialize, Serialize};

use super::rule::Selector;

/// A stretch of time: the sum of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Span {
    /// Days of 24 hours.
    #[serde(skip_serializing_if = "zero")]
    pub days: u32,
    /// Hours.
    #[serde(skip_serializing_if = "zero")]
    pub hours: u32,
    /// Minutes.
    #[serde(skip_serializing_if = "zero")]
    pub minutes: u32,
    /// Seconds.
    #[serde(skip_serializing_if = "zero")]
    pub seconds: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn zero(part: &u32) -> bool {
    *part == 0
}

impl Span {
    /// Its length in milliseconds.
    pub fn millis(self) -> i64 {
        let seconds = i64::from(self.days) * 86_400
            + i64::from(self.hours) * 3_600
            + i64::from(self.minutes) * 60
            + i64::from(self.seconds);
        seconds * 1_000
    }
}

/// When events must have been. One of three: a span that ends now (`days` …), a unit of the calendar, or since an event.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Window {
    /// As [`Span::days`].
    #[serde(skip_serializing_if = "zero")]
    pub days: u32,
    /// As [`Span::hours`].
    #[serde(skip_serializing_if = "zero")]
    pub hours: u32,
    /// As [`Span::minutes`].
    #[serde(skip_serializing_if = "zero")]
    pub minutes: u32,
    /// As [`Span::seconds`].
    #[serde(skip_serializing_if = "zero")]
    pub seconds: u32,
    /// This day, week, month …, from its beginning until now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Unit>,
    /// Not the current one but so many before it.
    #[serde(skip_serializing_if = "zero")]
    pub back: u32,
    /// Where it begins and ends: a name such as `Europe/Berlin`. UTC if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// After the last of these events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Selector>,
}

impl Window {
    /// Its parts as a span.
    pub fn span(&self) -> Span {
        Span { days: self.days, hours: self.hours, minutes: self.minutes, seconds: self.seconds }
    }
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// From midnight to midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
    /// From January, April, July and October.
    Quarter,
    /// From January.
    Year,
}
