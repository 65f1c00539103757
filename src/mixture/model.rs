//! The fitted model.

use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayView2, Axis};

use super::covariance::{CovarianceType, Covariances};
use super::params::GmmParams;
use crate::error::{Error, Result};

/// A Gaussian mixture: weights, means and covariances.
///
/// It comes from [`GaussianMixture::params`] and linfa's `fit`, from a file, or from given parameters by
/// [`GaussianMixture::new`]. It computes densities, posteriors, labels, samples and information criteria, and does not depend
/// on how it was fitted.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let moons = datasets::moons();
/// let model = GaussianMixture::params(8).seed(1).fit(&moons)?;
/// let labels = model.predict(&moons);
/// let (rows, components) = model.sample(200, 7);
/// assert_eq!((labels.len(), rows.dim(), components.len()), (200, (200, 2), 200));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    weights: Array1<f64>,
    means: Array2<f64>,
    covariances: Covariances,
}

impl GaussianMixture {
    /// Parameters of a fit with `n_components` components; see [`GmmParams`] for the defaults.
    pub fn params(n_components: usize) -> GmmParams {
        GmmParams::new(n_components)
    }

    /// Creates a mixture from `weights` (k), `means` (k, d) and `covariances` of the shape that [`CovarianceType`] lists.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if sizes disagree, [`Error::NonFinite`], [`Error::InvalidParam`] if weights are negative or
    /// do not sum to 1 within 1e-6, [`Error::SingularCovariance`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, GaussianMixture};
    /// use ndarray::array;
    ///
    /// let model = GaussianMixture::new(
    ///     array![0.4, 0.6],
    ///     array![[0.0], [3.0]],
    ///     CovarianceType::Diag,
    ///     array![[1.0], [0.5]].into_dyn(),
    /// )?;
    /// assert_eq!(model.n_parameters(), 5);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn new(
        weights: Array1<f64>,
        means: Array2<f64>,
        covariance_type: CovarianceType,
        covariances: ArrayD<f64>,
    ) -> Result<Self> {
        check_weights_and_means(&weights, &means)?;
        let (k, d) = means.dim();
        let covariances = Covariances::from_array(covariance_type, covariances, k, d)?;
        Ok(Self::from_parts(weights, means, covariances))
    }

    /// Creates a mixture from `weights` (k), `means` (k, d) and the arrays of its covariances, which `lookup` returns by the
    /// names in [`Covariances::arrays`].
    ///
    /// # Errors
    /// Same as [`GaussianMixture::new`] and of `lookup`.
    pub fn from_arrays(
        weights: Array1<f64>,
        means: Array2<f64>,
        covariance_type: CovarianceType,
        lookup: impl FnMut(&'static str) -> Result<ArrayD<f64>>,
    ) -> Result<Self> {
        check_weights_and_means(&weights, &means)?;
        let (k, d) = means.dim();
        let covariances = Covariances::from_arrays(covariance_type, lookup, k, d)?;
        Ok(Self::from_parts(weights, means, covariances))
    }

    pub(super) fn from_parts(
        weights: Array1<f64>,
        means: Array2<f64>,
        covariances: Covariances,
    ) -> Self {
        Self { weights, means, covariances }
    }

    /// Weights, shape `(n_components,)`; they sum to 1.
    pub fn weights(&self) -> ArrayView1<'_, f64> {
        self.weights.view()
    }

    /// Means, shape `(n_components, n_features)`.
    pub fn means(&self) -> ArrayView2<'_, f64> {
        self.means.view()
    }

    /// Covariances of one of the families of [`CovarianceType`].
    pub fn covariances(&self) -> &Covariances {
        &self.covariances
    }

    /// Covariance matrix of one component, shape `(n_features, n_features)`, for any family.
    ///
    /// # Panics
    /// If the component does not exist.
    pub fn covariance(&self, component: usize) -> Array2<f64> {
        assert!(
            component < self.n_components(),
            "component {component} does not exist; the mixture has {} components",
            self.n_components()
        );
        self.covariances.covariance(component, self.n_features())
    }

    /// Returns the covariances, to reuse their memory.
    pub(super) fn into_covariances(self) -> Covariances {
        self.covariances
    }

    /// One component as a mixture with weight 1.
    #[cfg(feature = "plot")]
    pub(crate) fn alone(&self, component: usize) -> Result<Self> {
        Self::new(
            Array1::ones(1),
            self.means.select(Axis(0), &[component]),
            CovarianceType::Tied,
            self.covariance(component).into_dyn(),
        )
    }

    /// Reorders the components: component `order[i]` becomes component `i`.
    ///
    /// No value is recomputed.
    ///
    /// # Panics
    /// If `order` is not a permutation of the components.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = GaussianMixture::params(2).fit(&datasets::moons())?;
    /// let swapped = model.permuted(&[1, 0]);
    /// assert_eq!(swapped.means().row(0), model.means().row(1));
    /// assert_eq!(swapped.permuted(&[1, 0]), model);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn permuted(&self, order: &[usize]) -> Self {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let k = self.n_components();
        assert!(sorted.into_iter().eq(0..k), "{order:?} is not an order of {k} components");
        Self::from_parts(
            self.weights.select(Axis(0), order),
            self.means.select(Axis(0), order),
            self.covariances.permuted(order),
        )
    }

    /// Smallest variance of each component in any direction, that is, the smallest eigenvalue of its covariance, shape
    /// `(k,)`.
    ///
    /// # Errors
    /// [`Error::NoConvergence`](crate::Error::NoConvergence) if the eigenvalues cannot be computed.
    pub fn smallest_variances(&self) -> Result<Array1<f64>> {
        self.covariances.smallest_variances(self.n_components())
    }

    /// Number of degenerate components, which have collapsed onto fewer dimensions.
    ///
    /// Their smallest variance is within a factor of two of the `reg_covar` of the fit, on which the likelihood and the
    /// criteria of the model then depend.
    ///
    /// # Errors
    /// Same as [`smallest_variances`](Self::smallest_variances).
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    /// use ndarray::array;
    ///
    /// let rows = array![[0.0], [1.0], [2.0], [50.0]];
    /// let model = GaussianMixture::params(2).reg_covar(1e-6).fit(&DatasetBase::from(rows))?;
    /// assert_eq!(model.n_degenerate(1e-6)?, 1);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn n_degenerate(&self, reg_covar: f64) -> Result<usize> {
        Ok(self.smallest_variances()?.iter().filter(|&&v| v <= 2.0 * reg_covar).count())
    }

    /// The family of the covariances.
    pub fn covariance_type(&self) -> CovarianceType {
        self.covariances.covariance_type()
    }

    /// Number of components.
    pub fn n_components(&self) -> usize {
        self.means.nrows()
    }

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.means.ncols()
    }

    /// Number of free parameters: k - 1 weights, k d means, and the covariances of the family.
    ///
    /// # Examples
    /// ```
    /// use mixlab::CovarianceType;
    ///
    /// // ten full components in the 64 dimensions of the digits
    /// assert_eq!(9 + 10 * 64 + CovarianceType::Full.n_parameters(10, 64), 21449);
    /// ```
    pub fn n_parameters(&self) -> usize {
        self.covariance_type().n_mixture_parameters(self.n_components(), self.n_features())
    }
}

/// Returns an error unless weights and means are those of a mixture.
fn check_weights_and_means(weights: &Array1<f64>, means: &Array2<f64>) -> Result<()> {
    let (k, d) = means.dim();
    if k == 0 || d == 0 {
        return Err(Error::shape("means", "at least one row and column", format!("{k} x {d}")));
    }
    if weights.len() != k {
        return Err(Error::shape("weights", k, weights.len()));
    }
    crate::rows::check_finite(means.view())?;
    let total = weights.sum();
    let sums_to_one = (total - 1.0).abs() <= 1e-6;
    if !(weights.iter().all(|&w| w >= 0.0) && sums_to_one) {
        return Err(Error::param("weights", weights, "not negative, with a sum of 1"));
    }
    Ok(())
}
