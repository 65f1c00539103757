//! `mixlab info`

use std::io::Write;
use std::path::PathBuf;

use clap::Parser;
use mixlab::{Column, ImageShape, ModelFile, Pca, SearchSummary, TextTable};
use ndarray::Array2;
use serde::Serialize;
use serde_json::Value;

use crate::output::{print, print_json, table};

/// Maximum number of columns for which components are shown.
const MOST_COLUMNS: usize = 40;
/// Maximum number of components side by side.
const MOST_COMPONENTS: usize = 6;

/// Describe a model, with its components in the units of the data.
///
/// Prints the preprocessor, the search that chose the model, and the weight, means and standard deviations of each component.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab info survey.npz\n  mixlab info survey.npz --json")]
pub struct InfoArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// JSON output.
#[derive(Serialize)]
struct InfoOutput<'a> {
    n_components: usize,
    covariance_type: &'static str,
    n_features: usize,
    n_reduced: usize,
    n_parameters: usize,
    standardized: bool,
    pca: Option<PcaOutput>,
    image: Option<ImageOutput>,
    features: Vec<ColumnOutput<'a>>,
    weights: Vec<f64>,
    means: Vec<Vec<f64>>,
    standard_deviations: Vec<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<FitOutput>,
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
    range: Option<[f64; 2]>,
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

pub fn run(args: &InfoArgs) -> anyhow::Result<()> {
    let file = ModelFile::load(&args.model)?;
    if args.json { print_json(&InfoOutput::from(&file)) } else { print(|out| write(&file, out)) }
}

fn write(file: &ModelFile, out: &mut dyn Write) -> std::io::Result<()> {
    let summary = TextTable::from(&file.pipeline);
    writeln!(out, "{}", summary.caption)?;
    writeln!(out, "{}", table(&summary).trim_fmt())?;
    if let Some(image) = &file.image {
        let colour = if image.channels == 3 { "colour" } else { "grey" };
        writeln!(
            out,
            "\nrows are {colour} images of {} x {} pixels (height x width), black {}, white {}",
            image.height, image.width, image.low, image.high
        )?;
    }
    if let Some(search) = &file.search {
        let (n, criterion) = (search.entries.len(), search.criterion.name().to_uppercase());
        writeln!(
            out,
            "\nfitted to {} rows; {}",
            search.n_samples,
            match n {
                0 | 1 => "no other models were tried".to_owned(),
                _ => format!("the lowest {criterion} of {n} models"),
            }
        )?;
    }
    if file.image.is_some() || file.pipeline.n_features() > MOST_COLUMNS {
        let weights = TextTable::components(file, &[]);
        return writeln!(out, "\n{}", table(&weights.shortened(MOST_COLUMNS)).trim_fmt());
    }
    let k = file.pipeline.mixture().n_components();
    let all: Vec<usize> = (0..k).collect();
    for components in all.chunks(MOST_COMPONENTS) {
        let text_table = TextTable::components(file, components);
        writeln!(out, "\n{}", table(&text_table).trim_fmt())?;
    }
    writeln!(out, "\nmeans and standard deviations (±) in the units of the data")?;
    file.columns.iter().try_for_each(|column| write_column(column, out))
}

/// Writes the dates and the spikes of a column.
fn write_column(column: &Column, out: &mut dyn Write) -> std::io::Result<()> {
    if let Some((low, high)) = column.range
        && let Some((first, last)) = column.kind.date(low).zip(column.kind.date(high))
    {
        writeln!(out, "{}: dates YYYYMMDD from {first} to {last}", column.name)?;
    }
    for spike in &column.spikes {
        let (share, value) = (100.0 * spike.share, spike.value);
        writeln!(out, "{}: {share:.1} % of the rows are exactly {value}", column.name)?;
    }
    Ok(())
}

impl<'a> From<&'a ModelFile> for InfoOutput<'a> {
    fn from(file: &'a ModelFile) -> Self {
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
            weights: mixture.weights().to_vec(),
            means: nested(&pipeline.means()),
            standard_deviations: nested(&pipeline.standard_deviations()),
            fit: file.search.as_ref().map(FitOutput::from),
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
        let range = column.range.map(|(low, high)| [low, high].map(|end| column.kind.decode(end)));
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

fn nested(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}
