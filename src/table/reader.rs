//! Reading tables.

use std::io::Read;
use std::path::Path;

use super::format::begin;
use super::input::{Input, unpacked_length};
use super::numbers;
use super::options::{ReadOptions, Source};
use super::pieces::Pieces;
use super::sheet::{Sheet, Table};
use super::size::TableSize;
use super::stream::collect;
use super::streamed::{self, StreamedTable};
use crate::compute::memory::MemoryBudget;
use crate::compute::progress::Progress;
use crate::error::{Error, Result};

/// How to read a table, and which of its columns.
///
/// The content says what a file is, or the ending `.npy`, `.npz` or `.parquet`:
///
/// | format | |
/// | --- | --- |
/// | text | values between commas, semicolons, tabs, bars or white space, whichever the first two lines have equally often; quotes are allowed but where white space separates, where `#` begins a comment; `1,5` is a number between semicolons |
/// | `.npy` | a NumPy array of one or two dimensions, of floats (32 or 64 bits) or integers |
/// | `.npz` | an archive with one such array, or with one named `data`, `x` or `X` |
/// | Parquet | columns of numbers, with the feature `parquet` |
///
/// Any of them may be compressed by gzip. A first line with a text names the columns of a text table; otherwise they
/// are `x1`, `x2`, ..., as are those without a name; the second of two columns `a` is `a.1`. Empty fields, `NA`, `N/A`, `NaN`, `null`, `none` and `?` are missing values.
///
/// | setting | default |
/// | --- | --- |
/// | [`columns`](Self::columns), [`exclude`](Self::exclude) | all columns |
/// | [`header`](Self::header) | there is one if the first line has a text |
/// | [`skip`](Self::skip) | 0 lines |
/// | [`drop_missing`](Self::drop_missing) | missing values are an error |
/// | [`carry`](Self::carry) | columns that were not chosen are not kept |
/// | [`memory_budget`](Self::memory_budget) | what the system has left |
///
/// # Examples
/// ```
/// use mixlab::table::TableReader;
///
/// let text = "name;size;weight\nAda;1,5;60\nBob;2,5;\nEve;3,5;70\n";
/// let sheet = TableReader::new()
///     .exclude(["name"])
///     .drop_missing(true)
///     .read_from("people.csv".as_ref(), text.as_bytes())?;
/// assert_eq!(sheet.table.records, ndarray::array![[1.5, 60.0], [3.5, 70.0]]);
/// assert_eq!(sheet.rows, [0, 2]);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Default)]
pub struct TableReader<'a> {
    options: ReadOptions,
    observer: Option<&'a dyn Progress>,
}

impl<'a> TableReader<'a> {
    /// A reader of all columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses columns by name, in this order; `first..last` stands for all from one to another.
    pub fn columns(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.choice.wanted = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Expects the columns of a model or another table: those of these names, or, if the file does not name its columns
    /// and has as many, all of them in order. Where [`columns`](Self::columns) chooses others, they must be as many.
    pub fn columns_or_in_order(mut self, names: &[String]) -> Self {
        self.options.choice.expected = names.to_vec();
        self
    }

    /// Leaves out columns by name; `first..last` stands for all from one to another.
    pub fn exclude(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.choice.excluded = names.into_iter().map(Into::into).collect();
        self
    }

    /// Says whether the first line of a text table names its columns.
    pub fn header(mut self, header: bool) -> Self {
        self.options.header = Some(header);
        self
    }

    /// Leaves out the first lines of a text table.
    pub fn skip(mut self, n_lines: usize) -> Self {
        self.options.skip = n_lines;
        self
    }

    /// Leaves out rows in which a chosen column has no value.
    pub fn drop_missing(mut self, drop: bool) -> Self {
        self.options.drop_missing = drop;
        self
    }

    /// Keeps the columns of a text table that are not chosen, as text.
    pub fn carry(mut self, carry: bool) -> Self {
        self.options.carry = carry;
        self
    }

    /// Sets how much memory reading may take, and fits to a table that stays in its file.
    pub fn memory_budget(mut self, budget: MemoryBudget) -> Self {
        self.options.budget = budget;
        self
    }

    /// Reports to `observer` how many bytes of a file have been read.
    pub fn observer<'b>(self, observer: &'b dyn Progress) -> TableReader<'b> {
        TableReader { options: self.options, observer: Some(observer) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Table`] naming line and column of a value that is no number; [`Error::RaggedTable`];
    /// [`Error::TextColumns`] for columns of text; [`Error::InfiniteValue`]; [`Error::MissingValues`];
    /// [`Error::UnknownColumn`]; [`Error::UnexpectedColumns`]; [`Error::EmptyTable`]; [`Error::ArrayFormat`].
    pub fn read(&self, path: &Path) -> Result<Sheet> {
        self.collect(path, Input::open(path, self.observer)?)
    }

    /// Reads what comes from somewhere else; errors call it `path`, whose ending says how values are likely to be
    /// separated.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_from(&self, path: &Path, input: impl Read) -> Result<Sheet> {
        self.collect(path, Input::piped(input))
    }

    /// Reads a file piece by piece, in the order of its rows, each of about 8 MB of numbers: its memory does not grow with
    /// the number of rows, except for archives of arrays, and for compressed or piped arrays in column-major order and
    /// Parquet files. All pieces together are what [`read`](Self::read) reads.
    ///
    /// # Errors
    /// As [`read`](Self::read); those of the values come with the piece that they are in, so that missing values are
    /// counted up to its end, and a table of which a later piece is wrong has been read in part.
    ///
    /// # Examples
    /// ```
    /// use mixlab::table::TableReader;
    ///
    /// let text = "a,b\n1,2\n3,4\n";
    /// let mut n_rows = 0;
    /// for sheet in TableReader::new().pieces_from("x.csv".as_ref(), text.as_bytes())? {
    ///     n_rows += sheet?.table.records.nrows();
    /// }
    /// assert_eq!(n_rows, 2);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn pieces(&self, path: &Path) -> Result<Pieces<'a>> {
        self.in_pieces(path, Input::open(path, self.observer)?)
    }

    /// Reads what comes from somewhere else piece by piece.
    ///
    /// # Errors
    /// As [`pieces`](Self::pieces).
    pub fn pieces_from<'b>(&self, path: &Path, input: impl Read + 'b) -> Result<Pieces<'b>> {
        self.in_pieces(path, Input::piped(input))
    }

    /// Opens a file whose rows are to stay there, to be read whenever a pass over them is made: its memory does not grow
    /// with the number of rows. The file must not change while the table is in use.
    ///
    /// `.npy` and Parquet files are read where they are. Text, and what is compressed, is copied once, as numbers, to a
    /// temporary file in the folder that the environment variable `TMPDIR` names, or in the user's cache directory; it
    /// takes 8 bytes for each number.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Error::ArrayFormat`] for an archive of arrays, which cannot be read in parts.
    ///
    /// # Examples
    /// ```no_run
    /// use mixlab::{prelude::*, table::TableReader};
    ///
    /// let table = TableReader::new().open("large.npy".as_ref())?;
    /// let (model, report) = GaussianMixture::params(10).fit_with_report(&table)?;
    /// println!("{} rows, {} iterations", table.n_samples(), report.n_iter());
    /// # let _ = model;
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn open(&self, path: &Path) -> Result<StreamedTable> {
        streamed::open(&self.source(path), Input::open(path, self.observer)?)
    }

    /// Opens what comes from somewhere else, by copying it to a temporary file as [`open`](Self::open) does with text.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_from(&self, path: &Path, input: impl Read) -> Result<StreamedTable> {
        streamed::open(&self.source(path), Input::piped(input))
    }

    /// The chosen columns of a table in memory, which errors call `path`.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::UnexpectedColumns`], [`Error::InfiniteValue`], [`Error::MissingValues`] and
    /// [`Error::NothingComplete`].
    pub fn choose(&self, path: &Path, table: Table) -> Result<Sheet> {
        let names = table.feature_names().to_vec();
        numbers::sheet(&self.source(path), table.records, &names)
    }

    /// How large the chosen columns of a table in a file would be in memory; none if that cannot be told.
    ///
    /// The size of an array or a Parquet file is in its head; that of text, and of what is compressed, is estimated by its
    /// beginning.
    ///
    /// # Errors
    /// [`Error::Io`]; what is wrong with the head of the table, and with the choice of columns.
    pub fn size(&self, path: &Path) -> Result<Option<TableSize>> {
        let metadata = path.metadata().map_err(|error| Error::io(path, error))?;
        if !metadata.is_file() {
            // a pipe that is opened and closed again has lost its writer
            return Ok(None);
        }
        let source = self.source(path);
        let (format, input) = begin(&source, Input::open(path, None)?)?;
        let length = match input.length {
            Some(length) => length,
            None => unpacked_length(&source, metadata.len())?,
        };
        format.size(&source, input, length)
    }

    fn source(&self, path: &Path) -> Source {
        Source::new(path, &self.options)
    }

    /// All rows of an input.
    fn collect(&self, path: &Path, input: Input<'_>) -> Result<Sheet> {
        let source = self.source(path);
        let (format, input) = begin(&source, input)?;
        collect(&source, &mut *format.open(&source, input)?)
    }

    /// The rows of an input, piece by piece.
    fn in_pieces<'b>(&self, path: &Path, input: Input<'b>) -> Result<Pieces<'b>> {
        let source = self.source(path);
        let (format, input) = begin(&source, input)?;
        let stream = format.open(&source, input)?;
        Ok(Pieces::new(source, stream))
    }
}
