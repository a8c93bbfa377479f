//! GrowthBook's bucketing, number for number: <https://docs.growthbook.io/lib/build-your-own#hashing>. Its public cases are the test.

/// A value's place from 0 to 1. `None` for a version that GrowthBook doesn't have.
pub fn hash(seed: &str, value: &str, version: u8) -> Option<f64> {
    match version {
        1 => Some(f64::from(fnv1a(&[value, seed]) % 1_000) / 1_000.0),
        2 => {
            let once = fnv1a(&[seed, value]).to_string();
            Some(f64::from(fnv1a(&[&once]) % 10_000) / 10_000.0)
        }
        _ => None,
    }
}

/// FNV-1a of 32 bits over UTF-16 code units: JavaScript's `charCodeAt`.
fn fnv1a(parts: &[&str]) -> u32 {
    let units = parts.iter().flat_map(|part| part.encode_utf16());
    units.fold(0x811c_9dc5, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193))
}

/// Weights that are all the same.
pub fn equal_weights(n: usize) -> Vec<f64> {
    (0..n).map(|_| 1.0 / n as f64).collect()
}

/// Which part of the way from 0 to 1 is each variant's. Weights that are not one for each, or do not come to 1, are taken for
/// equal ones.
pub fn bucket_ranges(n: usize, coverage: f64, weights: Option<&[f64]>) -> Vec<(f64, f64)> {
    let coverage = coverage.clamp(0.0, 1.0);
    let equal = equal_weights(n);
    let fits = |weights: &&[f64]| {
        weights.len() == n && (0.99..=1.01).contains(&weights.iter().copied().sum::<f64>())
    };
    let weights = weights.filter(fits).unwrap_or(&equal);
    let mut start = 0.0;
    let range = |weight: &f64| {
        let range = (start, start + coverage * weight);
        start += weight;
        range
    };
    weights.iter().map(range).collect()
}

/// The variant in whose part a place is.
pub fn choose(place: f64, ranges: &[(f64, f64)]) -> Option<usize> {
    ranges.iter().position(|(from, to)| (*from..*to).contains(&place))
}

/// Whether a value is in this part of a namespace.
pub fn in_namespace(value: &str, namespace: &str, from: f64, to: f64) -> bool {
    hash(&format!("__{namespace}"), value, 1).is_some_and(|place| (from..to).contains(&place))
}

#[cfg(test)]
mod tests {
    use super::{bucket_ranges, choose, equal_weights, hash, in_namespace};

    /// From `hash` of GrowthBook's cases.
    #[test]
    fn places_are_growthbooks() {
        for (seed, value, version, place) in [
            ("", "a", 1, Some(0.22)),
            ("b", "a", 1, Some(0.946)),
            ("", "___)((*\":&", 1, Some(0.563)),
            ("seed", "a", 2, Some(0.0505)),
            ("90850943850283058242805", "123", 2, Some(0.7516)),
            ("abc", "def", 99, None),
        ] {
            assert_eq!(hash(seed, value, version), place, "{seed} {value}");
        }
    }

    #[test]
    fn weights_that_do_not_come_to_one_are_equal_ones() {
        assert_eq!(bucket_ranges(2, 0.5, None), [(0.0, 0.25), (0.5, 0.75)]);
        assert_eq!(bucket_ranges(2, 1.0, Some(&[0.4, 0.1])), [(0.0, 0.5), (0.5, 1.0)]);
        assert_eq!(bucket_ranges(2, -0.2, None), [(0.0, 0.0), (0.5, 0.5)]);
        assert_eq!(choose(0.4, &[(0.0, 0.25), (0.5, 0.75)]), None);
        assert_eq!(choose(0.5, &[(0.0, 0.5), (0.5, 1.0)]), Some(1));
        assert!(equal_weights(0).is_empty());
        assert!(in_namespace("1", "namespace1", 0.4, 1.0) && !in_namespace("1", "namespace1", 0.0, 0.4));
    }
}
