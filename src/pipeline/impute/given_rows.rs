//! Rows with the same missing numbers, given their observed values.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::Rng;
use rayon::prelude::*;

use super::dense::DenseGiven;
use super::low_rank::LowRankGiven;
use super::{Filled, Pipeline};
use crate::error::Result;
use crate::rows::pattern::Pattern;
use crate::rows::{check_columns, has_missing};

/// Number of rows of a pattern that a thread takes at a time: the rows do not depend on it.
const ROWS: usize = 256;

/// Some rows with the same missing numbers.
pub(super) struct GivenRows<'a> {
    pub(super) pipeline: &'a Pipeline,
    records: ArrayView2<'a, f64>,
    /// Missing numbers, ascending, counted without categories.
    pub(super) missing: &'a [usize],
    /// Indices of the rows.
    pub(super) rows: &'a [usize],
    /// Posterior of each component for each row, (rows, k).
    pub(super) posteriors: Array2<f64>,
    /// The observed numbers of each row, scaled, (rows, observed).
    observed: Array2<f64>,
    conditional: &'a ConditionalNumbers,
}

/// The missing numbers given the observed ones, for a pattern.
enum ConditionalNumbers {
    /// No number is missing.
    Nothing,
    Dense(DenseGiven),
    LowRank(Box<LowRankGiven>),
}

/// Means and variances of the missing numbers in a component.
pub(super) struct Moments {
    /// (rows, missing).
    pub(super) means: Array2<f64>,
    /// (missing).
    pub(super) variances: Array1<f64>,
    /// Factors of the variances in the rows, (rows), of components with heavy tails.
    pub(super) factors: Option<Array1<f64>>,
}

impl Moments {
    /// The variance of a missing number of a row.
    pub(super) fn variance(&self, row: usize, place: usize) -> f64 {
        self.variances[place] * self.factors.as_ref().map_or(1.0, |factors| factors[row])
    }
}

/// Rows by their missing numbers.
type Patterns = BTreeMap<Vec<usize>, Vec<usize>>;

/// What is the same for all patterns.
struct Shared<'a> {
    records: ArrayView2<'a, f64>,
    /// All numbers, scaled.
    numbers: Array2<f64>,
    /// Without a PCA: posteriors of the rows.
    posteriors: Option<Array2<f64>>,
    residual: bool,
}

impl Pipeline {
    /// Fills rows with missing values by `fill`, which returns the cells of each of the rows that it is given. Draws have
    /// the noise of the directions that PCA leaves out, if `residual`.
    pub(super) fn fill<F>(
        &self,
        records: ArrayView2<'_, f64>,
        residual: bool,
        fill: F,
    ) -> Result<Vec<(usize, Vec<Filled>)>>
    where
        F: Fn(&GivenRows<'_>) -> Result<Vec<(usize, Vec<Filled>)>> + Sync,
    {
        check_columns(records.ncols(), self.n_features())?;
        has_missing(records)?;
        self.check_levels(records)?;
        let incomplete = self.incomplete_rows(records);
        if incomplete.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = self.layout.select_numbers(records);
        let numbers = self.preprocessor.scale(numbers.view()).into_owned();
        let mut patterns = Patterns::new();
        for row in incomplete {
            let of_row = numbers.row(row);
            let missing = (0..of_row.len()).filter(|&number| of_row[number].is_nan()).collect();
            patterns.entry(missing).or_default().push(row);
        }
        let posteriors = match self.preprocessor.pca() {
            Some(_) => None,
            None => Some(self.posteriors_if_observed(records, &numbers)?),
        };
        let shared = Shared { records, numbers, posteriors, residual };
        let groups: Vec<(&Vec<usize>, &Vec<usize>)> = patterns.iter().collect();
        let filled = groups.into_par_iter().map(|(missing, rows)| {
            let conditional = self.conditional_numbers(&shared, missing)?;
            let chunks = rows
                .par_chunks(ROWS)
                .map(|rows| fill(&self.given_rows(&shared, (missing, rows), &conditional)));
            Ok(chunks.collect::<Result<Vec<_>>>()?.concat())
        });
        Ok(filled.collect::<Result<Vec<_>>>()?.concat())
    }

    fn conditional_numbers(
        &self,
        shared: &Shared<'_>,
        missing: &[usize],
    ) -> Result<ConditionalNumbers> {
        let n_numbers = shared.numbers.ncols();
        if let Some(pca) = self.preprocessor.pca() {
            let given = LowRankGiven::new(self, pca, (missing, shared.residual))?;
            return Ok(ConditionalNumbers::LowRank(Box::new(given)));
        }
        if missing.is_empty() {
            return Ok(ConditionalNumbers::Nothing);
        }
        let is_missing = |number: usize| missing.binary_search(&number).is_ok();
        let pattern = Pattern::of((0..n_numbers).map(is_missing));
        let conditionals = self.mixture.conditionals(&pattern)?;
        let given = DenseGiven::new(conditionals, &self.mixture, shared.residual);
        Ok(ConditionalNumbers::Dense(given))
    }

    fn given_rows<'s>(
        &'s self,
        shared: &'s Shared<'_>,
        (missing, rows): (&'s [usize], &'s [usize]),
        conditional: &'s ConditionalNumbers,
    ) -> GivenRows<'s> {
        let n_numbers = shared.numbers.ncols();
        let is_observed = |number: &usize| missing.binary_search(number).is_err();
        let columns: Vec<usize> = (0..n_numbers).filter(is_observed).collect();
        let at = |(row, column): (usize, usize)| shared.numbers[[rows[row], columns[column]]];
        let observed = Array2::from_shape_fn((rows.len(), columns.len()), at);
        let posteriors = match (&shared.posteriors, conditional) {
            (None, ConditionalNumbers::LowRank(given)) => {
                let mut log_probabilities = self.log_prior(shared.records, rows);
                log_probabilities += &given.log_densities(&observed);
                softmax(log_probabilities)
            }
            (posteriors, _) => posteriors.as_ref().expect("computed").select(Axis(0), rows),
        };
        let records = shared.records.reborrow();
        GivenRows { pipeline: self, records, missing, rows, posteriors, observed, conditional }
    }

    /// Posteriors of rows with these scaled numbers, if their missing values were observed, without a PCA.
    fn posteriors_if_observed(
        &self,
        records: ArrayView2<'_, f64>,
        numbers: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        if !self.layout.has_any_missing() {
            return self.predict_proba(&records.to_owned());
        }
        let mut rows = self.layout.assemble(numbers.clone(), records);
        let first_code = numbers.ncols();
        for (mut row, record) in rows.rows_mut().into_iter().zip(records.rows()) {
            let codes = self.codes_if_observed(record);
            row.iter_mut().skip(first_code).zip(codes).for_each(|(to, code)| *to = code);
        }
        self.mixture.predict_proba(&rows).map_err(|error| self.in_data(error))
    }

    /// Codes of the categories and indicators of a row, if its missing values were observed. In a component in which a column is hardly
    /// ever observed, its values are not known.
    fn codes_if_observed<'r>(
        &'r self,
        record: ArrayView1<'r, f64>,
    ) -> impl Iterator<Item = f64> + use<'r> {
        let n_categories = self.layout.categories().len();
        self.layout.codes(record).enumerate().map(move |(at, code)| {
            let indicator = at.checked_sub(n_categories).map(|at| self.layout.indicators()[at]);
            match indicator {
                Some(column) if record[column].is_nan() && self.layout.has_missing(column) => 0.0,
                _ => code,
            }
        })
    }

    /// ln πₖ + Σⱼ ln αₖⱼ(cⱼ) of the observed categories and of the indicators of rows, (rows, k).
    fn log_prior(&self, records: ArrayView2<'_, f64>, rows: &[usize]) -> Array2<f64> {
        let categories = self.mixture.categories();
        let log_weights = self.mixture.weights().mapv(f64::ln);
        let mut log_prior = Array2::zeros((rows.len(), log_weights.len()));
        for (mut to, &row) in log_prior.rows_mut().into_iter().zip(rows) {
            to.assign(&log_weights);
            let record = records.row(row);
            for (category, code) in self.codes_if_observed(record).enumerate() {
                let probabilities = categories.probabilities(category);
                // a level that a column never had is as improbable as in other rows
                if !code.is_nan() && (code as usize) < probabilities.ncols() {
                    let of_level = probabilities.column(code as usize);
                    to += &of_level.mapv(|p| p.max(f64::MIN_POSITIVE).ln());
                }
            }
        }
        log_prior
    }

    /// Returns an error for indices of categories that are none of their levels. Values of the data that are none count as missing.
    fn check_levels(&self, records: ArrayView2<'_, f64>) -> Result<()> {
        let has_indices = |column: &&usize| self.layout.levels(**column).is_none();
        for &column in self.layout.categories().iter().filter(has_indices) {
            let values = records.column(column);
            let mut given = values.iter().enumerate().filter(|(_, value)| !value.is_nan());
            given.try_for_each(|(row, &value)| self.check_level(row, column, value))?;
        }
        Ok(())
    }
}

/// Posteriors of rows of unnormalised log-probabilities.
fn softmax(mut log_probabilities: Array2<f64>) -> Array2<f64> {
    for mut row in log_probabilities.rows_mut() {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.mapv_inplace(|value| (value - largest).exp());
        let total = row.sum();
        row /= total;
    }
    log_probabilities
}

impl GivenRows<'_> {
    /// Conditional means and variances of the missing numbers, each of shape (rows, missing), scaled.
    pub(super) fn expected_numbers(&self) -> (Array2<f64>, Array2<f64>) {
        match self.conditional {
            ConditionalNumbers::Nothing => {
                let nothing = Array2::zeros((self.rows.len(), 0));
                (nothing.clone(), nothing)
            }
            ConditionalNumbers::Dense(given) => given.expected(&self.observed, &self.posteriors),
            ConditionalNumbers::LowRank(given) => given.expected(&self.observed, &self.posteriors),
        }
    }

    /// Conditional means and variances of the missing numbers in each component, scaled.
    pub(super) fn moments(&self) -> Vec<Moments> {
        match self.conditional {
            ConditionalNumbers::Nothing => Vec::new(),
            ConditionalNumbers::Dense(given) => given.moments(self.observed.view()),
            ConditionalNumbers::LowRank(given) => given.moments(&self.observed),
        }
    }

    /// Draws the missing numbers of a row in a component, scaled.
    pub(super) fn draw_numbers(
        &self,
        at: usize,
        component: usize,
        rng: &mut impl Rng,
    ) -> Result<Array1<f64>> {
        let observed: ArrayView1<'_, f64> = self.observed.row(at);
        match self.conditional {
            ConditionalNumbers::Nothing => Ok(Array1::zeros(0)),
            ConditionalNumbers::Dense(given) => given.draw(observed, component, rng),
            ConditionalNumbers::LowRank(given) => given.draw(observed, component, rng),
        }
    }

    /// The missing numbers of a row: their places among those of the pattern, and their columns. A spike has no number, and is not
    /// missing.
    pub(super) fn missing_numbers(&self, row: usize) -> impl Iterator<Item = (usize, usize)> {
        let column =
            |(place, &number): (usize, &usize)| (place, self.pipeline.layout.numbers()[number]);
        let columns = self.missing.iter().enumerate().map(column);
        columns.filter(move |&(_, column)| self.records[[row, column]].is_nan())
    }

    /// The missing categories of a row: among the categories of the mixture, and their columns.
    pub(super) fn missing_categories(&self, row: usize) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.pipeline.layout.categories().iter().copied().enumerate();
        columns.filter(move |&(_, column)| self.records[[row, column]].is_nan())
    }
}
