//! A pipeline, given that one of its numbers lies in a range.
//!
//! Within a component the number has a truncated normal distribution, and the other columns depend on it as ever:
//! ```text
//! wₖ ∝ πₖ P(low ≤ x ≤ high | k),   x | k ~ N(mₖ, sₖ²) on [low, high],   others | x, k ~ N(aₖ + bₖ x, Cₖ)
//! ```
//! This is exact, and no mixture of Gaussians: the number is truncated, and the others are skewed with it.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::truncated::TruncatedNormal;
use super::{Pipeline, SampleBlocks};
use crate::compute::random::{child_seed, stream};
use crate::error::{Error, Result};
use crate::mixture::given::normalised;

/// The child seed of the values in the range.
const IN_RANGE: u64 = u64::MAX - 2;

/// A pipeline, given that one of its numbers lies in a range; see [`Pipeline::given_range`].
#[derive(Debug, Clone)]
pub struct GivenRange {
    column: usize,
    /// Its place among the numbers.
    number: usize,
    /// The other columns, given the middle of the range, with the weights of the components given the range.
    others: Pipeline,
    middle: f64,
    /// Changes of the means of the other numbers with the number in the range, (k, others).
    slopes: Array2<f64>,
    truncated: Vec<TruncatedNormal>,
    log_probability: f64,
}

impl Pipeline {
    /// The distribution of all columns, given that the number in `column` lies between `low` and `high`, in the units of the data.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the column is a number and `low` is below `high`, if no component has any probability in the
    /// range, or if the model has [shapes](crate::Shape) or [heavy tails](crate::Tails) or the column has spikes; errors of [`given`](Self::given).
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = Pipeline::params().mixture(GaussianMixture::params(4)).fit(&datasets::survey())?;
    /// let thirties = model.given_range(0, 30.0, 40.0)?;
    /// for (rows, _) in thirties.sample_blocks(1000, 1, true, true) {
    ///     assert!(rows.column(0).iter().all(|age| (30.0..=40.0).contains(age)));
    /// }
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn given_range(&self, column: usize, low: f64, high: f64) -> Result<GivenRange> {
        let Ok(number) = self.layout.numbers().binary_search(&column) else {
            return Err(Error::param("the column of a range", column, "a column of numbers"));
        };
        if !(low < high && low.is_finite() && high.is_finite()) {
            let expected = "two numbers, the smaller first";
            return Err(Error::param("a range", format!("{low}..{high}"), expected));
        }
        let is_shaped = self.preprocessor.shapes().is_some() || self.mixture.student().is_some();
        if is_shaped || !self.layout.spikes(column).is_empty() {
            let expected =
                "one of a model without shapes and spikes of columns, and with Gaussian tails";
            return Err(Error::param("a range", format!("{low}..{high}"), expected));
        }
        let (means, deviations) = (self.means(), self.standard_deviations());
        let of_component = |(&mean, &deviation): (&f64, &f64)| {
            TruncatedNormal::new((mean, deviation), (low, high))
        };
        let truncated: Vec<TruncatedNormal> =
            means.column(number).iter().zip(deviations.column(number)).map(of_component).collect();
        let observed = match self.missing_probabilities(column) {
            Some(missing) => missing.mapv(|missing| (1.0 - missing).ln()),
            None => Array1::zeros(truncated.len()),
        };
        let log_probabilities: Array1<f64> =
            truncated.iter().map(|one| one.log_probability).collect();
        let log_weights = self.mixture.weights().mapv(f64::ln) + observed + log_probabilities;
        let (weights, log_probability) = normalised(&log_weights);
        if !log_probability.is_finite() {
            let expected = "one that the model reaches; give a value instead";
            return Err(Error::param("a range", format!("{low}..{high}"), expected));
        }
        let middle = 0.5 * (low + high);
        let mut others = self.given(&[(column, middle)])?;
        // means depend linearly on the value
        let step = high - low;
        let beyond = self.given(&[(column, middle + step)])?;
        let slopes = (beyond.means() - others.means()) / step;
        others.mixture = others.mixture.with_weights(weights);
        Ok(GivenRange { column, number, others, middle, slopes, truncated, log_probability })
    }
}

impl GivenRange {
    /// Logarithm of the probability of the range.
    pub fn log_probability(&self) -> f64 {
        self.log_probability
    }

    /// Weights of the components given the range, shape `(n_components,)`.
    pub fn weights(&self) -> ArrayView1<'_, f64> {
        self.others.mixture.weights()
    }

    /// The categories of the other columns, with their probabilities in the components.
    pub fn others(&self) -> &Pipeline {
        &self.others
    }

    /// Means of the components in the units of the data, shape `(n_components, n_numbers)`: of all columns that are numbers.
    pub fn means(&self) -> Array2<f64> {
        let shifts: Array1<f64> = self.truncated.iter().map(|one| one.mean - self.middle).collect();
        let others = self.others.means() + &self.slopes * &shifts.insert_axis(Axis(1));
        let own: Array1<f64> = self.truncated.iter().map(|one| one.mean).collect();
        with_column(&others, self.number, own.view())
    }

    /// Covariance of the numbers of a component in the units of the data, shape `(n_numbers, n_numbers)`.
    ///
    /// # Errors
    /// Same as [`Pipeline::marginal`].
    pub fn covariance(&self, component: usize) -> Result<Array2<f64>> {
        let numbers = self.others.layout.numbers();
        let n = numbers.len() + 1;
        let slopes = self.slopes.row(component).insert_axis(Axis(0)).to_owned();
        let slopes = with_column(&slopes, self.number, Array1::ones(1).view());
        let mut covariance = slopes.t().dot(&slopes) * self.truncated[component].variance;
        if !numbers.is_empty() {
            let within = self.others.marginal(numbers)?.covariance(component);
            let place = |at: usize| at + usize::from(at >= self.number);
            for ((i, j), value) in within.indexed_iter() {
                covariance[[place(i), place(j)]] += value;
            }
        }
        debug_assert_eq!(covariance.dim(), (n, n));
        Ok(covariance)
    }

    /// Draws rows of all columns in blocks, with the component of each; see [`Pipeline::sample_blocks`]. If `complete`, values that
    /// would be missing are drawn as well.
    pub fn sample_blocks(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        complete: bool,
    ) -> impl Iterator<Item = (Array2<f64>, Array1<usize>)> {
        let blocks: SampleBlocks<'_> = self.others.sample_blocks(n_samples, seed, residual);
        let mut rng = stream(child_seed(seed, IN_RANGE), 0);
        blocks.complete(complete).map(move |(rows, components)| {
            (self.with_values(rows, &components, &mut rng), components)
        })
    }

    /// Rows of all columns, from rows of the others at the middle of the range.
    fn with_values(
        &self,
        mut rows: Array2<f64>,
        components: &Array1<usize>,
        rng: &mut ChaCha8Rng,
    ) -> Array2<f64> {
        let values: Array1<f64> =
            components.iter().map(|&component| self.truncated[component].at(rng.r#gen())).collect();
        let numbers = self.others.layout.numbers();
        for ((mut row, &component), value) in
            rows.rows_mut().into_iter().zip(components).zip(&values)
        {
            let shift = value - self.middle;
            for (&number, slope) in numbers.iter().zip(self.slopes.row(component)) {
                row[number] += slope * shift;
            }
        }
        with_column(&rows, self.column, values.view())
    }
}

/// Inserts a column before column `at`.
fn with_column(matrix: &Array2<f64>, at: usize, column: ArrayView1<'_, f64>) -> Array2<f64> {
    let mut wider = Array2::zeros((matrix.nrows(), matrix.ncols() + 1));
    for (place, values) in matrix.axis_iter(Axis(1)).enumerate() {
        wider.column_mut(place + usize::from(place >= at)).assign(&values);
    }
    wider.column_mut(at).assign(&column);
    wider
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use crate::prelude::*;

    #[test]
    fn moments_are_those_of_rows_of_the_joint_density_in_the_range() {
        for pca in [false, true] {
            let params = Pipeline::params().standardize(true);
            let params = if pca { params.pca(Pca::params(2)) } else { params };
            let model =
                params.mixture(GaussianMixture::params(4)).fit(&datasets::survey()).unwrap();
            let range = model.given_range(1, 30.0, 50.0).unwrap();
            let (rows, _) = model.sample(200_000, 3);
            let inside: Vec<usize> =
                (0..rows.nrows()).filter(|&row| (30.0..=50.0).contains(&rows[[row, 1]])).collect();
            let share = inside.len() as f64 / rows.nrows() as f64;
            assert!((share - range.log_probability().exp()).abs() < 0.005, "{share}");
            let rows = rows.select(Axis(0), &inside);
            let expected = range.weights().dot(&range.means());
            let variances: Vec<_> = (0..4)
                .map(|k| range.covariance(k).unwrap().diag().to_owned() * range.weights()[k])
                .collect();
            let mut drawn = Vec::new();
            for (block, _) in range.sample_blocks(inside.len(), 5, true, true) {
                drawn.push(block);
            }
            for column in 0..4 {
                let within: f64 = variances.iter().map(|of| of[column]).sum();
                let between: f64 = (0..4)
                    .map(|k| {
                        range.weights()[k] * (range.means()[[k, column]] - expected[column]).powi(2)
                    })
                    .sum();
                let error = ((within + between) / inside.len() as f64).sqrt();
                let joint = rows.column(column).mean().unwrap();
                assert!((joint - expected[column]).abs() < 4.0 * error, "{column}: {joint}");
                let sum: f64 = drawn.iter().map(|block| block.column(column).sum()).sum();
                let mean = sum / inside.len() as f64;
                assert!((mean - expected[column]).abs() < 4.0 * error, "{column}: {mean}");
                let spread: f64 = drawn
                    .iter()
                    .map(|block| block.column(column).mapv(|x| (x - mean).powi(2)).sum())
                    .sum();
                let ratio = spread / inside.len() as f64 / (within + between);
                assert!((ratio - 1.0).abs() < 0.05, "{column}: {ratio}");
            }
        }
    }

    #[test]
    fn impossible_ranges_are_refused() {
        let model = Pipeline::params().mixture(GaussianMixture::params(2)).fit(&datasets::survey());
        let model = model.unwrap();
        for (column, low, high, words) in [
            (9, 0.0, 1.0, "a column of numbers"),
            (0, 2.0, 1.0, "the smaller first"),
            (0, 1.0, f64::INFINITY, "the smaller first"),
            (0, 1e9, 2e9, "give a value instead"),
        ] {
            let error = model.given_range(column, low, high).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
