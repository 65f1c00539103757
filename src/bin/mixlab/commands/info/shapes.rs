//! Shapes and spikes of columns in the JSON output.

use mixlab::ModelFile;
use serde::Serialize;

/// The shape of a column of numbers.
#[derive(Serialize)]
pub struct ShapeOutput {
    name: String,
    shape: &'static str,
}

/// The spikes of a column that the model has as values of their own.
#[derive(Serialize)]
pub struct SpikesOutput {
    name: String,
    values: Vec<f64>,
    /// Of every component, in the order of the values.
    shares: Vec<Vec<f64>>,
}

/// The columns with a shape other than the identity.
pub fn shapes(file: &ModelFile) -> Vec<ShapeOutput> {
    let of_column = |(column, name): (usize, String)| {
        Some(ShapeOutput { name, shape: file.pipeline.shape_of(column)?.name() })
    };
    file.column_names().into_iter().enumerate().filter_map(of_column).collect()
}

/// The columns with spikes.
pub fn spikes(file: &ModelFile) -> Vec<SpikesOutput> {
    let of_column = |(column, name): (usize, String)| {
        let shares = file.pipeline.spike_probabilities(column)?;
        let values = file.pipeline.layout().spikes(column).to_vec();
        let shares = shares.rows().into_iter().map(|row| row.to_vec()).collect();
        Some(SpikesOutput { name, values, shares })
    };
    file.column_names().into_iter().enumerate().filter_map(of_column).collect()
}
