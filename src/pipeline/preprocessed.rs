//! Preprocessed rows, to which mixtures are fitted.

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

/// Converts the criteria of a mixture of the rows after a preprocessor to those of the density in the space of the data.
pub(super) fn in_data_space(
    backend: &mut dyn Backend,
    preprocessor: &Preprocessor,
    criteria: &Criteria,
) -> Result<Criteria> {
    let terms = Pass::new(DensityTerms::new(preprocessor)).over(backend)?;
    Ok(criteria.with_terms(terms, preprocessor.n_parameters()))
}

impl<'a> PreprocessedRows<'a> {
    /// Rows after a preprocessor that has already been fitted.
    ///
    /// # Errors
    /// Errors of the rows; [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) if the preprocessor takes another number of
    /// columns.
    pub fn new(data: &'a dyn RowSource, preprocessor: Preprocessor) -> Result<Self> {
        let backend = data.backend()?;
        if let Some(n_features) = preprocessor.n_features() {
            check_columns(backend.n_features(), n_features)?;
        }
        Ok(Self { backend, preprocessor })
    }

    /// The fitted preprocessor.
    pub fn preprocessor(&self) -> &Preprocessor {
        &self.preprocessor
    }

    /// Searches for the best mixture of the preprocessed rows, and reports all events to `observer`.
    ///
    /// # Errors
    /// Same as [`SelectionParams::fit_observed`].
    pub fn select(
        &self,
        selection: &SelectionParams,
        observer: &dyn Observer,
    ) -> Result<Selection> {
        let reduced = &mut *self.backend.transformed(&self.preprocessor)?;
        selection.fit_backend(reduced, Some(observer))
    }

    /// Converts the criteria of a mixture of the preprocessed rows to those of the density in the space of the data; see
    /// [`Pipeline::criteria`].
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub fn in_data_space(&mut self, criteria: &Criteria) -> Result<Criteria> {
        in_data_space(&mut *self.backend, &self.preprocessor, criteria)
    }

    /// Combines the preprocessor and the best mixture of a search into one model.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) if the search was made on other rows.
    pub fn pipeline(self, search: &Selection) -> Result<Pipeline> {
        Pipeline::new(self.preprocessor, search.best_model().clone())
    }
}
