//! A permutation test of whether the correlations of two tables are the same.

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;

use super::PermutationTest;
use crate::compute::linalg;
use crate::compute::random::stream;
use crate::error::{Error, Result};
use crate::rows::{MatrixRows, check_columns};

/// Tests whether the correlations of two tables differ.
///
/// The statistic is the largest absolute difference of the correlations of any two columns, and its null distribution is
/// that over `n_permutations` random assignments of the pooled rows to the two tables. A constant column has correlation 0
/// with all others.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::TooFewSamples`] below 10 rows in either table.
///
/// # Examples
/// ```
/// use mixlab::{datasets::make_moons, quality::correlation_test};
///
/// let (a, b) = (make_moons(300, 0.1, 1)?.records, make_moons(300, 0.1, 2)?.records);
/// assert!(correlation_test(a.view(), b.view(), 199, 0)?.p_value > 0.05);
/// let mirrored = &b * &ndarray::array![-1.0, 1.0];
/// assert_eq!(correlation_test(a.view(), mirrored.view(), 199, 0)?.p_value, 0.005);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn correlation_test(
    left: ArrayView2<'_, f64>,
    right: ArrayView2<'_, f64>,
    n_permutations: usize,
    seed: u64,
) -> Result<PermutationTest> {
    check_columns(right.ncols(), left.ncols())?;
    for rows in [left.view(), right.view()] {
        MatrixRows::from_records(rows)?;
        if rows.nrows() < 10 {
            return Err(Error::TooFewSamples {
                n_samples: rows.nrows(),
                needed: 10,
                wanted: "a test of correlations".into(),
            });
        }
    }
    let pooled = standardised(concatenate![Axis(0), left, right]);
    let all = Sums::of(pooled.view());
    let statistic = |chosen: &[usize]| {
        let one = Sums::of(pooled.select(Axis(0), chosen).view());
        let difference = one.correlations() - all.minus(&one).correlations();
        difference.iter().fold(0.0_f64, |largest, value| value.abs().max(largest))
    };
    let first: Vec<usize> = (0..left.nrows()).collect();
    let found = statistic(&first);
    Ok(PermutationTest::of(found, n_permutations, |permutation| {
        let mut order: Vec<usize> = (0..pooled.nrows()).collect();
        let (chosen, _) = order.partial_shuffle(&mut stream(seed, permutation), left.nrows());
        statistic(chosen)
    }))
}

/// Standardises columns to mean 0 and variance 1; constant columns become 0.
fn standardised(mut rows: Array2<f64>) -> Array2<f64> {
    for mut column in rows.columns_mut() {
        let (mean, deviation) = (column.mean().unwrap_or(0.0), column.std(0.0));
        let scale = if deviation > 0.0 { deviation } else { 1.0 };
        column.mapv_inplace(|value| (value - mean) / scale);
    }
    rows
}

/// Sums of the values and of the pairwise products of columns.
struct Sums {
    n: f64,
    first: Array1<f64>,
    second: Array2<f64>,
}

impl Sums {
    fn of(rows: ArrayView2<'_, f64>) -> Self {
        Self {
            n: rows.nrows() as f64,
            first: rows.sum_axis(Axis(0)),
            second: linalg::product(rows.t(), rows),
        }
    }

    /// Returns the sums over the rows that are not in `other`.
    fn minus(&self, other: &Self) -> Self {
        Self {
            n: self.n - other.n,
            first: &self.first - &other.first,
            second: &self.second - &other.second,
        }
    }

    fn correlations(&self) -> Array2<f64> {
        let mean = &self.first / self.n;
        let column = mean.view().insert_axis(Axis(1));
        let covariance = &self.second / self.n - &column * &mean;
        // the columns are standardised, so smaller variances are rounding errors
        let inverse = covariance.diag().mapv(|v| if v > 1e-12 { 1.0 / v.sqrt() } else { 0.0 });
        covariance * &inverse * inverse.view().insert_axis(Axis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::quality::correlation_difference;

    #[test]
    fn the_statistic_is_the_largest_difference() {
        let left = crate::datasets::survey().records;
        let right = left.slice_axis(Axis(0), ndarray::Slice::from(..100)).to_owned();
        let test = correlation_test(left.view(), right.view(), 9, 0).unwrap();
        let expected = correlation_difference(left.view(), right.view()).unwrap();
        approx::assert_abs_diff_eq!(test.statistic, expected, epsilon = 1e-12);
    }

    #[test]
    fn constant_columns_are_allowed() {
        let rows = Array2::from_shape_fn((20, 2), |(i, j)| if j == 0 { i as f64 } else { 7.0 });
        let test = correlation_test(rows.view(), rows.view(), 19, 0).unwrap();
        assert_eq!((test.statistic, test.p_value), (0.0, 1.0));
    }

    #[test]
    fn multiples_of_a_column_do_not_differ_by_rounding() {
        let line = |n: usize, step: f64| {
            Array2::from_shape_fn((n, 2), |(i, j)| (i as f64 * step).sin() * (1.0 + 0.7 * j as f64))
        };
        let test = correlation_test(line(40, 0.37).view(), line(55, 0.91).view(), 99, 0).unwrap();
        assert_eq!(test.p_value, 1.0);
    }

    #[test]
    fn p_values_are_uniform_for_equal_distributions() {
        // of 40 tests at the 10 % level, 4 are expected to reject; 12 would be four deviations away
        let moons = |seed| crate::datasets::make_moons(60, 0.2, seed).unwrap().records;
        let rejected = (0..40).filter(|&seed| {
            let (a, b) = (moons(2 * seed), moons(2 * seed + 1));
            correlation_test(a.view(), b.view(), 99, seed).unwrap().p_value < 0.1
        });
        assert!(rejected.count() < 12);
    }
}
