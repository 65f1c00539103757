//! Canonical signs and order of principal axes, which the decomposition does not determine.

use std::cmp::Ordering;

use ndarray::{Array1, Array2, ArrayView1, Axis};

use crate::compute::ties::{coarse, first_largest};

/// Tolerance below which entries of unit axes are equal: the error of eigenvectors is rounding divided by the gaps between
/// eigenvalues.
const UNIT: f64 = 1e-6;

/// Flips axes so that the entry of largest magnitude of each, the first of those equal to rounding, is positive.
pub(super) fn fix_signs(axes: &mut Array2<f64>) {
    for mut axis in axes.rows_mut() {
        let largest = first_largest(axis.iter().map(|entry| entry.abs()));
        if largest.is_some_and(|largest| axis[largest] < 0.0) {
            axis.mapv_inplace(|entry| -entry);
        }
    }
}

/// Orders axes whose variances are equal to rounding by their entries, those with the larger first entry first. Variances are
/// in decreasing order and keep their places.
pub(super) fn order_equals(variances: &Array1<f64>, axes: &mut Array2<f64>) {
    let mut order: Vec<usize> = (0..axes.nrows()).collect();
    let mut rest = order.as_mut_slice();
    while let [first, ..] = rest {
        let of_group = coarse(variances[*first]);
        let n_equal =
            rest.iter().take_while(|&&index| coarse(variances[index]) == of_group).count();
        let (group, after) = rest.split_at_mut(n_equal);
        // a variance of 0 has no distinguished axis
        if group.len() > 1 && of_group > 0.0 {
            group.sort_by(|&a, &b| by_entries(axes.row(b), axes.row(a)));
        }
        rest = after;
    }
    if !order.is_sorted() {
        *axes = axes.select(Axis(0), &order);
    }
}

fn by_entries(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> Ordering {
    let unit = |entry: &f64| (entry / UNIT).round();
    let mut orders = a.iter().zip(b).map(|(a, b)| unit(a).total_cmp(&unit(b)));
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_first_of_largest_entries_equal_to_rounding_is_positive() {
        let half = 0.5_f64.sqrt();
        let mut axes = array![[-half, half + 1e-15], [half, -half - 1e-15], [0.6, -0.8]];
        fix_signs(&mut axes);
        assert!(axes[[0, 0]] > 0.0 && axes[[1, 0]] > 0.0 && axes[[2, 1]] > 0.0);
    }

    #[test]
    fn equal_variances_are_ordered_by_their_axes() {
        let mut axes = array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
        order_equals(&array![2.0, 2.0 + 1e-13, 1.0], &mut axes);
        assert_eq!(axes, array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        order_equals(&array![3.0, 2.0, 1.0], &mut axes);
        assert_eq!(axes, Array2::<f64>::eye(3));
    }
}
