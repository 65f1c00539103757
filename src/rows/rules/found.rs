//! Rules that hold in all rows of a table.

use ndarray::{ArrayView1, ArrayView2};

use super::Rule;
use super::combination::MOST;
use crate::error::Result;
use crate::rows::schema::Column;
use crate::rows::{RowSource, check_columns};

/// Minimum number of rows with values of all columns of a rule.
const LEAST_ROWS: usize = 20;
/// An order is found if so many rows would break it if the values of one column were shuffled.
const LEAST_BROKEN: f64 = 20.0;
/// A column determines another if chance would do so with at most this probability.
const CHANCE: f64 = 1e-6;
/// Maximum number of columns among which sums are sought, since their number grows with the third power.
const MOST_COLUMNS: usize = 100;
/// A sum holds if it differs from its total by at most this share of the sizes of its parts.
const TOLERANCE: f64 = 1e-9;

impl Rule {
    /// Finds rules that hold in all rows of a table and hardly do by chance: columns that are sums of two columns or of neighbouring
    /// ones, or a multiple of another column plus a constant; orders of two columns; and categories that are determined by another.
    /// NaN is a missing value. No column follows from others twice, so that all of the rules can be kept together. Rows that are not in
    /// memory are not searched: none is found.
    ///
    /// # Errors
    /// Same as [`RowSource::backend`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::{Column, Rule};
    /// use ndarray::Array2;
    ///
    /// let row = |(row, column): (usize, usize)| {
    ///     let (rent, food) = ((row * 37 % 50) as f64, (row * 17 % 31) as f64);
    ///     [rent, food, rent + food][column]
    /// };
    /// let rows = Array2::from_shape_fn((60, 3), row);
    /// let columns = Column::all(rows.view(), &["rent", "food", "total"].map(String::from));
    /// let found = Rule::find(&rows, &columns)?;
    /// assert_eq!(found[0].to_string(), "total = rent + food");
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn find(rows: &dyn RowSource, columns: &[Column]) -> Result<Vec<Self>> {
        let backend = rows.backend()?;
        check_columns(backend.n_features(), columns.len())?;
        Ok(backend.as_matrix().map_or_else(Vec::new, |rows| Self::find_in(rows.records(), columns)))
    }

    fn find_in(rows: ArrayView2<'_, f64>, columns: &[Column]) -> Vec<Self> {
        let table = Table { rows, columns };
        let numbers = table.numbers();
        let sums = if numbers.len() > MOST_COLUMNS { Vec::new() } else { table.sums(&numbers) };
        let is_total = |column: &usize| sums.iter().any(|sum| sum.total == *column);
        let others: Vec<usize> =
            numbers.iter().copied().filter(|column| !is_total(column)).collect();
        // what follows from a sum of positive numbers is no news
        let orders = table.orders(&others);
        let combinations = table.combinations();
        let name = |column: usize| columns[column].name.clone();
        let sums = sums.into_iter().map(|Sum { total, terms, constant }| Self::Sum {
            total: name(total),
            terms: terms.into_iter().map(|(factor, column)| (factor, name(column))).collect(),
            constant,
        });
        let orders = orders
            .into_iter()
            .map(|[lower, upper]| Self::AtMost { lower: name(lower), upper: name(upper) });
        let combinations = combinations
            .into_iter()
            .map(|of| Self::Combination { columns: of.into_iter().map(name).collect() });
        sums.chain(orders).chain(combinations).collect()
    }
}

struct Table<'r, 'c> {
    rows: ArrayView2<'r, f64>,
    columns: &'c [Column],
}

/// A column that is a sum of others.
struct Sum {
    total: usize,
    terms: Vec<(f64, usize)>,
    constant: f64,
}

impl Table<'_, '_> {
    /// Columns of numbers and dates that vary.
    fn numbers(&self) -> Vec<usize> {
        let varies = |column: &Column| column.range.is_none_or(|(low, high)| low < high);
        let is_number =
            |&at: &usize| !self.columns[at].kind.is_categorical() && varies(&self.columns[at]);
        (0..self.columns.len()).filter(is_number).collect()
    }

    /// Columns that are sums of others, none of which follows from others itself.
    fn sums(&self, numbers: &[usize]) -> Vec<Sum> {
        let mut sums: Vec<Sum> = Vec::new();
        for &total in numbers {
            let is_free =
                |column: &usize| *column != total && sums.iter().all(|sum| sum.total != *column);
            let is_part = sums.iter().any(|sum| sum.terms.iter().any(|&(_, part)| part == total));
            let free: Vec<usize> = numbers.iter().copied().filter(is_free).collect();
            if !is_part && let Some(sum) = self.sum(total, &free) {
                sums.push(sum);
            }
        }
        sums
    }

    fn sum(&self, total: usize, others: &[usize]) -> Option<Sum> {
        let before: Vec<usize> = others.iter().copied().filter(|&other| other < total).collect();
        if let Some(sum) = before.iter().find_map(|&other| self.multiple(total, other)) {
            return Some(sum);
        }
        let pairs = others
            .iter()
            .enumerate()
            .flat_map(|(at, &a)| others[at + 1..].iter().map(move |&b| vec![a, b]));
        let runs = (0..others.len()).flat_map(|first| {
            (first + 3..=others.len()).map(move |end| others[first..end].to_vec())
        });
        let parts = pairs.chain(runs).find(|parts| self.is_sum(total, parts))?;
        let terms = parts.into_iter().map(|part| (1.0, part)).collect();
        Some(Sum { total, terms, constant: 0.0 })
    }

    /// Whether a column is the sum of others in all rows with values of all, of which there are enough.
    fn is_sum(&self, total: usize, parts: &[usize]) -> bool {
        let mut n_rows = 0;
        for row in self.rows.rows() {
            let sum: f64 = parts.iter().map(|&part| row[part]).sum();
            let size: f64 = parts.iter().map(|&part| row[part].abs()).sum();
            if (row[total] - sum).abs() > TOLERANCE * (size + row[total].abs()) {
                return false;
            }
            n_rows += usize::from(!(row[total] - sum).is_nan());
        }
        n_rows >= LEAST_ROWS
    }

    /// The column as a multiple of another plus a constant.
    fn multiple(&self, total: usize, other: usize) -> Option<Sum> {
        let known = || {
            let rows = self.rows.rows().into_iter();
            rows.map(|row| (row[other], row[total])).filter(|(x, y)| !x.is_nan() && !y.is_nan())
        };
        let low = known().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let high = known().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let factor = plain((high.1 - low.1) / (high.0 - low.0))?;
        let constant = plain(low.1 - factor * low.0)?;
        let fits = |(x, y): (f64, f64)| {
            let size = (factor * x).abs() + constant.abs() + y.abs();
            (y - factor * x - constant).abs() <= TOLERANCE * size
        };
        let n_rows = known().count();
        let is_other = |(x, _): (f64, f64)| x != low.0 && x != high.0;
        let found =
            factor != 0.0 && n_rows >= LEAST_ROWS && known().any(is_other) && known().all(fits);
        found.then(|| Sum { total, terms: vec![(factor, other)], constant })
    }

    /// Pairs of columns of which the first is at most the second in all rows, without those that follow from others, at most one for
    /// each second column.
    fn orders(&self, numbers: &[usize]) -> Vec<[usize; 2]> {
        let is_date = |at: usize| !self.columns[at].kind.is_numeric();
        let mut orders = Vec::new();
        for &lower in numbers {
            for &upper in numbers {
                if lower != upper && is_date(lower) == is_date(upper) && self.is_order(lower, upper)
                {
                    orders.push([lower, upper]);
                }
            }
        }
        let follows = |&[lower, upper]: &[usize; 2]| {
            numbers.iter().any(|&middle| {
                orders.contains(&[lower, middle]) && orders.contains(&[middle, upper])
            })
        };
        orders.iter().copied().filter(|order| !follows(order)).collect()
    }

    fn is_order(&self, lower: usize, upper: usize) -> bool {
        let (a, b) = (self.rows.column(lower), self.rows.column(upper));
        if a.iter().zip(b).any(|(a, b)| a > b) {
            return false;
        }
        let n_rows = a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()).count();
        // equal columns are in an order both ways
        let differs = a.iter().zip(b).any(|(a, b)| a < b);
        differs && n_rows >= LEAST_ROWS && share_above(a, b) * n_rows as f64 >= LEAST_BROKEN
    }

    /// Groups of categories of which the first determines the others.
    fn combinations(&self) -> Vec<Vec<usize>> {
        let n_levels = |&at: &usize| {
            self.columns[at].kind.levels().map_or(0, crate::rows::levels::Levels::n_levels)
        };
        let is_category = |at: &usize| n_levels(at) > 1;
        let mut categories: Vec<usize> = (0..self.columns.len()).filter(is_category).collect();
        categories.sort_by_key(|at| (std::cmp::Reverse(n_levels(at)), *at));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for &first in &categories {
            let is_free = |column: &usize| !groups.iter().any(|group| group.contains(column));
            let is_determined = |&&other: &&usize| {
                other != first && is_free(&other) && self.determines(first, other)
            };
            if !is_free(&first) || n_levels(&first) > MOST {
                continue;
            }
            let others: Vec<usize> = categories.iter().filter(is_determined).copied().collect();
            if !others.is_empty() {
                groups.push(std::iter::once(first).chain(others).collect());
            }
        }
        groups
    }

    /// Whether each level of a category has one level of another, which is unlikely by chance.
    fn determines(&self, first: usize, other: usize) -> bool {
        let rows = || {
            let pairs = self.rows.column(first).into_iter().zip(self.rows.column(other));
            pairs
                .filter(|(a, b)| !a.is_nan() && !b.is_nan())
                .map(|(&a, &b)| (a as usize, b as usize))
        };
        let n_levels = |at: usize| 1 + rows().map(|(a, b)| [a, b][at]).max().unwrap_or(0);
        let mut level_of: Vec<Option<usize>> = vec![None; n_levels(0)];
        let (mut counts, mut shares) = (vec![0_u32; n_levels(0)], vec![0.0; n_levels(1)]);
        for (a, b) in rows() {
            if level_of[a].is_some_and(|known| known != b) {
                return false;
            }
            level_of[a] = Some(b);
            counts[a] += 1;
            shares[b] += 1.0;
        }
        let n_rows: f64 = shares.iter().sum();
        // all rows of a level have the same level of the other column
        let same = |&n: &u32| {
            let powers = shares.iter().map(|share: &f64| (share / n_rows).powi(n as i32));
            powers.sum::<f64>().ln()
        };
        let of_several = counts.iter().filter(|&&n| n > 1);
        n_rows >= LEAST_ROWS as f64 && of_several.map(same).sum::<f64>() <= CHANCE.ln()
    }
}

/// The share of pairs of a value of each column of which the first is larger.
fn share_above(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    let sorted = |column: ArrayView1<'_, f64>| {
        let mut values: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let below = |value: &f64| b.partition_point(|other| other < value);
    let n_above: f64 = a.iter().map(|value| below(value) as f64).sum();
    n_above / (a.len() as f64 * b.len() as f64)
}

/// A number of at most six digits, without the rounding error of a computation; none if it is another.
fn plain(value: f64) -> Option<f64> {
    let short: f64 = format!("{value:.5e}").parse().ok()?;
    let is_short = (value - short).abs() <= 1e-9 * value.abs() || value.abs() < 1e-9;
    let short = if value.abs() < 1e-9 { 0.0 } else { short };
    (value.is_finite() && is_short).then_some(short)
}
