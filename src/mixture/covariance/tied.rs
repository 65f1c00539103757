//! Tied covariances: one matrix that all components share.
//!
//! Densities whiten a row once, about the mean of the means, and then compare it with the whitened
//! means:
//! ```text
//! ln N(x | mₖ) = -½ |L⁻¹ (x - g) - L⁻¹ (mₖ - g)|² - Σᵢ ln Lᵢᵢ - ½ d ln 2π
//! ```
//! The M-step needs the scatter of every row about every centre, d² numbers for each row and
//! component. Since the posteriors p of a row sum to 1, with its expected centre e = Σₖ pₖ cₖ,
//! ```text
//! Σₖ pₖ (x - cₖ)(x - cₖ)ᵀ = (x - e)(x - e)ᵀ + Σ_{k<l} pₖ pₗ (cₖ - cₗ)(cₖ - cₗ)ᵀ
//! ```
//! so one rank-1 update a row and the k × k co-responsibilities Σₙ w pₖ pₗ are enough, and as every
//! term is positive nothing cancels.

use ndarray::{Array1, Array2, ArrayD, ArrayView2, Axis};

use super::full::{Factored, add_scatter};
use super::{Family, GIVEN, Responsibilities, Scratch, expect_shape};
use crate::error::{Error, Result};
use crate::mixture::statistics::Statistics;
use crate::rows::Block;
use crate::simd;

/// One matrix for all components.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tied {
    shared: Factored,
}

impl Tied {
    fn new(shared: Option<Factored>, reg_covar: f64) -> Result<Self> {
        let shared = shared.ok_or(Error::SingularCovariance { component: 0, reg_covar })?;
        Ok(Self { shared })
    }
}

impl Family for Tied {
    fn n_parameters(_n_components: usize, n_features: usize) -> usize {
        n_features * (n_features + 1) / 2
    }

    /// The scatter about the expected centres, then the co-responsibilities (k × k, lower).
    fn second_len(n_components: usize, n_features: usize) -> usize {
        n_features * n_features + n_components * n_components
    }

    fn accumulate(
        centers: ArrayView2<'_, f64>,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        second: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let n = block.n_rows();
        let (k, d) = centers.dim();
        let (scatter, shared) = second.split_at_mut(d * d);
        let Scratch { centred, scaled } = scratch;
        centred.resize(n * d, 0.0);
        scaled.resize(n * d, 0.0);
        let weights = block.weights();
        simd::dispatch(|| {
            let to = centred.chunks_exact_mut(n).zip(scaled.chunks_exact_mut(n));
            let features = block.features().zip(centers.columns()).zip(to);
            for ((feature, centers), (centred, scaled)) in features {
                // Σ p (x - c) is x - Σ p c, and stays accurate far from the origin
                centred.fill(0.0);
                for (posterior, &c) in responsibilities.posterior.chunks_exact(n).zip(centers) {
                    for i in 0..n {
                        centred[i] += posterior[i] * (feature[i] - c);
                    }
                }
                for i in 0..n {
                    scaled[i] = weights[i] * centred[i];
                }
            }
        });
        add_scatter(scaled, centred, scatter, d);
        simd::dispatch(|| {
            for (i, weighted) in responsibilities.weighted.chunks_exact(n).enumerate() {
                let others = responsibilities.posterior.chunks_exact(n).take(i);
                for (j, posterior) in others.enumerate() {
                    shared[i * k + j] += simd::dot(weighted, posterior);
                }
            }
        });
    }

    fn maximise(statistics: &Statistics<'_>, reg_covar: f64) -> Result<Self> {
        let (k, d) = (statistics.n_components(), statistics.n_features());
        let (scatter, shared) = statistics.second().split_at(d * d);
        let mut sum = Array2::from_shape_vec((d, d), scatter.to_vec()).expect("d × d numbers");
        let mut add = |vector: &Array1<f64>, factor: f64| {
            for i in 0..d {
                for j in 0..=i {
                    sum[[i, j]] += factor * vector[i] * vector[j];
                }
            }
        };
        let centers = statistics.centers();
        for a in 0..k {
            for b in 0..a {
                if shared[a * k + b] > 0.0 {
                    add(&(&centers.row(a) - &centers.row(b)), shared[a * k + b]);
                }
            }
            add(&statistics.shift(a), -statistics.count(a));
        }
        sum /= statistics.total();
        sum.diag_mut().mapv_inplace(|variance| variance + reg_covar);
        Self::new(Factored::new(sum), reg_covar)
    }

    fn from_array(
        covariances: ArrayD<f64>,
        _n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let shared = expect_shape(covariances, (n_features, n_features))?;
        Self::new(Factored::checked(shared)?, GIVEN)
    }

    fn to_array(&self) -> ArrayD<f64> {
        self.shared.covariance().clone().into_dyn()
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        self.shared.precision_cholesky().into_dyn()
    }

    fn covariance(&self, _component: usize, _n_features: usize) -> Array2<f64> {
        self.shared.covariance().clone()
    }

    fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>> {
        Ok(Array1::from_elem(n_components, self.shared.smallest_variance()?))
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let n = block.n_rows();
        let (k, d) = means.dim();
        let Scratch { centred, scaled } = scratch;
        let origin = means.mean_axis(Axis(0)).expect("at least one component");

        // the whitened means, as a block of k rows
        let mut white_means = vec![0.0; k * d];
        let offsets = &means - &origin;
        let offsets = offsets.t().as_standard_layout().into_owned();
        self.shared.whiten(offsets.as_slice().expect("row-major"), &mut white_means);

        centred.resize(n * d, 0.0);
        scaled.resize(n * d, 0.0);
        simd::dispatch(|| {
            let features = block.features().zip(&origin).zip(centred.chunks_exact_mut(n));
            for ((feature, &origin), centred) in features {
                for (to, &x) in centred.iter_mut().zip(feature) {
                    *to = x - origin;
                }
            }
        });
        self.shared.whiten(centred, scaled);
        simd::dispatch(|| {
            for (component, out) in out.chunks_exact_mut(n).enumerate() {
                out.fill(self.shared.log_constant());
                for (feature, means) in scaled.chunks_exact(n).zip(white_means.chunks_exact(k)) {
                    let mean = means[component];
                    for (out, &y) in out.iter_mut().zip(feature) {
                        *out -= 0.5 * (y - mean) * (y - mean);
                    }
                }
            }
        });
    }

    fn colour(&self, _component: usize, noise: &mut [f64]) {
        self.shared.colour(noise);
    }
}
