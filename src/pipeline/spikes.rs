//! Spikes of the data in samples: a monotone map of each column with a spike, as of a censored (Tobit) variable.
//!
//! A mixture of Gaussians has no value of positive probability. The values of a sample beyond the quantile of the model at the
//! share of a spike become the value of the spike, so that it keeps its share, whatever the components are, and occurs where
//! the other columns of a row make it likely. The remaining values are mapped to those beyond the spike:
//!
//! ```text
//! y = v                                   x < t        P(X < t) = share of the spike v
//! y = n + (x - t) (m - n) / (m - t)   t ≤ x < m        n: the value of the data next to v
//! y = x                               m ≤ x            m: the median of the remaining values of the model
//! ```
//!
//! The map of a spike at the upper end is its mirror image. With both, `m` is the median between them.

use ndarray::Array2;

use super::Pipeline;
use crate::compute::normal::upper_tail;
use crate::rows::schema::{Column, Spike};

/// The maps of all columns with spikes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SpikeMaps(Vec<(usize, SpikeMap)>);

/// The map of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SpikeMap {
    low: Option<Side>,
    high: Option<Side>,
    /// The value between the ends that is its own image.
    middle: f64,
}

/// The map at one end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Side {
    value: f64,
    next: f64,
    /// Values beyond it become the value of the spike.
    threshold: f64,
}

impl Pipeline {
    /// Returns the maps for samples of the data with these columns, drawn with or without residual noise.
    pub(crate) fn spike_maps(&self, columns: &[Column], residual: bool) -> SpikeMaps {
        let numbers = self.layout.numbers().iter().enumerate();
        let with_spikes = numbers.filter_map(|(number, &at)| {
            // the model has its spikes itself
            if !self.layout.spikes(at).is_empty() || self.shape(number).is_some() {
                return None;
            }
            let column = columns.get(at).filter(|column| !column.spikes.is_empty())?;
            Some((number, (at, column)))
        });
        let (numbers, columns): (Vec<usize>, Vec<(usize, &Column)>) = with_spikes.unzip();
        if numbers.is_empty() {
            return SpikeMaps(Vec::new());
        }
        let (means, deviations) = (self.means(), self.standard_deviations_of(&numbers, residual));
        let maps = columns.into_iter().enumerate().map(|(index, (at, column))| {
            // the share of a spike is one of the observed values
            let weights = self.weights_if_observed(at);
            let components = (0..weights.len())
                .map(|k| (weights[k], means[[k, numbers[index]]], deviations[[k, index]]))
                .collect();
            (at, SpikeMap::new(&Marginal(components), column))
        });
        SpikeMaps(maps.collect())
    }
}

impl SpikeMaps {
    /// Maps the values of sampled rows, shape `(n_samples, n_features)`; missing values stay missing.
    pub(crate) fn apply(&self, rows: &mut Array2<f64>) {
        for (column, map) in &self.0 {
            rows.column_mut(*column)
                .mapv_inplace(|value| if value.is_nan() { value } else { map.apply(value) });
        }
    }
}

impl SpikeMap {
    fn new(marginal: &Marginal, column: &Column) -> Self {
        let is_low = |spike: &&Spike| spike.value < spike.next;
        let (low, high) =
            (column.spikes.iter().find(is_low), column.spikes.iter().find(|spike| !is_low(spike)));
        let share = |spike: Option<&Spike>| spike.map_or(0.0, |spike| spike.share);
        let side = |spike: &Spike, share: f64| Side {
            value: spike.value,
            next: spike.next,
            threshold: marginal.quantile(share),
        };
        Self {
            low: low.map(|spike| side(spike, spike.share)),
            high: high.map(|spike| side(spike, 1.0 - spike.share)),
            middle: marginal.quantile(0.5 * (1.0 + share(low) - share(high))),
        }
    }

    fn apply(&self, x: f64) -> f64 {
        match (self.low, self.high) {
            (Some(low), _) if x < low.threshold => low.value,
            (_, Some(high)) if x > high.threshold => high.value,
            (Some(low), Some(high)) if !(low.next < self.middle && self.middle < high.next) => {
                low.line(high.threshold, high.next, x).clamp(low.next, high.next)
            }
            (Some(low), _) if x < self.middle || self.middle <= low.next => {
                low.toward(self.middle, x, f64::max)
            }
            (_, Some(high)) if x > self.middle || self.middle >= high.next => {
                high.toward(self.middle, x, f64::min)
            }
            _ => x,
        }
    }
}

impl Side {
    /// Maps a value between the threshold and the middle, which is its own image; if the middle is beyond the next value, all
    /// values are shifted. `inner` returns the one of two values that is farther from the spike.
    fn toward(&self, middle: f64, x: f64, inner: fn(f64, f64) -> f64) -> f64 {
        let is_between = inner(self.next, middle) == middle && self.next != middle;
        let mapped = if is_between {
            self.line(middle, middle, x)
        } else {
            x + (self.next - self.threshold)
        };
        inner(mapped, self.next)
    }

    /// The line through `(threshold, next)` and `(x2, y2)`.
    fn line(&self, x2: f64, y2: f64, x: f64) -> f64 {
        let slope = (y2 - self.next) / (x2 - self.threshold);
        if slope.is_finite() { self.next + (x - self.threshold) * slope } else { x }
    }
}

/// A marginal of a mixture: weight, mean and standard deviation of each component.
struct Marginal(Vec<(f64, f64, f64)>);

impl Marginal {
    /// `P(X < x)`
    fn cdf(&self, x: f64) -> f64 {
        let below = |&(weight, mean, deviation): &(f64, f64, f64)| {
            if deviation > 0.0 {
                weight * upper_tail((mean - x) / deviation)
            } else if x > mean {
                weight
            } else {
                0.0
            }
        };
        self.0.iter().map(below).sum()
    }

    /// The smallest value at which the distribution function reaches `p`, by bisection between neighbouring doubles.
    fn quantile(&self, p: f64) -> f64 {
        let ends = |side: f64| self.0.iter().map(move |&(_, mean, sd)| mean + side * 40.0 * sd);
        let (mut low, mut high) =
            (ends(-1.0).fold(f64::INFINITY, f64::min), ends(1.0).fold(f64::NEG_INFINITY, f64::max));
        loop {
            let middle = low + 0.5 * (high - low);
            if !(low < middle && middle < high) {
                return high;
            }
            *(if self.cdf(middle) < p { &mut low } else { &mut high }) = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn spike(value: f64, share: f64, next: f64) -> Spike {
        Spike { value, share, next }
    }

    fn column(spikes: &[Spike]) -> Column {
        Column { spikes: spikes.into(), ..Column::named("x") }
    }

    /// A mixture of a narrow and a wide component.
    fn marginal() -> Marginal {
        Marginal(vec![(0.6, 0.0, 0.5), (0.4, 6.0, 3.0)])
    }

    #[test]
    fn quantiles_invert_the_distribution_function() {
        let marginal = marginal();
        for p in [1e-6, 0.05, 0.3, 0.5, 0.9, 0.999] {
            let x = marginal.quantile(p);
            assert!((marginal.cdf(x) - p).abs() < 1e-12, "{p}");
        }
        let standard = Marginal(vec![(1.0, 0.0, 1.0)]);
        // the 97.5 % quantile of a standard normal
        assert!((standard.quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        // a component without variance is a step
        let step = Marginal(vec![(0.5, 2.0, 0.0), (0.5, 3.0, 1.0)]).quantile(0.4);
        assert!(step > 2.0 && step < 2.0 + 1e-9, "{step}");
    }

    #[test]
    fn maps_are_monotone_and_keep_the_share() {
        let both = [spike(0.0, 0.5, 0.1), spike(11.0, 0.1, 10.9)];
        // with the middle of the model beyond the next value
        let far = [spike(5.0, 0.3, 5.5), spike(6.0, 0.3, 5.9)];
        let cases: [&[Spike]; 7] =
            [&both[..1], &both[1..], &both, &far[..1], &far[1..], &far, &[spike(-4.0, 0.7, -3.9)]];
        for spikes in cases {
            let (marginal, column) = (marginal(), column(spikes));
            let map = SpikeMap::new(&marginal, &column);
            let grid: Vec<f64> = (-4000..20_000).map(|step| f64::from(step) / 1000.0).collect();
            let images: Vec<f64> = grid.iter().map(|&x| map.apply(x)).collect();
            assert!(images.windows(2).all(|pair| pair[0] <= pair[1]), "{spikes:?}");
            for spike in spikes {
                let edge = grid.iter().zip(&images).filter(|(_, image)| **image == spike.value);
                let (first, last) = edge
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (x, _)| {
                        (a.min(*x), b.max(*x))
                    });
                let is_low = spike.value < spike.next;
                let share = if is_low { marginal.cdf(last) } else { 1.0 - marginal.cdf(first) };
                assert!((share - spike.share).abs() < 1e-3, "{spikes:?}: {share}");
                // no value is between a spike and the next value
                let between = |&image: &f64| {
                    if is_low {
                        image > spike.value && image < spike.next
                    } else {
                        image < spike.value && image > spike.next
                    }
                };
                assert!(!images.iter().any(between), "{spikes:?}");
            }
        }
        // values beyond the median of the rest are unchanged
        let map = SpikeMap::new(&marginal(), &column(&both[..1]));
        assert!(map.middle > 1.0);
        assert_eq!(map.apply(map.middle + 2.0), map.middle + 2.0);
    }

    #[test]
    fn maps_use_the_units_of_the_data_after_a_preprocessor() {
        let survey = datasets::survey();
        let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
        let model = params.mixture(GaussianMixture::params(3).seed(2)).fit(&survey).unwrap();
        let mut columns = Column::all(survey.records.view(), survey.feature_names());
        let (low, high) = columns[1].range.unwrap();
        columns[1].spikes = vec![spike(low, 0.25, low + 0.01 * (high - low))];
        for residual in [true, false] {
            let mut rows = model.sample_blocks(20_000, 3, residual).next().unwrap().0;
            model.spike_maps(&columns, residual).apply(&mut rows);
            let n_rows = rows.nrows() as f64;
            let share = rows.column(1).iter().filter(|&&x| x == low).count() as f64 / n_rows;
            // five standard errors
            let error = 5.0 * (0.25 * 0.75 / n_rows).sqrt();
            assert!((share - 0.25).abs() < error, "{residual}: {share}");
        }
    }
}
