//! Formats of tables. Each is a file or a folder here, and a line in [`FORMATS`].

mod npy;
mod npz;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet/disabled.rs"]
mod parquet;
mod text;

use std::io::{Seek, Write};
use std::path::Path;
use std::sync::LazyLock;

use super::TableReader;
use super::input::{Input, Source};
use super::size::TableSize;
use super::stream::RowStream;
use super::streamed::{OpenedRows, spilled};
use super::writer::{BlockWriter, ColumnKind};
use crate::error::{Error, Result};
use crate::files::file_extension;

/// The formats; the first of them that knows a file is that of the file.
const FORMATS: [&dyn Format; 4] = [&text::Text, &npy::Npy, &npz::Npz, &parquet::Parquet];

/// A format: how a file of it is known, measured, opened and written.
pub(super) trait Format: Sync {
    /// Endings of the names of its files, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that begins with these bytes (at most 6) is of this format, whatever it is called.
    fn begins(&self, magic: &[u8]) -> bool;

    /// How large a table would be in memory, if that can be told.
    ///
    /// # Errors
    /// What is wrong with the head of the file, and with the choice of columns.
    fn size(
        &self,
        _reader: &TableReader<'_>,
        _source: &Source,
        _begin: &Beginning<'_>,
    ) -> Result<Option<TableSize>> {
        Ok(None)
    }

    /// Opens a table as a stream of its rows, in the order of the file.
    ///
    /// # Errors
    /// What is wrong with the head of the table, and with the choice of columns.
    fn open<'a>(
        &self,
        reader: &TableReader<'_>,
        source: &Source,
        input: Input<'a>,
    ) -> Result<Box<dyn RowStream + 'a>>;

    /// Opens a table whose rows are read at any place, any number of times: by writing them to a temporary file, unless
    /// the format can do without.
    ///
    /// # Errors
    /// As [`open`](Self::open), and what is wrong with the rows.
    fn open_rows(
        &self,
        reader: &TableReader<'_>,
        source: &Source,
        input: Input<'_>,
    ) -> Result<OpenedRows> {
        spilled(source, &mut *self.open(reader, source, input)?)
    }

    /// Begins to write a file with a name that ends in `extension`. `n_rows` is the number of rows, if it is known.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] if files of the format are not written, and for columns that it cannot hold;
    /// [`Error::Io`].
    fn writer<'a>(
        &self,
        _out: &'a mut dyn Output,
        target: &Target<'_>,
        _columns: &[(String, ColumnKind)],
        _n_rows: Option<usize>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        Err(Error::param("the file to write", target.path.display(), "of another format"))
    }

    /// The endings that it writes.
    fn written(&self) -> &'static [&'static str] {
        self.extensions()
    }
}

/// What a table is written to.
pub(super) trait Output: Write + Seek + Send {}

impl<W: Write + Seek + Send> Output for W {}

/// The name of a file to write, and its ending.
pub(super) struct Target<'a> {
    pub(super) path: &'a Path,
    pub(super) extension: &'a str,
}

/// The first bytes of a file, unpacked.
pub(super) struct Beginning<'a> {
    pub(super) bytes: &'a [u8],
    /// Bytes of the whole file, unpacked, or thereabouts.
    pub(super) length: u64,
    /// Whether it is compressed as a whole.
    pub(super) is_packed: bool,
}

/// The format of a file, by its first bytes, or else its name, or else that of text.
pub(super) fn detect(magic: &[u8], path: &Path) -> &'static dyn Format {
    let extension = file_extension(path);
    let begins = FORMATS.into_iter().find(|format| format.begins(magic));
    let named =
        || FORMATS.into_iter().find(|format| format.extensions().contains(&extension.as_str()));
    begins.or_else(named).unwrap_or(&text::Text)
}

/// The format that a file of this name is written in.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(super) fn written(path: &Path) -> Result<&'static dyn Format> {
    let extension = file_extension(path);
    let format = FORMATS.into_iter().find(|format| format.written().contains(&extension.as_str()));
    format.ok_or_else(|| Error::param("the file to write", path.display(), &WRITTEN))
}

/// Text between commas.
pub(super) fn csv<'a>(
    out: &'a mut dyn Write,
    columns: &[(String, ColumnKind)],
) -> std::io::Result<Box<dyn BlockWriter + 'a>> {
    text::csv_writer(out, columns)
}

/// The endings that are written, for messages.
static WRITTEN: LazyLock<String> = LazyLock::new(|| {
    let endings: Vec<String> = FORMATS
        .iter()
        .flat_map(|format| format.written())
        .map(|extension| format!(".{extension}"))
        .collect();
    let (last, others) = endings.split_last().expect("at least one format");
    let missing = parquet::MISSING;
    format!("one that ends in {} or {last}{missing}", others.join(", "))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_of_one_format() {
        let all = FORMATS.iter().flat_map(|format| format.extensions());
        let mut endings: Vec<_> = all.copied().collect();
        let n_endings = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), n_endings);
        for format in FORMATS {
            assert!(format.written().iter().all(|ending| format.extensions().contains(ending)));
        }
    }

    #[test]
    fn the_content_comes_before_the_name() {
        let is = |magic: &[u8], name: &str, extension: &str| {
            assert!(detect(magic, Path::new(name)).extensions().contains(&extension), "{name}");
        };
        is(b"\x93NUMPY", "x.csv", "npy");
        is(b"PK\x03\x04..", "x", "npz");
        is(b"PAR1..", "x.txt", "parquet");
        is(b"1,2\n3,", "x.npy", "npy");
        is(b"1,2\n3,", "x", "csv");
    }
}
