//! Tables of numbers: text files and NumPy arrays in, text files and NumPy arrays out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use linfa::{Dataset, DatasetBase};
use ndarray::{Array2, ArrayD, ArrayView2, Axis, Ix1, Ix2};

use crate::arrays::{self, Archive};
use crate::atomic::write_file;
use crate::error::{Error, Result};

/// Records with column names and no targets.
pub type Table = Dataset<f64, (), Ix1>;

/// Reads a table of numbers; the ending of the file's name says how.
///
/// | ending | format |
/// | --- | --- |
/// | `.csv` | values between commas, quotes allowed |
/// | `.tsv` | values between tabs |
/// | `.npy` | a NumPy array of one or two dimensions, of floats (32 or 64 bits) or integers |
/// | `.npz` | an archive with one such array, or with one named `data`, `x` or `X` |
/// | other | values between white space, lines that begin with `#` left out, as `numpy.loadtxt` reads |
///
/// A first line with a text names the columns; otherwise they are `x1`, `x2`, ...
///
/// # Errors
/// [`Error::Io`]; [`Error::Table`] naming line and column of what is not a finite number, and of a line
/// that is longer or shorter than the first; [`Error::EmptyTable`]; [`Error::ArrayFormat`].
pub fn read_table(path: &Path) -> Result<Table> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    match ending.to_ascii_lowercase().as_str() {
        "csv" => read_delimited(path, b','),
        "tsv" => read_delimited(path, b'\t'),
        "npy" => from_array(path, arrays::read_npy(path)?),
        "npz" => read_npz(path),
        _ => read_white_space(path),
    }
}

/// Writes rows as the ending of the file's name says: `.csv`, `.tsv`, `.txt` (values between commas, tabs or
/// blanks, under a line of column names) or `.npy`.
///
/// # Errors
/// [`Error::InvalidParam`] for another ending, [`Error::Io`].
pub fn write_table(path: &Path, rows: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let separator = match ending.to_ascii_lowercase().as_str() {
        "npy" => return arrays::write_npy(path, &rows),
        "csv" => b',',
        "tsv" => b'\t',
        "txt" => b' ',
        _ => {
            let expected = "one that ends in .csv, .tsv, .txt or .npy";
            return Err(Error::param("the file to write", path.display(), expected));
        }
    };
    write_file(path, |file| write_text(file, rows, names, separator))
}

/// Writes rows as text between commas with a line of column names. Numbers are written with as many
/// digits as it takes to read the same bits back.
///
/// # Errors
/// What writing raises.
pub fn write_csv(
    out: &mut dyn Write,
    rows: ArrayView2<'_, f64>,
    names: &[String],
) -> io::Result<()> {
    write_text(out, rows, names, b',')
}

fn write_text(
    out: &mut dyn Write,
    rows: ArrayView2<'_, f64>,
    names: &[String],
    separator: u8,
) -> io::Result<()> {
    let names = column_names(names, rows.ncols());
    if separator == b' ' {
        // there are no quotes between blanks, and a # would begin a comment
        let one_word = |c: char| if c.is_whitespace() || c == '#' { '_' } else { c };
        let words: Vec<String> = names.iter().map(|n| n.chars().map(one_word).collect()).collect();
        writeln!(out, "{}", words.join(" "))?;
    } else {
        let mut csv = csv::WriterBuilder::new().delimiter(separator).from_writer(&mut *out);
        csv.write_record(names)?;
        csv.flush()?;
    }
    for row in rows.rows() {
        for (column, value) in row.iter().enumerate() {
            if column > 0 {
                out.write_all(&[separator])?;
            }
            write!(out, "{value}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The names given, or `x1`, `x2`, ... if there are none.
fn column_names(names: &[String], n_columns: usize) -> Vec<String> {
    match names.len() == n_columns {
        true => names.to_vec(),
        false => (1..=n_columns).map(|column| format!("x{column}")).collect(),
    }
}

/// A field without the white space around it, and without byte-order marks, which programs write at the beginning
/// of files and then of files made of files.
fn bare(field: &str) -> &str {
    field.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

/// Whether a field stands for a missing value.
fn is_gap(field: &str) -> bool {
    ["", "na", "n/a", "null", "none", "?"].contains(&bare(field).to_ascii_lowercase().as_str())
}

/// A table in the making, line by line.
struct Builder<'a> {
    path: &'a Path,
    names: Vec<String>,
    n_columns: Option<usize>,
    values: Vec<f64>,
}

impl<'a> Builder<'a> {
    fn new(path: &'a Path) -> Self {
        Self { path, names: Vec::new(), n_columns: None, values: Vec::new() }
    }

    fn add(&mut self, line: usize, fields: &[&str]) -> Result<()> {
        let is_number = |field: &&str| bare(field).parse::<f64>().is_ok();
        let first = self.n_columns.is_none();
        let n_columns = *self.n_columns.get_or_insert(fields.len());
        if fields.len() != n_columns {
            return Err(self.error(
                line,
                fields.len().min(n_columns) + 1,
                format!(
                    "the line has {} values where the first has {n_columns}; complete or remove it",
                    fields.len()
                ),
            ));
        }
        let is_name = |field: &&str| !is_number(field) && !is_gap(field);
        if first && fields.iter().any(is_name) {
            let name = |field: &&str| bare(field).replace(['\n', '\r'], " ");
            self.names = fields.iter().map(name).collect();
            return Ok(());
        }
        for (column, field) in fields.iter().enumerate() {
            match bare(field).parse::<f64>() {
                Ok(value) if value.is_finite() => self.values.push(value),
                _ => return Err(self.error(line, column + 1, self.refuse(column, bare(field)))),
            }
        }
        Ok(())
    }

    fn refuse(&self, column: usize, field: &str) -> String {
        let name = match self.names.get(column) {
            Some(name) => format!(" of {name:?}"),
            None => String::new(),
        };
        let most = 40;
        let shown = match field.char_indices().nth(most) {
            Some((end, _)) => format!("{}...", &field[..end]),
            None => field.to_owned(),
        };
        let separator = [';', '\t', ','].into_iter().find(|separator| field.contains(*separator));
        match (field, separator) {
            _ if is_gap(field) => {
                format!("the value{name} is missing; fill it in or remove the line")
            }
            (_, Some(separator)) if self.n_columns == Some(1) => format!(
                "the line is one value, {shown:?}; if {separator:?} separates values, write them between \
                 commas in a .csv or between tabs in a .tsv"
            ),
            _ if field.parse::<f64>().is_ok() => {
                format!("the value{name} is {field}; replace it or remove the line")
            }
            _ => format!(
                "the value{name} is {shown:?}, not a number; leave the column out or encode it"
            ),
        }
    }

    fn error(&self, line: usize, column: usize, problem: String) -> Error {
        Error::Table { path: self.path.into(), line, column, problem }
    }

    fn finish(self) -> Result<Table> {
        let n_columns = self.n_columns.unwrap_or(0);
        if self.values.is_empty() {
            return Err(Error::EmptyTable { path: self.path.into() });
        }
        let shape = (self.values.len() / n_columns, n_columns);
        let records = Array2::from_shape_vec(shape, self.values).expect("whole lines of numbers");
        let names = column_names(&self.names, n_columns);
        Ok(DatasetBase::from(records).with_feature_names(names))
    }
}

fn read_delimited(path: &Path, delimiter: u8) -> Result<Table> {
    let file = File::open(path).map_err(|source| Error::io(path, source))?;
    delimited(path, BufReader::new(file), delimiter)
}

/// Reads a table of values between delimiters; errors name `path`.
pub(crate) fn delimited(path: &Path, reader: impl Read, delimiter: u8) -> Result<Table> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(reader);
    let mut table = Builder::new(path);
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return table.finish(),
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line) as usize;
                table.add(line, &record.iter().collect::<Vec<_>>())?;
            }
            Err(error) => return Err(csv_error(path, error)),
        }
    }
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line) as usize;
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::io(path, source),
        csv::ErrorKind::Utf8 { err, .. } => Error::Table {
            path: path.into(),
            line,
            column: err.field() + 1,
            problem: "the text is not UTF-8; save the file in that encoding".into(),
        },
        other => Error::Table { path: path.into(), line, column: 1, problem: format!("{other:?}") },
    }
}

/// Reads a table of values between white space, as [`read_table`] reads a text file.
///
/// # Errors
/// As [`read_table`], naming the file `text`.
///
/// # Examples
/// ```
/// let table = mixlab::table::parse_table("# x y\n1.5 2\n3 4e-1\n")?;
/// assert_eq!(table.records, ndarray::array![[1.5, 2.0], [3.0, 0.4]]);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn parse_table(text: &str) -> Result<Table> {
    white_space(Path::new("text"), text.as_bytes())
}

fn read_white_space(path: &Path) -> Result<Table> {
    let file = File::open(path).map_err(|source| Error::io(path, source))?;
    white_space(path, BufReader::new(file))
}

fn white_space(path: &Path, reader: impl BufRead) -> Result<Table> {
    let mut table = Builder::new(path);
    for (index, line) in reader.lines().enumerate() {
        let line = line.map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => Error::Table {
                path: path.into(),
                line: index + 1,
                column: 1,
                problem: "the text is not UTF-8; is this a table?".into(),
            },
            _ => Error::io(path, source),
        })?;
        let line = line.trim_start_matches('\u{feff}');
        let text = line.split('#').next().unwrap_or("");
        let fields: Vec<&str> = text.split_whitespace().collect();
        if !fields.is_empty() {
            table.add(index + 1, &fields)?;
        }
    }
    table.finish()
}

fn read_npz(path: &Path) -> Result<Table> {
    let mut archive = Archive::open(path)?;
    let names = archive.names();
    let name = match names.as_slice() {
        [only] => only.clone(),
        _ => {
            let preferred = ["data", "x", "X"].map(String::from);
            preferred.into_iter().find(|name| names.contains(name)).ok_or_else(|| {
                Error::ArrayFormat {
                    path: path.into(),
                    problem: format!(
                        "it holds {}; name the one to read \"data\"",
                        if names.is_empty() { "no arrays".into() } else { names.join(", ") }
                    ),
                }
            })?
        }
    };
    from_array(path, archive.get(&name)?)
}

fn from_array(path: &Path, array: ArrayD<f64>) -> Result<Table> {
    let n_dimensions = array.ndim();
    let array = if n_dimensions == 1 { array.insert_axis(Axis(1)) } else { array };
    let Ok(records) = array.into_dimensionality::<Ix2>() else {
        return Err(Error::ArrayFormat {
            path: path.into(),
            problem: format!("it has {n_dimensions} dimensions; a table has rows and columns"),
        });
    };
    if records.is_empty() {
        return Err(Error::EmptyTable { path: path.into() });
    }
    // only what is in another order is copied
    let records = match records.is_standard_layout() {
        true => records,
        false => records.as_standard_layout().into_owned(),
    };
    let names = column_names(&[], records.ncols());
    Ok(DatasetBase::from(records).with_feature_names(names))
}
