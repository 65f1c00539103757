//! The E-step of a block of rows.

use super::GaussianMixture;
use super::covariance::Scratch;
use crate::compute::simd::{self, posteriors::Posteriors};
use crate::rows::Block;

impl GaussianMixture {
    /// ln πₖ + ln N(x | mₖ, Σₖ) of each row of a block, one contiguous run of rows for each component.
    fn weighted_log_prob(&self, block: &Block, out: &mut [f64], scratch: &mut Scratch) {
        let log_weights = self.weights().mapv(f64::ln).to_vec();
        self.covariances().log_prob(self.means(), &log_weights, block, out, scratch);
    }

    /// Posteriors of each row of a block, one contiguous run of rows for each component, and ln p(x).
    pub(super) fn posteriors(
        &self,
        block: &Block,
        posterior: &mut [f64],
        log_prob: &mut [f64],
        scratch: &mut Scratch,
    ) {
        self.weighted_log_prob(block, posterior, scratch);
        let largest = &mut scratch.per_row;
        simd::run(Posteriors { log_prob: &mut *posterior, log_sums: &mut *log_prob, largest });
        self.correct_far_rows(block, posterior, log_prob);
    }
}
