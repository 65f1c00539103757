//! Sheets: tables as they were read, with text columns and row numbers.

use linfa::Dataset;
use ndarray::Ix1;

use super::cells::Cells;
use super::decision::Decision;

/// Records with column names and no targets.
pub type Table = Dataset<f64, (), Ix1>;

/// A table as it was read, with text columns and row numbers.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The selected columns.
    pub table: Table,
    /// All columns that were read, in the order of the file.
    pub columns: Vec<SheetColumn>,
    /// Row number in the file, counted from 0 without its header, of each row of the table; rows with missing values may have
    /// been dropped.
    pub rows: Vec<usize>,
    /// Number of rows that were dropped.
    pub n_dropped: usize,
    /// Decisions that were taken to read the table; empty for a piece, whose decisions are those of
    /// [`Pieces::decisions`](super::Pieces::decisions).
    pub decisions: Vec<Decision>,
}

impl Sheet {
    /// Returns the values of all columns that were read, in the order of the file, for writing.
    pub fn cells(&self) -> Vec<Cells<'_>> {
        let cells = |column| match column {
            &SheetColumn::Number(at) => Cells::Numbers(self.table.records.column(at)),
            SheetColumn::Text { values, .. } => Cells::Texts(values),
        };
        self.columns.iter().map(cells).collect()
    }
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetColumn {
    /// The column of the table with this index.
    Number(usize),
    /// A column that was not selected, kept as text without surrounding white space.
    Text {
        /// Name of the column.
        name: String,
        /// A text for each row of the table.
        values: Vec<String>,
    },
}

/// Returns the numbers below `n` except those in `left_out`, which are in ascending order.
pub(super) fn without(n: usize, left_out: &[usize]) -> Vec<usize> {
    let mut left_out = left_out.iter().peekable();
    (0..n).filter(|row| left_out.next_if_eq(&row).is_none()).collect()
}
