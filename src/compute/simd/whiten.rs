//! Whitening: `L⁻¹ (x - m)` of many rows.

use ndarray::Array2;
use pulp::{Simd, WithSimd};

use super::{AlignedBuffer, PANEL, centre_panel};

/// Rows of the triangle in a tile.
pub(super) const TILE: usize = 4;

/// A lower triangular matrix in tiles of [`TILE`] rows. A tile is stored column by column up to the diagonal, so that it is
/// read sequentially.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PackedLower {
    size: usize,
    columns: Vec<[f64; TILE]>,
}

impl PackedLower {
    /// Replaces the matrix by the lower triangle of another.
    pub(crate) fn pack(&mut self, lower: &Array2<f64>) {
        self.size = lower.nrows();
        self.columns.clear();
        for first in (0..self.size).step_by(TILE) {
            let end = self.size.min(first + TILE);
            let begin = self.columns.len();
            self.columns.resize(begin + end, [0.0; TILE]);
            for (i, row) in (0..).zip(lower.rows().into_iter().take(end).skip(first)) {
                let diagonal = first + i + 1;
                for (column, &entry) in self.columns[begin..].iter_mut().zip(row).take(diagonal) {
                    column[i] = entry;
                }
            }
        }
    }

    /// Returns the matrix as an array.
    pub(crate) fn unpack(&self) -> Array2<f64> {
        let mut lower = Array2::zeros((self.size, self.size));
        for (first, tile) in self.tiles() {
            for (j, column) in tile.iter().enumerate() {
                for (i, &entry) in (first..self.size).zip(column) {
                    lower[[i, j]] = entry;
                }
            }
        }
        lower
    }

    /// Number of stored numbers.
    pub(crate) fn len(&self) -> usize {
        TILE * self.columns.len()
    }

    /// The tiles, each with its first row.
    #[inline(always)]
    fn tiles(&self) -> impl Iterator<Item = (usize, &[[f64; TILE]])> {
        let mut rest = self.columns.as_slice();
        (0..self.size).step_by(TILE).map(move |first| {
            let (tile, after) = rest.split_at(self.size.min(first + TILE));
            rest = after;
            (first, tile)
        })
    }
}

/// The product of the first `H` rows of a tile and a panel: `V` registers for each row.
#[inline(always)]
pub(super) fn product<S: Simd, const V: usize, const H: usize>(
    simd: S,
    tile: &[[f64; TILE]],
    panel: &[[S::f64s; V]],
) -> [[S::f64s; V]; H] {
    let mut sums = [[simd.splat_f64s(0.0); V]; H];
    for (entries, x) in tile.iter().zip(panel) {
        for (sums, &entry) in sums.iter_mut().zip(entries) {
            let entry = simd.splat_f64s(entry);
            for (sum, &x) in sums.iter_mut().zip(x) {
                *sum = simd.mul_add_e_f64s(entry, x, *sum);
            }
        }
    }
    sums
}

/// Calls `$what::<S, V, H>`, where H is the number of rows of the tile that begins at row `$first` of `$size`.
macro_rules! by_height {
    ($size:expr, $first:expr, $what:ident::<$S:ident, $V:ident>($($argument:expr),*)) => {
        match $size - $first {
            1 => $what::<$S, $V, 1>($($argument),*),
            2 => $what::<$S, $V, 2>($($argument),*),
            3 => $what::<$S, $V, 3>($($argument),*),
            _ => $what::<$S, $V, TILE>($($argument),*),
        }
    };
}

/// Writes `|P (x - center)|²` of each row to `out`.
pub(crate) struct SquaredLengths<'a> {
    /// P
    pub(crate) lower: &'a PackedLower,
    pub(crate) center: &'a [f64],
    /// The rows, feature by feature, `out.len()` of them.
    pub(crate) features: &'a [f64],
    pub(crate) out: &'a mut [f64],
    /// Working memory.
    pub(crate) panel: &'a mut AlignedBuffer,
}

/// Adds the squares of a tile's products to `squares`.
#[inline(always)]
fn add_squares<S: Simd, const V: usize, const H: usize>(
    simd: S,
    tile: &[[f64; TILE]],
    panel: &[[S::f64s; V]],
    squares: &mut [S::f64s; V],
) {
    for sums in product::<S, V, H>(simd, tile, panel) {
        for (square, sum) in squares.iter_mut().zip(sums) {
            *square = simd.mul_add_e_f64s(sum, sum, *square);
        }
    }
}

impl SquaredLengths<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let (n, width, size) = (self.out.len(), V * S::F64_LANES, self.lower.size);
        let panel = self.panel.resize(size * width);
        for (start, out) in (0..n).step_by(width).zip(self.out.chunks_mut(width)) {
            centre_panel::<S, V>(self.features, n, start, self.center, panel);
            let panel = S::as_simd_f64s(panel).0.as_chunks::<V>().0;
            let mut squares = [simd.splat_f64s(0.0); V];
            for (first, tile) in self.lower.tiles() {
                by_height!(size, first, add_squares::<S, V>(simd, tile, panel, &mut squares));
            }
            for (out, square) in out.chunks_mut(S::F64_LANES).zip(squares) {
                simd.partial_store_f64s(out, square);
            }
        }
    }
}

impl WithSimd for SquaredLengths<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // a tile of 4 x 4 registers fits into 32, one of 4 x 2 into 16
        if S::REGISTER_COUNT >= 32 { self.run::<S, PANEL>(simd) } else { self.run::<S, 2>(simd) }
    }
}

/// Writes `P (x - center)` of each row to `out`, feature by feature.
pub(crate) struct Whiten<'a> {
    /// P
    pub(crate) lower: &'a PackedLower,
    pub(crate) center: &'a [f64],
    /// The rows, feature by feature, `n` of them.
    pub(crate) features: &'a [f64],
    pub(crate) n: usize,
    pub(crate) out: &'a mut [f64],
    /// Working memory.
    pub(crate) panel: &'a mut AlignedBuffer,
}

/// Writes a tile's products to rows `start..` of the features in `out`, `n` rows each.
#[inline(always)]
fn store<S: Simd, const V: usize, const H: usize>(
    simd: S,
    tile: &[[f64; TILE]],
    panel: &[[S::f64s; V]],
    out: &mut [f64],
    n: usize,
    start: usize,
) {
    let sums = product::<S, V, H>(simd, tile, panel);
    for (sums, out) in sums.into_iter().zip(out.chunks_exact_mut(n)) {
        let out = &mut out[start..n.min(start + V * S::F64_LANES)];
        for (out, sum) in out.chunks_mut(S::F64_LANES).zip(sums) {
            simd.partial_store_f64s(out, sum);
        }
    }
}

impl Whiten<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let (n, width, size) = (self.n, V * S::F64_LANES, self.lower.size);
        let panel = self.panel.resize(size * width);
        for start in (0..n).step_by(width) {
            centre_panel::<S, V>(self.features, n, start, self.center, panel);
            let panel = S::as_simd_f64s(panel).0.as_chunks::<V>().0;
            for (first, tile) in self.lower.tiles() {
                let out = &mut self.out[first * n..];
                by_height!(size, first, store::<S, V>(simd, tile, panel, out, n, start));
            }
        }
    }
}

impl WithSimd for Whiten<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.run::<S, PANEL>(simd) } else { self.run::<S, 2>(simd) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    /// Checks a kernel on every instruction set against sums in plain order.
    fn check(size: usize, n: usize) {
        let lower = Array2::from_shape_fn((size, size), |(i, j)| {
            if j <= i { ((i * 5 + j * 3) % 7) as f64 - 2.5 } else { 0.0 }
        });
        let mut packed = PackedLower::default();
        // earlier content must be overwritten
        packed.pack(&Array2::from_elem((size, size), 9.0));
        packed.pack(&lower);
        assert_eq!(packed.unpack(), lower);
        let features: Vec<f64> = (0..size * n).map(|i| ((i * 37) % 101) as f64 / 8.0).collect();
        let center: Vec<f64> = (0..size).map(|j| j as f64).collect();
        let rows = Array2::from_shape_fn((size, n), |(j, i)| features[j * n + i] - center[j]);
        let expected = lower.dot(&rows);
        // small numbers with few binary digits: every order of summation is exact
        let (features, center) = (features.as_slice(), center.as_slice());
        for set in InstructionSet::all() {
            let (mut out, mut panel) = (vec![0.0; n], AlignedBuffer::default());
            let lengths = SquaredLengths {
                lower: &packed,
                center,
                features,
                out: &mut out,
                panel: &mut panel,
            };
            set.run(lengths);
            for (i, length) in out.iter().enumerate() {
                assert_eq!(*length, expected.column(i).iter().map(|y| y * y).sum::<f64>());
            }
            let mut out = vec![0.0; size * n];
            let whiten =
                Whiten { lower: &packed, center, features, n, out: &mut out, panel: &mut panel };
            set.run(whiten);
            assert_eq!(out, expected.iter().copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn products_of_any_size_agree_with_plain_sums() {
        for size in [1, 2, 3, 4, 5, 8, 11] {
            for n in [1, 7, 8, 31, 32, 33, 70] {
                check(size, n);
            }
        }
    }
}
