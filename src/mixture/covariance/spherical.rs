//! Spherical covariances: one variance for each component.
//!
//! ```text
//! ln N(x) = -½ |x - m|² / v - ½ d ln v - ½ d ln 2π
//! M-step:  v = (Σ r |x - c|² / Σ r - |m - c|²) / d + reg
//! ```

use ndarray::{Array1, Array2, ArrayD, ArrayView2};

use super::{Family, GIVEN, Responsibilities, Scratch, expect_shape};
use crate::error::{Error, Result};
use crate::linalg::LN_2PI;
use crate::mixture::statistics::Statistics;
use crate::rows::Block;
use crate::simd;

/// One variance for each component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spherical {
    variances: Array1<f64>,
}

impl Spherical {
    fn new(variances: Array1<f64>, reg_covar: f64) -> Result<Self> {
        let good = |&v: &f64| v > 0.0 && (1.0 / v).is_finite();
        match variances.iter().position(|v| !good(v)) {
            Some(component) => Err(Error::SingularCovariance { component, reg_covar }),
            None => Ok(Self { variances }),
        }
    }
}

impl Family for Spherical {
    fn n_parameters(n_components: usize, _n_features: usize) -> usize {
        n_components
    }

    fn second_len(n_components: usize, _n_features: usize) -> usize {
        n_components
    }

    fn accumulate(
        centers: ArrayView2<'_, f64>,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        second: &mut [f64],
        _scratch: &mut Scratch,
    ) {
        let n = block.n_rows();
        simd::dispatch(|| {
            let components = centers
                .rows()
                .into_iter()
                .zip(responsibilities.weighted.chunks_exact(n))
                .zip(second);
            for ((center, weights), second) in components {
                for (feature, &c) in block.features().zip(center) {
                    *second += simd::weighted_square_sum(weights, feature, c);
                }
            }
        });
    }

    fn maximise(statistics: &Statistics<'_>, reg_covar: f64) -> Result<Self> {
        let d = statistics.n_features() as f64;
        let variance = |(k, &second): (usize, &f64)| {
            let shift = statistics.shift(k);
            (second / statistics.count(k) - shift.dot(&shift)) / d + reg_covar
        };
        Self::new(statistics.second().iter().enumerate().map(variance).collect(), reg_covar)
    }

    fn from_array(
        covariances: ArrayD<f64>,
        n_components: usize,
        _n_features: usize,
    ) -> Result<Self> {
        Self::new(expect_shape(covariances, n_components)?, GIVEN)
    }

    fn to_array(&self) -> ArrayD<f64> {
        self.variances.clone().into_dyn()
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        self.variances.mapv(|v| 1.0 / v.sqrt()).into_dyn()
    }

    fn covariance(&self, component: usize, n_features: usize) -> Array2<f64> {
        Array2::eye(n_features) * self.variances[component]
    }

    fn smallest_variances(&self, _n_components: usize) -> Result<Array1<f64>> {
        Ok(self.variances.clone())
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        block: &Block,
        out: &mut [f64],
        _scratch: &mut Scratch,
    ) {
        let (n, d) = (block.n_rows(), means.ncols() as f64);
        simd::dispatch(|| {
            for (component, out) in out.chunks_exact_mut(n).enumerate() {
                let variance = self.variances[component];
                let inverse_sd = 1.0 / variance.sqrt();
                out.fill(-0.5 * d * (variance.ln() + LN_2PI));
                for (feature, &mean) in block.features().zip(means.row(component)) {
                    for (out, &x) in out.iter_mut().zip(feature) {
                        let z = (x - mean) * inverse_sd;
                        *out -= 0.5 * z * z;
                    }
                }
            }
        });
    }

    fn colour(&self, component: usize, noise: &mut [f64]) {
        let sd = self.variances[component].sqrt();
        noise.iter_mut().for_each(|noise| *noise *= sd);
    }
}
