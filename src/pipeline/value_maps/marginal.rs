//! The distribution of a number under a model.

use crate::compute::normal::upper_tail;

/// A marginal of a mixture: weight, mean and standard deviation of each component.
pub(super) struct Marginal(pub(super) Vec<(f64, f64, f64)>);

impl Marginal {
    /// `P(X < x)`
    pub(super) fn cdf(&self, x: f64) -> f64 {
        let below = |&(weight, mean, deviation): &(f64, f64, f64)| {
            if deviation > 0.0 {
                weight * upper_tail((mean - x) / deviation)
            } else if x > mean {
                weight
            } else {
                0.0
            }
        };
        self.0.iter().map(below).sum()
    }

    /// The smallest value at which the distribution function reaches `p`, by bisection between neighbouring doubles.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let ends = |side: f64| self.0.iter().map(move |&(_, mean, sd)| mean + side * 40.0 * sd);
        let (mut low, mut high) =
            (ends(-1.0).fold(f64::INFINITY, f64::min), ends(1.0).fold(f64::NEG_INFINITY, f64::max));
        loop {
            let middle = low + 0.5 * (high - low);
            if !(low < middle && middle < high) {
                return high;
            }
            *(if self.cdf(middle) < p { &mut low } else { &mut high }) = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_invert_the_distribution_function() {
        let marginal = Marginal(vec![(0.6, 0.0, 0.5), (0.4, 6.0, 3.0)]);
        for p in [1e-6, 0.05, 0.3, 0.5, 0.9, 0.999] {
            let x = marginal.quantile(p);
            assert!((marginal.cdf(x) - p).abs() < 1e-12, "{p}");
        }
        let standard = Marginal(vec![(1.0, 0.0, 1.0)]);
        // the 97.5 % quantile of a standard normal
        assert!((standard.quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        // a component without variance is a step
        let step = Marginal(vec![(0.5, 2.0, 0.0), (0.5, 3.0, 1.0)]).quantile(0.4);
        assert!(step > 2.0 && step < 2.0 + 1e-9, "{step}");
    }
}
