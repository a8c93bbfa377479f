//! How many of all known profiles a segment would have, told by a sample of them.

use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the standard normal distribution: intervals hold in 95 of 100 samples.
const Z: f64 = 1.959_963_984_540_054;

/// What a sample says of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Profiles that the directory knows and that are at home.
    pub known: u64,
    /// Those of them that were asked and answered.
    pub sampled: u64,
    /// Those of them that match.
    pub matching: u64,
    /// So many match of all, most likely.
    pub estimate: u64,
    /// At least so many.
    pub low: u64,
    /// At most so many.
    pub high: u64,
}

impl Estimate {
    /// Of a sample drawn from all without putting anybody back.
    ///
    /// The interval is Wilson's score interval (E. B. Wilson 1927, *Probable Inference*, J. Am. Stat. Assoc. 22, 209): all
    /// shares `p` with `|k/n − p| ≤ z·√(p(1 − p)/n · f)`. `f = (N − n)/(N − 1)` is the correction for a finite population (W. G.
    /// Cochran, *Sampling Techniques*, 3rd ed. 1977, section 2.6), so that a sample of everybody is a count: both ends are the
    /// number itself. What the sample has seen itself bounds it, too.
    #[expect(clippy::cast_precision_loss, reason = "numbers of people are far below 2^53")]
    pub fn of(known: u64, sampled: u64, matching: u64) -> Self {
        // The directory may be a moment behind those who answered.
        let (known, matching) = (known.max(sampled), matching.min(sampled));
        if sampled == 0 {
            return Self { known, sampled, matching, estimate: 0, low: 0, high: known };
        }
        let (all, n, k) = (known as f64, sampled as f64, matching as f64);
        let finite = if known > 1 { (all - n) / (all - 1.0) } else { 0.0 };
        let (share, z2) = (k / n, Z * Z * finite);
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = (z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
        // Of those who were not asked, none may match or all.
        let (least, most) = (matching, known - (sampled - matching));
        Self {
            known,
            sampled,
            matching,
            estimate: whole((all * share).round()).clamp(least, most),
            low: whole((all * (middle - half)).floor()).clamp(least, most),
            high: whole((all * (middle + half)).ceil()).clamp(least, most),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::Estimate;
    use proptest::prelude::*;

    #[test]
    fn a_sample_of_everybody_is_a_count() {
        for (known, matching) in [(1, 0), (1, 1), (7, 3), (400, 400)] {
            let all = Estimate::of(known, known, matching);
            assert_eq!((all.estimate, all.low, all.high), (matching, matching, matching));
        }
    }

    #[test]
    fn nobody_asked_is_nothing_known() {
        let none = Estimate::of(50, 0, 0);
        assert_eq!((none.estimate, none.low, none.high), (0, 0, 50));
    }

    /// Of an endless population it is the interval as it is printed: 15 of 50 is 0.1910 to 0.4375 (Brown, Cai, DasGupta 2001).
    #[test]
    fn of_very_many_it_is_wilsons_interval() {
        let many = Estimate::of(1_000_000_000, 50, 15);
        assert_eq!(many.estimate, 300_000_000);
        assert!((many.low as f64 / 1e9 - 0.1910).abs() < 0.0001, "{many:?}");
        assert!((many.high as f64 / 1e9 - 0.4375).abs() < 0.0001, "{many:?}");
    }

    /// Samples without putting back, drawn by a fixed sequence: the interval has the number of those who match about as often as it says.
    #[test]
    fn the_interval_has_the_number_about_as_often_as_it_says() {
        let (known, sampled, rounds) = (2_000_u64, 300_usize, 2_000);
        for matching in [40_u64, 600, 1_900] {
            let mut random = 1_u64;
            let mut held = 0;
            for _ in 0..rounds {
                let mut left: Vec<u64> = (0..known).collect();
                let mut hits = 0;
                for n in 0..sampled {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let at = n + ((random >> 33) as usize) % (left.len() - n);
                    left.swap(n, at);
                    hits += u64::from(left[n] < matching);
                }
                let said = Estimate::of(known, sampled as u64, hits);
                held += u32::from((said.low..=said.high).contains(&matching));
            }
            let share = f64::from(held) / f64::from(rounds);
            assert!((0.93..=0.985).contains(&share), "{matching} of {known}: {share}");
        }
    }

    proptest! {
        #[test]
        fn what_was_seen_bounds_what_is_said(known in 0..5_000_u64, sampled in 0..600_u64, matching in 0..600_u64) {
            let said = Estimate::of(known, sampled, matching);
            prop_assert!(said.low <= said.estimate && said.estimate <= said.high, "{said:?}");
            prop_assert!(said.low >= said.matching && said.high <= said.known - (said.sampled - said.matching));
        }
    }
}
