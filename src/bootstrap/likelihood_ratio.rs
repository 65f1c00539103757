//! The bootstrap likelihood-ratio test of the number of components (McLachlan 1987).

use linfa::ParamGuard;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::replicate::Original;
use super::{BootstrapParams, succeeded};
use crate::compute::random::child_seed;
use crate::error::Result;
use crate::pipeline::Pipeline;

/// Number of restarts of fits with one component more.
const N_INIT: usize = 5;

/// The test of a number of components against one more; see [`Pipeline::likelihood_ratio`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LikelihoodRatio {
    /// Number of components under the null hypothesis.
    pub n_components: usize,
    /// `2 (log-likelihood with one more - log-likelihood)`.
    pub statistic: f64,
    /// `(1 + replicates with at least that statistic) / (1 + replicates)`: small if one component more is needed.
    pub p_value: f64,
    /// Number of replicates, and of those whose fits failed, which are left out.
    pub n_replicates: usize,
    /// See [`n_replicates`](Self::n_replicates).
    pub n_failed: usize,
}

impl Pipeline {
    /// Tests the number of components of the model against one more, by a parametric bootstrap: the statistic of the rows is compared with
    /// those of samples of the model.
    ///
    /// Models of the number of components are fitted from this model on, and those with one more from five starts, to the rows and to
    /// each sample alike. `rows` has shape `(n_samples, n_features)`; the scaler, PCA and shapes are kept.
    ///
    /// # Errors
    /// Errors of `params` and of the rows, and those of the fits to the rows; if fewer than two samples can be fitted, that of the first.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{BootstrapParams, prelude::*};
    ///
    /// let moons = datasets::moons();
    /// let one = Pipeline::from(GaussianMixture::params(1).fit(&moons)?);
    /// let test = one.likelihood_ratio(moons.records.view(), &BootstrapParams::default().n_replicates(19))?;
    /// assert_eq!(test.p_value, 0.05);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn likelihood_ratio<'a>(
        &'a self,
        rows: ArrayView2<'a, f64>,
        params: &BootstrapParams,
    ) -> Result<LikelihoodRatio> {
        let params = params.check_ref()?;
        let original = Original::new(self, rows)?;
        let statistic = original.statistic(&original.reduced, params.seed())?;
        let of_replicate = |number: usize| {
            let seed = child_seed(params.seed(), number as u64);
            original.statistic(&original.drawn(seed)?, seed)
        };
        let found = (0..params.n_replicates()).into_par_iter().map(of_replicate).collect();
        let statistics: Vec<f64> = succeeded(found)?;
        let n_larger = statistics.iter().filter(|other| **other >= statistic).count();
        Ok(LikelihoodRatio {
            n_components: self.mixture().n_components(),
            statistic,
            p_value: (1 + n_larger) as f64 / (1 + statistics.len()) as f64,
            n_replicates: params.n_replicates(),
            n_failed: params.n_replicates() - statistics.len(),
        })
    }
}

impl Original<'_> {
    /// The statistic of rows in the space of the mixture.
    fn statistic(&self, reduced: &Array2<f64>, seed: u64) -> Result<f64> {
        let n_components = self.mixture().n_components();
        let (_, fewer) = self.like_model().fit_with_report(reduced)?;
        let more = self.params(n_components + 1).n_init(N_INIT).seed(seed);
        let (_, more) = more.fit_with_report(reduced)?;
        // one component more is never worse, but its starts may all be bad
        Ok((2.0 * (more.log_likelihood() - fewer.log_likelihood())).max(0.0))
    }
}
