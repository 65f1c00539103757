//! Pipelines: scaler, PCA and mixture as one density in the space of the data.

mod deviations;
mod marginal;
mod params;
mod preprocessed;
mod sample;
pub(crate) mod spikes;
mod user_units;

use ndarray::{Array1, Array2};

use crate::error::{Error, Result};
use crate::mixture::{Criteria, GaussianMixture};
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::{Backend, collect_answers};
use crate::rows::linfa::predict_by_try_predict;
use crate::rows::{RowSource, check_columns};

use preprocessed::in_data_space;

pub use params::{PipelineParams, PipelineValidParams};
pub use preprocessed::PreprocessedRows;
pub use sample::SampleBlocks;
pub use user_units::{Clipping, Rounding, UserUnits};

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

impl Pipeline {
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
        let terms = collect_answers(&mut *backend, &DensityTerms::new(&self.preprocessor))?;
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
        in_data_space(&mut *backend, &self.preprocessor, &reduced)
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

predict_by_try_predict!(Pipeline);
