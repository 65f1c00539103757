//! Samples in the space of the data, all at once or block by block.

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

use super::Pipeline;
use crate::compute::random::{BatchedRng, child_seed, fill_normal};
use crate::mixture::{ROWS_PER_STREAM, Sampler};

/// Approximate number of values in a block: 4 MiB, of which the system's allocator gives the same memory again.
const BLOCK: usize = 1 << 19;

/// The child seeds for the residual noise, and for values that would be missing.
const RESIDUAL: u64 = u64::MAX;
const MISSING: u64 = u64::MAX - 1;

/// An iterator over blocks of sampled rows; see [`Pipeline::sample_blocks`].
#[derive(Debug, Clone)]
pub struct SampleBlocks<'a> {
    pipeline: &'a Pipeline,
    sampler: Sampler<'a>,
    seed: u64,
    next_row: usize,
    n_samples: usize,
    /// Whether rows have residual noise.
    residual: bool,
    /// Whether no value is missing.
    complete: bool,
}

impl Pipeline {
    /// Draws `n_samples` rows from the density, and returns them with the component of each.
    ///
    /// If PCA leaves out directions, residual noise is added to the rows, so that samples follow the density of
    /// [`score_samples`](Self::score_samples). Categories are indices of levels. If missing values are
    /// [informative](crate::Missing), values are missing as in the data, NaN; see [`SampleBlocks::complete`].
    pub fn sample(&self, n_samples: usize, seed: u64) -> (Array2<f64>, Array1<usize>) {
        self.sample_blocks(n_samples, seed, true).whole()
    }

    /// Draws `n_samples` rows on the subspace that PCA keeps, without residual noise in the directions it leaves out, and without the
    /// noise of low-rank covariances: smoother images, as in the tutorials.
    pub fn sample_on_subspace(&self, n_samples: usize, seed: u64) -> (Array2<f64>, Array1<usize>) {
        self.sample_blocks(n_samples, seed, false).whole()
    }

    /// Draws a sample block by block, so that it may exceed the memory.
    ///
    /// The rows and components are those of [`sample`](Self::sample), or, without `residual`, of
    /// [`sample_on_subspace`](Self::sample_on_subspace). A block has about 4 MiB but at least 1024 rows.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = Pipeline::from(GaussianMixture::params(2).fit(&datasets::moons())?);
    /// let mut sum = Array1::<f64>::zeros(2);
    /// for (rows, _) in model.sample_blocks(10_000_000, 7, true).take(2) {
    ///     sum += &rows.sum_axis(Axis(0));
    /// }
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn sample_blocks(&self, n_samples: usize, seed: u64, residual: bool) -> SampleBlocks<'_> {
        let sampler = Sampler::new(&self.mixture);
        let sampler = if residual { sampler } else { sampler.without_noise() };
        let (next_row, complete) = (0, false);
        SampleBlocks { pipeline: self, sampler, seed, next_row, n_samples, residual, complete }
    }
}

impl SampleBlocks<'_> {
    /// Sets whether values that would be missing are drawn as well, as [`Pipeline::impute_draws`] does. The other values of a sample
    /// are the same.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    /// use ndarray::array;
    ///
    /// let rows = array![[1.0, 5.0], [2.0, f64::NAN], [3.0, 4.0], [4.0, f64::NAN], [2.5, 4.5]];
    /// let model = Pipeline::params().fit(&DatasetBase::from(rows))?;
    /// let (complete, _) = model.sample_blocks(100, 1, true).complete(true).whole();
    /// assert!(complete.iter().all(|value| value.is_finite()));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn complete(mut self, complete: bool) -> Self {
        self.complete = complete;
        self
    }

    /// Draws all remaining rows as one block, with the component of each.
    pub fn whole(mut self) -> (Array2<f64>, Array1<usize>) {
        self.draw(self.n_samples - self.next_row)
    }

    fn draw(&mut self, n_rows: usize) -> (Array2<f64>, Array1<usize>) {
        let preprocessor = &self.pipeline.preprocessor;
        let first_row = self.next_row;
        let first_stream = (first_row / ROWS_PER_STREAM) as u64;
        self.next_row += n_rows;
        let (reduced, labels) = self.sampler.rows(first_stream, n_rows, self.seed);
        if preprocessor.is_identity() {
            return (reduced, labels);
        }
        let (numbers, categories) = preprocessor.split_reduced(reduced.view());
        let numbers = preprocessor.inverse_shaped(numbers);
        let mut numbers = numbers.expect("the preprocessor fits the mixture");
        if self.residual && preprocessor.residual_variance() > 0.0 {
            let noise = noise(child_seed(self.seed, RESIDUAL), first_stream, numbers.dim());
            preprocessor.add_residual(&mut numbers, noise);
        }
        let numbers = preprocessor.unshape(numbers).expect("a shape for each number");
        let rows = preprocessor.join(numbers, categories);
        if !(self.complete && self.pipeline.layout.has_any_missing()) {
            return (rows, labels);
        }
        let seed = child_seed(self.seed, MISSING);
        let filled =
            self.pipeline.impute_draws_from(first_row, rows.view(), 0..1, seed, self.residual);
        // a sample has no infinite values and no other levels
        let mut filled = filled.expect("a model that can be drawn from");
        (filled.swap_remove(0), labels)
    }
}

/// Standard normal numbers, from the first row of a random stream on.
fn noise(seed: u64, first_stream: u64, shape: (usize, usize)) -> Array2<f64> {
    let mut noise = Array2::zeros(shape);
    let blocks = noise.axis_chunks_iter_mut(Axis(0), ROWS_PER_STREAM).into_par_iter().enumerate();
    blocks.for_each(|(index, mut rows)| {
        let numbers = rows.as_slice_mut().expect("rows of a row-major array");
        fill_normal(&mut BatchedRng::new(seed, first_stream + index as u64), numbers);
    });
    noise
}

impl Iterator for SampleBlocks<'_> {
    type Item = (Array2<f64>, Array1<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let rows =
            (BLOCK / self.pipeline.n_features().max(1)).max(1).next_multiple_of(ROWS_PER_STREAM);
        let n_rows = rows.min(self.n_samples - self.next_row);
        (n_rows > 0).then(|| self.draw(n_rows))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, concatenate};

    use crate::prelude::*;

    #[test]
    fn blocks_have_the_rows_of_a_single_sample() {
        let params = Pipeline::params().standardize(true).pca(Pca::params(10).whiten(true));
        let model = params.mixture(GaussianMixture::params(3)).fit(&datasets::digits()).unwrap();
        let n_samples = 140_000;
        for residual in [true, false] {
            let (blocks, labels): (Vec<_>, Vec<_>) =
                model.sample_blocks(n_samples, 5, residual).unzip();
            assert!(blocks.len() > 1);
            let blocks: Vec<_> = blocks.iter().map(|block| block.view()).collect();
            let labels: Vec<_> = labels.iter().map(|labels| labels.view()).collect();
            let whole = if residual {
                model.sample(n_samples, 5)
            } else {
                model.sample_on_subspace(n_samples, 5)
            };
            let rows = concatenate(Axis(0), &blocks).unwrap();
            assert!(rows == whole.0);
            assert_eq!(concatenate(Axis(0), &labels).unwrap(), whole.1);
        }
    }
}
