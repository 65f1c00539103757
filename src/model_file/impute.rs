//! Imputation in the user's units.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};
use rand::Rng;

use super::ModelFile;
use crate::compute::random::{child_seed, index_at, stream};
use crate::compute::ties::first_largest;
use crate::error::Result;
use crate::pipeline::{Clipping, Imputation, Rounding, UserUnits, decode};
use crate::rows::rules::{Observed, PartialCombination, Rules};
use crate::rows::schema::Column;

/// Number of draws from which deviations of columns in rules are computed: their error is 5 %.
const DRAWS: usize = 200;
/// Maximum number of values of draws at once: 128 MiB.
const MOST_VALUES: usize = 1 << 24;
/// Seed of these draws.
const SEED: u64 = 0;
/// The child seed for combinations of which some values are observed.
const COMBINATIONS: u64 = u64::MAX;

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
        let deviations = self.deviations_in_table(rules, records, &of_model, &rows)?;
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
        let draw = |rows: ArrayView2<'_, f64>, draws| -> Result<Vec<_>> {
            let mut drawn =
                self.pipeline.impute_draws_from(first_row, rows, draws, seed, residual)?;
            drawn.iter_mut().for_each(|rows| maps.apply(rows));
            Ok(drawn)
        };
        let Some(rules) = &self.rules else {
            let in_units = |rows| self.filled_in_units(records, rows, units);
            return Ok(draw(records, draws)?.into_iter().map(in_units).collect());
        };
        let completed = rules.completed(records);
        let mut of_model = rules.apply(completed.view());
        let partial = rules.partial_combinations(completed.view());
        let deviations = if rules.have_equations(completed.view(), of_model.view()) {
            self.pipeline.impute(of_model.view())?.deviations
        } else {
            Array2::from_elem(of_model.dim(), f64::NAN)
        };
        let around = |drawn: Vec<Array2<f64>>, of_model: &Array2<f64>| -> Vec<_> {
            let known = Observed {
                rows: completed.view(),
                of_model: of_model.view(),
                deviations: deviations.view(),
            };
            drawn.into_iter().map(|rows| self.around(rules, rows, &known, units)).collect()
        };
        if partial.is_empty() {
            return Ok(around(draw(of_model.view(), draws)?, &of_model));
        }
        let mut all = Vec::new();
        for number in draws {
            let seed = child_seed(child_seed(seed, COMBINATIONS), number as u64);
            let chosen = |row: usize, probabilities: &[f64]| {
                index_at(probabilities.iter(), stream(seed, (first_row + row) as u64).r#gen())
            };
            self.choose_combinations(&partial, &mut of_model, chosen)?;
            all.extend(around(draw(of_model.view(), number..number + 1)?, &of_model));
        }
        Ok(all)
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

    /// Rows of the table, filled so that they keep the rules, and the deviations of values of the model.
    fn filled_by_rules(
        &self,
        rules: &Rules,
        records: ArrayView2<'_, f64>,
        units: UserUnits,
    ) -> Result<(Array2<f64>, Array2<f64>)> {
        let completed = rules.completed(records);
        let mut of_model = rules.apply(completed.view());
        let partial = rules.partial_combinations(completed.view());
        let most_probable = |_, probabilities: &[f64]| {
            first_largest(probabilities.iter().copied()).unwrap_or_default()
        };
        self.choose_combinations(&partial, &mut of_model, most_probable)?;
        let Imputation { rows, deviations } = self.pipeline.impute(of_model.view())?;
        let known = Observed {
            rows: completed.view(),
            of_model: of_model.view(),
            deviations: deviations.view(),
        };
        Ok((self.around(rules, rows, &known, units), deviations))
    }

    /// Chooses a combination of each row that has some of its values, by the probabilities, which sum to 1, of those that it can have.
    fn choose_combinations(
        &self,
        partial: &[PartialCombination],
        of_model: &mut Array2<f64>,
        choose: impl Fn(usize, &[f64]) -> usize,
    ) -> Result<()> {
        // of an earlier draw
        partial.iter().for_each(|of| of_model[[of.row, of.column]] = f64::NAN);
        for of_column in partial.chunk_by(|a, b| a.column == b.column) {
            let column = of_column[0].column;
            let categories = self.pipeline.layout().categories();
            let Ok(category) = categories.binary_search(&column) else { continue };
            let rows: Vec<usize> = of_column.iter().map(|of| of.row).collect();
            let some = of_model.select(Axis(0), &rows);
            let probabilities = self.pipeline.probabilities_of_levels(some.view(), category)?;
            for (PartialCombination { row, possible, .. }, of_levels) in
                of_column.iter().zip(probabilities.rows())
            {
                let of_possible = possible.iter().map(|&level| of_levels[level]);
                let total: f64 = of_possible.clone().sum();
                let shares: Vec<f64> = of_possible.map(|share| share / total).collect();
                of_model[[*row, column]] = possible[choose(*row, &shares)] as f64;
            }
        }
        Ok(())
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
