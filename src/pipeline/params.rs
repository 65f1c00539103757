//! Parameters of a pipeline, and its fit.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};

use super::classes::fit_classes;
use super::shaping::{ShapeChoice, ShapeChoices};
use super::{Pipeline, PreprocessedRows, check_tails};
use crate::error::{Error, Result};
use crate::mixture::{
    FitReport, GaussianMixture, GmmParams, NoObserver, Selection, SelectionParams,
};
use crate::preprocess::columns::Missing;
use crate::preprocess::fit::PreprocessorParams;
use crate::preprocess::pca::PcaParams;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::RowSource;
use crate::rows::backend::Backend;

/// Parameters of a [`Pipeline`].
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `categorical` | none | columns that are categories |
/// | `class` | none | the category that is the class of a row |
/// | `missing` | informative | how missing values are modelled |
/// | `shape`, `shape_of` | none | [shapes](crate::Shape) of columns of numbers |
/// | `standardize` | false | whether numbers are first scaled to mean 0 and standard deviation 1 |
/// | `pca` | none | principal component analysis of the numbers |
/// | `mixture` | `GaussianMixture::params(1)` | the mixture |
///
/// # Examples
/// Numbers and a category, with missing values:
/// ```
/// use mixlab::{Missing, prelude::*};
/// use ndarray::array;
///
/// const NAN: f64 = f64::NAN;
/// let rows = DatasetBase::from(array![
///     [1.0, 0.0], [1.2, 0.0], [NAN, 0.0], [0.9, NAN], [5.1, 1.0], [4.8, 1.0], [5.3, 1.0]
/// ]);
/// let params = Pipeline::params().categorical([1]).standardize(true);
/// let model = params.clone().fit(&rows)?;
/// assert_eq!(model.score_samples(&rows)?.len(), 7);
/// // samples have missing values, or not
/// assert!(model.sample(100, 1).0.iter().any(|value| value.is_nan()));
/// let model = params.missing(Missing::AtRandom).fit(&rows)?;
/// assert!(model.sample(100, 1).0.iter().all(|value| value.is_finite()));
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineParams(pub(super) PipelineValidParams);

/// Validated parameters; see [`PipelineParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineValidParams {
    categorical: Vec<usize>,
    class: Option<usize>,
    missing: Missing,
    shapes: ShapeChoices,
    standardize: bool,
    pca: Option<PcaParams>,
    mixture: GmmParams,
}

impl PipelineParams {
    /// Sets the columns of the data that are categories. Their values are indices of levels, whole numbers from 0 on, or NaN if
    /// they are missing.
    ///
    /// Columns that [`GmmParams::categorical`] names are categories as well.
    pub fn categorical(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.0.categorical = columns.into_iter().collect();
        self
    }

    /// Sets the column of the data that is the class of a row: a category of which each level has components of its own, so that the
    /// pipeline [predicts classes](Pipeline::predict_class_proba). Its values may be missing in some rows, which then tell where rows
    /// are, and not of which class: a missing class is never [informative](Missing).
    ///
    /// A [search](Self::select) compares [models of classes](SelectionParams::class_models); [`Fit`] and
    /// [`fit_with_report`](Self::fit_with_report) have the number of components of the mixture in each class. Classes need rows in
    /// memory.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, prelude::*};
    /// use ndarray::array;
    ///
    /// const NAN: f64 = f64::NAN;
    /// let rows = DatasetBase::from(array![
    ///     [1.0, 0.0], [1.2, 0.0], [0.7, 0.0], [0.9, NAN], [5.1, 1.0], [4.8, 1.0], [5.3, 1.0]
    /// ]);
    /// let mixture = GaussianMixture::params(1).covariance_type(CovarianceType::Tied);
    /// let model = Pipeline::params().class(1).mixture(mixture).fit(&rows)?;
    /// assert_eq!(model.predict_class(&array![[1.1, NAN], [5.0, NAN]])?, array![0, 1]);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn class(mut self, column: usize) -> Self {
        self.0.class = Some(column);
        self
    }

    /// Sets how missing values, NaN, are modelled.
    pub fn missing(mut self, missing: Missing) -> Self {
        self.0.missing = missing;
        self
    }

    /// Sets the choice of the shapes of all columns of numbers that have none of their own.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{ShapeChoice, prelude::*};
    /// use ndarray::array;
    ///
    /// let rows = DatasetBase::from(array![
    ///     [1.0], [1.3], [2.0], [2.1], [3.5], [4.1], [6.0], [9.5], [13.0], [40.0]
    /// ]);
    /// let model = Pipeline::params().shape(ShapeChoice::Log).fit(&rows)?;
    /// let (sample, _) = model.sample(1000, 1);
    /// assert!(sample.iter().all(|&value| value > 0.0));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn shape(mut self, choice: ShapeChoice) -> Self {
        self.0.shapes.others = choice;
        self
    }

    /// Sets the choice of the shape of a column of numbers.
    pub fn shape_of(mut self, column: usize, choice: ShapeChoice) -> Self {
        self.0.shapes.of_columns.push((column, choice));
        self
    }

    /// Sets whether numbers are scaled to mean 0 and standard deviation 1.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.0.standardize = standardize;
        self
    }

    /// Sets the principal component analysis of the numbers, none of which may be missing.
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
    /// Same as [`StandardScaler`](crate::StandardScaler) and [`Pca`](crate::Pca); [`Error::IncompleteRows`] for a PCA of numbers
    /// that can be missing; [`Error::EmptyColumns`] for columns without values; [`Error::InvalidParam`] for categories that are
    /// not columns; [`Error::ColumnShape`] for shapes that columns cannot have.
    pub fn fit_preprocessor(&self, data: &dyn RowSource) -> Result<Preprocessor> {
        self.check_ref()?.fit_preprocessor(&mut *data.backend()?)
    }

    /// Fits the preprocessor, and returns the preprocessed rows for a search over mixtures.
    ///
    /// # Errors
    /// Same as [`fit_preprocessor`](Self::fit_preprocessor).
    pub fn preprocess<'a>(&self, data: &'a dyn RowSource) -> Result<PreprocessedRows<'a>> {
        let mut backend = data.backend()?;
        let params = self.check_ref()?;
        let preprocessor = params.fit_preprocessor(&mut *backend)?;
        Ok(PreprocessedRows { backend, preprocessor, class: params.class })
    }

    /// Fits the preprocessor and selects the best mixture of the preprocessed rows.
    ///
    /// Returns the pipeline with that mixture, and the results of the search. The mixture parameters of the pipeline itself
    /// are not used, except for their categorical columns.
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
        let mut categorical = self.categorical.clone();
        categorical.extend(self.mixture.check_ref()?.categorical());
        categorical.extend(self.class);
        categorical.sort_unstable();
        categorical.dedup();
        let pca = self.pca.as_ref();
        let Self { class, missing, standardize, .. } = *self;
        let how = (pca.is_some(), self.mixture.check_ref()?.seed());
        let shaping = self.shapes.choose(backend, &categorical, how)?;
        let params = PreprocessorParams { categorical, class, missing, shaping, standardize, pca };
        params.fit_backend(backend)
    }

    fn fit_backend(&self, backend: &mut dyn Backend) -> Result<(Pipeline, FitReport)> {
        let preprocessor = self.fit_preprocessor(backend)?;
        check_tails(&preprocessor, self.mixture.check_ref()?.tails())?;
        let params = match preprocessor.categories() {
            Some(columns) => self.mixture.clone().categorical(columns),
            None => self.mixture.clone(),
        };
        let fit = {
            let rows = &mut *backend.transformed(&preprocessor)?;
            match self.class {
                Some(column) => fit_classes(rows, preprocessor.column_of_category(column), &params),
                None => params.check_ref()?.fit_backend(rows, None),
            }
        };
        let (mixture, report) = fit.map_err(|error| preprocessor.in_data(error))?;
        Ok((Pipeline::new(preprocessor, mixture)?, report))
    }
}

impl Pipeline {
    /// Parameters of a pipeline; see [`PipelineParams`] for the defaults.
    pub fn params() -> PipelineParams {
        PipelineParams(PipelineValidParams {
            categorical: Vec::new(),
            class: None,
            missing: Missing::default(),
            shapes: ShapeChoices::default(),
            standardize: false,
            pca: None,
            mixture: GaussianMixture::params(1),
        })
    }
}

/// The parameters, one by one.
impl PipelineValidParams {
    /// Columns of the data that are categories.
    pub fn categorical(&self) -> &[usize] {
        &self.categorical
    }

    /// The column of the data that is the class of a row.
    pub fn class(&self) -> Option<usize> {
        self.class
    }

    /// How missing values are modelled.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// The choice of the shape of a column of numbers.
    pub fn shape_of(&self, column: usize) -> ShapeChoice {
        self.shapes.of(column)
    }

    /// Whether numbers are standardised first.
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
