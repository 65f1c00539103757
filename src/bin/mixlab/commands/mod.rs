//! The commands, each with its arguments, execution and output.

mod bootstrap;
#[cfg(feature = "cluster")]
mod cluster;
mod compare;
mod completions;
mod convert;
mod datasets;
mod fit;
mod given;
mod guide;
mod impute;
mod info;
mod man;
#[cfg(feature = "notebooks")]
mod notebook;
#[cfg(feature = "plot")]
mod plot;
mod predict;
#[cfg(feature = "reproduce")]
mod reproduce;
mod sample;
mod schema;
mod score;
mod shapes;
#[cfg(feature = "verify")]
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mixlab::Criterion;

pub use guide::command_line;

/// Gaussian mixture models with standardisation and PCA: find clusters, detect anomalies, and generate tables and images.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  \
    mixlab fit survey.csv --exclude id -o survey.npz      # find the clusters\n  \
    mixlab sample survey.npz -n 10000 -o synthetic.csv    # generate similar rows\n  \
    mixlab compare survey.csv synthetic.csv               # test their quality\n\n\
    Data are written to standard output, messages to standard error. Exit codes: 0 for success; 1 if a computation failed; \
    2 if the command line or the input is invalid.\n\n\
    GUIDE.md answers questions by task, such as Which clusters are there?, and describes all formats; the help of each command names its \
    sections.")]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,

    /// Print errors only: no progress, no warnings.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Subcommand)]
pub enum Command {
    Fit(Box<fit::FitArgs>),
    Schema(schema::SchemaArgs),
    Sample(sample::SampleArgs),
    Predict(predict::PredictArgs),
    Score(score::ScoreArgs),
    Impute(Box<impute::ImputeArgs>),
    Info(info::InfoArgs),
    Given(given::GivenArgs),
    Bootstrap(bootstrap::BootstrapArgs),
    #[cfg(feature = "plot")]
    Plot(plot::PlotArgs),
    Compare(compare::CompareArgs),
    Convert(convert::ConvertArgs),
    #[cfg(feature = "cluster")]
    Cluster(cluster::ClusterArgs),
    #[cfg(feature = "reproduce")]
    Reproduce(reproduce::ReproduceArgs),
    #[cfg(feature = "verify")]
    Verify(verify::VerifyArgs),
    Datasets(datasets::DatasetsArgs),
    #[cfg(feature = "notebooks")]
    Notebook(notebook::NotebookArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Command {
    /// Whether the command handles interrupts itself.
    pub fn handles_interrupts(&self) -> bool {
        match self {
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => true,
            _ => false,
        }
    }

    /// Runs the command. An experiment, comparison or notebook that fails results in a failure exit code, not an error.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Fit(args) => fit::run(args)?,
            Self::Schema(args) => schema::run(args)?,
            Self::Sample(args) => sample::run(args)?,
            Self::Predict(args) => predict::run(args)?,
            Self::Score(args) => score::run(args)?,
            Self::Impute(args) => impute::run(args)?,
            Self::Info(args) => info::run(args)?,
            Self::Given(args) => given::run(args)?,
            Self::Bootstrap(args) => bootstrap::run(args)?,
            #[cfg(feature = "plot")]
            Self::Plot(args) => plot::run(args)?,
            Self::Compare(args) => compare::run(args)?,
            Self::Convert(args) => convert::run(args)?,
            #[cfg(feature = "cluster")]
            Self::Cluster(args) => cluster::run(args)?,
            #[cfg(feature = "reproduce")]
            Self::Reproduce(args) => return reproduce::run(args),
            #[cfg(feature = "verify")]
            Self::Verify(args) => return verify::run(args),
            Self::Datasets(args) => datasets::run(args)?,
            #[cfg(feature = "notebooks")]
            Self::Notebook(args) => return notebook::run(args),
            Self::Completions(args) => completions::run(args)?,
            Self::Man(args) => man::run(args)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the names of all criteria, joined for a sentence.
fn criteria() -> String {
    let [others @ .., last] = Criterion::ALL.map(Criterion::name);
    format!("{} or {last}", others.join(", "))
}
