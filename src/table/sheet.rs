//! Sheets: tables as they were read, with text columns and row numbers.

use std::path::Path;

use linfa::Dataset;
use ndarray::{Array2, CowArray, Ix1, Ix2};

use super::cells::Cells;
use super::decision::Decision;
use super::recode::{Recode, RecodedColumn, recode_row};
use super::schema::Schema;
use crate::error::Result;
use crate::images::ImageShape;
use crate::rows::kind::ValueKind;
use crate::rows::schema::Column;

/// Records with column names and no targets.
pub type Table = Dataset<f64, (), Ix1>;

/// A table as it was read, with text columns and row numbers.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The selected columns, of which dates are days and categories are indices of levels; NaN is a missing value.
    pub table: Table,
    /// Kinds of the columns, and columns that are left out.
    pub schema: Schema,
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
    /// Shape of the images, if the rows are images and were read at once.
    pub image: Option<ImageShape>,
}

impl Sheet {
    /// Returns the values of all columns that were read, in the order of the file, for writing. Columns that were kept as text are
    /// as in the file; others are numbers of the table, also those of dates and categories.
    pub fn cells(&self) -> Vec<Cells<'_>> {
        let cells = |column| match column {
            &SheetColumn::Number(at) => Cells::Numbers(self.table.records.column(at)),
            SheetColumn::Text { values, .. } => Cells::Texts(values),
        };
        self.columns.iter().map(cells).collect()
    }

    /// Returns the rows with the kinds and levels of other columns, or as they are if there are none.
    ///
    /// # Errors
    /// [`Error::InvalidDate`](crate::Error::InvalidDate).
    pub(crate) fn with_kinds(
        &self,
        path: &Path,
        columns: &[Column],
    ) -> Result<CowArray<'_, f64, Ix2>> {
        let records = self.table.records.view();
        let own = self.schema.columns();
        let kind = |at: usize| own.get(at).map_or(&ValueKind::Numeric, |column| &column.kind);
        let recodes: Vec<RecodedColumn> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| RecodedColumn {
                at,
                recode: Recode::between(kind(at), &column.kind),
                name: column.name.clone(),
            })
            .collect();
        if recodes.iter().all(|column| column.recode == Recode::Same) {
            return Ok(records.into());
        }
        let mut converted = Array2::zeros(records.dim());
        for (index, row) in records.rows().into_iter().enumerate() {
            let mut to = vec![0.0; records.ncols()];
            recode_row(&recodes, &row.to_vec(), &mut to, (path, self.rows[index]))?;
            converted.row_mut(index).assign(&ndarray::Array1::from(to));
        }
        Ok(converted.into())
    }
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetColumn {
    /// The column of the table with this index.
    Number(usize),
    /// A column that was not selected, or of dates or categories, kept as text without surrounding white space.
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
