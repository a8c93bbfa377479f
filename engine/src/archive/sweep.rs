//! What leaves the archive because it is not retained any more: once a day, hour by hour.
//!
//! A file holds what the edge took within an hour, of one source, whatever was said in it. So a file goes when all that its source can
//! send is past, and before that it is written anew, once for each period that has passed over its hour, without those lines. In the
//! archive a period begins with the receipt of an event: that is what files are found by, and what came late leaves late.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BotLine, Folder, Line};
use crate::config::Retention;
use crate::event::Kind;
use crate::ids::SourceId;
use crate::limits;
use crate::time::UnixMillis;

/// The version of a stored [`Sweep`].
pub const SWEEP_VERSION: u8 = 1;

/// One way through the names of all files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    /// Names the rules that it goes by.
    rules: String,
    /// When it began. All files are held against this moment.
    began: UnixMillis,
    /// The file that it has come to.
    after: Option<String>,
    /// It has come to the end.
    ended: bool,
    /// By period, in days: the first hour that the one before has not seen.
    reached: BTreeMap<u32, String>,
}

/// What a line says of how long it is kept: one of events, or of bots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// When the edge took it.
    pub received_at: UnixMillis,
    source: SourceId,
    kind: Kind,
    name: String,
}

impl From<&Line> for Dated {
    fn from(line: &Line) -> Self {
        let Line { received_at, source, kind, body, .. } = line;
        let (source, name) = (source.clone(), kind.name_in(body).to_owned());
        Self { received_at: *received_at, source, kind: *kind, name }
    }
}

impl From<&BotLine> for Dated {
    fn from(line: &BotLine) -> Self {
        let BotLine { received_at, source, kind, body, .. } = line;
        let (source, name) = (source.clone(), kind.name_in(body).to_owned());
        Self { received_at: *received_at, source, kind: *kind, name }
    }
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nothing in it is retained.
    Goes,
    /// Some of it may not be.
    IsRewritten,
    /// It stays as it is, and so do all up to this name.
    Stays(String),
}

impl Sweep {
    /// The one to go on with: the one that is not at its end, or the next one. Otherwise after how many milliseconds that begins.
    ///
    /// # Errors
    /// Not yet.
    pub fn next(before: Option<Self>, retention: &Retention, now: UnixMillis) -> Result<Self, i64> {
        let digest = Sha256::digest(serde_json::to_vec(retention).unwrap_or_default());
        let rules: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let fresh = |rules, reached| Self { rules, began: now, after: None, ended: false, reached };
        match before.filter(|before| before.rules == rules) {
            None => Ok(fresh(rules, BTreeMap::new())),
            Some(before) if !before.ended => Ok(before),
            Some(before) => {
                let wait = before.began.plus(limits::SWEEP_MS).since(now);
                if wait > 0 {
                    return Err(wait);
                }
                let days = retention.all_days();
                let reached = days.into_iter().map(|days| (days, before.until(days))).collect();
                Ok(fresh(rules, reached))
            }
        }
    }

    /// The file after which it goes on.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// It has come so far.
    pub fn pass(&mut self, name: String) {
        self.after = Some(name);
    }

    /// There is nothing after that.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The first hour that is not past as a whole after so many days.
    fn until(&self, days: u32) -> String {
        Retention::cut(days, self.began).hour()
    }

    /// What becomes of the file with this name.
    pub fn fate(&self, retention: &Retention, name: &str) -> Fate {
        // What is no file of ours, or of events, is left alone.
        let (source, hour, folder): (_, _, fn(SourceId, String) -> Folder) = match Folder::of_file(name) {
            Some(Folder::Events(source, hour)) => (source, hour, Folder::Events),
            Some(Folder::Bots(source, hour)) => (source, hour, Folder::Bots),
            // A change is no event: none of the rules fits it.
            Some(Folder::Changes(hour)) => {
                return match retention.days {
                    Some(days) if hour < self.until(days) => Fate::Goes,
                    Some(_) | None => Fate::Stays(Folder::Changes("~".to_owned()).path()),
                };
            }
            Some(Folder::Words(_)) | None => return Fate::Stays(name.to_owned()),
        };
        let (days, for_good) = retention.periods_of(&source);
        if !for_good && days.last().is_some_and(|longest| hour < self.until(*longest)) {
            return Fate::Goes;
        }
        let spans =
            days.iter().map(|days| (self.reached.get(days).cloned().unwrap_or_default(), self.until(*days)));
        let spans: Vec<(String, String)> = spans.collect();
        if spans.iter().any(|(from, until)| *from <= hour && hour < *until) {
            return Fate::IsRewritten;
        }
        let next = spans.into_iter().map(|(from, _)| from).filter(|from| *from > hour).min();
        Fate::Stays(folder(source, next.unwrap_or_else(|| "~".to_owned())).path())
    }

    /// Whether a line of such a file stays.
    pub fn keeps(&self, retention: &Retention, line: &Dated) -> bool {
        let days = retention.days_for(&line.source, line.kind, &line.name);
        days.is_none_or(|days| line.received_at.hour() >= self.until(days))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::{Dated, Fate, Folder, Sweep};
    use crate::archive::{Line, Record};
    use crate::config::Retention;
    use crate::time::UnixMillis;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    const START: UnixMillis = UnixMillis(20_000 * DAY);

    fn line(n: usize, source: &str, kind: &str, at: UnixMillis) -> Line {
        let (profile, at) = ("ab".repeat(16), at.to_iso());
        let line = json!({
            "id": format!("{profile}/m-{n}"), "v": 2, "profileId": profile, "messageId": format!("m-{n}"), "type": kind, "timestamp": at, "receivedAt": at,
            "source": source, "ids": [], "body": { "event": "Order Completed" },
        });
        serde_json::from_value(line).unwrap()
    }

    /// A sweep over files as the Worker makes it. Gives how many names were looked at.
    fn sweep(files: &mut BTreeMap<String, Vec<Line>>, sweep: &mut Sweep, retention: &Retention) -> usize {
        let mut looked_at = 0;
        loop {
            let after = sweep.after().unwrap_or_default().to_owned();
            let Some(name) = files.keys().find(|name| **name > after).cloned() else { break };
            looked_at += 1;
            match sweep.fate(retention, &name) {
                Fate::Goes => drop(files.remove(&name)),
                Fate::IsRewritten => {
                    let lines = files.get_mut(&name).unwrap();
                    lines.retain(|line| sweep.keeps(retention, &Dated::from(line)));
                    if lines.is_empty() {
                        files.remove(&name);
                    }
                }
                Fate::Stays(past) => {
                    assert!(past >= name, "it goes on");
                    sweep.pass(past);
                    continue;
                }
            }
            sweep.pass(name);
        }
        sweep.end();
        looked_at
    }

    proptest! {
        #[test]
        fn after_each_sweep_nothing_is_there_that_is_past_and_all_that_is_not(
            events in prop::collection::vec((0..60 * 24i64, 0..3usize, 0..3usize), 1..60),
            default in prop::option::of(1..40u32), rules in prop::collection::vec((0..4usize, 0..4usize, 1..40u32), 0..4),
        ) {
            let (sources, kinds) = (["shop", "a/b=ü", "pos"], ["page", "track", "identify"]);
            let rule = |(source, kind, days): (usize, usize, u32)| {
                let mut rule = json!({ "days": days });
                if let Some(source) = sources.get(source) { rule["source"] = json!(source); }
                if let Some(kind) = kinds.get(kind) { rule["type"] = json!(kind); }
                rule
            };
            let rules: Vec<_> = rules.into_iter().map(rule).collect();
            let retention: Retention = serde_json::from_value(json!({ "days": default, "rules": rules })).unwrap();
            prop_assume!(!retention.is_for_good());
            let mut files: BTreeMap<String, Vec<Line>> = BTreeMap::new();
            for (n, (hour, source, kind)) in events.into_iter().enumerate() {
                let line = line(n, sources[source], kinds[kind], START.plus(hour * HOUR + n as i64));
                files.entry(Folder::of_line(&line).file("ab")).or_default().push(line);
            }
            let all: Vec<Line> = files.values().flatten().cloned().collect();
            let mut before = None;
            for day in 1..110 {
                let now = START.plus(day * DAY + 5);
                let mut one = Sweep::next(before.take(), &retention, now).unwrap();
                sweep(&mut files, &mut one, &retention);
                prop_assert_eq!(Sweep::next(Some(one.clone()), &retention, now), Err(DAY));
                before = Some(one);
                let there: Vec<&Line> = files.values().flatten().collect();
                for line in &all {
                    let days = retention.days_for(&line.source, line.kind, "Order Completed");
                    let past = days.is_some_and(|days| line.received_at.plus(i64::from(days) * DAY + HOUR) <= now);
                    let kept = days.is_none_or(|days| line.received_at.plus(i64::from(days) * DAY) >= now);
                    prop_assert!(!(past && there.contains(&line)), "{:?} is past {:?}", line.received_at, days);
                    prop_assert!(!kept || there.contains(&line), "{:?} is kept {:?}", line.received_at, days);
                }
            }
        }
    }

    #[test]
    fn what_bots_sent_goes_as_what_people_did() {
        let line = |kind| {
            let at = START.to_iso();
            json!({
                "id": "bot/shop/m", "v": 1, "bot": "user_agent", "messageId": "m", "type": kind, "timestamp": at, "receivedAt": at, "source": "shop",
                "consent": {}, "body": { "event": "Order Completed" },
            })
            .to_string()
        };
        let retention: Retention =
            serde_json::from_value(json!({ "days": 50, "rules": [{ "type": "page", "days": 30 }] })).unwrap();
        let file = Folder::Bots("shop".into(), START.hour()).file("ab");
        let after = |days| Sweep::next(None, &retention, START.plus(days * DAY)).unwrap();
        assert!(
            matches!(after(20).fate(&retention, &file), Fate::Stays(until) if until.starts_with("bots/source=shop/hour="))
        );
        assert_eq!(after(40).fate(&retention, &file), Fate::IsRewritten);
        let kept = |kind| after(40).keeps(&retention, &Record::read(&line(kind)).unwrap().dated().unwrap());
        assert_eq!([kept("page"), kept("track")], [false, true]);
        assert_eq!(after(60).fate(&retention, &file), Fate::Goes);
    }

    #[test]
    fn who_was_in_a_segment_is_known_as_long_as_what_no_rule_fits() {
        let file = |day: i64| Folder::Changes(START.plus(day * DAY).hour()).file("ab");
        let read = |text| serde_json::from_value::<Retention>(text).unwrap();
        let days = read(json!({ "days": 30, "rules": [{ "type": "page", "days": 5 }] }));
        let sweep = Sweep::next(None, &days, START.plus(40 * DAY)).unwrap();
        assert_eq!(sweep.fate(&days, &file(9)), Fate::Goes);
        // What is behind is not looked at one by one.
        assert!(
            matches!(sweep.fate(&days, &file(10)), Fate::Stays(until) if until > file(20_000) && until.as_str() < "words/")
        );
        let rules = read(json!({ "rules": [{ "type": "page", "days": 5 }] }));
        assert!(
            matches!(sweep.fate(&rules, &file(0)), Fate::Stays(_)),
            "all that no rule fits stays for good"
        );
    }

    #[test]
    fn what_was_seen_is_not_looked_at_again_and_other_rules_look_at_all() {
        let read = |text| serde_json::from_value::<Retention>(text).unwrap();
        let retention = read(json!({ "rules": [{ "type": "page", "days": 30 }] }));
        let mut files = BTreeMap::new();
        for hour in 0..1_000 {
            let at = START.plus(hour * HOUR);
            let line = line(0, "shop", "track", at);
            files.insert(Folder::of_line(&line).file("ab"), vec![line]);
        }
        let now = START.plus(60 * DAY);
        let mut first = Sweep::next(None, &retention, now).unwrap();
        assert_eq!(
            sweep(&mut files, &mut first, &retention),
            721,
            "thirty days, and the one at which it stops"
        );
        let mut second = Sweep::next(Some(first.clone()), &retention, now.plus(DAY)).unwrap();
        assert_eq!(
            sweep(&mut files, &mut second, &retention),
            26,
            "where it begins, a day, and where it stops"
        );
        let shorter = read(json!({ "rules": [{ "type": "page", "days": 20 }] }));
        let mut third = Sweep::next(Some(second), &shorter, now).unwrap();
        assert_eq!(sweep(&mut files, &mut third, &shorter), 961);
        assert_eq!(files.len(), 1_000, "all that was said stays for good");
    }
}
