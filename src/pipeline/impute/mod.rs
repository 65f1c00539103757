//! Imputation: the missing values of rows given the observed ones.

mod dense;
mod expected;
mod given_rows;
mod low_rank;

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::Rng;

use super::Pipeline;
use crate::compute::random::{child_seed, index_at, stream};
use crate::compute::ties::first_largest;
use crate::error::Result;
use given_rows::GivenRows;

/// Rows whose missing values have been filled with what the model expects; see [`Pipeline::impute`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Imputation {
    /// The rows without missing values, shape `(n_samples, n_features)`. Observed values are unchanged.
    pub rows: Array2<f64>,
    /// How uncertain each filled value is, shape `(n_samples, n_features)`; NaN for observed values. Of a number, it is the standard
    /// deviation given the observed values of the row; of a category, the probability that it has another level.
    pub deviations: Array2<f64>,
}

/// What a row gets: the column, the value, and its uncertainty.
type Filled = (usize, f64, f64);

impl Pipeline {
    /// Fills the missing values, NaN, of rows of shape `(n_samples, n_features)`: numbers by their conditional expectation given
    /// the observed values of the row, categories by their most probable level, the first of equally probable ones.
    ///
    /// ```text
    /// E[x_m | x_o, c_o] = Σₖ rₖ (μ_m + B (x_o - μ_o)),    r the posterior given the observed values,  B = Σ_mo Σ_oo⁻¹
    /// ```
    /// with μ and Σ those of component k. It is not known why values are missing: where that is [informative](crate::Missing), the
    /// posterior is that of a row in which they are observed. A number of few values, which is a category, counts as missing if it is
    /// none of them. Behind a PCA all matrices have the size of the number of principal
    /// components, however many columns there are. Expectations vary less than data do; see
    /// [`impute_draws`](Self::impute_draws) for values that vary as they do.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch); [`Error::NonFinite`](crate::Error::NonFinite) for infinite values;
    /// [`Error::UnknownLevel`](crate::Error::UnknownLevel); [`Error::SingularCovariance`](crate::Error::SingularCovariance) if
    /// the observed numbers of a row have a singular covariance.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, prelude::*};
    /// use ndarray::array;
    ///
    /// // a number twice as large as another, and a standard deviation of √(2 - 2²/3) given the other
    /// let covariance = array![[[3.0, 2.0], [2.0, 2.0]]].into_dyn();
    /// let means = array![[0.0, 0.0]];
    /// let mixture = GaussianMixture::new(array![1.0], means, CovarianceType::Full, covariance)?;
    /// let filled = Pipeline::from(mixture).impute(array![[3.0, f64::NAN]].view())?;
    /// assert!((filled.rows[[0, 1]] - 2.0).abs() < 1e-12);
    /// assert!((filled.deviations[[0, 1]] - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn impute(&self, records: ArrayView2<'_, f64>) -> Result<Imputation> {
        let filled = self.fill(records, true, |given| Ok(expected(self, given)))?;
        let mut rows = records.to_owned();
        let mut deviations = Array2::from_elem(records.dim(), f64::NAN);
        for (row, cells) in filled {
            for (column, value, deviation) in cells {
                rows[[row, column]] = value;
                deviations[[row, column]] = deviation;
            }
        }
        Ok(Imputation { rows, deviations })
    }

    /// Fills the missing values of rows `n_draws` times with values drawn from their distribution given the observed values of the
    /// row (multiple imputation): each result has the shape of `records`.
    ///
    /// The values of a row depend on the seed and its number alone; see [`impute_draws_from`](Self::impute_draws_from) for rows that
    /// are read in pieces.
    ///
    /// # Errors
    /// Same as [`impute`](Self::impute).
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = Pipeline::from(GaussianMixture::params(7).fit(&datasets::moons())?);
    /// let rows = ndarray::array![[0.5, f64::NAN]];
    /// let heights: Vec<f64> =
    ///     model.impute_draws(rows.view(), 200, 1)?.iter().map(|rows| rows[[0, 1]]).collect();
    /// // the upper moon or the lower one, while the expectation is between them
    /// let n_upper = heights.iter().filter(|&&height| height > 0.25).count();
    /// assert!(n_upper > 20 && n_upper < 180);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn impute_draws(
        &self,
        records: ArrayView2<'_, f64>,
        n_draws: usize,
        seed: u64,
    ) -> Result<Vec<Array2<f64>>> {
        self.impute_draws_from(0, records, 0..n_draws, seed, true)
    }

    /// Some of the draws of [`impute_draws`](Self::impute_draws), counted from 0, for rows of which the first has number
    /// `first_row`, so that a table that is read in pieces gets the same values. Without `residual`, draws have no noise in the
    /// directions that PCA leaves out, nor that of low-rank covariances: smoother images, as those of
    /// [`sample_on_subspace`](Self::sample_on_subspace).
    ///
    /// # Errors
    /// Same as [`impute`](Self::impute).
    pub fn impute_draws_from(
        &self,
        first_row: usize,
        records: ArrayView2<'_, f64>,
        draws: Range<usize>,
        seed: u64,
        residual: bool,
    ) -> Result<Vec<Array2<f64>>> {
        let seeds: Vec<u64> = draws.map(|draw| child_seed(seed, draw as u64)).collect();
        let filled = self.fill(records, residual, |given| {
            let draws = seeds.iter().map(|&seed| drawn(self, given, (seed, first_row)));
            draws.collect::<Result<Vec<_>>>().map(|draws| draws.concat())
        })?;
        let mut draws = vec![records.to_owned(); seeds.len()];
        // the rows of a group come draw by draw
        let mut next = vec![0; records.nrows()];
        for (row, cells) in filled {
            for (column, value, _) in cells {
                draws[next[row]][[row, column]] = value;
            }
            next[row] += 1;
        }
        Ok(draws)
    }
}

impl Pipeline {
    /// Probabilities of the levels of a category that is missing in all rows, given the other values of each, shape
    /// `(n_samples, n_levels)`.
    pub(crate) fn probabilities_of_levels(
        &self,
        records: ArrayView2<'_, f64>,
        category: usize,
    ) -> Result<Array2<f64>> {
        let of_components = self.mixture.categories().probabilities(category);
        let mut probabilities = Array2::zeros((records.nrows(), of_components.ncols()));
        let filled = self.fill(records, true, |given| {
            let of_row = |(at, &row): (usize, &usize)| {
                let of_levels = given.posteriors.row(at).dot(&of_components);
                let cell = |(level, &probability): (usize, &f64)| (level, probability, f64::NAN);
                (row, of_levels.iter().enumerate().map(cell).collect())
            };
            Ok(given.rows.iter().enumerate().map(of_row).collect())
        })?;
        for (row, cells) in filled {
            for (level, probability, _) in cells {
                probabilities[[row, level]] = probability;
            }
        }
        Ok(probabilities)
    }
}

/// The expected values of some rows with the same missing numbers.
fn expected(model: &Pipeline, given: &GivenRows<'_>) -> Vec<(usize, Vec<Filled>)> {
    let (means, deviations) = given.expected_in_data();
    let filled = given.rows.iter().enumerate().map(|(at, &row)| {
        let mut cells = Vec::new();
        for (place, column) in given.missing_numbers(row) {
            cells.push((column, means[[at, place]], deviations[[at, place]]));
        }
        for (category, column) in given.missing_categories(row) {
            let probabilities = model.mixture.categories().probabilities(category);
            let of_level = given.posteriors.row(at).dot(&probabilities);
            let level = first_largest(of_level.iter().copied()).unwrap_or(0);
            let value = model.layout.value_of(category, level as f64);
            cells.push((column, value, (1.0 - of_level[level]).max(0.0)));
        }
        (row, cells)
    });
    filled.collect()
}

/// Drawn values of some rows with the same missing numbers.
fn drawn(
    model: &Pipeline,
    given: &GivenRows<'_>,
    (seed, first_row): (u64, usize),
) -> Result<Vec<(usize, Vec<Filled>)>> {
    let of_row = |(at, &row): (usize, &usize)| {
        let rng = &mut stream(seed, (first_row + row) as u64);
        let posterior = given.posteriors.row(at).to_vec();
        let component = index_at(posterior.iter(), rng.r#gen());
        let mut cells = Vec::new();
        for (category, column) in given.missing_categories(row) {
            let level = model.mixture.categories().draw(category, component, rng);
            cells.push((column, model.layout.value_of(category, level as f64), f64::NAN));
        }
        let numbers: Array1<f64> = given.draw_numbers(at, component, rng)?;
        for (place, column) in given.missing_numbers(row) {
            let (number, value) = (given.missing[place], numbers[place]);
            let value = match model.values_if_missing(column, component) {
                Some(values) => match index_at(values.probabilities.iter(), rng.r#gen()) {
                    0 => model.number_in_data(number, value),
                    at => values.spikes[at - 1],
                },
                None => model.number_in_data(number, value),
            };
            cells.push((column, value, f64::NAN));
        }
        Ok((row, cells))
    };
    given.rows.iter().enumerate().map(of_row).collect()
}

impl Pipeline {
    /// Returns a shaped number, and the unit of its deviations, for a scaled one.
    fn unscaled(&self, number: usize, value: f64) -> (f64, f64) {
        match self.preprocessor.scaler() {
            Some(scaler) => {
                let unit = scaler.scale()[number];
                (value * unit + scaler.mean()[number], unit)
            }
            None => (value, 1.0),
        }
    }

    /// Returns a number in the units of the data for a scaled one.
    fn number_in_data(&self, number: usize, value: f64) -> f64 {
        let (value, _) = self.unscaled(number, value);
        self.shape(number).map_or(value, |shape| shape.inverse(value))
    }

    /// Indices of the rows with missing values.
    fn incomplete_rows(&self, records: ArrayView2<'_, f64>) -> Vec<usize> {
        let is_incomplete =
            |(_, row): &(usize, ArrayView1<'_, f64>)| row.iter().any(|value| value.is_nan());
        records.axis_iter(Axis(0)).enumerate().filter(is_incomplete).map(|(at, _)| at).collect()
    }
}

#[cfg(test)]
mod tests;
