//! Conversion of record batches to blocks of rows.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;

use super::failure::Failure;
use crate::error::{Error, Result};
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::RowTransform;
use crate::rows::{Block, block_rows};

/// Returns the values of columns of doubles.
///
/// # Errors
/// [`Failure::Column`] for a column with missing values.
pub(super) fn values(columns: &[ArrayRef]) -> Result<Vec<&[f64]>, Failure> {
    if let Some(column) = columns.iter().position(|column| column.null_count() > 0) {
        return Err(Failure::missing(column));
    }
    Ok(columns.iter().map(|column| &**column.as_primitive::<Float64Type>().values()).collect())
}

/// Working memory for a block of rows, and for the same rows after a preprocessor.
#[derive(Default)]
pub(super) struct Blocks {
    data: Block,
    transformed: Block,
}

impl Blocks {
    /// Applies a preprocessor that accepts as many columns to rows, given as columns of equal length, and passes them to
    /// `process` block by block.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for a value that is NaN or infinite, and any error of `process`.
    pub(super) fn for_each(
        &mut self,
        columns: &[&[f64]],
        preprocessor: &Preprocessor,
        mut process: impl FnMut(&Block) -> Result<()>,
    ) -> Result<()> {
        check_finite(columns)?;
        let (n_rows, d) = (columns.first().map_or(0, |column| column.len()), columns.len());
        for first in (0..n_rows).step_by(block_rows(d)) {
            let run = first..n_rows.min(first + block_rows(d));
            self.data.fill_by_feature(0, (run.len(), d), |features| {
                for (to, column) in features.chunks_exact_mut(run.len()).zip(columns) {
                    to.copy_from_slice(&column[run.clone()]);
                }
                Ok(())
            })?;
            if preprocessor.is_identity() {
                process(&self.data)?;
            } else {
                self.transformed.fill(0, preprocessor.apply(self.data.records()).view());
                process(&self.transformed)?;
            }
        }
        Ok(())
    }
}

/// Checks that no value is NaN or infinite.
fn check_finite(columns: &[&[f64]]) -> Result<()> {
    let finite = |values: &[f64]| values.iter().fold(true, |all, value| all & value.is_finite());
    match columns.iter().position(|values| !finite(values)) {
        Some(column) => {
            let row = columns[column].iter().position(|value| !value.is_finite()).unwrap_or(0);
            Err(Error::NonFinite { row, column, value: columns[column][row] })
        }
        None => Ok(()),
    }
}
