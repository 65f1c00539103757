//! `mixlab info`

mod conditional;
mod shapes;

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use mixlab::{
    Column, DateForm, GivenModel, ImageShape, ModelFile, Pca, Pipeline, SearchSummary, TextTable,
    ValueKind,
};
use ndarray::{Array2, ArrayView1};
use serde::Serialize;
use serde_json::Value;

use crate::commands::shapes::described;
use crate::input::{Assignments, given};
use crate::output::{print, print_json, table};

use conditional::GivenOutput;
use shapes::{ShapeOutput, SpikesOutput};

/// Maximum number of columns for which components are shown.
const MOST_COLUMNS: usize = 40;
/// Maximum number of components side by side.
const MOST_COMPONENTS: usize = 6;

/// Describe a model, with its components in the units of the data.
///
/// Prints the preprocessor, the search that chose the model, and the weight, means and standard deviations of each component, with
/// the shares of the levels of categories and of missing values.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab info survey.npz\n  \
    mixlab info survey.npz --given age=67,visits=6\n  \
    mixlab info survey.npz --json")]
pub struct InfoArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Values of columns that are given: age=50,smoker=yes, or a range of one column, age=40..50; describes the other columns given these.
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = Assignments::from_str, default_value = "", hide_default_value = true)]
    pub given: Assignments,

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

pub fn run(args: &InfoArgs) -> anyhow::Result<()> {
    let file = ModelFile::load(&args.model)?;
    if args.given.0.is_empty() {
        return show(&file, None, args.json);
    }
    let model = given(&file, &args.given.0)?;
    show_given(&file, &model, args.json)
}

/// Describes what a model expects of the other columns, given values of some.
pub fn show_given(file: &ModelFile, model: &GivenModel<'_>, json: bool) -> anyhow::Result<()> {
    let given = GivenOutput::of(file, model)?;
    let rest = model.file_of_kept();
    if model.range().is_none() {
        return show(&rest, Some(&given), json);
    }
    // a truncated distribution is none of the models that are described
    if json { print_json(&given) } else { print(|out| given.write(out, MOST_COLUMNS)) }
}

/// Describes a model, or one given values of other columns.
fn show(file: &ModelFile, given: Option<&GivenOutput>, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(&InfoOutput { given, ..InfoOutput::from(file) });
    }
    print(|out| {
        if let Some(given) = given {
            given.write(out, MOST_COLUMNS)?;
            writeln!(out)?;
        }
        write(file, out)
    })
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
        let (n, criterion) = (search.entries.len(), search.criterion.label());
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
    let layout = file.pipeline.layout();
    let has = |is: &dyn Fn(usize) -> bool| layout.indicators().iter().any(|&column| is(column));
    let mut shares = Vec::new();
    if !layout.categories().is_empty() {
        shares.push("of the levels of categories");
    }
    if has(&|column| layout.has_missing(column)) {
        shares.push("of missing values");
    }
    if has(&|column| !layout.spikes(column).is_empty()) {
        shares.push("of spikes");
    }
    let shares = match shares.as_slice() {
        [] => String::new(),
        [one] => format!("; shares {one}"),
        [others @ .., last] => format!("; shares {}, and {last}", others.join(", ")),
    };
    if layout.numbers().is_empty() {
        writeln!(out, "\n{}", shares.trim_start_matches("; "))?;
    } else if let Some(shapes) = described(&file.pipeline, &file.column_names()) {
        writeln!(out, "\nmeans and standard deviations (±) in the units of the data{shares}")?;
        writeln!(out, "shapes of columns: {shapes}")?;
    } else {
        writeln!(out, "\nmeans and standard deviations (±) in the units of the data{shares}")?;
    }
    file.columns.iter().try_for_each(|column| write_column(column, out))
}

/// Writes the dates and the spikes of a column.
fn write_column(column: &Column, out: &mut dyn Write) -> std::io::Result<()> {
    if let Some((low, high)) = column.range
        && let ValueKind::Date(form) = &column.kind
        && let Some((first, last)) = column.kind.text(low).zip(column.kind.text(high))
    {
        let form = if *form == DateForm::YearMonthDay { " YYYYMMDD" } else { "" };
        writeln!(out, "{}: dates{form} from {first} to {last}", column.name)?;
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
            means: by_feature(pipeline, &pipeline.means()),
            standard_deviations: by_feature(pipeline, &pipeline.standard_deviations()),
            categories: categories(file),
            missing: missing(file),
            shapes: shapes::shapes(file),
            spikes: shapes::spikes(file),
            fit: file.search.as_ref().map(FitOutput::from),
            given: None,
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
