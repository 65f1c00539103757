//! Imputation in the user's units.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};

use super::ModelFile;
use crate::error::Result;
use crate::pipeline::{Clipping, Imputation, Rounding, UserUnits, decode};
use crate::rows::rules::{Observed, Rules};
use crate::rows::schema::Column;

/// Number of draws from which deviations of columns in rules are computed: their error is 5 %.
const DRAWS: usize = 200;
/// Maximum number of values of draws at once: 128 MiB.
const MOST_VALUES: usize = 1 << 24;
/// Seed of these draws.
const SEED: u64 = 0;

impl ModelFile {
    /// Fills missing values, NaN, of rows of the table as [`Pipeline::impute`](crate::Pipeline::impute) does, and returns all rows in
    /// the user's units: filled values are rounded and clipped as `units` say, and dates are in their form. Observed values keep
    /// theirs, and filled rows keep the rules. Deviations are those of the columns of the table; of columns in rules, those of 200
    /// draws.
    ///
    /// # Errors
    /// Same as [`Pipeline::impute`](crate::Pipeline::impute).
    pub fn impute(&self, records: ArrayView2<'_, f64>, units: UserUnits) -> Result<Imputation> {
        let Some(rules) = &self.rules else {
            let mut imputation = self.pipeline.impute(records)?;
            imputation.rows = self.filled_in_units(records, imputation.rows, units);
            return Ok(imputation);
        };
        let (rows, of_model) = self.filled_by_rules(rules, records, units)?;
        let deviations = self.deviations_in_table(rules, records, &of_model.deviations, &rows)?;
        Ok(Imputation { rows, deviations })
    }

    /// The rows of [`impute`](Self::impute) without their deviations, which take longer with rules.
    ///
    /// # Errors
    /// Same as [`Pipeline::impute`](crate::Pipeline::impute).
    pub fn imputed_rows(
        &self,
        records: ArrayView2<'_, f64>,
        units: UserUnits,
    ) -> Result<Array2<f64>> {
        match &self.rules {
            Some(rules) => Ok(self.filled_by_rules(rules, records, units)?.0),
            None => Ok(self.filled_in_units(records, self.pipeline.impute(records)?.rows, units)),
        }
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
        let draw = |rows: ArrayView2<'_, f64>| -> Result<_> {
            let mut drawn =
                self.pipeline.impute_draws_from(first_row, rows, draws, seed, residual)?;
            drawn.iter_mut().for_each(|rows| maps.apply(rows));
            Ok(drawn)
        };
        let Some(rules) = &self.rules else {
            let in_units = |rows| self.filled_in_units(records, rows, units);
            return Ok(draw(records)?.into_iter().map(in_units).collect());
        };
        let completed = rules.completed(records);
        let of_model = rules.apply(completed.view());
        let deviations = self.pipeline.impute(of_model.view())?.deviations;
        let known = Observed {
            rows: completed.view(),
            of_model: of_model.view(),
            deviations: deviations.view(),
        };
        let in_units = |rows| self.around(rules, rows, &known, units);
        Ok(draw(of_model.view())?.into_iter().map(in_units).collect())
    }

    /// Filled rows without rules, rounded and clipped, with observed values as they are.
    fn filled_in_units(
        &self,
        records: ArrayView2<'_, f64>,
        mut rows: Array2<f64>,
        units: UserUnits,
    ) -> Array2<f64> {
        self.round_unknown(&mut rows, records, units);
        decode(&mut rows, &self.columns);
        rows
    }

    /// Rows of the table, filled so that they keep the rules, and the imputation of the rows of the model.
    fn filled_by_rules(
        &self,
        rules: &Rules,
        records: ArrayView2<'_, f64>,
        units: UserUnits,
    ) -> Result<(Array2<f64>, Imputation)> {
        let completed = rules.completed(records);
        let of_model = rules.apply(completed.view());
        let imputation = self.pipeline.impute(of_model.view())?;
        let known = Observed {
            rows: completed.view(),
            of_model: of_model.view(),
            deviations: imputation.deviations.view(),
        };
        let rows = self.around(rules, imputation.rows.clone(), &known, units);
        Ok((rows, imputation))
    }

    /// Rows of the table around what is known of them.
    fn around(
        &self,
        rules: &Rules,
        mut rows: Array2<f64>,
        known: &Observed<'_>,
        units: UserUnits,
    ) -> Array2<f64> {
        self.round_unknown(&mut rows, known.of_model, units);
        let round = |column: &Column, value: f64| units.of_column(value, column);
        let mut rows = rules.restore_around(rows.view(), known, round);
        decode(&mut rows, self.table_columns());
        rows
    }

    /// Rounds and clips the values of rows of the model that are not known.
    fn round_unknown(&self, rows: &mut Array2<f64>, known: ArrayView2<'_, f64>, units: UserUnits) {
        units.round_and_clip(rows, &self.columns);
        Zip::from(rows).and(known).for_each(|value, &known| {
            if !known.is_nan() {
                *value = known;
            }
        });
    }

    /// Deviations of columns of the table: those of the model, and of columns in rules those of draws.
    fn deviations_in_table(
        &self,
        rules: &Rules,
        records: ArrayView2<'_, f64>,
        of_model: &Array2<f64>,
        filled: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        let mut deviations = Array2::from_elem(records.dim(), f64::NAN);
        let in_rules: Vec<usize> =
            (0..records.ncols()).filter(|&column| rules.has_column(column)).collect();
        for column in (0..records.ncols()).filter(|column| !in_rules.contains(column)) {
            if let Some(place) = rules.place_of(column) {
                deviations.column_mut(column).assign(&of_model.column(place));
            }
        }
        let is_wanted =
            |&row: &usize| in_rules.iter().any(|&column| records[[row, column]].is_nan());
        let rows: Vec<usize> = (0..records.nrows()).filter(is_wanted).collect();
        let units =
            UserUnits { rounding: Rounding::None, clipping: Clipping::None, complete: true };
        let n_rows = (MOST_VALUES / DRAWS / records.ncols()).max(1);
        for rows in rows.chunks(n_rows) {
            let some = records.select(Axis(0), rows);
            let draws = self.impute_draws_from(0, some.view(), 0..DRAWS, (SEED, true, units))?;
            for (at, &row) in rows.iter().enumerate() {
                for &column in in_rules.iter().filter(|&&column| records[[row, column]].is_nan()) {
                    let drawn = draws.iter().map(|draw| draw[[at, column]]);
                    let is_category = self.table_columns()[column].kind.is_categorical();
                    deviations[[row, column]] = if is_category {
                        let others = drawn.filter(|&value| value != filled[[row, column]]).count();
                        others as f64 / DRAWS as f64
                    } else {
                        drawn.collect::<Array1<f64>>().std(1.0)
                    };
                }
            }
        }
        Ok(deviations)
    }
}
