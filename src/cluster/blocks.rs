//! Conversion of record batches to blocks of rows.

use std::borrow::Cow;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;

use crate::error::{Error, Result};
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::backend::RowTransform;
use crate::rows::{Block, block_rows};

/// Returns the values of columns of doubles; a missing value is NaN.
pub(super) fn values(columns: &[ArrayRef]) -> Vec<Cow<'_, [f64]>> {
    columns.iter().map(values_of).collect()
}

fn values_of(column: &ArrayRef) -> Cow<'_, [f64]> {
    let doubles = column.as_primitive::<Float64Type>();
    if doubles.null_count() == 0 {
        return Cow::Borrowed(&**doubles.values());
    }
    Cow::Owned(doubles.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
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
    /// [`Error::NonFinite`] for an infinite value, and any error of `process`.
    pub(super) fn for_each(
        &mut self,
        columns: &[Cow<'_, [f64]>],
        preprocessor: &Preprocessor,
        mut process: impl FnMut(&Block) -> Result<()>,
    ) -> Result<()> {
        check_not_infinite(columns)?;
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

/// Checks that no value is infinite.
fn check_not_infinite(columns: &[Cow<'_, [f64]>]) -> Result<()> {
    let any = |values: &[f64]| values.iter().fold(false, |any, value| any | value.is_infinite());
    match columns.iter().position(|values| any(values)) {
        Some(column) => {
            let row = columns[column].iter().position(|value| value.is_infinite()).unwrap_or(0);
            Err(Error::NonFinite { row, column, value: columns[column][row] })
        }
        None => Ok(()),
    }
}
