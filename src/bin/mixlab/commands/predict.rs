//! `mixlab predict`

use std::path::{Path, PathBuf};

use clap::Parser;
use mixlab::table::Sheet;
use mixlab::{ClassNames, ModelFile, RowSource, TextTable};
use ndarray::Array2;
use serde::Serialize;

use crate::input::{DataArgs, InputRows};
use crate::output::{counted, output_file, print, print_json, table};
use crate::rows::{self, Format, RowBlock, Values};
#[cfg(feature = "cluster")]
use crate::source::Source;

/// Predict the component, or the class, of each row.
///
/// Writes the columns of the data, followed by the most probable component of each row, counted from 0, and for a model with classes
/// (fit --class) by the most probable class, whatever class the data give. The columns of the model are found by name; other columns
/// of a text table are copied to the output.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab predict survey.npz survey.csv -o labelled.csv\n  \
    mixlab predict survey.npz survey.csv --proba --only\n  \
    mixlab predict classifier.npz new-patients.csv --proba -o diagnosed.csv\n  \
    mixlab predict faces.npz faces/ --json")]
pub struct PredictArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Write the probability of each component, or of each class, as well.
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
    /// Of components, or of classes if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<&'a Vec<Vec<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<ClassesOutput<'a>>,
}

#[derive(Serialize)]
struct ClassesOutput<'a> {
    column: &'a str,
    names: &'a [String],
    /// The class of each row, an index of a name.
    predicted: &'a [usize],
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
    let file = ModelFile::load(&args.model)?;
    let classes = file.class_names();
    let carry = (!only && writes, false, false);
    let (file, rows) = InputRows::open_with((file, &args.model), &args.input, output, carry)?;
    let mut predictions = Predictions::new(args, format, &file, classes.as_ref());
    let blocks = rows.pieces()?.map(|sheet| predictions.block(&sheet?, only));
    if writes {
        rows::write(output, blocks)?;
    } else {
        blocks.into_iter().try_for_each(|block| block.map(drop))?;
    }
    if args.json {
        print_json(&predictions.output())?;
    } else if output.is_some() {
        predictions.print_summary()?;
    }
    Ok(())
}

/// Predicts the components of rows on a cluster.
#[cfg(feature = "cluster")]
fn run_on_cluster(args: &PredictArgs, place: &str, format: Format) -> anyhow::Result<()> {
    let (file, source) = Source::open_with_model(&args.model, &args.input, place)?;
    let classes = file.class_names();
    let mut predictions = Predictions::new(args, format, &file, classes.as_ref());
    let block = predictions.predict(source.rows(), RowBlock::default())?;
    let output = output_file(args.output.as_deref());
    rows::write(output, std::iter::once(Ok(block)))?;
    if output.is_some() { predictions.print_summary() } else { Ok(()) }
}

/// The predictions so far.
struct Predictions<'a> {
    args: &'a PredictArgs,
    format: Format,
    file: &'a ModelFile,
    classes: Option<&'a ClassNames>,
    /// Number of rows of each component.
    counts: Vec<usize>,
    /// Number of rows of each predicted class.
    class_counts: Vec<usize>,
    /// Number of rows of known classes, and of those whose class is predicted wrongly.
    n_known: usize,
    n_wrong: usize,
    /// For JSON output only: numbers of the rows, their components, classes and probabilities.
    rows: Vec<usize>,
    components: Vec<usize>,
    predicted: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
}

impl<'a> Predictions<'a> {
    fn new(
        args: &'a PredictArgs,
        format: Format,
        file: &'a ModelFile,
        classes: Option<&'a ClassNames>,
    ) -> Self {
        Self {
            args,
            format,
            file,
            counts: vec![0; file.pipeline.mixture().n_components()],
            class_counts: vec![0; classes.map_or(0, |classes| classes.names.len())],
            classes,
            n_known: 0,
            n_wrong: 0,
            rows: Vec::new(),
            components: Vec::new(),
            predicted: Vec::new(),
            probabilities: Vec::new(),
        }
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
        let writes_labels = self.format == Format::Table || !self.args.proba;
        if let Some(classes) = self.classes {
            if self.format == Format::Table {
                block.push("component", Values::Counts(labels));
            }
            self.predict_classes(rows, classes, writes_labels, &mut block)?;
            return Ok(block);
        }
        if writes_labels {
            block.push("component", Values::Counts(labels));
        }
        if self.args.proba {
            let probabilities = self.file.pipeline.predict_proba(rows)?;
            let names: Vec<String> = (0..self.counts.len()).map(|k| format!("p{k}")).collect();
            self.push_probabilities(&probabilities, &names, &mut block);
        }
        Ok(block)
    }

    /// Adds the classes of a block of rows.
    fn predict_classes(
        &mut self,
        rows: &dyn RowSource,
        classes: &ClassNames,
        writes_labels: bool,
        block: &mut RowBlock,
    ) -> anyhow::Result<()> {
        let pipeline = &self.file.pipeline;
        let probabilities = classes.predict_proba(pipeline, rows)?;
        if pipeline.class_column().is_some() {
            let errors = pipeline.class_errors_of(rows, &probabilities)?;
            self.n_known += errors.n_samples();
            self.n_wrong += errors.n_wrong();
        }
        let predicted = classes.most_probable(&probabilities);
        predicted.iter().for_each(|&class| self.class_counts[class] += 1);
        if self.args.json {
            self.predicted.extend(&predicted);
        }
        if writes_labels && self.format == Format::Table {
            let names = predicted.iter().map(|&class| classes.names[class].clone());
            block.push(&format!("predicted_{}", classes.column), Values::Texts(names.collect()));
        } else if writes_labels {
            block.push("class", Values::Counts(predicted));
        }
        if self.args.proba {
            let names: Vec<String> = classes.names.iter().map(|name| format!("p_{name}")).collect();
            self.push_probabilities(&probabilities, &names, block);
        }
        Ok(())
    }

    fn push_probabilities(
        &mut self,
        probabilities: &Array2<f64>,
        names: &[String],
        block: &mut RowBlock,
    ) {
        for (name, values) in names.iter().zip(probabilities.columns()) {
            block.push_numbers(name, values);
        }
        if self.args.json {
            self.probabilities.extend(probabilities.rows().into_iter().map(|row| row.to_vec()));
        }
    }

    fn output(&self) -> PredictOutput<'_> {
        PredictOutput {
            n_samples: self.components.len(),
            n_components: self.counts.len(),
            counts: &self.counts,
            rows: &self.rows,
            components: &self.components,
            probabilities: self.args.proba.then_some(&self.probabilities),
            classes: self.classes.map(|ClassNames { column, names, .. }| ClassesOutput {
                column,
                names,
                predicted: &self.predicted,
            }),
        }
    }

    /// Prints the number of rows of each component or class, and the error of the classes that the data give.
    fn print_summary(&self) -> anyhow::Result<()> {
        let Some(ClassNames { column, names, .. }) = self.classes else {
            let components = (0..self.counts.len()).map(|component| component.to_string());
            return print_counts("component", components, &self.counts);
        };
        print_counts(&format!("predicted {column}"), names.iter().cloned(), &self.class_counts)?;
        if self.n_known == 0 {
            return Ok(());
        }
        let (n_wrong, n_known) = (self.n_wrong, self.n_known);
        let percent = 100.0 * n_wrong as f64 / n_known as f64;
        let known = counted(n_known, "row");
        print(|out| {
            writeln!(out, "{n_wrong} of {known} with a class predicted wrongly, {percent:.1} %")
        })
    }
}

/// Prints the number of rows of each component or class.
fn print_counts(
    heading: &str,
    names: impl Iterator<Item = String>,
    counts: &[usize],
) -> anyhow::Result<()> {
    let n = counts.iter().sum::<usize>() as f64;
    let share = |count: usize| format!("{:.1}", 100.0 * count as f64 / n);
    let lines = names.zip(counts).map(|(name, &count)| vec![name, count.to_string(), share(count)]);
    let text_table = TextTable::new([heading, "rows", "share in %"]).lines(lines);
    print(|out| writeln!(out, "{}", table(&text_table).trim_fmt()))
}
