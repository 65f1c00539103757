//! Student's t distribution.

use std::f64::consts::LN_2;

use statrs::function::beta::beta_reg;

pub(crate) use statrs::function::gamma::digamma;

/// ψ'(x), the derivative of digamma, for positive x: by its recurrence above 12, and its asymptotic series, whose first term left out is
/// below 1e-15.
pub(crate) fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 12.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series =
        y * (1.0 / 6.0 - y * (1.0 / 30.0 - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * (5.0 / 66.0)))));
    sum + (1.0 + 0.5 / x + series) / x
}

/// The expected information of a row of `width` numbers about the degrees of freedom of their t distribution (Lange, Little & Taylor
/// 1989, appendix B):
/// ```text
/// ¼ (ψ'(ν / 2) - ψ'((ν + d) / 2)) - d (ν + d + 4) / (2 ν (ν + d) (ν + d + 2))
/// ```
pub(crate) fn information(degrees_of_freedom: f64, width: usize) -> f64 {
    let (nu, d) = (degrees_of_freedom, width as f64);
    let of_precision = trigamma(0.5 * nu) - trigamma(0.5 * (nu + d));
    0.25 * of_precision - d * (nu + d + 4.0) / (2.0 * nu * (nu + d) * (nu + d + 2.0))
}

/// P(T ≥ t) of a t distribution with `degrees_of_freedom` ν, with all digits in both tails:
/// ```text
/// ½ I(ν / (ν + t²); ν / 2, ½)  for t ≥ 0
/// ```
/// with the regularised incomplete beta function I.
pub(crate) fn upper_tail(t: f64, degrees_of_freedom: f64) -> f64 {
    let nu = degrees_of_freedom;
    let tail = 0.5 * beta_reg(0.5 * nu, 0.5, nu / (nu + t * t));
    if t < 0.0 { 1.0 - tail } else { tail }
}

/// `ln t(m) - ln N(m)`: by how much the log-density of a t distribution of `width` dimensions exceeds that of a Gaussian with the same
/// matrix at their mean.
/// ```text
/// ln Γ((ν + d) / 2) - ln Γ(ν / 2) - ½ d ln (ν / 2)
/// ```
pub(crate) fn log_ratio_at_mean(degrees_of_freedom: f64, width: usize) -> f64 {
    let (nu, d) = (degrees_of_freedom, width as f64);
    libm::lgamma(0.5 * (nu + d)) - libm::lgamma(0.5 * nu) - 0.5 * d * (nu.ln() - LN_2)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn tails_match_closed_forms() {
        for t in [-30.0_f64, -1.0, 0.0, 0.3, 2.0, 500.0] {
            // Cauchy, and two degrees of freedom
            let one = 0.5 - t.atan() / PI;
            let two = 0.5 - 0.5 * t / (2.0 + t * t).sqrt();
            let epsilon = 1e-13;
            approx::assert_abs_diff_eq!(upper_tail(t, 1.0), one, epsilon = epsilon);
            approx::assert_abs_diff_eq!(upper_tail(t, 2.0), two, epsilon = epsilon);
        }
        // the table of t: 97.5 % of 10 degrees of freedom
        assert_relative_eq!(upper_tail(2.228_138_851_964_939, 10.0), 0.025, max_relative = 1e-9);
        // 1 / (4 t²) far out, relative to itself
        assert_relative_eq!(upper_tail(1e6, 2.0), 0.5e-12, max_relative = 1e-9);
    }

    #[test]
    fn many_degrees_of_freedom_are_a_gaussian() {
        assert_relative_eq!(log_ratio_at_mean(1e9, 3), 0.0, epsilon = 1e-6);
        // Cauchy at 0 is 1 / π, a standard normal 1 / √(2 π)
        let expected = (1.0 / PI).ln() + 0.5 * (2.0 * PI).ln();
        assert_relative_eq!(log_ratio_at_mean(1.0, 1), expected, max_relative = 1e-14);
    }

    #[test]
    fn trigamma_matches_published_values() {
        // π² / 6 and π² / 2
        assert_relative_eq!(trigamma(1.0), PI * PI / 6.0, max_relative = 1e-14);
        assert_relative_eq!(trigamma(0.5), PI * PI / 2.0, max_relative = 1e-14);
    }

    #[test]
    fn information_is_the_mean_square_of_the_score() {
        for (nu, width) in [(3.0_f64, 1), (8.0, 1)] {
            // of t distributions in one dimension, by a sum over t = tan of an angle
            let (n, h) = (200_000, 1e-4);
            let log_density = |t: f64, nu: f64| {
                let at_mean = -0.5 * (2.0 * PI).ln() + log_ratio_at_mean(nu, width);
                at_mean - 0.5 * (nu + 1.0) * (t * t / nu).ln_1p()
            };
            let term = |i: usize| {
                let angle = PI * ((i as f64 + 0.5) / n as f64 - 0.5);
                let t = angle.tan();
                let score = (log_density(t, nu + h) - log_density(t, nu - h)) / (2.0 * h);
                score * score * log_density(t, nu).exp() / angle.cos().powi(2) * PI / n as f64
            };
            let expected: f64 = (0..n).map(term).sum();
            assert_relative_eq!(information(nu, width), expected, max_relative = 1e-4);
        }
    }

    #[test]
    fn digamma_matches_published_values() {
        // -γ, and -γ - 2 ln 2
        assert_relative_eq!(digamma(1.0), -0.577_215_664_901_532_9, max_relative = 1e-12);
        assert_relative_eq!(digamma(0.5), -1.963_510_026_021_423_5, max_relative = 1e-12);
    }
}
