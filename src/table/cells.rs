//! Values of columns to write.

use std::io;

use ndarray::ArrayView1;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Whole numbers from 0 on, such as labels.
    Count,
    /// Texts.
    Text,
}

/// Values of a column to write.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Numbers.
    Numbers(ArrayView1<'a, f64>),
    /// Whole numbers, such as labels.
    Counts(&'a [usize]),
    /// Texts.
    Texts(&'a [String]),
}

impl Cells<'_> {
    /// What they are.
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

/// What a format writes blocks of rows by.
pub(super) trait BlockWriter {
    /// Writes a block of `n_rows` rows, its columns of the kinds that were said.
    ///
    /// # Errors
    /// What writing raises.
    fn write(&mut self, block: &[Cells<'_>], n_rows: usize) -> io::Result<()>;

    /// Completes a table of `n_rows` rows.
    ///
    /// # Errors
    /// What writing raises.
    fn finish(self: Box<Self>, n_rows: usize) -> io::Result<()>;
}
