//! Reading and writing tables: text, NumPy arrays and Parquet.
//!
//! Rows are numbers, and a [`Schema`] says what they mean: numbers, dates as days, categories as indices of levels; NaN is a
//! missing value.

mod array_rows;
mod builder;
mod cells;
pub(crate) mod choice;
mod columns;
mod decision;
mod finish;
mod format;
mod input;
mod interner;
mod kind_choice;
mod left_out;
mod missing;
mod numbers;
mod options;
mod pieces;
mod random_access;
mod raw;
mod reader;
mod recode;
mod recoded_rows;
mod resolution;
mod resolved;
mod resolved_dates;
pub(crate) mod row_index;
mod schema;
mod sheet;
mod size;
mod spill;
mod stats;
mod stream;
mod streamed;
mod survey;
mod write;
mod writer;

use std::path::Path;

use crate::error::Result;

pub use builder::TableBuilder;
pub use cells::{Cells, ColumnKind};
pub use choice::check_expected_columns;
pub(crate) use columns::column_names;
pub use decision::Decision;
pub use kind_choice::KindChoice;
pub use pieces::Pieces;
pub use reader::TableReader;
pub use schema::{Schema, SchemaEntry};
pub use sheet::{Sheet, SheetColumn, Table};
pub use size::TableSize;
pub use streamed::StreamedTable;
pub use write::{check_format, write_blocks, write_columns, write_csv, write_table};
pub use writer::TableWriter;

/// Reads a table of numbers with all its columns, with the defaults of [`TableReader`].
///
/// # Errors
/// Same as [`TableReader::read`].
pub fn read_table(path: &Path) -> Result<Table> {
    TableReader::new().read(path).map(|sheet| sheet.table)
}

/// Parses a text table; see [`read_table`].
///
/// # Errors
/// Same as [`read_table`], with the file name `text`.
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
