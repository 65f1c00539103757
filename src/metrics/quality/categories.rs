//! A permutation test of whether the levels of a category have the same shares in two samples.

use ndarray::ArrayView1;
use rand::seq::SliceRandom;

use super::{PermutationTest, no_values};
use crate::compute::random::stream;
use crate::error::{Error, Result};

/// Number of permutations with a distance as large as the observed one that are enough: the relative error of the p-value is 10 %.
const ENOUGH: usize = 100;

/// Tests whether the levels of a category have the same shares in two samples. Values are the indices of `n_levels` levels;
/// missing values (NaN) are left out.
///
/// The statistic is the total variation distance of the shares p and q,
/// ```text
/// TV = ½ Σ |pₕ - qₕ|        from 0, the same shares, to 1, no level in common
/// ```
/// and its null distribution is that over random assignments of the pooled values to the two samples. Assignments are drawn until
/// 100 of them have a distance at least as large, or `n_permutations` are drawn (Besag & Clifford 1991); so the test of equal
/// distributions ends soon, and the smallest p-value is `1 / (n_permutations + 1)`.
///
/// # Errors
/// [`Error::UnknownLevel`](crate::Error::UnknownLevel); [`Error::TooFewSamples`](crate::Error::TooFewSamples) for a sample without
/// values.
///
/// # Examples
/// ```
/// use mixlab::quality::total_variation_test;
/// use ndarray::Array1;
///
/// let thirds: Array1<f64> = (0..300).map(|row| f64::from(row % 3)).collect();
/// let halves: Array1<f64> = (0..300).map(|row| f64::from(row % 2)).collect();
/// assert_eq!(total_variation_test(thirds.view(), thirds.view(), 3, 999, 0)?.statistic, 0.0);
/// let test = total_variation_test(thirds.view(), halves.view(), 3, 999, 0)?;
/// assert!((test.statistic - 1.0 / 3.0).abs() < 1e-12);
/// assert_eq!(test.p_value, 0.001);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn total_variation_test(
    left: ArrayView1<'_, f64>,
    right: ArrayView1<'_, f64>,
    n_levels: usize,
    n_permutations: usize,
    seed: u64,
) -> Result<PermutationTest> {
    let codes = |values: ArrayView1<'_, f64>| -> Result<Vec<usize>> {
        let levels =
            values.iter().enumerate().map(|(row, &value)| level_of(value, n_levels, (row, 0)));
        levels.filter_map(Result::transpose).collect()
    };
    let (left, right) = (codes(left)?, codes(right)?);
    if left.is_empty() || right.is_empty() {
        return Err(no_values());
    }
    // the smaller sample is drawn
    let n_drawn = left.len().min(right.len());
    let mut pooled = if left.len() <= right.len() { [left, right] } else { [right, left] }.concat();
    let count = |codes: &[usize]| {
        let mut counts = vec![0.0; n_levels];
        codes.iter().for_each(|&code| counts[code] += 1.0);
        counts
    };
    let totals = count(&pooled);
    let distance = |drawn: &[usize]| distance(&count(drawn), &totals);
    let found = distance(&pooled[..n_drawn]);
    let rng = &mut stream(seed, 0);
    Ok(PermutationTest::sequential(found, (ENOUGH, n_permutations), |_| {
        distance(pooled.partial_shuffle(rng, n_drawn).0)
    }))
}

/// The total variation distance of the shares of a sample with these counts of levels and of the other sample; `totals` are the counts
/// of both.
fn distance(counts: &[f64], totals: &[f64]) -> f64 {
    let n: f64 = counts.iter().sum();
    let n_others = totals.iter().sum::<f64>() - n;
    let difference = |(count, total): (&f64, &f64)| (count / n - (total - count) / n_others).abs();
    0.5 * counts.iter().zip(totals).map(difference).sum::<f64>()
}

/// The index of a level; none for a missing value. `row` and `column` are the place in errors.
///
/// # Errors
/// [`Error::UnknownLevel`].
pub(super) fn level_of(
    value: f64,
    n_levels: usize,
    (row, column): (usize, usize),
) -> Result<Option<usize>> {
    if value.is_nan() {
        return Ok(None);
    }
    let is_level = value.fract() == 0.0 && value >= 0.0 && value < n_levels as f64;
    if !is_level {
        return Err(Error::UnknownLevel { row, column, value, n_levels });
    }
    Ok(Some(value as usize))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};
    use rand::Rng;

    use super::*;
    use crate::error::Error;

    fn sample(n_rows: usize, shares: [f64; 3], seed: u64) -> Array1<f64> {
        let mut rng = stream(seed, 0);
        let level =
            |u: f64| f64::from(u8::from(u > shares[0]) + u8::from(u > shares[0] + shares[1]));
        (0..n_rows).map(|_| level(rng.r#gen())).collect()
    }

    #[test]
    fn the_statistic_is_half_the_sum_of_differences_of_shares() {
        let statistic = |a: &Array1<f64>, b: &Array1<f64>| {
            total_variation_test(a.view(), b.view(), 3, 99, 0).unwrap().statistic
        };
        // shares 2/3, 1/3, 0 and 1/5, 1/5, 3/5
        let (a, b) = (array![0.0, 0.0, 1.0], array![2.0, 0.0, 2.0, 1.0, 2.0]);
        approx::assert_relative_eq!(statistic(&a, &b), 0.6, epsilon = 1e-12);
        approx::assert_relative_eq!(statistic(&b, &a), 0.6, epsilon = 1e-12);
        let nan = f64::NAN;
        approx::assert_relative_eq!(
            statistic(&array![0.0, nan, 0.0, 1.0, nan], &b),
            0.6,
            epsilon = 1e-12
        );
        assert_eq!(statistic(&array![0.0], &array![2.0, 2.0]), 1.0);
    }

    #[test]
    fn p_values_are_uniform_for_equal_distributions() {
        // of 60 tests at the 10 % level, 6 are expected to reject; 16 would be more than four deviations away
        let rejected = (0..60).filter(|&seed| {
            let [a, b] = [(80, 2 * seed), (50, 2 * seed + 1)]
                .map(|(n, seed)| sample(n, [0.2, 0.3, 0.5], seed));
            total_variation_test(a.view(), b.view(), 3, 999, seed).unwrap().p_value <= 0.1
        });
        assert!(rejected.count() < 16);
        let other = sample(80, [0.6, 0.3, 0.1], 1);
        let test =
            total_variation_test(other.view(), sample(80, [0.2, 0.3, 0.5], 2).view(), 3, 9999, 0);
        assert_eq!(test.unwrap().p_value, 1e-4);
    }

    #[test]
    fn values_beyond_the_levels_and_samples_without_values_are_errors() {
        let values = array![0.0, 1.0];
        for wrong in [2.0, -1.0, 0.5] {
            let wrong = array![0.0, wrong];
            let error = total_variation_test(values.view(), wrong.view(), 2, 9, 0).unwrap_err();
            assert!(matches!(error, Error::UnknownLevel { row: 1, .. }), "{error}");
        }
        let empty = array![f64::NAN];
        let error = total_variation_test(values.view(), empty.view(), 2, 9, 0).unwrap_err();
        assert!(matches!(error, Error::TooFewSamples { .. }), "{error}");
    }
}
