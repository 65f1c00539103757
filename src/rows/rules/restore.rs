//! Rows of a table of rows of a model.

use ndarray::{Array2, ArrayView2};

use super::Rules;
use super::step::{Step, largest, sum};
use crate::rows::schema::Column;

/// A value of a column of the table that is observed, and how others are rounded.
struct Around<'a> {
    observed: &'a dyn Fn(usize) -> Option<f64>,
    round: &'a dyn Fn(&Column, f64) -> f64,
}

impl Rules {
    /// Makes rows of the table of rows of a model, shape `(n_samples, columns of the table)`. Differences below 0 count as 0.
    pub fn restore(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let unknown = Array2::from_elem((rows.nrows(), self.columns.len()), f64::NAN);
        self.restore_around(rows, unknown.view(), |_, value| value)
    }

    /// Makes rows of the table, which keep the values that are observed in them; others, NaN, follow from the rows of a model. Where
    /// the larger column of an order is observed and the smaller is not, the smaller is what makes their difference; of a sum with
    /// several unobserved parts, these are scaled and rounded by `round`, so that the sum is the observed total.
    pub(crate) fn restore_around(
        &self,
        rows: ArrayView2<'_, f64>,
        observed: ArrayView2<'_, f64>,
        round: impl Fn(&Column, f64) -> f64,
    ) -> Array2<f64> {
        let has_place = |column: &usize| self.place_of(*column).is_some();
        let own: Vec<usize> = (0..self.columns.len()).filter(has_place).collect();
        let mut restored = Array2::from_elem((rows.nrows(), self.columns.len()), f64::NAN);
        for ((mut to, from), observed) in
            restored.rows_mut().into_iter().zip(rows.rows()).zip(observed.rows())
        {
            let row = to.as_slice_mut().expect("standard layout");
            for (&place, &value) in self.places.iter().zip(from) {
                row[place] = value;
            }
            for &column in own.iter().filter(|&&column| !observed[column].is_nan()) {
                row[column] = observed[column];
            }
            let observed = |column: usize| Some(observed[column]).filter(|value| !value.is_nan());
            let around = Around { observed: &observed, round: &round };
            for step in &self.steps {
                match step {
                    Step::AtLeast { column, lowers } => {
                        self.restore_larger(row, *column, lowers, &around)
                    }
                    Step::Sum { column, terms, constant } => {
                        self.restore_sum(row, *column, (terms, *constant), &around)
                    }
                    Step::Combinations(of) => of.decode(row[of.columns[0]], row, observed),
                }
            }
        }
        restored
    }

    /// Replaces a difference by the column that is larger by it, or the smaller column by one that is smaller by it than an observed
    /// larger one.
    fn restore_larger(
        &self,
        row: &mut [f64],
        column: usize,
        lowers: &[usize],
        around: &Around<'_>,
    ) {
        let difference = if row[column] < 0.0 { 0.0 } else { row[column] };
        let Some(upper) = (around.observed)(column) else {
            let lower = largest(row, lowers);
            // rounded, it is not smaller; missing, it stays so
            let upper = self.rounded(column, lower + difference);
            row[column] = if upper < lower { lower } else { upper };
            return;
        };
        row[column] = upper;
        for &lower in lowers.iter().filter(|&&lower| (around.observed)(lower).is_none()) {
            let is_only = lowers.len() == 1 && self.place_of(lower).is_some();
            row[lower] = if is_only {
                self.rounded(lower, upper - difference)
            } else {
                row[lower].min(upper)
            };
        }
    }

    /// Computes a total, or divides an observed one among the parts that are not observed.
    fn restore_sum(
        &self,
        row: &mut [f64],
        column: usize,
        (terms, constant): (&[(f64, usize)], f64),
        around: &Around<'_>,
    ) {
        let Some(total) = (around.observed)(column) else {
            row[column] = self.total(column, sum(row, terms, constant));
            return;
        };
        row[column] = total;
        let is_free = |term: &&(f64, usize)| (around.observed)(term.1).is_none();
        let free: Vec<(f64, usize)> = terms.iter().filter(is_free).copied().collect();
        let Some((&(last_factor, last), others)) = free.split_last() else { return };
        let of_free = sum(row, &free, 0.0);
        let rest = total - (sum(row, terms, constant) - of_free);
        let scale = rest / of_free;
        let keeps_signs = scale.is_finite() && scale > 0.0;
        for &(factor, part) in others {
            let value = if keeps_signs {
                row[part] * scale
            } else {
                row[part] + (rest - of_free) / (free.len() as f64 * factor)
            };
            row[part] = (around.round)(&self.columns[part], value);
        }
        row[last] = self.rounded(last, (rest - sum(row, others, 0.0)) / last_factor);
    }
}
