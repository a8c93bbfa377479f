//! An experiment's numbers, and what they say.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lift::of_offer;
use super::sample::ALPHA;
use super::verdict::{has_goal, of_bandit, of_split};
use super::{Arms, Interval, Lift, Ratio, Sample, Sums, Verdict, ratio};
use crate::ids::VariantId;
use crate::offer::Offer;
use crate::offer::experiment::{Arm, Curve, Odds, best};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// People, each with what they did from when they were given their variant until the goal's time is over.
    People,
    /// Decisions that were seen, each with whether it converted: where people may see several variants.
    Decisions,
}

/// How many, and how many of them reached the goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counted {
    /// People or decisions.
    pub n: u64,
    /// Of these.
    pub converted: u64,
}

/// What is known of one variant, or of those who are held out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmReport {
    /// Its id, or `$holdout`.
    pub variant: VariantId,
    /// It is in the config no more.
    pub gone: bool,
    /// How many.
    pub counted: Counted,
    /// The part of them that reached the goal.
    pub rate: Option<Interval>,
    /// How much greater that part is than the control's: 0.1 is a tenth more.
    pub lift: Option<Interval>,
    /// The probability that no other arm's is greater.
    pub best: f64,
    /// Of people: what they spent.
    pub revenue: Option<Revenue>,
}

/// What people spent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revenue {
    /// All of them.
    pub total: f64,
    /// Each.
    pub mean: Option<Interval>,
    /// How much more that is than the control's: 0.1 is a tenth more.
    pub lift: Option<Interval>,
    /// The probability that no other arm's mean is greater.
    pub best: f64,
}

/// What an experiment has shown so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What is counted.
    pub unit: Unit,
    /// With which arm the others are compared: whoever is held out, else the first variant.
    pub control: Option<VariantId>,
    /// As in the config; then those held out.
    pub arms: Vec<ArmReport>,
    /// What the offer itself brings; null where nobody is compared, or without a goal.
    pub lift: Option<Lift>,
    /// Whether there are as many of each as there should be; null where nobody can tell.
    pub ratio: Option<Ratio>,
    /// What can be said.
    pub verdict: Verdict,
}

/// Of an experiment in which people keep their variant.
pub fn of_people(offer: &Offer, sums: &Arms) -> Report {
    let arms = arms_of(offer, sums.keys());
    let control = control(offer, &arms);
    let nobody = Sums::default();
    let of = |id: &VariantId| sums.get(id).unwrap_or(&nobody);
    let base = control.as_ref().map_or(&nobody, of);
    // Each comparison may be wrong: all together, no more often than one.
    let alpha = ALPHA / (arms.len().saturating_sub(1).max(1) as f64);
    let rates: Vec<Curve> = arms.iter().map(|(id, _)| Curve::rate(odds(of(id)))).collect();
    let means: Vec<Sample> = arms.iter().map(|(id, _)| spent(of(id))).collect();
    let spread = means.iter().all(|mean| mean.error() > 0.0);
    let best_mean = match spread {
        true => best(&means.iter().map(|mean| Curve::mean(mean.mean, mean.error())).collect::<Vec<_>>()),
        false => vec![1.0 / arms.len().max(1) as f64; arms.len()],
    };
    let known = |sample: Sample, people: u64| (people > 1).then(|| sample.interval(ALPHA));
    let reports: Vec<ArmReport> = arms
        .iter()
        .zip(best(&rates))
        .zip(means.into_iter().zip(best_mean))
        .map(|(((id, gone), best), (mean, best_mean))| {
            let sums = of(id);
            let is_control = control.as_ref() == Some(id);
            let rate = Sample::rate(sums.converted, sums.people);
            let lift = |sample: &Sample, base: Sample| {
                (!is_control).then(|| sample.lift_over(&base, alpha)).flatten()
            };
            ArmReport {
                variant: id.clone(),
                gone: *gone,
                counted: Counted { n: sums.people, converted: sums.converted },
                rate: known(rate, sums.people).map(|rate| rate.within(0.0, 1.0)),
                lift: lift(&rate, Sample::rate(base.converted, base.people)),
                best,
                revenue: Some(Revenue {
                    total: sums.revenue.units(),
                    mean: known(mean, sums.people),
                    lift: lift(&mean, spent(base)),
                    best: best_mean,
                }),
            }
        })
        .collect();
    let ratio = ratio(sums);
    let verdict = of_split(offer, control.as_ref(), &reports, ratio.as_ref());
    let lift =
        control.as_ref().filter(|_| has_goal(offer)).and_then(|control| of_offer(control, &reports, sums));
    Report { unit: Unit::People, control, arms: reports, lift, ratio, verdict }
}

/// Of an experiment whose decisions are made anew each time, by what its object has counted of them.
pub fn of_decisions<'a>(offer: &Offer, counts: impl Iterator<Item = (&'a VariantId, Odds)>) -> Report {
    let mut of: BTreeMap<&VariantId, Odds> = BTreeMap::new();
    for (id, more) in counts {
        let odds = of.entry(id).or_default();
        odds.seen = odds.seen.saturating_add(more.seen);
        odds.converted = odds.converted.saturating_add(more.converted);
    }
    // Whoever is held out sees nothing: there is nothing to compare with, and no share that would be right.
    let arms: Vec<_> = arms_of(offer, of.keys().copied());
    let odds = |id: &VariantId| of.get(id).copied().unwrap_or_default();
    let curves: Vec<Curve> = arms.iter().map(|(id, _)| Curve::rate(odds(id))).collect();
    let reports: Vec<ArmReport> = arms
        .iter()
        .zip(best(&curves))
        .map(|((id, gone), best)| {
            let odds = odds(id);
            let rate = Sample::rate(odds.converted.min(odds.seen), odds.seen);
            ArmReport {
                variant: id.clone(),
                gone: *gone,
                counted: Counted { n: odds.seen, converted: odds.converted },
                rate: (odds.seen > 1).then(|| rate.interval(ALPHA).within(0.0, 1.0)),
                lift: None,
                best,
                revenue: None,
            }
        })
        .collect();
    let verdict = of_bandit(offer, &reports);
    Report { unit: Unit::Decisions, control: None, arms: reports, lift: None, ratio: None, verdict }
}

fn odds(sums: &Sums) -> Odds {
    Odds { seen: sums.people, converted: sums.converted }
}

fn spent(sums: &Sums) -> Sample {
    Sample::amounts(sums.revenue, sums.squares, sums.people)
}

/// All arms, each with whether it is gone.
fn arms_of<'a>(offer: &Offer, counted: impl Iterator<Item = &'a VariantId>) -> Vec<(VariantId, bool)> {
    let mut arms: Vec<(VariantId, bool)> =
        offer.variants.iter().map(|variant| (variant.id.clone(), false)).collect();
    let holds_out = offer
        .experiment()
        .is_some_and(|(_, experiment)| experiment.keeps_people() && experiment.holdout.is_some());
    arms.extend(holds_out.then(|| (Arm::HeldOut.name(), false)));
    for id in counted {
        if !arms.iter().any(|(known, _)| known == id) {
            arms.push((id.clone(), true));
        }
    }
    arms
}

fn control(offer: &Offer, arms: &[(VariantId, bool)]) -> Option<VariantId> {
    let held_out = arms.iter().find(|(id, gone)| !gone && id.as_str() == Arm::HELD_OUT);
    held_out.map(|(id, _)| id.clone()).or_else(|| offer.variants.first().map(|variant| variant.id.clone()))
}
