//! When an offer runs.
//!
//! Start and end are instants, or times as a clock in the offer's zone shows them. Where clocks go forward, a time that they
//! leave out is the hour after (02:30 is 03:30 then); where they go back, a time that comes twice is the first one. Hours are read
//! off the clock, too: an hour that comes twice counts twice, and one that is left out does not come.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::segment::zone;
use crate::time::UnixMillis;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    fn is(self, day: Weekday) -> bool {
        let number = match self {
            Self::Mon => 1,
            Self::Tue => 2,
            Self::Wed => 3,
            Self::Thu => 4,
            Self::Fri => 5,
            Self::Sat => 6,
            Self::Sun => 7,
        };
        day.to_monday_one_offset() == number
    }
}

/// Hours of some days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hours {
    /// On these days; on all if left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// From here on, as `09:00`; from midnight if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Up to, but not including, here; to midnight if left out. If it is not after `from`, it is on the next day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// When an offer runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// ISO 8601, the zone's clock if it has no offset; since ever if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Likewise, and not included; for ever if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The name of a time zone, as `Europe/Berlin`; UTC if left out. Days of caps are its days, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Only in these hours; always if left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// The instants of start and end, once they were looked up: a decision asks hundreds of offers.
    #[serde(skip)]
    pub(super) span: Option<Span>,
}

/// From when, and until when.
type Span = (Option<UnixMillis>, Option<UnixMillis>);

/// How a schedule stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It has not begun.
    Planned,
    /// It runs.
    Running,
    /// It has begun, and these are none of its hours.
    Resting,
    /// It will not run again.
    Over,
}

/// A time that a schedule may name.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2).then(|| part.parse().ok()).flatten();
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

impl Hours {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let bad = |text: &Option<String>| text.as_deref().is_some_and(|text| clock(text).is_none());
        (bad(&self.from) || bad(&self.to)).then_some("write a time of day as `09:00`, up to `23:59`")
    }

    fn hold(&self, local: &Zoned) -> bool {
        let at = |text: &Option<String>| text.as_deref().map(|text| clock(text).unwrap_or_default());
        let (from, to) = (at(&self.from).unwrap_or_default(), at(&self.to));
        let on = |day: Weekday| self.days.is_empty() || self.days.iter().any(|one| one.is(day));
        let time = local.time();
        let (today, yesterday) = (on(local.weekday()), on(local.weekday().previous()));
        match to {
            None => today && time >= from,
            Some(to) if to > from => today && time >= from && time < to,
            Some(to) => today && time >= from || yesterday && time < to,
        }
    }
}

impl Schedule {
    /// Its zone; none if nobody knows it.
    fn zone(&self) -> Option<TimeZone> {
        match &self.zone {
            None => Some(TimeZone::UTC),
            Some(name) => zone(name),
        }
    }

    /// The instant of a start or an end.
    pub(super) fn instant(&self, text: &str) -> Option<UnixMillis> {
        if let Ok(at) = text.trim().parse::<Timestamp>() {
            return Some(UnixMillis(at.as_millisecond()));
        }
        let civil: DateTime = text.trim().parse().ok()?;
        let at = self.zone()?.to_ambiguous_zoned(civil).compatible().ok()?;
        Some(UnixMillis(at.timestamp().as_millisecond()))
    }

    /// Whether its zone is known.
    pub(super) fn knows_zone(&self) -> bool {
        self.zone().is_some()
    }

    fn local(&self, now: UnixMillis) -> Option<Zoned> {
        let end = if now.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Some(Timestamp::from_millisecond(now.0).unwrap_or(end).to_zoned(self.zone()?))
    }

    /// Looks start and end up, for good.
    pub(super) fn settle(&mut self) {
        self.span = Some(self.span());
    }

    /// Its bounds. One that can't be read never holds (the validation refuses it before).
    fn span(&self) -> Span {
        let at = |text: &String, never| self.instant(text).unwrap_or(never);
        self.span.unwrap_or_else(|| {
            (
                self.start.as_ref().map(|start| at(start, UnixMillis(i64::MAX))),
                self.end.as_ref().map(|end| at(end, UnixMillis(i64::MIN))),
            )
        })
    }

    /// Whether it runs `now`.
    pub fn runs(&self, now: UnixMillis) -> bool {
        let (start, end) = self.span();
        start.is_none_or(|start| now >= start)
            && end.is_none_or(|end| now < end)
            && (self.hours.is_empty()
                || self.local(now).is_some_and(|local| self.hours.iter().any(|hours| hours.hold(&local))))
    }

    /// Whether it will never run again.
    pub fn is_over(&self, now: UnixMillis) -> bool {
        self.span().1.is_some_and(|end| now >= end)
    }

    /// How it stands `now`.
    pub fn phase(&self, now: UnixMillis) -> Phase {
        if self.is_over(now) {
            Phase::Over
        } else if self.span().0.is_some_and(|start| now < start) {
            Phase::Planned
        } else if self.runs(now) {
            Phase::Running
        } else {
            Phase::Resting
        }
    }

    /// When the day began that it is in the zone.
    pub fn day(&self, now: UnixMillis) -> UnixMillis {
        let start = self.local(now).and_then(|local| local.start_of_day().ok());
        start.map_or(now, |start| UnixMillis(start.timestamp().as_millisecond()))
    }

    /// When the next day begins there.
    pub fn tomorrow(&self, now: UnixMillis) -> UnixMillis {
        let next = self.local(now).and_then(|local| local.tomorrow().ok()?.start_of_day().ok());
        next.map_or(UnixMillis(i64::MAX), |next| UnixMillis(next.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Phase, Schedule};
    use crate::time::UnixMillis;
    use serde_json::{Value, json};

    fn runs(schedule: &Value, at: &str) -> bool {
        let schedule: Schedule = serde_json::from_value(schedule.clone()).unwrap();
        schedule.runs(UnixMillis::parse(at).unwrap())
    }

    #[test]
    fn a_start_without_an_offset_is_what_clocks_show_there() {
        let advent =
            json!({"zone": "Europe/Berlin", "start": "2026-12-01T00:00", "end": "2026-12-25T00:00:00Z"});
        for (at, wanted) in [
            ("2026-11-30T22:59:59Z", false),
            ("2026-11-30T23:00:00Z", true),
            ("2026-12-24T23:59:59Z", true),
            ("2026-12-25T00:00:00Z", false),
        ] {
            assert_eq!(runs(&advent, at), wanted, "{at}");
        }
        assert!(runs(&json!({"start": "2026-12-01T00:00"}), "2026-12-01T00:00:00Z"), "UTC, as ever");
    }

    #[test]
    fn how_it_stands_goes_by_its_own_clock() {
        let office = json!({"zone": "America/New_York", "start": "2026-12-01T00:00", "end": "2026-12-02T00:00", "hours": [{"from": "09:00", "to": "17:00"}]});
        let schedule: Schedule = serde_json::from_value(office).unwrap();
        for (at, phase) in [
            ("2026-12-01T04:59:59Z", Phase::Planned),
            ("2026-12-01T05:00:00Z", Phase::Resting),
            ("2026-12-01T14:00:00Z", Phase::Running),
            ("2026-12-01T22:00:00Z", Phase::Resting),
            ("2026-12-02T05:00:00Z", Phase::Over),
        ] {
            assert_eq!(schedule.phase(UnixMillis::parse(at).unwrap()), phase, "{at}");
        }
        assert_eq!(Schedule::default().phase(UnixMillis(0)), Phase::Running);
    }

    #[test]
    fn where_clocks_change() {
        // 29 March 2026, 02:00 becomes 03:00; 25 October, 03:00 becomes 02:00.
        let forward = json!({"zone": "Europe/Berlin", "start": "2026-03-29T02:30"});
        assert!(
            !runs(&forward, "2026-03-29T01:29:59Z") && runs(&forward, "2026-03-29T01:30:00Z"),
            "at 03:30"
        );
        let back = json!({"zone": "Europe/Berlin", "start": "2026-10-25T02:30"});
        assert!(!runs(&back, "2026-10-25T00:29:59Z") && runs(&back, "2026-10-25T00:30:00Z"), "the first one");
        let night = json!({"zone": "Europe/Berlin", "hours": [{"from": "02:00", "to": "03:00"}]});
        for (at, wanted) in [
            ("2026-10-25T00:15:00Z", true),
            ("2026-10-25T01:15:00Z", true),
            ("2026-10-25T02:15:00Z", false),
            ("2026-03-29T00:30:00Z", false),
            ("2026-03-29T01:30:00Z", false),
            ("2026-03-30T00:30:00Z", true),
        ] {
            assert_eq!(runs(&night, at), wanted, "{at}");
        }
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
        let late = json!({"zone": "America/New_York", "hours": [{"days": ["fri", "sat"], "from": "22:00", "to": "02:00"}]});
        for (at, wanted) in [
            // Friday, 21:59 and 22:00; Saturday, 01:59 and 02:00; Sunday, 01:30; Monday, 01:30.
            ("2026-11-21T02:59:00Z", false),
            ("2026-11-21T03:00:00Z", true),
            ("2026-11-21T06:59:00Z", true),
            ("2026-11-21T07:00:00Z", false),
            ("2026-11-22T06:30:00Z", true),
            ("2026-11-23T06:30:00Z", false),
        ] {
            assert_eq!(runs(&late, at), wanted, "{at}");
        }
        let mornings =
            json!({"hours": [{"days": ["mon"], "to": "12:00"}, {"days": ["tue"], "from": "12:00"}]});
        assert!(runs(&mornings, "2026-11-23T00:00:00Z") && !runs(&mornings, "2026-11-23T12:00:00Z"));
        assert!(!runs(&mornings, "2026-11-24T11:59:59Z") && runs(&mornings, "2026-11-24T23:59:59Z"));
    }

    #[test]
    fn days_begin_and_end_where_people_live() {
        let berlin: Schedule = serde_json::from_value(json!({"zone": "Europe/Berlin"})).unwrap();
        let at = UnixMillis::parse("2026-03-29T12:00:00Z").unwrap();
        assert_eq!(berlin.day(at).to_iso(), "2026-03-28T23:00:00.000Z");
        assert_eq!(berlin.tomorrow(at).to_iso(), "2026-03-29T22:00:00.000Z");
        for end in [i64::MIN, i64::MAX] {
            berlin.day(UnixMillis(end));
            berlin.tomorrow(UnixMillis(end));
            berlin.runs(UnixMillis(end));
        }
    }
}
