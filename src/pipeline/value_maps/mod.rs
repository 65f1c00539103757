//! Values of the data in samples: monotone maps of the columns of a sample, so that values that many rows have keep their shares.

mod marginal;
mod spikes;
mod values;

use ndarray::Array2;

use super::Pipeline;
use crate::preprocess::shape::Shape;
use crate::rows::schema::Column;

use marginal::{Marginal, Part};
use spikes::SpikeMap;
use values::ValueMap;

/// The maps of all columns that have one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValueMaps(Vec<(usize, ColumnMap)>);

/// The map of a column.
#[derive(Debug, Clone, PartialEq)]
struct ColumnMap {
    /// The shape of the values that the map takes.
    shape: Shape,
    /// Values that the model has itself.
    spikes: Vec<f64>,
    map: Map,
}

#[derive(Debug, Clone, PartialEq)]
enum Map {
    Spikes(SpikeMap),
    Values(ValueMap),
}

/// Which values keep their shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Spikes at the ends of ranges.
    Spikes,
    /// These, and all values that recur.
    Recurring,
}

impl Pipeline {
    /// Returns the maps for samples of the data with these columns, drawn with or without residual noise.
    pub(crate) fn value_maps(&self, columns: &[Column], residual: bool, kept: Kept) -> ValueMaps {
        let has_map = |column: &&Column| {
            !column.spikes.is_empty() || kept == Kept::Recurring && !column.values.is_empty()
        };
        let numbers = self.layout.numbers().iter().enumerate();
        let mapped = numbers
            .filter_map(|(number, &at)| Some((number, (at, columns.get(at).filter(has_map)?))));
        let (numbers, columns): (Vec<usize>, Vec<(usize, &Column)>) = mapped.unzip();
        if numbers.is_empty() {
            return ValueMaps(Vec::new());
        }
        let means = self.shaped_means();
        let deviations = self.standard_deviations_of(&numbers, residual);
        let maps = columns.into_iter().enumerate().filter_map(|(index, (at, column))| {
            let number = numbers[index];
            // shares are those of the observed values
            let weights = self.weights_of_numbers(at);
            let components = (0..weights.len())
                .map(|k| Part {
                    weight: weights[k],
                    mean: means[[k, number]],
                    standard_deviation: deviations[[k, index]],
                    degrees_of_freedom: self.mixture.degrees_of_freedom().map(|all| all[k]),
                })
                .collect();
            let marginal = Marginal(components);
            let shape = self.shape(number).cloned().unwrap_or_default();
            let spikes = self.layout.spikes(at).to_vec();
            let is_number = |(value, _): &&(f64, f64)| !spikes.contains(value);
            let shares: Vec<(f64, f64)> = column.values.iter().filter(is_number).copied().collect();
            let map = if kept == Kept::Recurring && !shares.is_empty() {
                Map::Values(ValueMap::new(&marginal, &shares))
            } else if spikes.is_empty() && shape.is_identity() && !column.spikes.is_empty() {
                Map::Spikes(SpikeMap::new(&marginal, column))
            } else {
                // the model has the spikes itself
                return None;
            };
            Some((at, ColumnMap { shape, spikes, map }))
        });
        ValueMaps(maps.collect())
    }
}

impl ValueMaps {
    /// Maps the values of sampled rows, shape `(n_samples, n_features)`; missing values stay missing.
    pub(crate) fn apply(&self, rows: &mut Array2<f64>) {
        for (column, map) in &self.0 {
            rows.column_mut(*column).mapv_inplace(|value| map.apply(value));
        }
    }
}

impl ColumnMap {
    fn apply(&self, value: f64) -> f64 {
        if value.is_nan() || self.spikes.contains(&value) {
            return value;
        }
        match &self.map {
            Map::Spikes(map) => map.apply(value),
            Map::Values(map) => map.apply(self.shape.apply(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use crate::rows::schema::Spike;

    #[test]
    fn maps_use_the_units_of_the_data_after_a_preprocessor() {
        let survey = datasets::survey();
        let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
        let model = params.mixture(GaussianMixture::params(3).seed(2)).fit(&survey).unwrap();
        let mut columns = Column::all(survey.records.view(), survey.feature_names());
        let (low, high) = columns[1].range.unwrap();
        columns[1].spikes =
            vec![Spike { value: low, share: 0.25, next: low + 0.01 * (high - low) }];
        for residual in [true, false] {
            let mut rows = model.sample_blocks(20_000, 3, residual).next().unwrap().0;
            model.value_maps(&columns, residual, Kept::Spikes).apply(&mut rows);
            let n_rows = rows.nrows() as f64;
            let share = rows.column(1).iter().filter(|&&x| x == low).count() as f64 / n_rows;
            // five standard errors
            let error = 5.0 * (0.25 * 0.75 / n_rows).sqrt();
            assert!((share - 0.25).abs() < error, "{residual}: {share}");
        }
    }
}
