//! Time zones by their names.
//!
//! A zone goes by the rule that is in force in it now. All zones with all their history are ten times the size of these rules,
//! and an offer's schedule is about now.

use jiff::tz::TimeZone;

/// The rule of each zone as POSIX writes it, then the names of the zones that have it. From the IANA database.
const ZONES: &str = include_str!("zones.txt");

/// The zone of this name.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    let with = |line: &&str| line.split(' ').skip(1).any(|known| known == name);
    TimeZone::posix(ZONES.lines().find(with)?.split(' ').next()?).ok()
}
