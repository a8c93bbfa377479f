//! Parts of the line from 0 to 1, and whose they are.

use super::hash;

/// From (included) and to (not included).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range(pub f64, pub f64);

impl Range {
    /// Whether a place lies in it.
    pub fn holds(self, place: f64) -> bool {
        place >= self.0 && place < self.1
    }
}

/// Whether somebody is in this part of a namespace.
pub fn in_namespace(value: &str, name: &str, part: Range) -> bool {
    hash(&format!("__{name}"), value, 1).is_some_and(|place| part.holds(place))
}

/// The same weight for each of so many.
pub fn equal_weights(many: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "as many as there are variants")]
    let weight = 1.0 / many as f64;
    vec![weight; many]
}

/// The part of each variant: its weight, of which only the covered share counts. Weights that are not as many, or don't sum up to
/// one, are taken for equal ones.
pub fn ranges(many: usize, coverage: f64, weights: Option<&[f64]>) -> Vec<Range> {
    let coverage = coverage.clamp(0.0, 1.0);
    let fit =
        |weights: &&[f64]| weights.len() == many && (0.99..=1.01).contains(&weights.iter().sum::<f64>());
    let weights = weights.filter(fit).map_or_else(|| equal_weights(many), <[f64]>::to_vec);
    let mut from = 0.0;
    let part = |weight: f64| {
        let range = Range(from, from + coverage * weight);
        from += weight;
        range
    };
    weights.into_iter().map(part).collect()
}

/// Whose part a place lies in.
pub fn choose(place: f64, ranges: &[Range]) -> Option<usize> {
    ranges.iter().position(|range| range.holds(place))
}
