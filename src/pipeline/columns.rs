//! The columns of the data by what they are, and the parameters of categories and missing values.

use ndarray::{Array1, ArrayView2};

use super::Pipeline;
use crate::preprocess::columns::ColumnLayout;

impl Pipeline {
    /// Columns of the data by what they are: numbers, categories, and those with an indicator of missing values.
    pub fn layout(&self) -> &ColumnLayout {
        &self.layout
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
        let at = self.layout.indicators().binary_search(&column).ok()?;
        let category = self.layout.categories().len() + at;
        let observed = self.mixture.categories().probabilities(category).column(0).to_owned();
        Some(1.0 - observed)
    }

    /// Weights of the components among the rows whose value of a column is observed.
    pub(super) fn weights_if_observed(&self, column: usize) -> Array1<f64> {
        let weights = self.mixture.weights().to_owned();
        match self.missing_probabilities(column) {
            Some(missing) if missing.iter().any(|&missing| missing < 1.0) => {
                let observed = weights * (1.0 - missing);
                let total = observed.sum();
                observed / total
            }
            _ => weights,
        }
    }
}
