//! The decision: placement → offers in schedule → audience → consent → caps → priority → experiment arm → content.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts::{Facts, Recorder, Supposed};
use super::request::Request;
use super::template::{Data, has_templates};
use super::trace::{Considered, Decisive, Trace, Why};
use super::{Content, Offer};
use crate::config::Config;
use crate::consent::MayDecide;
use crate::exposure::{Assigned, Assignment};
use crate::ids::{DecisionId, ExperimentId, OfferId, PlacementId, VariantId};
use crate::offer::experiment::{Allotted, Arm, Variant, allot};
use crate::time::UnixMillis;
use crate::token::{DECISION_VERSION, Decision};

/// The answer for one placement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// Names this decision.
    #[serde(default)]
    pub id: DecisionId,
    /// The slot.
    pub placement: PlacementId,
    /// The offer that won; none if the default content is shown.
    pub offer: Option<OfferId>,
    /// The experiment that the offer's variant was allotted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<ExperimentId>,
    /// The variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<VariantId>,
    /// With which probability this variant was to come out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
    /// Of a bandit: the audience that it learns for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
    /// What to show; none leaves the page's own content.
    pub content: Option<Content>,
    /// `audience`, `everybody`, `fallback`, `default`, `no_consent`, `unbound_device`, `unavailable`, `unknown_placement` or `bot`.
    pub reason: String,
}

impl Decided {
    /// What its token says; nothing where no offer is shown.
    pub fn for_token(&self, config: u64, now: UnixMillis) -> Option<Decision> {
        Some(Decision {
            v: DECISION_VERSION,
            id: self.id.clone(),
            offer: Some(self.offer.clone()?),
            placement: Some(self.placement.clone()),
            experiment: self.experiment.clone(),
            variant: self.variant.clone(),
            propensity: self.propensity,
            audience: self.audience.clone(),
            config,
            at: now,
        })
    }
}

/// What comes of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decisions {
    /// For each placement, in the order of the request.
    pub decided: Vec<Decided>,
    /// What was given to the person, to be written into their log: it holds from now on.
    pub assignments: Vec<Assignment>,
}

/// Decides each placement for somebody who may be looked at.
pub fn decide(facts: &dyn Facts, config: &Config, request: &Request, _consent: MayDecide) -> Decisions {
    Deciding::new(facts, config, request, "default").all()
}

/// What everybody sees whose profile may not or can not be used: offers that ask nothing about the person still run.
/// `facts` are [`Nobody`](super::Nobody)'s.
pub fn defaults(facts: &dyn Facts, config: &Config, request: &Request, reason: &str) -> Vec<Decided> {
    Deciding::new(facts, config, request, reason).all().decided
}

/// Decides, and says why: the same decisions as without.
pub fn explain(
    facts: &dyn Facts,
    config: &Config,
    request: &Request,
    _consent: MayDecide,
) -> (Decisions, Trace) {
    traced(facts, config, request, "default")
}

/// As [`defaults`], and why.
pub fn explain_defaults(
    facts: &dyn Facts,
    config: &Config,
    request: &Request,
    reason: &str,
) -> (Decisions, Trace) {
    traced(facts, config, request, reason)
}

/// What somebody would see who is in these segments, and why: nobody is looked at.
pub fn explain_supposed(somebody: &Supposed<'_>, config: &Config, request: &Request) -> (Decisions, Trace) {
    traced(somebody, config, request, "default")
}

pub(super) fn traced(
    facts: &dyn Facts,
    config: &Config,
    request: &Request,
    reason: &str,
) -> (Decisions, Trace) {
    let recorder = Recorder::of(facts);
    let mut deciding = Deciding::new(&recorder, config, request, reason);
    deciding.whys = Some(Vec::new());
    let (decisions, whys) = deciding.all_and_why();
    let trace = Trace::of(config, request, reason, recorder.answers(), whys);
    (decisions, trace)
}

/// Decisions of one request in the making.
struct Deciding<'a> {
    facts: &'a dyn Facts,
    config: &'a Config,
    request: &'a Request,
    /// Why there is nothing but the default.
    otherwise: &'a str,
    /// What templates have, once one of them asks.
    data: OnceCell<Data>,
    shown: BTreeSet<&'a OfferId>,
    groups: BTreeSet<&'a str>,
    assignments: Vec<Assignment>,
    /// What was considered for each placement, if somebody wants to know.
    whys: Option<Vec<Why>>,
}

/// What an offer has for the person.
struct Chosen {
    content: Content,
    experiment: Option<(ExperimentId, Allotted)>,
    is_fallback: bool,
    detail: Option<String>,
}

impl<'a> Deciding<'a> {
    fn new(facts: &'a dyn Facts, config: &'a Config, request: &'a Request, otherwise: &'a str) -> Self {
        Self {
            facts,
            config,
            request,
            otherwise,
            data: OnceCell::new(),
            shown: BTreeSet::new(),
            groups: BTreeSet::new(),
            assignments: Vec::new(),
            whys: None,
        }
    }

    fn all(self) -> Decisions {
        self.all_and_why().0
    }

    fn all_and_why(mut self) -> (Decisions, Vec<Why>) {
        let mut decided: Vec<Decided> = Vec::with_capacity(self.request.placements.len());
        for (place, placement) in self.request.placements.iter().enumerate() {
            // Asked twice, it is one slot.
            let same = decided.iter().find(|one| one.placement == *placement).cloned();
            let one = match same {
                Some(same) => same,
                None => self.placement(placement, self.request.decision(place)),
            };
            decided.push(one);
        }
        let decisions = Decisions { decided, assignments: self.assignments };
        (decisions, self.whys.unwrap_or_default())
    }

    fn placement(&mut self, placement: &'a PlacementId, id: DecisionId) -> Decided {
        let mut considered = Vec::new();
        let mut won = None;
        for offer in self.config.offers_for(placement) {
            if won.is_some() {
                if self.whys.is_none() {
                    break;
                }
                let beaten = Decisive::Beaten;
                considered.push(Considered { offer: offer.id.clone(), by: beaten, detail: None });
                continue;
            }
            match self.consider(offer, &id) {
                Ok(chosen) => {
                    let detail = chosen.detail.clone();
                    considered.push(Considered { offer: offer.id.clone(), by: Decisive::Won, detail });
                    won = Some((offer, chosen));
                }
                Err((by, detail)) => considered.push(Considered { offer: offer.id.clone(), by, detail }),
            }
        }
        if let Some(whys) = &mut self.whys {
            whys.push(Why { placement: placement.clone(), decision: id.clone(), considered });
        }
        match won {
            Some((offer, chosen)) => self.won(placement, offer, chosen, id),
            None => self.default(placement, id),
        }
    }

    /// What an offer has for the person, or the first rule that keeps it from them.
    fn consider(&mut self, offer: &'a Offer, id: &DecisionId) -> Result<Chosen, (Decisive, Option<String>)> {
        let now = self.request.now;
        let fails = |by| Err((by, None));
        if !offer.schedule.runs(now) {
            return fails(Decisive::Schedule);
        }
        let asks_of_person = offer.audience.is_some() || !offer.caps.person.is_none();
        if asks_of_person && !self.facts.is_known() {
            return fails(Decisive::Consent);
        }
        if offer.audience.as_ref().is_some_and(|audience| !self.facts.holds(audience)) {
            return fails(Decisive::Audience);
        }
        if !offer.caps.person.is_none()
            && let Some(cap) = offer.caps.person.reached(self.facts.shown(offer, now))
        {
            return Err((Decisive::PersonCap, Some(cap.to_owned())));
        }
        if self.shown.contains(&offer.id) {
            return fails(Decisive::OnPage);
        }
        if let Some(group) = offer.exclusive.as_deref().filter(|group| self.groups.contains(group)) {
            return Err((Decisive::Exclusive, Some(group.to_owned())));
        }
        if offer.caps.are_shared() && !self.facts.has_room(&offer.id) {
            return fails(Decisive::SharedCap);
        }
        let (content, experiment) = self.arm(offer, id)?;
        self.rendered(offer, content, experiment)
    }

    /// The variant that the person is to see; the offer's own content for whoever is not in the experiment.
    #[expect(clippy::type_complexity, reason = "named where it goes")]
    fn arm(
        &mut self,
        offer: &'a Offer,
        id: &DecisionId,
    ) -> Result<(&'a Content, Option<(ExperimentId, Allotted)>), (Decisive, Option<String>)> {
        let Some((key, experiment)) = offer.experiment() else { return Ok((&offer.content, None)) };
        let Some(allotted) = allot(key, experiment, &offer.variants, self.facts, id) else {
            return Ok((&offer.content, None));
        };
        if experiment.is_sticky() && !allotted.kept {
            let assigned = Assigned {
                at: self.request.now,
                decision: id.clone(),
                variant: allotted.arm.name(),
                propensity: allotted.propensity,
                audience: allotted.audience.clone(),
            };
            if !self.assignments.iter().any(|one| one.experiment == *key) {
                self.assignments.push(Assignment { experiment: key.clone(), assigned });
            }
        }
        let Arm::Variant(variant) = &allotted.arm else { return Err((Decisive::HeldOut, None)) };
        let of = |one: &&Variant| one.id == *variant;
        let content = offer.variants.iter().find(of).and_then(|variant| variant.content.as_ref());
        Ok((content.unwrap_or(&offer.content), Some((key.clone(), allotted))))
    }

    fn rendered(
        &self,
        offer: &'a Offer,
        content: &Content,
        experiment: Option<(ExperimentId, Allotted)>,
    ) -> Result<Chosen, (Decisive, Option<String>)> {
        let render = |content: &Content| {
            if !has_templates(content) {
                return Ok(content.clone());
            }
            let data = self.data.get_or_init(|| Data::of(&self.facts.data()));
            self.config.templates().render(content, data)
        };
        let error = match render(content) {
            Ok(content) => return Ok(Chosen { content, experiment, is_fallback: false, detail: None }),
            Err(error) => error,
        };
        let fallback = offer.fallback.as_ref().map(render);
        match fallback {
            Some(Ok(content)) => {
                Ok(Chosen { content, experiment, is_fallback: true, detail: Some(error.to_string()) })
            }
            _ => Err((Decisive::Template, Some(error.to_string()))),
        }
    }

    fn won(&mut self, placement: &PlacementId, offer: &'a Offer, chosen: Chosen, id: DecisionId) -> Decided {
        self.shown.insert(&offer.id);
        self.groups.extend(offer.exclusive.as_deref());
        let reason = match (chosen.is_fallback, &offer.audience) {
            (true, _) => "fallback",
            (false, Some(_)) => "audience",
            (false, None) => "everybody",
        };
        let (experiment, allotted) = chosen.experiment.unzip();
        let variant = allotted.as_ref().map(|allotted| allotted.arm.name());
        let propensity = allotted.as_ref().map(|allotted| allotted.propensity);
        Decided {
            id,
            placement: placement.clone(),
            offer: Some(offer.id.clone()),
            experiment,
            variant,
            propensity,
            audience: allotted.map(|allotted| allotted.audience).unwrap_or_default(),
            content: Some(chosen.content),
            reason: reason.into(),
        }
    }

    fn default(&self, placement: &PlacementId, id: DecisionId) -> Decided {
        let known = self.config.placement(placement);
        Decided {
            id,
            placement: placement.clone(),
            offer: None,
            experiment: None,
            variant: None,
            propensity: None,
            audience: String::new(),
            content: known.and_then(|placement| placement.default.clone()),
            reason: if known.is_some() { self.otherwise.into() } else { "unknown_placement".into() },
        }
    }
}
