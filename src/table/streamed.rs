//! Tables whose rows stay in their file.
//!
//! | file | rows are read |
//! | --- | --- |
//! | `.npy` | where they are, at any place |
//! | Parquet | where they are, pages of columns one after the other |
//! | text, compressed files, pipes | from a temporary file of the numbers (`spill`) |
//!
//! A first pass looks at all numbers (`survey`): that none is missing or infinite, and what their ranges are.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::array_rows::ArrayRows;
use super::input::{Input, Source};
use super::random_access::RandomAccess;
use super::reader::TableReader;
use super::spill::SpillFile;
use super::stream::{Piece, RowStream};
use super::survey::Survey;
use crate::arrays::Layout;
use crate::compute::memory::MemoryBudget;
use crate::error::Result;
use crate::rows::backend::Backend;
use crate::rows::schema::Feature;
use crate::rows::{Block, LocalBackend, RowBlocks, RowSource};

/// A table whose rows stay in its file; [`TableReader::open`] opens one. It can be fitted to like an array.
pub struct StreamedTable {
    path: PathBuf,
    features: Vec<Feature>,
    rows: Box<dyn RowBlocks>,
    n_dropped: usize,
    copied: Option<u64>,
    budget: MemoryBudget,
}

impl StreamedTable {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of rows.
    pub fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    /// Names of the columns, and what they hold.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Rows that were left out since a value is missing.
    pub fn n_dropped(&self) -> usize {
        self.n_dropped
    }

    /// Bytes of the temporary file that the numbers were copied to; none if they are read where they are.
    pub fn n_copied(&self) -> Option<u64> {
        self.copied
    }
}

impl std::fmt::Debug for StreamedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamedTable")
            .field("path", &self.path)
            .field("shape", &(self.n_samples(), self.features.len()))
            .finish_non_exhaustive()
    }
}

impl RowSource for StreamedTable {
    fn backend(&self) -> Result<Box<dyn Backend + '_>> {
        Ok(Box::new(LocalBackend::new(&*self.rows).memory_budget(self.budget)))
    }
}

/// Rows in a file, with the names of their columns.
pub(super) struct OpenedRows {
    pub(super) names: Vec<String>,
    /// Place of each column in the file, for messages.
    pub(super) places: Vec<usize>,
    pub(super) rows: Box<dyn RowBlocks>,
    pub(super) n_dropped: usize,
    /// Bytes of the temporary file, if they are in one.
    pub(super) copied: Option<u64>,
}

/// Opens a table whose rows stay where they are, or in a temporary file.
pub(super) fn open(
    reader: &TableReader<'_>,
    source: &Source,
    input: Input<'_>,
) -> Result<StreamedTable> {
    let (format, input) = input.begin(source)?;
    let opened = format.open_rows(reader, source, input)?;
    survey(reader, source, opened)
}

/// Writes the rows of a stream to a temporary file.
pub(super) fn spilled(source: &Source, stream: &mut dyn RowStream) -> Result<OpenedRows> {
    let columns = stream.columns().clone();
    let mut file = SpillFile::begin()?;
    let mut piece = Piece::new(columns.n_texts());
    let mut n_dropped = 0;
    while stream.next(&mut piece)? {
        file.add(&piece.numbers)?;
        n_dropped += piece.dropped.len();
        piece.clear();
    }
    stream.check(true)?;
    let (file, length) = file.end()?;
    if length == 0 {
        return Err(source.no_rows(n_dropped));
    }
    let rows = Box::new(spilled_rows(file, length, columns.names.len()));
    Ok(OpenedRows {
        names: columns.names,
        places: columns.places,
        rows,
        n_dropped,
        copied: Some(length),
    })
}

/// The rows in a temporary file of `length` bytes.
fn spilled_rows(file: RandomAccess, length: u64, n_columns: usize) -> ArrayRows {
    let n_rows = length as usize / size_of::<f64>() / n_columns;
    ArrayRows::new(file, Layout::row_major([n_rows, n_columns]), (0..n_columns).collect())
}

/// Looks at all numbers; rows in which some are missing are left out, if that is wanted, by copying the others.
fn survey(
    reader: &TableReader<'_>,
    source: &Source,
    mut opened: OpenedRows,
) -> Result<StreamedTable> {
    let mut survey = Survey::of(&*opened.rows)?;
    if survey.missing.n_rows > 0 && reader.drop_missing {
        let n_rows = opened.rows.n_samples();
        let mut file = SpillFile::begin()?;
        file.complete_rows(&*opened.rows)?;
        let (file, length) = file.end()?;
        if length == 0 {
            return Err(source.no_rows(n_rows));
        }
        let rows = spilled_rows(file, length, opened.names.len());
        opened.n_dropped = n_rows - rows.n_samples();
        opened.copied = Some(length);
        opened.rows = Box::new(rows);
        survey = Survey::of(&*opened.rows)?;
    }
    survey.check(&source.path, &opened.names, &opened.places, opened.rows.n_samples())?;
    Ok(StreamedTable {
        path: source.path.clone(),
        features: survey.features(&opened.names),
        rows: opened.rows,
        n_dropped: opened.n_dropped,
        copied: opened.copied,
        budget: source.budget,
    })
}

impl RowBlocks for &dyn RowBlocks {
    fn n_samples(&self) -> usize {
        (**self).n_samples()
    }

    fn n_features(&self) -> usize {
        (**self).n_features()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        (**self).read_rows(rows, block)
    }

    fn most_readers(&self) -> usize {
        (**self).most_readers()
    }
}
