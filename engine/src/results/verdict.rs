//! What can be said, and no more than that.

use serde::Serialize;

use super::{ArmReport, Interval, Ratio};
use crate::ids::VariantId;
use crate::limits;
use crate::offer::Offer;
use crate::offer::experiment::Arm;

/// A bandit's variant is called the best from here on.
const SURE: f64 = 0.95;

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// It has no goal.
    NoGoal,
    /// There are too many or too few people in a variant: see [`Ratio`].
    RatioMismatch,
    /// Too few took part so far.
    TooEarly,
    /// At least one is better than the control, for certain.
    Better,
    /// None is better, and at least one is worse.
    Worse,
    /// Neither is shown.
    Open,
    /// Of a bandit: one is the best, most probably.
    BestFound,
    /// Of a bandit: it still tries.
    Learning,
}

/// What can be said, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// For programs.
    pub code: Code,
    /// The variants that it is about.
    pub variants: Vec<VariantId>,
    /// In a sentence or two.
    pub text: String,
}

impl Verdict {
    fn new(code: Code, variants: Vec<VariantId>, text: String) -> Self {
        Self { code, variants, text }
    }
}

pub(super) fn of_split(
    offer: &Offer,
    control: Option<&VariantId>,
    arms: &[ArmReport],
    ratio: Option<&Ratio>,
) -> Verdict {
    let (Some(control), true) = (control, has_goal(offer)) else { return no_goal() };
    if let Some(ratio) = ratio.filter(|ratio| ratio.mismatch) {
        return mismatch(arms, ratio);
    }
    if let Some(verdict) = too_early(arms, "people") {
        return verdict;
    }
    let (base, others): (Vec<&ArmReport>, Vec<&ArmReport>) =
        arms.iter().filter(|arm| !arm.gone).partition(|arm| arm.variant == *control);
    let lifts: Vec<(&ArmReport, Interval)> =
        others.iter().filter_map(|arm| Some((*arm, arm.lift?))).collect();
    let name = base.first().map_or_else(String::new, |base| called(&base.variant));
    let which = |holds: fn(&Interval) -> bool| -> Vec<&(&ArmReport, Interval)> {
        lifts.iter().filter(|(_, lift)| holds(lift)).collect()
    };
    let told = |some: &[&(&ArmReport, Interval)]| -> String {
        let each = some.iter().map(|(arm, lift)| format!("{} {}", called(&arm.variant), span(*lift)));
        each.collect::<Vec<_>>().join("; ")
    };
    let ids = |some: &[&(&ArmReport, Interval)]| some.iter().map(|(arm, _)| arm.variant.clone()).collect();
    let (better, worse) = (which(|lift| lift.low > 0.0), which(|lift| lift.high < 0.0));
    match (better.is_empty(), worse.is_empty()) {
        (false, _) => {
            let text = format!("More people reach the goal than with {name}: {}.", told(&better));
            Verdict::new(Code::Better, ids(&better), text)
        }
        (true, false) => {
            let text = format!("Fewer people reach the goal than with {name}: {}.", told(&worse));
            Verdict::new(Code::Worse, ids(&worse), text)
        }
        (true, true) => {
            let all: Vec<_> = lifts.iter().collect();
            let text =
                format!("No difference is shown. Beside {name}, the true difference may be: {}.", told(&all));
            Verdict::new(Code::Open, Vec::new(), text)
        }
    }
}

pub(super) fn of_bandit(offer: &Offer, arms: &[ArmReport]) -> Verdict {
    if !has_goal(offer) {
        return no_goal();
    }
    if let Some(verdict) = too_early(arms, "decisions") {
        return verdict;
    }
    let Some(first) = arms.iter().filter(|arm| !arm.gone).max_by(|a, b| a.best.total_cmp(&b.best)) else {
        return no_goal();
    };
    let text =
        format!("{} is the best with a probability of {} %.", called(&first.variant), whole(first.best));
    match first.best >= SURE {
        true => Verdict::new(Code::BestFound, vec![first.variant.clone()], text),
        false => {
            Verdict::new(Code::Learning, Vec::new(), format!("No variant is clearly the best so far. {text}"))
        }
    }
}

pub(super) fn has_goal(offer: &Offer) -> bool {
    offer.experiment().is_some_and(|(_, experiment)| experiment.goal.is_some())
}

fn no_goal() -> Verdict {
    let text = "This experiment has no goal, so nothing can be compared. Give it one, such as \u{201c}Order Completed\u{201d}.";
    Verdict::new(Code::NoGoal, Vec::new(), text.to_owned())
}

fn mismatch(arms: &[ArmReport], ratio: &Ratio) -> Verdict {
    let expected = |arm: &ArmReport| ratio.expected.get(&arm.variant).copied().unwrap_or_default();
    let each = arms.iter().map(|arm| {
        format!("{} has {}, {:.0} were to be expected", called(&arm.variant), arm.counted.n, expected(arm))
    });
    let text = format!(
        "Don\u{2019}t go by these numbers: people are missing, or there twice. {}.",
        each.collect::<Vec<_>>().join("; ")
    );
    Verdict::new(Code::RatioMismatch, arms.iter().map(|arm| arm.variant.clone()).collect(), text)
}

fn too_early(arms: &[ArmReport], what: &str) -> Option<Verdict> {
    let (people, converted) = limits::PEOPLE_COMPARED;
    let lacks = |arm: &&ArmReport| !arm.gone && (arm.counted.n < people || arm.counted.converted < converted);
    let fewest = arms.iter().filter(lacks).min_by_key(|arm| (arm.counted.converted, arm.counted.n))?;
    let text = format!(
        "Too early to say. Each variant needs at least {people} {what}, of which {converted} reach the goal; {} has {} and {}.",
        called(&fewest.variant),
        fewest.counted.n,
        fewest.counted.converted,
    );
    Some(Verdict::new(Code::TooEarly, vec![fewest.variant.clone()], text))
}

fn called(variant: &VariantId) -> String {
    match variant.as_str() {
        Arm::HELD_OUT => "no offer (held out)".to_owned(),
        id => format!("\u{201c}{id}\u{201d}"),
    }
}

fn whole(part: f64) -> f64 {
    (part * 100.0).round()
}

/// "3 to 12 % more".
fn span(lift: Interval) -> String {
    let (low, high) = (lift.low * 100.0, lift.high * 100.0);
    if low > 0.0 {
        format!("{low:.1} to {high:.1} % more")
    } else if high < 0.0 {
        format!("{:.1} to {:.1} % fewer", -high, -low)
    } else {
        format!("anything from {:.1} % fewer to {high:.1} % more", -low)
    }
}
