//! Single values that are not as frequent in one table as in another.

use std::collections::HashMap;

use ndarray::{ArrayView1, ArrayView2};

use super::missing_test;
use crate::compute::ties::coarse;
use crate::rows::decimals::is_rounded;
use crate::rows::kind::ValueKind;
use crate::rows::schema::Column;

/// What some values of a column have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueTrait {
    /// They are this value; of a category, this level.
    Equals(f64),
    /// They have more than so many decimals.
    MoreDecimals(u32),
    /// They are below the smallest value of the original.
    Below(f64),
    /// They are above the largest value of the original.
    Above(f64),
}

/// How often the values of a column have a trait in an original and in a synthetic table.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ValueDifference {
    /// Index of the column.
    pub column: usize,
    /// The trait.
    pub values: ValueTrait,
    /// Shares of the observed values of the compared rows of the original and of the synthetic table that have it.
    pub shares: [f64; 2],
    /// Probability of shares that differ as much by chance, times the number of all traits of all columns that were compared
    /// (Bonferroni).
    pub p_value: f64,
}

/// Maximum number of frequent values of a column that are compared.
const MOST_VALUES: usize = 20;
/// Number of rows, and share of the rows of both tables, that make a value frequent.
const LEAST_FREQUENT: usize = 5;
const LEAST_SHARE: f64 = 0.005;

/// Compares how often single values occur: the most frequent values of each column, values with more than some number of decimals, and
/// values outside of the range of the original. The results are in the order of their p-values.
///
/// For a given number of rows with a trait, their number in one table is hypergeometric if both tables follow one distribution, which
/// Fisher's exact test compares; traits are chosen from both tables together. That k or more of the n synthetic rows are above all m
/// original rows has a probability of at most `n (n-1) … / ((m+n) (m+n-1) …)`.
///
/// # Examples
/// ```
/// use mixlab::{ValueKind, quality::{ValueTrait, value_differences}};
/// use ndarray::Array2;
///
/// // every third number is 0 in one table only
/// let left = Array2::from_shape_fn((90, 1), |(row, _)| if row % 3 == 0 { 0.0 } else { row as f64 });
/// let right = Array2::from_shape_fn((90, 1), |(row, _)| row as f64);
/// let found = value_differences([left.view(), right.view()], &[ValueKind::Numeric]);
/// assert_eq!(found[0].values, ValueTrait::Equals(0.0));
/// assert!(found[0].p_value < 1e-6 && found[0].shares[0] > 0.3);
/// ```
pub fn value_differences(
    tables: [ArrayView2<'_, f64>; 2],
    kinds: &[ValueKind],
) -> Vec<ValueDifference> {
    let mut found = Vec::new();
    for (column, kind) in kinds.iter().enumerate() {
        let values = tables.each_ref().map(|rows| observed(rows.column(column)));
        if values.iter().any(Vec::is_empty) {
            continue;
        }
        let compared = match kind.is_categorical() {
            true => frequent(&values),
            false => [frequent(&values), rounded(&values), outside(&values)].concat(),
        };
        found.extend(compared.into_iter().map(|(of, counts, p_value)| ValueDifference {
            column,
            values: of,
            shares: [0, 1].map(|table| counts[table] as f64 / values[table].len() as f64),
            p_value,
        }));
    }
    let n_compared = found.len() as f64;
    found.iter_mut().for_each(|difference| {
        difference.p_value = (difference.p_value * n_compared).min(1.0);
    });
    // the sort is stable: of equal p-values, those of the first column are first
    found.sort_by(|a, b| coarse(a.p_value).total_cmp(&coarse(b.p_value)));
    found
}

/// A trait, its numbers of values in both tables, and the p-value.
type Compared = (ValueTrait, [usize; 2], f64);

fn observed(values: ArrayView1<'_, f64>) -> Vec<f64> {
    // minus zero is zero
    values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect()
}

fn compared(of: ValueTrait, counts: [usize; 2], values: &[Vec<f64>; 2]) -> Compared {
    (of, counts, missing_test(counts, values.each_ref().map(Vec::len)))
}

/// Compares the values that are frequent in both tables together.
fn frequent(values: &[Vec<f64>; 2]) -> Vec<Compared> {
    let mut counts: HashMap<u64, [usize; 2]> = HashMap::new();
    for (table, values) in values.iter().enumerate() {
        values.iter().for_each(|value| counts.entry(value.to_bits()).or_default()[table] += 1);
    }
    let n = values.iter().map(Vec::len).sum::<usize>();
    let least = LEAST_FREQUENT.max((LEAST_SHARE * n as f64).ceil() as usize);
    let mut counts: Vec<(f64, [usize; 2])> = counts
        .into_iter()
        .filter(|(_, [left, right])| left + right >= least)
        .map(|(bits, counts)| (f64::from_bits(bits), counts))
        .collect();
    counts.sort_by(|(a, [l, r]), (b, [m, s])| (m + s).cmp(&(l + r)).then(a.total_cmp(b)));
    counts.truncate(MOST_VALUES);
    counts
        .into_iter()
        .map(|(value, both)| compared(ValueTrait::Equals(value), both, values))
        .collect()
}

/// Compares the numbers of values with more than 0, 1, 2, ... decimals.
fn rounded(values: &[Vec<f64>; 2]) -> Vec<Compared> {
    let mut found: Vec<Compared> = Vec::new();
    for decimals in 0..Column::MOST_DECIMALS {
        let has_more = |value: &&f64| !is_rounded(**value, decimals);
        let counts = values.each_ref().map(|values| values.iter().filter(has_more).count());
        let is_new = found.last().is_none_or(|(_, last, _)| *last != counts);
        let all = counts[0] == values[0].len() && counts[1] == values[1].len();
        if counts != [0, 0] && !all && is_new {
            found.push(compared(ValueTrait::MoreDecimals(decimals), counts, values));
        }
    }
    found
}

/// Compares values with the range of the original.
fn outside([original, synthetic]: &[Vec<f64>; 2]) -> Vec<Compared> {
    let low = original.iter().copied().fold(f64::INFINITY, f64::min);
    let high = original.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let below = synthetic.iter().filter(|value| **value < low).count();
    let above = synthetic.iter().filter(|value| **value > high).count();
    let p_value = |count: usize| {
        let (m, n) = (original.len(), synthetic.len());
        (0..count).map(|row| (n - row) as f64 / (m + n - row) as f64).product::<f64>()
    };
    vec![
        (ValueTrait::Below(low), [0, below], p_value(below)),
        (ValueTrait::Above(high), [0, above], p_value(above)),
    ]
}

impl ValueDifference {
    /// Describes the values: `= 56.3`, `= online`, `has more than 2 decimals`, `< 18`. `kind` is that of the column.
    pub fn describe(&self, kind: &ValueKind) -> String {
        let text = |value: f64| kind.text(value).unwrap_or_else(|| value.to_string());
        match self.values {
            ValueTrait::Equals(value) => format!("= {}", text(value)),
            ValueTrait::MoreDecimals(0) if kind.is_numeric() => "is no whole number".to_owned(),
            ValueTrait::MoreDecimals(0) => "is no whole day".to_owned(),
            ValueTrait::MoreDecimals(1) => "has more than 1 decimal".to_owned(),
            ValueTrait::MoreDecimals(decimals) => format!("has more than {decimals} decimals"),
            ValueTrait::Below(value) => format!("< {}", text(value)),
            ValueTrait::Above(value) => format!("> {}", text(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn first(left: &Array2<f64>, right: &Array2<f64>) -> ValueDifference {
        value_differences([left.view(), right.view()], &[ValueKind::Numeric])[0]
    }

    #[test]
    fn decimals_values_and_ranges_are_named() {
        let whole = Array2::from_shape_fn((60, 1), |(row, _)| (row % 30) as f64);
        let found = first(&whole, &whole.mapv(|v| v + 0.25));
        assert_eq!((found.values, found.shares), (ValueTrait::MoreDecimals(0), [0.0, 1.0]));
        assert_eq!(found.describe(&ValueKind::Numeric), "is no whole number");
        let found = first(&whole, &whole.mapv(|v| v - 12.0));
        assert_eq!((found.values, found.shares), (ValueTrait::Below(0.0), [0.0, 0.4]));
        assert_eq!(found.describe(&ValueKind::Numeric), "< 0");
        let spiked = whole.mapv(|v| if v < 10.0 { 0.0 } else { v });
        let found = first(&spiked, &whole);
        assert_eq!(found.values, ValueTrait::Equals(0.0));
        assert!(found.p_value < 1e-3, "{found:?}");
    }

    #[test]
    fn one_table_differs_from_itself_by_chance_only() {
        let rows =
            Array2::from_shape_fn((60, 2), |(row, column)| (row * (column + 1) % 7) as f64 / 2.0);
        let all = value_differences([rows.view(), rows.view()], &vec![ValueKind::Numeric; 2]);
        // seven values, one number of decimals and two ends of the range
        assert_eq!(all.len(), 20);
        assert!(all.iter().all(|difference| difference.p_value == 1.0));
    }
}
