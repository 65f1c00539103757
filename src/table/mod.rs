//! Tables of numbers: text, NumPy arrays and Parquet in and out.

mod array;
mod choice;
mod field;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod part;
mod pieces;
mod reader;
mod sheet;
mod size;
mod sniff;
mod streamed;
mod text;
mod write;

use std::path::Path;

use linfa::Dataset;
use ndarray::Ix1;

use crate::error::Result;

#[cfg(feature = "cluster")]
pub(crate) use choice::{Choice, text_columns};
pub use reader::{Observer, TableReader};
pub use sheet::{Column, Sheet};
pub use size::TableSize;
pub use streamed::StreamedTable;
pub use write::{
    Cells, check_format, write_blocks, write_columns, write_columns_to, write_csv, write_labels,
    write_table,
};

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

/// The names given, or `x1`, `x2`, ... if there are none.
pub(crate) fn column_names(names: &[String], n_columns: usize) -> Vec<String> {
    match names.len() == n_columns {
        true => names.to_vec(),
        false => (1..=n_columns).map(|column| format!("x{column}")).collect(),
    }
}
