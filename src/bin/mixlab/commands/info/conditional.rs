//! What `info --given` and `given` tell of a conditional model.

use std::collections::BTreeMap;
use std::io::Write;

use mixlab::{GivenModel, ModelFile, Pipeline, TextTable};
use ndarray::{Array2, ArrayView1, Axis};
use serde::Serialize;

use crate::output::table;

/// Maximum number of numbers whose covariances are computed.
const MOST_NUMBERS: usize = 200;

/// JSON output, in the units of the data, in addition to that of a model. Means and covariances are those of the columns that are
/// numbers.
#[derive(Serialize)]
pub struct GivenOutput {
    log_density_of_given: f64,
    component_means: Vec<Vec<f64>>,
    mean: Vec<f64>,
    /// None for many columns, such as pixels, and for columns with shapes or spikes.
    covariance: Option<Vec<Vec<f64>>>,
    /// Of every level, by column.
    probabilities: BTreeMap<String, Vec<f64>>,
    /// For a range, of which no model is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Vec<f64>>,
    #[serde(skip)]
    given: String,
    #[serde(skip)]
    expected: TextTable,
}

impl GivenOutput {
    /// Describes a conditional model of a file.
    pub fn of(file: &ModelFile, model: &GivenModel<'_>) -> anyhow::Result<Self> {
        let rest = model.file_of_kept();
        let pipeline = model.pipeline();
        let (weights, means) = match model.range() {
            Some(range) => (range.weights().to_owned(), range.means()),
            None => (pipeline.mixture().weights().to_owned(), pipeline.means()),
        };
        let covariance = covariance(model, weights.view(), &means)?;
        let (mean, deviations) = match &covariance {
            Some(matrix) => (weights.dot(&means), Some(matrix.diag().mapv(f64::sqrt))),
            None if has_shapes(pipeline) => {
                let (mean, deviations) = pipeline.overall_moments();
                (mean, Some(deviations))
            }
            None => (weights.dot(&means), None),
        };
        let names = rest.column_names();
        let probabilities = (0..names.len()).filter_map(|column| {
            let shares = weights.dot(&pipeline.level_probabilities(column)?);
            Some((names[column].clone(), shares.to_vec()))
        });
        let rows =
            |matrix: &Array2<f64>| matrix.rows().into_iter().map(|row| row.to_vec()).collect();
        let numbers = deviations.map(|deviations| (mean.view(), deviations));
        Ok(Self {
            log_density_of_given: model.log_density(),
            component_means: rows(&means),
            expected: TextTable::expected(&rest, weights.view(), numbers),
            mean: mean.to_vec(),
            covariance: covariance.as_ref().map(rows),
            probabilities: probabilities.collect(),
            given: described(file, model),
            weights: model.range().map(|_| weights.to_vec()),
        })
    }

    /// Writes the values that are given, and what is expected of the other columns.
    pub fn write(&self, out: &mut dyn Write, most_columns: usize) -> std::io::Result<()> {
        let log_density = self.log_density_of_given;
        writeln!(out, "given {}: log-density {log_density:.4}\n", self.given)?;
        writeln!(out, "{}", table(&self.expected.shortened(most_columns)).trim_fmt())
    }
}

/// Whether a column has a shape or spikes.
fn has_shapes(pipeline: &Pipeline) -> bool {
    pipeline.layout().numbers().iter().any(|&column| pipeline.is_shaped(column))
}

/// The covariance of all components together; none for many numbers, and for columns with shapes or spikes.
fn covariance(
    model: &GivenModel<'_>,
    weights: ArrayView1<'_, f64>,
    means: &Array2<f64>,
) -> anyhow::Result<Option<Array2<f64>>> {
    let numbers = model.pipeline().layout().numbers();
    if !(1..=MOST_NUMBERS).contains(&numbers.len()) || has_shapes(model.pipeline()) {
        return Ok(None);
    }
    let (marginal, mean) = (model.pipeline().marginal(numbers)?, weights.dot(means));
    let mut sum = Array2::zeros((numbers.len(), numbers.len()));
    for (component, &weight) in weights.iter().enumerate() {
        let within = match model.range() {
            Some(range) => range.covariance(component)?,
            None => marginal.covariance(component),
        };
        let shift = (&means.row(component) - &mean).insert_axis(Axis(1));
        sum += &((within + shift.dot(&shift.t())) * weight);
    }
    Ok(Some(sum))
}

/// The values that are given, as they are written.
fn described(file: &ModelFile, model: &GivenModel<'_>) -> String {
    let names = file.column_names();
    let text = |column: usize, number: f64| {
        let text = file.columns.get(column).and_then(|column| column.kind.text(number));
        text.unwrap_or_else(|| number.to_string())
    };
    let values = model.values().iter();
    let values =
        values.map(|&(column, value)| format!("{} = {}", names[column], text(column, value)));
    let range = model.column_of_range().map(|(column, (low, high))| {
        format!("{} = {}..{}", names[column], text(column, low), text(column, high))
    });
    values.chain(range).collect::<Vec<_>>().join(", ")
}
