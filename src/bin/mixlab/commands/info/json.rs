//! JSON output of `mixlab info`.

use mixlab::{Column, ImageShape, ModelFile, Pca, Pipeline, SearchSummary, ValueKind};
use ndarray::{Array2, ArrayView1};
use serde::Serialize;
use serde_json::Value;

use super::conditional::GivenOutput;
use super::shapes::{ShapeOutput, SpikesOutput, shapes, spikes};

/// The description of a model.
#[derive(Serialize)]
pub struct InfoOutput<'a> {
    n_components: usize,
    covariance_type: &'static str,
    n_features: usize,
    n_reduced: usize,
    n_parameters: usize,
    standardized: bool,
    pca: Option<PcaOutput>,
    image: Option<ImageOutput>,
    features: Vec<ColumnOutput<'a>>,
    /// Rules between columns of the table, of which the columns of the model are made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    weights: Vec<f64>,
    /// Of components with heavy tails.
    #[serde(skip_serializing_if = "Option::is_none")]
    degrees_of_freedom: Option<Vec<f64>>,
    /// Of every feature; null for categories.
    means: Vec<Vec<Option<f64>>>,
    standard_deviations: Vec<Vec<Option<f64>>>,
    /// Shares of the levels of each category.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<CategoryOutput>,
    /// Shares of missing values, if they are informative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingOutput>,
    /// Columns of numbers with a shape.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shapes: Vec<ShapeOutput>,
    /// Spikes with their shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spikes: Vec<SpikesOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<FitOutput>,
    #[serde(flatten)]
    given: Option<&'a GivenOutput>,
}

#[derive(Serialize)]
struct CategoryOutput {
    name: String,
    levels: Option<Vec<String>>,
    /// Of every component, in the order of the levels.
    shares: Vec<Vec<f64>>,
}

#[derive(Serialize)]
struct MissingOutput {
    name: String,
    /// Of every component.
    shares: Vec<f64>,
}

#[derive(Serialize)]
struct PcaOutput {
    n_components: usize,
    share_of_variance: f64,
    whiten: bool,
}

#[derive(Serialize)]
struct ImageOutput {
    height: usize,
    width: usize,
    channels: usize,
    range: [f64; 2],
}

#[derive(Serialize)]
struct ColumnOutput<'a> {
    name: &'a str,
    kind: String,
    /// Numbers, or dates as they are written.
    range: Option<[Value; 2]>,
    decimals: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spikes: Vec<SpikeOutput>,
}

#[derive(Serialize)]
struct SpikeOutput {
    value: f64,
    share: f64,
    next: f64,
}

#[derive(Serialize)]
struct FitOutput {
    n_samples: usize,
    criterion: &'static str,
    tried: Vec<TriedOutput>,
}

#[derive(Serialize)]
struct TriedOutput {
    n_components: usize,
    covariance_type: &'static str,
    /// Value of every criterion, by name.
    #[serde(flatten)]
    criteria: serde_json::Map<String, Value>,
}

impl<'a> InfoOutput<'a> {
    /// The description of a model, or of one given values of other columns.
    pub fn new(file: &'a ModelFile, given: Option<&'a GivenOutput>) -> Self {
        let pipeline = &file.pipeline;
        let (preprocessor, mixture) = (pipeline.preprocessor(), pipeline.mixture());
        Self {
            n_components: mixture.n_components(),
            covariance_type: mixture.covariance_type().name(),
            n_features: pipeline.n_features(),
            n_reduced: mixture.n_features(),
            n_parameters: mixture.n_parameters(),
            standardized: preprocessor.scaler().is_some(),
            pca: preprocessor.pca().map(PcaOutput::from),
            image: file.image.map(ImageOutput::from),
            features: file.columns.iter().map(ColumnOutput::from).collect(),
            rules: rules(file),
            weights: mixture.weights().to_vec(),
            degrees_of_freedom: mixture.degrees_of_freedom().map(|all| all.to_vec()),
            means: by_feature(pipeline, &pipeline.means()),
            standard_deviations: by_feature(pipeline, &pipeline.standard_deviations()),
            categories: categories(file),
            missing: missing(file),
            shapes: shapes(file),
            spikes: spikes(file),
            fit: file.search.as_ref().map(FitOutput::from),
            given,
        }
    }
}

impl From<&Pca> for PcaOutput {
    fn from(pca: &Pca) -> Self {
        let share_of_variance = pca.explained_variance_ratio().sum();
        Self { n_components: pca.n_components(), share_of_variance, whiten: pca.whiten() }
    }
}

impl From<ImageShape> for ImageOutput {
    fn from(shape: ImageShape) -> Self {
        let ImageShape { height, width, channels, low, high } = shape;
        Self { height, width, channels, range: [low, high] }
    }
}

impl<'a> From<&'a Column> for ColumnOutput<'a> {
    fn from(column: &'a Column) -> Self {
        // as the values are written
        let range = column.range.filter(|_| !column.kind.is_categorical());
        let end = |end: f64| match column.kind.text(end).filter(|_| column.kind.is_text()) {
            Some(text) => Value::from(text),
            None => column.kind.decode(end).into(),
        };
        let range = range.map(|(low, high)| [low, high].map(end));
        let spikes = column.spikes.iter().map(|spike| SpikeOutput {
            value: spike.value,
            share: spike.share,
            next: spike.next,
        });
        Self {
            name: &column.name,
            kind: column.kind.to_string(),
            range,
            decimals: column.decimals,
            spikes: spikes.collect(),
        }
    }
}

impl From<&SearchSummary> for FitOutput {
    fn from(search: &SearchSummary) -> Self {
        let tried = search.entries.iter().map(|entry| TriedOutput {
            n_components: entry.n_components,
            covariance_type: entry.covariance_type.name(),
            criteria: entry
                .criteria
                .iter()
                .map(|&(criterion, value)| (criterion.name().to_owned(), value.into()))
                .collect(),
        });
        let criterion = search.criterion.name();
        Self { n_samples: search.n_samples, criterion, tried: tried.collect() }
    }
}

/// Returns values of the numbers in each component as values of all features.
fn by_feature(pipeline: &Pipeline, numbers: &Array2<f64>) -> Vec<Vec<Option<f64>>> {
    let of_component = |values: ArrayView1<'_, f64>| {
        let mut all = vec![None; pipeline.n_features()];
        for (&column, &value) in pipeline.layout().numbers().iter().zip(values) {
            all[column] = Some(value);
        }
        all
    };
    numbers.rows().into_iter().map(of_component).collect()
}

fn categories(file: &ModelFile) -> Vec<CategoryOutput> {
    let names = file.column_names();
    let of_column = |(column, name): (usize, String)| {
        let probabilities = file.pipeline.level_probabilities(column)?;
        let shares = probabilities.rows().into_iter().map(|row| row.to_vec()).collect();
        let kind = file.columns.get(column).map(|column| &column.kind);
        let has_names = kind.is_some_and(ValueKind::is_categorical)
            || file.pipeline.layout().levels(column).is_some();
        let levels = file.level_names(column).filter(|_| has_names);
        Some(CategoryOutput { name, levels, shares })
    };
    names.into_iter().enumerate().filter_map(of_column).collect()
}

fn missing(file: &ModelFile) -> Vec<MissingOutput> {
    let of_column = |(column, name): (usize, String)| {
        let shares = file.pipeline.missing_probabilities(column)?.to_vec();
        Some(MissingOutput { name, shares })
    };
    file.column_names().into_iter().enumerate().filter_map(of_column).collect()
}

/// The rules between columns of the table, as they are written.
fn rules(file: &ModelFile) -> Vec<String> {
    let rules = file.rules.iter().flat_map(|rules| rules.rules());
    rules.map(ToString::to_string).collect()
}
