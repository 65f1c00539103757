//! Sums of outer products.

use pulp::{Simd, WithSimd};

/// Most rows and columns of a tile of sums.
const TILE: usize = 4;

/// Adds the lower triangle of `Σₙ leftₙ rightₙᵀ` to `sum` (d × d, row-major), for two sets of rows that are
/// stored feature by feature.
pub(crate) struct Scatter<'a> {
    pub(crate) left: &'a [f64],
    pub(crate) right: &'a [f64],
    /// Number of rows.
    pub(crate) n: usize,
    pub(crate) sum: &'a mut [f64],
}

/// `Σₙ leftₙᵢ rightₙⱼ` for the features of two tiles.
#[inline(always)]
fn product<S: Simd, const I: usize, const J: usize>(
    simd: S,
    left: [&[f64]; I],
    right: [&[f64]; J],
) -> [[f64; J]; I] {
    let mut sums = [[simd.splat_f64s(0.0); J]; I];
    let len = S::as_simd_f64s(left[0]).0.len();
    let mut x: [&[S::f64s]; I] = [&[]; I];
    let mut y: [&[S::f64s]; J] = [&[]; J];
    for i in 0..I {
        x[i] = &S::as_simd_f64s(left[i]).0[..len];
    }
    for j in 0..J {
        y[j] = &S::as_simd_f64s(right[j]).0[..len];
    }
    for at in 0..len {
        let mut of_right = [simd.splat_f64s(0.0); J];
        for j in 0..J {
            of_right[j] = y[j][at];
        }
        for i in 0..I {
            let of_left = x[i][at];
            for j in 0..J {
                sums[i][j] = simd.mul_add_e_f64s(of_left, of_right[j], sums[i][j]);
            }
        }
    }
    let begin = len * S::F64_LANES;
    let mut out = [[0.0; J]; I];
    for i in 0..I {
        for j in 0..J {
            out[i][j] = simd.reduce_sum_f64s(sums[i][j]);
            for (x, y) in left[i][begin..].iter().zip(&right[j][begin..]) {
                out[i][j] += x * y;
            }
        }
    }
    out
}

impl Scatter<'_> {
    /// Adds the tile of `I` x `J` sums that begins at `(i, j)`.
    #[inline(always)]
    fn tile<S: Simd, const I: usize, const J: usize>(&mut self, simd: S, i: usize, j: usize) {
        let (n, d) = (self.n, self.left.len() / self.n);
        let (mut left, mut right): ([&[f64]; I], [&[f64]; J]) = ([&[]; I], [&[]; J]);
        for at in 0..I {
            left[at] = &self.left[(i + at) * n..][..n];
        }
        for at in 0..J {
            right[at] = &self.right[(j + at) * n..][..n];
        }
        let sums = product::<S, I, J>(simd, left, right);
        for (row, sums) in (i..i + I).zip(sums) {
            // entries above the diagonal come along with their tile and are not kept
            let kept = sums.iter().enumerate().take((row + 1).saturating_sub(j));
            for (at, value) in kept {
                self.sum[row * d + j + at] += value;
            }
        }
    }

    /// Adds `I` rows of the triangle, from row `i` on.
    #[inline(always)]
    fn rows<S: Simd, const I: usize>(&mut self, simd: S, i: usize) {
        for j in (0..i + I).step_by(TILE) {
            match i + I - j {
                1 => self.tile::<S, I, 1>(simd, i, j),
                2 => self.tile::<S, I, 2>(simd, i, j),
                3 => self.tile::<S, I, 3>(simd, i, j),
                _ => self.tile::<S, I, TILE>(simd, i, j),
            }
        }
    }
}

impl WithSimd for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let d = self.left.len() / self.n;
        // 4 x 4 sums and 8 operands fit into 32 registers, 2 x 4 and 6 into 16
        let height = if S::REGISTER_COUNT >= 32 { TILE } else { 2 };
        for i in (0..d).step_by(height) {
            match height.min(d - i) {
                1 => self.rows::<S, 1>(simd, i),
                2 => self.rows::<S, 2>(simd, i),
                3 => self.rows::<S, 3>(simd, i),
                _ => self.rows::<S, TILE>(simd, i),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use pulp::{Arch, Scalar};

    use super::*;

    #[test]
    fn triangles_of_any_size_are_added_once() {
        for d in [1, 2, 3, 4, 5, 6, 9, 16, 17] {
            for n in [1, 5, 8, 16, 37] {
                let left = Array2::from_shape_fn((d, n), |(i, k)| ((i * 3 + k) % 11) as f64 - 5.0);
                let right = Array2::from_shape_fn((d, n), |(i, k)| ((i + 5 * k) % 13) as f64 / 4.0);
                let expected = left.dot(&right.t());
                for scalar in [false, true] {
                    let mut sum = vec![1.0; d * d];
                    let scatter = Scatter {
                        left: left.as_slice().unwrap(),
                        right: right.as_slice().unwrap(),
                        n,
                        sum: &mut sum,
                    };
                    if scalar {
                        scatter.with_simd(Scalar)
                    } else {
                        Arch::new().dispatch(scatter)
                    }
                    for i in 0..d {
                        for j in 0..d {
                            let added = if j <= i { expected[[i, j]] } else { 0.0 };
                            assert_eq!(sum[i * d + j], 1.0 + added, "{d} {n} {i} {j}");
                        }
                    }
                }
            }
        }
    }
}
