//! Tables whose rows stay in their file.
//!
//! | file | rows are read |
//! | --- | --- |
//! | `.npy` | directly, with random access |
//! | Parquet | directly, with the pages of columns read sequentially |
//! | sparse matrix in `.npz` | from the matrix in memory |
//! | text, compressed files, archives, pipes | from a temporary file of the numbers (`spill`) |
//!
//! All numbers are checked once for missing and infinite values, and their ranges are determined: while they are copied, or in
//! a first pass over the file (`survey`).

use std::path::{Path, PathBuf};

use super::decision::Decision;
use super::encoded_rows::EncodedRows;
use super::format::identify;
use super::input::Input;
use super::kind_choice::KindChoice;
use super::options::Source;
use super::spill::OpenedRows;
use super::survey::Survey;
use crate::compute::memory::MemoryBudget;
use crate::error::Result;
use crate::images::ImageShape;
use crate::rows::backend::Backend;
use crate::rows::profile::ColumnProfile;
use crate::rows::schema::Column;
use crate::rows::{LocalBackend, RowBlocks, RowSource};

/// A table whose rows stay in its file, opened by [`TableReader::open`](super::TableReader::open). It is a source of rows for
/// fits, as an array is.
pub struct StreamedTable {
    path: PathBuf,
    columns: Vec<Column>,
    profiles: Vec<ColumnProfile>,
    rows: Box<dyn RowBlocks>,
    n_dropped: usize,
    decisions: Vec<Decision>,
    copied: Option<u64>,
    image: Option<ImageShape>,
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

    /// Columns, with names, kinds, ranges, decimals and spikes.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Reads columns as the kinds that `choice` gives; dates become days since 1970-01-01 whenever rows are read.
    ///
    /// # Errors
    /// Same as [`KindChoice::describe`](super::KindChoice::describe).
    pub fn kinds(mut self, choice: &KindChoice) -> Result<Self> {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let dates: Vec<bool> = self.profiles.iter().map(ColumnProfile::looks_like_dates).collect();
        let kinds = choice.resolve(&self.path, &names, &dates)?;
        if kinds.iter().all(|kind| kind.is_numeric()) {
            return Ok(self);
        }
        let is_checked = kinds.iter().zip(&dates).all(|(kind, dates)| kind.is_numeric() || *dates);
        self.rows = EncodedRows::boxed(self.rows, &self.path, (&names, &kinds), is_checked)?;
        let described = self.profiles.iter().zip(&names).zip(kinds);
        self.columns =
            described.map(|((profile, name), kind)| profile.column_of_kind(name, kind)).collect();
        Ok(self)
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

    /// Shape of the images, if the rows are images.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
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
    let profiles = match opened.described.take() {
        Some(profiles) => profiles,
        None => survey(source, &mut opened)?,
    };
    let described = profiles.iter().zip(&opened.columns.names);
    let columns: Vec<_> = described.map(|(profile, name)| profile.column(name)).collect();
    let ranges = columns.iter().filter_map(|column| column.range);
    let range = ranges.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
    let image = opened.columns.image.zip(range).map(|(shape, range)| shape.holding(range));
    Ok(StreamedTable {
        path: source.path.clone(),
        columns,
        profiles,
        rows: opened.rows,
        n_dropped: opened.n_dropped,
        decisions: opened.decisions,
        copied: opened.copied,
        image,
        budget: source.options.budget,
    })
}

/// Checks all numbers and returns the profiles of the columns. If rows with missing values are dropped, the
/// other rows are copied to a temporary file.
fn survey(source: &Source, opened: &mut OpenedRows) -> Result<Vec<ColumnProfile>> {
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
