//! The scatter matrix of rows about a centre, by the kernel for narrow or wide rows.

use crate::compute::simd::scatter::Scatter;
use crate::compute::simd::wide_scatter::{self, WideScatter};
use crate::compute::simd::{self, AlignedBuffer};
use crate::rows::Block;

/// Working memory of the scatter kernels.
#[derive(Debug, Default)]
pub(crate) struct Panels {
    /// The panel that kernels keep in the first-level cache.
    pub(crate) panel: AlignedBuffer,
    /// Sums spread over the lanes of registers.
    pub(crate) sums: AlignedBuffer,
}

/// Number of rows and columns of a scatter matrix; for wide rows a whole number of registers.
pub(crate) fn stride(n_features: usize) -> usize {
    if n_features > simd::NARROW { wide_scatter::stride(n_features) } else { n_features }
}

/// Adds `Σ w (x - c)` to `first` (d) and the lower triangle of `Σ w (x - c)(x - c)ᵀ` to `second`, a matrix of
/// [`stride`] rows and columns.
pub(crate) fn add(
    block: &Block,
    weights: &[f64],
    center: &[f64],
    (first, second): (&mut [f64], &mut [f64]),
    Panels { panel, sums }: &mut Panels,
) {
    if center.len() > simd::NARROW {
        let rows = block.wide_rows(weights);
        simd::run(WideScatter { rows, center, first, second, panel });
    } else {
        let features = block.feature_major();
        simd::run(Scatter { features, weights, center, first, second, panel, sums });
    }
}
