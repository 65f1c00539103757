//! Values that sums determine.

use ndarray::{Array2, ArrayView2};

use super::Rules;
use super::apply::{ROUNDING, without_noise};
use super::equations::{Equation, determined};
use super::fit::half_unit;
use super::restore::neighbour;
use super::step::{Step, sum};

impl Rules {
    /// Rows of the table with the values that sums determine in place of missing ones, NaN.
    pub(crate) fn completed(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut completed = rows.as_standard_layout().into_owned();
        for mut row in completed.rows_mut() {
            self.complete(row.as_slice_mut().expect("standard layout"));
        }
        completed
    }

    /// Computes what sums determine of the missing values of a row.
    pub(super) fn complete(&self, row: &mut [f64]) {
        let is_incomplete = |step: &Step| match step {
            Step::Sum { column, terms, .. } => {
                row[*column].is_nan() || terms.iter().any(|&(_, part)| row[part].is_nan())
            }
            _ => false,
        };
        if !self.steps.iter().any(is_incomplete) {
            return;
        }
        // totals before parts, unless their rounding breaks other sums
        let mut totals_first = row.to_vec();
        self.complete_totals(&mut totals_first);
        self.complete_determined(&mut totals_first);
        if self.n_broken(&totals_first) > self.n_broken(row) {
            self.complete_determined(row);
        } else {
            row.copy_from_slice(&totals_first);
        }
    }

    /// Computes what sums determine to the unit of a column.
    fn complete_determined(&self, row: &mut [f64]) {
        let equations = self.steps.iter().filter_map(|step| self.equation_of(step, row)).collect();
        for (at, value, error) in determined(equations) {
            let column = &self.columns[at];
            // of a rounded total several parts are possible
            if column.unit().is_some_and(|unit| error > unit) {
                continue;
            }
            let exact = without_noise(column, value);
            row[at] = exact;
            let n_broken = self.n_broken(row);
            let written = column.as_written(exact);
            // of a total with more decimals than its part, the part has them too
            let other = neighbour(exact, written, &|value| column.as_written(value));
            for candidate in [written, other, exact] {
                row[at] = candidate;
                if self.n_broken(row) <= n_broken {
                    break;
                }
            }
        }
        self.complete_totals(row);
    }

    fn complete_totals(&self, row: &mut [f64]) {
        for step in &self.steps {
            if let Step::Sum { column, terms, constant } = step
                && row[*column].is_nan()
            {
                row[*column] = self.columns[*column].as_written(sum(row, terms, *constant));
            }
        }
    }

    /// A sum as an equation of the missing values of a row; none of other steps.
    fn equation_of(&self, step: &Step, row: &[f64]) -> Option<Equation> {
        let Step::Sum { column, terms, constant } = step else { return None };
        let mut equation = Equation { terms: Vec::new(), value: *constant, error: 0.0 };
        for (factor, at) in terms.iter().copied().chain([(-1.0, *column)]) {
            if row[at].is_nan() {
                equation.terms.push((-factor, at));
            } else {
                equation.value += factor * row[at];
                equation.error += ROUNDING * (factor * row[at]).abs();
            }
        }
        equation.error += f64::MIN_POSITIVE + half_unit(&self.columns[*column]);
        Some(equation).filter(|equation| !equation.terms.is_empty())
    }
}
