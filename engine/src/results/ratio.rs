//! Whether as many people are in each variant as there should be: if not, something loses or doubles people of one of them, and no
//! comparison can be believed (Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", 2019).

use std::collections::BTreeMap;

use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::Arms;
use crate::ids::VariantId;

/// So rare a chance is taken for none.
const RARE: f64 = 0.001;

/// How many there are, and how many there should be: Pearson's chi-squared test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ratio {
    /// By variant.
    pub expected: BTreeMap<VariantId, f64>,
    /// The probability of being so far off, or farther, by chance.
    pub p: f64,
    /// It is too small to believe.
    pub mismatch: bool,
}

/// None where nobody can tell: a single variant, or probabilities that were changed on the way.
pub fn ratio(arms: &Arms) -> Option<Ratio> {
    let mut shares = Vec::new();
    for (arm, sums) in arms {
        let mut given = sums.shares.keys();
        let (Some(share), None) = (given.next(), given.next()) else { return None };
        shares.push((arm, sums.people as f64, f64::from(*share)));
    }
    let people: f64 = shares.iter().map(|(_, people, _)| people).sum();
    let whole: f64 = shares.iter().map(|(_, _, share)| share).sum();
    let expected = |share: f64| people * share / whole;
    let off =
        |(_, people, share): &(&VariantId, f64, f64)| (people - expected(*share)).powi(2) / expected(*share);
    let statistic: f64 = shares.iter().map(off).sum();
    let freedom = shares.len().checked_sub(1).filter(|freedom| *freedom > 0)?;
    let p = ChiSquared::new(freedom as f64).ok()?.sf(statistic);
    let expected = shares.iter().map(|(arm, _, share)| ((*arm).clone(), expected(*share))).collect();
    Some(Ratio { expected, p, mismatch: p < RARE })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::ratio;
    use crate::ids::VariantId;
    use crate::results::{Arms, Sums};

    fn arms(of: &[(u64, u32)]) -> Arms {
        let sums = |(people, share): &(u64, u32)| Sums {
            people: *people,
            shares: BTreeMap::from([(*share, *people)]),
            ..Sums::default()
        };
        of.iter().enumerate().map(|(n, one)| (VariantId(format!("v{n}")), sums(one))).collect()
    }

    /// 600 and 400 ([Wikipedia](https://en.wikipedia.org/wiki/Sample_ratio_mismatch)); 821,588 and 815,482 (Kohavi, Tang and Xu, "Trustworthy Online
    /// Controlled Experiments", 2020, chapter 21), both where equal numbers were wanted.
    #[test]
    fn chances_are_those_of_published_examples() {
        let p = |of: &[(u64, u32)]| ratio(&arms(of)).unwrap().p;
        assert!((p(&[(600, 500_000), (400, 500_000)]) - 2.54e-10).abs() < 0.01e-10);
        assert!((p(&[(821_588, 500_000), (815_482, 500_000)]) - 1.8e-6).abs() < 0.05e-6);
        assert!(p(&[(5_000, 500_000), (4_950, 500_000)]) > 0.5);
    }

    #[test]
    fn unequal_shares_are_expected_to_be_unequal() {
        let of = ratio(&arms(&[(900, 450_000), (905, 450_000), (95, 50_000)])).unwrap();
        assert!(!of.mismatch, "{of:?}");
        assert_eq!(of.expected.values().sum::<f64>(), 1_900.0);
        assert!(ratio(&arms(&[(900, 500_000), (905, 500_000), (95, 500_000)])).unwrap().mismatch);
    }

    #[test]
    fn what_was_changed_on_the_way_is_not_told() {
        let mut changed = arms(&[(900, 500_000), (100, 500_000)]);
        changed.values_mut().next().unwrap().shares.insert(900_000, 5);
        assert_eq!(ratio(&changed), None);
        assert_eq!(ratio(&arms(&[(900, 500_000)])), None);
        assert_eq!(ratio(&Arms::new()), None);
    }
}
