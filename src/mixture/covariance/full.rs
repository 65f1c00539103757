//! Full covariances: a matrix of its own for each component.
//!
//! ```text
//! ln N(x) = -½ |L⁻¹ (x - m)|² - Σᵢ ln Lᵢᵢ - ½ d ln 2π,   covariance = L Lᵀ
//! M-step:  covariance = Σ r (x - c)(x - c)ᵀ / Σ r - (m - c)(m - c)ᵀ + reg I
//! ```
//! Up to [`SMALL`] features the products are loops over contiguous runs of rows; above, they are
//! triangular matrix products, which do half the work of dense ones.

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView2, Axis};

use super::{Family, GIVEN, Responsibilities, Scratch, expect_shape};
use crate::error::{Error, Result};
use crate::linalg::{self, LN_2PI};
use crate::mixture::statistics::Statistics;
use crate::rows::Block;
use crate::simd;

/// Most features for which plain loops beat faer's matrix products.
const SMALL: usize = 16;

/// A covariance matrix with what densities and samples need of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factored {
    /// The matrix, d × d.
    covariance: Array2<f64>,
    /// `L`, lower triangular, with `covariance = L Lᵀ`.
    factor: Array2<f64>,
    /// `L⁻¹`, lower triangular.
    whitener: Array2<f64>,
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
        Some(Self { covariance, factor, whitener, log_constant })
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
        self.whitener.t().to_owned()
    }

    /// `out = L⁻¹ x` for a block of rows; with `-Σᵢ ln Lᵢᵢ - ½ d ln 2π` it makes densities.
    pub(super) fn whiten(&self, block: &[f64], out: &mut [f64]) {
        let d = self.whitener.nrows();
        if d > SMALL {
            linalg::lower_times_block(self.whitener.view(), block, out);
            return;
        }
        let n = block.len() / d;
        simd::dispatch(|| {
            for (out, weights) in out.chunks_exact_mut(n).zip(self.whitener.rows()) {
                out.fill(0.0);
                for (feature, &weight) in block.chunks_exact(n).zip(weights) {
                    if weight != 0.0 {
                        for (out, &x) in out.iter_mut().zip(feature) {
                            *out += weight * x;
                        }
                    }
                }
            }
        });
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

/// Adds the lower triangle of `Σₙ wₙ xₙ xₙᵀ` over a block to `sum`, given the rows and the rows times
/// their weights.
pub(super) fn add_scatter(weighted: &[f64], block: &[f64], sum: &mut [f64], d: usize) {
    if d > SMALL {
        linalg::add_lower_product(weighted, block, sum, d);
        return;
    }
    let n = block.len() / d;
    simd::dispatch(|| {
        for (i, weighted) in weighted.chunks_exact(n).enumerate() {
            for (j, feature) in block.chunks_exact(n).take(i + 1).enumerate() {
                sum[i * d + j] += simd::dot(weighted, feature);
            }
        }
    });
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
        second: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let (n, d) = (block.n_rows(), centers.ncols());
        let Scratch { centred, scaled } = scratch;
        centred.resize(n * d, 0.0);
        scaled.resize(n * d, 0.0);
        let components = centers
            .rows()
            .into_iter()
            .zip(responsibilities.weighted.chunks_exact(n))
            .zip(second.chunks_exact_mut(d * d));
        for ((center, weights), second) in components {
            simd::dispatch(|| {
                let to = centred.chunks_exact_mut(n).zip(scaled.chunks_exact_mut(n));
                for ((feature, &c), (centred, scaled)) in block.features().zip(center).zip(to) {
                    simd::centre_and_weigh(feature, c, weights, centred, scaled);
                }
            });
            add_scatter(scaled, centred, second, d);
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
        let factors: Vec<_> = self.components.iter().map(|c| c.whitener.t()).collect();
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
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let (n, d) = (block.n_rows(), means.ncols());
        let Scratch { centred, scaled } = scratch;
        centred.resize(n * d, 0.0);
        scaled.resize(n * d, 0.0);
        let components = self.components.iter().zip(means.rows()).zip(out.chunks_exact_mut(n));
        for ((component, mean), out) in components {
            simd::dispatch(|| {
                let features = block.features().zip(mean).zip(centred.chunks_exact_mut(n));
                for ((feature, &mean), centred) in features {
                    for (to, &x) in centred.iter_mut().zip(feature) {
                        *to = x - mean;
                    }
                }
            });
            component.whiten(centred, scaled);
            simd::dispatch(|| {
                out.fill(component.log_constant);
                for feature in scaled.chunks_exact(n) {
                    for (out, &y) in out.iter_mut().zip(feature) {
                        *out -= 0.5 * y * y;
                    }
                }
            });
        }
    }

    fn colour(&self, component: usize, noise: &mut [f64]) {
        self.components[component].colour(noise);
    }
}
