//! Rows of a model of rows of the table.

use ndarray::{Array2, ArrayView2};

use super::Rules;
use super::step::{Step, largest};
use crate::rows::backend::RowTransform;
use crate::rows::schema::{Column, rounded};

/// Share of a value that the rounding error of a sum of a few numbers is below.
pub(super) const ROUNDING: f64 = 1e-12;
/// Share of the unit of a column below which a computed value differs from a written one by rounding errors alone.
const NOISE: f64 = 1e-6;

impl Rules {
    /// Makes rows of a model of rows of the table, shape `(n_samples, columns of the model)`.
    ///
    /// What sums determine of missing values is computed. A difference is missing, NaN, if one of its columns is, and a combination
    /// if one of its values is, or if it did not occur when the rules were fitted.
    pub fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut of_model = Array2::zeros((rows.nrows(), self.places.len()));
        let steps: Vec<Option<&Step>> =
            self.places.iter().map(|&place| self.step_of(place)).collect();
        let mut row = vec![0.0; self.columns.len()];
        for (mut to, from) in of_model.rows_mut().into_iter().zip(rows.rows()) {
            row.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
            self.complete(&mut row);
            for ((to, &place), step) in to.iter_mut().zip(&self.places).zip(&steps) {
                *to = self.model_value(&row, place, *step);
            }
        }
        of_model
    }

    /// The value of a model in the place of a column of the table, which this step determines.
    pub(super) fn model_value(&self, row: &[f64], place: usize, step: Option<&Step>) -> f64 {
        match step {
            Some(Step::AtLeast { column, lowers }) => self.difference(row, *column, lowers),
            Some(Step::Combinations(of)) => of.code(row),
            Some(Step::Sum { .. }) | None => row[place],
        }
    }

    /// The difference of a column to the largest of others, without the rounding error of the subtraction.
    pub(super) fn difference(&self, row: &[f64], column: usize, lowers: &[usize]) -> f64 {
        let value = row[column] - largest(row, lowers);
        let decimals = |&at: &usize| self.columns[at].decimals;
        let all: Option<Vec<u32>> = lowers.iter().chain([&column]).map(decimals).collect();
        match all.and_then(|all| all.into_iter().max()) {
            // of dates, times have fractions of days
            Some(decimals) if self.columns[column].kind.is_numeric() => rounded(value, decimals),
            _ => value,
        }
    }
}

/// A computed value of a column without its rounding error, if it is one as they are written.
pub(super) fn without_noise(column: &Column, value: f64) -> f64 {
    let written = column.as_written(value);
    let noise = column.unit().map_or(0.0, |unit| NOISE * unit) + ROUNDING * value.abs();
    if (written - value).abs() <= noise { written } else { value }
}

impl RowTransform for Rules {
    fn is_identity(&self) -> bool {
        self.rules.is_empty()
    }

    fn n_inputs(&self) -> Option<usize> {
        Some(self.columns.len())
    }

    fn n_outputs(&self, _: usize) -> usize {
        self.places.len()
    }

    /// Combinations that did not occur are missing.
    fn may_make_missing(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Combinations(_)))
    }

    fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        self.apply(rows)
    }
}
