//! "The top tenth": a share of all people by a number of theirs, as a threshold that the directory has worked out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Rule, Segment};

/// What somebody must have at least to be among the top. Part of a published config: who is in a segment follows from a config
/// and a log, and not from what others have done since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Threshold {
    /// Which number: `computed.revenue`.
    pub of: String,
    /// Which share of all who have such a number.
    pub top: f64,
    /// Whoever has this much, or more, is in.
    pub at_least: f64,
}

/// The shares that these segments speak of, each once.
pub fn tops(segments: &[Segment]) -> Vec<(String, f64)> {
    let mut tops: Vec<(String, f64)> = Vec::new();
    for segment in segments {
        segment.rule.walk("", &mut |rule, _| {
            if let Rule::Score(score) = rule
                && let Some(top) = score.top
                && !tops.contains(&(score.of.clone(), top))
            {
                tops.push((score.of.clone(), top));
            }
        });
    }
    tops
}

/// The numbers that they speak of: what profiles tell the directory.
pub fn declared(segments: &[Segment]) -> BTreeSet<String> {
    tops(segments).into_iter().map(|(of, _)| of).collect()
}

/// What the last of the top has: of *n* people the one at place *top* · *n*, cut off, from the greatest down, and the first if that
/// is none. Whoever has exactly as much is in, too. `None` if nobody has such a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a list's length is within it"
)]
pub fn at_least(top: f64, numbers: &mut [f64]) -> Option<f64> {
    // A share such as 0.29 is a little less than it says: of a hundred people it is 29.
    let place = (top * numbers.len() as f64 + 1e-9).floor() as usize;
    numbers.sort_unstable_by(|a, b| b.total_cmp(a));
    numbers.get(place.max(1) - 1).or(numbers.last()).copied()
}

#[cfg(test)]
mod tests {
    use super::at_least;

    fn of(top: f64, many: u32) -> Option<f64> {
        at_least(top, &mut (1..=many).map(f64::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_top_is_so_many_cut_off_and_one_at_least() {
        assert_eq!(of(0.1, 414), Some(374.0), "the 41st of 414");
        assert_eq!(of(0.29, 100), Some(72.0), "the 29th");
        assert_eq!(of(0.1, 9), Some(9.0), "the first");
        assert_eq!(of(0.999, 2), Some(2.0), "one of two");
        assert_eq!(of(0.1, 0), None);
    }

    #[test]
    fn whoever_has_as_much_is_in_however_many_they_are() {
        let mut numbers = [7.0, 3.0, 7.0, 7.0, 1.0, 7.0, 2.0, 2.0, 2.0, 2.0];
        assert_eq!(at_least(0.2, &mut numbers), Some(7.0));
        assert_eq!(numbers.iter().filter(|number| **number >= 7.0).count(), 4);
    }
}
