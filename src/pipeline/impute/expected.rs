//! Expectations of missing numbers in the units of the data.

use ndarray::{Array2, Axis};

use super::Pipeline;
use super::given_rows::{GivenRows, Moments};
use crate::compute::quadrature::normal_moments;

/// What a missing value of a column with spikes can be in a component: a number, with the probability of the rest, or a spike.
pub(super) struct Values<'a> {
    pub(super) spikes: &'a [f64],
    /// Probability of a number, then of each spike.
    pub(super) probabilities: Vec<f64>,
}

impl Pipeline {
    /// What a missing value of a column can be in a component; none without spikes.
    ///
    /// It is not known why it is missing, so it has the probabilities of the values that are not.
    pub(super) fn values_if_missing(&self, column: usize, component: usize) -> Option<Values<'_>> {
        let spikes = self.layout.spikes(column);
        let of_spikes = self.spike_probabilities(column)?;
        let number = self.state_probabilities(column)?[[component, 0]];
        let mut probabilities = vec![number];
        probabilities.extend(of_spikes.row(component));
        let total: f64 = probabilities.iter().sum();
        if total > 0.0 {
            probabilities.iter_mut().for_each(|probability| *probability /= total);
        } else {
            // a component of missing values alone
            probabilities[0] = 1.0;
        }
        Some(Values { spikes, probabilities })
    }
}

impl GivenRows<'_> {
    /// Means and standard deviations of the missing numbers in the units of the data, each of shape (rows, missing).
    pub(super) fn expected_in_data(&self) -> (Array2<f64>, Array2<f64>) {
        let (mut means, variances) = self.expected_numbers();
        let mut deviations = variances.mapv(|variance| variance.max(0.0).sqrt());
        let mut in_components = None;
        for (place, &number) in self.missing.iter().enumerate() {
            let column = self.pipeline.layout.numbers()[number];
            if !self.pipeline.is_shaped(column) {
                let mut scaled = means.column_mut(place);
                scaled.mapv_inplace(|mean| self.pipeline.unscaled(number, mean).0);
                let unit = self.pipeline.unscaled(number, 0.0).1;
                deviations.column_mut(place).mapv_inplace(|deviation| deviation * unit);
                continue;
            }
            let in_components = in_components.get_or_insert_with(|| self.moments());
            for at in 0..self.rows.len() {
                (means[[at, place]], deviations[[at, place]]) =
                    self.expected_by_component(in_components, (at, place), (number, column));
            }
        }
        (means, deviations)
    }

    /// Mean and standard deviation of a missing number of one of the rows, in the units of the data:
    /// ```text
    /// E[x] = Σₖ rₖ (pₖ E[z⁻¹(Z)] + Σ pₖₛ s),   Z ~ N(mₖ, vₖ)
    /// ```
    /// with the probabilities p of a number and of the spikes s, and the conditional mean and variance of the shaped number.
    fn expected_by_component(
        &self,
        in_components: &[Moments],
        (at, place): (usize, usize),
        (number, column): (usize, usize),
    ) -> (f64, f64) {
        let mut parts = Vec::new();
        for (component, (moments, &posterior)) in
            in_components.iter().zip(self.posteriors.index_axis(Axis(0), at)).enumerate()
        {
            let (mean, unit) = self.pipeline.unscaled(number, moments.means[[at, place]]);
            let deviation = moments.variance(at, place).max(0.0).sqrt() * unit;
            let of_number = match self.pipeline.shape(number) {
                Some(shape) => normal_moments(mean, deviation, |z| shape.inverse(z)),
                None => (mean, deviation * deviation),
            };
            match self.pipeline.values_if_missing(column, component) {
                Some(values) => {
                    parts.push((posterior * values.probabilities[0], of_number));
                    let of_spikes = values.spikes.iter().zip(&values.probabilities[1..]);
                    parts.extend(of_spikes.map(|(&spike, p)| (posterior * p, (spike, 0.0))));
                }
                None => parts.push((posterior, of_number)),
            }
        }
        let mean: f64 = parts.iter().map(|(share, (mean, _))| share * mean).sum();
        let about = |(share, (center, variance)): &(f64, (f64, f64))| {
            share * (variance + (center - mean).powi(2))
        };
        (mean, parts.iter().map(about).sum::<f64>().sqrt())
    }
}
