//! Columns of numbers that are sums of multiples of others.

use ndarray::{Array1, ArrayView2, Axis};

use super::fit::is_sum;
use super::found::{LEAST_ROWS, Sum};
use crate::rows::schema::Column;

/// Maximum share of missing values of a column.
const MOST_MISSING: f64 = 0.2;
/// Maximum number of rows from which factors are estimated; they are checked in all rows.
const MOST_ROWS: usize = 5000;
/// Maximum number of terms of a sum.
const MOST_TERMS: usize = 12;
/// Share of the standard deviation below which a residual is a rounding error of the computation.
const ROUNDING: f64 = 1e-7;
/// Minimum standard deviation of a rounded total, in units of its last decimal.
const LEAST_UNITS: f64 = 5.0;
/// Maximum number of significant digits of a factor.
const MOST_DIGITS: usize = 6;

/// The columns among `numbers` that are sums of others in all rows, to the decimals of the total, with factors of at most six digits.
///
/// Each column is regressed on those before it, by the Gram-Schmidt process. Of the columns of such a sum, the one becomes its total
/// with which the factors have the fewest digits, and the fewest are negative.
pub(super) fn sums(rows: ArrayView2<'_, f64>, columns: &[Column], numbers: &[usize]) -> Vec<Sum> {
    let n_missing = |&at: &usize| rows.column(at).iter().filter(|value| value.is_nan()).count();
    let is_known = |at: &&usize| n_missing(at) as f64 <= MOST_MISSING * rows.nrows() as f64;
    let mut numbers: Vec<usize> = numbers.iter().filter(is_known).copied().collect();
    let is_complete = |row: &usize| numbers.iter().all(|&at| !rows[[*row, at]].is_nan());
    let complete: Vec<usize> = (0..rows.nrows()).filter(is_complete).collect();
    if complete.len() < LEAST_ROWS.max(2 * numbers.len()) {
        return Vec::new();
    }
    let some = complete.iter().step_by(complete.len().div_ceil(MOST_ROWS));
    let table = Table { rows, columns, some: some.copied().collect() };
    let mut sums: Vec<Sum> = Vec::new();
    // a total takes no part in other sums, so that none follows from itself
    while let Some(sum) = table.next_sum(&numbers) {
        numbers.retain(|&number| number != sum.total);
        sums.push(sum);
    }
    sums
}

struct Table<'r, 'c> {
    rows: ArrayView2<'r, f64>,
    columns: &'c [Column],
    /// Rows from which factors are estimated.
    some: Vec<usize>,
}

impl Table<'_, '_> {
    /// The first sum of the columns.
    fn next_sum(&self, numbers: &[usize]) -> Option<Sum> {
        let mut basis = Basis::default();
        let root = (self.some.len() as f64).sqrt();
        for &number in numbers {
            let values = self.rows.column(number).select(Axis(0), &self.some);
            let (mean, deviation) = (values.mean().unwrap_or(0.0), values.std(0.0));
            if deviation <= ROUNDING * mean.abs() {
                continue;
            }
            let (residual, lengths) = basis.project((values - mean) / deviation);
            let size = residual.dot(&residual).sqrt() / root;
            let noise = self.noise(number, deviation);
            if size <= noise {
                let factors = basis.factors(&lengths, noise / root);
                let in_units = factors.into_iter().map(|(factor, place)| {
                    let member = &basis.0[place];
                    (factor * deviation / member.deviation, member.column)
                });
                if let Some(sum) = self.best(number, in_units.collect()) {
                    return Some(sum);
                }
            }
            if size > ROUNDING {
                basis.add(number, deviation, (residual, lengths));
            }
        }
        None
    }

    /// The residual of a column, in its standard deviations, that rounding explains.
    fn noise(&self, column: usize, deviation: f64) -> f64 {
        let unit = self.unit(column).unwrap_or(0.0);
        // rounded totals of a few units would be sums of anything
        let is_coarse = deviation < LEAST_UNITS * unit;
        if is_coarse { ROUNDING } else { (unit / deviation).max(ROUNDING) }
    }

    /// The unit of the last place of a column.
    fn unit(&self, column: usize) -> Option<f64> {
        self.columns[column].unit()
    }

    /// The sum with the fewest digits and the fewest negative factors, whichever of its columns is its total.
    fn best(&self, number: usize, terms: Vec<(f64, usize)>) -> Option<Sum> {
        if terms.is_empty() || terms.len() > MOST_TERMS {
            return None;
        }
        let others = terms.iter().map(|&(of_total, total)| {
            let rest = terms.iter().filter(|(_, column)| *column != total);
            let rest = rest.map(|&(factor, column)| (-factor / of_total, column));
            (total, rest.chain([(1.0 / of_total, number)]).collect::<Vec<_>>())
        });
        let all = std::iter::once((number, terms.clone())).chain(others);
        let plain = all.filter_map(|(total, terms)| self.plain(total, terms));
        let n_negative = |sum: &Sum| sum.terms.iter().filter(|(factor, _)| *factor < 0.0).count();
        let (_, mut best) = plain.min_by_key(|(digits, sum)| (*digits, n_negative(sum)))?;
        best.terms.sort_by_key(|&(_, column)| column);
        Some(best)
    }

    /// The sum with the fewest digits with which it holds in all rows, and their number.
    fn plain(&self, total: usize, terms: Vec<(f64, usize)>) -> Option<(usize, Sum)> {
        (1..=MOST_DIGITS).find_map(|digits| {
            let short = |&(factor, column): &(f64, usize)| (significant(factor, digits), column);
            let terms: Vec<(f64, usize)> = terms.iter().map(short).collect();
            let rest = |&row: &usize| {
                let parts = terms.iter().map(|&(factor, at)| factor * self.rows[[row, at]]);
                self.rows[[row, total]] - parts.sum::<f64>()
            };
            let middle = self.some.iter().map(rest).sum::<f64>() / self.some.len() as f64;
            let constant = match self.unit(total) {
                Some(unit) => significant((middle / unit).round() * unit, 2 * MOST_DIGITS),
                None => significant(middle, MOST_DIGITS),
            };
            let size =
                terms.iter().map(|&(factor, at)| (factor * self.rows[[self.some[0], at]]).abs());
            let is_zero = constant.abs() <= ROUNDING * size.sum::<f64>();
            let constant = if is_zero { 0.0 } else { constant };
            let sum = Sum { total, terms, constant };
            self.is_exact(&sum).then_some((digits, sum))
        })
    }

    /// Whether a sum holds in all rows that have its values.
    fn is_exact(&self, sum: &Sum) -> bool {
        let column = &self.columns[sum.total];
        self.rows.rows().into_iter().all(|row| {
            let parts = sum.terms.iter().map(|&(factor, column)| factor * row[column]);
            is_sum(column, row[sum.total], parts, sum.constant)
        })
    }
}

/// A column, scaled to mean 0 and standard deviation 1, as a direction orthogonal to those before it.
struct Member {
    column: usize,
    deviation: f64,
    /// Of length 1.
    direction: Array1<f64>,
    /// Coordinates of the column along the directions up to its own.
    coordinates: Vec<f64>,
}

/// Orthonormal directions of columns.
#[derive(Default)]
struct Basis(Vec<Member>);

impl Basis {
    /// What is left of values without their parts along the directions, and the lengths of these.
    fn project(&self, mut values: Array1<f64>) -> (Array1<f64>, Vec<f64>) {
        let mut lengths = vec![0.0; self.0.len()];
        // twice is enough, Kahan and Parlett
        for _ in 0..2 {
            for (member, length) in self.0.iter().zip(&mut lengths) {
                let along = member.direction.dot(&values);
                values.scaled_add(-along, &member.direction);
                *length += along;
            }
        }
        (values, lengths)
    }

    fn add(
        &mut self,
        column: usize,
        deviation: f64,
        (residual, mut coordinates): (Array1<f64>, Vec<f64>),
    ) {
        let length = residual.dot(&residual).sqrt();
        coordinates.push(length);
        self.0.push(Member { column, deviation, direction: residual / length, coordinates });
    }

    /// The factors of the columns whose sum has these coordinates, by the place of the columns, without those below `least`.
    fn factors(&self, coordinates: &[f64], least: f64) -> Vec<(f64, usize)> {
        let mut left = coordinates.to_vec();
        let mut factors = Vec::new();
        for (place, member) in self.0.iter().enumerate().rev() {
            let factor = left[place] / member.coordinates[place];
            for (left, coordinate) in left.iter_mut().zip(&member.coordinates) {
                *left -= factor * coordinate;
            }
            // a hundred standard errors, if columns are not nearly collinear
            if factor.abs() > 100.0 * least.min(1e-4) {
                factors.push((factor, place));
            }
        }
        factors.reverse();
        factors
    }
}

/// A number rounded to significant digits.
fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}
