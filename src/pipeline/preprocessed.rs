//! Preprocessed rows, to which mixtures are fitted.

use linfa::prelude::ParamGuard;

use super::{Pipeline, check_tails};
use crate::error::Result;
use crate::mixture::{Criteria, GaussianMixture, Observer, Selection, SelectionParams};
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;
use crate::rows::{RowSource, check_columns};

/// Preprocessed rows, to which mixtures are fitted.
///
/// The rows are checked once for all fits and evaluations.
///
/// [`PipelineParams::preprocess`](super::PipelineParams::preprocess) fits the preprocessor to the rows.
///
/// # Examples
/// ```
/// use mixlab::{NoObserver, prelude::*};
///
/// let survey = datasets::survey();
/// let mut rows = Pipeline::params().standardize(true).preprocess(&survey)?;
/// let search = rows.select(&Selection::params(1..=4), &NoObserver)?;
/// let criteria = rows.in_data_space(&search.best().criteria)?;
/// let pipeline = rows.pipeline(&search)?;
/// assert!((criteria.bic - pipeline.criteria(&survey)?.bic).abs() < 1e-6);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub struct PreprocessedRows<'a> {
    pub(super) backend: Box<dyn Backend + 'a>,
    pub(super) preprocessor: Preprocessor,
    /// The column of the data with the class.
    pub(super) class: Option<usize>,
}

/// Converts the criteria of a mixture of the rows after a preprocessor, with these terms, to those of the density in the space of the data.
pub(super) fn in_data_space(
    backend: &mut dyn Backend,
    terms: DensityTerms<'_>,
    criteria: &Criteria,
) -> Result<Criteria> {
    let n_parameters = terms.preprocessor.n_parameters();
    let terms = Pass::new(terms).over(backend)?;
    Ok(criteria.with_terms(terms, n_parameters))
}

impl<'a> PreprocessedRows<'a> {
    /// Rows after a preprocessor that has already been fitted.
    ///
    /// # Errors
    /// Errors of the rows; [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) if the preprocessor takes another number of
    /// columns; [`Error::IncompleteRows`](crate::Error::IncompleteRows) if it has a PCA and numbers are missing.
    pub fn new(data: &'a dyn RowSource, preprocessor: Preprocessor) -> Result<Self> {
        let mut backend = data.backend()?;
        if let Some(n_features) = preprocessor.n_features() {
            check_columns(backend.n_features(), n_features)?;
        }
        preprocessor.check_complete(&mut *backend)?;
        Ok(Self { backend, preprocessor, class: None })
    }

    /// The fitted preprocessor.
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// Searches for the best mixture of the preprocessed rows, and reports all events to `observer`. Categories are those of the
    /// preprocessor, if it has a layout of columns. If the rows have [classes](super::PipelineParams::class), the search is one over
    /// models of classes.
    ///
    /// # Errors
    /// Same as [`SelectionParams::fit_observed`]; [`Error::InvalidParam`](crate::Error::InvalidParam) for classes of rows that are not in
    /// memory, and for fewer than two.
    pub fn select(
        &self,
        selection: &SelectionParams,
        observer: &dyn Observer,
    ) -> Result<Selection> {
        check_tails(&self.preprocessor, selection.check_ref()?.tails())?;
        let selection = self.with_categories(selection)?;
        let reduced = &mut *self.backend.transformed(&self.preprocessor)?;
        let found = match self.class() {
            Some(column) => selection.check_ref()?.fit_classes(reduced, column, Some(observer)),
            None => selection.fit_backend(reduced, Some(observer)),
        };
        found.map_err(|error| self.preprocessor.in_data(error))
    }

    /// Fits the model of classes that a search has found to these rows.
    pub(super) fn refit_classes(
        &self,
        selection: &SelectionParams,
        found: &GaussianMixture,
    ) -> Result<GaussianMixture> {
        let selection = self.with_categories(selection)?;
        let reduced = &mut *self.backend.transformed(&self.preprocessor)?;
        let column = self.class().expect("rows with classes");
        let model = selection.check_ref()?.refit_classes(reduced, column, found);
        model.map_err(|error| self.preprocessor.in_data(error))
    }

    /// The column of the preprocessed rows with the class.
    fn class(&self) -> Option<usize> {
        self.preprocessor.column_of_category(self.class?)
    }

    /// The search with the categories of the preprocessor.
    fn with_categories(&self, selection: &SelectionParams) -> Result<SelectionParams> {
        let Some(categories) = self.preprocessor.categories() else { return Ok(selection.clone()) };
        let mixture = selection.check_ref()?.mixture().clone();
        Ok(selection.clone().mixture(mixture.categorical(categories)))
    }

    /// Converts the criteria of a mixture of the preprocessed rows to those of the density in the space of the data; see
    /// [`Pipeline::criteria`].
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub fn in_data_space(&mut self, criteria: &Criteria) -> Result<Criteria> {
        in_data_space(&mut *self.backend, DensityTerms::new(&self.preprocessor), criteria)
    }

    /// Combines the preprocessor and the best mixture of a search into one model.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) if the search was made on other rows.
    pub fn pipeline(self, search: &Selection) -> Result<Pipeline> {
        Pipeline::new(self.preprocessor, search.best_model().clone())
    }
}
