//! Values of columns that are written.

use std::io;

use ndarray::ArrayView1;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Nonnegative integers, such as labels.
    Count,
    /// Texts.
    Text,
}

/// Values of a column that are written.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Numbers.
    Numbers(ArrayView1<'a, f64>),
    /// Nonnegative integers, such as labels.
    Counts(&'a [usize]),
    /// Texts.
    Texts(&'a [String]),
}

impl Cells<'_> {
    /// Returns the type of the column.
    pub fn kind(&self) -> ColumnKind {
        match self {
            Self::Numbers(_) => ColumnKind::Number,
            Self::Counts(_) => ColumnKind::Count,
            Self::Texts(_) => ColumnKind::Text,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Counts(counts) => counts.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Writes blocks of rows in a format.
pub(super) trait BlockWriter {
    /// Writes a block of `n_rows` rows, whose columns have the types declared at the beginning.
    ///
    /// # Errors
    /// Any error from writing.
    fn write(&mut self, block: &[Cells<'_>], n_rows: usize) -> io::Result<()>;

    /// Completes a table of `n_rows` rows.
    ///
    /// # Errors
    /// Any error from writing.
    fn finish(self: Box<Self>, n_rows: usize) -> io::Result<()>;
}
