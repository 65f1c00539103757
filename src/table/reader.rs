//! Reading of tables.

use std::io::Read;
use std::path::Path;

use super::format::identify;
use super::input::{Input, decompressed_length};
use super::kind_choice::KindChoice;
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

/// A reader of tables, with options for the selection of columns and rows.
///
/// The format is detected by the content of a file:
///
/// | format | |
/// | --- | --- |
/// | text | values separated by commas, semicolons, tabs, vertical bars or white space; values may be quoted, and lines that begin with `#` are comments; UTF-8 or UTF-16 |
/// | `.npy` | a NumPy array of floats (16, 32 or 64 bits), integers or booleans, of one or two dimensions; images `(n, height, width)` or `(n, height, width, 3)`; records with named fields |
/// | `.npz` | an archive with one such array, or with one named `data`, `x` or `X`; a sparse matrix of `scipy.sparse.save_npz` (`csr`, `csc`, `coo`, `bsr`, `dia`) |
/// | Parquet | columns of numbers, decimals, booleans, texts, dates, times and timestamps, compressed by Snappy or not, with the feature `parquet` |
///
/// All formats may be compressed by gzip, or be the only file of a zip archive. Other formats are refused by their name.
/// Columns that number the rows, as data frames write them (`__index_level_0__`, the index that pandas describes in a Parquet
/// file, a first field `index` of records), are used only if they are selected by name.
///
/// Columns without a name are named `x1`, `x2`, ...; the second of two columns `a` is
/// `a.1`. Empty fields, `NA`, `N/A`, `<NA>`, `NaN`, `NaT`, `null`, `none`, `nil`, `missing`, `?`, `.`, `-`, `\\N` and the
/// errors of spreadsheets such as `#DIV/0!` are missing values.
///
/// The structure of a text table is detected by its first lines and, in a file, by lines from all over it; a later line that
/// contradicts it is an error. Each [`Decision`](super::Decision) that is not the plain default is returned with the table:
///
/// | structure | detected by |
/// | --- | --- |
/// | separator | lines with equal numbers of values, most of them numbers; or a first line such as `sep=;` |
/// | names | the first line, if its types differ from those of the lines below; or a comment above the first row |
/// | units | texts below the names, above numbers |
/// | row index | a first column without a name, or named `index` or `row.names`, that numbers or labels the rows; also if the line of names is one value shorter than the rows, as R writes it. It is used only if it is selected by name |
/// | empty columns | columns without a name and without values, as separators at the ends of lines make them; they are ignored |
/// | decimal mark | numbers that have only one notation, such as `3,5`. The other mark separates thousands in columns with groups of three digits; a table with two decimal marks is an error |
/// | truth values | columns of `true` and `false` in any case, or of `T` and `F`; they are 1 and 0, or categories |
/// | kinds of columns | all values, if [`kinds`](Self::kinds) are to be detected, see [`KindChoice`] |
///
/// | setting | default |
/// | --- | --- |
/// | [`columns`](Self::columns), [`exclude`](Self::exclude) | all columns |
/// | [`kinds`](Self::kinds) | numbers |
/// | [`header`](Self::header), [`separator`](Self::separator), [`decimal_mark`](Self::decimal_mark) | detected |
/// | [`comment`](Self::comment) | `#` |
/// | [`skip`](Self::skip) | 0 lines |
/// | [`missing_values`](Self::missing_values) | the usual words |
/// | [`drop_missing`](Self::drop_missing) | missing values are NaN |
/// | [`carry`](Self::carry) | columns that are not selected are not kept |
/// | [`keep_texts`](Self::keep_texts) | numbers are not kept as text |
/// | [`memory_budget`](Self::memory_budget) | the available memory |
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
    /// Creates a reader of all columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects columns by name, in this order; `first..last` is a range of columns.
    pub fn columns(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.choice.wanted = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Expects the columns of a model or another table: columns of these names, or, if the file has no column names and
    /// equally many columns, all of them in order. If [`columns`](Self::columns) selects others, their number must match.
    pub fn columns_or_in_order(mut self, names: &[String]) -> Self {
        self.options.choice.expected = names.to_vec();
        self
    }

    /// Excludes columns by name; `first..last` is a range of columns.
    pub fn exclude(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.choice.excluded = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how the kinds of the columns are found: all columns are numbers by default.
    pub fn kinds(mut self, kinds: KindChoice) -> Self {
        self.options.kinds = kinds;
        self
    }

    /// Sets whether the first line of a text table is a header.
    pub fn header(mut self, header: bool) -> Self {
        self.options.header = Some(header);
        self
    }

    /// Sets the separator of the values of a text table; a space represents any white space.
    pub fn separator(mut self, separator: char) -> Self {
        self.options.separator = Some(separator);
        self
    }

    /// Sets the decimal mark of a text table, a point or a comma; the other one may separate thousands.
    pub fn decimal_mark(mut self, mark: char) -> Self {
        self.options.decimal_mark = Some(mark);
        self
    }

    /// Sets texts and numbers that are missing values of a text table, in addition to the usual words.
    pub fn missing_values(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.options.missing_values = texts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the beginning of the comments of a text table; if it is empty, there are no comments.
    pub fn comment(mut self, prefix: impl Into<String>) -> Self {
        self.options.comment = Some(prefix.into());
        self
    }

    /// Skips the first lines of a text table.
    pub fn skip(mut self, n_lines: usize) -> Self {
        self.options.skip = n_lines;
        self
    }

    /// Sets whether rows with missing values in selected columns are dropped.
    pub fn drop_missing(mut self, drop: bool) -> Self {
        self.options.drop_missing = drop;
        self
    }

    /// Sets whether the columns of a text table that are not selected are kept as text.
    pub fn carry(mut self, carry: bool) -> Self {
        self.options.carry = carry;
        self
    }

    /// Sets whether the columns of a text table are kept as text as well, also those of numbers: then the
    /// [`columns`](Sheet::columns) of a sheet are all texts, as in the file without surrounding white space. A selected value that
    /// is missing is an empty text, however the file says so.
    pub fn keep_texts(mut self, keep: bool) -> Self {
        self.options.keep_texts = keep;
        self
    }

    /// Sets the memory budget of reading, and of fits to a table that stays in its file.
    pub fn memory_budget(mut self, budget: MemoryBudget) -> Self {
        self.options.budget = budget;
        self
    }

    /// Reports the number of bytes of a file that have been read to `observer`.
    pub fn observer<'b>(self, observer: &'b dyn Progress) -> TableReader<'b> {
        TableReader { options: self.options, observer: Some(observer) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Table`] with line and column of a value that is not a number; [`Error::RaggedTable`];
    /// [`Error::TextColumns`] for columns of text, if all columns are to be numbers; [`Error::TextValue`];
    /// [`Error::AmbiguousNumber`]; [`Error::UnclosedQuote`]; [`Error::TitleLine`]; [`Error::InfiniteValue`];
    /// [`Error::OtherColumns`]; [`Error::UnknownColumn`]; [`Error::UnexpectedColumns`]; [`Error::NoColumns`];
    /// [`Error::InvalidDate`]; [`Error::EmptyTable`]; [`Error::NamesOnly`]; [`Error::ArrayFormat`]; [`Error::ForeignFormat`];
    /// [`Error::InvalidParam`].
    pub fn read(&self, path: &Path) -> Result<Sheet> {
        let mut source = Source { is_opened: true, ..self.source(path) };
        loop {
            let (format, input) = identify(&source, Input::open(path, self.observer)?)?;
            let mut stream = format.open(&source, input)?;
            match collect(&source, &mut *stream, source.can_repeat())? {
                Ok(sheet) => return Ok(sheet),
                Err(misjudged) => source.options.as_text.extend(misjudged),
            }
        }
    }

    /// Reads a table from a reader. `path` is its name in errors, and its extension is a hint at the separator.
    ///
    /// # Errors
    /// Same as [`read`](Self::read).
    pub fn read_from(&self, path: &Path, input: impl Read) -> Result<Sheet> {
        let source = self.source(path);
        let (format, input) = identify(&source, Input::piped(input))?;
        let mut stream = format.open(&source, input)?;
        // without a repetition the columns are what they seemed to be
        collect(&source, &mut *stream, false)?.map_err(|_| source.no_rows(0))
    }

    /// Reads a file in pieces of about 8 MB of numbers, in the order of its rows.
    ///
    /// The memory does not grow with the number of rows, except for archives of arrays, and for compressed or piped Parquet
    /// files and arrays of records or in column-major order. The concatenated pieces equal the result of [`read`](Self::read).
    /// Kinds of columns are not detected: text is read only with the kinds of a model, by [`KindChoice::of`].
    ///
    /// # Errors
    /// Same as [`read`](Self::read). Errors in values are returned with their piece, so earlier pieces may have been read
    /// already.
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

    /// Reads a table from a reader in pieces.
    ///
    /// # Errors
    /// Same as [`pieces`](Self::pieces).
    pub fn pieces_from<'b>(&self, path: &Path, input: impl Read + 'b) -> Result<Pieces<'b>> {
        self.in_pieces(path, Input::piped(input))
    }

    /// Opens a table whose rows stay in their file and are read in every pass. The memory does not grow with the number of
    /// rows. The file must not change while the table is in use.
    ///
    /// `.npy` and Parquet files are read directly, and the nonzero values of a sparse matrix are in memory. Text and compressed
    /// files and archives are copied once, text as numbers of 8 bytes, to a temporary file in the folder named by the
    /// environment variable `TMPDIR`, or in the user's cache directory.
    ///
    /// # Errors
    /// Same as [`read`](Self::read).
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
        let source = Source { is_opened: true, ..self.source(path) };
        streamed::open(&source, Input::open(path, self.observer)?)
    }

    /// Opens a table from a reader, copied to a temporary file as [`open`](Self::open) does for text.
    ///
    /// # Errors
    /// Same as [`open`](Self::open).
    pub fn open_from(&self, path: &Path, input: impl Read) -> Result<StreamedTable> {
        streamed::open(&self.source(path), Input::piped(input))
    }

    /// Selects columns and rows of a table in memory, with `path` as its name in errors.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::UnexpectedColumns`], [`Error::InfiniteValue`], [`Error::NoColumns`],
    /// [`Error::InvalidDate`] and [`Error::NothingComplete`].
    pub fn choose(&self, path: &Path, table: Table) -> Result<Sheet> {
        let names = table.feature_names().to_vec();
        numbers::sheet(&self.source(path), table.records, &names)
    }

    /// Returns the size in memory of the selected columns of a table in a file; none if it cannot be determined.
    ///
    /// The size of an array or a Parquet file is in its header; that of text and compressed files is estimated by their
    /// beginning.
    ///
    /// # Errors
    /// [`Error::Io`]; any error in the header of the table or in the selection of columns.
    pub fn size(&self, path: &Path) -> Result<Option<TableSize>> {
        let metadata = path.metadata().map_err(|error| Error::io(path, error))?;
        if !metadata.is_file() {
            // opening and closing a pipe would end its writer
            return Ok(None);
        }
        let source = self.source(path);
        let (format, input) = identify(&source, Input::open(path, None)?)?;
        let length = match input.length {
            Some(length) => length,
            None => decompressed_length(&source, metadata.len())?,
        };
        format.size(&source, input, length)
    }

    fn source(&self, path: &Path) -> Source {
        Source::new(path, &self.options)
    }

    /// Reads the rows of an input in pieces.
    fn in_pieces<'b>(&self, path: &Path, input: Input<'b>) -> Result<Pieces<'b>> {
        let mut source = self.source(path);
        if source.options.kinds.detects() {
            source.options.kinds = KindChoice::numbers();
        }
        let (format, input) = identify(&source, input)?;
        let stream = format.open(&source, input)?;
        Pieces::new(source, stream)
    }
}
