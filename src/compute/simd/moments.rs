//! Weighted first and second moments about a centre.

use pulp::{Simd, WithSimd};

/// Number of features whose sums are computed in one tile.
const TILE: usize = 4;

/// Adds `Σₙ wₙ (xₙ - c)` of each feature to `first`, and `Σₙ wₙ (xₙ - c)²` to `second` if it is given.
pub(crate) struct Moments<'a> {
    /// The rows, feature by feature, `weights.len()` of them.
    pub(crate) features: &'a [f64],
    pub(crate) weights: &'a [f64],
    pub(crate) center: &'a [f64],
    pub(crate) first: &'a mut [f64],
    pub(crate) second: Option<&'a mut [f64]>,
}

/// The sums of `N` features.
#[inline(always)]
fn sums<S: Simd, const N: usize, const SECOND: bool>(
    simd: S,
    features: [&[f64]; N],
    weights: &[f64],
    center: [f64; N],
) -> ([f64; N], [f64; N]) {
    let zero = simd.splat_f64s(0.0);
    let (mut first, mut second) = ([zero; N], [zero; N]);
    let mut c = [zero; N];
    for j in 0..N {
        c[j] = simd.splat_f64s(center[j]);
    }
    let (whole, rest) = S::as_simd_f64s(weights);
    let mut x: [&[S::f64s]; N] = [&[]; N];
    for j in 0..N {
        x[j] = &S::as_simd_f64s(features[j]).0[..whole.len()];
    }
    for (at, &w) in whole.iter().enumerate() {
        for j in 0..N {
            let offset = simd.sub_f64s(x[j][at], c[j]);
            if SECOND {
                let weighted = simd.mul_f64s(w, offset);
                first[j] = simd.add_f64s(first[j], weighted);
                second[j] = simd.mul_add_e_f64s(weighted, offset, second[j]);
            } else {
                first[j] = simd.mul_add_e_f64s(w, offset, first[j]);
            }
        }
    }
    let begin = weights.len() - rest.len();
    let (mut firsts, mut seconds) = ([0.0; N], [0.0; N]);
    for j in 0..N {
        firsts[j] = simd.reduce_sum_f64s(first[j]);
        seconds[j] = simd.reduce_sum_f64s(second[j]);
        for (&w, &x) in rest.iter().zip(&features[j][begin..]) {
            firsts[j] += w * (x - center[j]);
            seconds[j] += w * (x - center[j]) * (x - center[j]);
        }
    }
    (firsts, seconds)
}

impl Moments<'_> {
    #[inline(always)]
    fn tile<S: Simd, const N: usize>(&mut self, simd: S, at: usize) {
        let n = self.weights.len();
        let (mut features, mut center): ([&[f64]; N], _) = ([&[]; N], [0.0; N]);
        for j in 0..N {
            features[j] = &self.features[(at + j) * n..][..n];
            center[j] = self.center[at + j];
        }
        match &mut self.second {
            Some(second) => {
                let (firsts, seconds) = sums::<S, N, true>(simd, features, self.weights, center);
                for j in 0..N {
                    self.first[at + j] += firsts[j];
                    second[at + j] += seconds[j];
                }
            }
            None => {
                let (firsts, _) = sums::<S, N, false>(simd, features, self.weights, center);
                for j in 0..N {
                    self.first[at + j] += firsts[j];
                }
            }
        }
    }
}

impl WithSimd for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let d = self.center.len();
        for at in (0..d).step_by(TILE) {
            match d - at {
                1 => self.tile::<S, 1>(simd, at),
                2 => self.tile::<S, 2>(simd, at),
                3 => self.tile::<S, 3>(simd, at),
                _ => self.tile::<S, TILE>(simd, at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::InstructionSet;
    use super::*;

    #[test]
    fn moments_of_any_number_of_rows_and_columns() {
        for d in [1, 2, 3, 4, 5, 9] {
            for n in [1, 7, 8, 30] {
                let features: Vec<f64> = (0..d * n).map(|i| ((i * 5) % 17) as f64 / 2.0).collect();
                let weights: Vec<f64> = (0..n).map(|i| (i % 3) as f64 / 4.0).collect();
                let center: Vec<f64> = (0..d).map(|j| j as f64).collect();
                for set in InstructionSet::all() {
                    for with_second in [false, true] {
                        let (mut first, mut second) = (vec![1.0; d], vec![2.0; d]);
                        let moments = Moments {
                            features: &features,
                            weights: &weights,
                            center: &center,
                            first: &mut first,
                            second: with_second.then_some(second.as_mut_slice()),
                        };
                        set.run(moments);
                        for j in 0..d {
                            let sum = |power: i32| -> f64 {
                                let x = features[j * n..][..n].iter().zip(&weights);
                                x.map(|(x, w)| w * (x - center[j]).powi(power)).sum()
                            };
                            // numbers with few binary digits: exact in any order
                            assert_eq!(first[j], 1.0 + sum(1));
                            assert_eq!(second[j], 2.0 + if with_second { sum(2) } else { 0.0 });
                        }
                    }
                }
            }
        }
    }
}
