//! Means and standard deviations of the components in the units of the data.

use ndarray::Array2;

use super::Pipeline;
use crate::compute::quadrature::normal_moments;
use crate::preprocess::shape::Shapes;

impl Pipeline {
    /// Means of the components in the units of the data, shape `(n_components, n_numbers)`: of the columns that are numbers, in
    /// their order. Those of columns with a [shape](crate::Shape) are computed by Gauss-Hermite quadrature with 32 nodes; spikes are
    /// left out.
    pub fn means(&self) -> Array2<f64> {
        match self.preprocessor.shapes() {
            Some(shapes) => self.moments(shapes).0,
            None => self.shaped_means(),
        }
    }

    /// Standard deviations of the components in the units of the data, shape `(n_components, n_numbers)`: of the columns that are
    /// numbers, in their order.
    pub fn standard_deviations(&self) -> Array2<f64> {
        match self.preprocessor.shapes() {
            Some(shapes) => self.moments(shapes).1,
            None => self.shaped_deviations(),
        }
    }

    /// Means of the components in the shaped numbers, shape `(n_components, n_numbers)`.
    pub(super) fn shaped_means(&self) -> Array2<f64> {
        let means = self.preprocessor.inverse_shaped(self.mixture.means());
        means.expect("the preprocessor fits the mixture")
    }

    /// Standard deviations of the components in the shaped numbers, shape `(n_components, n_numbers)`.
    fn shaped_deviations(&self) -> Array2<f64> {
        let numbers: Vec<usize> = (0..self.layout.numbers().len()).collect();
        self.standard_deviations_of(&numbers, true)
    }

    /// Means and standard deviations of the components in the units of the data, from those of shaped numbers.
    fn moments(&self, shapes: &Shapes) -> (Array2<f64>, Array2<f64>) {
        let (mut means, mut deviations) = (self.shaped_means(), self.shaped_deviations());
        for (number, shape) in shapes.as_slice().iter().enumerate() {
            if shape.is_identity() {
                continue;
            }
            for (mean, deviation) in
                means.column_mut(number).iter_mut().zip(deviations.column_mut(number))
            {
                let of_value = normal_moments(*mean, *deviation, |z| shape.inverse(z));
                (*mean, *deviation) = (of_value.0, of_value.1.sqrt());
            }
        }
        (means, deviations)
    }
}
