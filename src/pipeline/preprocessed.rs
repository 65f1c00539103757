//! Preprocessed rows, to which mixtures are fitted.

use linfa::prelude::ParamGuard;

use super::Pipeline;
use crate::error::Result;
use crate::mixture::{Criteria, Observer, Selection, SelectionParams};
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
        Ok(Self { backend, preprocessor })
    }

    /// The fitted preprocessor.
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// Searches for the best mixture of the preprocessed rows, and reports all events to `observer`. Categories are those of the
    /// preprocessor, if it has a layout of columns.
    ///
    /// # Errors
    /// Same as [`SelectionParams::fit_observed`].
    pub fn select(
        &self,
        selection: &SelectionParams,
        observer: &dyn Observer,
    ) -> Result<Selection> {
        let mut selection = selection.clone();
        if let Some(categories) = self.preprocessor.categories() {
            let mixture = selection.check_ref()?.mixture().clone();
            selection = selection.mixture(mixture.categorical(categories));
        }
        let reduced = &mut *self.backend.transformed(&self.preprocessor)?;
        let found = selection.fit_backend(reduced, Some(observer));
        found.map_err(|error| self.preprocessor.in_data(error))
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
