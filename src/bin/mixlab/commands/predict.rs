//! `mixlab predict`

use std::path::{Path, PathBuf};

use clap::Parser;
use mixlab::table::Sheet;
use mixlab::{ModelFile, RowSource, TextTable};
use serde::Serialize;

use crate::input::{DataArgs, InputRows};
use crate::output::{output_file, print, print_json, table};
use crate::rows::{self, Format, RowBlock, Values};
#[cfg(feature = "cluster")]
use crate::source::Source;

/// Predict the component of each row.
///
/// Writes the columns of the data, followed by the most probable component of each row, counted from 0. The columns of the
/// model are found by name; other columns of a text table are copied to the output.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab predict survey.npz survey.csv -o labelled.csv\n  \
    mixlab predict survey.npz survey.csv --proba --only\n  \
    mixlab predict faces.npz faces/ --json")]
pub struct PredictArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Write the probability of each component as well.
    #[arg(long)]
    pub proba: bool,

    /// Leave out the columns of the data.
    #[arg(long)]
    pub only: bool,

    /// File to write: .csv, .tsv, .txt or .parquet, or .npy for labels (with --proba: probabilities) alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Read Parquet files with the processes of a cluster: local, or the scheduler at HOST:PORT. Predictions are written
    /// alone, in the order of the rows.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "local|HOST:PORT", requires = "only", conflicts_with = "json")]
    pub cluster: Option<String>,

    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

/// JSON output.
#[derive(Serialize)]
struct PredictOutput<'a> {
    n_samples: usize,
    n_components: usize,
    /// Number of rows of each component.
    counts: &'a [usize],
    /// Numbers of the rows in their file, from 1.
    rows: &'a [usize],
    components: &'a [usize],
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<&'a Vec<Vec<f64>>>,
}

pub fn run(args: &PredictArgs) -> anyhow::Result<()> {
    let output = output_file(args.output.as_deref());
    let format = Format::of(output)?;
    #[cfg(feature = "cluster")]
    if let Some(place) = &args.cluster {
        return run_on_cluster(args, place, format);
    }
    let only = args.only || format == Format::Npy;
    let writes = output.is_some() || !args.json;
    let (file, rows) = InputRows::open(&args.model, &args.input, output, (!only && writes, false))?;
    let mut predictions = Predictions::new(args, format, &file);
    let blocks = rows.pieces()?.map(|sheet| predictions.block(&sheet?, only));
    if writes {
        rows::write(output, blocks)?;
    } else {
        blocks.into_iter().try_for_each(|block| block.map(drop))?;
    }
    if args.json {
        print_json(&predictions.output())?;
    } else if output.is_some() {
        print_summary(&predictions.counts)?;
    }
    Ok(())
}

/// Predicts the components of rows on a cluster.
#[cfg(feature = "cluster")]
fn run_on_cluster(args: &PredictArgs, place: &str, format: Format) -> anyhow::Result<()> {
    let (file, source) = Source::open_with_model(&args.model, &args.input, place)?;
    let mut predictions = Predictions::new(args, format, &file);
    let block = predictions.predict(source.rows(), RowBlock::default())?;
    let output = output_file(args.output.as_deref());
    rows::write(output, std::iter::once(Ok(block)))?;
    if output.is_some() { print_summary(&predictions.counts) } else { Ok(()) }
}

/// The predictions so far.
struct Predictions<'a> {
    args: &'a PredictArgs,
    format: Format,
    file: &'a ModelFile,
    /// Number of rows of each component.
    counts: Vec<usize>,
    /// For JSON output only: numbers of the rows, their components and probabilities.
    rows: Vec<usize>,
    components: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
}

impl<'a> Predictions<'a> {
    fn new(args: &'a PredictArgs, format: Format, file: &'a ModelFile) -> Self {
        let counts = vec![0; file.pipeline.mixture().n_components()];
        let (rows, components, probabilities) = (Vec::new(), Vec::new(), Vec::new());
        Self { args, format, file, counts, rows, components, probabilities }
    }

    /// Predicts a block of rows; the result has the columns of the table unless `only`.
    fn block(&mut self, sheet: &Sheet, only: bool) -> anyhow::Result<RowBlock> {
        if self.args.json {
            self.rows.extend(sheet.rows.iter().map(|row| row + 1));
        }
        let block = if only { RowBlock::default() } else { RowBlock::of_sheet(sheet) };
        let path = Path::new(&self.args.input.data[0]);
        self.predict(&self.file.encode(path, sheet)?, block)
    }

    /// Adds the predictions for a block of rows.
    fn predict(&mut self, rows: &dyn RowSource, mut block: RowBlock) -> anyhow::Result<RowBlock> {
        let labels = self.file.pipeline.try_predict(rows)?.to_vec();
        labels.iter().for_each(|&label| self.counts[label] += 1);
        if self.args.json {
            self.components.extend(&labels);
        }
        if self.format == Format::Table || !self.args.proba {
            block.push("component", Values::Counts(labels));
        }
        if self.args.proba {
            let probabilities = self.file.pipeline.predict_proba(rows)?;
            for (component, values) in probabilities.columns().into_iter().enumerate() {
                block.push_numbers(&format!("p{component}"), values);
            }
            if self.args.json {
                self.probabilities.extend(probabilities.rows().into_iter().map(|row| row.to_vec()));
            }
        }
        Ok(block)
    }

    fn output(&self) -> PredictOutput<'_> {
        PredictOutput {
            n_samples: self.components.len(),
            n_components: self.counts.len(),
            counts: &self.counts,
            rows: &self.rows,
            components: &self.components,
            probabilities: self.args.proba.then_some(&self.probabilities),
        }
    }
}

/// Prints the number of rows of each component.
fn print_summary(counts: &[usize]) -> anyhow::Result<()> {
    let n = counts.iter().sum::<usize>() as f64;
    let text_table = TextTable::new(["component", "rows", "share in %"]).lines(
        counts.iter().enumerate().map(|(k, &count)| {
            vec![k.to_string(), count.to_string(), format!("{:.1}", 100.0 * count as f64 / n)]
        }),
    );
    print(|out| writeln!(out, "{}", table(&text_table).trim_fmt()))
}
