//! The E-step of a block of rows.

use std::ops::Range;

use super::GaussianMixture;
use super::covariance::{Precisions, Scratch};
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
            self.add_tails(
                (0..n, n, self.n_numeric()),
                out,
                &mut scratch.precisions,
                |component| {
                    log_weights[component]
                        + self.covariances().log_constant(component, self.n_numeric())
                },
            );
        } else {
            self.incomplete_log_prob(rows, &log_weights, out, scratch)?;
        }
        self.categories().add_log_prob((rows.codes, n), out, &mut scratch.by_row);
        Ok(())
    }

    /// Turns log-densities of some of `n` rows, of which `width` numbers are observed, into those of components with heavy tails, if they
    /// are; `base` is the log-density of a Gaussian at its mean. Writes what the rows weigh.
    pub(super) fn add_tails(
        &self,
        (rows, n, width): (Range<usize>, usize, usize),
        log_prob: &mut [f64],
        precisions: &mut Precisions,
        base: impl Fn(usize) -> f64,
    ) {
        let Some(tails) = self.student() else { return };
        precisions.resize(log_prob.len());
        let Precisions { values, logs } = precisions;
        let weighed = values.chunks_exact_mut(n).zip(logs.chunks_exact_mut(n));
        for ((component, log_prob), (values, logs)) in
            log_prob.chunks_exact_mut(n).enumerate().zip(weighed)
        {
            let weighed = (&mut values[rows.clone()], &mut logs[rows.clone()]);
            tails.apply(component, (&mut log_prob[rows.clone()], base(component)), width, weighed);
        }
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
