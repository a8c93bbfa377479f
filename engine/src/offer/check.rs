//! What must hold of an offer before it is published, and what its author should know.

use std::collections::{BTreeMap, BTreeSet};

use super::template::Templates;
use super::{Content, Offer};
use crate::config::Known;
use crate::ids::{PlacementId, SegmentId};
use crate::limits;
use crate::offer::experiment::{Allotment, Arm, Experiment, Variant};
use crate::time::UnixMillis;

/// Says what is wrong: where in the file, and what would be right.
type Report<'a> = &'a mut dyn FnMut(String, String);

/// Everything that is wrong with an offer by itself.
pub(crate) fn check_offer(
    offer: &Offer,
    placements: &BTreeSet<&PlacementId>,
    segments: &BTreeSet<&SegmentId>,
    report: Report<'_>,
) {
    let mut say = |path: &str, reason: String| report(path.to_owned(), reason);
    if offer.id.as_str().len() > limits::OFFER_ID_BYTES {
        say("id", format!("at most {} bytes: it travels with every impression", limits::OFFER_ID_BYTES));
    }
    let mut seen = BTreeSet::new();
    for placement in offer.placement.iter() {
        if !placements.contains(placement) {
            say("placement", format!("there is no placement `{placement}`"));
        } else if !seen.insert(placement) {
            say("placement", format!("`{placement}` is named twice"));
        }
    }
    if offer.placement.iter().next().is_none() {
        say("placement", "name at least one".to_owned());
    }
    if let Some(audience) = offer.audience.as_ref().filter(|audience| !segments.contains(audience)) {
        say("audience", format!("there is no segment `{audience}`"));
    }
    check_schedule(offer, &mut say);
    check_caps(offer, &mut say);
    let templates = Templates::default();
    check_content(&templates, &offer.content, "content", &mut say);
    if let Some(fallback) = &offer.fallback {
        check_content(&templates, fallback, "fallback", &mut say);
    }
    for (n, variant) in offer.variants.iter().enumerate() {
        if let Some(content) = &variant.content {
            check_content(&templates, content, &format!("variants[{n}].content"), &mut say);
        }
    }
    check_variants(offer, &mut say);
    if let Some(experiment) = &offer.experiment {
        check_experiment(experiment, offer, segments, &mut say);
    }
}

type Say<'a> = &'a mut dyn FnMut(&str, String);

fn check_schedule(offer: &Offer, say: Say<'_>) {
    let schedule = &offer.schedule;
    if !schedule.knows_zone() {
        let zone = schedule.zone.as_deref().unwrap_or_default();
        say("schedule.zone", format!("there is no time zone `{zone}`; write it as `Europe/Berlin`"));
        return;
    }
    let instant = |text: &Option<String>| text.as_deref().map(|text| schedule.instant(text));
    let (start, end) = (instant(&schedule.start), instant(&schedule.end));
    for (path, bound) in [("schedule.start", start), ("schedule.end", end)] {
        if bound == Some(None) {
            say(
                path,
                "write a time as `2026-12-01T00:00:00Z`, or as `2026-12-01T00:00` on the zone's clock"
                    .to_owned(),
            );
        }
    }
    if let (Some(Some(start)), Some(Some(end))) = (start, end)
        && end <= start
    {
        say("schedule.end", "is not after the start, so the offer would never run".to_owned());
    }
    for (n, hours) in schedule.hours.iter().enumerate() {
        if let Some(problem) = hours.problem() {
            say(&format!("schedule.hours[{n}]"), problem.to_owned());
        }
    }
}

fn check_caps(offer: &Offer, say: Say<'_>) {
    let (person, all) = (offer.caps.person, offer.caps.all);
    let most = limits::CAP_PER_DAY as u64;
    for (path, cap, most) in [
        ("caps.person.session", person.session, most),
        ("caps.person.day", person.day, most),
        ("caps.person.campaign", person.campaign, u64::MAX),
        ("caps.all.day", all.day, u64::MAX),
        ("caps.all.campaign", all.campaign, u64::MAX),
    ] {
        match cap {
            Some(0) => say(path, "at least 1: 0 would never show the offer".to_owned()),
            Some(cap) if cap > most => say(path, format!("at most {most}: leave it out for no cap")),
            _ => {}
        }
    }
}

fn check_content(templates: &Templates, content: &Content, path: &str, say: Say<'_>) {
    for error in templates.check(content) {
        let inside = match content {
            Content::Html { .. } => ".html".to_owned(),
            Content::Json { .. } if error.path.is_empty() => ".json".to_owned(),
            Content::Json { .. } if error.path.starts_with('[') => format!(".json{}", error.path),
            Content::Json { .. } => format!(".json.{}", error.path),
        };
        say(&format!("{path}{inside}"), error.to_string());
    }
}

fn check_variants(offer: &Offer, say: Say<'_>) {
    let variants = &offer.variants;
    if variants.is_empty() {
        if offer.experiment.is_some() {
            say("experiment", "there is nothing to try out: give the offer `variants`".to_owned());
        }
        return;
    }
    if variants.len() < 2 || variants.len() > limits::VARIANTS {
        say("variants", format!("2 to {}; one alone is the offer's content", limits::VARIANTS));
    }
    let mut seen = BTreeSet::new();
    for (n, Variant { id, .. }) in variants.iter().enumerate() {
        let path = format!("variants[{n}].id");
        let id = id.as_str();
        if id.is_empty() || id.len() > limits::OFFER_ID_BYTES || id == Arm::HELD_OUT {
            say(&path, format!("1 to {} bytes, and not `{}`", limits::OFFER_ID_BYTES, Arm::HELD_OUT));
        } else if !seen.insert(id) {
            say(&path, format!("`{id}` is used twice"));
        }
    }
    let weights: Vec<f64> = variants.iter().filter_map(|variant| variant.weight).collect();
    let is_bandit = offer.experiment.as_ref().is_some_and(|one| one.kind == Allotment::Bandit);
    if weights.is_empty() {
        return;
    }
    let sum: f64 = weights.iter().sum();
    if is_bandit {
        say("variants", "a bandit finds the weights: leave them out".to_owned());
    } else if weights.len() < variants.len() {
        say("variants", "give each variant a `weight`, or none: then they are equal".to_owned());
    } else if !(0.99..=1.01).contains(&sum) || weights.iter().any(|weight| !(0.0..=1.0).contains(weight)) {
        say("variants", format!("the weights come to {sum}, and must come to 1"));
    }
}

fn check_experiment(experiment: &Experiment, offer: &Offer, segments: &BTreeSet<&SegmentId>, say: Say<'_>) {
    let part = |number: f64| (0.0..=1.0).contains(&number);
    let key = experiment.key.as_ref();
    if key.is_some_and(|key| key.as_str().is_empty() || key.as_str().len() > limits::OFFER_ID_BYTES) {
        say("experiment.key", format!("1 to {} bytes", limits::OFFER_ID_BYTES));
    }
    let version = experiment.bucket_version.unwrap_or(0);
    if version > limits::BUCKET_VERSIONS {
        say("experiment.bucketVersion", format!("at most {}", limits::BUCKET_VERSIONS));
    }
    if experiment.min_bucket_version.is_some_and(|least| least > version) {
        say("experiment.minBucketVersion", format!("at most the `bucketVersion`, {version}"));
    }
    if experiment.hash_version.is_some_and(|version| !(1..=2).contains(&version)) {
        say("experiment.hashVersion", "1 or 2".to_owned());
    }
    if experiment.coverage.is_some_and(|coverage| !part(coverage)) {
        say("experiment.coverage", "from 0 to 1: 0.5 is half of all people".to_owned());
    }
    if let Some(holdout) = &experiment.holdout
        && !part(holdout.share)
    {
        say("experiment.holdout.share", "from 0 to 1: 0.05 is one person in twenty".to_owned());
    }
    if let Some(namespace) = &experiment.namespace
        && (namespace.id.is_empty()
            || !part(namespace.from)
            || !part(namespace.to)
            || namespace.from >= namespace.to)
    {
        say("experiment.namespace", "an `id`, and a part of it: `from` 0 or more, `to` 1 or less".to_owned());
    }
    for (n, audience) in experiment.audiences.iter().enumerate() {
        if !segments.contains(audience) {
            say(&format!("experiment.audiences[{n}]"), format!("there is no segment `{audience}`"));
        }
    }
    let is_bandit = experiment.kind == Allotment::Bandit;
    if !is_bandit && !experiment.audiences.is_empty() {
        say("experiment.audiences", "only a bandit learns for audiences".to_owned());
    }
    match &experiment.goal {
        None if is_bandit && !offer.variants.is_empty() => {
            say("experiment.goal", "a bandit needs one, as `{\"event\": \"Order Completed\"}`".to_owned());
        }
        Some(goal) if goal.event.trim().is_empty() => {
            say("experiment.goal.event", "must name an event".to_owned())
        }
        Some(goal) if goal.within.millis() == 0 => {
            say("experiment.goal.within", "give days, hours, minutes or seconds".to_owned());
        }
        _ => {}
    }
}

/// What an author should know of offers that are right, and still can't be what is wanted: by the offer's place in the list, the
/// path, and why. `is_for_nobody` says of a segment that nobody can be in it.
pub(crate) fn warnings(
    offers: &[Offer],
    is_for_nobody: &dyn Fn(&SegmentId) -> bool,
    known: &Known,
    now: UnixMillis,
) -> Vec<(usize, &'static str, String)> {
    let mut warnings = Vec::new();
    let mut by_slot: BTreeMap<&PlacementId, Vec<(usize, &Offer)>> = BTreeMap::new();
    for (n, offer) in offers.iter().enumerate() {
        if offer.schedule.is_over(now) {
            warnings.push((n, "schedule.end", "is over: the offer is never shown again".to_owned()));
            continue;
        }
        for placement in offer.placement.iter() {
            by_slot.entry(placement).or_default().push((n, offer));
        }
    }
    for (n, offer) in offers.iter().enumerate().filter(|(_, offer)| !offer.schedule.is_over(now)) {
        if let Some(reason) = offer.audience.as_ref().and_then(|id| empty(id, is_for_nobody, known)) {
            warnings.push((n, "audience", reason));
        }
        let unseen = |id: &&PlacementId| known.placements.as_ref().is_some_and(|seen| !seen.contains(*id));
        for placement in offer.placement.iter().filter(unseen) {
            let reason = format!("no page has asked for `{placement}` yet: put it on one, or choose another");
            warnings.push((n, "placement", reason));
        }
        let beaten = |placement: &PlacementId| {
            let others = by_slot.get(placement).into_iter().flatten();
            let better = others.filter(|(_, other)| is_before(other, offer));
            better.map(|(_, other)| other).find(|other| always_wins_over(other, offer)).map(|other| &other.id)
        };
        let by: Option<Vec<_>> = offer.placement.iter().map(beaten).collect();
        if let Some(other) = by.and_then(|by| by.into_iter().next()) {
            let reason = format!(
                "is never shown: `{other}` comes first, and everybody who would see this one sees that one"
            );
            warnings.push((n, "priority", reason));
        }
    }
    warnings
}

/// Why an audience has nobody in it.
fn empty(id: &SegmentId, is_for_nobody: &dyn Fn(&SegmentId) -> bool, known: &Known) -> Option<String> {
    if is_for_nobody(id) {
        return Some(format!("nobody can be in `{id}`: its rule holds for nobody"));
    }
    (known.members.get(id) == Some(&0)).then(|| format!("nobody is in `{id}` now"))
}

fn is_before(one: &Offer, other: &Offer) -> bool {
    (other.priority, &one.id) < (one.priority, &other.id)
}

/// Whether whoever could see `other` is shown `one`, always. An offer in several placements may be in another one.
fn always_wins_over(one: &Offer, other: &Offer) -> bool {
    let anybody = one.audience.is_none() || one.audience == other.audience;
    let always = one.schedule.start.is_none() && one.schedule.end.is_none() && one.schedule.hours.is_empty();
    let for_good = one.caps.is_none() && one.exclusive.is_none();
    let held_out = one.experiment.as_ref().is_some_and(|experiment| experiment.holdout.is_some());
    let can_fail = super::template::has_templates(&one.content)
        || one.variants.iter().any(|v| v.content.as_ref().is_some_and(super::template::has_templates));
    let surely_made = !can_fail || one.fallback.as_ref().is_some_and(|f| !super::template::has_templates(f));
    let only_here = one.placement.iter().count() == 1;
    anybody && always && for_good && !held_out && surely_made && only_here
}
