//! The standard normal distribution.

use std::f64::consts::FRAC_1_SQRT_2;

/// P(Z ≥ z) = ½ erfc(z / √2), with all digits in both tails.
pub(crate) fn upper_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// The z with P(Z ≥ z) = p, for probabilities from 1e-300 to 1, by bisection.
pub(crate) fn upper_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if upper_tail(middle) > p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_tails_match_published_values() {
        for (z, tail) in [(0.0, 0.5), (1.96, 0.024_997_9), (-1.0, 0.841_344_7), (5.0, 2.866_516e-7)]
        {
            approx::assert_relative_eq!(upper_tail(z), tail, max_relative = 1e-6);
            approx::assert_abs_diff_eq!(upper_quantile(upper_tail(z)), z, epsilon = 1e-12);
        }
    }
}
