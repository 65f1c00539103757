//! Weighted sums about a centre, for wide rows: a vector register holds several features of a row.

use pulp::{Simd, WithSimd};

use super::WideRows;

/// Adds `Σₙ wₙ (xₙ - c)` of each feature to `first` and `Σₙ wₙ (xₙ - c)²` to `second`, over the rows that are not negligible.
pub(crate) struct WideMoments<'a> {
    pub(crate) rows: WideRows<'a>,
    pub(crate) center: &'a [f64],
    pub(crate) first: &'a mut [f64],
    pub(crate) second: &'a mut [f64],
}

/// Number of registers of features in a tile; half of it on processors with few registers.
const TILE: usize = 8;

impl WideMoments<'_> {
    /// Adds the sums of `J` registers of features from feature `begin` on.
    #[inline(always)]
    fn tile<S: Simd, const J: usize>(&mut self, simd: S, picked: &[usize], begin: usize) {
        let d = self.center.len();
        let features = begin..begin + J * S::F64_LANES;
        let center = S::as_simd_f64s(&self.center[features.clone()]).0;
        let (mut first, mut second) = ([simd.splat_f64s(0.0); J], [simd.splat_f64s(0.0); J]);
        for &row in picked {
            let x = S::as_simd_f64s(&self.rows.rows[row * d..][features.clone()]).0;
            let weight = simd.splat_f64s(self.rows.weights[row]);
            for j in 0..J {
                let offset = simd.sub_f64s(x[j], center[j]);
                let weighted = simd.mul_f64s(weight, offset);
                first[j] = simd.add_f64s(first[j], weighted);
                second[j] = simd.mul_add_e_f64s(weighted, offset, second[j]);
            }
        }
        let to = S::as_mut_simd_f64s(&mut self.first[features.clone()]).0.iter_mut();
        for (to, sum) in to.zip(first) {
            *to = simd.add_f64s(*to, sum);
        }
        let to = S::as_mut_simd_f64s(&mut self.second[features]).0.iter_mut();
        for (to, sum) in to.zip(second) {
            *to = simd.add_f64s(*to, sum);
        }
    }

    /// Adds the sums of the features from `begin` on, which do not fill a register.
    #[inline(always)]
    fn rest<S: Simd>(&mut self, simd: S, picked: &[usize], begin: usize) {
        let d = self.center.len();
        let center = simd.partial_load_f64s(&self.center[begin..]);
        let mut first = simd.partial_load_f64s(&self.first[begin..]);
        let mut second = simd.partial_load_f64s(&self.second[begin..]);
        for &row in picked {
            let x = simd.partial_load_f64s(&self.rows.rows[row * d + begin..(row + 1) * d]);
            let offset = simd.sub_f64s(x, center);
            let weighted = simd.mul_f64s(simd.splat_f64s(self.rows.weights[row]), offset);
            first = simd.add_f64s(first, weighted);
            second = simd.mul_add_e_f64s(weighted, offset, second);
        }
        simd.partial_store_f64s(&mut self.first[begin..], first);
        simd.partial_store_f64s(&mut self.second[begin..], second);
    }
}

impl WithSimd for WideMoments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut picked = vec![0; self.rows.weights.len()];
        let mut n_picked = 0;
        for (row, &weight) in self.rows.weights.iter().enumerate() {
            picked[n_picked] = row;
            n_picked += usize::from(weight > self.rows.negligible);
        }
        let picked = &picked[..n_picked];
        let d = self.center.len();
        let most = if S::REGISTER_COUNT >= 32 { TILE } else { TILE / 2 };
        let mut begin = 0;
        while begin < d {
            let registers = (d - begin) / S::F64_LANES;
            begin += S::F64_LANES
                * match registers.min(most) {
                    0 => {
                        self.rest(simd, picked, begin);
                        1
                    }
                    1 => {
                        self.tile::<S, 1>(simd, picked, begin);
                        1
                    }
                    2..4 => {
                        self.tile::<S, 2>(simd, picked, begin);
                        2
                    }
                    4..TILE => {
                        self.tile::<S, 4>(simd, picked, begin);
                        4
                    }
                    _ => {
                        self.tile::<S, TILE>(simd, picked, begin);
                        TILE
                    }
                };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn wide_moments_of_any_number_of_rows_and_columns() {
        for d in [1, 3, 8, 17, 31, 64, 95, 130] {
            for n in [1, 7, 30] {
                let rows: Vec<f64> = (0..d * n).map(|i| ((i * 5) % 17) as f64 / 2.0).collect();
                let weights: Vec<f64> = (0..n).map(|i| (i % 3) as f64 / 4.0).collect();
                let center: Vec<f64> = (0..d).map(|j| j as f64).collect();
                for set in InstructionSet::all() {
                    let (mut first, mut second) = (vec![1.0; d], vec![2.0; d]);
                    let moments = WideMoments {
                        rows: WideRows { rows: &rows, weights: &weights, negligible: 0.0 },
                        center: &center,
                        first: &mut first,
                        second: &mut second,
                    };
                    set.run(moments);
                    for j in 0..d {
                        let sum = |power: i32| -> f64 {
                            let offset = |row: usize| rows[row * d + j] - center[j];
                            (0..n).map(|row| weights[row] * offset(row).powi(power)).sum()
                        };
                        // numbers with few binary digits: exact in any order
                        assert_eq!(first[j], 1.0 + sum(1));
                        assert_eq!(second[j], 2.0 + sum(2));
                    }
                }
            }
        }
    }
}
