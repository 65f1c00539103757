//! Standardisation of columns to mean 0 and standard deviation 1.

use linfa::dataset::{DatasetBase, Records};
use linfa::traits::Fit;
use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, Data, Ix2};

use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::linfa::transform_by_try_transform;
use crate::rows::moments::column_variances;
use crate::rows::summaries::{ColumnSummary, column_summaries, column_summaries_about};
use crate::rows::{RowSource, check_columns, has_missing};

/// A fitted standardisation of columns.
///
/// ```text
/// z = (x - mean) / scale,   scale² = Σ w (x - mean)² / Σ w
/// ```
/// The divisor is n, not n - 1, as in scikit-learn. A constant column has scale 1. Missing values, NaN, are left out of the sums and
/// stay missing.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
/// use ndarray::array;
///
/// let data = linfa::DatasetBase::from(array![[1.0, 10.0], [3.0, 30.0]]);
/// let scaler = StandardScaler::params().fit(&data)?;
/// let z = scaler.transform(data.records().clone());
/// assert_eq!(z, array![[-1.0, -1.0], [1.0, 1.0]]);
/// assert_eq!(scaler.inverse_transform(z.view())?, *data.records());
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StandardScaler {
    mean: Array1<f64>,
    scale: Array1<f64>,
}

/// Fits a [`StandardScaler`]; it has no parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StandardScalerParams;

impl StandardScaler {
    /// The parameters of a scaler, of which there are none.
    pub fn params() -> StandardScalerParams {
        StandardScalerParams
    }

    /// Creates a scaler from means and scales, shape `(n_features,)` each.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if their lengths differ, [`Error::InvalidParam`] unless all are finite and
    /// the scales positive.
    pub fn new(mean: Array1<f64>, scale: Array1<f64>) -> Result<Self> {
        if mean.len() != scale.len() {
            return Err(Error::shape("scaler scale", mean.len(), scale.len()));
        }
        if let Some(value) = mean.iter().find(|value| !value.is_finite()) {
            return Err(Error::param("scaler mean", value, "finite"));
        }
        if let Some(value) = scale.iter().find(|&&value| !(value.is_finite() && value > 0.0)) {
            return Err(Error::param("scaler scale", value, "finite and positive"));
        }
        Ok(Self { mean, scale })
    }

    /// Mean of each column, shape `(n_features,)`.
    pub fn mean(&self) -> ArrayView1<'_, f64> {
        self.mean.view()
    }

    /// Standard deviation of each column, shape `(n_features,)`.
    pub fn scale(&self) -> ArrayView1<'_, f64> {
        self.scale.view()
    }

    /// Standardises rows.
    ///
    /// linfa's `transform` does the same, but panics where this returns an error.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::NonFinite`] for infinite values.
    pub fn try_transform(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(records.ncols(), self.mean.len())?;
        has_missing(records)?;
        Ok(self.apply(records))
    }

    /// Standardises rows with the expected number of columns; missing values stay missing.
    pub(crate) fn apply(&self, records: ArrayView2<'_, f64>) -> Array2<f64> {
        (&records - &self.mean) / &self.scale
    }

    /// Transforms standardised rows back.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub fn inverse_transform(&self, standardised: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(standardised.ncols(), self.mean.len())?;
        Ok(&standardised * &self.scale + &self.mean)
    }

    /// `ln |dz / dx|`, the change of log-densities by standardisation.
    pub(crate) fn log_jacobian(&self) -> f64 {
        -self.scale.iter().map(|scale| scale.ln()).sum::<f64>()
    }

    /// `ln |dz / dx|` of the observed values of each row; it is `complete` for rows without missing values.
    pub(crate) fn log_jacobians(&self, rows: ArrayView2<'_, f64>, complete: f64) -> Array1<f64> {
        let of_row = |row: ArrayView1<'_, f64>| {
            if row.iter().all(|value| !value.is_nan()) {
                return complete;
            }
            let observed = row.into_iter().zip(&self.scale).filter(|(value, _)| !value.is_nan());
            -observed.map(|(_, scale)| scale.ln()).sum::<f64>()
        };
        rows.rows().into_iter().map(of_row).collect()
    }
}

impl StandardScalerParams {
    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(crate) fn fit_backend(&self, backend: &mut dyn Backend) -> Result<StandardScaler> {
        let columns = column_summaries(backend)?;
        let all: Vec<usize> = (0..columns.len()).collect();
        self.fit_columns(backend, &columns, &all)
    }

    /// Fits to some columns of the rows, given the summaries of all columns.
    ///
    /// # Errors
    /// [`Error::EmptyColumns`] for columns without observed values; any error from reading the rows.
    pub(crate) fn fit_columns(
        &self,
        backend: &mut dyn Backend,
        columns: &[ColumnSummary],
        chosen: &[usize],
    ) -> Result<StandardScaler> {
        check_not_empty(columns)?;
        let mean: Array1<f64> = columns.iter().map(|column| column.mean).collect();
        // about the means, so that nothing cancels
        let variances = if columns.iter().any(|column| column.has_missing) {
            let about_means = column_summaries_about(backend, mean.to_vec())?;
            about_means.iter().map(|column| column.variance).collect()
        } else {
            column_variances(backend, &mean)?
        };
        let scale = |&column: &usize| {
            if columns[column].is_constant() { 1.0 } else { variances[column].sqrt() }
        };
        StandardScaler::new(
            chosen.iter().map(|&column| mean[column]).collect(),
            chosen.iter().map(scale).collect(),
        )
    }
}

/// Returns an error for columns without observed values.
///
/// # Errors
/// [`Error::EmptyColumns`].
pub(crate) fn check_not_empty(columns: &[ColumnSummary]) -> Result<()> {
    let empty: Vec<usize> = (0..columns.len()).filter(|&at| columns[at].is_empty()).collect();
    if empty.is_empty() { Ok(()) } else { Err(Error::EmptyColumns { columns: empty }) }
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for StandardScalerParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = StandardScaler;

    /// Computes the means and standard deviations of the observed values of the columns, by sample weight.
    ///
    /// # Errors
    /// [`Error::NonFinite`], [`Error::TooFewSamples`] without rows, [`Error::InvalidWeight`]; [`Error::EmptyColumns`] for columns
    /// without observed values.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<StandardScaler> {
        self.fit_backend(&mut *dataset.backend()?)
    }
}

transform_by_try_transform!(StandardScaler);

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn standardised_columns_have_mean_zero_and_variance_one() {
        let data = DatasetBase::from(array![[1e9, 3.0], [1e9 + 1.0, 3.0], [1e9 + 5.0, 3.0]]);
        let scaler = StandardScaler::params().fit(&data).unwrap();
        let z = scaler.try_transform(data.records.view()).unwrap();
        assert_abs_diff_eq!(z.column(0).sum(), 0.0, epsilon = 1e-14);
        assert_abs_diff_eq!(z.column(0).dot(&z.column(0)), 3.0, epsilon = 1e-14);
        // constant: centred, not scaled
        assert_eq!(z.column(1), array![0.0, 0.0, 0.0]);
    }

    #[test]
    fn invalid_parameters_and_rows_are_refused() {
        assert!(StandardScaler::new(array![0.0], array![0.0]).is_err());
        assert!(StandardScaler::new(array![0.0, 1.0], array![1.0]).is_err());
        let scaler = StandardScaler::new(array![0.0], array![1.0]).unwrap();
        assert!(scaler.try_transform(array![[1.0, 2.0]].view()).is_err());
        assert!(scaler.try_transform(array![[f64::INFINITY]].view()).is_err());
    }

    #[test]
    fn missing_values_are_left_out_of_the_statistics() {
        // the first row is far away, so sums about it cancel
        let rows = array![[1e9, 5.0], [NAN, 1.0], [1e9 + 4.0, NAN], [1e9 + 2.0, 3.0]];
        let scaler = StandardScaler::params().fit(&DatasetBase::from(rows.clone())).unwrap();
        assert_abs_diff_eq!(scaler.mean(), array![1e9 + 2.0, 3.0].view(), epsilon = 1e-6);
        let expected = array![(8.0_f64 / 3.0).sqrt(), (8.0_f64 / 3.0).sqrt()];
        assert_abs_diff_eq!(scaler.scale(), expected.view(), epsilon = 1e-12);
        let scaled = scaler.try_transform(rows.view()).unwrap();
        assert!(scaled[[1, 0]].is_nan() && scaled[[1, 1]].is_finite());
        // each row has the terms of its observed values
        let terms = scaler.log_jacobians(rows.view(), scaler.log_jacobian());
        let one = -0.5 * (8.0_f64 / 3.0).ln();
        assert_abs_diff_eq!(terms, array![2.0 * one, one, one, 2.0 * one], epsilon = 1e-12);
    }

    #[test]
    fn columns_without_values_are_refused() {
        let rows = DatasetBase::from(array![[1.0, NAN], [2.0, NAN]]);
        let error = StandardScaler::params().fit(&rows).unwrap_err();
        assert!(matches!(error, Error::EmptyColumns { columns } if columns == [1]));
    }
}
