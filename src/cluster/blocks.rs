//! Batches of the engine as blocks of rows.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;

use super::failure::Failure;
use crate::error::{Error, Result};
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::{Block, block_rows};

/// The values of columns of doubles.
///
/// # Errors
/// [`Failure::Column`] for a column with missing values.
pub(super) fn values(columns: &[ArrayRef]) -> Result<Vec<&[f64]>, Failure> {
    if let Some(column) = columns.iter().position(|column| column.null_count() > 0) {
        return Err(Failure::missing(column));
    }
    Ok(columns.iter().map(|column| &**column.as_primitive::<Float64Type>().values()).collect())
}

/// The memory of the rows of a block, and of the same rows after a preprocessor.
#[derive(Default)]
pub(super) struct Blocks {
    data: Block,
    transformed: Block,
}

impl Blocks {
    /// Hands rows to `take`, block by block, after a preprocessor. They are given as columns of equal length.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for a value that is NaN or infinite, and those of the preprocessor and of `take`.
    pub(super) fn each(
        &mut self,
        columns: &[&[f64]],
        preprocessor: &Preprocessor,
        mut take: impl FnMut(&Block) -> Result<()>,
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
                take(&self.data)?;
            } else {
                let transformed = preprocessor.try_transform(self.data.records())?;
                self.transformed.fill(0, transformed.view());
                take(&self.transformed)?;
            }
        }
        Ok(())
    }
}

/// Refuses columns with a value that is NaN or infinite.
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
