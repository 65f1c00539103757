//! Distances to nearest neighbours.

use ndarray::{Array1, ArrayView2, Axis, Slice};
use rayon::prelude::*;

use super::check_complete;
use crate::error::Result;
use crate::rows::check_columns;

/// Distance of each row of `from` to the nearest row of `to`, shape `(n_from,)`.
///
/// Generated rows are new and plausible if their distances to the training rows are about those of held-out rows. Much
/// smaller distances indicate copies, much larger ones noise.
///
/// # Errors
/// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch), [`Error::NonFinite`](crate::Error::NonFinite),
/// [`Error::IncompleteRows`](crate::Error::IncompleteRows), [`Error::TooFewSamples`](crate::Error::TooFewSamples) without rows.
///
/// # Examples
/// ```
/// use mixlab::quality::nearest_distances;
/// use ndarray::array;
///
/// let real = array![[0.0, 0.0], [3.0, 4.0]];
/// let distances = nearest_distances(array![[0.0, 1.0], [3.0, 4.0]].view(), real.view())?;
/// assert_eq!(distances, array![1.0, 0.0]);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn nearest_distances(
    from: ArrayView2<'_, f64>,
    to: ArrayView2<'_, f64>,
) -> Result<Array1<f64>> {
    nearest(from, to, |_, _| true)
}

/// Distance of each of the first `n_rows` rows to the nearest other row of the same table, shape `(n_rows,)`; infinite if
/// there is no other.
///
/// # Errors
/// Same as [`nearest_distances`].
///
/// # Examples
/// ```
/// use mixlab::quality::nearest_others;
/// use ndarray::array;
///
/// let rows = array![[0.0], [1.0], [5.0]];
/// assert_eq!(nearest_others(rows.view(), 3)?, array![1.0, 1.0, 4.0]);
/// assert_eq!(nearest_others(rows.view(), 1)?, array![1.0]);
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn nearest_others(rows: ArrayView2<'_, f64>, n_rows: usize) -> Result<Array1<f64>> {
    let first = rows.slice_axis(Axis(0), Slice::from(..n_rows.min(rows.nrows())));
    nearest(first, rows, |index, other| index != other)
}

/// Returns the distance of each row to the nearest row of `to` for which `counts(row, other)` holds.
fn nearest(
    from: ArrayView2<'_, f64>,
    to: ArrayView2<'_, f64>,
    counts: impl Fn(usize, usize) -> bool + Sync,
) -> Result<Array1<f64>> {
    for rows in [from.view(), to.view()] {
        check_complete(rows, "a search of nearest rows")?;
    }
    check_columns(from.ncols(), to.ncols())?;
    let to = to.as_standard_layout();
    let nearest = |index: usize| {
        let row = from.row(index).to_vec();
        let others = to.rows().into_iter().enumerate().filter(|&(other, _)| counts(index, other));
        let squared = others.map(|(_, other)| {
            squared_distance(&row, other.as_slice().expect("a row in standard layout"))
        });
        squared.fold(f64::INFINITY, f64::min).sqrt()
    };
    let distances: Vec<f64> = (0..from.nrows()).into_par_iter().map(nearest).collect();
    Ok(distances.into())
}

/// Squared distance, in four sums, so that it is vectorised.
pub(super) fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    let (mut left, mut right) = (left.chunks_exact(4), right.chunks_exact(4));
    let mut sums = [0.0; 4];
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for lane in 0..4 {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    let rest = left.remainder().iter().zip(right.remainder());
    let rest: f64 = rest.map(|(a, b)| (a - b) * (a - b)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
