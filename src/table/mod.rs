//! Tables of numbers: text, NumPy arrays and Parquet in and out.

mod array_rows;
mod cells;
pub(crate) mod choice;
mod columns;
mod format;
mod input;
mod missing;
mod numbers;
mod options;
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

use crate::error::Result;

pub use cells::{Cells, ColumnKind};
pub use choice::check_expected_columns;
pub(crate) use columns::column_names;
pub use pieces::Pieces;
pub use reader::TableReader;
pub use sheet::{Sheet, SheetColumn, Table};
pub use size::TableSize;
pub use streamed::StreamedTable;
pub use write::{check_format, write_blocks, write_columns, write_csv, write_table};
pub use writer::TableWriter;

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
