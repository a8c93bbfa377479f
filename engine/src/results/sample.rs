//! Means, and how sure they are.
//!
//! The intervals are the asymptotic confidence sequences of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
//! limit theory and asymptotic confidence sequences" (2021; [arXiv:2103.06476](https://arxiv.org/abs/2103.06476), equation 9), as GrowthBook
//! [uses them](https://docs.growthbook.io/statistics/sequential): after n people, whose values have the variance s²,
//!
//! ```text
//! ± s · √( 2 (nρ² + 1) / (nρ)² · ln( √(nρ² + 1) / α ) )
//! ```
//!
//! ρ says after how many people they are the narrowest: here 5,000, as there.

use serde::Serialize;

use crate::profile::Micros;

/// One in twenty may be wrong.
pub(super) const ALPHA: f64 = 0.05;
/// After so many people intervals are the narrowest. Others are wider by little: at 500 and at 50,000 by a tenth.
const NARROWEST: f64 = 5_000.0;

/// A figure, and between which bounds it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// As measured.
    pub value: f64,
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

impl Interval {
    fn around(value: f64, half: f64) -> Self {
        Self { value, low: value - half, high: value + half }
    }

    /// What is measured can't be outside of these.
    pub(super) fn within(self, least: f64, most: f64) -> Self {
        Self { low: self.low.clamp(least, most), high: self.high.clamp(least, most), ..self }
    }
}

/// The values of some people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    n: f64,
    pub(super) mean: f64,
    variance: f64,
}

impl Sample {
    /// So many of them did it.
    pub fn rate(did: u64, people: u64) -> Self {
        let mean = did as f64 / people as f64;
        Self { n: people as f64, mean, variance: mean * (1.0 - mean) }
    }

    /// What their values and the squares of these come to.
    pub fn amounts(sum: Micros, squares: Micros, people: u64) -> Self {
        Self::sums(sum.units(), squares.units(), people as f64)
    }

    fn sums(sum: f64, squares: f64, n: f64) -> Self {
        // Rounding must not make it negative.
        let variance = ((squares - sum * sum / n) / (n - 1.0)).max(0.0);
        Self { n, mean: sum / n, variance }
    }

    /// The standard deviation of the mean.
    pub(super) fn error(&self) -> f64 {
        (self.variance / self.n).sqrt()
    }

    /// The mean.
    pub fn interval(&self, alpha: f64) -> Interval {
        Interval::around(self.mean, half_width(self.variance, self.n, NARROWEST, alpha))
    }

    /// By which part of the other one's mean this one's is greater: 0.1 is a tenth more. By the delta method. None where there is
    /// nothing to compare with.
    pub fn lift_over(&self, control: &Self, alpha: f64) -> Option<Interval> {
        self.lift(control, NARROWEST, alpha)
    }

    fn lift(&self, control: &Self, narrowest: f64, alpha: f64) -> Option<Interval> {
        let (a, b) = (control, self);
        let value = (b.mean - a.mean) / a.mean;
        let of_mean = b.variance / (a.mean.powi(2) * b.n);
        let of_base = a.variance * b.mean.powi(2) / (a.n * a.mean.powi(4));
        let n = a.n + b.n;
        let interval = Interval::around(value, half_width((of_mean + of_base) * n, n, narrowest, alpha));
        (interval.low.is_finite() && interval.high.is_finite()).then_some(interval)
    }
}

fn half_width(variance: f64, n: f64, narrowest: f64, alpha: f64) -> f64 {
    let log = -2.0 * alpha.ln();
    let rho2 = (log + log.ln_1p()) / narrowest;
    let grown = n * rho2 + 1.0;
    (variance * 2.0 * grown / (n * n * rho2) * (grown.sqrt() / alpha).ln()).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::Rng;
    use proptest::test_runner::{RngAlgorithm, TestRng};

    use super::{ALPHA, Sample};

    fn is_near(one: f64, other: f64) {
        assert!((one - other).abs() < 0.000_01, "{one}, and {other} in print");
    }

    /// The worked examples of GrowthBook's statistics (`gbstats`, `TestSequentialTTest`), to the five digits that they print.
    #[test]
    fn lifts_are_those_of_published_examples() {
        let (a, b) = (Sample::rate(1_396, 3_000), Sample::rate(2_422, 3_461));
        let lift = b.lift_over(&a, ALPHA).unwrap();
        is_near(lift.value, 0.503_86);
        is_near(lift.low, 0.400_98);
        is_near(lift.high, 0.606_75);
        let a = Sample::sums(1_396.87, 52_377.976_7, 3_000.0);
        let b = Sample::sums(2_422.7, 134_698.29, 3_461.0);
        let lift = b.lift(&a, 1_000.0, ALPHA).unwrap();
        is_near(lift.value, 0.503_36);
        is_near(lift.low, -0.558_44);
        is_near(lift.high, 1.565_16);
    }

    #[test]
    fn nothing_is_compared_with_nothing() {
        assert!(Sample::rate(3, 100).lift_over(&Sample::rate(0, 100), ALPHA).is_none());
        assert!(Sample::rate(3, 100).lift_over(&Sample::rate(0, 0), ALPHA).is_none());
    }

    /// Whoever looks after every hundred people, and stops as soon as a difference shows, is wrong less often than promised, where
    /// the usual interval would be wrong in every third experiment.
    #[test]
    fn looking_often_does_not_make_a_difference_out_of_none() {
        let mut coins = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut toss = || u64::from(coins.next_u32() < u32::MAX / 5);
        let (mut wrong, mut usual_wrong) = (0, 0);
        let runs = 200;
        for _ in 0..runs {
            let (mut one, mut other, mut shown, mut usual) = (0, 0, false, false);
            for look in 1..=100u64 {
                for _ in 0..100 {
                    one += toss();
                    other += toss();
                }
                let (a, b) = (Sample::rate(one, look * 100), Sample::rate(other, look * 100));
                let Some(lift) = b.lift_over(&a, ALPHA) else { continue };
                shown |= lift.low > 0.0 || lift.high < 0.0;
                let error = (a.error().powi(2) + b.error().powi(2)).sqrt();
                usual |= (b.mean - a.mean).abs() > 1.96 * error;
            }
            wrong += u32::from(shown);
            usual_wrong += u32::from(usual);
        }
        assert!(wrong * 20 <= runs, "{wrong} of {runs} experiments without a difference showed one");
        assert!(
            usual_wrong * 5 > runs,
            "only {usual_wrong} of {runs} with the usual interval: the test can't tell"
        );
    }
}
