//! Weighted sums of outer products about a centre, for wide rows: a vector register holds several features of a row.

use pulp::{Simd, WithSimd};

use super::{AlignedBuffer, WideRows};

/// Number of rows in a panel, which is read again for every tile of sums.
const DEPTH: usize = 64;

/// Number of rows of a tile of sums.
const HEIGHT: usize = 8;

/// Width of a panel and of the sums for rows of `n_features`: a multiple of tiles and of registers.
pub(crate) fn stride(n_features: usize) -> usize {
    n_features.next_multiple_of(HEIGHT)
}

/// Adds `Σₙ wₙ (xₙ - c)` to `first` (d), and the lower triangle of `Σₙ wₙ (xₙ - c)(xₙ - c)ᵀ` to `second`, over the rows that
/// are not negligible. `second` has [`stride`] rows and columns; entries above the diagonal are undefined.
///
/// The rows are copied to panels as `z = √w (x - c)`, and then
/// ```text
/// second += Σ z zᵀ
/// ```
/// where a tile of sums stays in registers while it iterates over a panel.
pub(crate) struct WideScatter<'a> {
    pub(crate) rows: WideRows<'a>,
    pub(crate) center: &'a [f64],
    pub(crate) first: &'a mut [f64],
    pub(crate) second: &'a mut [f64],
    /// Working memory.
    pub(crate) panel: &'a mut AlignedBuffer,
}

/// Adds the products of features `i..i + I` and of `J` registers of features from `j` on to `sums`.
#[inline(always)]
fn tile<S: Simd, const I: usize, const J: usize>(
    simd: S,
    panel: &[f64],
    width: usize,
    (i, j): (usize, usize),
    sums: &mut [f64],
) {
    let registers = j / S::F64_LANES..j / S::F64_LANES + J;
    let mut products = [[simd.splat_f64s(0.0); J]; I];
    for row in panel.chunks_exact(width) {
        let of_right = &S::as_simd_f64s(row).0[registers.clone()];
        let of_left = &row[i..i + I];
        for i in 0..I {
            let left = simd.splat_f64s(of_left[i]);
            for j in 0..J {
                products[i][j] = simd.mul_add_e_f64s(left, of_right[j], products[i][j]);
            }
        }
    }
    for i in 0..I {
        let sums = &mut sums[i * width..][..width];
        let sums = &mut S::as_mut_simd_f64s(sums).0[registers.clone()];
        for j in 0..J {
            sums[j] = simd.add_f64s(sums[j], products[i][j]);
        }
    }
}

/// Adds the lower triangle of the products of the rows of a panel to `sums`, both `width` numbers wide, in tiles of `I` rows.
#[inline(always)]
fn triangle<S: Simd, const I: usize>(simd: S, panel: &[f64], width: usize, sums: &mut [f64]) {
    for (i, sums) in (0..width).step_by(I).zip(sums.chunks_exact_mut(I * width)) {
        // registers up to the one that holds the diagonal
        let registers = (i + I).div_ceil(S::F64_LANES);
        for first in (0..registers).step_by(3) {
            let at = (i, first * S::F64_LANES);
            match registers - first {
                1 => tile::<S, I, 1>(simd, panel, width, at, sums),
                2 => tile::<S, I, 2>(simd, panel, width, at, sums),
                _ => tile::<S, I, 3>(simd, panel, width, at, sums),
            }
        }
    }
}

/// Adds the products in tiles that suit the instruction set.
#[inline(always)]
fn add_products<S: Simd>(simd: S, panel: &[f64], width: usize, sums: &mut [f64]) {
    // 8 x 3 sums and 4 operands fit into 32 registers, 4 x 3 and 4 nearly into 16
    if S::REGISTER_COUNT >= 32 {
        triangle::<S, HEIGHT>(simd, panel, width, sums);
    } else {
        triangle::<S, 4>(simd, panel, width, sums);
    }
}

impl WithSimd for WideScatter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, center, first, second, panel } = self;
        let WideRows { rows, weights, negligible } = rows;
        let d = center.len();
        let width = stride(d);
        let panel = panel.fill_with(DEPTH * width, 0.0);
        let mut filled = 0;
        for (x, &weight) in rows.chunks_exact(d).zip(weights) {
            if weight <= negligible {
                continue;
            }
            let root = weight.sqrt();
            let to = panel[filled * width..][..d].iter_mut();
            for (((to, first), &x), &c) in to.zip(first.iter_mut()).zip(x).zip(center) {
                *first += weight * (x - c);
                *to = root * (x - c);
            }
            filled += 1;
            if filled == DEPTH {
                add_products(simd, panel, width, second);
                filled = 0;
            }
        }
        add_products(simd, &panel[..filled * width], width, second);
    }
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn wide_scatter_matrices_of_any_size_are_sums_over_all_rows() {
        for d in [1, 3, 8, 17, 24, 33, 41] {
            for n in [1, 63, 64, 65, 200] {
                let rows: Vec<f64> = (0..d * n).map(|i| ((i * 5) % 17) as f64 / 2.0).collect();
                // squares, so that their square roots are exact; one in four rows has no weight
                let weights: Vec<f64> = (0..n).map(|i| ((i % 4) as f64 / 2.0).powi(2)).collect();
                let center: Vec<f64> = (0..d).map(|j| j as f64).collect();
                let term = |i: usize, row: usize| rows[row * d + i] - center[i];
                for set in InstructionSet::all() {
                    let stride = stride(d);
                    let (mut first, mut second) = (vec![2.0; d], vec![1.0; stride * stride]);
                    let scatter = WideScatter {
                        rows: WideRows { rows: &rows, weights: &weights, negligible: 0.0 },
                        center: &center,
                        first: &mut first,
                        second: &mut second,
                        panel: &mut AlignedBuffer::default(),
                    };
                    set.run(scatter);
                    for i in 0..d {
                        let sum: f64 = (0..n).map(|row| weights[row] * term(i, row)).sum();
                        assert_eq!(first[i], 2.0 + sum, "{d} {n} {i}");
                        for j in 0..=i {
                            let product = |row| weights[row] * term(i, row) * term(j, row);
                            let sum: f64 = (0..n).map(product).sum();
                            assert_eq!(second[i * stride + j], 1.0 + sum, "{d} {n} {i} {j}");
                        }
                    }
                }
            }
        }
    }
}
