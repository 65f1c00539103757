//! The preprocessor of a mixture: standardisation, then PCA, each optional.

use ndarray::{Array1, Array2, ArrayView2, CowArray, Ix2};

use crate::compute::linalg::LN_2PI;
use crate::error::{Error, Result};
use crate::preprocess::pca::Pca;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::backend::RowTransform;
use crate::rows::linfa::transform_by_try_transform;
use crate::rows::{check_columns, check_finite};

/// Standardisation, then PCA, each optional: the map from the space of the data to the space in which a mixture is fitted,
/// and its inverse.
///
/// # Examples
/// ```
/// use mixlab::{Preprocessor, prelude::*};
///
/// let digits = datasets::digits();
/// let pca = Pca::params(0.99).whiten(true).fit(&digits)?;
/// let preprocessor = Preprocessor::new(None, Some(pca))?;
/// assert_eq!(preprocessor.try_transform(digits.records.view())?.ncols(), 41);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preprocessor {
    scaler: Option<StandardScaler>,
    pca: Option<Pca>,
}

/// Share of the mean variance of a feature that directions without any variance get, so that rows outside the kept subspace
/// have a density.
const LEAST_RESIDUAL: f64 = 1e-6;

impl Preprocessor {
    /// Combines a scaler and a PCA.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless the scaler gives the columns that the PCA takes.
    pub fn new(scaler: Option<StandardScaler>, pca: Option<Pca>) -> Result<Self> {
        if let (Some(scaler), Some(pca)) = (&scaler, &pca)
            && scaler.mean().len() != pca.n_features()
        {
            return Err(Error::shape("the scaler", pca.n_features(), scaler.mean().len()));
        }
        Ok(Self { scaler, pca })
    }

    /// The standardisation.
    pub fn scaler(&self) -> Option<&StandardScaler> {
        self.scaler.as_ref()
    }

    /// The principal component analysis.
    pub fn pca(&self) -> Option<&Pca> {
        self.pca.as_ref()
    }

    /// Whether rows are unchanged.
    pub fn is_identity(&self) -> bool {
        self.scaler.is_none() && self.pca.is_none()
    }

    /// Number of features of the data, if the scaler or the PCA determines it.
    pub(crate) fn n_features(&self) -> Option<usize> {
        let of_scaler = self.scaler.as_ref().map(|scaler| scaler.mean().len());
        of_scaler.or(self.pca.as_ref().map(Pca::n_features))
    }

    /// Number of features of the mixture, if the scaler or the PCA determines it.
    pub(crate) fn n_reduced(&self) -> Option<usize> {
        self.pca.as_ref().map(Pca::n_components).or(self.n_features())
    }

    /// Transforms rows into the space of the mixture.
    ///
    /// linfa's `transform` does the same, but panics where this returns an error.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] and [`Error::NonFinite`].
    pub fn try_transform(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        if let Some(n_features) = self.n_features() {
            check_columns(records.ncols(), n_features)?;
        }
        check_finite(records)?;
        Ok(self.apply(records))
    }

    /// Transforms rows back into the space of the data.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub fn inverse_transform(&self, reduced: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        if let Some(n_reduced) = self.n_reduced() {
            check_columns(reduced.ncols(), n_reduced)?;
        }
        let scaled = match &self.pca {
            Some(pca) => pca.inverse_transform(reduced)?,
            None => reduced.to_owned(),
        };
        match &self.scaler {
            Some(scaler) => scaler.inverse_transform(scaled.view()),
            None => Ok(scaled),
        }
    }

    /// Returns the term to add to the log-density of each transformed row to obtain that of the row itself:
    /// ```text
    /// ln |dz / dx| - ½ |residual|² / σ² - ½ (d - q) ln 2πσ²
    /// ```
    /// The first term is the change of variables of scaling and whitening. The others are the density of the d - q directions
    /// that PCA leaves out, with the residual variance σ² of probabilistic PCA (Tipping & Bishop 1999).
    pub(crate) fn log_density_terms(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        let scaling = self.scaler.as_ref().map_or(0.0, StandardScaler::log_jacobian);
        let Some(pca) = &self.pca else {
            return Array1::from_elem(records.nrows(), scaling);
        };
        let constant = scaling + pca.log_jacobian();
        let n_left_out = (pca.n_features() - pca.n_components()) as f64;
        if n_left_out == 0.0 {
            return Array1::from_elem(records.nrows(), constant);
        }
        let variance = self.residual_variance();
        let constant = constant - 0.5 * n_left_out * (LN_2PI + variance.ln());
        let residuals = pca.squared_residuals(self.scale(records).view());
        residuals.mapv(|squared| constant - 0.5 * squared / variance)
    }

    /// Variance of each direction that PCA leaves out, in the input space of the PCA; 0 if it leaves out none.
    ///
    /// It is the noise variance of the PCA. If the data have no residual variance at all, it is 1e-6 of the mean variance of
    /// a feature, see [`residual_is_assumed`](Self::residual_is_assumed).
    pub fn residual_variance(&self) -> f64 {
        match &self.pca {
            Some(pca) if self.residual_is_assumed() => {
                let mean_variance = pca.total_variance() / pca.n_features() as f64;
                (LEAST_RESIDUAL * mean_variance).max(f64::MIN_POSITIVE)
            }
            Some(pca) => pca.noise_variance(),
            None => 0.0,
        }
    }

    /// Whether PCA left out only directions in which the data have no variance except rounding.
    ///
    /// The residual variance is then an assumption, on which log-densities in the space of the data depend.
    pub fn residual_is_assumed(&self) -> bool {
        self.pca.as_ref().is_some_and(|pca| {
            let largest = pca.explained_variance().iter().copied().fold(0.0, f64::max);
            let rounding = pca.n_features() as f64 * f64::EPSILON * largest;
            pca.n_components() < pca.n_features() && pca.noise_variance() <= rounding
        })
    }

    /// Adds residual noise to rows in the space of the data: the component of standard normal `noise` in the directions that
    /// PCA leaves out, scaled to their residual variance.
    pub(crate) fn add_residual(&self, rows: &mut Array2<f64>, noise: Array2<f64>) {
        let Some(pca) = &self.pca else { return };
        let mut residual = pca.left_out(noise) * self.residual_variance().sqrt();
        if let Some(scaler) = &self.scaler {
            residual *= &scaler.scale();
        }
        *rows += &residual;
    }

    /// Number of free parameters of the data-space density in addition to those of the mixture: the orientation of the kept
    /// subspace, q (d - q), its offset from the origin, d - q, and the residual variance. Scaling and whitening only change
    /// units and do not count.
    pub(crate) fn n_parameters(&self) -> usize {
        match &self.pca {
            Some(pca) if pca.n_components() < pca.n_features() => {
                let (q, d) = (pca.n_components(), pca.n_features());
                (q + 1) * (d - q) + 1
            }
            _ => 0,
        }
    }

    fn scale<'r>(&self, records: ArrayView2<'r, f64>) -> CowArray<'r, f64, Ix2> {
        match &self.scaler {
            Some(scaler) => scaler.apply(records).into(),
            None => records.into(),
        }
    }
}

transform_by_try_transform!(Preprocessor);

impl RowTransform for Preprocessor {
    fn is_identity(&self) -> bool {
        self.is_identity()
    }

    fn n_inputs(&self) -> Option<usize> {
        self.n_features()
    }

    fn n_outputs(&self, n_inputs: usize) -> usize {
        self.n_reduced().unwrap_or(n_inputs)
    }

    fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let scaled = self.scale(rows);
        match &self.pca {
            Some(pca) => pca.apply(scaled.view()),
            None => scaled.into_owned(),
        }
    }
}
