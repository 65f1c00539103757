//! A permutation test of whether categories are associated with other columns equally in two tables.

use ndarray::ArrayView2;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::PermutationTest;
use super::categories::level_of;
use crate::compute::random::stream;
use crate::error::{Error, Result};
use crate::rows::kind::ValueKind;
use crate::rows::{check_columns, has_missing};

mod pair;

use pair::{Pair, Values};

/// Result of a test of associations.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AssociationTest {
    /// The two columns whose association differs most, relative to differences by chance.
    pub columns: [usize; 2],
    /// Their association in both tables, from 0 to 1: Cramér's V of two categories, or the correlation ratio of a category and a
    /// number.
    pub associations: [f64; 2],
    /// The difference of their associations: V or the ratio of one table if the columns are independent in the other.
    pub difference: f64,
    /// The difference in standard deviations of its distribution by chance, and its p-value: the test of all pairs.
    pub test: PermutationTest,
}

/// Approximate number of additions allowed for the permutations: a few seconds.
const MOST_WORK: usize = 4_000_000_000;
/// Minimum number of rows of each table, however many pairs there are.
const LEAST_ROWS: usize = 50;
/// Maximum number of pairs.
const MOST_PAIRS: usize = 5000;

/// Tests whether categories are associated with the other columns equally in two tables. `kinds` are the kinds of the columns; a
/// category is the index of its level, and NaN is a missing value.
///
/// A missing category is a level of its own, and whether a number is missing is a category of two levels, so the test includes what
/// missing values depend on. A pair of categories, with shares p, is described by
/// ```text
/// t(g, h) = (p(g, h) - p(g) p(h)) / √(p(g) p(h)),       V = √(Σ t² / (min(number of levels) - 1))    Cramér (1946)
/// ```
/// and a category and a number of mean x̄ and standard deviation s by
/// ```text
/// t(h) = √p(h) (x̄(h) - x̄) / s,                          η = √Σ t²      the correlation ratio, Pearson (1905)
/// ```
/// The difference of two tables is that of their t: `√(Σ (t - t')² / (min - 1))` or `√Σ (t - t')²`. It is large also if both have
/// associations of equal strength between other levels.
///
/// The statistic is the largest difference of a pair, in standard deviations above its mean by chance, so that pairs of many levels,
/// whose differences are large by chance, do not hide others. Its null distribution is that over `n_permutations` random assignments
/// of the pooled rows to the two tables.
///
/// None without categories and missing values, with one column, or with more than 5000 pairs. If the permutations would take minutes,
/// the first rows of each table are compared.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::UnknownLevel`], [`Error::TooFewSamples`] below 10 rows in either table.
///
/// # Examples
/// ```
/// use mixlab::quality::association_test;
/// use mixlab::{Levels, ValueKind};
/// use ndarray::Array2;
///
/// // the number rises with the level
/// let table = |n: usize| Array2::from_shape_fn((n, 2), |(row, column)| {
///     let level = row % 3;
///     if column == 0 { level as f64 } else { level as f64 + (row as f64).sin() }
/// });
/// let kinds = [ValueKind::Categorical(Levels::new(["low", "middle", "high"])), ValueKind::Numeric];
/// let (a, b) = (table(200), table(300));
/// let equal = association_test(a.view(), b.view(), &kinds, 199, 0)?.unwrap();
/// assert!(equal.test.p_value > 0.05 && equal.associations[0] > 0.7);
/// let mut reversed = b.clone();
/// reversed.column_mut(0).mapv_inplace(|level| 2.0 - level);
/// let test = association_test(a.view(), reversed.view(), &kinds, 199, 0)?.unwrap();
/// assert!((test.associations[0] - test.associations[1]).abs() < 0.1);
/// assert_eq!(test.test.p_value, 0.005);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn association_test(
    left: ArrayView2<'_, f64>,
    right: ArrayView2<'_, f64>,
    kinds: &[ValueKind],
    n_permutations: usize,
    seed: u64,
) -> Result<Option<AssociationTest>> {
    check_columns(right.ncols(), left.ncols())?;
    if kinds.len() != left.ncols() {
        return Err(Error::shape("the kinds", left.ncols(), kinds.len()));
    }
    let n_rows = [left.nrows(), right.nrows()];
    if let Some(&n_samples) = n_rows.iter().find(|&&n| n < 10) {
        let wanted = "a test of associations".into();
        return Err(Error::TooFewSamples { n_samples, needed: 10, wanted });
    }
    let has_categories = kinds.iter().any(ValueKind::is_categorical);
    if !has_categories && !has_missing(left)? && !has_missing(right)? {
        return Ok(None);
    }
    let pairs = pairs_of(&columns_of(kinds, [left.view(), right.view()])?, n_rows, n_permutations);
    let Some(pairs) = pairs else { return Ok(None) };
    let [m, n] = pairs.n_rows;
    let differences = |chosen: &[usize]| -> Vec<f64> {
        pairs.pairs.iter().map(|pair| pair.difference(chosen)).collect()
    };
    let first: Vec<usize> = (0..m).collect();
    let found = differences(&first);
    let permuted: Vec<Vec<f64>> = (0..n_permutations as u64)
        .into_par_iter()
        .map(|permutation| {
            let mut order: Vec<usize> = (0..m + n).collect();
            differences(order.partial_shuffle(&mut stream(seed, permutation), m).0)
        })
        .collect();
    Ok(Some(pairs.result(&first, &found, &permuted)))
}

/// The pairs of columns of which at least one is a category.
struct Pairs {
    n_rows: [usize; 2],
    columns: Vec<[usize; 2]>,
    pairs: Vec<Pair>,
}

impl Pairs {
    /// The largest standardised difference of each assignment, the observed one first.
    fn result(&self, first: &[usize], found: &[f64], permuted: &[Vec<f64>]) -> AssociationTest {
        let n = (1 + permuted.len()) as f64;
        let all = || std::iter::once(found).chain(permuted.iter().map(Vec::as_slice));
        let scales: Vec<(f64, f64)> = (0..found.len())
            .map(|pair| {
                let mean = all().map(|of| of[pair]).sum::<f64>() / n;
                let variance = all().map(|of| (of[pair] - mean).powi(2)).sum::<f64>() / n;
                // differences are of order 1, so a smaller variance is rounding
                (mean, if variance > 1e-24 { variance.sqrt() } else { f64::INFINITY })
            })
            .collect();
        let largest = |differences: &[f64]| {
            let standardised = differences.iter().zip(&scales);
            let standardised =
                standardised.map(|(difference, (mean, sd))| (difference - mean) / sd);
            let values = standardised.enumerate();
            values.fold(
                (0, f64::NEG_INFINITY),
                |best, (pair, z)| {
                    if z > best.1 { (pair, z) } else { best }
                },
            )
        };
        let (pair, statistic) = largest(found);
        let test = PermutationTest::of(statistic, permuted.len(), |permutation| {
            largest(&permuted[permutation as usize]).1
        });
        AssociationTest {
            columns: self.columns[pair],
            associations: self.pairs[pair].associations(first),
            difference: found[pair],
            test,
        }
    }
}

/// The values of all columns in the pooled rows, and whether they are missing, where some are.
fn columns_of(
    kinds: &[ValueKind],
    tables: [ArrayView2<'_, f64>; 2],
) -> Result<Vec<(usize, Values)>> {
    let mut columns = Vec::new();
    for (column, kind) in kinds.iter().enumerate() {
        let parts = tables.map(|rows| rows.column(column).to_vec());
        let Some(levels) = kind.levels() else {
            let values = parts.concat();
            if values.iter().any(|value| value.is_nan()) {
                let is_missing = values.iter().map(|value| usize::from(value.is_nan()));
                columns.push((column, Values::levels(is_missing)));
            }
            columns.push((column, Values::numbers(values)));
            continue;
        };
        let n_levels = levels.n_levels();
        let mut codes = Vec::new();
        for values in parts {
            for (row, value) in values.into_iter().enumerate() {
                codes.push(level_of(value, n_levels, (row, column))?.unwrap_or(n_levels));
            }
        }
        columns.push((column, Values::levels(codes.into_iter())));
    }
    Ok(columns)
}

/// The pairs to compare, of as many rows as there is time for; none if there are no pairs or too many.
fn pairs_of(
    columns: &[(usize, Values)],
    n_rows: [usize; 2],
    n_permutations: usize,
) -> Option<Pairs> {
    let mut indices = Vec::new();
    for (at, (column, values)) in columns.iter().enumerate() {
        for (other, (other_column, other_values)) in columns.iter().enumerate().skip(at + 1) {
            if column != other_column && (values.is_category() || other_values.is_category()) {
                indices.push((at, other));
            }
        }
    }
    if indices.is_empty() || indices.len() > MOST_PAIRS {
        return None;
    }
    let most = (MOST_WORK / (n_permutations.max(1) * indices.len() * 2)).max(LEAST_ROWS);
    let compared = n_rows.map(|n| n.min(most));
    let rows: Vec<usize> = (0..compared[0]).chain(n_rows[0]..n_rows[0] + compared[1]).collect();
    let pair = |&(at, other): &(usize, usize)| {
        Pair::new(columns[at].1.select(&rows), columns[other].1.select(&rows))
    };
    Some(Pairs {
        n_rows: compared,
        columns: indices.iter().map(|&(at, other)| [columns[at].0, columns[other].0]).collect(),
        pairs: indices.iter().map(pair).collect(),
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::Rng;

    use super::*;
    use crate::rows::levels::Levels;

    fn kinds() -> [ValueKind; 3] {
        let levels = |n: usize| ValueKind::Categorical(Levels::new((0..n).map(|h| h.to_string())));
        [levels(3), levels(2), ValueKind::Numeric]
    }

    /// Rows of two categories and a number, associated if `strength` is 1; values are missing more often for level 2.
    fn table(n_rows: usize, strength: f64, seed: u64) -> Array2<f64> {
        let mut rng = stream(seed, 0);
        let mut rows = Array2::zeros((n_rows, 3));
        for mut row in rows.rows_mut() {
            let level = rng.gen_range(0..3_u8);
            let follows = rng.r#gen::<f64>() < strength;
            let other = if follows { u8::from(level == 1) } else { rng.gen_range(0..2) };
            let number = strength * f64::from(level) + rng.r#gen::<f64>();
            let is_missing = rng.r#gen::<f64>() < if level == 2 { 0.4 } else { 0.1 };
            row[0] = f64::from(level);
            row[1] = f64::from(other);
            row[2] = if is_missing { f64::NAN } else { number };
        }
        rows
    }

    fn test(left: &Array2<f64>, right: &Array2<f64>, seed: u64) -> AssociationTest {
        association_test(left.view(), right.view(), &kinds(), 199, seed).unwrap().unwrap()
    }

    #[test]
    fn independent_columns_differ_from_associated_ones() {
        let found = test(&table(300, 1.0, 1), &table(200, 0.0, 2), 0);
        assert_eq!(found.test.p_value, 0.005);
        assert!(found.associations[0] > found.associations[1] + 0.3, "{found:?}");
        assert!(found.difference > 0.5, "{found:?}");
    }

    #[test]
    fn what_missing_values_depend_on_is_compared() {
        let (left, mut right) = (table(400, 0.5, 1), table(400, 0.5, 2));
        // as many values are missing, but in rows of any level
        let mut rng = stream(3, 0);
        for mut row in right.rows_mut() {
            row[2] =
                if rng.r#gen::<f64>() < 0.2 { f64::NAN } else { 0.5 * row[0] + rng.r#gen::<f64>() };
        }
        let found = test(&left, &right, 0);
        assert!(found.test.p_value <= 0.01, "{found:?}");
        assert_eq!(found.columns, [0, 2]);
    }

    #[test]
    fn p_values_are_uniform_for_equal_distributions() {
        // of 40 tests at the 10 % level, 4 are expected to reject; 12 would be four deviations away
        let rejected = (0..40).filter(|&seed| {
            let (a, b) = (table(60, 0.5, 2 * seed), table(90, 0.5, 2 * seed + 1));
            test(&a, &b, seed).test.p_value < 0.1
        });
        assert!(rejected.count() < 12);
    }

    #[test]
    fn the_same_rows_do_not_differ_and_constant_columns_are_allowed() {
        let rows = table(60, 1.0, 1);
        let found = test(&rows, &rows, 0);
        assert!(found.difference < 1e-12 && found.test.p_value == 1.0, "{found:?}");
        let constant = Array2::zeros((20, 3));
        let found = test(&constant, &constant, 0);
        assert_eq!((found.associations, found.difference), ([0.0; 2], 0.0));
        assert_eq!(found.test.p_value, 1.0);
    }

    #[test]
    fn numbers_without_missing_values_have_no_such_pairs() {
        let rows = table(20, 0.0, 1);
        let number = rows.column(0).insert_axis(ndarray::Axis(1)).to_owned();
        let kinds = [ValueKind::Numeric];
        assert_eq!(association_test(number.view(), number.view(), &kinds, 9, 0).unwrap(), None);
    }
}
