//! Imputation in the user's units.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, Zip};

use super::ModelFile;
use crate::error::Result;
use crate::pipeline::{Imputation, UserUnits, decode};
use crate::rows::schema::Column;

impl ModelFile {
    /// Fills missing values, NaN, of rows of the table as [`Pipeline::impute`](crate::Pipeline::impute) does, and returns all rows in
    /// the user's units: filled values are rounded and clipped as `units` say, and dates are in their form. Observed values keep
    /// theirs. With rules, deviations are those of the columns of the model.
    ///
    /// # Errors
    /// Same as [`Pipeline::impute`](crate::Pipeline::impute).
    pub fn impute(&self, records: ArrayView2<'_, f64>, units: UserUnits) -> Result<Imputation> {
        let known = self.of_model(records.into());
        let mut imputation = self.pipeline.impute(known.view())?;
        imputation.rows = self.filled_in_units(records, known.view(), imputation.rows, units);
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
        let known = self.of_model(records.into());
        let draws =
            self.pipeline.impute_draws_from(first_row, known.view(), draws, seed, residual)?;
        let in_units = |mut rows: Array2<f64>| {
            maps.apply(&mut rows);
            self.filled_in_units(records, known.view(), rows, units)
        };
        Ok(draws.into_iter().map(in_units).collect())
    }

    /// Rows of the table of filled rows of the model, whose filled values are rounded and clipped; observed values are those of
    /// `records`, and `known` are these as rows of the model.
    fn filled_in_units(
        &self,
        records: ArrayView2<'_, f64>,
        known: ArrayView2<'_, f64>,
        mut rows: Array2<f64>,
        units: UserUnits,
    ) -> Array2<f64> {
        units.round_and_clip(&mut rows, &self.columns);
        Zip::from(&mut rows).and(known).for_each(|value, &known| {
            if !known.is_nan() {
                *value = known;
            }
        });
        let mut rows = match &self.rules {
            Some(rules) => {
                let round = |column: &Column, value: f64| units.of_column(value, column);
                rules.restore_around(rows.view(), records, round)
            }
            None => rows,
        };
        decode(&mut rows, self.table_columns());
        rows
    }
}
