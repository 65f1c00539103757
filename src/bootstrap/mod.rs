//! How sure a fit is: the bootstrap of a mixture.
//!
//! Models are fitted to many samples of the rows, or of the model, each from the model on, so that a fit takes few iterations. Their
//! components are matched to those of the model by their posteriors. The spread of their parameters is that of the estimates (Efron
//! 1979; for mixtures O'Hagan, Murphy, Scrucca & Gormley 2019), and components that few of them have are doubtful (Hennig 2007).

mod intervals;
mod likelihood_ratio;
mod matching;
mod params;
mod replicate;

use linfa::ParamGuard;
use ndarray::{Array1, ArrayView2, Axis, Ix1, Ix2};
use rayon::prelude::*;

use crate::compute::quantile::quantile;
use crate::error::Result;
use crate::pipeline::Pipeline;
use replicate::{Original, Replicate};

pub use intervals::Intervals;
pub use likelihood_ratio::LikelihoodRatio;
pub use params::{BootstrapParams, BootstrapValidParams, Resampling};

/// Intervals of the parameters of a model, and the stability of its components; see [`Pipeline::bootstrap`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Bootstrap {
    /// Weights of the components, shape `(n_components,)`.
    pub weights: Intervals<Ix1>,
    /// Means in the units of the data, shape `(n_components, n_numbers)`.
    pub means: Intervals<Ix2>,
    /// Standard deviations in the units of the data, shape `(n_components, n_numbers)`.
    pub standard_deviations: Intervals<Ix2>,
    /// Mean similarity of each component to its counterparts, `Σ min(p, q) / Σ max(p, q)` of the posteriors of the rows, from 0 to 1:
    /// above 0.85 for a component that is always found, below 0.6 for one that should not be trusted (Hennig 2007).
    pub stability: Array1<f64>,
    /// Lower quantile, median and upper quantile of the adjusted Rand index of the labels of the rows with those of the model.
    pub agreement: [f64; 3],
    /// Number of replicates.
    pub n_replicates: usize,
    /// Number of replicates whose fit failed, which are left out.
    pub n_failed: usize,
    /// Number of replicates whose components had another order than their counterparts.
    pub n_reordered: usize,
}

/// The results of the replicates whose fits succeeded.
///
/// # Errors
/// The first of all errors, if fewer than two succeeded.
fn succeeded<T>(found: Vec<Result<T>>) -> Result<Vec<T>> {
    let n_succeeded = found.iter().filter(|result| result.is_ok()).count();
    if n_succeeded < 2 {
        return found.into_iter().collect();
    }
    Ok(found.into_iter().filter_map(Result::ok).collect())
}

impl Pipeline {
    /// Fits the mixture again to many samples of the rows or of the model, and returns intervals of its parameters and the stability of its
    /// components.
    ///
    /// `rows` has shape `(n_samples, n_features)` and is what the model was fitted to. The scaler, PCA and shapes of the model are kept: the
    /// intervals are without their uncertainty. Intervals are quantiles of the replicates. They are the same on any number of threads.
    ///
    /// # Errors
    /// Errors of `params` and of the rows. A replicate whose fit fails, such as by a component without rows, is counted; if fewer than
    /// two succeed, the error of the first that failed.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{BootstrapParams, prelude::*};
    ///
    /// let blobs = datasets::stretched_blobs();
    /// let model = Pipeline::from(GaussianMixture::params(4).covariance_type(CovarianceType::Tied).fit(&blobs)?);
    /// let found = model.bootstrap(blobs.records.view(), &BootstrapParams::default().n_replicates(99))?;
    /// assert!(found.weights.low[0] < found.weights.estimate[0] && found.weights.estimate[0] < found.weights.high[0]);
    /// assert!(found.stability.iter().all(|similarity| *similarity > 0.9));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn bootstrap<'a>(
        &'a self,
        rows: ArrayView2<'a, f64>,
        params: &BootstrapParams,
    ) -> Result<Bootstrap> {
        let params = params.check_ref()?;
        let original = Original::new(self, rows)?;
        let numbers = (0..params.n_replicates()).into_par_iter();
        let found = numbers.map(|number| original.replicate(params, number)).collect();
        Ok(self.summarised(&succeeded(found)?, params))
    }

    fn summarised(&self, replicates: &[Replicate], params: &BootstrapValidParams) -> Bootstrap {
        let level = params.level();
        let weights = replicates.iter().map(|replicate| &replicate.weights);
        let means = replicates.iter().map(|replicate| &replicate.means);
        let deviations = replicates.iter().map(|replicate| &replicate.standard_deviations);
        let similarities: Vec<_> =
            replicates.iter().map(|replicate| replicate.similarity.view()).collect();
        let stability = ndarray::stack(Axis(0), &similarities).ok();
        let mut agreements: Vec<f64> =
            replicates.iter().map(|replicate| replicate.agreement).collect();
        agreements.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level);
        Bootstrap {
            weights: Intervals::new(self.mixture().weights().to_owned(), weights, level),
            means: Intervals::new(self.means(), means, level),
            standard_deviations: Intervals::new(self.standard_deviations(), deviations, level),
            stability: stability.and_then(|all| all.mean_axis(Axis(0))).unwrap_or_default(),
            agreement: [tail, 0.5, 1.0 - tail].map(|share| quantile(&agreements, share)),
            n_replicates: params.n_replicates(),
            n_failed: params.n_replicates() - replicates.len(),
            n_reordered: replicates.iter().filter(|replicate| replicate.is_reordered).count(),
        }
    }
}
