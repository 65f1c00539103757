//! What a tree may ask of a row.

use ndarray::{Array2, ArrayView1, ArrayView2};

use crate::rows::kind::ValueKind;

/// Returns the features of rows, shape `(n, n_columns)`: numbers are their values, and categories are the ranks of their levels by
/// frequency, so that a threshold separates frequent levels from rare ones; NaN is missing.
///
/// Ranks depend on all rows together, so that no feature knows which table a row is from.
pub(super) fn features(rows: ArrayView2<'_, f64>, kinds: &[ValueKind]) -> Array2<f64> {
    let mut features = rows.to_owned();
    for (mut column, kind) in features.columns_mut().into_iter().zip(kinds) {
        if let Some(levels) = kind.levels() {
            let ranks = ranks(column.view(), levels.n_levels());
            column.mapv_inplace(|level| if level.is_nan() { level } else { ranks[level as usize] });
        }
    }
    features
}

/// The rank of each level: 0 for the most frequent one; equally frequent levels are in their order.
fn ranks(values: ArrayView1<'_, f64>, n_levels: usize) -> Vec<f64> {
    let mut counts = vec![0_usize; n_levels];
    values.iter().filter(|level| !level.is_nan()).for_each(|level| counts[*level as usize] += 1);
    let mut order: Vec<usize> = (0..n_levels).collect();
    order.sort_by_key(|&level| usize::MAX - counts[level]);
    let mut ranks = vec![0.0; n_levels];
    order.into_iter().enumerate().for_each(|(rank, level)| ranks[level] = rank as f64);
    ranks
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::rows::levels::Levels;

    #[test]
    fn levels_are_ranked_by_frequency_and_numbers_stay() {
        let nan = f64::NAN;
        let rows = array![[0.25, 2.0], [3.0, 1.0], [nan, 1.0], [1.0, nan], [0.0, 0.0], [0.0, 1.0]];
        let kinds = [ValueKind::Numeric, ValueKind::Categorical(Levels::new(["a", "b", "c"]))];
        let found = features(rows.view(), &kinds);
        assert!(found.column(0).iter().zip(rows.column(0)).all(|(a, b)| a == b || b.is_nan()));
        let ranks = found.column(1);
        assert!(ranks[3].is_nan());
        assert_eq!([0, 1, 2, 4, 5].map(|row| ranks[row]), [2.0, 0.0, 0.0, 1.0, 0.0]);
    }
}
