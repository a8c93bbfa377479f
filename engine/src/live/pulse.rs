//! What happened in a moment: numbers, and a few events for all of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::archive::{ChangeLine, Line};
use crate::config::Config;
use crate::exposure::Action;
use crate::ids::{MessageId, OfferId, ProfileId, SegmentId};
use crate::limits;
use crate::offer::Decided;
use crate::offer::experiment::Reward;
use crate::ordered::{gather, sort_by_key};
use crate::time::UnixMillis;

/// The version of a [`Pulse`].
pub const PULSE_VERSION: u8 = 1;

/// What happened in a moment, as one isolate saw it. It names no identifier, no property and no trait.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pulse {
    /// [`PULSE_VERSION`].
    pub v: u8,
    /// When it was told.
    pub at: UnixMillis,
    /// Events.
    pub events: u64,
    /// Profiles that had any.
    pub visitors: u64,
    /// Decisions, an offer's or the default.
    pub decisions: u64,
    /// Milliseconds since the oldest of the events was taken in; none without events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<i64>,
    /// What came of offers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub offers: BTreeMap<OfferId, Came>,
    /// Some of the events, and of the changes of memberships, in the order of their times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<Seen>,
}

/// What came of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Came {
    /// It was decided for somebody.
    pub decided: u64,
    /// It was seen.
    pub viewed: u64,
    /// It was clicked.
    pub clicked: u64,
    /// What its experiment wants came of it.
    pub converted: u64,
}

/// One event of the sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// Which; of a change of memberships, its id in the archive.
    pub message_id: MessageId,
    /// When it happened.
    pub at: UnixMillis,
    /// Its type, or [`ChangeLine::TYPE`].
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its name; that of its type where it has none.
    pub event: String,
    /// The path of the page that it happened on; what follows the path can say who somebody is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whose.
    pub profile: ProfileId,
    /// The segments that they are in, as the directory knows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentId>,
    /// The offer that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    /// The segment that was entered or left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<SegmentId>,
}

impl Pulse {
    /// What these events, changes and rewards, which just left their profiles, come to.
    pub fn of<'l>(
        lines: impl Iterator<Item = &'l Line>,
        changes: impl Iterator<Item = &'l ChangeLine>,
        rewards: impl Iterator<Item = &'l Reward>,
        config: &Config,
        now: UnixMillis,
    ) -> Self {
        let lines: Vec<&Line> = lines.collect();
        let visitors: BTreeSet<&ProfileId> = gather(lines.iter().map(|line| &line.profile_id));
        let oldest = lines.iter().map(|line| line.received_at).min();
        let mut pulse = Self {
            v: PULSE_VERSION,
            at: now,
            events: lines.len() as u64,
            visitors: visitors.len() as u64,
            lag_ms: oldest.map(|oldest| now.since(oldest).max(0)),
            ..Self::default()
        };
        for line in &lines {
            let Some(offer) = line.decision.as_ref().and_then(|decision| decision.offer.as_ref()) else {
                continue;
            };
            let came = pulse.offers.entry(offer.clone()).or_default();
            match Action::named(line.kind, name(line)) {
                Some(Action::Viewed) => came.viewed += 1,
                Some(Action::Clicked) => came.clicked += 1,
                Some(Action::Assigned) | None => {}
            }
        }
        for reward in rewards.filter(|reward| reward.converted) {
            if let Some(offer) = config.offer_of(&reward.experiment) {
                pulse.offers.entry(offer.id.clone()).or_default().converted += 1;
            }
        }
        pulse.sample = sample(lines.iter().copied().map(Told::Event).chain(changes.map(Told::Change)));
        pulse
    }

    /// These were decided.
    pub fn decided(&mut self, decided: &[Decided]) {
        for one in decided {
            self.decisions += 1;
            if let Some(offer) = &one.offer {
                self.offers.entry(offer.clone()).or_default().decided += 1;
            }
        }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.events == 0 && self.decisions == 0 && self.offers.is_empty() && self.sample.is_empty()
    }

    /// Takes in what else happened.
    pub fn join(&mut self, other: Self) {
        self.v = PULSE_VERSION;
        self.at = self.at.max(other.at);
        self.events += other.events;
        self.visitors += other.visitors;
        self.decisions += other.decisions;
        self.lag_ms = self.lag_ms.max(other.lag_ms);
        for (offer, came) in other.offers {
            let sum = self.offers.entry(offer).or_default();
            sum.decided += came.decided;
            sum.viewed += came.viewed;
            sum.clicked += came.clicked;
            sum.converted += came.converted;
        }
        self.sample.extend(other.sample);
        self.sample.truncate(limits::PULSE_SAMPLE);
    }
}

/// What may be seen of a batch.
enum Told<'l> {
    Event(&'l Line),
    Change(&'l ChangeLine),
}

impl<'l> Told<'l> {
    fn name(&self) -> &'l str {
        match self {
            Self::Event(line) => name(line),
            Self::Change(change) => &change.event,
        }
    }

    fn seen(&self) -> Seen {
        match self {
            Self::Event(line) => seen(line),
            Self::Change(change) => moved(change),
        }
    }
}

/// As many of them as may travel. Each name has its turn before any has another: what is rare is what people look for.
fn sample<'l>(all: impl Iterator<Item = Told<'l>>) -> Vec<Seen> {
    let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chosen: Vec<(usize, Told<'l>)> = Vec::new();
    for told in all {
        let turn = turns.entry(told.name()).or_default();
        *turn += 1;
        chosen.push((*turn, told));
    }
    sort_by_key(&mut chosen, |(turn, _)| *turn);
    chosen.truncate(limits::PULSE_SAMPLE);
    let mut sample: Vec<Seen> = chosen.iter().map(|(_, told)| told.seen()).collect();
    sort_by_key(&mut sample, |seen| seen.at);
    sample
}

fn name(line: &Line) -> &str {
    line.kind.name_in(&line.body)
}

fn seen(line: &Line) -> Seen {
    let path = |of: Option<&Value>| Some(of?.get("path")?.as_str()?.to_owned());
    let page = path(line.body.get("context").and_then(|context| context.get("page")));
    let page = page.or_else(|| path(line.body.get("properties")));
    Seen {
        message_id: line.message_id.clone(),
        at: line.timestamp,
        kind: line.kind.as_str(),
        event: bounded(name(line)),
        page: page.map(|path| bounded(path.split(['?', '#']).next().unwrap_or_default())),
        profile: line.profile_id.clone(),
        segments: Vec::new(),
        offer: line.decision.as_ref().and_then(|decision| decision.offer.clone()),
        segment: None,
    }
}

fn moved(change: &ChangeLine) -> Seen {
    Seen {
        message_id: MessageId(change.id.clone()),
        at: change.timestamp,
        kind: ChangeLine::TYPE,
        event: bounded(&change.event),
        page: None,
        profile: change.profile_id.clone(),
        segments: Vec::new(),
        offer: None,
        segment: Some(change.segment.clone()),
    }
}

fn bounded(text: &str) -> String {
    text.chars().take(limits::PULSE_TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ChangeLine, Line, Pulse};
    use crate::config::{Config, Document};
    use crate::consent::Consent;
    use crate::ids::{MessageId, ProfileId};
    use crate::limits;
    use crate::offer::experiment::Reward;
    use crate::segment::{Change, How};
    use crate::time::UnixMillis;

    fn line(profile: u8, id: usize, event: &str, more: &Value) -> Line {
        let profile = ProfileId::from_random([profile; 16]);
        let mut line = json!({
            "id": format!("{profile}/{id}"), "v": 2, "profileId": profile, "messageId": id.to_string(), "type": "track",
            "timestamp": UnixMillis(i64::try_from(id).unwrap()).to_iso(), "receivedAt": UnixMillis(40).to_iso(), "source": "shop",
            "ids": [], "body": { "event": event, "properties": { "email": "ada@example.com" },
                "context": { "page": { "path": "/reset?token=secret" } } },
        });
        line.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        Line::read(&line.to_string()).unwrap()
    }

    fn pulse(lines: &[Line], rewards: &[Reward], config: &Config) -> Pulse {
        Pulse::of(lines.iter(), [].iter(), rewards.iter(), config, UnixMillis(90))
    }

    #[test]
    fn a_rare_event_is_in_the_sample_whatever_comes_beside_it() {
        let many = (0..500).map(|id| line(1, id, "Product Viewed", &json!({})));
        let lines: Vec<Line> = many.chain([line(2, 900, "Order Completed", &json!({}))]).collect();
        let pulse = pulse(&lines, &[], &Config::default());
        assert_eq!((pulse.events, pulse.visitors, pulse.lag_ms), (501, 2, Some(50)));
        assert_eq!(pulse.sample.len(), limits::PULSE_SAMPLE);
        assert!(pulse.sample.iter().any(|seen| seen.event == "Order Completed"));
        assert!(pulse.sample.is_sorted_by_key(|seen| seen.at));
    }

    #[test]
    fn who_enters_a_segment_is_seen_among_the_events_and_counted_with_none() {
        let mut change = Change {
            segment: "gold".into(),
            entered: true,
            at: UnixMillis(1),
            cause: Some(MessageId("2".into())),
            how: How::Event,
        };
        let may = Consent::ALL.may_archive().unwrap();
        let entered = ChangeLine::of(&ProfileId::from_random([1; 16]), &change, may);
        change.entered = false;
        let left = ChangeLine::of(&ProfileId::from_random([1; 16]), &change, may);
        let lines: Vec<Line> = (0..500).map(|id| line(1, id, "Product Viewed", &json!({}))).collect();
        let of = |lines: &[Line]| {
            Pulse::of(
                lines.iter(),
                [&entered, &left].into_iter(),
                [].iter(),
                &Config::default(),
                UnixMillis(9),
            )
        };
        let pulse = of(&lines);
        assert_eq!((pulse.events, pulse.visitors, pulse.sample.len()), (500, 1, limits::PULSE_SAMPLE));
        let moves = pulse.sample.iter().filter(|seen| seen.kind == "segment");
        let moves: Vec<_> = moves.map(|seen| (seen.event.as_str(), seen.segment.clone())).collect();
        assert_eq!(moves, [("Segment Entered", Some("gold".into())), ("Segment Left", Some("gold".into()))]);
        assert_eq!(of(&[]).events, 0);
        assert!(!of(&[]).is_empty(), "it is told though nothing else happens");
    }

    #[test]
    fn nothing_that_a_person_has_written_is_in_it() {
        let text =
            serde_json::to_string(&pulse(&[line(1, 1, "Signed In", &json!({}))], &[], &Config::default()))
                .unwrap();
        assert!(text.contains("/reset") && !text.contains("secret") && !text.contains("ada@"), "{text}");
    }

    #[test]
    fn what_came_of_offers_is_counted_by_offer() {
        let decision = |offer: &str| json!({ "decision": { "v": 2, "d": "d", "o": offer, "p": "hero", "c": 1, "t": 0 } });
        let lines = [
            line(1, 1, "Promotion Viewed", &decision("a")),
            line(1, 2, "Promotion Viewed", &decision("b")),
            line(1, 3, "Promotion Clicked", &decision("a")),
            // Without a token it is nobody's.
            line(1, 4, "Promotion Clicked", &json!({})),
        ];
        let offer = json!({
            "id": "a", "name": "A", "placement": "hero", "content": { "type": "html", "html": "" },
            "variants": [{ "id": "x" }, { "id": "y" }], "experiment": { "key": "trial", "goal": { "event": "Order Completed" } },
        });
        let document =
            Document { offers: vec![serde_json::from_value(offer).unwrap()], ..Document::default() };
        let reward = |converted| Reward {
            v: 1,
            experiment: "trial".into(),
            decision: "d".into(),
            variant: "x".into(),
            audience: String::new(),
            converted,
        };
        let mut pulse = pulse(&lines, &[reward(true), reward(false)], &Config::new(1, document));
        let came = |pulse: &Pulse, offer: &str| {
            let came = pulse.offers[&offer.into()];
            (came.viewed, came.clicked, came.converted)
        };
        assert_eq!(came(&pulse, "a"), (1, 1, 1));
        assert_eq!(came(&pulse, "b"), (1, 0, 0));
        pulse.join(pulse.clone());
        assert_eq!((came(&pulse, "a"), pulse.events), ((2, 2, 2), 8));
    }
}
