//! Regression of some columns of rows on others: the means of missing numbers given the observed ones.

use pulp::{Simd, WithSimd};

use super::{AlignedBuffer, PANEL};

/// Writes `μ_m + B (x_o - μ_o)` to the missing columns m of some consecutive rows; o are the observed columns.
pub(crate) struct Regression<'a> {
    /// B, (missing, observed).
    pub(crate) coefficients: &'a [f64],
    /// μ
    pub(crate) center: &'a [f64],
    /// Observed and missing columns.
    pub(crate) columns: (&'a [usize], &'a [usize]),
    /// Number of all rows, the first one, and their number.
    pub(crate) rows: (usize, usize, usize),
    /// All rows, feature by feature.
    pub(crate) features: &'a mut [f64],
    /// Working memory.
    pub(crate) panel: &'a mut AlignedBuffer,
}

impl Regression<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) {
        let Self { coefficients, center, columns: (observed, missing), features, .. } = self;
        let (n, first, n_rows) = self.rows;
        let width = V * S::F64_LANES;
        let panel = self.panel.resize(observed.len() * width);
        for start in (first..first + n_rows).step_by(width) {
            let n_rows = width.min(first + n_rows - start);
            for (&from, panel) in observed.iter().zip(panel.chunks_exact_mut(width)) {
                let feature = &features[from * n + start..][..n_rows];
                panel[n_rows..].fill(0.0);
                panel.iter_mut().zip(feature).for_each(|(to, &x)| *to = x - center[from]);
            }
            let centred = S::as_simd_f64s(panel).0.as_chunks::<V>().0;
            for (at, &column) in missing.iter().enumerate() {
                let mut sums = [simd.splat_f64s(center[column]); V];
                let of_column = &coefficients[at * observed.len()..][..observed.len()];
                for (x, &coefficient) in centred.iter().zip(of_column) {
                    let coefficient = simd.splat_f64s(coefficient);
                    for (sum, &x) in sums.iter_mut().zip(x) {
                        *sum = simd.mul_add_e_f64s(coefficient, x, *sum);
                    }
                }
                let to = &mut features[column * n + start..][..n_rows];
                for (to, sum) in to.chunks_mut(S::F64_LANES).zip(sums) {
                    simd.partial_store_f64s(to, sum);
                }
            }
        }
    }
}

impl WithSimd for Regression<'_> {
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

    #[test]
    fn missing_columns_are_regressed_on_the_observed_ones() {
        let n = 80;
        let values: Vec<f64> = (0..3 * n).map(|i| (i % 7) as f64).collect();
        let center = [1.0, 2.0, 4.0];
        for set in InstructionSet::all() {
            let mut features = values.clone();
            set.run(Regression {
                coefficients: &[0.5, -2.0],
                center: &center,
                columns: (&[0, 2], &[1]),
                rows: (n, 3, 70),
                features: &mut features,
                panel: &mut AlignedBuffer::default(),
            });
            for row in 0..n {
                let (x, z) = (values[row], values[2 * n + row]);
                let regressed = 2.0 + 0.5 * (x - 1.0) - 2.0 * (z - 4.0);
                let is_regressed = (3..73).contains(&row);
                let expected = if is_regressed { regressed } else { values[n + row] };
                assert_eq!(features[n + row], expected);
            }
        }
    }
}
