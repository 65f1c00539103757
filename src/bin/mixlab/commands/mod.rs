//! The commands: a file for each, with its arguments, what it runs, and what it prints.

#[cfg(feature = "cluster")]
mod cluster;
mod compare;
mod completions;
mod convert;
mod datasets;
mod fit;
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
mod score;
#[cfg(feature = "verify")]
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mixlab::Criterion;

/// Gaussian mixture models with a dimension-reduction preprocessor: find clusters, score rows, and generate tables and
/// images like your own.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  \
    mixlab fit survey.csv --exclude id -o survey.npz      # which clusters are there?\n  \
    mixlab sample survey.npz -n 10000 -o synthetic.csv    # ten thousand rows like them\n  \
    mixlab compare survey.csv synthetic.csv               # are they alike?\n\n\
    Data go to standard output, everything else to standard error. Exit codes: 0; 1 if a computation failed; 2 if the \
    command line or the input is wrong.")]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,

    /// Say nothing on standard error but errors: no progress, no warnings.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Subcommand)]
pub enum Command {
    Fit(Box<fit::FitArgs>),
    Sample(sample::SampleArgs),
    Predict(predict::PredictArgs),
    Score(score::ScoreArgs),
    Info(info::InfoArgs),
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
    /// Whether it ends in order by itself when it is interrupted.
    pub fn ends_by_itself(&self) -> bool {
        match self {
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => true,
            _ => false,
        }
    }

    /// Runs the command; an experiment, a question or a notebook that went wrong is a failure without an error.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Fit(args) => fit::run(args)?,
            Self::Sample(args) => sample::run(args)?,
            Self::Predict(args) => predict::run(args)?,
            Self::Score(args) => score::run(args)?,
            Self::Info(args) => info::run(args)?,
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

/// The names of all criteria, as they stand in a sentence.
fn criteria() -> String {
    let [others @ .., last] = Criterion::ALL.map(Criterion::name);
    format!("{} or {last}", others.join(", "))
}
