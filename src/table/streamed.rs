//! Tables whose rows stay in their file.
//!
//! | file | rows are read |
//! | --- | --- |
//! | `.npy` | directly, with random access |
//! | Parquet | directly, with the pages of columns read sequentially |
//! | text, compressed files, pipes | from a temporary file of the numbers (`spill`) |
//!
//! All numbers are checked once for missing and infinite values, and their ranges are determined: while they are copied, or in
//! a first pass over the file (`survey`).

use std::path::{Path, PathBuf};

use super::decision::Decision;
use super::format::identify;
use super::input::Input;
use super::options::Source;
use super::spill::OpenedRows;
use super::survey::Survey;
use crate::compute::memory::MemoryBudget;
use crate::error::Result;
use crate::rows::backend::Backend;
use crate::rows::schema::Column;
use crate::rows::{LocalBackend, RowBlocks, RowSource};

/// A table whose rows stay in its file, opened by [`TableReader::open`](super::TableReader::open). It is a source of rows for
/// fits, as an array is.
pub struct StreamedTable {
    path: PathBuf,
    columns: Vec<Column>,
    rows: Box<dyn RowBlocks>,
    n_dropped: usize,
    decisions: Vec<Decision>,
    copied: Option<u64>,
    budget: MemoryBudget,
}

impl StreamedTable {
    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of rows.
    pub fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    /// Columns, with names, ranges and decimals.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of rows that were dropped for missing values.
    pub fn n_dropped(&self) -> usize {
        self.n_dropped
    }

    /// Returns the decisions that were taken to read the table.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// Length in bytes of the temporary file to which the numbers were copied; none if they are read directly.
    pub fn n_copied(&self) -> Option<u64> {
        self.copied
    }
}

impl std::fmt::Debug for StreamedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamedTable")
            .field("path", &self.path)
            .field("shape", &(self.n_samples(), self.columns.len()))
            .finish_non_exhaustive()
    }
}

impl RowSource for StreamedTable {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        Ok(Box::new(LocalBackend::new(&*self.rows).memory_budget(self.budget)))
    }
}

/// Opens a table whose rows stay in their file, or in a temporary file.
pub(super) fn open(source: &Source, input: Input<'_>) -> Result<StreamedTable> {
    let (format, input) = identify(source, input)?;
    let mut opened = format.open_rows(source, input)?;
    let columns = match opened.described.take() {
        Some(columns) => columns,
        None => survey(source, &mut opened)?,
    };
    Ok(StreamedTable {
        path: source.path.clone(),
        columns,
        rows: opened.rows,
        n_dropped: opened.n_dropped,
        decisions: opened.decisions,
        copied: opened.copied,
        budget: source.options.budget,
    })
}

/// Checks all numbers and returns the columns with their ranges and decimals. If rows with missing values are dropped, the
/// other rows are copied to a temporary file.
fn survey(source: &Source, opened: &mut OpenedRows) -> Result<Vec<Column>> {
    let n_rows = opened.rows.n_samples();
    let names = &opened.columns.names;
    let survey = Survey::of(&*opened.rows, names, source.options.drop_missing)?;
    survey.faults.check(source, &opened.columns, "row", (n_rows, false))?;
    if survey.n_dropped == n_rows {
        return Err(source.no_rows(n_rows));
    }
    if survey.n_dropped > 0 {
        let decisions = std::mem::take(&mut opened.decisions);
        *opened = OpenedRows { n_dropped: survey.n_dropped, decisions, ..opened.complete()? };
    }
    Ok(survey.ranges.columns)
}
