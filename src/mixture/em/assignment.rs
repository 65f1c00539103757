//! Assignment of rows to components.

use ndarray::{Array2, ArrayView2};
use rand::Rng;

use crate::compute::random::stream;
use crate::compute::simd;
use crate::kmeans::Nearest;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::Scratch;
use crate::rows::Block;

/// Assigns every row to components, in shares that sum to 1.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::large_enum_variant, reason = "there is one for each fit, and most are mixtures")]
pub(crate) enum Assignment {
    /// Entirely to the nearest of these centres (k, d).
    Nearest(Array2<f64>),
    /// To all components, in uniform random shares; the centres (k, d) are only the points about which sums are taken.
    Shares { centers: Array2<f64>, seed: u64 },
    /// By the posteriors of a mixture.
    Posterior(GaussianMixture),
}

impl Assignment {
    /// The points about which sums are taken, near the new means, (k, d).
    pub(crate) fn centers(&self) -> ArrayView2<'_, f64> {
        match self {
            Self::Nearest(centers) | Self::Shares { centers, .. } => centers.view(),
            Self::Posterior(model) => model.means(),
        }
    }

    /// Writes the shares of the rows of a block, one contiguous run of rows for each component. Returns the contribution of
    /// the block to the log-likelihood, which is 0 except for a mixture.
    pub(super) fn assign(&self, block: &Block, shares: &mut [f64], scratch: &mut Scratch) -> f64 {
        match self {
            Self::Nearest(centers) => {
                let mut nearest = Nearest::default();
                nearest.find(centers.view(), block);
                shares.fill(0.0);
                for (row, &label) in nearest.labels.iter().enumerate() {
                    shares[label * block.n_rows() + row] = 1.0;
                }
                0.0
            }
            Self::Shares { seed, .. } => {
                write_shares(*seed, block, shares);
                0.0
            }
            Self::Posterior(model) => {
                let mut log_prob = vec![0.0; block.n_rows()];
                model.posteriors(block, shares, &mut log_prob, scratch);
                simd::dot(block.weights(), &log_prob)
            }
        }
    }
}

/// Writes uniform random shares, which are the same for a row in every pass.
fn write_shares(seed: u64, block: &Block, shares: &mut [f64]) {
    let rng = &mut stream(seed, 1 + block.first_row() as u64);
    let n = block.n_rows();
    for row in 0..n {
        let mut total = 0.0;
        for share in shares[row..].iter_mut().step_by(n) {
            *share = rng.gen_range(f64::EPSILON..1.0);
            total += *share;
        }
        for share in shares[row..].iter_mut().step_by(n) {
            *share /= total;
        }
    }
}
