//! The columns of the data by what they are, and the parameters of categories and missing values.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use super::Pipeline;
use crate::error::{Error, Result};
use crate::preprocess::columns::ColumnLayout;
use crate::preprocess::density_terms::DensityTerms;
use crate::preprocess::shape::Shape;

impl Pipeline {
    /// Columns of the data by what they are: numbers, categories, and those with an indicator of missing values.
    pub fn layout(&self) -> &ColumnLayout {
        &self.layout
    }

    /// The shape of a number, counted without categories; none if it is the identity.
    pub(super) fn shape(&self, number: usize) -> Option<&Shape> {
        let shape = &self.preprocessor.shapes()?.as_slice()[number];
        (!shape.is_identity()).then_some(shape)
    }

    /// The shape of a column of the data; none if it is the identity, or if the column is a category.
    pub fn shape_of(&self, column: usize) -> Option<&Shape> {
        self.shape(self.layout.numbers().binary_search(&column).ok()?)
    }

    /// Whether a column of the data is a number with a shape or spikes, so that its values are no mixture of Gaussians.
    pub fn is_shaped(&self, column: usize) -> bool {
        self.shape_of(column).is_some() || !self.layout.spikes(column).is_empty()
    }

    /// Probabilities of the levels of a column of the data in each component, shape `(n_components, n_levels)`; none if the column
    /// is not a category.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    /// use ndarray::array;
    ///
    /// let rows = DatasetBase::from(array![[0.0, 1.5], [1.0, 1.8], [1.0, 1.6], [1.0, 1.9]]);
    /// let mixture = GaussianMixture::params(1).smoothing(0.0);
    /// let model = Pipeline::params().categorical([0]).mixture(mixture).fit(&rows)?;
    /// assert_eq!(model.level_probabilities(0).unwrap(), array![[0.25, 0.75]]);
    /// assert!(model.level_probabilities(1).is_none());
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn level_probabilities(&self, column: usize) -> Option<ArrayView2<'_, f64>> {
        let at = self.layout.categories().binary_search(&column).ok()?;
        Some(self.mixture.categories().probabilities(at))
    }

    /// Probability in each component that a column of the data is missing, shape `(n_components,)`; none if the column has no
    /// indicator.
    pub fn missing_probabilities(&self, column: usize) -> Option<Array1<f64>> {
        let states =
            self.state_probabilities(column).filter(|_| self.layout.has_missing(column))?;
        Some(match self.layout.spikes(column) {
            [] => 1.0 - &states.column(0),
            _ => states.column(1).to_owned(),
        })
    }

    /// Probability in each component of each spike of a column of the data, shape `(n_components, n_spikes)`; none if the column has
    /// no spikes.
    pub fn spike_probabilities(&self, column: usize) -> Option<ArrayView2<'_, f64>> {
        let states = self.layout.states_of(column).filter(|states| !states.spikes.is_empty())?;
        let probabilities = self.state_probabilities(column)?;
        Some(probabilities.slice_axis_move(Axis(1), Slice::from(states.first_spike()..)))
    }

    /// Probabilities in each component of what the indicator of a column says; none without one.
    pub(super) fn state_probabilities(&self, column: usize) -> Option<ArrayView2<'_, f64>> {
        let at = self.layout.indicators().binary_search(&column).ok()?;
        Some(self.mixture.categories().probabilities(self.layout.categories().len() + at))
    }

    /// The terms that make log-densities of rows of the data of those of the mixture.
    pub(super) fn density_terms(&self) -> DensityTerms<'_> {
        let mut terms = DensityTerms::new(&self.preprocessor);
        for (at, &column) in self.layout.categories().iter().enumerate() {
            if self.layout.levels(column).is_some() {
                let probabilities = self.mixture.categories().probabilities(at);
                let of_levels = self.mixture.weights().dot(&probabilities);
                let rarest = of_levels.iter().copied().fold(1.0, f64::min);
                terms.unknown.push((column, (0.5 * rarest).max(f64::MIN_POSITIVE).ln()));
            }
        }
        terms
    }

    /// The numbers of rows of the data, shaped; NaN where they are missing or spikes.
    pub(crate) fn shaped_numbers(&self, records: ArrayView2<'_, f64>) -> Array2<f64> {
        let numbers = self.layout.select_numbers(records);
        self.preprocessor.shape(numbers.view()).into_owned()
    }

    /// Returns an error for the value of a category in a row with this number that is none of its levels.
    ///
    /// # Errors
    /// [`Error::UnknownLevel`].
    pub(super) fn check_level(&self, row: usize, column: usize, value: f64) -> Result<()> {
        let Ok(category) = self.layout.categories().binary_search(&column) else { return Ok(()) };
        let n_levels = self.mixture.categories().n_levels()[category];
        let is_level = match self.layout.levels(column) {
            Some(levels) => levels.contains(&value),
            None => value.fract() == 0.0 && (0.0..n_levels as f64).contains(&value),
        };
        if is_level { Ok(()) } else { Err(Error::UnknownLevel { row, column, value, n_levels }) }
    }

    /// Weights of the components among the rows whose value of a column is a number: neither missing nor a spike.
    pub(super) fn weights_of_numbers(&self, column: usize) -> Array1<f64> {
        let weights = self.mixture.weights().to_owned();
        match self.state_probabilities(column) {
            Some(states) if states.column(0).iter().any(|&number| number > 0.0) => {
                let of_numbers = weights * states.column(0);
                let total = of_numbers.sum();
                of_numbers / total
            }
            _ => weights,
        }
    }
}
