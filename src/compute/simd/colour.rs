//! The inverse of whitening: `m + L z` of many rows.

use pulp::{Simd, WithSimd};

/// Number of rows of a panel, the same on every instruction set.
pub(crate) const PANEL_ROWS: usize = 16;

/// A square root of a covariance.
#[derive(Clone, Copy)]
pub(crate) enum Root<'a> {
    /// A lower triangle, row by row of a square matrix.
    Lower(&'a [f64]),
    /// A diagonal.
    Diagonal(&'a [f64]),
    /// Loadings W of q factors, row by row, and the diagonal D of deviations.
    LowRank {
        loadings: &'a [f64],
        deviations: &'a [f64],
        /// Standard normal factors f of the rows of the panel, factor by factor.
        factors: &'a [[f64; PANEL_ROWS]],
    },
}

/// Replaces the rows `z` of a panel, feature by feature, by `m + L z`, or `m + D z + W f`. Products are not fused with sums, so that every
/// instruction set gives the same bits.
pub(crate) struct Colour<'a> {
    pub(crate) root: Root<'a>,
    pub(crate) mean: &'a [f64],
    pub(crate) panel: &'a mut [[f64; PANEL_ROWS]],
}

impl WithSimd for Colour<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { root, mean, panel } = self;
        match root {
            Root::Diagonal(deviations) => {
                for ((values, deviation), mean) in panel.iter_mut().zip(deviations).zip(mean) {
                    for value in values {
                        *value = mean + deviation * *value;
                    }
                }
            }
            Root::LowRank { loadings, deviations, factors } => {
                let loadings = loadings.chunks_exact(factors.len());
                let features = panel.iter_mut().zip(loadings).zip(deviations).zip(mean);
                for (((values, loadings), deviation), mean) in features {
                    for value in values.iter_mut() {
                        *value = mean + deviation * *value;
                    }
                    for (loading, factors) in loadings.iter().zip(factors) {
                        for lane in 0..PANEL_ROWS {
                            values[lane] += loading * factors[lane];
                        }
                    }
                }
            }
            Root::Lower(lower) => {
                let d = panel.len();
                // from the last feature on, since each needs those before it
                for feature in (0..d).rev() {
                    let row = &lower[feature * d..=feature * d + feature];
                    let mut sums = [mean[feature]; PANEL_ROWS];
                    for (entry, values) in row.iter().zip(&*panel) {
                        for lane in 0..PANEL_ROWS {
                            sums[lane] += entry * values[lane];
                        }
                    }
                    panel[feature] = sums;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::simd::InstructionSet;

    #[test]
    fn all_instruction_sets_give_the_same_bits_and_the_product() {
        let number = |at: usize| ((at * 7919) % 1009) as f64 / 500.0 - 1.0;
        for d in [1, 3, 10] {
            let lower: Vec<f64> = (0..d * d).map(number).collect();
            let mean: Vec<f64> = (0..d).map(|at| number(at + 3)).collect();
            let noise = |feature: usize, row: usize| number(100 + feature * 37 + row);
            let factors: Vec<[f64; PANEL_ROWS]> =
                (0..2).map(|at| std::array::from_fn(|row| number(500 + at * 41 + row))).collect();
            let loadings: Vec<f64> = (0..2 * d).map(|at| number(at + 7)).collect();
            let low_rank =
                Root::LowRank { loadings: &loadings, deviations: &mean, factors: &factors };
            for root in [Root::Lower(&lower), Root::Diagonal(&mean), low_rank] {
                let coloured = |set: InstructionSet| {
                    let features = (0..d).map(|j| std::array::from_fn(|row| noise(j, row)));
                    let mut panel: Vec<[f64; PANEL_ROWS]> = features.collect();
                    set.run(Colour { root, mean: &mean, panel: &mut panel });
                    panel
                };
                let expected = coloured(InstructionSet::Portable);
                for set in InstructionSet::all() {
                    assert_eq!(coloured(set), expected, "{set:?}");
                }
                for (i, values) in expected.iter().enumerate() {
                    for (row, value) in values.iter().enumerate() {
                        let sum: f64 = match root {
                            Root::Lower(lower) => {
                                (0..=i).map(|j| lower[i * d + j] * noise(j, row)).sum()
                            }
                            Root::Diagonal(deviations) => deviations[i] * noise(i, row),
                            Root::LowRank { loadings, deviations, factors } => {
                                let of_factors =
                                    (0..2).map(|f| loadings[2 * i + f] * factors[f][row]);
                                deviations[i] * noise(i, row) + of_factors.sum::<f64>()
                            }
                        };
                        approx::assert_relative_eq!(*value, mean[i] + sum, epsilon = 1e-12);
                    }
                }
            }
        }
    }
}
