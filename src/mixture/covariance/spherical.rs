//! Spherical covariances: one variance for each component.
//!
//! ```text
//! ln N(x) = -½ |x - m|² / v - ½ d ln v - ½ d ln 2π
//! M-step:  v = (Σ r |x - c|² / Σ r - |m - c|²) / d + reg
//! ```

use ndarray::{Array1, Array2, ArrayD, ArrayView2};

use super::{
    Factor, Family, GIVEN, Moments, Responsibilities, Scratch, add_moments, expect_shape, row_major,
};
use crate::compute::linalg::LN_2PI;
use crate::compute::simd;
use crate::compute::simd::distances::Distances;
use crate::error::{Error, Result};
use crate::mixture::em::statistics::Statistics;
use crate::rows::Block;

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
        moments: Moments<'_>,
        scratch: &mut Scratch,
    ) {
        let d = centers.ncols();
        let squares = scratch.panels.sums.fill_with(centers.len(), 0.0);
        add_moments(centers, block, responsibilities.weighted, moments.first, squares);
        for (second, squares) in moments.second.iter_mut().zip(squares.chunks_exact(d)) {
            *second += squares.iter().sum::<f64>();
        }
    }

    fn maximise(statistics: &Statistics, reg_covar: f64, _: Option<Self>) -> Result<Self> {
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
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let (n, d) = (block.n_rows(), means.ncols() as f64);
        let means = means.as_standard_layout();
        simd::run(Distances {
            features: block.feature_major(),
            n,
            means: row_major(&means),
            scales: None,
            out,
            panel: &mut scratch.panels.panel,
        });
        let constants = offsets.iter().zip(&self.variances);
        for (out, (offset, variance)) in out.chunks_exact_mut(n).zip(constants) {
            let constant = offset - 0.5 * d * (variance.ln() + LN_2PI);
            simd::subtract_multiple(out, constant, 0.5 / variance);
        }
    }

    fn factor(&self, component: usize, n_features: usize) -> Factor {
        Factor::Diagonal(Array1::from_elem(n_features, self.variances[component].sqrt()))
    }
}
