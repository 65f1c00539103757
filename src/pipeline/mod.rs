//! Pipelines: scaler, PCA and mixture as one density in the space of the data.

mod deviations;
mod marginal;
mod preprocessed;
mod sample;
mod user_units;

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array1, Array2, ArrayBase, Data, Ix2};

use crate::error::{Error, Result};
use crate::mixture::{
    Criteria, FitReport, GaussianMixture, GmmParams, NoObserver, Selection, SelectionParams,
};
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::pca::PcaParams;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::backend::{Backend, collect_answers};
use crate::rows::linfa::predict_by_try_predict;
use crate::rows::pass::Pass;
use crate::rows::{RowSource, check_columns};

pub use preprocessed::PreprocessedRows;
pub use sample::SampleBlocks;
pub use user_units::{Rounding, UserUnits};

/// A preprocessor followed by a mixture, as one model of the data.
///
/// Its density is defined in the space of the data: the change of variables of scaling and whitening is accounted for, and
/// the directions that PCA leaves out have the residual variance of probabilistic PCA. Log-densities of pipelines with
/// different numbers of principal components are therefore comparable, and samples are rows in the units of the data.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let digits = datasets::digits();
/// let model = Pipeline::params()
///     .pca(Pca::params(0.9).whiten(true))
///     .mixture(GaussianMixture::params(10).seed(1))
///     .fit(&digits)?;
/// let (pixels, labels) = model.sample(100, 7);
/// assert_eq!((pixels.dim(), labels.len()), ((100, 64), 100));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    preprocessor: Preprocessor,
    mixture: GaussianMixture,
}

/// Parameters of a [`Pipeline`].
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `standardize` | false | whether columns are first scaled to mean 0 and standard deviation 1 |
/// | `pca` | none | principal component analysis of the columns |
/// | `mixture` | `GaussianMixture::params(1)` | the mixture |
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineParams(PipelineValidParams);

/// Validated parameters; see [`PipelineParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineValidParams {
    standardize: bool,
    pca: Option<PcaParams>,
    mixture: GmmParams,
}

impl PipelineParams {
    /// Sets whether columns are first scaled to mean 0 and standard deviation 1.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.0.standardize = standardize;
        self
    }

    /// Sets the principal component analysis.
    pub fn pca(mut self, pca: PcaParams) -> Self {
        self.0.pca = Some(pca);
        self
    }

    /// Sets the mixture.
    pub fn mixture(mut self, mixture: GmmParams) -> Self {
        self.0.mixture = mixture;
        self
    }

    /// Fits only the preprocessor.
    ///
    /// # Errors
    /// Same as [`StandardScaler`] and [`Pca`](crate::Pca).
    pub fn fit_preprocessor(&self, data: &dyn RowSource) -> Result<Preprocessor> {
        self.check_ref()?.fit_preprocessor(&mut *data.backend()?)
    }

    /// Fits the preprocessor, and returns the preprocessed rows for a search over mixtures.
    ///
    /// # Errors
    /// Same as [`fit_preprocessor`](Self::fit_preprocessor).
    pub fn preprocess<'a>(&self, data: &'a dyn RowSource) -> Result<PreprocessedRows<'a>> {
        let params = self.check_ref()?;
        PreprocessedRows::fit(data, |backend| params.fit_preprocessor(backend))
    }

    /// Fits the preprocessor and selects the best mixture of the preprocessed rows.
    ///
    /// Returns the pipeline with that mixture, and the results of the search. The mixture parameters of the pipeline itself
    /// are not used.
    ///
    /// # Errors
    /// Errors of the preprocessor and of the search.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let (pipeline, search) = Pipeline::params()
    ///     .standardize(true)
    ///     .select(&datasets::stretched_blobs(), &Selection::params(1..=6))?;
    /// assert_eq!(pipeline.mixture().n_components(), 4);
    /// assert_eq!(search.cells().len(), 6);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn select(
        &self,
        data: &dyn RowSource,
        selection: &SelectionParams,
    ) -> Result<(Pipeline, Selection)> {
        let rows = self.preprocess(data)?;
        let selection = rows.select(selection, &NoObserver)?;
        Ok((rows.pipeline(&selection)?, selection))
    }

    /// Fits the pipeline, and returns it with a report on the fit of the mixture.
    ///
    /// # Errors
    /// Errors of the preprocessor and of the mixture.
    pub fn fit_with_report(&self, data: &dyn RowSource) -> Result<(Pipeline, FitReport)> {
        self.check_ref()?.fit_backend(&mut *data.backend()?)
    }
}

impl PipelineValidParams {
    fn fit_preprocessor(&self, backend: &mut dyn Backend) -> Result<Preprocessor> {
        let mut scaler = None;
        if self.standardize {
            scaler = Some(StandardScaler::params().fit_backend(backend)?);
        }
        let scaling = Preprocessor::new(scaler, None)?;
        let Some(params) = &self.pca else { return Ok(scaling) };
        let pca = params.check_ref()?.fit_backend(&mut *backend.transformed(&scaling)?)?;
        Preprocessor::new(scaling.scaler().cloned(), Some(pca))
    }

    fn fit_backend(&self, backend: &mut dyn Backend) -> Result<(Pipeline, FitReport)> {
        let preprocessor = self.fit_preprocessor(backend)?;
        let params = self.mixture.check_ref()?;
        let (mixture, report) =
            params.fit_backend(&mut *backend.transformed(&preprocessor)?, None)?;
        Ok((Pipeline::new(preprocessor, mixture)?, report))
    }
}

impl Pipeline {
    /// Parameters of a pipeline; see [`PipelineParams`] for the defaults.
    pub fn params() -> PipelineParams {
        PipelineParams(PipelineValidParams {
            standardize: false,
            pca: None,
            mixture: GaussianMixture::params(1),
        })
    }

    /// Combines a preprocessor and a mixture.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless the preprocessor gives the columns that the mixture takes.
    pub fn new(preprocessor: Preprocessor, mixture: GaussianMixture) -> Result<Self> {
        match preprocessor.n_reduced() {
            Some(n_reduced) if n_reduced != mixture.n_features() => {
                Err(Error::shape("the mixture", n_reduced, mixture.n_features()))
            }
            _ => Ok(Self { preprocessor, mixture }),
        }
    }

    /// The preprocessor of the mixture.
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// The mixture, in the space of the preprocessed rows.
    pub fn mixture(&self) -> &GaussianMixture {
        &self.mixture
    }

    /// Number of features of the data.
    pub fn n_features(&self) -> usize {
        self.preprocessor.n_features().unwrap_or(self.mixture.n_features())
    }

    /// Log-density of each row in the space of the data, shape `(n_samples,)`.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] and [`Error::NonFinite`].
    pub fn score_samples(&self, data: &dyn RowSource) -> Result<Array1<f64>> {
        let mut backend = self.check(data)?;
        let terms = collect_answers(&mut *backend, &self.density_terms())?;
        let reduced = &mut *backend.transformed(&self.preprocessor)?;
        Ok(self.mixture.score_backend(reduced)? + terms.column(0))
    }

    /// Log-likelihood and information criteria in the space of the data, by sample weight.
    ///
    /// The number of parameters includes those of the mixture and, if PCA leaves out directions, those of the residual: the
    /// orientation and offset of the kept subspace and the residual variance.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn criteria(&self, data: &dyn RowSource) -> Result<Criteria> {
        let mut backend = self.check(data)?;
        let reduced =
            self.mixture.criteria_backend(&mut *backend.transformed(&self.preprocessor)?)?;
        let terms = Pass::new(self.density_terms()).over(&mut *backend)?;
        Ok(reduced.with_terms(terms, self.preprocessor.n_parameters()))
    }

    /// Mean log-density of the rows in the space of the data, by sample weight.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn score(&self, data: &dyn RowSource) -> Result<f64> {
        Ok(self.criteria(data)?.score())
    }

    /// Posterior of each component for each row, shape `(n_samples, n_components)`.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn predict_proba(&self, data: &dyn RowSource) -> Result<Array2<f64>> {
        let backend = self.check(data)?;
        self.mixture.posteriors_backend(&mut *backend.transformed(&self.preprocessor)?)
    }

    /// The most probable component of each row.
    ///
    /// linfa's `predict` returns the same, but panics where this returns an error.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn try_predict(&self, data: &dyn RowSource) -> Result<Array1<usize>> {
        let backend = self.check(data)?;
        self.mixture.labels_backend(&mut *backend.transformed(&self.preprocessor)?)
    }

    fn density_terms(&self) -> DensityTerms<'_> {
        DensityTerms::new(&self.preprocessor)
    }

    fn check<'a>(&self, data: &'a dyn RowSource) -> Result<Box<dyn Backend + 'a>> {
        let backend = data.backend()?;
        check_columns(backend.n_features(), self.n_features())?;
        Ok(backend)
    }
}

impl From<GaussianMixture> for Pipeline {
    /// A pipeline of a mixture without preprocessing.
    fn from(mixture: GaussianMixture) -> Self {
        Self { preprocessor: Preprocessor::default(), mixture }
    }
}

/// The parameters, one by one.
impl PipelineValidParams {
    /// Whether columns are standardised first.
    pub fn standardize(&self) -> bool {
        self.standardize
    }

    /// The principal component analysis.
    pub fn pca(&self) -> Option<&PcaParams> {
        self.pca.as_ref()
    }

    /// The mixture.
    pub fn mixture(&self) -> &GmmParams {
        &self.mixture
    }
}

impl ParamGuard for PipelineParams {
    type Checked = PipelineValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&PipelineValidParams> {
        if let Some(pca) = &self.0.pca {
            pca.check_ref()?;
        }
        self.0.mixture.check_ref()?;
        Ok(&self.0)
    }

    fn check(self) -> Result<PipelineValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for PipelineValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = Pipeline;

    /// Fits to the records by their sample weights; targets are ignored.
    ///
    /// # Errors
    /// Errors of the preprocessor and of the mixture.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Pipeline> {
        Ok(self.fit_backend(&mut *dataset.backend()?)?.0)
    }
}

predict_by_try_predict!(Pipeline);
