//! Normal distributions truncated to a range.

use std::f64::consts::PI;

use crate::compute::normal::upper_tail;

/// A normal distribution on a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TruncatedNormal {
    center: f64,
    deviation: f64,
    /// Ends in deviations from the centre, mirrored such that the nearer tail is the upper one.
    ends: (f64, f64),
    is_mirrored: bool,
    range: (f64, f64),
    /// ln P of the range under the whole distribution.
    pub(super) log_probability: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// Beyond so many deviations the upper tail of a normal distribution is not a normal number.
const FARTHEST: f64 = 37.0;

impl TruncatedNormal {
    /// The distribution with this mean and deviation on `low..high`.
    pub(super) fn new((center, deviation): (f64, f64), (low, high): (f64, f64)) -> Self {
        let (a, b) = ((low - center) / deviation, (high - center) / deviation);
        let is_mirrored = a + b < 0.0;
        let ends = if is_mirrored { (-b, -a) } else { (a, b) };
        let probability =
            if ends.0 < FARTHEST { upper_tail(ends.0) - upper_tail(ends.1) } else { 0.0 };
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
        // of the standardised, mirrored distribution (Johnson, Kotz & Balakrishnan 1994, section 10.1)
        let (first, last) = (density(ends.0), density(ends.1));
        let shift = (first - last) / probability;
        let curvature = (ends.0 * first - ends.1 * last) / probability;
        let is_known = probability > 0.0 && shift.is_finite() && curvature.is_finite();
        let width = ends.1 - ends.0;
        let (mean, variance) = if is_known {
            let mean = shift.clamp(ends.0, ends.1);
            (mean, (1.0 + curvature - shift * shift).clamp(0.0, 0.25 * width * width))
        } else {
            (ends.0, 0.0)
        };
        let sign = if is_mirrored { -1.0 } else { 1.0 };
        Self {
            center,
            deviation,
            ends,
            is_mirrored,
            range: (low, high),
            log_probability: probability.ln(),
            mean: (center + sign * deviation * mean).clamp(low, high),
            variance: variance * deviation * deviation,
        }
    }

    /// The value below which lies the share `p` of the distribution, or above which if that tail is the nearer one.
    pub(super) fn at(&self, p: f64) -> f64 {
        let (mut low, mut high) = self.ends;
        let target = upper_tail(low) - p * (upper_tail(low) - upper_tail(high));
        // the upper tail falls
        for _ in 0..64 {
            let middle = low + 0.5 * (high - low);
            if !(low < middle && middle < high) {
                break;
            }
            *(if upper_tail(middle) > target { &mut low } else { &mut high }) = middle;
        }
        let standard = if self.is_mirrored { -low } else { low };
        (self.center + self.deviation * standard).clamp(self.range.0, self.range.1)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn moments_and_quantiles_agree_with_sums_over_a_fine_grid() {
        for (normal, range) in [
            ((0.0, 1.0), (-1.0, 2.0)),
            ((10.0, 3.0), (-20.0, 4.0)),
            ((0.0, 1.0), (5.0, 9.0)),
            ((0.0, 2.0), (-100.0, 100.0)),
        ] {
            let truncated = TruncatedNormal::new(normal, range);
            let n = 200_000;
            let step = (range.1 - range.0) / f64::from(n);
            let points = (0..n).map(|i| range.0 + (f64::from(i) + 0.5) * step);
            let density = |x: f64| {
                (-0.5 * ((x - normal.0) / normal.1).powi(2)).exp() / (normal.1 * (2.0 * PI).sqrt())
            };
            let total: f64 = points.clone().map(density).sum::<f64>() * step;
            let mean = points.clone().map(|x| x * density(x)).sum::<f64>() * step / total;
            let variance =
                points.map(|x| (x - mean).powi(2) * density(x)).sum::<f64>() * step / total;
            assert_abs_diff_eq!(truncated.log_probability, total.ln(), epsilon = 1e-7);
            assert_abs_diff_eq!(truncated.mean, mean, epsilon = 1e-6);
            assert_abs_diff_eq!(truncated.variance, variance, epsilon = 1e-6);
            let draws = (0..10_000).map(|i| truncated.at((f64::from(i) + 0.5) / 10_000.0));
            let draws: Vec<f64> = draws.collect();
            assert!(draws.iter().all(|x| (range.0..=range.1).contains(x)));
            let drawn = draws.iter().sum::<f64>() / 10_000.0;
            assert_abs_diff_eq!(drawn, mean, epsilon = 1e-3 * (1.0 + mean.abs()));
        }
    }
}
