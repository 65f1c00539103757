//! Expectations of missing numbers of columns with a shape or spikes, component by component.

use super::Pipeline;
use super::given_rows::GivenRows;
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
    /// Whether the value of a row is a spike of its column: it has no number, and is not missing.
    pub(super) fn is_spike(&self, row: usize, column: usize) -> bool {
        !self.records[[row, column]].is_nan()
    }

    /// Mean and standard deviation of a missing number of one of the rows, in the units of the data:
    /// ```text
    /// E[x] = Σₖ rₖ (pₖ E[z⁻¹(Z)] + Σ pₖₛ s),   Z ~ N(mₖ, vₖ)
    /// ```
    /// with the probabilities p of a number and of the spikes s, and the conditional mean and variance of the shaped number.
    pub(super) fn expected_by_component(&self, at: usize, place: usize) -> (f64, f64) {
        let number = self.missing[place];
        let column = self.pipeline.layout.numbers()[number];
        let mut moments = Vec::new();
        for (component, &posterior) in self.posteriors.row(at).iter().enumerate() {
            let (mean, variance) = self.moments_in(at, place, component);
            let (mean, unit) = self.pipeline.unscaled(number, mean);
            let deviation = variance.max(0.0).sqrt() * unit;
            let of_number = match self.pipeline.shape(number) {
                Some(shape) => normal_moments(mean, deviation, |z| shape.inverse(z)),
                None => (mean, deviation * deviation),
            };
            match self.pipeline.values_if_missing(column, component) {
                Some(values) => {
                    moments.push((posterior * values.probabilities[0], of_number));
                    let of_spikes = values.spikes.iter().zip(&values.probabilities[1..]);
                    moments.extend(of_spikes.map(|(&spike, p)| (posterior * p, (spike, 0.0))));
                }
                None => moments.push((posterior, of_number)),
            }
        }
        let mean: f64 = moments.iter().map(|(share, (mean, _))| share * mean).sum();
        let about = |(share, (center, variance)): &(f64, (f64, f64))| {
            share * (variance + (center - mean).powi(2))
        };
        (mean, moments.iter().map(about).sum::<f64>().sqrt())
    }
}
