//! What a decision asks of the person, and of everybody: in one place, so that it can be written down and asked again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Offer;
use super::request::Request;
use crate::config::Config;
use crate::exposure::{Assigned, Shown};
use crate::identity::Identifier;
use crate::ids::{ExperimentId, OfferId, ProfileId, SegmentId, VariantId};
use crate::offer::experiment::{Asker, Experiment, Odds, Posteriors};
use crate::profile::{Asked, ProfileState};
use crate::segment::{Members, Why};
use crate::time::UnixMillis;

/// Which segments hold, and why.
pub trait Segments {
    /// Whether it holds.
    fn holds(&self, segment: &SegmentId) -> bool;
    /// Why it holds or does not: only asked for a trace.
    fn why(&self, segment: &SegmentId) -> Why {
        Why::bare(self.holds(segment))
    }
}

impl Segments for BTreeSet<SegmentId> {
    fn holds(&self, segment: &SegmentId) -> bool {
        self.contains(segment)
    }
}

impl Segments for Members<'_> {
    fn holds(&self, segment: &SegmentId) -> bool {
        self.has(segment)
    }

    fn why(&self, segment: &SegmentId) -> Why {
        self.why(segment)
    }
}

/// Which caps for all are reached.
pub trait Rooms {
    /// Whether this offer may be given out once more.
    fn has_room(&self, offer: &OfferId) -> bool;
}

/// None is reached.
impl Rooms for () {
    fn has_room(&self, _: &OfferId) -> bool {
        true
    }
}

/// These are.
impl Rooms for BTreeSet<OfferId> {
    fn has_room(&self, offer: &OfferId) -> bool {
        !self.contains(offer)
    }
}

/// All that a decision asks.
pub trait Facts: Asker {
    /// Whether the person may be looked at; if not, nothing of them is known.
    fn is_known(&self) -> bool;
    /// Whether they are in a segment.
    fn holds(&self, segment: &SegmentId) -> bool;
    /// Why they are, or are not: see [`Segments::why`].
    fn why(&self, segment: &SegmentId) -> Why;
    /// How often they saw an offer.
    fn shown(&self, offer: &Offer, now: UnixMillis) -> Shown;
    /// Whether an offer may be given out once more.
    fn has_room(&self, offer: &OfferId) -> bool;
    /// What templates have.
    fn data(&self) -> Value;
}

/// A person, as their profile and the request tell.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// Their profile.
    pub profile: &'a ProfileId,
    /// Its state.
    pub state: &'a ProfileState,
    /// What they are known by; only asked where an experiment goes by it, for there may be many.
    pub identifiers: &'a dyn Fn() -> Vec<&'a Identifier>,
    /// What they are in.
    pub segments: &'a dyn Segments,
    /// Caps for all.
    pub rooms: &'a dyn Rooms,
    /// What bandits know.
    pub posteriors: &'a Posteriors,
    /// Who asks, and with which event.
    pub request: &'a Request,
    /// What is published.
    pub config: &'a Config,
}

impl Asker for Person<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        if name == "profile" {
            return Some(self.profile.as_str().to_owned());
        }
        // Of several the least: whoever has two devices is one person on both.
        let named = (self.identifiers)().into_iter().filter(|id| id.namespace.as_str() == name);
        let held = named.map(|id| id.value.as_str()).min().map(str::to_owned);
        held.or_else(|| match self.state.traits.get(name)?.value().as_ref() {
            Value::String(text) => Some(text.clone()),
            // As JavaScript writes numbers, so that they hash as in GrowthBook, for which zero is nobody.
            Value::Number(number) => match (number.as_i64(), number.as_f64()?) {
                (_, 0.0) => None,
                (Some(whole), _) => Some(whole.to_string()),
                (None, number) => Some(number.to_string()),
            },
            _ => None,
        })
    }

    fn assigned(&self, experiment: &ExperimentId) -> Option<Assigned> {
        self.state.exposures.assigned(experiment).cloned()
    }

    fn odds(&self, experiment: &ExperimentId, setting: &Experiment) -> (String, Vec<(VariantId, Odds)>) {
        let audience = setting.audiences.iter().find(|audience| self.segments.holds(audience));
        let audience = audience.map_or("", SegmentId::as_str);
        let known = self.posteriors.of(experiment, audience).into_iter().flatten();
        (audience.to_owned(), known.map(|(variant, odds)| (variant.clone(), *odds)).collect())
    }
}

impl Facts for Person<'_> {
    fn is_known(&self) -> bool {
        true
    }

    fn holds(&self, segment: &SegmentId) -> bool {
        self.segments.holds(segment)
    }

    fn why(&self, segment: &SegmentId) -> Why {
        self.segments.why(segment)
    }

    fn shown(&self, offer: &Offer, now: UnixMillis) -> Shown {
        let exposures = &self.state.exposures;
        let session = exposures.visit().began(now);
        let sight = exposures.sight(&offer.id);
        sight.map_or_else(Shown::default, |sight| sight.shown(session, offer.schedule.day(now)))
    }

    fn has_room(&self, offer: &OfferId) -> bool {
        self.rooms.has_room(offer)
    }

    fn data(&self) -> Value {
        json!({
            "traits": self.state.traits.values(),
            "computed": self.state.computed(&Asked::all()),
            "event": self.request.event,
            "context": self.request.context,
        })
    }
}

/// Somebody who may not be looked at, or of whom nothing is known.
pub struct Nobody<'a> {
    /// Caps for all.
    pub rooms: &'a dyn Rooms,
    /// The request: it is nothing that is kept of them.
    pub request: &'a Request,
}

impl Asker for Nobody<'_> {}

impl Facts for Nobody<'_> {
    fn is_known(&self) -> bool {
        false
    }

    fn holds(&self, _: &SegmentId) -> bool {
        false
    }

    fn why(&self, _: &SegmentId) -> Why {
        Why::default()
    }

    fn shown(&self, _: &Offer, _: UnixMillis) -> Shown {
        Shown::default()
    }

    fn has_room(&self, offer: &OfferId) -> bool {
        self.rooms.has_room(offer)
    }

    fn data(&self) -> Value {
        json!({ "traits": {}, "computed": {}, "event": null, "context": self.request.context })
    }
}

/// Somebody of whom nothing is known but which segments they are in.
pub struct Supposed<'a> {
    /// These, and no others.
    pub segments: &'a BTreeSet<SegmentId>,
    /// The request.
    pub request: &'a Request,
}

impl Asker for Supposed<'_> {}

impl Facts for Supposed<'_> {
    fn is_known(&self) -> bool {
        true
    }

    fn holds(&self, segment: &SegmentId) -> bool {
        self.segments.contains(segment)
    }

    fn why(&self, segment: &SegmentId) -> Why {
        Why::bare(self.holds(segment))
    }

    fn shown(&self, _: &Offer, _: UnixMillis) -> Shown {
        Shown::default()
    }

    fn has_room(&self, _: &OfferId) -> bool {
        true
    }

    fn data(&self) -> Value {
        json!({ "traits": {}, "computed": {}, "event": null, "context": self.request.context })
    }
}

/// What was asked, and what was answered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Answers {
    is_known: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    segments: BTreeMap<SegmentId, bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    why: BTreeMap<SegmentId, Why>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    shown: BTreeMap<OfferId, Shown>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    room: BTreeMap<OfferId, bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    assigned: BTreeMap<ExperimentId, Option<Assigned>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    odds: BTreeMap<ExperimentId, (String, Vec<(VariantId, Odds)>)>,
    #[serde(skip_serializing_if = "Value::is_null")]
    data: Value,
}

impl Answers {
    /// The same, with each segment judged once more by what it went by.
    pub(super) fn judged_again(&self, config: &Config) -> Self {
        let judged = self.why.iter().map(|(id, why)| (id.clone(), why.again(id, config)));
        Self { segments: judged.collect(), ..self.clone() }
    }
}

/// Asks, and writes down.
pub(super) struct Recorder<'a> {
    facts: &'a dyn Facts,
    answers: RefCell<Answers>,
}

impl<'a> Recorder<'a> {
    pub(super) fn of(facts: &'a dyn Facts) -> Self {
        let answers = Answers { is_known: facts.is_known(), ..Answers::default() };
        Self { facts, answers: RefCell::new(answers) }
    }

    pub(super) fn answers(self) -> Answers {
        self.answers.into_inner()
    }
}

impl Asker for Recorder<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        let answer = self.facts.attribute(name);
        self.answers.borrow_mut().attributes.insert(name.to_owned(), answer.clone());
        answer
    }

    fn assigned(&self, experiment: &ExperimentId) -> Option<Assigned> {
        let answer = self.facts.assigned(experiment);
        self.answers.borrow_mut().assigned.insert(experiment.clone(), answer.clone());
        answer
    }

    fn odds(&self, experiment: &ExperimentId, setting: &Experiment) -> (String, Vec<(VariantId, Odds)>) {
        let answer = self.facts.odds(experiment, setting);
        self.answers.borrow_mut().odds.insert(experiment.clone(), answer.clone());
        answer
    }
}

impl Facts for Recorder<'_> {
    fn is_known(&self) -> bool {
        self.facts.is_known()
    }

    fn holds(&self, segment: &SegmentId) -> bool {
        let (answer, why) = (self.facts.holds(segment), self.facts.why(segment));
        let mut answers = self.answers.borrow_mut();
        answers.segments.insert(segment.clone(), answer);
        answers.why.insert(segment.clone(), why);
        answer
    }

    fn why(&self, segment: &SegmentId) -> Why {
        self.facts.why(segment)
    }

    fn shown(&self, offer: &Offer, now: UnixMillis) -> Shown {
        let answer = self.facts.shown(offer, now);
        self.answers.borrow_mut().shown.insert(offer.id.clone(), answer);
        answer
    }

    fn has_room(&self, offer: &OfferId) -> bool {
        let answer = self.facts.has_room(offer);
        self.answers.borrow_mut().room.insert(offer.clone(), answer);
        answer
    }

    fn data(&self) -> Value {
        let answer = self.facts.data();
        self.answers.borrow_mut().data = answer.clone();
        answer
    }
}

/// Asked again: as they were written down. What was not asked then is not known.
impl Asker for Answers {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.get(name).cloned().flatten()
    }

    fn assigned(&self, experiment: &ExperimentId) -> Option<Assigned> {
        self.assigned.get(experiment).cloned().flatten()
    }

    fn odds(&self, experiment: &ExperimentId, _: &Experiment) -> (String, Vec<(VariantId, Odds)>) {
        self.odds.get(experiment).cloned().unwrap_or_default()
    }
}

impl Facts for Answers {
    fn is_known(&self) -> bool {
        self.is_known
    }

    fn holds(&self, segment: &SegmentId) -> bool {
        self.segments.get(segment).copied().unwrap_or(false)
    }

    fn why(&self, segment: &SegmentId) -> Why {
        self.why.get(segment).cloned().unwrap_or_default()
    }

    fn shown(&self, offer: &Offer, _: UnixMillis) -> Shown {
        self.shown.get(&offer.id).copied().unwrap_or_default()
    }

    fn has_room(&self, offer: &OfferId) -> bool {
        self.room.get(offer).copied().unwrap_or(false)
    }

    fn data(&self) -> Value {
        self.data.clone()
    }
}
