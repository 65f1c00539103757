//! Weighted sums of outer products about a centre, for narrow rows: a vector register holds a feature of several rows.

use pulp::{Simd, WithSimd};

use super::AlignedBuffer;

/// Maximum number of rows and columns of a tile of sums.
const TILE: usize = 4;

/// Number of registers of each feature in a panel of rows: the panel stays in the first-level cache while all tiles iterate
/// over it.
const DEPTH: usize = 16;

/// Number of registers of the sums of a tile: those of outer products, then those of the rows themselves.
const SUMS: usize = TILE * TILE + TILE;

/// Adds `Σₙ wₙ (xₙ - c)` to `first` (d), and the lower triangle of `Σₙ wₙ (xₙ - c)(xₙ - c)ᵀ` to `second` (d × d,
/// row-major).
pub(crate) struct Scatter<'a> {
    /// The rows, feature by feature, `weights.len()` of them.
    pub(crate) features: &'a [f64],
    pub(crate) weights: &'a [f64],
    pub(crate) center: &'a [f64],
    pub(crate) first: &'a mut [f64],
    pub(crate) second: &'a mut [f64],
    /// Working memory.
    pub(crate) panel: &'a mut AlignedBuffer,
    pub(crate) sums: &'a mut AlignedBuffer,
}

/// A feature of a panel.
type Column<S> = [<S as Simd>::f64s; DEPTH];

/// A tile of the triangle: sums of products of features `i..i + I` and `j..j + J`.
#[derive(Clone, Copy)]
struct Tile {
    i: usize,
    j: usize,
}

impl Tile {
    /// Adds `depth` registers of rows to the tile's sums.
    #[inline(always)]
    fn add<S: Simd, const I: usize, const J: usize>(
        self,
        simd: S,
        panel: Panel<'_, S>,
        sums: &mut [S::f64s; SUMS],
    ) {
        let (left, right) = (&panel.centred[self.i..][..I], &panel.centred[self.j..][..J]);
        let mut products = [[simd.splat_f64s(0.0); J]; I];
        for i in 0..I {
            for j in 0..J {
                products[i][j] = sums[i * TILE + j];
            }
        }
        for at in 0..panel.depth {
            let mut of_right = [simd.splat_f64s(0.0); J];
            for j in 0..J {
                of_right[j] = right[j][at];
            }
            for i in 0..I {
                let of_left = simd.mul_f64s(panel.weights[at], left[i][at]);
                for j in 0..J {
                    products[i][j] = simd.mul_add_e_f64s(of_left, of_right[j], products[i][j]);
                }
            }
        }
        for i in 0..I {
            for j in 0..J {
                sums[i * TILE + j] = products[i][j];
            }
        }
        if self.j == 0 {
            for i in 0..I {
                for at in 0..panel.depth {
                    let sum = &mut sums[TILE * TILE + i];
                    *sum = simd.mul_add_e_f64s(panel.weights[at], left[i][at], *sum);
                }
            }
        }
    }
}

/// A panel of centred rows, and their weights.
#[derive(Clone, Copy)]
struct Panel<'a, S: Simd> {
    centred: &'a [Column<S>],
    weights: &'a Column<S>,
    /// Number of registers in use.
    depth: usize,
}

/// Calls `$tile.$what::<S, I, J>`, for `I` rows with the columns up to the diagonal.
macro_rules! by_size {
    ($height:expr, $width:expr, $tile:ident.$what:ident::<$S:ident>($($argument:expr),*)) => {
        match ($height, $width) {
            (1, 1) => $tile.$what::<$S, 1, 1>($($argument),*),
            (1, 2) => $tile.$what::<$S, 1, 2>($($argument),*),
            (1, 3) => $tile.$what::<$S, 1, 3>($($argument),*),
            (1, _) => $tile.$what::<$S, 1, 4>($($argument),*),
            (2, 1) => $tile.$what::<$S, 2, 1>($($argument),*),
            (2, 2) => $tile.$what::<$S, 2, 2>($($argument),*),
            (2, 3) => $tile.$what::<$S, 2, 3>($($argument),*),
            (2, _) => $tile.$what::<$S, 2, 4>($($argument),*),
            (3, 3) => $tile.$what::<$S, 3, 3>($($argument),*),
            (3, _) => $tile.$what::<$S, 3, 4>($($argument),*),
            _ => $tile.$what::<$S, 4, 4>($($argument),*),
        }
    };
}

/// The tiles of a triangle, `height` rows each, with their numbers of rows and columns.
#[inline(always)]
fn tiles(d: usize, height: usize) -> impl Iterator<Item = (Tile, usize, usize)> {
    (0..d).step_by(height).flat_map(move |i| {
        let rows = height.min(d - i);
        let columns = i + rows;
        let of_row = (0..columns).step_by(TILE);
        of_row.map(move |j| (Tile { i, j }, rows, TILE.min(columns - j)))
    })
}

/// Fills a column of a panel with `values - center`; entries after the last value are `-center`.
#[inline(always)]
fn fill_column<S: Simd>(simd: S, values: &[f64], center: f64, column: &mut Column<S>) {
    let center = simd.splat_f64s(center);
    let (values, last) = S::as_simd_f64s(values);
    for (to, &value) in column.iter_mut().zip(values) {
        *to = simd.sub_f64s(value, center);
    }
    if !last.is_empty() {
        column[values.len()] = simd.sub_f64s(simd.partial_load_f64s(last), center);
    }
}

impl Scatter<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S, height: usize) {
        let Self { features, weights, center, first, second, panel, sums } = self;
        let (n, d) = (weights.len(), center.len());
        let sums = sums.fill_with(tiles(d, height).count() * SUMS * S::F64_LANES, 0.0);
        let sums = S::as_mut_simd_f64s(sums).0.as_chunks_mut::<SUMS>().0;
        let columns = panel.resize((1 + d) * DEPTH * S::F64_LANES);
        let columns = S::as_mut_simd_f64s(columns).0.as_chunks_mut::<DEPTH>().0;
        let Some((of_weights, centred)) = columns.split_first_mut() else { return };
        for start in (0..n).step_by(DEPTH * S::F64_LANES) {
            let rows = start..n.min(start + DEPTH * S::F64_LANES);
            // rows after the last one get weight 0
            fill_column(simd, &weights[rows.clone()], 0.0, of_weights);
            for ((feature, &center), column) in
                features.chunks_exact(n).zip(center).zip(&mut *centred)
            {
                fill_column(simd, &feature[rows.clone()], center, column);
            }
            let depth = rows.len().div_ceil(S::F64_LANES);
            let panel = Panel { centred, weights: of_weights, depth };
            for ((tile, rows, columns), sums) in tiles(d, height).zip(sums.iter_mut()) {
                by_size!(rows, columns, tile.add::<S>(simd, panel, sums));
            }
        }
        for ((Tile { i, j }, rows, columns), sums) in tiles(d, height).zip(sums.iter()) {
            for row in 0..rows {
                // entries above the diagonal are computed with the tile and discarded
                for column in 0..columns.min((i + row + 1).saturating_sub(j)) {
                    let sum = simd.reduce_sum_f64s(sums[row * TILE + column]);
                    second[(i + row) * d + j + column] += sum;
                }
                if j == 0 {
                    first[i + row] += simd.reduce_sum_f64s(sums[TILE * TILE + row]);
                }
            }
        }
    }
}

impl WithSimd for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // 4 x 4 sums and 8 operands fit into 32 registers, 2 x 4 and 6 into 16
        self.run(simd, if S::REGISTER_COUNT >= 32 { TILE } else { 2 });
    }
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn scatter_matrices_of_any_size_are_sums_over_all_rows() {
        for d in [1, 2, 3, 4, 5, 6, 9, 16, 17] {
            for n in [1, 5, 8, 16, 37, 300] {
                let features: Vec<f64> = (0..d * n).map(|i| ((i * 5) % 17) as f64 / 2.0).collect();
                let weights: Vec<f64> = (0..n).map(|i| (i % 3) as f64 / 4.0).collect();
                let center: Vec<f64> = (0..d).map(|j| j as f64).collect();
                let term = |i: usize, row: usize| features[i * n + row] - center[i];
                for set in InstructionSet::all() {
                    let (mut first, mut second) = (vec![2.0; d], vec![1.0; d * d]);
                    let scatter = Scatter {
                        features: &features,
                        weights: &weights,
                        center: &center,
                        first: &mut first,
                        second: &mut second,
                        panel: &mut AlignedBuffer::default(),
                        sums: &mut AlignedBuffer::default(),
                    };
                    set.run(scatter);
                    // numbers with few binary digits: exact in any order
                    for i in 0..d {
                        let sum: f64 = (0..n).map(|row| weights[row] * term(i, row)).sum();
                        assert_eq!(first[i], 2.0 + sum, "{d} {n} {i}");
                        for j in 0..d {
                            let product = |row| weights[row] * term(i, row) * term(j, row);
                            let sum: f64 = if j <= i { (0..n).map(product).sum() } else { 0.0 };
                            assert_eq!(second[i * d + j], 1.0 + sum, "{d} {n} {i} {j}");
                        }
                    }
                }
            }
        }
    }
}
