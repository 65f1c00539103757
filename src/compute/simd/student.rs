//! Densities of t distributions from those of Gaussians, with the precisions of the rows.

use pulp::{Simd, WithSimd};

use super::posteriors::ln;

/// Turns log-densities under a Gaussian into those under a t distribution with the same mean and matrix, and writes what each row
/// weighs.
///
/// ```text
/// δ = 2 (base - ln N),   ln t = base + shift - ½ (ν + d) ln (1 + δ / ν),   u = (ν + d) / (ν + δ)
/// ```
/// A row so far that its squared distance δ overflows gets NaN.
pub(crate) struct StudentDensities<'a> {
    /// In: `ln w + ln N(x)`. Out: `ln w + ln t(x)`.
    pub(crate) log_prob: &'a mut [f64],
    /// u
    pub(crate) precisions: &'a mut [f64],
    /// ln u
    pub(crate) log_precisions: &'a mut [f64],
    /// `ln w + ln N(m)`, at the mean.
    pub(crate) base: f64,
    /// `ln t(m) - ln N(m)`.
    pub(crate) shift: f64,
    /// ν
    pub(crate) degrees_of_freedom: f64,
    /// d, the number of observed numbers.
    pub(crate) width: usize,
}

impl WithSimd for StudentDensities<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { log_prob, precisions, log_precisions, base, shift, .. } = self;
        let (nu, d) = (self.degrees_of_freedom, self.width as f64);
        let (half, largest) = (0.5 * (nu + d), (nu + d) / nu);
        let (inverse, log_largest, top) = (2.0 / nu, largest.ln(), base + shift);
        for ((value, u), log_u) in log_prob.iter_mut().zip(precisions).zip(log_precisions) {
            // rounding can raise a density above that of the mean
            let distance = (base - *value) * inverse;
            let ratio = 1.0 + if distance > 0.0 { distance } else { 0.0 };
            let log_ratio = if ratio < f64::MAX { ln::<S>(ratio) } else { f64::NAN };
            *value = top - half * log_ratio;
            *u = largest / ratio;
            *log_u = log_largest - log_ratio;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::simd::InstructionSet;
    use crate::compute::student::log_ratio_at_mean;

    #[test]
    fn densities_match_the_formula_on_every_instruction_set() {
        let (nu, base) = (3.5, -1.25);
        let distances = [0.0, 1e-9, 0.3, 4.0, 1e6, 1e14, 1e300, f64::INFINITY, -1e-12];
        for set in InstructionSet::all() {
            let mut log_prob: Vec<f64> =
                distances.iter().map(|square| base - 0.5 * square).collect();
            let (mut u, mut log_u) = (vec![0.0; 9], vec![0.0; 9]);
            let shift = log_ratio_at_mean(nu, 2);
            set.run(StudentDensities {
                log_prob: &mut log_prob,
                precisions: &mut u,
                log_precisions: &mut log_u,
                base,
                shift,
                degrees_of_freedom: nu,
                width: 2,
            });
            for (at, square) in distances.into_iter().enumerate().take(7) {
                let expected: f64 = base + shift - 0.5 * (nu + 2.0) * (1.0_f64 + square / nu).ln();
                approx::assert_relative_eq!(log_prob[at], expected, max_relative = 1e-12);
                let expected: f64 = (nu + 2.0) / (nu + square);
                approx::assert_relative_eq!(u[at], expected, max_relative = 1e-12);
                approx::assert_abs_diff_eq!(log_u[at], expected.ln(), epsilon = 1e-12);
            }
            assert!(log_prob[7].is_nan() && log_prob[8] == base + shift);
        }
    }
}
