//! Rows behind a preprocessor, in which mixtures are fitted and searched for.

use super::Pipeline;
use crate::error::Result;
use crate::mixture::{Criteria, Observer, Selection, SelectionParams};
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::preprocessor::FrontEnd;
use crate::rows::RowSource;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;

/// Rows behind a preprocessor. The rows are checked once, for all that is asked of them.
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
    backend: Box<dyn Backend + 'a>,
    preprocessor: FrontEnd,
}

impl<'a> PreprocessedRows<'a> {
    /// Rows behind a preprocessor that has been fitted before.
    ///
    /// # Errors
    /// What is wrong with the rows.
    pub fn new(data: &'a dyn RowSource, preprocessor: FrontEnd) -> Result<Self> {
        Ok(Self { backend: data.backend()?, preprocessor })
    }

    /// Rows, and what fits a preprocessor to them.
    pub(super) fn fit(
        data: &'a dyn RowSource,
        fit: impl FnOnce(&mut dyn Backend) -> Result<FrontEnd>,
    ) -> Result<Self> {
        let mut backend = data.backend()?;
        let preprocessor = fit(&mut *backend)?;
        Ok(Self { backend, preprocessor })
    }

    /// The preprocessor.
    pub fn preprocessor(&self) -> &FrontEnd {
        &self.preprocessor
    }

    /// Searches for the best mixture of the preprocessed rows, and reports every event to `observer`.
    ///
    /// # Errors
    /// As [`SelectionParams::fit_observed`].
    pub fn select(
        &self,
        selection: &SelectionParams,
        observer: &dyn Observer,
    ) -> Result<Selection> {
        let reduced = &mut *self.backend.transformed(&self.preprocessor)?;
        selection.fit_backend(reduced, Some(observer))
    }

    /// The criteria of a density in the space of the data, given those of a mixture of the preprocessed rows; see
    /// [`Pipeline::criteria`].
    ///
    /// # Errors
    /// What reading the rows raises.
    pub fn in_data_space(&mut self, criteria: &Criteria) -> Result<Criteria> {
        let terms = Pass::new(DensityTerms::new(&self.preprocessor)).over(&mut *self.backend)?;
        Ok(criteria.with_terms(terms, self.preprocessor.n_parameters()))
    }

    /// The preprocessor and the best mixture of a search as one model.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch) if the search was one of other rows.
    pub fn pipeline(self, search: &Selection) -> Result<Pipeline> {
        Pipeline::new(self.preprocessor, search.best_model().clone())
    }
}
