//! Evaluation of a model on the rows: the sums from which its criteria are computed.

use crate::compute::simd;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::Scratch;
use crate::mixture::criteria::Criteria;
use crate::rows::mixed::MixedRows;

/// Log-likelihood and posterior certainty of a model, summed over rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Evaluation {
    /// Σ w
    pub(crate) total: f64,
    /// Σ w ln p(x)
    pub(crate) log_likelihood: f64,
    /// Σ w ln maxₖ rₖ
    pub(crate) log_certainty: f64,
}

impl Evaluation {
    /// Adds rows.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    pub(crate) fn add(&mut self, model: &GaussianMixture, rows: MixedRows<'_>) -> Result<()> {
        let (n, block) = (rows.n_rows(), rows.numbers);
        let mut posterior = vec![0.0; n * model.n_components()];
        let mut log_prob = vec![0.0; n];
        model.posteriors(rows, &mut posterior, &mut log_prob, &mut Scratch::default())?;
        let mut certainty = vec![0.0_f64; n];
        for component in posterior.chunks_exact(n) {
            for (largest, &p) in certainty.iter_mut().zip(component) {
                *largest = largest.max(p);
            }
        }
        certainty.iter_mut().for_each(|p| *p = p.ln());
        self.total += simd::sum(block.weights());
        // rows far from all components can have the smallest log-density, whose sum overflows
        let log_likelihood = simd::dot(block.weights(), &log_prob);
        self.log_likelihood = (self.log_likelihood + log_likelihood).max(f64::MIN);
        self.log_certainty += simd::dot(block.weights(), &certainty);
        Ok(())
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.log_likelihood = (self.log_likelihood + other.log_likelihood).max(f64::MIN);
        self.log_certainty += other.log_certainty;
    }

    /// The criteria of the evaluated model.
    pub(crate) fn criteria(&self, model: &GaussianMixture) -> Criteria {
        Criteria::new(self.total, self.log_likelihood, self.log_certainty, model.n_parameters())
    }
}
