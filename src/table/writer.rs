//! Writing of tables in blocks of rows.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::cells::{BlockWriter, Cells, ColumnKind};
use super::format::{self, Target};
use crate::error::{Error, Result};
use crate::files::atomic::write_file;
use crate::files::file_extension;

/// A writer of tables, in blocks of rows.
///
/// | extension | |
/// | --- | --- |
/// | `.csv`, `.tsv` | text separated by commas or tabs, with a header of column names |
/// | `.txt` | numbers separated by blanks, with a header of column names |
/// | `.npy` | numbers without names: 64-bit integers if all columns are counts, of shape `(n_rows,)` for a single column; otherwise doubles of shape `(n_rows, n_columns)` |
/// | `.parquet` | columns of doubles, 64-bit integers and texts, with the feature `parquet`; each block is a row group |
///
/// In text, numbers have the shortest digits that read back to the same bits.
///
/// # Examples
/// ```
/// use mixlab::table::{Cells, ColumnKind, TableWriter, read_table};
///
/// let folder = std::env::temp_dir().join("mixlab-table-writer");
/// std::fs::create_dir_all(&folder).unwrap();
/// let path = folder.join("x.csv");
/// let columns = [("x".to_owned(), ColumnKind::Number), ("n".to_owned(), ColumnKind::Count)];
/// TableWriter::create(&path, &columns, None, |writer| {
///     for block in 0..3 {
///         let numbers = [block as f64 / 2.0; 2];
///         writer.write(&[Cells::Numbers((&numbers).into()), Cells::Counts(&[block, 7])])?;
///     }
///     Ok::<(), mixlab::Error>(())
/// })?;
/// assert_eq!(read_table(&path)?.records.dim(), (6, 2));
/// # Ok::<(), mixlab::Error>(())
/// ```
pub struct TableWriter<'a> {
    writer: Box<dyn BlockWriter + 'a>,
    kinds: Vec<ColumnKind>,
    /// Declared number of rows.
    expected: Option<usize>,
    n_rows: usize,
    path: PathBuf,
}

impl<'a> TableWriter<'a> {
    /// Writes a file in the format of its extension, completely or not at all; `fill` writes the blocks. `n_rows` is the
    /// number of rows, if it is known, which is required for `.npy` files that are written to a pipe.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for another extension, and for columns of text that the format cannot hold; [`Error::Io`],
    /// also if there are more or fewer rows than `n_rows`; errors of `fill`.
    pub fn create<E: From<Error>>(
        path: &Path,
        columns: &[(String, ColumnKind)],
        n_rows: Option<usize>,
        fill: impl FnOnce(&mut TableWriter<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let format = format::written(path)?;
        let target = Target { path, extension: &file_extension(path), columns, n_rows };
        let mut failed = None;
        let written = write_file(path, |file| {
            let run = || -> std::result::Result<(), E> {
                let writer = format.writer(file, &target)?;
                let mut writer = TableWriter::new(writer, path, columns, n_rows);
                fill(&mut writer)?;
                Ok(writer.finish()?)
            };
            run().map_err(|error| {
                failed = Some(error);
                io::Error::other("the table is incomplete")
            })
        });
        match failed {
            // the original error is returned, not that of the file
            Some(error) => Err(error),
            None => Ok(written?),
        }
    }

    /// Starts writing comma-separated text, for example to standard output.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn csv(out: &'a mut dyn Write, columns: &[(String, ColumnKind)]) -> Result<Self> {
        let path = Path::new("standard output");
        Self::begin_csv(out, columns).map_err(|error| Error::io(path, error))
    }

    pub(super) fn begin_csv(
        out: &'a mut dyn Write,
        columns: &[(String, ColumnKind)],
    ) -> io::Result<Self> {
        let writer = format::csv(out, columns)?;
        Ok(Self::new(writer, Path::new("standard output"), columns, None))
    }

    fn new(
        writer: Box<dyn BlockWriter + 'a>,
        path: &Path,
        columns: &[(String, ColumnKind)],
        expected: Option<usize>,
    ) -> Self {
        let kinds = columns.iter().map(|&(_, kind)| kind).collect();
        Self { writer, kinds, expected, n_rows: 0, path: path.into() }
    }

    /// Writes a block of rows: equally many values of every column.
    ///
    /// # Errors
    /// [`Error::Io`], also if the columns differ from the declared ones.
    pub fn write(&mut self, block: &[Cells<'_>]) -> Result<()> {
        self.write_block(block).map_err(|error| Error::io(&self.path, error))
    }

    /// Completes the table.
    ///
    /// # Errors
    /// [`Error::Io`], also if the number of rows differs from the declared one.
    pub fn finish(self) -> Result<()> {
        let path = self.path.clone();
        self.end().map_err(|error| Error::io(path, error))
    }

    pub(super) fn write_block(&mut self, block: &[Cells<'_>]) -> io::Result<()> {
        let n_rows = block.first().map_or(0, Cells::len);
        if block.iter().any(|cells| cells.len() != n_rows) {
            return Err(invalid("the columns differ in length"));
        }
        if !block.iter().map(Cells::kind).eq(self.kinds.iter().copied()) {
            return Err(invalid("the columns differ from the declared ones"));
        }
        self.n_rows += n_rows;
        if n_rows > 0 { self.writer.write(block, n_rows) } else { Ok(()) }
    }

    pub(super) fn end(self) -> io::Result<()> {
        if self.expected.is_some_and(|expected| expected != self.n_rows) {
            return Err(invalid("the number of rows differs from the declared one"));
        }
        self.writer.finish(self.n_rows)
    }
}

impl std::fmt::Debug for TableWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter")
            .field("path", &self.path)
            .field("n_rows", &self.n_rows)
            .finish_non_exhaustive()
    }
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, problem)
}
