//! Parameters of a pipeline, and its fit.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};

use super::{Pipeline, PreprocessedRows};
use crate::error::{Error, Result};
use crate::mixture::{
    FitReport, GaussianMixture, GmmParams, NoObserver, Selection, SelectionParams,
};
use crate::preprocess::pca::PcaParams;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::RowSource;
use crate::rows::backend::Backend;

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
        let mut backend = data.backend()?;
        let preprocessor = self.check_ref()?.fit_preprocessor(&mut *backend)?;
        Ok(PreprocessedRows { backend, preprocessor })
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
