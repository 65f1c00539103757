//! Posteriors from log-densities, with vectorised `exp` and `ln`.

use pulp::{Simd, WithSimd};

/// Turns the `k` log-weighted densities of each row into posteriors and writes `ln Σ exp` of each row
/// to `log_sums`.
///
/// ```text
/// log_sum = max + ln Σ exp(log_prob - max),   posterior = exp(log_prob - max) / Σ exp(...)
/// ```
/// `log_prob` holds one contiguous run of `log_sums.len()` rows for each component.
pub(crate) struct Posteriors<'a> {
    pub(crate) log_prob: &'a mut [f64],
    pub(crate) log_sums: &'a mut [f64],
    /// Working memory.
    pub(crate) largest: &'a mut Vec<f64>,
}

impl WithSimd for Posteriors<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { log_prob, log_sums, largest } = self;
        let n = log_sums.len();
        largest.clear();
        largest.resize(n, f64::NEG_INFINITY);
        for component in log_prob.chunks_exact(n) {
            for (largest, &value) in largest.iter_mut().zip(component) {
                *largest = if value > *largest { value } else { *largest };
            }
        }
        log_sums.fill(0.0);
        for component in log_prob.chunks_exact_mut(n) {
            let rows = component.iter_mut().zip(largest.iter()).zip(log_sums.iter_mut());
            for ((value, &largest), sum) in rows {
                // a row whose density underflows everywhere has no largest term
                let base = if largest == f64::NEG_INFINITY { 0.0 } else { largest };
                *value = exp::<S>(*value - base);
                *sum += *value;
            }
        }
        // elsewhere the largest term is exp(0) = 1
        for (sum, largest) in log_sums.iter_mut().zip(largest.iter_mut()) {
            let (total, top) = (*sum, *largest);
            *sum = top + if total == 0.0 { 0.0 } else { ln::<S>(total) };
            *largest = if total == 0.0 { 0.0 } else { 1.0 / total };
        }
        for component in log_prob.chunks_exact_mut(n) {
            for (value, scale) in component.iter_mut().zip(largest.iter()) {
                *value *= scale;
            }
        }
    }
}

/// `a b + c`, fused where the processor can.
#[inline(always)]
fn mul_add<S: Simd>(a: f64, b: f64, c: f64) -> f64 {
    if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
}

/// `eˣ` for `x ≤ 0`, within two units in the last place; 0 below -708, where the result would leave
/// the normal numbers.
///
/// ```text
/// eˣ = 2ⁿ eʳ,   n = round(x / ln 2),   |r| ≤ ln 2 / 2,   eʳ = Σ rⁱ / i!  up to i = 13
/// ```
/// The first term left out is below 5e-18.
#[inline(always)]
fn exp<S: Simd>(x: f64) -> f64 {
    const LOWEST: f64 = -708.0;
    // ln 2 in two parts, the first with trailing zeros, so that n times it is exact
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    // adding it rounds to an integer, which is then in the lowest bits
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const INVERSE_FACTORIALS: [f64; 14] = {
        let mut terms = [1.0; 14];
        let mut i = 1;
        let mut factorial = 1.0;
        while i < 14 {
            factorial *= i as f64;
            terms[i] = 1.0 / factorial;
            i += 1;
        }
        terms
    };

    // written so that NaN stays NaN
    let clamped = if x < LOWEST { LOWEST } else { x };
    let shifted = mul_add::<S>(clamped, std::f64::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = mul_add::<S>(-n, LN_2_LOW, mul_add::<S>(-n, LN_2_HIGH, clamped));
    let mut series = INVERSE_FACTORIALS[13];
    for &term in INVERSE_FACTORIALS[..13].iter().rev() {
        series = mul_add::<S>(series, r, term);
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    if x < LOWEST { 0.0 } else { series * power }
}

/// `ln x` for normal positive `x`, within two units in the last place of the larger of 1 and the result.
///
/// ```text
/// x = 2ⁿ m,  √½ ≤ m < √2,   ln x = n ln 2 + 2 Σ fⁱ / i  for odd i up to 21,   f = (m - 1) / (m + 1)
/// ```
/// f is at most 0.172, and the first term left out below 1e-18.
#[inline(always)]
pub(super) fn ln<S: Simd>(x: f64) -> f64 {
    const SQRT_HALF_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const EXPONENT: u64 = 0xfff << 52;
    // the exponent of 2 in x such that m is at least √½
    let scaled = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let m = f64::from_bits(x.to_bits().wrapping_sub(scaled & EXPONENT));
    // the exponent as a float: an integer n below 2^52 added to the bits of 2^52 gives 2^52 + n
    const BIAS: u64 = 1 << 11;
    let shifted = (scaled >> 52).wrapping_add(BIAS) & (2 * BIAS - 1);
    let n = f64::from_bits(shifted | 0x4330_0000_0000_0000) - 4_503_599_627_370_496.0 - BIAS as f64;
    let f = (m - 1.0) / (m + 1.0);
    let square = f * f;
    let mut series = 1.0 / 21.0;
    for i in (0..10).rev() {
        series = mul_add::<S>(series, square, 1.0 / f64::from(2 * i + 1));
    }
    mul_add::<S>(n, std::f64::consts::LN_2, 2.0 * f * series)
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, Scalar};

    use super::*;

    #[test]
    fn exp_agrees_with_the_standard_library_to_rounding() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_539_1;
            let (ours, exact) = (exp::<Scalar>(x), x.exp());
            assert!((ours - exact).abs() <= 4.5e-16 * exact, "{x}: {ours} {exact}");
        }
    }

    #[test]
    fn exp_is_one_at_zero_zero_far_below_and_nan_at_nan() {
        assert_eq!(exp::<Scalar>(0.0), 1.0);
        assert_eq!(exp::<Scalar>(-709.0), 0.0);
        assert_eq!(exp::<Scalar>(f64::NEG_INFINITY), 0.0);
        assert!(exp::<Scalar>(f64::NAN).is_nan());
    }

    #[test]
    fn ln_agrees_with_the_standard_library_to_rounding() {
        for i in 1..200_000 {
            for x in [f64::from(i) * 0.003_7, f64::from(i) * 1e-7, f64::from(i).powi(20)] {
                let (ours, exact) = (ln::<Scalar>(x), x.ln());
                assert!((ours - exact).abs() <= 4.5e-16 * exact.abs().max(1.0), "{x}: {ours}");
            }
        }
        assert_eq!(ln::<Scalar>(1.0), 0.0);
    }

    #[test]
    fn posteriors_of_far_rows_are_finite_and_sum_to_one() {
        // two rows, three components
        let mut log_prob = vec![-1e12, -3.0, -1e12 - 1.0, f64::NEG_INFINITY, -2e12, -2.0];
        let mut log_sums = vec![0.0; 2];
        Arch::new().dispatch(Posteriors {
            log_prob: &mut log_prob,
            log_sums: &mut log_sums,
            largest: &mut Vec::new(),
        });
        let odds = (-1.0_f64).exp();
        approx::assert_relative_eq!(log_prob[0], 1.0 / (1.0 + odds), max_relative = 1e-15);
        approx::assert_relative_eq!(log_prob[2], odds / (1.0 + odds), max_relative = 1e-15);
        assert_eq!(log_sums[0], -1e12 + (1.0 + odds).ln());
        for row in 0..2 {
            let total = log_prob[row] + log_prob[2 + row] + log_prob[4 + row];
            approx::assert_relative_eq!(total, 1.0, max_relative = 1e-15);
        }
        assert_eq!(log_prob[3], 0.0);
    }
}
