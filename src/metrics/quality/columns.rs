//! Comparisons of the columns of two tables, one by one and in pairs.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::{check_complete, no_values};
use crate::error::{Error, Result};
use crate::rows::{MatrixRows, check_columns};

/// Result of a two-sample Kolmogorov-Smirnov test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct KolmogorovSmirnov {
    /// Largest difference of the two cumulative distributions, from 0 to 1.
    pub statistic: f64,
    /// Probability of a difference at least as large if both samples come from the same distribution, by the asymptotic
    /// formula; accurate from about 30 values on.
    pub p_value: f64,
}

/// Runs a two-sample Kolmogorov-Smirnov test (Kolmogorov 1933, Smirnov 1939).
///
/// ```text
/// D = sup |F(x) - G(x)|,   p = 2 Σ (-1)ⁱ⁻¹ exp(-2 i² λ²),   λ = (√e + 0.12 + 0.11 / √e) D,   e = m n / (m + n)
/// ```
/// with Stephens' (1970) correction for small samples. Missing values (NaN) are left out.
///
/// # Errors
/// [`Error::TooFewSamples`] for a sample without values; [`Error::NonFinite`] for infinite values.
///
/// # Examples
/// ```
/// use mixlab::quality::kolmogorov_smirnov;
/// use ndarray::Array1;
///
/// let a = Array1::linspace(0.0, 1.0, 100);
/// assert!(kolmogorov_smirnov(a.view(), a.view())?.p_value > 0.99);
/// assert!(kolmogorov_smirnov(a.view(), (&a + 0.5).view())?.p_value < 1e-9);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn kolmogorov_smirnov(
    left: ArrayView1<'_, f64>,
    right: ArrayView1<'_, f64>,
) -> Result<KolmogorovSmirnov> {
    let sorted = |values: ArrayView1<'_, f64>| -> Result<Vec<f64>> {
        MatrixRows::from_records(values.insert_axis(Axis(1)))?;
        let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        if values.is_empty() {
            return Err(no_values());
        }
        values.sort_by(f64::total_cmp);
        Ok(values)
    };
    let (left, right) = (sorted(left)?, sorted(right)?);
    let (m, n) = (left.len() as f64, right.len() as f64);
    let (mut i, mut j) = (0, 0);
    let mut statistic = 0.0_f64;
    while i < left.len() && j < right.len() {
        // equal values of both samples are passed at the same time
        let next = left[i].min(right[j]);
        while i < left.len() && left[i] <= next {
            i += 1;
        }
        while j < right.len() && right[j] <= next {
            j += 1;
        }
        statistic = statistic.max((i as f64 / m - j as f64 / n).abs());
    }
    let root = (m * n / (m + n)).sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * statistic;
    Ok(KolmogorovSmirnov { statistic, p_value: survival(lambda) })
}

/// Returns `2 Σ (-1)ⁱ⁻¹ exp(-2 i² λ²)`; from λ = 0.2 on the series converges in a few terms, below it is 1.
fn survival(lambda: f64) -> f64 {
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |i: i32| {
        let sign = if i % 2 == 1 { 1.0 } else { -1.0 };
        sign * (-2.0 * f64::from(i * i) * lambda * lambda).exp()
    };
    (2.0 * (1..=50).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

/// Returns the largest absolute difference of the correlations of any two columns, from 0 to 2.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::TooFewSamples`] without rows,
/// [`Error::ConstantColumns`], [`Error::IncompleteRows`]; [`correlation_test`](super::correlation_test) takes missing values.
///
/// # Examples
/// ```
/// use mixlab::quality::correlation_difference;
/// use ndarray::array;
///
/// let up = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]];
/// let down = array![[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]];
/// assert!((correlation_difference(up.view(), down.view())? - 2.0).abs() < 1e-12);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn correlation_difference(
    left: ArrayView2<'_, f64>,
    right: ArrayView2<'_, f64>,
) -> Result<f64> {
    check_columns(right.ncols(), left.ncols())?;
    let difference = correlations(left)? - correlations(right)?;
    Ok(difference.iter().fold(0.0, |largest, value| value.abs().max(largest)))
}

fn correlations(rows: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    check_complete(rows, "a difference of correlations")?;
    let mean = rows.mean_axis(Axis(0)).expect("at least one row");
    let centred = &rows - &mean;
    let length = centred.map_axis(Axis(0), |column| column.dot(&column).sqrt());
    let is_constant = |&(_, &length): &(usize, &f64)| length == 0.0;
    let columns: Vec<usize> =
        length.iter().enumerate().filter(is_constant).map(|(at, _)| at).collect();
    if !columns.is_empty() {
        return Err(Error::ConstantColumns { columns });
    }
    let scaled = centred / &length;
    Ok(scaled.t().dot(&scaled))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_statistic_is_the_largest_difference_with_ties_counted_at_once() {
        let statistic = |a: &ndarray::Array1<f64>, b: &ndarray::Array1<f64>| {
            kolmogorov_smirnov(a.view(), b.view()).unwrap().statistic
        };
        assert_eq!(statistic(&array![1.0, 2.0], &array![3.0, 4.0]), 1.0);
        assert_eq!(statistic(&array![1.0, 1.0, 2.0], &array![1.0, 1.0, 2.0]), 0.0);
        assert_eq!(statistic(&array![1.0, 2.0, 3.0, 4.0], &array![2.0, 3.0, 4.0, 5.0]), 0.25);
    }

    #[test]
    fn missing_values_are_left_out() {
        let nan = f64::NAN;
        let complete = kolmogorov_smirnov(array![1.0, 2.0].view(), array![2.0, 3.0].view());
        let (left, right) = (array![nan, 1.0, 2.0], array![3.0, nan, 2.0, nan]);
        assert_eq!(kolmogorov_smirnov(left.view(), right.view()).unwrap(), complete.unwrap());
        let error = kolmogorov_smirnov(left.view(), array![nan].view()).unwrap_err();
        assert!(matches!(error, Error::TooFewSamples { .. }), "{error}");
        let rows = array![[1.0, nan], [2.0, 3.0]];
        let error = correlation_difference(rows.view(), rows.view()).unwrap_err();
        assert!(matches!(error, Error::IncompleteRows { .. }), "{error}");
    }

    #[test]
    fn p_values_match_the_asymptotic_distribution() {
        // Smirnov's table: 5 % at 1.358, 1 % at 1.628
        approx::assert_abs_diff_eq!(survival(1.3581), 0.05, epsilon = 1e-4);
        approx::assert_abs_diff_eq!(survival(1.6276), 0.01, epsilon = 1e-4);
    }
}
