//! A table that was read, with the columns around it.

use linfa::Dataset;
use ndarray::Ix1;

use super::cells::Cells;

/// Records with column names and no targets.
pub type Table = Dataset<f64, (), Ix1>;

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The chosen columns.
    pub table: Table,
    /// All columns that were read, in the order of the file.
    pub columns: Vec<SheetColumn>,
    /// Row of the file, counted from 0 without its header, of each row of the table: rows with missing values may have
    /// been left out.
    pub rows: Vec<usize>,
    /// Rows that were left out.
    pub n_dropped: usize,
}

impl Sheet {
    /// The values of all columns that were read, in the order of the file, to be written.
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
    /// This column of the table.
    Number(usize),
    /// A column that was not chosen, kept as its text, without blanks around it.
    Text {
        /// Its name.
        name: String,
        /// A text for each row of the table.
        values: Vec<String>,
    },
}

/// The numbers below `n` but for some that rise.
pub(super) fn without(n: usize, left_out: &[usize]) -> Vec<usize> {
    let mut left_out = left_out.iter().peekable();
    (0..n).filter(|row| left_out.next_if_eq(&row).is_none()).collect()
}
