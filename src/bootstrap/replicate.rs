//! Fits to the rows of a replicate.

use linfa::DatasetBase;
use ndarray::{Array1, Array2, ArrayView2};
use rand::Rng;

use super::matching::best_matching;
use super::{BootstrapValidParams, Resampling};
use crate::compute::random::{child_seed, stream};
use crate::error::Result;
use crate::metrics::agreement::adjusted_rand_index;
use crate::mixture::inference::most_probable;
use crate::mixture::{GaussianMixture, GmmParams, Init};
use crate::pipeline::Pipeline;

/// The model and the rows to which it was fitted, in the space of its mixture.
pub(super) struct Original<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) rows: ArrayView2<'a, f64>,
    pub(super) reduced: Array2<f64>,
    pub(super) posteriors: Array2<f64>,
    pub(super) labels: Vec<usize>,
}

/// The parameters of a replicate, with the components in the order of those of the model.
pub(super) struct Replicate {
    pub(super) weights: Array1<f64>,
    pub(super) means: Array2<f64>,
    pub(super) standard_deviations: Array2<f64>,
    /// Soft Jaccard similarity of each component to that of the model.
    pub(super) similarity: Array1<f64>,
    /// Adjusted Rand index of the labels of the rows.
    pub(super) agreement: f64,
    /// Whether the components had another order by weight.
    pub(super) is_reordered: bool,
}

impl<'a> Original<'a> {
    /// # Errors
    /// Errors of the rows.
    pub(super) fn new(pipeline: &'a Pipeline, rows: ArrayView2<'a, f64>) -> Result<Self> {
        let reduced = pipeline.preprocessor().try_transform(rows)?;
        let posteriors = pipeline.predict_proba(&rows)?;
        let labels = labels(&posteriors);
        Ok(Self { pipeline, rows, reduced, posteriors, labels })
    }

    pub(super) fn mixture(&self) -> &GaussianMixture {
        self.pipeline.mixture()
    }

    /// Parameters of fits of the family of the model.
    pub(super) fn params(&self, n_components: usize) -> GmmParams {
        let mixture = self.mixture();
        GaussianMixture::params(n_components)
            .covariance_type(mixture.covariance_type())
            .tails(mixture.tails())
            .categorical(mixture.categories().columns().iter().copied())
    }

    /// Parameters of a fit that starts from the model.
    pub(super) fn like_model(&self) -> GmmParams {
        let mixture = self.mixture();
        self.params(mixture.n_components()).init(Init::Model(Box::new(mixture.clone()))).n_init(1)
    }

    /// Rows drawn from the model, in the space of its mixture, without the values that are missing at random in the data.
    pub(super) fn drawn(&self, seed: u64) -> Result<Array2<f64>> {
        let (mut drawn, _) = self.pipeline.sample(self.rows.nrows(), seed);
        let informative = self.pipeline.layout().indicators();
        for column in (0..drawn.ncols()).filter(|column| !informative.contains(column)) {
            for (value, original) in
                drawn.column_mut(column).iter_mut().zip(self.rows.column(column))
            {
                if original.is_nan() {
                    *value = f64::NAN;
                }
            }
        }
        self.pipeline.preprocessor().try_transform(drawn.view())
    }

    /// Fits a replicate.
    ///
    /// # Errors
    /// Those of the fit.
    pub(super) fn replicate(
        &self,
        params: &BootstrapValidParams,
        number: usize,
    ) -> Result<Replicate> {
        let seed = child_seed(params.seed(), number as u64);
        let fit = self.like_model();
        let (mixture, _) = match params.resampling() {
            Resampling::Rows => {
                let rows = DatasetBase::from(self.reduced.view());
                fit.fit_with_report(&rows.with_weights(counts(self.rows.nrows(), seed)))?
            }
            Resampling::Model => fit.fit_with_report(&self.drawn(seed)?)?,
        };
        self.matched(mixture)
    }

    /// The parameters of a fit, with its components in the order of those of the model to which they are the most similar.
    fn matched(&self, mixture: GaussianMixture) -> Result<Replicate> {
        let posteriors = mixture.predict_proba(&self.reduced)?;
        let similarities = similarities(self.posteriors.view(), posteriors.view());
        let order = best_matching(similarities.view());
        let similarity =
            order.iter().enumerate().map(|(component, &own)| similarities[[component, own]]);
        let pipeline = self.pipeline.with_mixture(mixture.permuted(&order));
        Ok(Replicate {
            weights: pipeline.mixture().weights().to_owned(),
            means: pipeline.means(),
            standard_deviations: pipeline.standard_deviations(),
            similarity: similarity.collect(),
            agreement: adjusted_rand_index(&self.labels, &labels(&posteriors))?,
            is_reordered: !order.iter().copied().eq(0..order.len()),
        })
    }
}

/// The most probable component of each row.
fn labels(posteriors: &Array2<f64>) -> Vec<usize> {
    posteriors.rows().into_iter().map(most_probable).collect()
}

/// How often each of `n` rows is drawn in `n` draws with replacement.
fn counts(n: usize, seed: u64) -> Array1<f32> {
    let mut counts = Array1::zeros(n);
    let rng = &mut stream(seed, 0);
    (0..n).for_each(|_| counts[rng.gen_range(0..n)] += 1.0);
    counts
}

/// Similarity of each component of one model to each of another: `Σ min(p, q) / Σ max(p, q)` of their posteriors of the rows, which for
/// labels is the Jaccard index.
fn similarities(left: ArrayView2<'_, f64>, right: ArrayView2<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((left.ncols(), right.ncols()), |(a, b)| {
        let (mut least, mut most) = (0.0, 0.0);
        for (p, q) in left.column(a).iter().zip(right.column(b)) {
            least += p.min(*q);
            most += p.max(*q);
        }
        if most > 0.0 { least / most } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn counts_are_those_of_draws_with_replacement() {
        let counts = counts(10_000, 3);
        assert_eq!(counts.sum(), 10_000.0);
        // a row is not drawn with a probability of 1/e
        let never = counts.iter().filter(|count| **count == 0.0).count() as f64;
        assert!((never / 10_000.0 - (-1.0_f64).exp()).abs() < 0.02);
    }

    #[test]
    fn similarities_of_labels_are_jaccard_indices() {
        let left = array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let right = array![[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]];
        assert_eq!(similarities(left.view(), right.view()), array![[1.0 / 3.0, 0.5], [0.5, 0.0]]);
    }
}
