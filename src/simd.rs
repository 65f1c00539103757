//! Element-wise kernels, compiled for the widest vector registers that this processor has.
//!
//! The functions here are plain loops without branches, always inlined; [`dispatch`] compiles the
//! code around them once for each instruction set (AVX-512, AVX2, the portable baseline) and picks
//! one at run time. None of them uses fused multiply-add, so all instruction sets give the same bits.

/// Runs `kernel` compiled for the widest instruction set of this processor.
#[inline(always)]
pub(crate) fn dispatch<R>(kernel: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(kernel)
}

/// Independent partial sums of a reduction: one AVX-512 register of `f64`.
const LANES: usize = 8;

/// `Σ term(i)` over `0..n`, in [`LANES`] interleaved partial sums.
#[inline(always)]
fn reduce(n: usize, term: impl Fn(usize) -> f64) -> f64 {
    let mut partial = [0.0; LANES];
    let whole = n - n % LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, sum) in partial.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
    }
    for i in whole..n {
        partial[i - whole] += term(i);
    }
    let [a, b, c, d, e, f, g, h] = partial;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// `Σ xᵢ`
#[inline(always)]
pub(crate) fn sum(x: &[f64]) -> f64 {
    reduce(x.len(), |i| x[i])
}

/// `Σ xᵢ yᵢ`
#[inline(always)]
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let y = &y[..x.len()];
    reduce(x.len(), |i| x[i] * y[i])
}

/// `Σ wᵢ (xᵢ - c)`
#[inline(always)]
pub(crate) fn weighted_sum(weights: &[f64], x: &[f64], c: f64) -> f64 {
    let x = &x[..weights.len()];
    reduce(weights.len(), |i| weights[i] * (x[i] - c))
}

/// `Σ wᵢ (xᵢ - c)²`
#[inline(always)]
pub(crate) fn weighted_square_sum(weights: &[f64], x: &[f64], c: f64) -> f64 {
    let x = &x[..weights.len()];
    reduce(weights.len(), |i| weights[i] * (x[i] - c) * (x[i] - c))
}

/// Writes `xᵢ - c` to `centred` and `wᵢ (xᵢ - c)` to `weighted`.
#[inline(always)]
pub(crate) fn centre_and_weigh(
    x: &[f64],
    c: f64,
    weights: &[f64],
    centred: &mut [f64],
    weighted: &mut [f64],
) {
    let to = centred.iter_mut().zip(weighted);
    for ((&x, &weight), (centred, weighted)) in x.iter().zip(weights).zip(to) {
        *centred = x - c;
        *weighted = weight * *centred;
    }
}

/// `eˣ` for `x ≤ 0`, within two units in the last place; 0 below -708, where the result would leave
/// the normal numbers.
///
/// ```text
/// eˣ = 2ⁿ eʳ,   n = round(x / ln 2),   |r| ≤ ln 2 / 2,   eʳ = Σ rⁱ / i!  up to i = 13
/// ```
/// The first term left out is below 5e-18.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    const LOWEST: f64 = -708.0;
    // ln 2 in two parts, the first with trailing zeros, so that n times it is exact
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    // adding it rounds to an integer, which then stands in the lowest bits
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
    let shifted = clamped * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut series = INVERSE_FACTORIALS[13];
    for term in INVERSE_FACTORIALS[..13].iter().rev() {
        series = series * r + term;
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    if x < LOWEST { 0.0 } else { series * power }
}

/// Turns the `k` log-weighted densities of each row into posteriors and writes `ln Σ exp` of each row
/// to `log_sums`.
///
/// ```text
/// log_sum = max + ln Σ exp(log_prob - max),   posterior = exp(log_prob - max) / Σ exp(...)
/// ```
/// `log_prob` holds one contiguous run of `log_sums.len()` rows for each component.
#[inline(always)]
pub(crate) fn posteriors_in_place(log_prob: &mut [f64], log_sums: &mut [f64]) {
    let n = log_sums.len();
    let mut largest = vec![f64::NEG_INFINITY; n];
    for component in log_prob.chunks_exact(n) {
        for (largest, &value) in largest.iter_mut().zip(component) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    log_sums.fill(0.0);
    for component in log_prob.chunks_exact_mut(n) {
        for ((value, &largest), sum) in component.iter_mut().zip(&largest).zip(log_sums.iter_mut())
        {
            // a row whose density underflows everywhere has no largest term
            let base = if largest == f64::NEG_INFINITY { 0.0 } else { largest };
            *value = exp(*value - base);
            *sum += *value;
        }
    }
    // elsewhere the largest term is exp(0) = 1
    let inverse = |sum: &f64| if *sum == 0.0 { 0.0 } else { 1.0 / sum };
    let scale: Vec<f64> = log_sums.iter().map(inverse).collect();
    for component in log_prob.chunks_exact_mut(n) {
        for (value, scale) in component.iter_mut().zip(&scale) {
            *value *= scale;
        }
    }
    for (sum, largest) in log_sums.iter_mut().zip(&largest) {
        *sum = largest + sum.ln();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_standard_library_to_rounding() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_539_1;
            let (ours, exact) = (exp(x), x.exp());
            assert!((ours - exact).abs() <= 4.5e-16 * exact, "{x}: {ours} {exact}");
        }
    }

    #[test]
    fn exp_is_exact_at_zero_zero_far_below_and_keeps_nan() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-709.0), 0.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn reductions_count_every_element_once() {
        for n in 0..40 {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let n = f64::from(n);
            assert_eq!(sum(&x), n * (n - 1.0) / 2.0);
            assert_eq!(dot(&x, &x), (n - 1.0) * n * (2.0 * n - 1.0) / 6.0);
        }
    }

    #[test]
    fn posteriors_of_far_rows_are_finite_and_sum_to_one() {
        // two rows, three components
        let mut log_prob = vec![-1e12, -3.0, -1e12 - 1.0, f64::NEG_INFINITY, -2e12, -2.0];
        let mut log_sums = vec![0.0; 2];
        posteriors_in_place(&mut log_prob, &mut log_sums);
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
