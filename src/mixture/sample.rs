//! Random samples from a model.

use ndarray::{Array1, Array2, Axis};
use rand::Rng;
use rand::distributions::{Distribution, WeightedIndex};
use rand_distr::StandardNormal;
use rayon::prelude::*;

use super::GaussianMixture;
use crate::compute::random::stream;

/// Number of rows drawn from one random stream.
pub(crate) const ROWS_PER_STREAM: usize = 1024;

impl GaussianMixture {
    /// Draws `n_samples` independent rows: the component by weight, then the numbers from the component's Gaussian and each
    /// category from its probabilities, as the index of a level.
    ///
    /// Returns the rows, shape `(n_samples, n_features)`, and the component of each, shape `(n_samples,)`. The same seed
    /// gives the same rows on any number of threads; a larger sample begins with the rows of a smaller one.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = GaussianMixture::params(4).fit(&datasets::stretched_blobs())?;
    /// let (rows, labels) = model.sample(5, 0);
    /// assert_eq!((rows.dim(), labels.len()), ((5, 2), 5));
    /// assert_eq!(model.sample(9, 0).0.slice(ndarray::s![..5, ..]), rows);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn sample(&self, n_samples: usize, seed: u64) -> (Array2<f64>, Array1<usize>) {
        self.sample_from_stream(0, n_samples, seed)
    }

    /// The rows of [`sample`](Self::sample) from the first one of a random stream on.
    pub(crate) fn sample_from_stream(
        &self,
        first_stream: u64,
        n_samples: usize,
        seed: u64,
    ) -> (Array2<f64>, Array1<usize>) {
        let mut rows = Array2::zeros((n_samples, self.n_features()));
        let mut labels = Array1::zeros(n_samples);
        let component = WeightedIndex::new(self.weights())
            .expect("weights of a mixture are not negative and sum to 1");
        let factors: Vec<_> = (0..self.n_components())
            .map(|component| self.covariances().factor(component, self.n_numeric()))
            .collect();
        let blocks = rows
            .axis_chunks_iter_mut(Axis(0), ROWS_PER_STREAM)
            .into_par_iter()
            .zip(labels.axis_chunks_iter_mut(Axis(0), ROWS_PER_STREAM))
            .enumerate();
        blocks.for_each(|(index, (mut rows, mut labels))| {
            let rng = &mut stream(seed, first_stream + index as u64);
            for (mut row, label) in rows.rows_mut().into_iter().zip(&mut labels) {
                *label = component.sample(rng);
                let row = row.as_slice_mut().expect("rows of a row-major array");
                let (numbers, levels) = row.split_at_mut(self.n_numeric());
                numbers.iter_mut().for_each(|noise| *noise = rng.sample(StandardNormal));
                if !numbers.is_empty() {
                    factors[*label].apply(numbers);
                }
                for (x, mean) in numbers.iter_mut().zip(self.means().row(*label)) {
                    *x += mean;
                }
                for (category, level) in levels.iter_mut().enumerate() {
                    *level = self.categories().draw(category, *label, rng) as f64;
                }
                self.categories().to_row_order(row);
            }
        });
        (rows, labels)
    }
}
