//! Ties: comparisons in which values that differ only by rounding are equal.
//!
//! The order of a sum depends on the instruction set, and multiply-adds are fused where the processor can, so the
//! log-likelihoods of one fit differ in their last bits between processors. Where such values are equal except for rounding
//! (two restarts with the same optimum, two candidate seeds that are copies of one row), the last bit must not decide. Values
//! are therefore rounded before they are compared.
//!
//! Rounding to multiples of a unit gives a total order, whereas "differs by less than" is not transitive. The best of many
//! values, the earliest of equals, therefore does not depend on the order in which they arrive.

/// Significant bits that are kept: 2⁻³⁰ is 9.3e-10. Sums over 10⁸ rows have a relative rounding error of about 1e-12, a
/// thousandth of that, and a log-likelihood that is better by a relative 1e-9 is not usefully better.
const SIGNIFICANT_BITS: u32 = 30;

/// Rounds a value to 30 significant bits, a relative 1e-9. Rounding is monotone: `a <= b` implies `coarse(a) <= coarse(b)`.
/// Zeros, infinities and NaN are unchanged.
pub(crate) fn coarse(value: f64) -> f64 {
    if !value.is_finite() {
        return value;
    }
    // the bits of a float are ordered like its magnitude, so rounding them rounds the value, also across powers of two
    let dropped = f64::MANTISSA_DIGITS - SIGNIFICANT_BITS;
    let half = 1_u64 << (dropped - 1);
    let bits = value.to_bits().saturating_add(half) & !((1_u64 << dropped) - 1);
    f64::from_bits(bits)
}

/// Index of the largest value, the earliest of those that are equal to rounding; none if all are NaN.
pub(crate) fn first_largest(values: impl IntoIterator<Item = f64>) -> Option<usize> {
    first(values, |best, value| value > best)
}

/// Index of the smallest value, the earliest of those that are equal to rounding; none if all are NaN.
pub(crate) fn first_smallest(values: impl IntoIterator<Item = f64>) -> Option<usize> {
    first(values, |best, value| value < best)
}

fn first(
    values: impl IntoIterator<Item = f64>,
    is_better: impl Fn(f64, f64) -> bool,
) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, value) in values.into_iter().map(coarse).enumerate() {
        if !value.is_nan() && best.is_none_or(|(_, best)| is_better(best, value)) {
            best = Some((index, value));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_equal_to_rounding_become_equal_and_others_stay_different() {
        for value in [1.0_f64, -724.471_3, 1e300, -3e-200, 0.1 + 0.2] {
            let next = f64::from_bits(value.to_bits() + 3);
            assert_eq!(coarse(value), coarse(next), "{value}");
            assert_ne!(coarse(value), coarse(value * (1.0 + 2e-9)), "{value}");
            assert!((coarse(value) / value - 1.0).abs() < 1e-9);
        }
        assert_eq!(coarse(0.0), 0.0);
        assert_eq!(coarse(f64::INFINITY), f64::INFINITY);
        assert_eq!(coarse(f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert!(coarse(f64::NAN).is_nan());
    }

    #[test]
    fn rounding_is_monotone_across_powers_of_two() {
        let mut before = f64::NEG_INFINITY;
        for step in -4000..4000 {
            let value = f64::from(step) * 2.5e-10 + 1.0;
            assert!(coarse(value) >= before);
            before = coarse(value);
        }
        assert_eq!(coarse(f64::from_bits(2.0_f64.to_bits() - 1)), 2.0);
        assert!(coarse(-f64::MAX) <= coarse(-1.0));
    }

    #[test]
    fn the_earliest_of_equal_values_wins() {
        let third = 1.0 / 3.0;
        let same = [1.0, third + third + third, 0.1 + 0.9, 2.0];
        assert_eq!(first_smallest(same), Some(0));
        assert_eq!(first_largest([1.0, 2.0, 2.0 + 1e-12, 0.0]), Some(1));
        assert_eq!(first_largest([f64::NAN, 1.0]), Some(1));
        assert_eq!(first_smallest([]), None);
    }
}
