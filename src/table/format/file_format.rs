//! What a format of tables can do.

use std::io::{Seek, Write};
use std::path::Path;

use crate::error::{Error, Result};
use crate::table::cells::{BlockWriter, ColumnKind};
use crate::table::input::Input;
use crate::table::options::Source;
use crate::table::size::TableSize;
use crate::table::spill::OpenedRows;
use crate::table::stream::RowStream;

/// A format: how a file of it is known, measured, opened and written.
pub(in crate::table) trait Format: Sync {
    /// Endings of the names of its files, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that begins with these bytes (6, or all if there are fewer) is of this format, whatever it is
    /// called.
    fn begins(&self, magic: &[u8]) -> bool;

    /// How large a table in a file of `length` bytes, unpacked or thereabouts, would be in memory, if that can be told.
    ///
    /// # Errors
    /// What is wrong with the head of the file, and with the choice of columns.
    fn size(&self, _source: &Source, _input: Input<'_>, _length: u64) -> Result<Option<TableSize>> {
        Ok(None)
    }

    /// Opens a table as a stream of its rows, in the order of the file.
    ///
    /// # Errors
    /// What is wrong with the head of the table, and with the choice of columns.
    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>>;

    /// Opens a table whose rows are read at any place, any number of times: by writing them to a temporary file, unless
    /// the format can do without.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what is wrong with the rows.
    fn open_rows(&self, source: &Source, input: Input<'_>) -> Result<OpenedRows> {
        OpenedRows::spilled(source, &mut *self.open(source, input)?)
    }

    /// Begins to write a table.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if files of the format are not written, and for columns that it cannot hold;
    /// [`Error::Io`].
    fn writer<'a>(
        &self,
        _out: &'a mut dyn Output,
        target: &Target<'_>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        Err(Error::param("the file to write", target.path.display(), "of another format"))
    }

    /// The endings that it writes.
    fn written(&self) -> &'static [&'static str] {
        self.extensions()
    }
}

/// What a table is written to.
pub(in crate::table) trait Output: Write + Seek + Send {}

impl<W: Write + Seek + Send> Output for W {}

/// A table to write.
pub(in crate::table) struct Target<'a> {
    pub(in crate::table) path: &'a Path,
    /// What its name ends in.
    pub(in crate::table) extension: &'a str,
    pub(in crate::table) columns: &'a [(String, ColumnKind)],
    /// Number of rows, if that is known.
    pub(in crate::table) n_rows: Option<usize>,
}

impl Target<'_> {
    /// Refuses columns of text; `expected` says what it takes.
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
