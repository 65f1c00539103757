//! Conditional probabilities: the anomalous categories of a row.

use ndarray::{Array2, ArrayView2, Axis};

use super::Pipeline;
use crate::error::Result;

impl Pipeline {
    /// Probability of each category of each row given the other values of the row, shape `(n_samples, n_features)`; NaN for
    /// numbers and missing values.
    ///
    /// ```text
    /// P(cⱼ | others) = Σₖ rₖ αₖⱼ(cⱼ),   r the posterior given the others
    /// ```
    /// It is small for a category that is unusual in a row such as this one; see [`deviations`](Self::deviations) for numbers.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, prelude::*};
    /// use ndarray::array;
    ///
    /// // small ones are mostly of level 0, large ones of level 1
    /// let (weights, means) = (array![0.5, 0.5], array![[1.0], [9.0]]);
    /// let variances = array![[1.0], [1.0]].into_dyn();
    /// let model: Pipeline = GaussianMixture::new(weights, means, CovarianceType::Diag, variances)?
    ///     .with_categories(vec![1], vec![array![[0.99, 0.01], [0.2, 0.8]]])?
    ///     .into();
    /// let expected = model.category_probabilities(array![[1.1, 1.0]].view())?;
    /// assert!((expected[[0, 1]] - 0.01).abs() < 1e-6);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn category_probabilities(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let columns = self.layout.categories().iter().copied().enumerate();
        self.expected(records, columns.collect())
    }

    /// Probability, given the other values of the row, of what the indicator of each column says: that the value is missing if it is
    /// missing, that it is this spike if it is one, and that it is a number if it is a number, shape `(n_samples, n_features)`; NaN for
    /// columns without an indicator.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn missingness_probabilities(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let first = self.layout.categories().len();
        let columns = self.layout.indicators().iter().enumerate();
        self.expected(records, columns.map(|(at, &column)| (first + at, column)).collect())
    }

    /// Probabilities of categories of the mixture, each with its column of the data, given all other values.
    fn expected(
        &self,
        records: ArrayView2<'_, f64>,
        columns: Vec<(usize, usize)>,
    ) -> Result<Array2<f64>> {
        let mut expected = Array2::from_elem(records.dim(), f64::NAN);
        // checks the rows
        self.try_predict(&records.to_owned())?;
        let rows = self.preprocessor.try_transform(records)?;
        let categories = self.mixture.categories();
        for (category, column) in columns {
            let at = categories.columns()[category];
            let probabilities = categories.probabilities(category);
            let mut others = rows.clone();
            others.column_mut(at).fill(f64::NAN);
            let posteriors = self.mixture.predict_proba(&others)?;
            for (row, posterior) in posteriors.axis_iter(Axis(0)).enumerate() {
                let code = rows[[row, at]];
                if !code.is_nan() {
                    expected[[row, column]] = posterior.dot(&probabilities.column(code as usize));
                }
            }
        }
        Ok(expected)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use crate::prelude::*;
    use crate::{ColumnLayout, Preprocessor};

    const NAN: f64 = f64::NAN;

    /// A number that can be missing, and two categories.
    fn model() -> Pipeline {
        let mixture = GaussianMixture::new(
            array![0.3, 0.7],
            array![[0.0], [2.0]],
            CovarianceType::Diag,
            array![[1.0], [0.5]].into_dyn(),
        );
        let probabilities = vec![
            array![[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]],
            array![[0.9, 0.1], [0.4, 0.6]],
            array![[0.8, 0.2], [0.5, 0.5]],
        ];
        let mixture = mixture.unwrap().with_categories(vec![1, 2, 3], probabilities).unwrap();
        let layout = ColumnLayout::new(3, vec![0, 2], vec![1]).unwrap();
        let preprocessor = Preprocessor::new(None, None).unwrap().with_layout(layout).unwrap();
        Pipeline::new(preprocessor, mixture).unwrap()
    }

    #[test]
    fn probabilities_are_ratios_of_densities() {
        let model = model();
        let density = |row: [f64; 3]| {
            model.score_samples(&ndarray::Array2::from(vec![row])).unwrap()[0].exp()
        };
        for row in [[2.0, 1.3, 1.0], [0.0, NAN, 1.0], [1.0, -4.0, 0.0]] {
            let rows = ndarray::Array2::from(vec![row]);
            let expected = model.category_probabilities(rows.view()).unwrap();
            assert!(expected[[0, 1]].is_nan());
            for column in [0, 2] {
                let mut others = row;
                others[column] = NAN;
                let ratio = density(row) / density(others);
                assert_abs_diff_eq!(expected[[0, column]], ratio, epsilon = 1e-12);
            }
        }
        // a missing category has no probability
        let expected = model.category_probabilities(array![[NAN, 1.0, 0.0]].view()).unwrap();
        assert!(expected[[0, 0]].is_nan() && expected[[0, 2]] > 0.0);
    }

    #[test]
    fn missingness_is_expected_given_the_other_values() {
        let model = model();
        // by Bayes' rule, without the number
        let of = |k: usize, p: [f64; 2]| [0.3, 0.7][k] * p[k];
        let joint = [of(0, [0.5 * 0.1, 0.0]), of(1, [0.0, 0.1 * 0.6])];
        let total = joint[0] + joint[1];
        let missing = (joint[0] * 0.2 + joint[1] * 0.5) / total;
        let rows = array![[0.0, NAN, 1.0]];
        let expected = model.missingness_probabilities(rows.view()).unwrap();
        assert_abs_diff_eq!(expected[[0, 1]], missing, epsilon = 1e-12);
        assert!(expected[[0, 0]].is_nan() && expected[[0, 2]].is_nan());
        assert_abs_diff_eq!(
            model.missing_probabilities(1).unwrap(),
            array![0.2, 0.5],
            epsilon = 1e-15
        );
    }
}
