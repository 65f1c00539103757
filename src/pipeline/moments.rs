//! Means and standard deviations of the components in the units of the data.

use ndarray::{Array1, Array2};

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

    /// Means and standard deviations of the numbers over all components, in the units of the data, shape `(n_numbers,)` each; spikes are
    /// left out.
    pub fn overall_moments(&self) -> (Array1<f64>, Array1<f64>) {
        let (means, deviations) = (self.means(), self.standard_deviations());
        let of_number = |(number, &column): (usize, &usize)| {
            let weights = match self.layout.spikes(column) {
                [] => self.mixture.weights().to_owned(),
                _ => self.weights_of_numbers(column),
            };
            let (means, deviations) = (means.column(number), deviations.column(number));
            let mean = weights.dot(&means);
            let about = (&means - mean).mapv(|shift| shift * shift) + &deviations * &deviations;
            (mean, weights.dot(&about).sqrt())
        };
        let numbers = self.layout.numbers().iter().enumerate();
        let (means, deviations): (Vec<f64>, Vec<f64>) = numbers.map(of_number).unzip();
        (means.into(), deviations.into())
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
