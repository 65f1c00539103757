//! Imputation in the user's units.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};

use super::ModelFile;
use crate::error::Result;
use crate::pipeline::{Imputation, UserUnits};

impl ModelFile {
    /// Fills missing values, NaN, of rows as [`Pipeline::impute`](crate::Pipeline::impute) does, and returns all rows in the user's
    /// units: filled values are rounded and clipped as `units` say, and dates are in their form. Observed values keep theirs.
    ///
    /// # Errors
    /// Same as [`Pipeline::impute`](crate::Pipeline::impute).
    pub fn impute(&self, records: ArrayView2<'_, f64>, units: UserUnits) -> Result<Imputation> {
        let mut imputation = self.pipeline.impute(records)?;
        imputation.rows = self.filled_in_units(records, imputation.rows, units);
        Ok(imputation)
    }

    /// Fills missing values by draws as [`Pipeline::impute_draws_from`](crate::Pipeline::impute_draws_from) does, in the user's
    /// units. Unless `units` do not clip, and unless the rows are images, spikes of the columns keep their shares.
    ///
    /// # Errors
    /// Same as [`Pipeline::impute`](crate::Pipeline::impute).
    pub fn impute_draws_from(
        &self,
        first_row: usize,
        records: ArrayView2<'_, f64>,
        draws: Range<usize>,
        (seed, residual, units): (u64, bool, UserUnits),
    ) -> Result<Vec<Array2<f64>>> {
        let maps = self.value_maps(residual, units);
        let draws = self.pipeline.impute_draws_from(first_row, records, draws, seed, residual)?;
        let in_units = |mut rows: Array2<f64>| {
            maps.apply(&mut rows);
            self.filled_in_units(records, rows, units)
        };
        Ok(draws.into_iter().map(in_units).collect())
    }

    /// Rounds and clips the filled values of rows; observed values are those of `records`.
    fn filled_in_units(
        &self,
        records: ArrayView2<'_, f64>,
        mut rows: Array2<f64>,
        units: UserUnits,
    ) -> Array2<f64> {
        units.apply(&mut rows, &self.columns);
        for ((row, column), value) in rows.indexed_iter_mut() {
            let observed = records[[row, column]];
            if !observed.is_nan() {
                *value = match self.columns.get(column) {
                    Some(column) => column.kind.decode(observed),
                    None => observed,
                };
            }
        }
        rows
    }
}
