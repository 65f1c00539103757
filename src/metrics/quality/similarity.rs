//! Similarity of two tables by the figures that are in common use.

use std::collections::BTreeMap;

use ndarray::{Array1, ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::rows::kind::ValueKind;

/// Similarity of a synthetic table to the original by the figures of the package sdmetrics (0.32), to compare with results of others:
/// from 0 to 1, 1 for a copy. They have no p-values, and depend on neither the number of rows nor what chance allows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Similarity {
    /// Mean of `1 - KS` of columns of numbers and of `1 - TV` of categories; NaN without observed values.
    pub column_shapes: f64,
    /// Mean over the pairs of columns that are related in the original: of two columns of numbers `1 - |ρ - ρ'| / 2` with the correlations
    /// of both tables, if |ρ| > 0.5; of other pairs 1 minus the total variation distance of their contingency tables, with numbers in ten
    /// bins of equal width of each table, if Cramér's V > 0.3. None without such pairs, or with more than 5000 pairs.
    pub pair_trends: Option<f64>,
}

/// Maximum number of pairs of columns.
const MOST_PAIRS: usize = 5000;
const BINS: usize = 10;
/// Pairs of the original with a larger correlation, or a larger V of Cramér, are related.
const LEAST_CORRELATION: f64 = 0.5;
const LEAST_ASSOCIATION: f64 = 0.3;
/// The cell of missing categories.
const MISSING: u32 = u32::MAX;

/// Mean similarity of the pairs of columns that are related in the original.
pub(super) fn pair_trends(tables: [ArrayView2<'_, f64>; 2], kinds: &[ValueKind]) -> Option<f64> {
    let n_columns = kinds.len();
    if n_columns * n_columns.saturating_sub(1) / 2 > MOST_PAIRS {
        return None;
    }
    let cells: Vec<[Vec<u32>; 2]> = kinds
        .par_iter()
        .enumerate()
        .map(|(column, kind)| {
            tables.each_ref().map(|rows| match kind.is_categorical() {
                true => level_cells(rows.column(column)),
                false => number_cells(rows.column(column)),
            })
        })
        .collect();
    let pairs: Vec<(usize, usize)> =
        (0..n_columns).flat_map(|i| (i + 1..n_columns).map(move |j| (i, j))).collect();
    let similarity = |&(i, j): &(usize, usize)| {
        if kinds[i].is_categorical() || kinds[j].is_categorical() {
            return contingency_similarity(&cells[i], &cells[j]);
        }
        let [left, right] =
            tables.each_ref().map(|rows| correlation(rows.column(i), rows.column(j)));
        let left = left.filter(|correlation| correlation.abs() > LEAST_CORRELATION)?;
        Some(1.0 - (left - right?).abs() / 2.0)
    };
    let found: Vec<f64> = pairs.par_iter().filter_map(similarity).collect();
    Array1::from(found).mean()
}

/// Correlation of the rows in which both are observed; none if one of them is constant there.
fn correlation(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> Option<f64> {
    let observed = || x.iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan());
    let n = observed().count() as f64;
    let mean = |of: fn((&f64, &f64)) -> f64| observed().map(of).sum::<f64>() / n;
    let means = (mean(|(x, _)| *x), mean(|(_, y)| *y));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in observed() {
        let (x, y) = (x - means.0, y - means.1);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}

fn level_cells(levels: ArrayView1<'_, f64>) -> Vec<u32> {
    levels.iter().map(|level| if level.is_nan() { MISSING } else { *level as u32 }).collect()
}

/// Bins of numbers. The largest number has a bin of its own, which missing ones share, as in sdmetrics.
fn number_cells(values: ArrayView1<'_, f64>) -> Vec<u32> {
    let observed = values.iter().filter(|value| !value.is_nan());
    let low = observed.clone().copied().fold(f64::INFINITY, f64::min);
    let high = observed.copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low) / BINS as f64;
    let cell = |&value: &f64| match value {
        _ if value.is_nan() || value == high => BINS as u32,
        _ => ((value - low) / width).floor().clamp(0.0, (BINS - 1) as f64) as u32,
    };
    values.iter().map(cell).collect()
}

/// 1 minus the total variation distance of the shares of pairs of cells, of a related pair.
fn contingency_similarity(first: &[Vec<u32>; 2], second: &[Vec<u32>; 2]) -> Option<f64> {
    let mut counts: BTreeMap<(u32, u32), [f64; 2]> = BTreeMap::new();
    for table in [0, 1] {
        for pair in first[table].iter().copied().zip(second[table].iter().copied()) {
            counts.entry(pair).or_default()[table] += 1.0;
        }
    }
    let [m, n] = first.each_ref().map(|cells| cells.len() as f64);
    let difference = |[a, b]: &[f64; 2]| (a / m - b / n).abs();
    let is_related = association(&counts, m) > LEAST_ASSOCIATION;
    is_related.then(|| 1.0 - counts.values().map(difference).sum::<f64>() / 2.0)
}

/// Cramér's V of the original, `√(χ² / (n (min(r, c) - 1)))` of a table of r by c cells; 0 if r or c is 1.
fn association(counts: &BTreeMap<(u32, u32), [f64; 2]>, n: f64) -> f64 {
    let (mut lines, mut columns) = (BTreeMap::new(), BTreeMap::new());
    for ((line, column), [count, _]) in counts.iter().filter(|(_, [count, _])| *count > 0.0) {
        *lines.entry(*line).or_insert(0.0) += count;
        *columns.entry(*column).or_insert(0.0) += count;
    }
    let fewest = lines.len().min(columns.len());
    if fewest < 2 {
        return 0.0;
    }
    // Σ (O - E)² / E = Σ O² / E - n
    let squares = counts.iter().filter(|(_, [count, _])| *count > 0.0);
    let squares = squares
        .map(|((line, column), [count, _])| count * count * n / (lines[line] * columns[column]));
    let chi_squared = squares.sum::<f64>() - n;
    (chi_squared.max(0.0) / (n * (fewest - 1) as f64)).sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::*;
    use crate::datasets;

    /// The rows of the dataset `customers` from a first one in steps of two, and the kinds of its columns.
    fn half(first: usize) -> (Array2<f64>, Vec<ValueKind>) {
        let customers = datasets::customers();
        let rows: Vec<usize> = (first..400).step_by(2).collect();
        let kinds = customers.schema.columns().into_iter().map(|column| column.kind);
        (customers.table.records.select(Axis(0), &rows), kinds.collect())
    }

    #[test]
    fn pair_trends_are_those_of_sdmetrics() {
        // QualityReport of sdmetrics 0.32 of every second row of customers.csv against the others
        let ((left, kinds), (right, _)) = (half(0), half(1));
        let found = pair_trends([left.view(), right.view()], &kinds).unwrap();
        approx::assert_abs_diff_eq!(found, 0.836_977_055_669_100_7, epsilon = 1e-12);
    }

    #[test]
    fn a_table_is_similar_to_itself_and_unrelated_columns_do_not_count() {
        let (rows, kinds) = half(0);
        let same = pair_trends([rows.view(), rows.view()], &kinds).unwrap();
        approx::assert_abs_diff_eq!(same, 1.0, epsilon = 1e-12);
        // an alternating column is as often high as low, whatever the other one is
        let unrelated =
            Array2::from_shape_fn((80, 2), |(row, column)| ((row >> column) % 2) as f64);
        let kinds = vec![ValueKind::Numeric; 2];
        assert_eq!(pair_trends([unrelated.view(), unrelated.view()], &kinds), None);
    }
}
