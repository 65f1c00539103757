//! Tables of numbers: text, NumPy arrays and Parquet in and out.

mod array_rows;
pub(crate) mod choice;
mod format;
mod input;
mod missing;
mod numbers;
mod pieces;
mod random_access;
mod reader;
mod sheet;
mod size;
mod spill;
mod stream;
mod streamed;
mod survey;
mod write;
mod writer;

use std::path::Path;

use linfa::Dataset;
use ndarray::Ix1;

use crate::error::{Error, Result};

pub use pieces::Pieces;
pub use reader::TableReader;
pub use sheet::{Column, Sheet};
pub use size::TableSize;
pub use streamed::StreamedTable;
pub use write::{
    check_format, write_blocks, write_columns, write_columns_to, write_csv, write_table,
};
pub use writer::{Cells, ColumnKind, TableWriter};

/// Records with column names and no targets.
pub type Table = Dataset<f64, (), Ix1>;

/// Reads a table of numbers with all its columns, as [`TableReader`] does unless told otherwise.
///
/// # Errors
/// As [`TableReader::read`].
pub fn read_table(path: &Path) -> Result<Table> {
    TableReader::new().read(path).map(|sheet| sheet.table)
}

/// Reads a table from text, as [`read_table`] does from a text file.
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
    TableReader::new().read_from(Path::new("text"), text.as_bytes()).map(|sheet| sheet.table)
}

/// Checks that data have as many columns as are `expected`; any number if no names are.
///
/// # Errors
/// [`Error::UnexpectedColumns`].
pub fn check_columns(expected: &[String], found: usize) -> Result<()> {
    if expected.is_empty() || expected.len() == found {
        return Ok(());
    }
    Err(Error::UnexpectedColumns { expected: expected.to_vec(), found })
}

/// The names given, or `x1`, `x2`, ... if there are none.
pub(crate) fn column_names(names: &[String], n_columns: usize) -> Vec<String> {
    if names.len() == n_columns {
        names.to_vec()
    } else {
        (1..=n_columns).map(|column| format!("x{column}")).collect()
    }
}
