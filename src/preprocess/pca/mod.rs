//! Principal component analysis, with whitening and an exact inverse.

mod decomposition;
mod fit;
mod order;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::compute::linalg;
use crate::error::{Error, Result};
use crate::rows::linfa::transform_by_try_transform;
use crate::rows::{check_columns, check_finite};

pub use fit::{PcaParams, PcaValidParams};

/// The number of principal components to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum PcaComponents {
    /// All directions that have variance.
    All,
    /// This many.
    Count(usize),
    /// The fewest that explain at least this share of the total variance, in (0, 1].
    Variance(f64),
}

impl From<usize> for PcaComponents {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<f64> for PcaComponents {
    fn from(share: f64) -> Self {
        Self::Variance(share)
    }
}

/// A fitted principal component analysis.
///
/// ```text
/// z = V (x - mean),   whitened: z / √λ          rows of V: orthonormal axes, falling variance λ
/// x ≈ Vᵀ z + mean                               exact for all components
/// ```
/// Variances λ are unbiased (divided by n - 1); their ratios refer to the total variance, kept or not. The noise variance is
/// the mean variance of the directions left out, as in probabilistic PCA (Tipping & Bishop 1999). The entry of largest
/// magnitude of every axis is positive, so that signs do not depend on the machine.
///
/// All components are computed, by an eigen- or singular value decomposition, unless few of many are wanted: q with
/// 16 (q + 8) at most the number of rows and the number of columns, which are 500 or more. These are found by block Lanczos iteration
/// with random vectors (Golub & Underwood 1977; Halko, Martinsson & Tropp 2011), from the covariance matrix S or from passes over the
/// rows without it, until `√Σ |S v - λ v|²` over the components is at most 1e-9 of the largest variance.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let digits = datasets::digits();
/// let pca = Pca::params(0.99).whiten(true).fit(&digits)?;
/// assert_eq!(pca.n_components(), 41);
/// let reduced = pca.try_transform(digits.records.view())?;
/// let pixels = pca.inverse_transform(reduced.view())?;
/// assert_eq!(pixels.dim(), (1797, 64));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    mean: Array1<f64>,
    axes: Array2<f64>,
    variances: Array1<f64>,
    total_variance: f64,
    noise_variance: f64,
    whiten: bool,
}

impl Pca {
    /// Parameters of a PCA with a number of components (`20`), a share of the variance (`0.99`), or [`PcaComponents::All`].
    pub fn params(n_components: impl Into<PcaComponents>) -> PcaParams {
        PcaParams::new(n_components.into())
    }

    /// Creates a PCA from `mean` (d), `axes` (q, d) with orthonormal rows, their `variances` (q), and the noise variance of
    /// the d - q directions left out.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::InvalidParam`] if the axes are not orthonormal
    /// within 1e-6, a variance is negative, or a whitened one is zero.
    pub fn new(
        mean: Array1<f64>,
        axes: Array2<f64>,
        variances: Array1<f64>,
        noise_variance: f64,
        whiten: bool,
    ) -> Result<Self> {
        let (q, d) = axes.dim();
        if mean.len() != d {
            return Err(Error::shape("PCA mean", d, mean.len()));
        }
        if q == 0 || q > d {
            return Err(Error::shape("PCA axes", format!("1 to {d} rows"), q));
        }
        if variances.len() != q {
            return Err(Error::shape("PCA variances", q, variances.len()));
        }
        check_finite(axes.view())?;
        check_finite(mean.view().insert_axis(Axis(0)))?;
        let gram = linalg::product(axes.view(), axes.t());
        let off = |((i, j), &value): ((usize, usize), &f64)| {
            (value - if i == j { 1.0 } else { 0.0 }).abs() > 1e-6
        };
        if gram.indexed_iter().any(off) {
            return Err(Error::param("PCA axes", "not orthonormal", "orthonormal rows"));
        }
        for &variance in variances.iter().chain([&noise_variance]) {
            if !(variance.is_finite() && variance >= 0.0) {
                return Err(Error::param("PCA variance", variance, "finite and not negative"));
            }
        }
        if whiten && let Some(component) = variances.iter().position(|&v| v == 0.0) {
            return Err(Error::CannotWhiten { component, rank: component });
        }
        let total_variance = variances.sum() + noise_variance * (d - q) as f64;
        Ok(Self { mean, axes, variances, total_variance, noise_variance, whiten })
    }

    /// Mean of each column, shape `(n_features,)`.
    pub fn mean(&self) -> ArrayView1<'_, f64> {
        self.mean.view()
    }

    /// Principal axes in order of decreasing variance, shape `(n_components, n_features)`.
    pub fn components(&self) -> ArrayView2<'_, f64> {
        self.axes.view()
    }

    /// Number of components that are kept.
    pub fn n_components(&self) -> usize {
        self.axes.nrows()
    }

    /// Number of features of the data.
    pub fn n_features(&self) -> usize {
        self.axes.ncols()
    }

    /// Variance along each axis, divided by n - 1, shape `(n_components,)`.
    pub fn explained_variance(&self) -> ArrayView1<'_, f64> {
        self.variances.view()
    }

    /// Share of the total variance of the data along each axis, shape `(n_components,)`.
    pub fn explained_variance_ratio(&self) -> Array1<f64> {
        &self.variances / self.total_variance
    }

    /// Mean variance of the directions left out; 0 if there are none.
    pub fn noise_variance(&self) -> f64 {
        self.noise_variance
    }

    /// Total variance of the data in all directions, kept or not.
    pub fn total_variance(&self) -> f64 {
        self.total_variance
    }

    /// Whether components are scaled to variance 1.
    pub fn whiten(&self) -> bool {
        self.whiten
    }

    /// Projects rows onto the principal axes, shape `(n_samples, n_components)`.
    ///
    /// linfa's `transform` does the same, but panics where this returns an error.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] and [`Error::NonFinite`].
    pub fn try_transform(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(records.ncols(), self.n_features())?;
        check_finite(records)?;
        Ok(self.apply(records))
    }

    /// Component scores of finite rows with the expected number of columns.
    pub(crate) fn apply(&self, records: ArrayView2<'_, f64>) -> Array2<f64> {
        let centred = &records - &self.mean;
        let mut scores = linalg::product(centred.view(), self.axes.t());
        if self.whiten {
            scores /= &self.variances.mapv(f64::sqrt);
        }
        scores
    }

    /// Reconstructs rows in the space of the data from component scores, shape `(n_samples, n_features)`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub fn inverse_transform(&self, scores: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_columns(scores.ncols(), self.n_components())?;
        let rows = if self.whiten {
            let scaled = &scores * &self.variances.mapv(f64::sqrt);
            linalg::product(scaled.view(), self.axes.view())
        } else {
            linalg::product(scores, self.axes.view())
        };
        Ok(rows + &self.mean)
    }

    /// Squared length of each row's component in the directions left out.
    pub(crate) fn squared_residuals(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        let residuals = self.left_out(&records - &self.mean);
        residuals.map_axis(Axis(1), |row| row.dot(&row))
    }

    /// Projects vectors onto the directions left out.
    pub(crate) fn left_out(&self, vectors: Array2<f64>) -> Array2<f64> {
        let kept = linalg::product(vectors.view(), self.axes.t());
        vectors - linalg::product(kept.view(), self.axes.view())
    }

    /// `ln |dz / dx|` within the kept directions, the change of log-densities by whitening.
    pub(crate) fn log_jacobian(&self) -> f64 {
        if !self.whiten {
            return 0.0;
        }
        -0.5 * self.variances.iter().map(|variance| variance.ln()).sum::<f64>()
    }
}

transform_by_try_transform!(Pca);
