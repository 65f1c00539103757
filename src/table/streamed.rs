//! Tables whose rows stay in their file.
//!
//! | file | rows are read |
//! | --- | --- |
//! | `.npy` | directly, with random access |
//! | Parquet | directly, with the pages of columns read sequentially |
//! | sparse matrix in `.npz` | from the matrix in memory |
//! | text, compressed files, archives, pipes | from a temporary file of the numbers (`spill`) |
//!
//! All numbers are checked once for infinite values, and the statistics that decide the kinds of the columns are determined: while
//! they are copied, or in a first pass over the file (`survey`). A temporary file holds the values as they are read; codes of texts
//! become indices of levels whenever rows are read.

use std::path::{Path, PathBuf};

use super::decision::Decision;
use super::format::identify;
use super::input::Input;
use super::kind_choice::Request;
use super::left_out::LeftOut;
use super::options::Source;
use super::recode::Recode;
use super::recoded_rows::RecodedRows;
use super::resolution::{Resolution, Resolving};
use super::schema::Schema;
use super::spill::OpenedRows;
use super::survey::Survey;
use crate::compute::memory::MemoryBudget;
use crate::error::Result;
use crate::images::ImageShape;
use crate::rows::backend::Backend;
use crate::rows::schema::Column;
use crate::rows::{LocalBackend, RowBlocks, RowSource, fold};

/// A table whose rows stay in its file, opened by [`TableReader::open`](super::TableReader::open). It is a source of rows for
/// fits, as an array is.
pub struct StreamedTable {
    path: PathBuf,
    columns: Vec<Column>,
    schema: Schema,
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

    /// Kinds of the columns, and columns that are left out.
    pub fn schema(&self) -> &Schema {
        &self.schema
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
    let mut source = source.clone();
    let mut opened = open_rows(&source, input)?;
    while !opened.misjudged.is_empty() && source.can_repeat() {
        source.options.as_text.append(&mut opened.misjudged);
        opened = open_rows(&source, Input::open(&source.path, None)?)?;
    }
    let requests = source.options.kinds.requests(&source.path, &opened.columns.names)?;
    let mut resolution = resolve(&source, &mut opened, &requests, &[])?;
    if source.options.drop_missing && resolution.schema.n_missing().iter().any(|&n| n > 0) {
        let complete = opened.complete(&resolution.kept)?;
        if complete.rows.n_samples() == 0 {
            return Err(source.no_rows(complete.n_dropped));
        }
        opened = complete;
        resolution = resolve(&source, &mut opened, &requests, &resolution.left_out)?;
    }
    let columns = resolution.schema.columns();
    let ranges = columns.iter().filter_map(|column| column.range);
    let range = ranges.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
    let image = opened.columns.image.zip(range).map(|(shape, range)| shape.holding(range));
    let rows = recoded(&source, opened.rows, &resolution)?;
    let mut decisions = opened.decisions;
    decisions.extend(resolution.decisions);
    Ok(StreamedTable {
        path: source.path.clone(),
        columns,
        schema: resolution.schema,
        rows,
        n_dropped: opened.n_dropped,
        decisions,
        copied: opened.copied,
        image,
        budget: source.options.budget,
    })
}

fn open_rows(source: &Source, input: Input<'_>) -> Result<OpenedRows> {
    let (format, input) = identify(source, input)?;
    format.open_rows(source, input)
}

/// Checks all numbers, unless they have been checked, and decides the kinds of the columns.
fn resolve(
    source: &Source,
    opened: &mut OpenedRows,
    requests: &[Request],
    left_out: &[Option<LeftOut>],
) -> Result<Resolution> {
    let found = opened.stats.take();
    let (columns, raw, decisions) = (&opened.columns, &opened.raw, &opened.decisions);
    let resolving = Resolving { source, columns, requests, raw, decisions };
    let stats = match found {
        Some(stats) => stats,
        None => {
            let survey = Survey::of(&*opened.rows, &resolving.stats())?;
            survey.faults.check(source, columns, "row")?;
            survey.stats
        }
    };
    resolving.resolve(&stats, left_out)
}

/// Converts rows when they are read, if necessary. Dates that were requested are checked in a pass.
fn recoded(
    source: &Source,
    rows: Box<dyn RowBlocks>,
    resolution: &Resolution,
) -> Result<Box<dyn RowBlocks>> {
    let columns = resolution.kept.clone();
    let has_dates = columns.iter().any(|column| column.recode == Recode::YearMonthDay);
    // a text that is not a level of a model is missing
    let has_missing = resolution.schema.n_missing().iter().any(|&n| n > 0)
        || columns.iter().any(|column| column.recode.makes_missing());
    let recoded = RecodedRows { rows, path: source.path.clone(), columns, has_missing };
    if has_dates {
        fold(&recoded, || (), |_: &mut (), _| Ok(()), |_, ()| ())?;
    }
    Ok(Box::new(recoded))
}
