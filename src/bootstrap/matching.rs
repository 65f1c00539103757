//! The best one-to-one matching of two sets (Kuhn 1955), by shortest augmenting paths (Jonker & Volgenant 1987).

use ndarray::ArrayView2;

/// The column of each row of a square matrix such that the sum of the `profits` is largest.
pub(super) fn best_matching(profits: ArrayView2<'_, f64>) -> Vec<usize> {
    let n = profits.nrows();
    // reduced costs are cost - row potential - column potential; column n is that of the row to be matched
    let (mut of_row, mut of_column) = (vec![0.0; n], vec![0.0; n + 1]);
    let mut row_of = vec![None; n + 1];
    for row in 0..n {
        row_of[n] = Some(row);
        let (mut least, mut before) = (vec![f64::INFINITY; n], vec![n; n]);
        let mut is_done = vec![false; n + 1];
        let mut at = n;
        while let Some(row) = row_of[at] {
            is_done[at] = true;
            let (mut next, mut shortest) = (n, f64::INFINITY);
            for column in (0..n).filter(|&column| !is_done[column]) {
                let reduced = -profits[[row, column]] - of_row[row] - of_column[column];
                if reduced < least[column] {
                    (least[column], before[column]) = (reduced, at);
                }
                if least[column] < shortest {
                    (next, shortest) = (column, least[column]);
                }
            }
            for column in 0..=n {
                if !is_done[column] {
                    if column < n {
                        least[column] -= shortest;
                    }
                } else if let Some(row) = row_of[column] {
                    of_row[row] += shortest;
                    of_column[column] -= shortest;
                }
            }
            at = next;
        }
        // each row of the path moves to the next column
        while at != n {
            row_of[at] = row_of[before[at]];
            at = before[at];
        }
    }
    let mut columns = vec![0; n];
    for (column, row) in row_of.iter().take(n).enumerate() {
        if let Some(row) = row {
            columns[*row] = column;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    /// The largest sum over all permutations.
    fn largest(profits: &Array2<f64>, row: usize, used: &mut Vec<usize>) -> f64 {
        if row == profits.nrows() {
            return 0.0;
        }
        let mut best = f64::NEG_INFINITY;
        for column in 0..profits.ncols() {
            if !used.contains(&column) {
                used.push(column);
                best = best.max(profits[[row, column]] + largest(profits, row + 1, used));
                used.pop();
            }
        }
        best
    }

    #[test]
    fn matchings_are_by_sum_and_not_one_after_another() {
        let profits = array![[0.9, 0.8], [0.8, 0.1]];
        assert_eq!(best_matching(profits.view()), [1, 0]);
        assert!(best_matching(Array2::zeros((0, 0)).view()).is_empty());
    }

    proptest! {
        #[test]
        fn no_permutation_has_a_larger_sum(n in 1_usize..7, seed in 0_u64..1000) {
            let number = |i: usize, j: usize| ((seed as usize + 1) * (31 * i + 17 * j + 7) % 101) as f64;
            let profits = Array2::from_shape_fn((n, n), |(i, j)| number(i, j));
            let columns = best_matching(profits.view());
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            prop_assert!(sorted.iter().copied().eq(0..n));
            let sum: f64 = columns.iter().enumerate().map(|(row, &column)| profits[[row, column]]).sum();
            prop_assert_eq!(sum, largest(&profits, 0, &mut Vec::new()));
        }
    }
}
