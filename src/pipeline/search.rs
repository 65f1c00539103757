//! Searches for the best mixture behind a preprocessor.

use crate::error::Result;
use crate::mixture::{Observer, OnCell, Selection, SelectionCell, SelectionParams};
use crate::preprocess::preprocessor::FrontEnd;
use crate::rows::RowSource;

impl FrontEnd {
    /// Searches for the best mixture behind this preprocessor; `observer` is called as each model ends.
    ///
    /// # Errors
    /// As [`FrontEnd::try_transform`] and [`SelectionParams::fit_observed`].
    pub fn select(
        &self,
        data: &dyn RowSource,
        selection: &SelectionParams,
        observer: impl Fn(&SelectionCell) + Sync,
    ) -> Result<Selection> {
        self.select_observed(data, selection, &OnCell(observer))
    }

    /// Searches like [`select`](Self::select), and reports every event to `observer`.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn select_observed(
        &self,
        data: &dyn RowSource,
        selection: &SelectionParams,
        observer: &dyn Observer,
    ) -> Result<Selection> {
        let backend = data.backend()?;
        selection.fit_backend(&mut *backend.transformed(self)?, Some(observer))
    }
}
