//! What a figure may be, by what is known: a distribution on a grid of its own.

use super::Odds;

/// Points at which a distribution is known. Between two of them it is a tenth of its standard deviation or less.
const POINTS: usize = 256;
/// Standard deviations below and above the mean beyond which nothing is looked for. What is skewed reaches further up.
const REACH: (f64, f64) = (10.0, 14.0);

/// A distribution.
pub struct Curve {
    from: f64,
    step: f64,
    /// The density, so that its sum is 1.
    density: Vec<f64>,
    /// The sum up to each point.
    below: Vec<f64>,
}

impl Curve {
    /// Of a rate: Beta, from the uniform one before anything was seen.
    pub fn rate(odds: Odds) -> Self {
        let (a, b) = odds.beta();
        let mean = a / (a + b);
        let deviation = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
        // Up to a factor, which falls out: no gamma function is needed.
        let log = |x: f64| (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p();
        // The ends of a density may be infinitely steep.
        let (down, up) = REACH;
        Self::on((mean - down * deviation).max(0.0), (mean + up * deviation).min(1.0), log)
    }

    /// Of the mean of many values: normal.
    pub fn mean(mean: f64, deviation: f64) -> Self {
        let (down, up) = REACH;
        let log = |x: f64| -((x - mean) / deviation).powi(2) / 2.0;
        Self::on(mean - down * deviation, mean + up * deviation, log)
    }

    /// By the logarithm of the density, taken in the middle of each cell.
    fn on(from: f64, to: f64, log: impl Fn(f64) -> f64) -> Self {
        let step = (to - from) / POINTS as f64;
        let mut density: Vec<f64> = (0..POINTS).map(|n| log(from + (n as f64 + 0.5) * step)).collect();
        // Against the peak, so that nothing is lost.
        let peak = density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        density.iter_mut().for_each(|part| *part = (*part - peak).exp());
        let sum: f64 = density.iter().sum();
        density.iter_mut().for_each(|part| *part /= sum);
        let mut so_far = 0.0;
        let below = density
            .iter()
            .map(|part| {
                so_far += part;
                so_far
            })
            .collect();
        Self { from, step, density, below }
    }

    /// The probability of being below `x`.
    fn below(&self, x: f64) -> f64 {
        let place = (x - self.from) / self.step;
        if place <= 0.0 {
            return 0.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a huge one is past the end"
        )]
        let cell = place as usize;
        let (Some(density), Some(below)) = (self.density.get(cell), self.below.get(cell)) else { return 1.0 };
        below - density * (1.0 - place.fract())
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        let at = |n: usize| self.from + (n as f64 + 0.5) * self.step;
        self.density.iter().enumerate().map(move |(n, density)| (at(n), *density))
    }
}

/// The probability of each to be the greatest.
pub fn best(curves: &[Curve]) -> Vec<f64> {
    let best = |n: usize, curve: &Curve| -> f64 {
        let others = |x: f64| -> f64 {
            let others = curves.iter().enumerate().filter(|(other, _)| *other != n);
            others.map(|(_, other)| other.below(x)).product()
        };
        curve.points().map(|(x, density)| density * others(x)).sum()
    };
    let best: Vec<f64> = curves.iter().enumerate().map(|(n, curve)| best(n, curve)).collect();
    let sum: f64 = best.iter().sum();
    best.into_iter().map(|best| best / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::{Curve, best};

    /// The difference of two normal figures is normal: the probability that it is positive is in every table of Φ.
    #[test]
    fn the_greater_of_two_means_is_as_likely_as_tables_say() {
        for (difference, phi) in [(0.0, 0.5), (1.0, 0.841_345), (1.96, 0.975_002), (-1.0, 0.158_655)] {
            // Deviations of 0.6 and 0.8 make one of 1.
            let both = best(&[Curve::mean(5.0, 0.6), Curve::mean(5.0 + difference, 0.8)]);
            assert!((both[1] - phi).abs() < 0.000_5, "{difference}: {both:?}, and {phi} in print");
        }
    }
}
