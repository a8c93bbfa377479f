//! What must hold between the parts of a config.

use crate::ordered::gather;
use std::collections::{BTreeMap, BTreeSet};

use super::{Document, FileError, Known, SourceKind, TraitRules, mapping};
use crate::account::AccountRules;
use crate::ids::{AudienceId, ExperimentId, PlacementId, SegmentId, SourceId};
use crate::limits;
use crate::offer::{check_offer, warnings as of_offers};
use crate::segment::{Rule, Segment, check_rule};
use crate::time::UnixMillis;

/// Which file each audience, segment and offer came from, in the document's order.
#[derive(Debug, Default)]
pub(super) struct Origins {
    pub(super) audiences: Vec<String>,
    pub(super) segments: Vec<String>,
    pub(super) offers: Vec<String>,
}

/// Everything that is wrong.
pub(super) fn check(document: &Document, origins: &Origins) -> Vec<FileError> {
    let mut errors = Vec::new();
    check_sources(document, &mut errors);
    check_traits("traits.json", &document.traits, &mut errors);
    check_accounts(&document.accounts, &mut errors);
    let has_source = |id: &SourceId| document.sources.iter().any(|source| source.id == *id);
    document
        .retention
        .check(has_source, &mut |path, reason| errors.push(error("retention.json", path, reason)));
    if let Some(by_place) = &document.consent {
        by_place.check(&mut |path, reason| errors.push(error("consent.json", path, reason)));
    }
    let audiences: BTreeSet<&AudienceId> = gather(document.audiences.iter().map(|audience| &audience.id));
    for (audience, file) in document.audiences.iter().zip(&origins.audiences) {
        check_id(file, audience.id.as_str(), &mut errors);
    }
    let known: BTreeSet<&SegmentId> = gather(document.segments.iter().map(|segment| &segment.id));
    for (segment, file) in document.segments.iter().zip(&origins.segments) {
        check_segment(segment, file, &known, &audiences, &mut errors);
    }
    let placements: BTreeSet<&PlacementId> =
        gather(document.placements.iter().map(|placement| &placement.id));
    for (offer, file) in document.offers.iter().zip(&origins.offers) {
        check_id(file, offer.id.as_str(), &mut errors);
        check_offer(offer, &placements, &known, &mut |path, reason| errors.push(error(file, path, reason)));
    }
    check_keys(document, origins, &mut errors);
    check_unique(
        "placements.json",
        "placements",
        document.placements.iter().map(|p| p.id.as_str()),
        &mut errors,
    );
    if errors.is_empty()
        && let Err(circle) = evaluation_order(&document.segments)
    {
        let file = document.segments.iter().zip(&origins.segments).find(|(segment, _)| segment.id == circle);
        let file = file.map_or_else(String::new, |(_, file)| file.clone());
        errors.push(on_circle_error(&file, &circle));
    }
    errors
}

pub(super) fn on_circle_error(file: &str, circle: &SegmentId) -> FileError {
    error(file, "rule", format!("segment `{circle}` names itself through other segments"))
}

fn error(file: &str, path: impl Into<String>, reason: impl Into<String>) -> FileError {
    FileError { file: file.to_owned(), path: path.into(), reason: reason.into() }
}

fn is_host(text: &str) -> bool {
    let is_part = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-' | '.' | ':');
    !text.is_empty() && text.chars().all(is_part)
}

fn check_unique<'a>(file: &str, list: &str, ids: impl Iterator<Item = &'a str>, errors: &mut Vec<FileError>) {
    let mut seen = BTreeSet::new();
    for (index, id) in ids.enumerate() {
        if id.is_empty() {
            errors.push(error(file, format!("{list}[{index}].id"), "must not be empty"));
        } else if !seen.insert(id) {
            errors.push(error(file, format!("{list}[{index}].id"), format!("`{id}` is used twice")));
        }
    }
}

fn check_sources(document: &Document, errors: &mut Vec<FileError>) {
    let file = "sources.json";
    if document.sources.is_empty() {
        errors.push(error(
            file,
            "sources",
            "a config needs at least one source: without one nobody can send events",
        ));
    }
    check_unique(file, "sources", document.sources.iter().map(|source| source.id.as_str()), errors);
    let mut keys = BTreeMap::new();
    for (index, source) in document.sources.iter().enumerate() {
        let path = |field: &str| format!("sources[{index}].{field}");
        if source.write_key.trim().is_empty() {
            errors.push(error(file, path("writeKey"), "must not be empty"));
        } else if let Some(other) = keys.insert(source.write_key.as_str(), source.id.as_str()) {
            errors.push(error(file, path("writeKey"), format!("is also the key of source `{other}`")));
        }
        source.identity.check(&mut |below, reason| {
            errors.push(error(file, path(&format!("identity.{below}")), reason));
        });
        let said = [("limits.source", source.limits.source), ("limits.address", source.limits.address)];
        for (field, allowance) in said.into_iter().filter_map(|(field, said)| Some((field, said??))) {
            let numbers = [allowance.per_second, allowance.burst];
            if !numbers.iter().all(|number| (1..=limits::ALLOWANCE).contains(number)) {
                let reason = format!("`perSecond` and `burst` are numbers from 1 to {}", limits::ALLOWANCE);
                errors.push(error(file, path(field), reason));
            }
        }
        if source.kind == SourceKind::Server && !source.mapping.is_empty() {
            errors.push(error(file, path("mapping"), "only a source of kind `browser` has pages"));
        }
        if source.kind == SourceKind::Server && source.origins_only {
            errors.push(error(file, path("originsOnly"), "only a source of kind `browser` has pages"));
        }
        if source.kind == SourceKind::Server && !source.domains.is_empty() {
            errors.push(error(file, path("domains"), "only a source of kind `browser` has pages"));
        }
        if source.domains.len() > limits::DOMAINS {
            errors.push(error(file, path("domains"), format!("at most {}", limits::DOMAINS)));
        }
        for (at, host) in source.domains.iter().enumerate().filter(|(_, host)| !is_host(host)) {
            let reason = format!(
                "`{host}` is no host, such as `www.other-shop.example`: no scheme, no path, in lower case"
            );
            errors.push(error(file, path(&format!("domains[{at}]")), reason));
        }
        mapping::check(&source.mapping, &mut |below, reason| {
            errors.push(error(file, path(&format!("mapping{below}")), reason));
        });
        for (n, origin) in source.origins.iter().enumerate() {
            let bare = origin.split_once("://").is_some_and(|(scheme, host)| {
                matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('/')
            });
            if !bare {
                errors.push(error(
                    file,
                    path(&format!("origins[{n}]")),
                    "write an origin as `https://shop.example`",
                ));
            }
        }
    }
}

fn check_accounts(rules: &AccountRules, errors: &mut Vec<FileError>) {
    let file = "accounts.json";
    check_traits(file, &rules.traits, errors);
    if rules.aggregates.len() > limits::AGGREGATES {
        let reason =
            format!("there are {} aggregates; {} may be", rules.aggregates.len(), limits::AGGREGATES);
        errors.push(error(file, "aggregates", reason));
    }
    for (name, aggregate) in &rules.aggregates {
        let path = |field: &str| format!("aggregates.{name}{field}");
        if name.is_empty() || name == "members" {
            errors.push(error(file, path(""), "an aggregate needs a name, and `members` is taken"));
        }
        if aggregate.over.is_empty() || aggregate.over.split('.').next() == Some("account") {
            errors.push(error(
                file,
                path(".over"),
                "name a trait of the members, or `computed.orders` and the like",
            ));
        }
    }
}

fn check_traits(file: &str, rules: &TraitRules, errors: &mut Vec<FileError>) {
    if rules.names().any(str::is_empty) {
        errors.push(error(file, "traits", "a trait's name must not be empty"));
    }
    let count = rules.beyond_newest().count();
    if count > limits::TRAIT_RULES {
        let reason = format!("{count} traits have a rule other than `newest`; {} may", limits::TRAIT_RULES);
        errors.push(error(file, "traits", reason));
    }
}

fn check_id(file: &str, id: &str, errors: &mut Vec<FileError>) {
    let stem = file.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).unwrap_or_default();
    if stem != id {
        errors.push(error(file, "id", format!("must be the file's name, `{stem}`, but is `{id}`")));
    }
}

pub(super) fn check_segment(
    segment: &Segment,
    file: &str,
    known: &BTreeSet<&SegmentId>,
    audiences: &BTreeSet<&AudienceId>,
    errors: &mut Vec<FileError>,
) {
    check_id(file, segment.id.as_str(), errors);
    if segment.rule.depth() > limits::RULE_DEPTH {
        errors.push(error(file, "rule", format!("rules may be nested {} deep", limits::RULE_DEPTH)));
    }
    check_rule(&segment.rule, known, audiences, &mut |path, reason| errors.push(error(file, path, reason)));
}

/// People are remembered by the key of an experiment: two must not share one.
fn check_keys(document: &Document, origins: &Origins, errors: &mut Vec<FileError>) {
    let mut keys: BTreeMap<ExperimentId, &str> = BTreeMap::new();
    for (offer, file) in document.offers.iter().zip(&origins.offers) {
        let mut settled = offer.clone();
        settled.settle();
        let Some((key, _)) = settled.experiment() else { continue };
        if let Some(other) = keys.insert(key.clone(), file) {
            errors.push(error(file, "experiment.key", format!("`{key}` is also the key of {other}")));
        }
    }
}

/// What is right, and still can't be what is wanted.
pub(super) fn warnings(
    document: &Document,
    origins: &Origins,
    known: &Known,
    now: UnixMillis,
) -> Vec<FileError> {
    let file = |n: usize| origins.offers.get(n).map_or("", String::as_str);
    let mut certain: BTreeMap<&SegmentId, bool> = BTreeMap::new();
    for n in evaluation_order(&document.segments).unwrap_or_default() {
        let Some(segment) = document.segments.get(n) else { continue };
        if let Some(holds) = segment.rule.certainly(&|id| certain.get(id).copied()) {
            certain.insert(&segment.id, holds);
        }
    }
    let is_for_nobody = |id: &SegmentId| certain.get(id) == Some(&false);
    of_offers(&document.offers, &is_for_nobody, known, now)
        .into_iter()
        .map(|(n, path, reason)| error(file(n), path, reason))
        .collect()
}

/// A segment that comes back to itself: from one that waits, along what it waits for, until one is met again.
fn on_circle(waiting: &[(usize, BTreeSet<usize>)]) -> Option<usize> {
    let mut seen = BTreeSet::new();
    let mut at = waiting.first()?.0;
    while seen.insert(at) {
        let (_, needs) = waiting.iter().find(|(n, _)| *n == at)?;
        at = *needs.iter().find(|need| waiting.iter().any(|(n, _)| n == *need))?;
    }
    Some(at)
}

/// An order in which every segment comes after those it names.
///
/// # Errors
/// A segment on a circle.
pub(super) fn evaluation_order(segments: &[Segment]) -> Result<Vec<usize>, SegmentId> {
    let index: BTreeMap<&SegmentId, usize> = gather(segments.iter().enumerate().map(|(n, s)| (&s.id, n)));
    let mut waiting: Vec<(usize, BTreeSet<usize>)> = segments
        .iter()
        .enumerate()
        .map(|(n, segment)| {
            let mut needs = BTreeSet::new();
            segment.rule.walk("", &mut |rule, _| {
                if let Rule::Segment(id) = rule {
                    needs.extend(index.get(id).copied());
                }
            });
            (n, needs)
        })
        .collect();
    let mut order = Vec::with_capacity(segments.len());
    let mut done = BTreeSet::new();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, needs)| needs.is_subset(&done));
        if ready.is_empty() {
            let stuck = on_circle(&rest).and_then(|n| segments.get(n));
            return stuck.map_or(Ok(order), |segment| Err(segment.id.clone()));
        }
        for (n, _) in ready {
            done.insert(n);
            order.push(n);
        }
        waiting = rest;
    }
    Ok(order)
}
