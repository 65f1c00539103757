//! Pipelines: shapes of columns, scaler, PCA and mixture as one density in the space of the data.

mod classes;
mod columns;
mod deviations;
mod expectations;
mod given;
mod impute;
mod marginal;
mod moments;
mod params;
mod preprocessed;
mod range;
mod sample;
mod shaping;
mod subspace;
mod truncated;
mod user_units;
pub(crate) mod value_maps;

use ndarray::{Array1, Array2};

use crate::error::{Error, Result};
use crate::mixture::{Criteria, GaussianMixture, Tails};
use crate::preprocess::columns::ColumnLayout;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::{Backend, collect_answers};
use crate::rows::linfa::predict_by_try_predict;
use crate::rows::{RowSource, check_columns};

use preprocessed::in_data_space;

pub use classes::ClassErrors;
pub use impute::Imputation;
pub use params::{PipelineParams, PipelineValidParams};
pub use preprocessed::PreprocessedRows;
pub use range::GivenRange;
pub use sample::SampleBlocks;
pub use shaping::ShapeChoice;
pub(crate) use user_units::decode;
pub use user_units::{Clipping, Rounding, UserUnits};

/// A preprocessor followed by a mixture, as one model of the data.
///
/// Its density is defined in the space of the data: the change of variables of shapes, scaling and whitening is accounted for, and
/// the directions that PCA leaves out have the residual variance of probabilistic PCA. Log-densities of pipelines with
/// different numbers of principal components are therefore comparable, and samples are rows in the units of the data.
///
/// Columns can be categories, and values can be missing, NaN: missing values are integrated out, and if they are
/// [informative](crate::Missing), so is whether they are missing.
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
    /// Columns of the data: that of the preprocessor, or that of the mixture.
    layout: ColumnLayout,
}

impl Pipeline {
    /// Combines a preprocessor and a mixture.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless the preprocessor gives the columns that the mixture takes: numbers, followed by categories
    /// and by indicators, with at most as many levels as the layout lists. [`Error::InvalidParam`] for a mixture with
    /// [heavy tails](crate::Tails) of shaped numbers, which would have no means in the units of the data, or after a PCA, whose left-out
    /// directions are Gaussian.
    pub fn new(preprocessor: Preprocessor, mixture: GaussianMixture) -> Result<Self> {
        let n_features = mixture.n_features();
        check_tails(&preprocessor, mixture.tails())?;
        if let Some(n_reduced) = preprocessor.n_reduced()
            && n_reduced != n_features
        {
            return Err(Error::shape("the mixture", n_reduced, n_features));
        }
        if n_features == 0 {
            return Err(Error::shape("the mixture", "at least 1 column", n_features));
        }
        let categories = mixture.categories();
        let layout = match preprocessor.layout() {
            Some(layout) => layout.clone(),
            None if preprocessor.is_identity() => {
                ColumnLayout::new(n_features, categories.columns().to_vec(), Vec::new())?
            }
            None => ColumnLayout::of_numbers(preprocessor.n_features().unwrap_or(n_features)),
        };
        if let Some(expected) =
            preprocessor.categories().or((!preprocessor.is_identity()).then_some(0..0))
            && !categories.columns().iter().copied().eq(expected.clone())
        {
            let found = format!("{:?}", categories.columns());
            return Err(Error::shape(
                "the categories of the mixture",
                format!("{expected:?}"),
                found,
            ));
        }
        let known = layout.n_levels();
        let exceeds =
            |(&n_levels, most): (&usize, &Option<usize>)| most.is_some_and(|most| n_levels > most);
        if !layout.is_complete() || categories.n_levels().iter().zip(&known).any(exceeds) {
            let expected = "all columns of the data, and as many levels as it lists";
            return Err(Error::shape(
                "the columns of the preprocessor",
                expected,
                format!("{layout:?}"),
            ));
        }
        Ok(Self { preprocessor, mixture, layout })
    }

    /// The same preprocessor with another mixture of the same columns.
    pub(crate) fn with_mixture(&self, mixture: GaussianMixture) -> Self {
        Self { preprocessor: self.preprocessor.clone(), mixture, layout: self.layout.clone() }
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
        self.layout.n_features()
    }

    /// Log-density of each row in the space of the data, shape `(n_samples,)`. A number of few values, which is a category, has half
    /// the probability of the rarest of them if it is none of them.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::NonFinite`] for infinite values; [`Error::UnknownLevel`]; [`Error::IncompleteRows`] if
    /// numbers are missing that a PCA needs.
    pub fn score_samples(&self, data: &dyn RowSource) -> Result<Array1<f64>> {
        let mut backend = self.check(data)?;
        let terms = collect_answers(&mut *backend, &self.density_terms())?;
        let reduced = &mut *backend.transformed(&self.preprocessor)?;
        let scores = self.mixture.score_backend(reduced).map_err(|error| self.in_data(error))?;
        Ok(scores + terms.column(0))
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
        let reduced = self.mixture.criteria_backend(&mut *backend.transformed(&self.preprocessor)?);
        let reduced = reduced.map_err(|error| self.in_data(error))?;
        in_data_space(&mut *backend, self.density_terms(), &reduced)
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
        self.on_reduced(data, |rows| self.mixture.posteriors_backend(rows))
    }

    /// The most probable component of each row.
    ///
    /// linfa's `predict` returns the same, but panics where this returns an error.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn try_predict(&self, data: &dyn RowSource) -> Result<Array1<usize>> {
        self.on_reduced(data, |rows| self.mixture.labels_backend(rows))
    }

    /// The answer of the mixture for the preprocessed rows, with the columns of the data in errors.
    fn on_reduced<T>(
        &self,
        data: &dyn RowSource,
        ask: impl FnOnce(&mut dyn Backend) -> Result<T>,
    ) -> Result<T> {
        let backend = self.check(data)?;
        let reduced = &mut *backend.transformed(&self.preprocessor)?;
        ask(reduced).map_err(|error| self.in_data(error))
    }

    fn check<'a>(&self, data: &'a dyn RowSource) -> Result<Box<dyn Backend + 'a>> {
        let mut backend = data.backend()?;
        check_columns(backend.n_features(), self.n_features())?;
        self.preprocessor.check_complete(&mut *backend)?;
        Ok(backend)
    }

    /// Replaces columns of the mixture in an error by those of the data.
    fn in_data(&self, error: Error) -> Error {
        self.preprocessor.in_data(error)
    }
}

/// Returns an error for heavy tails after steps that leave conditionals or moments without a closed form.
fn check_tails(preprocessor: &Preprocessor, tails: Tails) -> Result<()> {
    let step = if preprocessor.pca().is_some() { "a PCA" } else { "shapes of columns" };
    if tails.are_heavy() && (preprocessor.pca().is_some() || preprocessor.shapes().is_some()) {
        return Err(Error::param(
            "tails",
            format!("heavy, with {step}"),
            "gaussian with these, or without them",
        ));
    }
    Ok(())
}

impl From<GaussianMixture> for Pipeline {
    /// A pipeline of a mixture without preprocessing.
    fn from(mixture: GaussianMixture) -> Self {
        let categories = mixture.categories().columns().to_vec();
        let layout = ColumnLayout::new(mixture.n_features(), categories, Vec::new());
        let layout =
            layout.expect("the categories of a mixture ascend and are columns of its rows");
        Self { preprocessor: Preprocessor::default(), mixture, layout }
    }
}

predict_by_try_predict!(Pipeline);
