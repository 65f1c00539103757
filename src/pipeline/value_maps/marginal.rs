//! The distribution of a number under a model.

use crate::compute::normal::upper_tail;
use crate::compute::student;

/// A marginal of a mixture.
pub(super) struct Marginal(pub(super) Vec<Part>);

/// The marginal of a component.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) weight: f64,
    pub(super) mean: f64,
    pub(super) standard_deviation: f64,
    /// None of a Gaussian.
    pub(super) degrees_of_freedom: Option<f64>,
}

impl Part {
    /// P(X < x)
    fn cdf(&self, x: f64) -> f64 {
        let Self { mean, standard_deviation, degrees_of_freedom, .. } = *self;
        if standard_deviation <= 0.0 {
            return if x > mean { 1.0 } else { 0.0 };
        }
        let z = (mean - x) / standard_deviation;
        match degrees_of_freedom {
            Some(nu) => student::upper_tail(z * (nu / (nu - 2.0)).sqrt(), nu),
            None => upper_tail(z),
        }
    }

    /// Number of standard deviations beyond which there is hardly anything.
    fn reach(&self) -> f64 {
        if self.degrees_of_freedom.is_some() { 1e9 } else { 40.0 }
    }
}

impl Marginal {
    /// Weights, means and standard deviations of Gaussian components.
    #[cfg(test)]
    pub(super) fn gaussian(parts: &[(f64, f64, f64)]) -> Self {
        let part = |&(weight, mean, standard_deviation): &(f64, f64, f64)| Part {
            weight,
            mean,
            standard_deviation,
            degrees_of_freedom: None,
        };
        Self(parts.iter().map(part).collect())
    }

    /// `P(X < x)`
    pub(super) fn cdf(&self, x: f64) -> f64 {
        self.0.iter().map(|part| part.weight * part.cdf(x)).sum()
    }

    /// The smallest value at which the distribution function reaches `p`, by bisection between neighbouring doubles.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let end =
            |part: &Part, side: f64| part.mean + side * part.reach() * part.standard_deviation;
        let ends = |side: f64| self.0.iter().map(move |part| end(part, side));
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
        let marginal = Marginal::gaussian(&[(0.6, 0.0, 0.5), (0.4, 6.0, 3.0)]);
        for p in [1e-6, 0.05, 0.3, 0.5, 0.9, 0.999] {
            let x = marginal.quantile(p);
            assert!((marginal.cdf(x) - p).abs() < 1e-12, "{p}");
        }
        let standard = Marginal::gaussian(&[(1.0, 0.0, 1.0)]);
        // the 97.5 % quantile of a standard normal
        assert!((standard.quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        // of 4 degrees of freedom: 2.776 times the scale, of which the standard deviation is √2 times
        let heavy = Marginal(vec![Part { degrees_of_freedom: Some(4.0), ..standard.0[0] }]);
        assert!((heavy.quantile(0.975) - 2.776_445_105 / 2.0_f64.sqrt()).abs() < 1e-8);
        // a component without variance is a step
        let step = Marginal::gaussian(&[(0.5, 2.0, 0.0), (0.5, 3.0, 1.0)]).quantile(0.4);
        assert!(step > 2.0 && step < 2.0 + 1e-9, "{step}");
    }
}
