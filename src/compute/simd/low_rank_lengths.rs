//! Squared lengths of rows under a covariance of few strong directions and independent noise.

use pulp::{Simd, WithSimd};

use super::packed_rows::PackedRows;
use super::whiten::{TILE, product};
use super::{AlignedBuffer, PANEL};

/// Writes `|y - Qᵀ t|² + Σᵢ fᵢ tᵢ²` of each row to `out`, where y = (x - center) scales and t = Q y. The residual is computed as a
/// vector: a difference of squares cancels where directions are much stronger than the noise.
pub(crate) struct LowRankLengths<'a> {
    /// Q, (q, d): orthonormal rows, and its transpose.
    pub(crate) axes: &'a PackedRows,
    pub(crate) transposed: &'a PackedRows,
    /// f, (q).
    pub(crate) factors: &'a [f64],
    pub(crate) center: &'a [f64],
    /// Inverse standard deviations of the noise, (d).
    pub(crate) scales: &'a [f64],
    /// The rows, feature by feature, `out.len()` of them.
    pub(crate) features: &'a [f64],
    pub(crate) out: &'a mut [f64],
    /// Working memory for y and t of a panel.
    pub(crate) panel: &'a mut AlignedBuffer,
    pub(crate) products: &'a mut AlignedBuffer,
}

/// Maximum number of features of which a panel of four registers of rows stays in a second-level cache.
const MOST_FEATURES: usize = 512;

impl LowRankLengths<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { axes, transposed, factors, center, scales, features, out, panel, products } =
            self;
        let (n, (q, d), width) = (out.len(), axes.dim(), V * S::F64_LANES);
        let panel = panel.resize(d * width);
        let products = products.resize(q * width);
        for (start, out) in (0..n).step_by(width).zip(out.chunks_mut(width)) {
            let columns = features.chunks_exact(n).zip(center.iter().zip(scales));
            for ((feature, (&center, &scale)), y) in columns.zip(panel.chunks_exact_mut(width)) {
                if out.len() < width {
                    y.fill(0.0);
                }
                for (y, &x) in y.iter_mut().zip(&feature[start..start + out.len()]) {
                    *y = (x - center) * scale;
                }
            }
            let y = S::as_simd_f64s(panel).0.as_chunks::<V>().0;
            let t = S::as_mut_simd_f64s(products).0.as_chunks_mut::<V>().0;
            let mut squares = [simd.splat_f64s(0.0); V];
            for ((tile, t), factors) in
                axes.tiles().zip(t.chunks_mut(TILE)).zip(factors.chunks(TILE))
            {
                let found = product::<S, V, TILE>(simd, tile, y);
                for ((t, found), &factor) in t.iter_mut().zip(found).zip(factors) {
                    *t = found;
                    let factor = simd.splat_f64s(factor);
                    for v in 0..V {
                        let scaled = simd.mul_f64s(factor, found[v]);
                        squares[v] = simd.mul_add_e_f64s(scaled, found[v], squares[v]);
                    }
                }
            }
            for (tile, y) in transposed.tiles().zip(y.chunks(TILE)) {
                let explained = product::<S, V, TILE>(simd, tile, t);
                for (y, explained) in y.iter().zip(explained) {
                    for v in 0..V {
                        let rest = simd.sub_f64s(y[v], explained[v]);
                        squares[v] = simd.mul_add_e_f64s(rest, rest, squares[v]);
                    }
                }
            }
            for (out, square) in out.chunks_mut(S::F64_LANES).zip(squares) {
                simd.partial_store_f64s(out, square);
            }
        }
    }
}

impl WithSimd for LowRankLengths<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // a tile of 4 x 4 registers fits into 32, one of 4 x 2 into 16
        if S::REGISTER_COUNT >= 32 && self.axes.dim().1 <= MOST_FEATURES {
            self.run::<S, PANEL>(simd);
        } else {
            self.run::<S, 2>(simd);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayView2;

    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn lengths_of_any_size_are_plain_sums_on_every_instruction_set() {
        let number = |at: usize| ((at * 7919) % 1009) as f64 / 500.0 - 1.0;
        for (d, q, n) in [(1, 1, 3), (3, 1, 40), (5, 4, 33), (9, 5, 70), (600, 9, 11)] {
            let axes: Vec<f64> = (0..q * d).map(number).collect();
            let factors: Vec<f64> = (0..q).map(|i| 0.5 + number(i).abs()).collect();
            let center: Vec<f64> = (0..d).map(|j| number(j + 5)).collect();
            let scales: Vec<f64> = (0..d).map(|j| 1.0 + number(j + 9).abs()).collect();
            let features: Vec<f64> = (0..d * n).map(|at| number(at + 17)).collect();
            let expected = |row: usize| {
                let y = |j: usize| (features[j * n + row] - center[j]) * scales[j];
                let t: Vec<f64> =
                    (0..q).map(|i| (0..d).map(|j| axes[i * d + j] * y(j)).sum()).collect();
                let rest = |j: usize| y(j) - (0..q).map(|i| axes[i * d + j] * t[i]).sum::<f64>();
                let residual: f64 = (0..d).map(|j| rest(j).powi(2)).sum();
                residual + (0..q).map(|i| factors[i] * t[i] * t[i]).sum::<f64>()
            };
            let matrix = ArrayView2::from_shape((q, d), &axes).unwrap();
            let (packed, transposed) = (PackedRows::of(matrix), PackedRows::of(matrix.t()));
            for set in InstructionSet::all() {
                let mut out = vec![0.0; n];
                set.run(LowRankLengths {
                    axes: &packed,
                    transposed: &transposed,
                    factors: &factors,
                    center: &center,
                    scales: &scales,
                    features: &features,
                    out: &mut out,
                    panel: &mut AlignedBuffer::default(),
                    products: &mut AlignedBuffer::default(),
                });
                for (row, found) in out.iter().enumerate() {
                    approx::assert_relative_eq!(*found, expected(row), max_relative = 1e-12);
                }
            }
        }
    }
}
