//! What an offer brings, in one figure.

use serde::Serialize;

use super::sample::ALPHA;
use super::{ArmReport, Arms, Interval, Sample, Sums};
use crate::ids::VariantId;
use crate::offer::experiment::Arm;

/// How much more of those who are given an offer reach the goal than of those it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lift {
    /// The variant whose it is; of all who are given the offer, whichever variant, where others are held out.
    pub variant: Option<VariantId>,
    /// Beside whom: those held out, else the first variant.
    pub control: VariantId,
    /// 0.1 is a tenth more; none where too few took part so far.
    pub interval: Option<Interval>,
}

/// The offer's own lift. Where nobody is held out it is that of the variant that is the best most probably: only variants can be
/// compared then.
pub(super) fn of_offer(control: &VariantId, arms: &[ArmReport], sums: &Arms) -> Option<Lift> {
    if control.as_str() == Arm::HELD_OUT {
        let mut given = Sums::default();
        sums.iter().filter(|(arm, _)| *arm != control).for_each(|(_, sums)| given.join(sums));
        let held_out = sums.get(control).cloned().unwrap_or_default();
        let interval = rate(&given).lift_over(&rate(&held_out), ALPHA);
        return Some(Lift { variant: None, control: control.clone(), interval });
    }
    let others = arms.iter().filter(|arm| !arm.gone && arm.variant != *control);
    let best = others.max_by(|one, other| one.best.total_cmp(&other.best))?;
    Some(Lift { variant: Some(best.variant.clone()), control: control.clone(), interval: best.lift })
}

fn rate(sums: &Sums) -> Sample {
    Sample::rate(sums.converted, sums.people)
}

#[cfg(test)]
mod tests {
    use super::super::{Arms, Sums, of_people};
    use super::Lift;
    use crate::config::{Config, Document};
    use serde_json::{Value, json};

    fn lift(experiment: &Value, counted: &[(&str, u64, u64)]) -> Option<Lift> {
        let offer = json!({
            "id": "a", "name": "A", "placement": "hero", "content": { "type": "html", "html": "" },
            "variants": [{ "id": "x" }, { "id": "y" }], "experiment": experiment,
        });
        let document =
            Document { offers: vec![serde_json::from_value(offer).unwrap()], ..Document::default() };
        let config = Config::new(1, document);
        let sums: Arms = counted
            .iter()
            .map(|(arm, people, converted)| {
                ((*arm).into(), Sums { people: *people, converted: *converted, ..Sums::default() })
            })
            .collect();
        let (_, offer) = config.experiments().into_iter().next().unwrap();
        of_people(offer, &sums).lift
    }

    fn goal(more: &Value) -> Value {
        let mut experiment = json!({ "goal": { "event": "Order Completed", "within": { "days": 1 } } });
        experiment.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        experiment
    }

    #[test]
    fn beside_those_held_out_all_who_are_given_the_offer_are_one() {
        let experiment = goal(&json!({ "holdout": { "share": 0.5 } }));
        let found =
            lift(&experiment, &[("$holdout", 2_000, 200), ("x", 1_000, 100), ("y", 1_000, 200)]).unwrap();
        assert_eq!((found.variant, found.control.as_str()), (None, "$holdout"));
        let interval = found.interval.unwrap();
        assert!((interval.value - 0.5).abs() < 1e-9, "{interval:?}");
        assert!(interval.low > 0.0 && interval.high < 1.0, "{interval:?}");
    }

    #[test]
    fn where_nobody_is_held_out_the_best_variant_is_compared_with_the_first() {
        let found = lift(&goal(&json!({})), &[("x", 1_000, 100), ("y", 1_000, 150)]).unwrap();
        assert_eq!((found.variant.unwrap().as_str(), found.control.as_str()), ("y", "x"));
        assert!((found.interval.unwrap().value - 0.5).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_said_of_nobody_and_nothing_without_a_goal() {
        let held_out = goal(&json!({ "holdout": { "share": 0.1 } }));
        assert_eq!(lift(&held_out, &[]).unwrap().interval, None);
        assert_eq!(lift(&held_out, &[("x", 10, 5)]).unwrap().interval, None);
        assert_eq!(lift(&json!({}), &[("x", 1_000, 0), ("y", 1_000, 0)]), None);
    }
}
