//! How long events are kept.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::{Event, Kind};
use crate::ids::{ProfileId, SourceId};
use crate::limits;
use crate::time::UnixMillis;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `retention.json`. Without it events are kept for good: what is dropped can't be brought back, and the first thing that
/// many a site sends is its history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// So many days after they happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// For some events another period. The first rule that fits an event is the one for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RetentionRule>,
}

/// A period for the events of a source, of a type, or of a name. What is left out fits every event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// The source that they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// Their type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The name of what was done, of events of type `track`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// So many days after they happened.
    pub days: u32,
}

impl RetentionRule {
    fn fits(&self, source: &SourceId, kind: Kind, name: &str) -> bool {
        self.source.as_ref().is_none_or(|of| of == source)
            && self.kind.is_none_or(|of| of == kind)
            && self.event.as_deref().is_none_or(|of| kind == Kind::Track && of == name)
    }
}

/// The earliest events of a log, one for each rule of a [`Retention`] and one for what no rule fits. Without rules there are none:
/// then the earliest of all says the same.
pub type Earliest = Vec<Option<UnixMillis>>;

impl Retention {
    /// Whether events are kept for good.
    pub fn is_for_good(&self) -> bool {
        self.days.is_none() && self.rules.is_empty()
    }

    /// What is wrong: where, and why.
    pub(super) fn check(&self, has: impl Fn(&SourceId) -> bool, wrong: &mut dyn FnMut(String, String)) {
        if self.days == Some(0) {
            wrong("days".into(), "at least 1; without it events are kept for good".into());
        }
        if self.rules.len() > limits::RETENTION_RULES {
            wrong("rules".into(), format!("at most {}", limits::RETENTION_RULES));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let mut at = |field: &str, reason: &str| wrong(format!("rules[{index}]{field}"), reason.into());
            if rule.days == 0 {
                at(".days", "at least 1");
            }
            if rule.source.as_ref().is_some_and(|source| !has(source)) {
                at(".source", "no source has this id");
            }
            if rule.source.is_none() && rule.kind.is_none() && rule.event.is_none() {
                at("", "name a `source`, a `type` or an `event`; `days` beside `rules` is for all others");
            }
            if rule.event.is_some() && rule.kind.is_some_and(|kind| kind != Kind::Track) {
                at(".event", "only events of type `track` have a name");
            }
        }
    }

    /// Names the rules, so that it is known under which ones something was counted; empty if there are none.
    pub(super) fn fingerprint(&self) -> String {
        match self.rules.is_empty() {
            true => String::new(),
            // The periods are no part of it: what is counted is the same under others.
            false => {
                let of: Vec<_> =
                    self.rules.iter().map(|rule| (&rule.source, rule.kind, &rule.event)).collect();
                let digest = Sha256::digest(serde_json::to_vec(&of).unwrap_or_default());
                digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
            }
        }
    }

    /// The place of the rule that an event goes by: after the last one, if none fits.
    fn place(&self, source: &SourceId, kind: Kind, name: &str) -> usize {
        self.rules.iter().position(|rule| rule.fits(source, kind, name)).unwrap_or(self.rules.len())
    }

    fn days_at(&self, place: usize) -> Option<u32> {
        self.rules.get(place).map_or(self.days, |rule| Some(rule.days))
    }

    /// What was before this is not kept any more after so many days.
    pub(crate) fn cut(days: u32, now: UnixMillis) -> UnixMillis {
        now.plus(-i64::from(days).saturating_mul(DAY_MS))
    }

    /// How many days an event of this source, type and name is kept; `None` if that is for good.
    pub fn days_for(&self, source: &SourceId, kind: Kind, name: &str) -> Option<u32> {
        self.days_at(self.place(source, kind, name))
    }

    /// Whether an event is not kept any more.
    pub fn is_past(&self, event: &Event, now: UnixMillis) -> bool {
        let days = self.days_for(&event.source, event.kind, event.name());
        days.is_some_and(|days| event.timestamp < Self::cut(days, now))
    }

    /// All periods that something is kept for.
    pub(crate) fn all_days(&self) -> BTreeSet<u32> {
        self.rules.iter().map(|rule| rule.days).chain(self.days).collect()
    }

    /// The periods for which events of a source are kept, and whether some are kept for good.
    pub(crate) fn periods_of(&self, source: &SourceId) -> (BTreeSet<u32>, bool) {
        let mut days = BTreeSet::new();
        for rule in self.rules.iter().filter(|rule| rule.source.as_ref().is_none_or(|of| of == source)) {
            days.insert(rule.days);
            // What comes after it is for none of this source's events.
            if rule.kind.is_none() && rule.event.is_none() {
                return (days, false);
            }
        }
        days.extend(self.days);
        (days, self.days.is_none())
    }

    /// Notes the earliest event of each rule.
    pub fn note(&self, earliest: &mut Earliest, event: &Event) {
        if self.rules.is_empty() {
            return;
        }
        let place = self.place(&event.source, event.kind, event.name());
        if earliest.len() <= place {
            earliest.resize(place + 1, None);
        }
        if let Some(known) = earliest.get_mut(place) {
            *known = Some(known.map_or(event.timestamp, |at| at.min(event.timestamp)));
        }
    }

    /// Each rule's earliest event and period, of a log whose earliest event of all is `first`.
    fn periods(&self, first: UnixMillis, earliest: &Earliest) -> Vec<(UnixMillis, u32)> {
        if self.rules.is_empty() {
            return self.days.map(|days| (first, days)).into_iter().collect();
        }
        let all = earliest.iter().enumerate();
        all.filter_map(|(place, at)| Some(((*at)?, self.days_at(place)?))).collect()
    }

    /// Where to look for what is not kept any more: from the first instant on, before the second one.
    pub fn past(
        &self,
        first: UnixMillis,
        earliest: &Earliest,
        now: UnixMillis,
    ) -> Option<(UnixMillis, UnixMillis)> {
        let spans = self.periods(first, earliest).into_iter().map(|(at, days)| (at, Self::cut(days, now)));
        let past: Vec<_> = spans.filter(|(at, cut)| at < cut).collect();
        Some((past.iter().map(|(at, _)| *at).min()?, past.iter().map(|(_, cut)| *cut).max()?))
    }

    /// When a profile is to look for what is not kept any more: once a day, and not all profiles at the same moment.
    pub fn due(&self, first: UnixMillis, earliest: &Earliest, profile: &ProfileId) -> Option<UnixMillis> {
        let ends = self.periods(first, earliest).into_iter();
        let expires = ends.map(|(at, days)| at.plus(i64::from(days).saturating_mul(DAY_MS))).min()?;
        let digits = profile.as_str().get(..8).and_then(|digits| i64::from_str_radix(digits, 16).ok());
        let wait = digits.unwrap_or(0).saturating_sub(expires.0).rem_euclid(DAY_MS);
        // At the moment itself an event is kept still.
        Some(expires.plus(if wait == 0 { DAY_MS } else { wait }))
    }
}
