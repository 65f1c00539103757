//! Reading tables.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::choice::Choice;
use super::sheet::Sheet;
use super::sniff::Separator;
use super::{StreamedTable, Table, array, streamed, text};
use crate::compute::memory;
use crate::error::{Error, Result};
use crate::files::ending;
use flate2::read::MultiGzDecoder;

/// Told how many bytes of a file have been read, and how many it has if that is known.
pub type Observer<'a> = &'a dyn Fn(u64, Option<u64>);

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
    pub(super) choice: Choice,
    pub(super) header: Option<bool>,
    pub(super) skip: usize,
    pub(super) drop_missing: bool,
    pub(super) carry: bool,
    observer: Option<Observer<'a>>,
}

impl TableReader<'_> {
    /// A reader of all columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses columns by name, in this order; `first..last` stands for all from one to another.
    pub fn columns(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.choice.wanted = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Chooses columns by name like [`columns`](Self::columns), or, if the file does not name its columns and has as many,
    /// all of them in order.
    pub fn columns_or_in_order(mut self, names: &[String]) -> Self {
        self.choice.or_in_order = true;
        self.columns(names)
    }

    /// Leaves out columns by name; `first..last` stands for all from one to another.
    pub fn exclude(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.choice.excluded = names.into_iter().map(Into::into).collect();
        self
    }

    /// Says whether the first line of a text table names its columns.
    pub fn header(mut self, header: bool) -> Self {
        self.header = Some(header);
        self
    }

    /// Leaves out the first lines of a text table.
    pub fn skip(mut self, n_lines: usize) -> Self {
        self.skip = n_lines;
        self
    }

    /// Leaves out rows in which a chosen column has no value.
    pub fn drop_missing(mut self, drop: bool) -> Self {
        self.drop_missing = drop;
        self
    }

    /// Keeps the columns of a text table that are not chosen, as text.
    pub fn carry(mut self, carry: bool) -> Self {
        self.carry = carry;
        self
    }

    /// Has somebody told how the reading of a file goes on.
    pub fn observer<'b>(self, observer: Observer<'b>) -> TableReader<'b> {
        let Self { choice, header, skip, drop_missing, carry, observer: _ } = self;
        let observer = Some(observer);
        TableReader { choice, header, skip, drop_missing, carry, observer }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Table`] naming line and column of a value that is no finite number, and of a line that is
    /// longer or shorter than the first; [`Error::TextColumns`] for columns of text; [`Error::MissingValues`];
    /// [`Error::UnknownColumn`]; [`Error::EmptyTable`]; [`Error::ArrayFormat`].
    pub fn read(&self, path: &Path) -> Result<Sheet> {
        let file = self.counted(path)?;
        let length = file.length;
        self.read_known(&Source { path }, file, length)
    }

    /// Reads what comes from somewhere else; errors call it `path`, whose ending says how values are likely to be
    /// separated.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_from(&self, path: &Path, input: impl Read) -> Result<Sheet> {
        self.read_known(&Source { path }, input, None)
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
        let file = self.counted(path)?;
        let length = file.length;
        streamed::open(self, &Source { path }, file, length)
    }

    /// Opens what comes from somewhere else, by copying it to a temporary file as [`open`](Self::open) does with text.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_from(&self, path: &Path, input: impl Read) -> Result<StreamedTable> {
        streamed::open(self, &Source { path }, input, None)
    }

    /// The chosen columns of a table in memory, which errors call `path`.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] and [`Error::NothingComplete`].
    pub fn choose(&self, path: &Path, table: Table) -> Result<Sheet> {
        let names = table.feature_names().to_vec();
        array::sheet(self, &Source { path }, table.records, &names)
    }

    /// A file that tells how much of it has been read.
    fn counted(&self, path: &Path) -> Result<Counted<'_, File>> {
        let at = |source| Error::io(path, source);
        let inner = File::open(path).map_err(at)?;
        let known = inner.metadata().map_err(at)?;
        let length = known.is_file().then_some(known.len());
        Ok(Counted { inner, n_bytes: 0, length, observer: self.observer })
    }

    /// Reads from a source, of `length` bytes if that is known.
    fn read_known(
        &self,
        source: &Source<'_>,
        input: impl Read,
        length: Option<u64>,
    ) -> Result<Sheet> {
        let (magic, input) = source.begin(input)?;
        match magic.starts_with(&GZIP) {
            true => self.read_plain(source, MultiGzDecoder::new(input), None),
            false => self.read_plain(source, input, length),
        }
    }

    /// Reads what is not compressed.
    fn read_plain(
        &self,
        source: &Source<'_>,
        input: impl Read,
        length: Option<u64>,
    ) -> Result<Sheet> {
        let (magic, input) = source.begin(input)?;
        let usually = match Format::of(&magic, source.path) {
            Format::Npy => {
                let table = array::read_npy(source, input, length)?;
                return array::sheet(self, source, table, &[]);
            }
            Format::Npz => {
                return array::sheet(self, source, array::read_npz(source, input)?, &[]);
            }
            Format::Parquet => return self.read_parquet(source, input),
            Format::Text(usually) => usually,
        };
        text::read(self, source, input, usually, &mut |part| part.check_memory())?.sheet(source)
    }

    #[cfg(feature = "parquet")]
    fn read_parquet(&self, source: &Source<'_>, input: impl Read) -> Result<Sheet> {
        super::parquet::read(self, source, source.all(input)?)
    }

    #[cfg(not(feature = "parquet"))]
    fn read_parquet(&self, source: &Source<'_>, _: impl Read) -> Result<Sheet> {
        Err(no_parquet(source))
    }
}

#[cfg(not(feature = "parquet"))]
pub(super) fn no_parquet(source: &Source<'_>) -> Error {
    let problem = "it is a Parquet file; use a mixlab built with the feature \"parquet\"";
    source.array_format(problem.into())
}

pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What a file is, by its first bytes and its name.
pub(super) enum Format {
    Npy,
    Npz,
    Parquet,
    /// Text, in which values are usually separated so.
    Text(Separator),
}

impl Format {
    pub(super) fn of(magic: &[u8], path: &Path) -> Self {
        let ending = ending(path);
        match ending.as_str() {
            _ if magic.starts_with(b"\x93NUMPY") => Self::Npy,
            _ if magic.starts_with(b"PK\x03\x04") => Self::Npz,
            _ if magic.starts_with(b"PAR1") => Self::Parquet,
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "parquet" => Self::Parquet,
            "csv" | "gz" => Self::Text(Separator::Byte(b',')),
            "tsv" => Self::Text(Separator::Byte(b'\t')),
            _ => Self::Text(Separator::Blanks),
        }
    }
}

/// Bytes that are read between two looks at the memory that is left.
const AT_ONCE: u64 = 1 << 26;

/// What is read, for messages.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
}

impl Source<'_> {
    pub(super) fn io(&self, error: io::Error) -> Error {
        Error::io(self.path, error)
    }

    /// An [`Error::Table`]; line and column are counted from 1.
    pub(super) fn table(&self, line: usize, column: usize, problem: String) -> Error {
        Error::Table { path: self.path.into(), line, column, problem }
    }

    /// An error for a table of which no row is left, `n_dropped` having missing values.
    pub(super) fn no_rows(&self, n_dropped: usize) -> Error {
        let path = self.path.into();
        match n_dropped {
            0 => Error::EmptyTable { path },
            n_rows => Error::NothingComplete { path, n_rows },
        }
    }

    /// An error for an array that has neither one nor two dimensions.
    pub(super) fn no_table(&self, n_dimensions: usize) -> Error {
        let problem = format!("it has {n_dimensions} dimensions; a table has rows and columns");
        self.array_format(problem)
    }

    pub(super) fn array_format(&self, problem: String) -> Error {
        Error::ArrayFormat { path: self.path.into(), problem }
    }

    /// The first bytes of an input, by which formats are known, and the input with them.
    pub(super) fn begin<R: Read>(&self, mut input: R) -> Result<(Vec<u8>, impl Read + use<R>)> {
        let mut magic = Vec::new();
        let begin = input.by_ref().take(6).read_to_end(&mut magic);
        begin.map_err(|error| self.io(error))?;
        Ok((magic.clone(), Cursor::new(magic).chain(input)))
    }

    /// All bytes of an input, for formats that are not read from front to back.
    pub(super) fn all(&self, mut input: impl Read) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // what is packed can hold more than there is memory for
        while input.by_ref().take(AT_ONCE).read_to_end(&mut bytes).map_err(|e| self.io(e))? > 0 {
            memory::check("it", 2 * bytes.len() as u64)?;
        }
        Ok(bytes)
    }
}

/// An input that tells how much of it has been read.
struct Counted<'a, R> {
    inner: R,
    n_bytes: u64,
    length: Option<u64>,
    observer: Option<Observer<'a>>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_bytes += n as u64;
        if let Some(observer) = self.observer {
            observer(self.n_bytes, self.length);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::table::Column;

    fn read(reader: &TableReader<'_>, text: &str) -> Result<Sheet> {
        reader.read_from(Path::new("x.csv"), text.as_bytes())
    }

    #[test]
    fn columns_that_are_not_chosen_are_carried_as_they_are_written() {
        let text = "id,a,note,b\n007,1,\"x, y\",2\n008,,z,3\n009,4,,5\n";
        let reader = TableReader::new().columns(["b", "a"]).carry(true).drop_missing(true);
        let sheet = read(&reader, text).unwrap();
        assert_eq!(sheet.table.records, array![[2.0, 1.0], [5.0, 4.0]]);
        assert_eq!(sheet.table.feature_names(), ["b", "a"]);
        assert_eq!((sheet.rows.as_slice(), sheet.n_dropped), (&[0, 2][..], 1));
        let text = |name: &str, values: [&str; 2]| Column::Text {
            name: name.into(),
            values: values.map(String::from).to_vec(),
        };
        let expected = [
            text("id", ["007", "009"]),
            Column::Number(1),
            text("note", ["x, y", ""]),
            Column::Number(0),
        ];
        assert_eq!(sheet.columns, expected);
    }

    #[test]
    fn gaps_are_counted_and_the_first_is_named() {
        let error = read(&TableReader::new(), "a,b\n1,2\n,\n3,NA\n4,5\n").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("x.csv, line 3, column 1: "), "{text}");
        assert!(text.contains("3 values are missing in 2 of 4 rows"), "{text}");
    }

    #[test]
    fn columns_of_text_are_named_together() {
        let error = read(&TableReader::new(), "a,b,c\nx,1,u\ny,2,v\n").unwrap_err();
        assert!(error.to_string().contains("\"a\", \"c\""), "{error}");
    }

    #[test]
    fn lines_are_counted_across_pieces_quotes_and_skipped_lines() {
        // long enough for several pieces, with a quoted end of line near the end
        let mut text = String::from("about\n150,4\nid,a\n");
        for row in 0..400_000 {
            text += &format!("{row},{}\n", row % 7);
        }
        text += "\"1\n2\",3\n1,oops\n";
        let reader = TableReader::new().columns(["a"]).skip(2);
        let error = read(&reader, &text).unwrap_err().to_string();
        assert!(error.contains("line 400006, column 2") && error.contains("oops"), "{error}");
        let whole = text.trim_end_matches("1,oops\n");
        let sheet = read(&reader, whole).unwrap();
        assert_eq!(sheet.table.records.nrows(), 400_001);
        assert_eq!(sheet.table.records[[399_999, 0]], f64::from(399_999 % 7));
    }

    #[test]
    fn lines_are_counted_where_windows_and_blank_lines_end_them() {
        let line = |text: &str| read(&TableReader::new(), text).unwrap_err().to_string();
        assert!(line("a,b\r\n\"1\",2\r\n3,x\r\n5,6\r\n").contains("line 3, column 2"));
        assert!(line("a,b\n\"1\",2\n\n\n3,x\n5,6\n").contains("line 5, column 2"));
        assert!(line("a,b\n\"1\n\n\",2\n3,4\n5,6,7\n").contains("line 6, column 3"));
        assert!(line("a,b\n\n1,2\n3,x\n5,6\n").contains("line 4, column 2"));
    }

    #[test]
    fn names_are_unique_and_none_is_empty() {
        let sheet = read(&TableReader::new(), ",a,a,a.1,\n1,2,3,4,5\n").unwrap();
        assert_eq!(sheet.table.feature_names(), ["x1", "a", "a.1", "a.1.1", "x5"]);
    }

    #[test]
    fn wide_tables_are_known_by_two_whole_lines() {
        let names: Vec<String> = (0..20_000).map(|column| format!("column {column}")).collect();
        let values: Vec<String> = (0..20_000).map(|column| column.to_string()).collect();
        let text = format!("{}\n{}\n", names.join(";"), values.join(";"));
        assert_eq!(read(&TableReader::new(), &text).unwrap().table.records.ncols(), 20_000);
    }

    #[test]
    fn what_is_left_out_may_be_anything() {
        let text = b"name,a\nJos\xe9,1\nAnna,2\n";
        let reader = TableReader::new().exclude(["name"]);
        let sheet = reader.read_from(Path::new("x.csv"), &text[..]).unwrap();
        assert_eq!(sheet.table.records, array![[1.0], [2.0]]);
        let error = TableReader::new().read_from(Path::new("x.csv"), &text[..]).unwrap_err();
        assert!(error.to_string().contains("line 2, column 1: the text is not UTF-8"), "{error}");
    }

    #[test]
    fn an_example_is_one_of_its_column() {
        let text = "a,b\nx,oops\ny,1\nz,2\n";
        let error = read(&TableReader::new(), text).unwrap_err().to_string();
        assert!(error.contains("column \"a\" holds text, not numbers, like \"x\""), "{error}");
    }

    #[test]
    fn gzip_is_unpacked_whatever_the_name() {
        use std::io::Write;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"a b\n1 2\n").unwrap();
        let packed = packed.finish().unwrap();
        let twice = [packed.clone(), packed].concat();
        let sheet = TableReader::new().header(true).read_from(Path::new("x"), &twice[..]);
        // the second member goes on where the first ended: its header is a line of text
        assert!(sheet.unwrap_err().to_string().contains("line 3, column 1"));
    }

    #[test]
    fn names_can_be_numbers_and_first_lines_data() {
        let years = read(&TableReader::new().header(true), "2019,2020\n1,2\n").unwrap();
        assert_eq!(years.table.feature_names(), ["2019", "2020"]);
        let data = read(&TableReader::new().header(false), "2019,2020\n1,2\n").unwrap();
        assert_eq!(data.table.records.nrows(), 2);
        assert!(read(&TableReader::new().header(false), "a,2020\n1,2\n").is_err());
    }

    #[test]
    fn names_or_in_order() {
        let names = ["b".to_owned(), "a".to_owned()];
        let reader = TableReader::new().columns_or_in_order(&names);
        assert_eq!(read(&reader, "a,b\n1,2\n").unwrap().table.records, array![[2.0, 1.0]]);
        assert_eq!(read(&reader, "1,2\n").unwrap().table.records, array![[1.0, 2.0]]);
        assert!(read(&reader, "1,2,3\n").is_err());
        // names that are there are taken by name, even those that the table has by default
        let names = ["x2".to_owned(), "x1".to_owned()];
        let reader = TableReader::new().columns_or_in_order(&names);
        assert_eq!(read(&reader, "1,2\n").unwrap().table.records, array![[2.0, 1.0]]);
    }
}
