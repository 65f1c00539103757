//! Conditional and marginal mixtures: of some columns, given others or whatever they are.
//!
//! Both are mixtures of the same family. With given numbers o and categories,
//! ```text
//! wₖ ∝ πₖ N(x_o | mₖ_o, Σₖ_oo) Πⱼ αₖⱼ(cⱼ),   mₖ_m + Bₖ (x_o - mₖ_o),   Σₖ_mm - Bₖ Σₖ_om,   Bₖ = Σₖ_mo Σₖ_oo⁻¹
//! ```
//! are the weights, means and covariances of the other columns m, whose categories keep their probabilities (Bishop 2006, eqs. 2.96
//! and 2.98, component by component). Components with heavy tails have the t density of the given numbers in the weights; given d of them
//! at squared distance δ, their matrices are multiplied by (ν + δ) / (ν + d), and their degrees of freedom are ν + d (Kotz & Nadarajah
//! 2004, section 1.11).

use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::GaussianMixture;
use super::categories::Categories;
use super::covariance::{
    Conditional, CovarianceType, Covariances, NamedArrays, Spread, separate, take_array,
};
use super::student::StudentTails;
use crate::error::{Error, Result};
use crate::rows::check_columns;
use crate::rows::pattern::Pattern;

impl GaussianMixture {
    /// The mixture of the missing values of a row, NaN, given the others; its columns are in the order of the row.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for another number of columns; [`Error::NonFinite`] for infinite values; [`Error::UnknownLevel`];
    /// [`Error::InvalidParam`] if no value is missing; [`Error::SingularCovariance`] if that of the given numbers is singular to
    /// rounding.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, GaussianMixture};
    /// use ndarray::array;
    ///
    /// let covariances = array![[[1.0, 0.5], [0.5, 1.0]]].into_dyn();
    /// let model =
    ///     GaussianMixture::new(array![1.0], array![[0.0, 0.0]], CovarianceType::Full, covariances)?;
    /// let second = model.given(array![2.0, f64::NAN].view())?;
    /// assert_eq!((second.means()[[0, 0]], second.covariance(0)[[0, 0]]), (1.0, 0.75));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn given(&self, row: ArrayView1<'_, f64>) -> Result<Self> {
        Ok(self.given_with_density(row)?.0)
    }

    /// [`given`](Self::given), with the log-density of the values that are given.
    pub(crate) fn given_with_density(&self, row: ArrayView1<'_, f64>) -> Result<(Self, f64)> {
        check_columns(row.len(), self.n_features())?;
        let kept: Vec<usize> = (0..row.len()).filter(|&column| row[column].is_nan()).collect();
        if kept.is_empty() {
            let expected = "some of the columns: the density of a complete row is its score, see score_samples";
            return Err(Error::param("given columns", "all columns", expected));
        }
        let numeric: Vec<usize> = self.categories().layout(true).numeric(row.len()).collect();
        if let Some(column) = numeric.iter().copied().find(|&column| row[column].is_infinite()) {
            return Err(Error::NonFinite { row: 0, column, value: row[column] });
        }
        let codes = row.select(Axis(0), self.categories().columns());
        let of_categories = self.log_prob_of_codes(codes.view())?;
        let numbers = row.select(Axis(0), &numeric);
        let (of_numbers, numbers) = self.numbers_given(numbers.view())?;
        let log_weights = self.weights().mapv(f64::ln) + of_categories + of_numbers;
        let (weights, log_density) = normalised(&log_weights);
        Ok((numbers.mixture(weights, self.categories().select(&kept))?, log_density))
    }

    /// The marginal mixture of some columns, ascending.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the columns ascend and lie within the rows, at least one.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = GaussianMixture::params(3).fit(&datasets::survey())?;
    /// let two = model.keep(&[0, 2])?;
    /// assert_eq!((two.n_components(), two.n_features()), (3, 2));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn keep(&self, columns: &[usize]) -> Result<Self> {
        check_ascending(columns, self.n_features())?;
        let layout = self.categories().layout(true);
        let numeric = layout.numeric(self.n_features());
        let positions: Vec<usize> = numeric
            .enumerate()
            .filter(|(_, column)| columns.binary_search(column).is_ok())
            .map(|(at, _)| at)
            .collect();
        let numbers = self.numbers_kept(&positions)?;
        numbers.mixture(self.weights().to_owned(), self.categories().select(columns))
    }

    /// The mixture with other weights, which sum to 1.
    pub(crate) fn with_weights(self, weights: Array1<f64>) -> Self {
        let (means, categories) = (self.means().to_owned(), self.categories().clone());
        Self::from_parts(weights, means, self.covariances().clone())
            .with_checked(categories)
            .with_tails(self.student().cloned())
    }

    /// Σⱼ ln αₖⱼ(cⱼ) under each component, of categories with these codes; NaN is not given.
    ///
    /// # Errors
    /// [`Error::UnknownLevel`].
    pub(crate) fn log_prob_of_codes(&self, codes: ArrayView1<'_, f64>) -> Result<Array1<f64>> {
        let categories = self.categories();
        let mut sums = Array1::zeros(self.n_components());
        for (category, &value) in codes.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            let n_levels = categories.n_levels()[category];
            if !(value.fract() == 0.0 && (0.0..n_levels as f64).contains(&value)) {
                let column = categories.columns()[category];
                return Err(Error::UnknownLevel { row: 0, column, value, n_levels });
            }
            sums += &categories.log_probabilities(category, value as usize);
        }
        Ok(sums)
    }

    /// The numbers that are missing, NaN, given the others, and ln N of these under each component.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(crate) fn numbers_given(
        &self,
        numbers: ArrayView1<'_, f64>,
    ) -> Result<(Array1<f64>, Numbers)> {
        let pattern = Pattern::of(numbers.iter().map(|value| value.is_nan()));
        let (observed, missing) = pattern.columns(numbers.len());
        let values = numbers.select(Axis(0), &observed);
        let mut means = self.means().select(Axis(1), &missing);
        let mut log_densities = Array1::zeros(self.n_components());
        let mut spreads = Vec::with_capacity(self.n_components());
        let mut ratios = Vec::new();
        for (component, mut mean) in means.rows_mut().into_iter().enumerate() {
            let conditional = self.covariances().conditional(component, numbers.len(), &pattern)?;
            let shift = &values - &self.means().row(component).select(Axis(0), &observed);
            let square = conditional.squared_length(&shift);
            log_densities[component] = conditional.log_constant - 0.5 * square;
            if let Some(tails) = self.student() {
                log_densities[component] += tails.log_ratio(component, values.len(), square);
                ratios.push(tails.spread_ratio(component, values.len(), square));
            }
            if let Some(regression) = &conditional.regression {
                mean += &regression.of_row(shift.view());
            }
            spreads.push(conditional.covariance);
        }
        let numbers = match self.student() {
            Some(tails) if !values.is_empty() => {
                let scaled: Vec<_> = spreads
                    .into_iter()
                    .zip(ratios)
                    .map(|(spread, ratio)| spread.scaled(ratio))
                    .collect();
                let (family, covariances) = separate(&scaled)?;
                Numbers { means, family, covariances, tails: Some(tails.given(values.len())) }
            }
            _ => self.numbers_of(means, &spreads)?,
        };
        Ok((log_densities, numbers))
    }

    /// Some of the numbers, by their positions, whatever the others are.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    pub(crate) fn numbers_kept(&self, positions: &[usize]) -> Result<Numbers> {
        let d = self.n_numeric();
        let nothing_given = Pattern::of((0..d).map(|_| true));
        let spread = |component| {
            let conditional = self.covariances().conditional(component, d, &nothing_given)?;
            Ok(conditional.covariance.select(positions))
        };
        let spreads = (0..self.n_components()).map(spread).collect::<Result<Vec<_>>>()?;
        self.numbers_of(self.means().select(Axis(1), positions), &spreads)
    }

    fn numbers_of(&self, means: Array2<f64>, spreads: &[Spread]) -> Result<Numbers> {
        let (family, covariances) = self.covariances().of_spreads(spreads)?;
        Ok(Numbers { means, family, covariances, tails: self.student().cloned() })
    }
}

/// The numbers of a mixture: means (k, d), covariances of a family, and tails.
pub(crate) struct Numbers {
    pub(crate) means: Array2<f64>,
    pub(crate) family: CovarianceType,
    pub(crate) covariances: NamedArrays,
    tails: Option<StudentTails>,
}

impl Numbers {
    /// The numbers of Gaussian components.
    pub(crate) fn gaussian(
        means: Array2<f64>,
        family: CovarianceType,
        covariances: NamedArrays,
    ) -> Self {
        Self { means, family, covariances, tails: None }
    }

    /// The mixture of these numbers and categories.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(crate) fn mixture(
        self,
        weights: Array1<f64>,
        categories: Categories,
    ) -> Result<GaussianMixture> {
        let Self { means, family, mut covariances, tails } = self;
        let (k, d) = means.dim();
        let covariances = if d > 0 {
            let lookup = |name| Ok(take_array(&mut covariances, name));
            Covariances::from_arrays(family, lookup, k, d)?.canonical()?
        } else {
            Covariances::from_array(CovarianceType::Diag, means.clone().into_dyn(), k, d)?
        };
        let mixture = GaussianMixture::from_parts(weights, means, covariances);
        Ok(mixture.with_checked(categories).with_tails(tails))
    }
}

impl Conditional {
    /// The squared distance of the observed numbers at `shift` from their mean.
    pub(crate) fn squared_length(&self, shift: &Array1<f64>) -> f64 {
        let whitened = self.whiten(shift.as_slice().expect("contiguous"));
        whitened.iter().map(|value| value * value).sum()
    }
}

impl Categories {
    /// ln α of a level of a category in each component, finite for a level that a component has never had.
    fn log_probabilities(&self, category: usize, level: usize) -> Array1<f64> {
        self.probabilities(category).column(level).mapv(|p| self.log_of(category, p))
    }

    /// The categories among some columns of the rows, ascending, for rows of these columns.
    fn select(&self, kept: &[usize]) -> Self {
        let all = self.columns().iter().enumerate();
        let place = |(at, column): (usize, &usize)| Some((kept.binary_search(column).ok()?, at));
        self.placed(all.filter_map(place))
    }

    /// Some of the categories: pairs of the new column, ascending, and the index of a category.
    pub(crate) fn placed(&self, places: impl Iterator<Item = (usize, usize)>) -> Self {
        let (columns, probabilities) =
            places.map(|(column, at)| (column, self.probabilities(at).to_owned())).unzip();
        Self::from_checked(columns, probabilities)
    }
}

/// Weights in proportion to the exponentials of these logarithms, and the logarithm of their sum.
pub(crate) fn normalised(log_weights: &Array1<f64>) -> (Array1<f64>, f64) {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights = log_weights.mapv(|value| (value - largest).exp());
    let total = weights.sum();
    (weights / total, largest + total.ln())
}

/// Returns an error unless columns ascend and lie within rows of `n_features`, at least one.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(crate) fn check_ascending(columns: &[usize], n_features: usize) -> Result<()> {
    let ascends = columns.is_sorted_by(|a, b| a < b);
    if !ascends || columns.last().is_none_or(|&last| last >= n_features) {
        let expected = "ascending columns of the rows, at least one";
        return Err(Error::param("columns", format!("{columns:?}"), expected));
    }
    Ok(())
}
