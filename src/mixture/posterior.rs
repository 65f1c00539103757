//! The E-step of a block of rows.

use super::GaussianMixture;
use super::covariance::Scratch;
use crate::compute::simd::{self, posteriors::Posteriors};
use crate::error::Result;
use crate::rows::mixed::MixedRows;

impl GaussianMixture {
    /// ln πₖ + ln N(x | mₖ, Σₖ) + Σⱼ ln αₖⱼ(cⱼ) of each row, without missing values, one contiguous run of rows for each
    /// component.
    fn weighted_log_prob(
        &self,
        rows: MixedRows<'_>,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<()> {
        let log_weights = self.weights().mapv(f64::ln).to_vec();
        let n = rows.n_rows();
        if self.n_numeric() == 0 {
            let components = out.chunks_exact_mut(n).zip(&log_weights);
            components.for_each(|(out, &log_weight)| out.fill(log_weight));
        } else if rows.patterns.is_empty() {
            self.covariances().log_prob(self.means(), &log_weights, rows.numbers, out, scratch);
        } else {
            self.incomplete_log_prob(rows, &log_weights, out, scratch)?;
        }
        self.categories().add_log_prob((rows.codes, n), out, &mut scratch.by_row);
        Ok(())
    }

    /// Posteriors of each row, one contiguous run of rows for each component, and the log-density of each row without its
    /// missing values.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance) if the covariance of the observed numbers of a row is
    /// singular to rounding.
    pub(super) fn posteriors(
        &self,
        rows: MixedRows<'_>,
        posterior: &mut [f64],
        log_prob: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<()> {
        self.weighted_log_prob(rows, posterior, scratch)?;
        let largest = &mut scratch.per_row;
        simd::run(Posteriors { log_prob: &mut *posterior, log_sums: &mut *log_prob, largest });
        self.correct_far_rows(rows, posterior, log_prob)
    }
}
