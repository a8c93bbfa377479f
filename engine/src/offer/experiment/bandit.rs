//! Thompson sampling: each variant as often as it is the best, by what is known (Thompson 1933; Chapelle and Li, "An Empirical
//! Evaluation of Thompson Sampling", 2011).
//!
//! A variant's rate has a Beta distribution, from the uniform one before anything was seen. Drawing one rate for each variant
//! and taking the greatest picks variant i with the probability that its rate is the greatest,
//!
//! ```text
//! P(i) = ∫ f_i(x) ∏_{j≠i} F_j(x) dx
//! ```
//!
//! Here that integral is worked out, and the variant drawn by it: the same choice, and the propensity is known instead of
//! estimated. One number decides, the hash of the seed and the decision's id, so that a decision can be made again.

use sha2::{Digest, Sha256};

use super::Odds;
use super::curve::{Curve, best};
use crate::ids::DecisionId;
use crate::limits;

/// With which probability each variant is to be drawn. None of them falls below the floor, so that what has changed since
/// is found out: `floor + (1 − variants · floor) · P`.
pub fn chances(odds: &[Odds]) -> Vec<f64> {
    let best = best(&odds.iter().copied().map(Curve::rate).collect::<Vec<_>>());
    let left = (1.0 - limits::BANDIT_FLOOR * odds.len() as f64).max(0.0);
    let floor = (1.0 - left) / odds.len().max(1) as f64;
    best.into_iter().map(|best| floor + left * best).collect()
}

/// Draws one: always the same for the same decision.
pub fn draw(chances: &[f64], seed: &str, decision: &DecisionId) -> Option<usize> {
    let digest = Sha256::digest(format!("{seed}\n{decision}"));
    let bytes = digest.first_chunk::<8>().copied().unwrap_or_default();
    // 53 bits: as many as a double from 0 to 1 has.
    let place = (u64::from_be_bytes(bytes) >> 11) as f64 / (1u64 << 53) as f64;
    let mut so_far = 0.0;
    let chosen = chances.iter().position(|chance| {
        so_far += chance;
        place < so_far
    });
    // Sums of fractions may end a hair below 1.
    chosen.or_else(|| chances.len().checked_sub(1))
}

#[cfg(test)]
mod tests {
    use super::chances;
    use crate::limits;
    use crate::offer::experiment::Odds;

    /// Of two Beta distributions with whole parameters the probability is a finite sum:
    /// P(b > a) = Σ_{i<αb} B(αa+i, βa+βb) / ((βb+i) B(1+i, βb) B(αa, βa)) (Evan Miller, "Formulas for Bayesian A/B Testing").
    fn second_is_better(one: (u64, u64), other: (u64, u64)) -> f64 {
        let factorial = |n: u64| -> f64 { (2..n).map(|k| (k as f64).ln()).sum() };
        let beta = |a: u64, b: u64| factorial(a) + factorial(b) - factorial(a + b);
        let ((aa, ba), (ab, bb)) = (one, other);
        let part =
            |i: u64| (beta(aa + i, ba + bb) - ((bb + i) as f64).ln() - beta(1 + i, bb) - beta(aa, ba)).exp();
        (0..ab).map(part).sum()
    }

    #[test]
    fn each_is_as_likely_as_it_is_the_best() {
        for (one, other) in [
            ((0, 0), (0, 0)),
            ((10, 3), (10, 4)),
            ((1_000, 50), (1_000, 62)),
            ((30, 0), (4_000, 3)),
            ((3, 3), (5_000, 4_950)),
            ((20_000, 1_000), (100, 7)),
        ] {
            let odds = |(seen, converted)| Odds { seen, converted };
            let beta = |(seen, converted): (u64, u64)| (1 + converted, 1 + seen - converted);
            let exact = second_is_better(beta(one), beta(other));
            let chance = chances(&[odds(one), odds(other)])[1];
            let by_floor = limits::BANDIT_FLOOR + (1.0 - 2.0 * limits::BANDIT_FLOOR) * exact;
            assert!((chance - by_floor).abs() < 0.001, "{one:?} {other:?}: {chance}, and {by_floor} exactly");
        }
    }

    #[test]
    fn they_come_to_one_and_none_falls_below_the_floor() {
        for odds in [vec![(1_000_000, 500_000), (1_000_000, 1_000), (0, 0), (5, 5)], vec![(7, 2)]] {
            let odds: Vec<Odds> =
                odds.into_iter().map(|(seen, converted)| Odds { seen, converted }).collect();
            let chances = chances(&odds);
            assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{chances:?}");
            assert!(chances.iter().all(|chance| *chance >= limits::BANDIT_FLOOR - 1e-12), "{chances:?}");
        }
    }
}
