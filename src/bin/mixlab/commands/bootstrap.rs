//! `mixlab bootstrap`

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use mixlab::{
    Bootstrap, BootstrapParams, Intervals, LikelihoodRatio, ModelFile, Resampling, TextTable,
    ValueKind,
};
use ndarray::Array2;
use serde::Serialize;

use crate::input::{self, ReadArgs};
use crate::output::{Usage, note, print, print_json, table};

/// Tell how sure the parameters of a model are, and whether its components are found again.
///
/// The model is fitted again to many samples of the rows that it was fitted to, with its components matched. Prints intervals of the
/// weights, means and standard deviations, and the stability of each component: the mean similarity of its rows to those of its
/// counterparts, from 0 to 1. With --likelihood-ratio, it tests the number of components against one more. The scaler, PCA and shapes
/// of the model are kept.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab bootstrap survey.npz survey.csv\n  \
    mixlab bootstrap survey.npz survey.csv --from model -n 199 --json\n  \
    mixlab bootstrap survey.npz survey.csv --likelihood-ratio -n 99")]
pub struct BootstrapArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// The rows that it was fitted to.
    #[arg(value_name = "DATA", required = true)]
    pub data: Vec<String>,

    /// Number of samples.
    #[arg(short, value_name = "N", default_value_t = 999)]
    pub n_replicates: usize,

    /// What samples are drawn from.
    #[arg(
        long,
        value_enum,
        value_name = "SOURCE",
        default_value = "rows",
        conflicts_with = "likelihood_ratio"
    )]
    pub from: From,

    /// Probability of the intervals.
    #[arg(long, value_name = "P", default_value_t = 0.95, conflicts_with = "likelihood_ratio")]
    pub level: f64,

    /// Test the number of components against one more, by samples of the model.
    #[arg(long)]
    pub likelihood_ratio: bool,

    /// Random seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub read_args: ReadArgs,
}

/// What samples are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// The rows, with replacement.
    Rows,
    /// The model.
    Model,
}

/// JSON output of intervals.
#[derive(Serialize)]
struct BootstrapOutput {
    n_samples: usize,
    n_replicates: usize,
    n_failed: usize,
    n_reordered: usize,
    level: f64,
    weights: IntervalsOutput<Vec<f64>>,
    /// Names of the columns of the means and standard deviations.
    numbers: Vec<String>,
    means: IntervalsOutput<Vec<Vec<f64>>>,
    standard_deviations: IntervalsOutput<Vec<Vec<f64>>>,
    stability: Vec<f64>,
    adjusted_rand_index: [f64; 3],
}

/// Numbers of the shape of the estimates.
#[derive(Serialize)]
struct IntervalsOutput<T> {
    estimate: T,
    standard_error: T,
    low: T,
    high: T,
}

/// JSON output of a test.
#[derive(Serialize)]
struct RatioOutput {
    n_components: usize,
    statistic: f64,
    p_value: f64,
    n_replicates: usize,
    n_failed: usize,
}

pub fn run(args: &BootstrapArgs) -> anyhow::Result<()> {
    let file = ModelFile::load(&args.model)?;
    if file.rules.is_some() {
        let problem =
            "rows of models with rules between columns are not drawn again; fit without --rules";
        return Err(Usage(problem.into()).into());
    }
    let rows = input::rows_of_model(&file, &args.data, &args.read_args)?;
    let resampling = match args.from {
        From::Rows => Resampling::Rows,
        From::Model => Resampling::Model,
    };
    let params = BootstrapParams::default()
        .n_replicates(args.n_replicates)
        .resampling(resampling)
        .level(args.level)
        .seed(args.seed);
    if args.likelihood_ratio {
        let test = file.pipeline.likelihood_ratio(rows.view(), &params)?;
        report_failed(test.n_failed, test.n_replicates);
        return if args.json { print_json(&ratio_output(&test)) } else { print_ratio(&test) };
    }
    let found = file.pipeline.bootstrap(rows.view(), &params)?;
    report_failed(found.n_failed, found.n_replicates);
    let numbers = numbers(&file);
    if args.json {
        print_json(&output(&found, (rows.nrows(), args.level), &numbers))
    } else {
        print_intervals(&found, args, &numbers)
    }
}

/// Names and kinds of the columns that are numbers.
fn numbers(file: &ModelFile) -> Vec<(String, ValueKind)> {
    let names = file.column_names();
    let kind = |column: usize| file.columns.get(column).map(|column| column.kind.clone());
    let numbers = file.pipeline.layout().numbers().iter();
    numbers.map(|&column| (names[column].clone(), kind(column).unwrap_or_default())).collect()
}

fn report_failed(n_failed: usize, n_replicates: usize) {
    if n_failed > 0 {
        note(format_args!(
            "{n_failed} of {n_replicates} samples could not be fitted and are left out: a component had too few rows; fit fewer components"
        ));
    }
}

fn print_intervals(
    found: &Bootstrap,
    args: &BootstrapArgs,
    numbers: &[(String, ValueKind)],
) -> anyhow::Result<()> {
    let from = match args.from {
        From::Rows => "the rows",
        From::Model => "the model",
    };
    let (n_fitted, percent) = (found.n_replicates - found.n_failed, 100.0 * args.level);
    let [low, median, high] = found.agreement;
    print(|out| {
        writeln!(out, "{n_fitted} samples of {from}, intervals of {} %", percent as f32)?;
        writeln!(out, "\n{}", table(&TextTable::from(found)))?;
        if !numbers.is_empty() {
            let means = TextTable::of_intervals("mean", &found.means, numbers);
            writeln!(out, "\n{}", table(&means))?;
            // those of dates are days
            let numbers: Vec<_> =
                numbers.iter().map(|(name, _)| (name.clone(), ValueKind::Numeric)).collect();
            let what = "standard deviation";
            let deviations = TextTable::of_intervals(what, &found.standard_deviations, &numbers);
            writeln!(out, "\n{}", table(&deviations))?;
        }
        writeln!(out, "\nadjusted Rand index with the model: {median:.3} ({low:.3} to {high:.3})")
    })
}

fn print_ratio(test: &LikelihoodRatio) -> anyhow::Result<()> {
    let LikelihoodRatio { n_components, statistic, p_value, n_replicates, n_failed, .. } = test;
    let plural = if *n_components == 1 { "" } else { "s" };
    let verdict = if *p_value <= 0.05 { "one more is needed" } else { "one more is not needed" };
    print(|out| {
        writeln!(
            out,
            "{n_components} component{plural} against {}: statistic {:.2}, p = {p_value:.4} by {} samples of the model: {verdict} at 0.05",
            n_components + 1,
            statistic,
            n_replicates - n_failed
        )
    })
}

fn ratio_output(test: &LikelihoodRatio) -> RatioOutput {
    RatioOutput {
        n_components: test.n_components,
        statistic: test.statistic,
        p_value: test.p_value,
        n_replicates: test.n_replicates,
        n_failed: test.n_failed,
    }
}

fn output(
    found: &Bootstrap,
    (n_samples, level): (usize, f64),
    numbers: &[(String, ValueKind)],
) -> BootstrapOutput {
    let matrix = |array: &Array2<f64>| -> Vec<Vec<f64>> {
        array.rows().into_iter().map(|row| row.to_vec()).collect()
    };
    let of_numbers = |intervals: &Intervals<ndarray::Ix2>| IntervalsOutput {
        estimate: matrix(&intervals.estimate),
        standard_error: matrix(&intervals.standard_error),
        low: matrix(&intervals.low),
        high: matrix(&intervals.high),
    };
    BootstrapOutput {
        n_samples,
        n_replicates: found.n_replicates,
        n_failed: found.n_failed,
        n_reordered: found.n_reordered,
        level,
        weights: IntervalsOutput {
            estimate: found.weights.estimate.to_vec(),
            standard_error: found.weights.standard_error.to_vec(),
            low: found.weights.low.to_vec(),
            high: found.weights.high.to_vec(),
        },
        numbers: numbers.iter().map(|(name, _)| name.clone()).collect(),
        means: of_numbers(&found.means),
        standard_deviations: of_numbers(&found.standard_deviations),
        stability: found.stability.to_vec(),
        adjusted_rand_index: found.agreement,
    }
}
