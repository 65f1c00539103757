//! The interface of file formats of tables.

use std::io::{Seek, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::table::cells::{BlockWriter, ColumnKind};
use crate::table::input::Input;
use crate::table::options::Source;
use crate::table::size::TableSize;
use crate::table::spill::OpenedRows;
use crate::table::stream::RowStream;

/// A file format: detection, size estimates, reading and writing.
pub(in crate::table) trait Format: Sync {
    /// File extensions of the format, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that begins with these bytes (512, or all if there are fewer) is of this format, regardless of its name.
    fn begins(&self, magic: &[u8]) -> bool;

    /// Returns the size in memory of a table in a file of `length` bytes (decompressed, approximately), if it can be
    /// estimated.
    ///
    /// # Errors
    /// Any error in the header of the file or in the selection of columns.
    fn size(&self, _source: &Source, _input: Input<'_>, _length: u64) -> Result<Option<TableSize>> {
        Ok(None)
    }

    /// Opens a table as a stream of its rows, in the order of the file.
    ///
    /// # Errors
    /// Any error in the header of the table or in the selection of columns.
    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>>;

    /// Opens a table for random access to its rows, any number of times. The default copies them to a temporary file.
    ///
    /// # Errors
    /// Same as [`open`](Self::open), and any error in the rows.
    fn open_rows(&self, source: &Source, input: Input<'_>) -> Result<OpenedRows> {
        OpenedRows::spilled(source, &mut *self.open(source, input)?)
    }

    /// Starts writing a table.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if the format is read only, or cannot hold the columns;
    /// [`Error::Io`].
    fn writer<'a>(
        &self,
        _out: &'a mut dyn Output,
        target: &Target<'_>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        Err(Error::param("the file to write", target.path.display(), "of another format"))
    }

    /// File extensions that are written.
    fn written(&self) -> &'static [&'static str] {
        self.extensions()
    }
}

/// An output to which a table is written.
pub(in crate::table) trait Output: Write + Seek + Send {}

impl<W: Write + Seek + Send> Output for W {}

/// A table that is written.
pub(in crate::table) struct Target<'a> {
    pub(in crate::table) path: &'a Path,
    /// File extension.
    pub(in crate::table) extension: &'a str,
    pub(in crate::table) columns: &'a [(String, ColumnKind)],
    /// Number of rows, if known.
    pub(in crate::table) n_rows: Option<usize>,
}

impl Target<'_> {
    /// Returns an error for columns of text; `expected` describes what is accepted.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub(super) fn refuse_text(&self, expected: &'static str) -> Result<()> {
        if self.columns.iter().any(|&(_, kind)| kind == ColumnKind::Text) {
            return Err(Error::param("the file to write", self.path.display(), expected));
        }
        Ok(())
    }
}
