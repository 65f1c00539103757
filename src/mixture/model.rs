//! The fitted model.

use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayView2, Axis};

use super::categories::Categories;
use super::covariance::{ConditionalCache, CovarianceType, Covariances};
use super::params::GmmParams;
use super::student::StudentTails;
use crate::error::{Error, Result};
use crate::rows::layout::RowLayout;

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
    /// Means of the numbers, (k, d).
    means: Array2<f64>,
    covariances: Covariances,
    categories: Categories,
    /// None of Gaussian components, and without numbers.
    tails: Option<StudentTails>,
    conditional_cache: ConditionalCache,
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
        Self {
            weights,
            means,
            covariances,
            categories: Categories::default(),
            tails: None,
            conditional_cache: ConditionalCache::default(),
        }
    }

    /// Adds categories in these `columns` of the rows, ascending, each with `probabilities` of shape `(k, n_levels)`; the
    /// other columns of the rows are the numbers of the mixture.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the columns ascend and lie within the rows, and probabilities are not negative with a sum
    /// of 1 within 1e-6; [`Error::ShapeMismatch`] if sizes disagree.
    ///
    /// # Examples
    /// A number and a category of three levels, which is the first column:
    /// ```
    /// use mixlab::{CovarianceType, GaussianMixture};
    /// use ndarray::array;
    ///
    /// let (weights, means) = (array![0.4, 0.6], array![[0.0], [3.0]]);
    /// let variances = array![[1.0], [0.5]].into_dyn();
    /// let model = GaussianMixture::new(weights, means, CovarianceType::Diag, variances)?
    ///     .with_categories(vec![0], vec![array![[0.8, 0.1, 0.1], [0.2, 0.3, 0.5]]])?;
    /// assert_eq!((model.n_features(), model.n_numeric(), model.n_parameters()), (2, 1, 9));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn with_categories(
        self,
        columns: Vec<usize>,
        probabilities: Vec<Array2<f64>>,
    ) -> Result<Self> {
        let categories = Categories::new(columns, probabilities, self.n_components())?;
        self.with(categories)
    }

    /// Adds categories.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless their columns lie within the rows; [`Error::ShapeMismatch`] if they have another number of
    /// components.
    pub(crate) fn with(mut self, categories: Categories) -> Result<Self> {
        let (k, columns) = (self.n_components(), categories.columns());
        let n_features = self.n_numeric() + columns.len();
        if columns.iter().any(|&column| column >= n_features) {
            return Err(Error::param("columns", format!("{columns:?}"), "columns of the rows"));
        }
        if !categories.is_empty() && categories.probabilities(0).nrows() != k {
            let found = categories.probabilities(0).nrows();
            return Err(Error::shape("probabilities", format!("{k} rows"), found));
        }
        self.categories = categories;
        Ok(self)
    }

    /// The mixture with these categories, which are known to be valid.
    pub(super) fn with_checked(mut self, categories: Categories) -> Self {
        self.categories = categories;
        self
    }

    /// The mixture with these tails, which are known to be valid; none for Gaussian ones.
    pub(super) fn with_tails(mut self, tails: Option<StudentTails>) -> Self {
        self.tails = tails.filter(|_| self.n_numeric() > 0);
        self
    }

    /// Weights, shape `(n_components,)`; they sum to 1.
    pub fn weights(&self) -> ArrayView1<'_, f64> {
        self.weights.view()
    }

    /// Means of the numbers, shape `(n_components, n_numeric)`, in the order of the rows without the categories.
    pub fn means(&self) -> ArrayView2<'_, f64> {
        self.means.view()
    }

    /// Covariances of one of the families of [`CovarianceType`]; of components with heavy tails, their matrices Σ.
    pub fn covariances(&self) -> &Covariances {
        &self.covariances
    }

    /// The categories; none for a mixture of numbers alone.
    pub fn categories(&self) -> &Categories {
        &self.categories
    }

    /// The degrees of freedom; none if components are Gaussian.
    pub(crate) fn student(&self) -> Option<&StudentTails> {
        self.tails.as_ref()
    }

    /// Covariance matrix of the numbers of one component, shape `(n_numeric, n_numeric)`, for any family and tails.
    ///
    /// # Panics
    /// If the component does not exist.
    pub fn covariance(&self, component: usize) -> Array2<f64> {
        assert!(
            component < self.n_components(),
            "component {component} does not exist; the mixture has {} components",
            self.n_components()
        );
        let matrix = self.scale_matrix(component);
        match &self.tails {
            Some(tails) => matrix * tails.variance_ratio(component),
            None => matrix,
        }
    }

    /// The matrix Σ of one component: its covariance if it is Gaussian.
    pub(crate) fn scale_matrix(&self, component: usize) -> Array2<f64> {
        self.covariances.covariance(component, self.n_numeric())
    }

    /// Whether the mixture takes rows of `n_columns` with this layout.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "checked when it was sent"))]
    pub(crate) fn fits(&self, layout: &RowLayout, n_columns: usize) -> bool {
        self.n_features() == n_columns
            && self.categories.columns() == layout.categorical
            && self.categories.n_levels() == layout.n_levels
    }

    pub(super) fn conditional_cache(&self) -> &ConditionalCache {
        &self.conditional_cache
    }

    /// Returns the covariances, to reuse their memory.
    pub(super) fn into_covariances(self) -> Covariances {
        self.covariances
    }

    /// The same mixture, of whose covariances several arrays are the same, with those that they determine.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    pub(super) fn with_canonical_covariances(self) -> Result<Self> {
        Ok(Self { covariances: self.covariances.canonical()?, ..self })
    }

    /// One component as a mixture with weight 1.
    #[cfg(feature = "plot")]
    pub(crate) fn alone(&self, component: usize) -> Result<Self> {
        let one = Self::new(
            Array1::ones(1),
            self.means.select(Axis(0), &[component]),
            CovarianceType::Tied,
            self.scale_matrix(component).into_dyn(),
        )?;
        Ok(one.with_tails(self.student().map(|tails| tails.permuted(&[component]))))
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
        .with_checked(self.categories.permuted(order))
        .with_tails(self.student().map(|tails| tails.permuted(order)))
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

    /// Number of features, that is, of columns of the rows: numbers and categories.
    pub fn n_features(&self) -> usize {
        self.n_numeric() + self.categories.n_columns()
    }

    /// Number of features that are numbers.
    pub fn n_numeric(&self) -> usize {
        self.means.ncols()
    }

    /// Number of free parameters: k - 1 weights, k d means, the covariances of the family, and k (levels - 1) probabilities of
    /// each category, and k degrees of freedom if they were estimated. The category of [classes](Self::with_classes) has none, and covariances are those of the families of the classes.
    ///
    /// # Examples
    /// ```
    /// use mixlab::CovarianceType;
    ///
    /// // ten full components in the 64 dimensions of the digits
    /// assert_eq!(9 + 10 * 64 + CovarianceType::Full.n_parameters(10, 64), 21449);
    /// ```
    pub fn n_parameters(&self) -> usize {
        let of_numbers = self.n_class_parameters().unwrap_or_else(|| {
            self.covariance_type().n_mixture_parameters(self.n_components(), self.n_numeric())
        });
        let of_tails = self.tails.as_ref().map_or(0, StudentTails::n_parameters);
        of_numbers + of_tails + self.categories.n_parameters()
    }
}

/// Returns an error unless weights and means are those of a mixture.
fn check_weights_and_means(weights: &Array1<f64>, means: &Array2<f64>) -> Result<()> {
    let (k, d) = means.dim();
    if k == 0 {
        return Err(Error::shape("means", "at least one row", format!("{k} x {d}")));
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
