//! Log-densities by squared lengths, for families with a matrix for each component.

use ndarray::ArrayView2;

use super::family::row_major;
use crate::compute::simd;

/// Writes `constant + offset - ½ |·|²` of each row under each component to `out`, one contiguous run of `n_rows` for each component.
/// `squared_lengths` writes those of a component about its mean, and returns the log-density at the mean.
pub(super) fn by_squared_lengths(
    means: ArrayView2<'_, f64>,
    offsets: &[f64],
    (out, n_rows): (&mut [f64], usize),
    mut squared_lengths: impl FnMut(usize, &[f64], &mut [f64]) -> f64,
) {
    let means = means.as_standard_layout();
    let means = row_major(&means).chunks_exact(means.ncols()).zip(offsets);
    for (component, ((mean, offset), out)) in means.zip(out.chunks_exact_mut(n_rows)).enumerate() {
        let constant = squared_lengths(component, mean, out);
        simd::subtract_multiple(out, offset + constant, 0.5);
    }
}
