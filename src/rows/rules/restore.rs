//! Rows of a table of rows of a model.

use ndarray::{Array2, ArrayView2};

use super::Rules;
use super::apply::without_noise;
use super::step::{Step, largest, sum};
use crate::rows::schema::Column;

/// Maximum number of times that the distance to the next rounded value is doubled until it is found.
const MOST_DOUBLINGS: i32 = 60;

impl Rules {
    /// Makes rows of the table of rows of a model, shape `(n_samples, columns of the table)`. Differences below 0 count as 0.
    pub fn restore(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        self.restore_rounded(rows, &vec![f64::NAN; self.columns.len()], without_noise)
    }

    /// Makes rows of the table of rows of a model, whose values are rounded, with the values that are given in all rows, which are
    /// not NaN. The larger columns of orders are rounded as well, but not below the smaller ones, and totals to their decimals.
    pub(crate) fn restore_rounded(
        &self,
        rows: ArrayView2<'_, f64>,
        given: &[f64],
        round: impl Fn(&Column, f64) -> f64,
    ) -> Array2<f64> {
        let mut restored = Array2::from_elem((rows.nrows(), self.columns.len()), f64::NAN);
        for (mut to, from) in restored.rows_mut().into_iter().zip(rows.rows()) {
            let row = to.as_slice_mut().expect("standard layout");
            self.restore_row(row, &from.to_vec(), given, &round);
        }
        restored
    }

    /// Makes a row of the table of one of a model. Observed values, which are not NaN, stay.
    pub(super) fn restore_row(
        &self,
        row: &mut [f64],
        of_model: &[f64],
        observed: &[f64],
        round: &dyn Fn(&Column, f64) -> f64,
    ) {
        for (&place, &value) in self.places.iter().zip(of_model) {
            row[place] = value;
        }
        for (column, &value) in observed.iter().enumerate() {
            if !value.is_nan() && self.place_of(column).is_some() {
                row[column] = value;
            }
        }
        for step in &self.steps {
            match step {
                Step::AtLeast { column, .. } | Step::Sum { column, .. }
                    if !observed[*column].is_nan() =>
                {
                    row[*column] = observed[*column];
                }
                Step::AtLeast { column, lowers } => {
                    let lower = largest(row, lowers);
                    let difference = if row[*column] < 0.0 { 0.0 } else { row[*column] };
                    let of_column = |value| round(&self.columns[*column], value);
                    row[*column] = at_least(lower, lower + difference, &of_column);
                }
                Step::Sum { column, terms, constant } => {
                    row[*column] = self.columns[*column].as_written(sum(row, terms, *constant));
                }
                Step::Combinations(of) => of.decode(row[of.columns[0]], row, observed),
            }
        }
    }
}

/// A value, rounded, but not below another.
fn at_least(least: f64, value: f64, round: &dyn Fn(f64) -> f64) -> f64 {
    let rounded = round(value);
    // a missing value stays so
    if rounded >= least || rounded.is_nan() {
        return rounded;
    }
    let above = neighbour(least, rounded, round);
    if above < least { least } else { above }
}

/// The next rounded value on the other side of a value than a rounded one, or that one if there is none.
pub(super) fn neighbour(value: f64, rounded: f64, round: &dyn Fn(f64) -> f64) -> f64 {
    let distance = value - rounded;
    let is_other = |other: &f64| (*other - value) * distance > 0.0 || *other == value;
    let tried = (0..MOST_DOUBLINGS).map(|doubling| value + distance * 2_f64.powi(doubling));
    tried.map(round).find(is_other).unwrap_or(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_values_are_not_below_the_least() {
        let whole = |value: f64| value.round();
        assert_eq!(at_least(44.36, 44.4, &whole), 45.0);
        assert_eq!(at_least(44.36, 44.6, &whole), 45.0);
        assert_eq!(at_least(44.0, 44.1, &whole), 44.0);
        assert!(at_least(f64::NAN, f64::NAN, &whole).is_nan());
        // multiples of 5, and a largest value
        assert_eq!(at_least(11.0, 12.0, &|value| (value / 5.0).round() * 5.0), 15.0);
        assert_eq!(at_least(11.5, 12.5, &|value: f64| value.round().min(11.0)), 11.5);
    }
}
