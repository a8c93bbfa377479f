//! The config: the published, versioned set of sources, identity and trait rules, placements, segments and offers.

mod difference;
mod draft;
mod files;
mod known;
mod mapping;
mod plain;
mod publication;
mod readable;
mod reconcile;
mod retention;
mod source;
mod trait_rules;
mod validate;
mod veil;

pub use difference::{Difference, FileChange, Place, differences};
pub use files::{
    FileError, Files, read_draft, read_files, read_files_and_warn, read_files_knowing, read_identity,
};
pub use known::Known;
pub use mapping::{Mapping, Property, Trigger};
pub use plain::in_plain_words;
pub use publication::{Made, PUBLICATION_VERSION, Publication, Touched};
pub use reconcile::{Conflict, Reconciled, reconcile};
pub use retention::{Earliest, Retention, RetentionRule};
pub use source::{
    ForPages, IdentityKey, IdentityMode, Signal, Source, SourceConsent, SourceIdentity, SourceKey, SourceKind,
};
pub use trait_rules::{Merge, TraitRule, TraitRules};
pub use veil::veiled;

use crate::ordered::sort_by;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::account::AccountRules;
use crate::audience::{Audience, Generation};
use crate::consent::{self, Consent, Jurisdictions};
use crate::identity::{IdentityRules, Namespace};
use crate::ids::{AudienceId, ExperimentId, PlacementId, SegmentId};
use crate::offer::experiment::{Experiment, Goal};
use crate::offer::{Needs, Offer, Placement, Templates};
use crate::profile::Asked;
use crate::segment::{Condition, ConditionKey, Program, Rule, Segment, Threshold, declared};

/// What is published: plain data, an immutable blob once it has a version.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Document {
    /// Where events come from.
    pub sources: Vec<Source>,
    /// Rules of identity.
    #[serde(default)]
    pub identity: IdentityRules,
    /// Rules of traits. Left out when there are none, so that a document from before they existed keeps its hash.
    #[serde(default, skip_serializing_if = "TraitRules::is_empty")]
    pub traits: TraitRules,
    /// Rules of accounts. Left out when there are none.
    #[serde(default, skip_serializing_if = "AccountRules::is_empty")]
    pub accounts: AccountRules,
    /// How long events are kept. Left out when that is for good.
    #[serde(default, skip_serializing_if = "Retention::is_for_good")]
    pub retention: Retention,
    /// What may be done without a word of the visitor, by place. Left out when sources' defaults hold everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Jurisdictions>,
    /// Imported audiences. Left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<Audience>,
    /// By namespace: the generation of them that counts. No file says it; left out when nothing was imported.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub generations: BTreeMap<Namespace, Generation>,
    /// What somebody must have to be among the top of all people, as the directory has worked it out. No file says it; left out when
    /// no segment asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// Slots on pages.
    pub placements: Vec<Placement>,
    /// Segments. One that a newer version wrote may be beyond this one: the rest of the config serves all the same.
    #[serde(deserialize_with = "readable::segments")]
    pub segments: Vec<Segment>,
    /// Offers.
    pub offers: Vec<Offer>,
}

impl Document {
    /// Reads the JSON that it was published as.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        let value: Value = serde_json::from_str(json)?;
        // As files are read: a second way to read all its types would be a second copy of their code in the Worker.
        serde_path_to_error::deserialize(&value).map_err(serde_path_to_error::Error::into_inner)
    }

    /// The SHA-256 of its JSON, in hex: equal documents have equal hashes.
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(&json).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The computed traits that segments speak of.
fn asked(segments: &[Segment]) -> Asked {
    let mut paths = Vec::new();
    for segment in segments {
        segment.rule.walk("", &mut |rule, _| match rule {
            Rule::Traits(condition) => {
                let (condition, _) = Condition::compile(condition);
                paths.extend(condition.paths().into_iter().map(str::to_owned));
            }
            Rule::Score(score) => paths.push(score.of.clone()),
            _ => {}
        });
    }
    Asked::by(paths.iter().map(String::as_str))
}

/// An experiment in which people keep the variant that they were given, and what it wants of them.
#[derive(Debug, Clone)]
pub struct Sticky {
    /// Its key.
    pub key: ExperimentId,
    /// Milliseconds from when somebody was given a variant, in which what they do counts.
    pub within: i64,
    /// Where a profile keeps the events that reach the goal.
    pub tally: ConditionKey,
}

/// A document made ready to answer: indexed by what requests ask for.
#[derive(Debug, Clone, Default)]
pub struct Config {
    version: u64,
    document: Document,
    trait_rules: String,
    counted: String,
    program: Program,
    asked: Asked,
    numbers: BTreeSet<String>,
    offers: BTreeMap<PlacementId, Vec<Offer>>,
    needs: BTreeMap<PlacementId, Needs>,
    templates: Templates,
    /// By the event that they want: see [`Config::experiments_for`].
    goals: BTreeMap<String, Vec<(ExperimentId, Goal)>>,
    /// See [`Config::sticky_experiments`].
    sticky: Vec<Sticky>,
}

impl Config {
    /// Indexes a validated document. Segments that name each other in a circle (the validation refuses them) are left
    /// out and hold for nobody.
    pub fn new(version: u64, document: Document) -> Self {
        let order = validate::evaluation_order(&document.segments).unwrap_or_default();
        let mut offers: BTreeMap<PlacementId, Vec<Offer>> = BTreeMap::new();
        let mut goals: BTreeMap<String, Vec<(ExperimentId, Goal)>> = BTreeMap::new();
        let (mut sticky, mut trackers) = (Vec::new(), Vec::new());
        for offer in &document.offers {
            let mut offer = offer.clone();
            offer.settle();
            if let Some((key, experiment @ Experiment { goal: Some(goal), .. })) = offer.experiment() {
                goals.entry(goal.event.clone()).or_default().push((key.clone(), goal.clone()));
                if experiment.keeps_people() {
                    let tracker = goal.tracker();
                    let (within, tally) = (goal.within.millis(), *tracker.key());
                    sticky.push(Sticky { key: key.clone(), within, tally });
                    trackers.push(tracker);
                }
            }
            for placement in offer.placement.iter() {
                offers.entry(placement.clone()).or_default().push(offer.clone());
            }
        }
        for list in offers.values_mut() {
            sort_by(list, |a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        }
        sort_by(&mut sticky, |a: &Sticky, b| a.key.cmp(&b.key));
        let segments = order.iter().filter_map(|index| document.segments.get(*index));
        let program = Program::new(segments, &document.thresholds, trackers.into_iter());
        let needs_of = |(placement, offers): (&PlacementId, &Vec<Offer>)| {
            (placement.clone(), Needs::of(offers, &program))
        };
        let needs = offers.iter().map(needs_of).collect();
        let templates = Templates::default();
        let asked = asked(&document.segments);
        let numbers = declared(&document.segments);
        let trait_rules = document.traits.fingerprint();
        let counted = format!("{}{}", program.counted(), document.retention.fingerprint());
        Self {
            version,
            document,
            trait_rules,
            counted,
            program,
            asked,
            numbers,
            offers,
            needs,
            templates,
            goals,
            sticky,
        }
    }

    /// Its version; 0 before anything was published.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The document it was made of.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The rules of identity.
    pub fn identity(&self) -> &IdentityRules {
        &self.document.identity
    }

    /// The rules of traits.
    pub fn traits(&self) -> &TraitRules {
        &self.document.traits
    }

    /// Their fingerprint: see [`TraitRules::fingerprint`].
    pub fn trait_rules(&self) -> &str {
        &self.trait_rules
    }

    /// The rules of accounts.
    pub fn accounts(&self) -> &AccountRules {
        &self.document.accounts
    }

    /// How long events are kept.
    pub fn retention(&self) -> &Retention {
        &self.document.retention
    }

    /// The computed traits that segments speak of.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The numbers that people are compared by: profiles tell the directory what they have.
    pub fn numbers(&self) -> &BTreeSet<String> {
        &self.numbers
    }

    /// Names what memberships follow from beside a log and thresholds: whoever goes by another one may be in other segments, or may have
    /// to let go of a part of the log.
    pub fn memberships(&self) -> String {
        let generations: Vec<_> = match self.program.audiences_of_lists().is_empty() {
            true => Vec::new(),
            false => self.document.generations.iter().collect(),
        };
        let of = (self.program.definitions(), &self.trait_rules, generations);
        let mut digest = Sha256::new_with_prefix(serde_json::to_vec(&of).unwrap_or_default());
        let retention = self.retention();
        if !retention.is_for_good() {
            digest.update(serde_json::to_vec(retention).unwrap_or_default());
        }
        let digest = digest.finalize();
        digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether this segment speaks of accounts, by itself or through another: then it can only be told beside them.
    pub fn reads_accounts(&self, segment: &SegmentId) -> bool {
        self.program.reads_accounts(segment)
    }

    /// What must be at hand before a decision for these placements.
    pub fn needs(&self, placements: &[PlacementId]) -> impl Iterator<Item = &Needs> {
        placements.iter().filter_map(|placement| self.needs.get(placement))
    }

    /// The imported audiences that a decision for these placements depends on, if any were imported.
    pub fn decides_by_audiences(&self, placements: &[PlacementId]) -> Vec<&Audience> {
        if self.document.generations.is_empty() {
            return Vec::new();
        }
        let ids: BTreeSet<&AudienceId> = self.needs(placements).flat_map(|needs| &needs.audiences).collect();
        self.document.audiences.iter().filter(|audience| ids.contains(&audience.id)).collect()
    }

    /// Templates of its offers.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The imported audience with this id.
    pub fn audience(&self, id: &AudienceId) -> Option<&Audience> {
        self.document.audiences.iter().find(|audience| audience.id == *id)
    }

    /// Whether any segment speaks of accounts.
    pub fn speaks_of_accounts(&self) -> bool {
        self.program.speaks_of_accounts()
    }

    /// The source with this write key.
    pub fn source_by_key(&self, write_key: &str) -> Option<&Source> {
        self.document.sources.iter().find(|source| source.write_key == write_key)
    }

    /// The consent of who has said nothing, in a browser that sends these signals: what the source allows, and, since a
    /// server's requests say nothing of where a visitor is, of a source in browsers what the law of their place does.
    pub fn unless_said(&self, source: &Source, place: consent::Place<'_>, gpc: bool, dnt: bool) -> Consent {
        let by_source = source.consent.unless_said(gpc, dnt);
        match &self.document.consent {
            Some(by_place) if source.kind == SourceKind::Browser => {
                by_source.and(by_place.unless_said(place))
            }
            _ => by_source,
        }
    }

    /// The placement with this id.
    pub fn placement(&self, id: &PlacementId) -> Option<&Placement> {
        self.document.placements.iter().find(|placement| placement.id == *id)
    }

    /// A placement's offers, best first.
    pub fn offers_for(&self, placement: &PlacementId) -> impl Iterator<Item = &Offer> {
        self.offers.get(placement).into_iter().flatten()
    }

    /// The offer that an experiment is of.
    pub fn offer_of(&self, experiment: &ExperimentId) -> Option<&Offer> {
        let of = |offer: &&Offer| offer.experiment().is_some_and(|(key, _)| key == experiment);
        self.offers.values().flatten().find(of)
    }

    /// The experiments that want this event, and what they want of it.
    pub fn experiments_for(&self, event: &str) -> impl Iterator<Item = (&ExperimentId, &Goal)> {
        self.goals.get(event).into_iter().flatten().map(|(key, goal)| (key, goal))
    }

    /// The experiments in which people keep the variant that they were given, and what they want, by key.
    pub fn sticky_experiments(&self) -> &[Sticky] {
        &self.sticky
    }

    /// All experiments, each with its offer.
    pub fn experiments(&self) -> BTreeMap<&ExperimentId, &Offer> {
        let offers = self.offers.values().flatten();
        offers.filter_map(|offer| Some((offer.experiment()?.0, offer))).collect()
    }

    /// The segments, ready.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The fingerprint of what is counted of events: see [`Program::counted`]; and by which rules the earliest are told apart.
    pub fn counted(&self) -> &str {
        &self.counted
    }
}
