//! Comparisons of single columns of two tables.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::compute::random::child_seed;
use crate::error::Result;
use crate::metrics::quality::categories::level_of;
use crate::metrics::quality::{
    KolmogorovSmirnov, PermutationTest, kolmogorov_smirnov, missing_test, total_variation_test,
};
use crate::rows::kind::ValueKind;
use crate::rows::levels::Levels;

/// The comparison of one column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ColumnComparison {
    /// Name of the column.
    pub name: String,
    /// Kind of its values.
    pub kind: ValueKind,
    /// Comparison of the observed values.
    pub values: ValueComparison,
    /// Comparison of the shares of missing values; none if neither table has any in this column.
    pub missing: Option<MissingComparison>,
}

/// The comparison of the observed values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueComparison {
    /// Numbers and dates.
    Numbers(NumberComparison),
    /// Categories.
    Categories(CategoryComparison),
}

/// The comparison of a column of numbers. Values of dates are in days.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NumberComparison {
    /// Means of all rows of the original and of the synthetic table; NaN without observed values.
    pub means: [f64; 2],
    /// Standard deviations of all rows of both.
    pub deviations: [f64; 2],
    /// Kolmogorov-Smirnov test of the compared rows; none if one table has no observed values in them.
    pub ks: Option<KolmogorovSmirnov>,
}

/// The comparison of a column of categories.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CategoryComparison {
    /// Levels of both tables.
    pub levels: Levels,
    /// Shares of the levels among the observed values of all rows of the original and of the synthetic table, by level; 0
    /// without observed values.
    pub shares: Vec<[f64; 2]>,
    /// [Test of the total variation distance](total_variation_test) of the compared rows; none if one table has no observed values in
    /// them.
    pub tv: Option<PermutationTest>,
}

/// The comparison of the missing values of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MissingComparison {
    /// Shares of missing values in all rows of the original and of the synthetic table.
    pub shares: [f64; 2],
    /// p-value of [Fisher's exact test](missing_test) of the compared rows.
    pub p_value: f64,
}

impl ColumnComparison {
    /// Largest difference of the distributions, from 0 to 1, and its p-value: by Kolmogorov and Smirnov for numbers, the total
    /// variation distance for categories. None if one table has no observed values.
    pub fn difference(&self) -> Option<(f64, f64)> {
        match &self.values {
            ValueComparison::Numbers(numbers) => {
                numbers.ks.map(|test| (test.statistic, test.p_value))
            }
            ValueComparison::Categories(categories) => {
                categories.tv.map(|test| (test.statistic, test.p_value))
            }
        }
    }
}

impl CategoryComparison {
    /// Names of the levels that only the original table has, and of those that only the synthetic one has.
    pub fn levels_of_one_table(&self) -> [Vec<&str>; 2] {
        [[0, 1], [1, 0]].map(|[table, other]| {
            let levels = self.levels.names().iter().zip(&self.shares);
            let own = levels.filter(|(_, shares)| shares[table] > 0.0 && shares[other] == 0.0);
            own.map(|(name, _)| name.as_str()).collect()
        })
    }

    /// Index of the level whose shares differ most; of several, the first.
    pub fn most_different_level(&self) -> Option<usize> {
        let difference = |level: &usize| {
            let [original, synthetic] = self.shares[*level];
            (original - synthetic).abs()
        };
        (0..self.shares.len()).rev().max_by(|a, b| difference(a).total_cmp(&difference(b)))
    }
}

/// Number of permutations of a total variation test for each column, so that the smallest p-value is below the limit of a comparison
/// of many columns and of all kinds of tests.
const PERMUTATIONS_PER_COLUMN: usize = 1200;
const LEAST_PERMUTATIONS: usize = 999;
const MOST_PERMUTATIONS: usize = 99_999;

/// Compares each column: means, standard deviations and shares of all rows, and the distributions of the compared rows.
pub(super) fn compare_columns(
    tables: [ArrayView2<'_, f64>; 2],
    compared: [&Array2<f64>; 2],
    columns: &[(&str, &ValueKind)],
    seed: u64,
) -> Result<Vec<ColumnComparison>> {
    let n_categories = columns.iter().filter(|(_, kind)| kind.is_categorical()).count();
    let n_permutations = (PERMUTATIONS_PER_COLUMN * n_categories.max(columns.len()))
        .clamp(LEAST_PERMUTATIONS, MOST_PERMUTATIONS);
    let compare = |(index, (name, kind)): (usize, &(&str, &ValueKind))| {
        let all = tables.map(|rows| rows.column(index).to_owned());
        let some = compared.map(|rows| rows.column(index));
        let values = match kind.levels() {
            None => ValueComparison::Numbers(numbers(&all, some)?),
            Some(levels) => {
                let test = (n_permutations, child_seed(seed, index as u64));
                ValueComparison::Categories(categories(levels, (&all, index), some, test)?)
            }
        };
        let missing = missing(&all, some);
        Ok(ColumnComparison { name: (*name).to_owned(), kind: (*kind).clone(), values, missing })
    };
    columns.par_iter().enumerate().map(compare).collect()
}

fn numbers(
    all: &[Array1<f64>; 2],
    [left, right]: [ArrayView1<'_, f64>; 2],
) -> Result<NumberComparison> {
    let observed = all.each_ref().map(|values| -> Array1<f64> {
        values.iter().copied().filter(|value| !value.is_nan()).collect()
    });
    let deviation =
        |values: &Array1<f64>| if values.is_empty() { f64::NAN } else { values.std(0.0) };
    let has_values = [left, right].iter().all(|values| values.iter().any(|v| !v.is_nan()));
    Ok(NumberComparison {
        means: observed.each_ref().map(|values| values.mean().unwrap_or(f64::NAN)),
        deviations: observed.each_ref().map(deviation),
        ks: has_values.then(|| kolmogorov_smirnov(left, right)).transpose()?,
    })
}

fn categories(
    levels: &Levels,
    (all, column): (&[Array1<f64>; 2], usize),
    [left, right]: [ArrayView1<'_, f64>; 2],
    (n_permutations, seed): (usize, u64),
) -> Result<CategoryComparison> {
    let n_levels = levels.n_levels();
    let mut shares = vec![[0.0; 2]; n_levels];
    for (table, values) in all.iter().enumerate() {
        let n = values.iter().filter(|value| !value.is_nan()).count() as f64;
        for (row, &value) in values.iter().enumerate() {
            if let Some(level) = level_of(value, n_levels, (row, column))? {
                shares[level][table] += 1.0;
            }
        }
        shares.iter_mut().filter(|_| n > 0.0).for_each(|shares| shares[table] /= n);
    }
    let has_values = [left, right].iter().all(|values| values.iter().any(|v| !v.is_nan()));
    let test = || total_variation_test(left, right, n_levels, n_permutations, seed);
    Ok(CategoryComparison {
        levels: levels.clone(),
        shares,
        tv: has_values.then(test).transpose()?,
    })
}

fn missing(
    all: &[Array1<f64>; 2],
    compared: [ArrayView1<'_, f64>; 2],
) -> Option<MissingComparison> {
    let n_missing = |values: ArrayView1<'_, f64>| values.iter().filter(|v| v.is_nan()).count();
    let shares = all.each_ref().map(|values| n_missing(values.view()) as f64 / values.len() as f64);
    let p_value = || missing_test(compared.map(n_missing), compared.map(|values| values.len()));
    (shares != [0.0; 2]).then(|| MissingComparison { shares, p_value: p_value() })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn columns_are_compared_by_their_kind_over_observed_values() {
        let kind = ValueKind::Categorical(Levels::new(["a", "b", "c"]));
        let columns = [("x", &ValueKind::Numeric), ("y", &kind)];
        let left = array![[1.0, 0.0], [NAN, 0.0], [3.0, 1.0], [2.0, NAN]];
        let right = array![[1.0, 2.0], [3.0, 0.0]];
        let tables = [left.view(), right.view()];
        let compared = compare_columns(tables, [&left, &right], &columns, 0).unwrap();
        let ValueComparison::Numbers(x) = &compared[0].values else { panic!("{compared:?}") };
        assert_eq!(x.means, [2.0, 2.0]);
        assert_eq!(compared[0].missing.unwrap().shares, [0.25, 0.0]);
        let ValueComparison::Categories(y) = &compared[1].values else { panic!("{compared:?}") };
        assert_eq!(y.shares, [[2.0 / 3.0, 0.5], [1.0 / 3.0, 0.0], [0.0, 0.5]]);
        assert_eq!(y.levels_of_one_table(), [vec!["b"], vec!["c"]]);
        assert_eq!(y.most_different_level(), Some(2));
        approx::assert_relative_eq!(compared[1].difference().unwrap().0, 0.5, epsilon = 1e-12);
    }

    #[test]
    fn a_column_without_values_has_no_difference() {
        let kind = ValueKind::Categorical(Levels::new(["a"]));
        let columns = [("x", &ValueKind::Numeric), ("y", &kind)];
        let (left, right) = (array![[1.0, 0.0]], array![[NAN, NAN]]);
        let tables = [left.view(), right.view()];
        let compared = compare_columns(tables, [&left, &right], &columns, 0).unwrap();
        assert!(compared.iter().all(|column| column.difference().is_none()), "{compared:?}");
        assert!(compared.iter().all(|column| column.missing.unwrap().shares == [0.0, 1.0]));
    }
}
