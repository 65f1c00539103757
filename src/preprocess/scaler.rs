//! Standardisation of columns to mean 0 and standard deviation 1.

use linfa::dataset::{DatasetBase, Records};
use linfa::traits::Fit;
use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, Data, Ix2};

use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::linfa::transform_by_try_transform;
use crate::rows::moments::column_variances;
use crate::rows::summaries::column_summaries;
use crate::rows::{RowSource, check_columns, check_finite};

/// A fitted standardisation of columns.
///
/// ```text
/// z = (x - mean) / scale,   scale² = Σ w (x - mean)² / Σ w
/// ```
/// The divisor is n, not n - 1, as in scikit-learn. A constant column has scale 1.
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
    /// [`Error::ShapeMismatch`] and [`Error::NonFinite`].
    pub fn try_transform(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(records.ncols(), self.mean.len())?;
        check_finite(records)?;
        Ok(self.apply(records))
    }

    /// Standardises finite rows with the expected number of columns.
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
}

impl StandardScalerParams {
    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(crate) fn fit_backend(&self, backend: &mut dyn Backend) -> Result<StandardScaler> {
        let columns = column_summaries(backend)?;
        let mean = columns.iter().map(|column| column.mean).collect();
        let variances = column_variances(backend, &mean)?;
        let scale = columns
            .iter()
            .zip(variances)
            .map(|(column, variance)| if column.is_constant() { 1.0 } else { variance.sqrt() });
        StandardScaler::new(mean, scale.collect())
    }
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for StandardScalerParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = StandardScaler;

    /// Computes the means and standard deviations of the columns, by sample weight.
    ///
    /// # Errors
    /// [`Error::NonFinite`], [`Error::TooFewSamples`] without rows, [`Error::InvalidWeight`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<StandardScaler> {
        self.fit_backend(&mut *dataset.backend()?)
    }
}

transform_by_try_transform!(StandardScaler);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn standardised_columns_have_mean_zero_and_variance_one() {
        let data = DatasetBase::from(array![[1e9, 3.0], [1e9 + 1.0, 3.0], [1e9 + 5.0, 3.0]]);
        let scaler = StandardScaler::params().fit(&data).unwrap();
        let z = scaler.try_transform(data.records.view()).unwrap();
        approx::assert_abs_diff_eq!(z.column(0).sum(), 0.0, epsilon = 1e-14);
        approx::assert_abs_diff_eq!(z.column(0).dot(&z.column(0)), 3.0, epsilon = 1e-14);
        // constant: centred, not scaled
        assert_eq!(z.column(1), array![0.0, 0.0, 0.0]);
    }

    #[test]
    fn invalid_parameters_and_rows_are_refused() {
        assert!(StandardScaler::new(array![0.0], array![0.0]).is_err());
        assert!(StandardScaler::new(array![0.0, 1.0], array![1.0]).is_err());
        let scaler = StandardScaler::new(array![0.0], array![1.0]).unwrap();
        assert!(scaler.try_transform(array![[1.0, 2.0]].view()).is_err());
        assert!(scaler.try_transform(array![[f64::NAN]].view()).is_err());
    }
}
