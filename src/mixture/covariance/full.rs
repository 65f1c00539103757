//! Full covariances: a matrix of its own for each component.
//!
//! ```text
//! ln N(x) = -½ |L⁻¹ (x - m)|² - Σᵢ ln Lᵢᵢ - ½ d ln 2π,   covariance = L Lᵀ
//! M-step:  covariance = Σ r (x - c)(x - c)ᵀ / Σ r - (m - c)(m - c)ᵀ + reg I
//! ```
//! Both products are done as triangles, which is half the work of dense ones: the whitening of a block never
//! leaves the registers, and the scatter is summed about the centre of each component, so that nothing cancels.

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView2, Axis};

use super::{Family, GIVEN, Moments, Responsibilities, Scratch, expect_shape, row_major};
use crate::error::{Error, Result};
use crate::linalg::{self, LN_2PI};
use crate::mixture::statistics::Statistics;
use crate::rows::Block;
use crate::simd;
use crate::simd::scatter::Scatter;
use crate::simd::whiten::{PackedLower, SquaredLengths};
use crate::simd::wide_scatter::WideScatter;

/// A covariance matrix with what densities and samples need of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factored {
    /// The matrix, d × d.
    covariance: Array2<f64>,
    /// `L`, lower triangular, with `covariance = L Lᵀ`.
    factor: Array2<f64>,
    /// `L⁻¹`
    whitener: PackedLower,
    /// `-Σᵢ ln Lᵢᵢ - ½ d ln 2π`
    log_constant: f64,
}

impl Factored {
    /// Factorises a covariance of which the lower triangle is read; `None` if it is singular.
    pub(super) fn new(mut covariance: Array2<f64>) -> Option<Self> {
        let factor = linalg::cholesky(covariance.view())?;
        let d = covariance.nrows();
        for i in 0..d {
            for j in 0..i {
                covariance[[j, i]] = covariance[[i, j]];
            }
        }
        let whitener = linalg::invert_lower(&factor);
        if whitener.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let log_constant =
            -factor.diag().iter().map(|l| l.ln()).sum::<f64>() - 0.5 * d as f64 * LN_2PI;
        Some(Self { covariance, factor, whitener: PackedLower::new(&whitener), log_constant })
    }

    /// Checks the symmetry of a given matrix, and factorises it.
    pub(super) fn checked(covariance: Array2<f64>) -> Result<Option<Self>> {
        for ((i, j), &value) in covariance.indexed_iter() {
            let scale = (covariance[[i, i]] * covariance[[j, j]]).abs().sqrt();
            if (value - covariance[[j, i]]).abs() > 1e-8 * scale {
                return Err(Error::param(
                    "covariances",
                    format!("not symmetric at [{i}, {j}]"),
                    "symmetric matrices",
                ));
            }
        }
        Ok(Self::new(covariance))
    }

    pub(super) fn covariance(&self) -> &Array2<f64> {
        &self.covariance
    }

    /// The smallest eigenvalue.
    pub(super) fn smallest_variance(&self) -> Result<f64> {
        let (variances, _) = linalg::symmetric_eigen(&self.covariance)?;
        Ok(variances[variances.len() - 1])
    }

    pub(super) fn precision_cholesky(&self) -> Array2<f64> {
        self.whitener.unpack().reversed_axes()
    }

    /// `L⁻¹`
    pub(super) fn whitener(&self) -> &PackedLower {
        &self.whitener
    }

    pub(super) fn log_constant(&self) -> f64 {
        self.log_constant
    }

    /// Replaces `noise` by `L noise`.
    pub(super) fn colour(&self, noise: &mut [f64]) {
        for i in (0..noise.len()).rev() {
            let row = self.factor.row(i);
            noise[i] = (0..=i).map(|j| row[j] * noise[j]).sum();
        }
    }
}

/// One matrix for each component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Full {
    components: Vec<Factored>,
}

impl Full {
    fn new(
        matrices: impl Iterator<Item = Result<Option<Factored>>>,
        reg_covar: f64,
    ) -> Result<Self> {
        let factorised = matrices.enumerate().map(|(component, matrix)| {
            matrix?.ok_or(Error::SingularCovariance { component, reg_covar })
        });
        Ok(Self { components: factorised.collect::<Result<_>>()? })
    }
}

impl Family for Full {
    fn n_parameters(n_components: usize, n_features: usize) -> usize {
        n_components * n_features * (n_features + 1) / 2
    }

    fn second_len(n_components: usize, n_features: usize) -> usize {
        n_components * n_features * n_features
    }

    fn accumulate(
        centers: ArrayView2<'_, f64>,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        moments: Moments<'_>,
        scratch: &mut Scratch,
    ) {
        let d = centers.ncols();
        let centers = centers.as_standard_layout();
        let components = row_major(&centers)
            .chunks_exact(d)
            .zip(responsibilities.weighted.chunks_exact(block.n_rows()))
            .zip(moments.first.chunks_exact_mut(d).zip(moments.second.chunks_exact_mut(d * d)));
        let Scratch { panel, sums, .. } = scratch;
        for ((center, weights), (first, second)) in components {
            if d > simd::NARROW {
                let rows = block.row_major();
                simd::run(WideScatter { rows, weights, center, first, second, panel, sums });
            } else {
                let features = block.feature_major();
                simd::run(Scatter { features, weights, center, first, second, panel, sums });
            }
        }
    }

    fn maximise(statistics: &Statistics<'_>, reg_covar: f64) -> Result<Self> {
        let d = statistics.n_features();
        let matrices = (0..statistics.n_components()).map(|k| {
            let count = statistics.count(k);
            let shift: Array1<f64> = statistics.shift(k);
            let second = &statistics.second()[k * d * d..(k + 1) * d * d];
            Ok(Factored::new(Array2::from_shape_fn((d, d), |(i, j)| {
                if j > i {
                    return 0.0;
                }
                let reg = if i == j { reg_covar } else { 0.0 };
                second[i * d + j] / count - shift[i] * shift[j] + reg
            })))
        });
        Self::new(matrices, reg_covar)
    }

    fn from_array(
        covariances: ArrayD<f64>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let covariances: Array3<f64> =
            expect_shape(covariances, (n_components, n_features, n_features))?;
        let matrices = covariances.outer_iter();
        Self::new(matrices.map(|matrix| Factored::checked(matrix.to_owned())), GIVEN)
    }

    fn to_array(&self) -> ArrayD<f64> {
        let matrices: Vec<_> = self.components.iter().map(|c| c.covariance.view()).collect();
        ndarray::stack(Axis(0), &matrices).expect("equal shapes").into_dyn()
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        let factors: Vec<_> = self.components.iter().map(Factored::precision_cholesky).collect();
        let factors: Vec<_> = factors.iter().map(Array2::view).collect();
        ndarray::stack(Axis(0), &factors).expect("equal shapes").into_dyn()
    }

    fn covariance(&self, component: usize, _n_features: usize) -> Array2<f64> {
        self.components[component].covariance.clone()
    }

    fn smallest_variances(&self, _n_components: usize) -> Result<Array1<f64>> {
        self.components.iter().map(Factored::smallest_variance).collect()
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let means = means.as_standard_layout();
        let means = row_major(&means).chunks_exact(means.ncols());
        let components = self.components.iter().zip(means).zip(offsets);
        for (((component, center), offset), out) in
            components.zip(out.chunks_exact_mut(block.n_rows()))
        {
            simd::run(SquaredLengths {
                lower: &component.whitener,
                center,
                features: block.feature_major(),
                out,
                panel: &mut scratch.panel,
            });
            simd::subtract_multiple(out, offset + component.log_constant, 0.5);
        }
    }

    fn colour(&self, component: usize, noise: &mut [f64]) {
        self.components[component].colour(noise);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn moments_are_those_of_the_rows_with_a_responsibility() {
        let rows = Array2::from_shape_fn((20, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64);
        let mut block = Block::default();
        block.fill(0, rows.view());
        let centers = array![[1.0, 2.0], [3.0, 0.5]];
        // all rows, and two of twenty; halves and quarters, so that sums are exact in any order
        let mut weighted = vec![0.5; 40];
        weighted[20..].fill(0.0);
        (weighted[23], weighted[37]) = (0.25, 0.75);
        let responsibilities = Responsibilities { posterior: &weighted, weighted: &weighted };
        let (mut first, mut second) = (vec![0.0; 4], vec![0.0; 8]);
        let moments = Moments { first: &mut first, second: &mut second };
        let scratch = &mut Scratch::default();
        Full::accumulate(centers.view(), &block, &responsibilities, moments, scratch);
        for (k, center) in centers.rows().into_iter().enumerate() {
            for i in 0..2 {
                let sum = |term: &dyn Fn(usize) -> f64| -> f64 {
                    (0..20).map(|row| weighted[20 * k + row] * term(row)).sum()
                };
                let offset = |row: usize, i: usize| rows[[row, i]] - center[i];
                assert_eq!(first[2 * k + i], sum(&|row| offset(row, i)));
                for j in 0..=i {
                    let expected = sum(&|row| offset(row, i) * offset(row, j));
                    assert_eq!(second[4 * k + 2 * i + j], expected);
                }
            }
        }
    }
}
