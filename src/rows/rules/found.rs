//! Rules that hold in all rows of a table.

use std::collections::HashMap;

use ndarray::{Array1, ArrayView1, ArrayView2};

use super::Rule;
use super::combination::MOST;
use super::linear::sums;
use crate::error::Result;
use crate::rows::profile::FEW;
use crate::rows::schema::Column;
use crate::rows::{RowSource, check_columns};

/// Maximum number of columns: the time grows with the square of it.
const MOST_COLUMNS: usize = 200;
/// Minimum number of rows with values of all columns of a rule.
pub(super) const LEAST_ROWS: usize = 20;
/// An order is found if so many rows would break it if the values of one column were shuffled.
const LEAST_BROKEN: f64 = 20.0;
/// Maximum ratio of the standard deviations of two columns in an order.
const MOST_RATIO: f64 = 10.0;
/// Maximum mean of the difference of two columns in an order, in its standard deviations.
const MOST_DEVIATIONS: f64 = 3.0;
/// A column determines another if chance would do so with at most this probability.
const CHANCE: f64 = 1e-6;

impl Rule {
    /// Finds rules that hold in all rows of a table and hardly do by chance: columns that are sums of multiples of others, with factors
    /// of at most six digits, which are positive unless the column has negative values; orders of two columns in similar units; and combinations of categories, codes and indicators of which
    /// one determines another. NaN is a missing value. No column follows from others twice, so that all of the rules can be kept
    /// together. Rows that are not in memory and tables of more than 200 columns are not searched: none is found.
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
        if columns.len() > MOST_COLUMNS {
            return Ok(Vec::new());
        }
        Ok(backend.as_matrix().map_or_else(Vec::new, |rows| Self::find_in(rows.records(), columns)))
    }

    fn find_in(rows: ArrayView2<'_, f64>, columns: &[Column]) -> Vec<Self> {
        let table = Table { rows, columns };
        let numbers = table.numbers();
        let (of_few, sums): (Vec<Sum>, Vec<Sum>) =
            sums(rows, columns, &numbers).into_iter().partition(|sum| table.is_of_few_values(sum));
        let sums: Vec<Sum> = sums.into_iter().filter(|sum| table.keeps_sign(sum)).collect();
        let mut taken: Vec<usize> = sums.iter().flat_map(Sum::columns).collect();
        let mut combinations = groups(of_few.iter().map(Sum::columns));
        combinations.retain(|of| !of.iter().any(|column| taken.contains(column)));
        taken.extend(combinations.iter().flatten());
        combinations.extend(table.combinations(&taken));
        // that a total is at least its positive parts is no news
        let is_other = |column: &usize| {
            sums.iter().all(|sum| sum.total != *column)
                && combinations.iter().all(|of| !of.contains(column))
        };
        let others: Vec<usize> = numbers.iter().copied().filter(is_other).collect();
        let orders = table.orders(&others);
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

/// Joins groups of columns that share one; columns ascend.
fn groups(of_columns: impl Iterator<Item = Vec<usize>>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for mut group in of_columns {
        let shares = |other: &mut Vec<usize>| other.iter().any(|column| group.contains(column));
        let joined: Vec<Vec<usize>> = groups.extract_if(.., shares).collect();
        group.extend(joined.into_iter().flatten());
        group.sort_unstable();
        group.dedup();
        groups.push(group);
    }
    groups
}

struct Table<'r, 'c> {
    rows: ArrayView2<'r, f64>,
    columns: &'c [Column],
}

/// A column that is a sum of others.
pub(super) struct Sum {
    pub(super) total: usize,
    pub(super) terms: Vec<(f64, usize)>,
    pub(super) constant: f64,
}

impl Sum {
    fn columns(&self) -> Vec<usize> {
        let terms = self.terms.iter().map(|&(_, column)| column);
        std::iter::once(self.total).chain(terms).collect()
    }
}

impl Table<'_, '_> {
    /// Whether a column has at most twelve different values, such as an indicator of a level or a rating.
    fn has_few_values(&self, column: usize) -> bool {
        (1..=FEW).contains(&self.columns[column].values.len())
    }

    /// Whether a sum is one of indicators or other columns of few values, of which combinations occur.
    fn is_of_few_values(&self, sum: &Sum) -> bool {
        sum.columns().into_iter().all(|column| self.has_few_values(column))
    }

    /// Whether the sum of parts that are combined anew has the sign of a total without negative values.
    fn keeps_sign(&self, sum: &Sum) -> bool {
        let is_negative = self.columns[sum.total].range.is_none_or(|(low, _)| low < 0.0);
        is_negative || sum.terms.iter().all(|(factor, _)| *factor > 0.0)
    }

    /// Columns of numbers and dates that vary.
    fn numbers(&self) -> Vec<usize> {
        let varies = |column: &Column| column.range.is_none_or(|(low, high)| low < high);
        let is_number =
            |&at: &usize| !self.columns[at].kind.is_categorical() && varies(&self.columns[at]);
        (0..self.columns.len()).filter(is_number).collect()
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

    /// Whether a column is at most another in all rows, both in similar units, and the difference so small that a model without the rule
    /// would break it.
    fn is_order(&self, lower: usize, upper: usize) -> bool {
        if self.has_few_values(lower) || self.has_few_values(upper) {
            return false;
        }
        let (a, b) = (self.rows.column(lower), self.rows.column(upper));
        if a.iter().zip(b).any(|(a, b)| a > b) {
            return false;
        }
        let n_rows = a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()).count();
        let differences: Array1<f64> =
            b.iter().zip(a).map(|(b, a)| b - a).filter(|difference| !difference.is_nan()).collect();
        let [of_a, of_b] = [a, b].map(deviation);
        n_rows >= LEAST_ROWS
            && (of_a / MOST_RATIO..=of_a * MOST_RATIO).contains(&of_b)
            // equal columns are in an order both ways
            && differences.std(0.0) > 0.0
            && differences.sum() <= MOST_DEVIATIONS * differences.std(0.0) * differences.len() as f64
            && share_above(a, b) * n_rows as f64 >= LEAST_BROKEN
    }

    /// Groups of columns of which the first, a category or a code, determines the others, which are categories or numbers whose values
    /// recur. `taken` are columns of other rules.
    fn combinations(&self, taken: &[usize]) -> Vec<Vec<usize>> {
        let n_values = |&at: &usize| match self.columns[at].kind.levels() {
            Some(levels) => levels.n_levels(),
            None => self.columns[at].values.len(),
        };
        let is_eligible = |at: &usize| !taken.contains(at) && (2..=MOST).contains(&n_values(at));
        let mut eligible: Vec<usize> = (0..self.columns.len()).filter(is_eligible).collect();
        eligible.sort_by_key(|at| (std::cmp::Reverse(n_values(at)), *at));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for &first in &eligible {
            let is_free = |column: &usize| !groups.iter().any(|group| group.contains(column));
            let is_determined = |&&other: &&usize| {
                other != first && is_free(&other) && self.determines(first, other)
            };
            let is_first = self.columns[first].kind.is_categorical()
                || (self.columns[first].kind.is_numeric()
                    && self.columns[first].decimals == Some(0));
            if !is_first || !is_free(&first) {
                continue;
            }
            let others: Vec<usize> = eligible.iter().filter(is_determined).copied().collect();
            if !others.is_empty() {
                groups.push(std::iter::once(first).chain(others).collect());
            }
        }
        groups
    }

    /// Whether each value of a column has one value of another, which is unlikely by chance. A number does not count as a code if the
    /// other column is one of ranges of it, or rises or falls with it.
    fn determines(&self, first: usize, other: usize) -> bool {
        let pairs = || {
            let pairs = self.rows.column(first).into_iter().zip(self.rows.column(other));
            let pairs = pairs.map(|(&a, &b)| (a + 0.0, b + 0.0));
            pairs.filter(|(a, b)| !a.is_nan() && !b.is_nan())
        };
        let mut value_of = HashMap::new();
        if pairs().any(|(a, b)| *value_of.entry(a.to_bits()).or_insert(b) != b) {
            return false;
        }
        let mut pairs: Vec<(f64, f64)> = pairs().collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let of_first: Vec<&[(f64, f64)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
        let ranges: Vec<f64> = pairs.chunk_by(|a, b| a.1 == b.1).map(|rows| rows[0].1).collect();
        let mut others: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
        others.sort_by(f64::total_cmp);
        let counts: Vec<usize> = others.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
        let is_binned = ranges.len() == counts.len() && counts.len() < of_first.len();
        let is_monotone = ranges.is_sorted_by(|a, b| a <= b) || ranges.is_sorted_by(|a, b| a >= b);
        if self.columns[first].kind.is_numeric() && (is_binned || is_monotone) {
            return false;
        }
        let n_rows = pairs.len() as f64;
        // all rows of a value have the same value of the other column
        let same = |n: usize| {
            let powers = counts.iter().map(|&count| (count as f64 / n_rows).powi(n as i32));
            powers.sum::<f64>().ln()
        };
        let of_several = of_first.iter().filter(|rows| rows.len() > 1);
        pairs.len() >= LEAST_ROWS
            && of_several.map(|rows| same(rows.len())).sum::<f64>() <= CHANCE.ln()
    }
}

/// The standard deviation of the values that are not missing.
fn deviation(values: ArrayView1<'_, f64>) -> f64 {
    values.iter().copied().filter(|value| !value.is_nan()).collect::<Array1<f64>>().std(0.0)
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
