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
/// with all others. With missing values (NaN), the correlation of two columns is that of the rows in which both are observed.
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
    let mut pooled = standardised(concatenate![Axis(0), left, right]);
    let numbers = (left.nrows(), pooled.nrows(), n_permutations, seed);
    if !pooled.iter().any(|value| value.is_nan()) {
        let all = Sums::of(pooled.view());
        return Ok(permute(numbers, |chosen| {
            let one = Sums::of(pooled.select(Axis(0), chosen).view());
            one.correlations() - all.minus(&one).correlations()
        }));
    }
    let observed = pooled.mapv(|value| f64::from(u8::from(!value.is_nan())));
    pooled.mapv_inplace(|value| if value.is_nan() { 0.0 } else { value });
    let all = PairwiseSums::of(pooled.view(), observed.view());
    Ok(permute(numbers, |chosen| {
        let one = [&pooled, &observed].map(|rows| rows.select(Axis(0), chosen));
        let one = PairwiseSums::of(one[0].view(), one[1].view());
        one.correlations() - all.minus(&one).correlations()
    }))
}

/// Tests the largest entry of `difference`, a matrix for the chosen rows: the first `n_left` of `n_rows`, or as many random rows.
fn permute(
    (n_left, n_rows, n_permutations, seed): (usize, usize, usize, u64),
    difference: impl Fn(&[usize]) -> Array2<f64> + Sync,
) -> PermutationTest {
    let statistic = |chosen: &[usize]| {
        difference(chosen).iter().fold(0.0_f64, |largest, value| value.abs().max(largest))
    };
    let first: Vec<usize> = (0..n_left).collect();
    PermutationTest::of(statistic(&first), n_permutations, |permutation| {
        let mut order: Vec<usize> = (0..n_rows).collect();
        let (chosen, _) = order.partial_shuffle(&mut stream(seed, permutation), n_left);
        statistic(chosen)
    })
}

/// Standardises the observed values of columns to mean 0 and variance 1; constant columns become 0.
fn standardised(mut rows: Array2<f64>) -> Array2<f64> {
    for mut column in rows.columns_mut() {
        let (mut mean, mut deviation) = (column.mean().unwrap_or(0.0), column.std(0.0));
        if mean.is_nan() {
            let observed: Array1<f64> =
                column.iter().copied().filter(|value| !value.is_nan()).collect();
            mean = observed.mean().unwrap_or(0.0);
            deviation = if observed.is_empty() { 0.0 } else { observed.std(0.0) };
        }
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

/// Sums over the rows in which both columns of a pair are observed.
struct PairwiseSums {
    n: Array2<f64>,
    /// Sums of the column of the line.
    first: Array2<f64>,
    squares: Array2<f64>,
    products: Array2<f64>,
}

impl PairwiseSums {
    /// Sums of rows in which missing values are 0; `observed` is 1 for the others.
    fn of(rows: ArrayView2<'_, f64>, observed: ArrayView2<'_, f64>) -> Self {
        let squared = rows.mapv(|value| value * value);
        Self {
            n: linalg::product(observed.t(), observed),
            first: linalg::product(rows.t(), observed),
            squares: linalg::product(squared.t(), observed),
            products: linalg::product(rows.t(), rows),
        }
    }

    fn minus(&self, other: &Self) -> Self {
        Self {
            n: &self.n - &other.n,
            first: &self.first - &other.first,
            squares: &self.squares - &other.squares,
            products: &self.products - &other.products,
        }
    }

    /// Correlations; 0 of columns that are constant in the rows in which both are observed.
    fn correlations(&self) -> Array2<f64> {
        Array2::from_shape_fn(self.n.dim(), |(i, j)| {
            let n = self.n[[i, j]];
            if n < 2.0 {
                return 0.0;
            }
            let mean = |i, j| self.first[[i, j]] / n;
            let variance = |i, j| self.squares[[i, j]] / n - mean(i, j) * mean(i, j);
            let (first, second) = (variance(i, j), variance(j, i));
            let covariance = self.products[[i, j]] / n - mean(i, j) * mean(j, i);
            let is_constant = first < 1e-12 || second < 1e-12;
            if is_constant { 0.0 } else { covariance / (first * second).sqrt() }
        })
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
    fn correlations_with_missing_values_are_those_of_rows_that_have_both() {
        let survey = crate::datasets::survey().records;
        let [mut left, mut right] = [0, 200].map(|first| {
            Array2::from_shape_fn((200, 3), |(row, column)| survey[[first + row, column]])
        });
        for row in 0..80 {
            left[[row, row % 2]] = f64::NAN;
            right[[row, 2]] = f64::NAN;
        }
        let test = correlation_test(left.view(), right.view(), 9, 0).unwrap();
        let mut expected = 0.0_f64;
        for pair in [[0, 1], [0, 2], [1, 2]] {
            let [one, other] = [&left, &right].map(|rows| {
                let rows = rows.select(Axis(1), &pair);
                let complete = (0..rows.nrows()).filter(|&row| !rows.row(row).sum().is_nan());
                rows.select(Axis(0), &complete.collect::<Vec<_>>())
            });
            expected = expected.max(correlation_difference(one.view(), other.view()).unwrap());
        }
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
