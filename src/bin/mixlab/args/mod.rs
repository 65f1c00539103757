//! The command line's grammar, a file for each command on the user's own data.

mod answer;
#[cfg(feature = "cluster")]
mod cluster;
mod compare;
mod convert;
mod data;
mod fit;
mod sample;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use answer::{InfoArgs, PredictArgs, ScoreArgs};
#[cfg(feature = "plot")]
pub use answer::{PlotArgs, PlotKind};
#[cfg(feature = "cluster")]
pub use cluster::{ClusterArgs, ClusterCommand, ExecutorArgs, SchedulerArgs};
pub use compare::CompareArgs;
pub use convert::{CompletionsArgs, ConvertArgs, ManArgs};
pub use data::{DataArgs, Names, ReadArgs};
pub use fit::FitArgs;
pub use sample::{Rounding, SampleArgs};

/// Gaussian mixture models with a dimension-reduction front end: find clusters, score rows, and generate tables and
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
    Fit(Box<FitArgs>),
    Sample(SampleArgs),
    Predict(PredictArgs),
    Score(ScoreArgs),
    Info(InfoArgs),
    #[cfg(feature = "plot")]
    Plot(PlotArgs),
    Compare(CompareArgs),
    Convert(ConvertArgs),
    #[cfg(feature = "cluster")]
    Cluster(ClusterArgs),
    #[cfg(feature = "reproduce")]
    Reproduce(ReproduceArgs),
    #[cfg(feature = "verify")]
    Verify(VerifyArgs),
    Datasets(DatasetsArgs),
    #[cfg(feature = "notebooks")]
    Notebook(NotebookArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
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
}

/// Reproduce the tutorials' figures and numbers as an HTML report.
///
/// Runs the tutorials' experiments and writes index.html, report.json and every figure.
#[cfg(feature = "reproduce")]
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab reproduce\n  mixlab reproduce moons -o moons-report")]
pub struct ReproduceArgs {
    /// Which experiments; all if none is named.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Folder of the report.
    #[arg(short, long, default_value = "report", value_name = "FOLDER")]
    pub output: PathBuf,

    /// Coarser grids and fewer restarts of what takes longest (olivetti).
    #[arg(long)]
    pub quick: bool,
}

/// Ask the same questions of linfa, and show where the answers differ.
///
/// Fits linfa's mixtures and PCA to the tutorials' data beside ours and compares: exit code 1 if ours is at fault.
#[cfg(feature = "verify")]
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab verify\n  mixlab verify --json > verified.json")]
pub struct VerifyArgs {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// List, download or export datasets.
///
/// They are embedded, but for the faces, which are downloaded once.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab datasets list\n  mixlab datasets fetch olivetti\n  \
    mixlab datasets export moons moons.csv\n  mixlab datasets export digits digits/")]
pub struct DatasetsArgs {
    #[command(subcommand)]
    pub command: DatasetsCommand,
}

#[derive(Subcommand)]
pub enum DatasetsCommand {
    /// List the datasets.
    List,
    /// Download a dataset that is not embedded and keep it in the user's cache directory.
    ///
    /// The Olivetti faces are looked for in the folder that MIXLAB_DATA names, then in the cache directory, then
    /// downloaded and verified by checksum.
    Fetch {
        /// Name of the dataset.
        #[arg(value_parser = ["olivetti"])]
        name: String,
    },
    /// Write the records of a dataset as .csv, .tsv, .txt or .npy, or as a folder of images.
    Export {
        /// Name of the dataset.
        name: String,
        /// Where to write: rows.csv, .tsv, .txt or .npy, or a folder (ending in /) for an image each.
        file: PathBuf,
    },
}

/// Run Jupyter notebooks without Jupyter.
///
/// No Jupyter and no Python are needed: cells are run by evcxr.
#[cfg(feature = "notebooks")]
#[derive(Parser)]
pub struct NotebookArgs {
    #[command(subcommand)]
    pub command: NotebookCommand,
}

#[cfg(feature = "notebooks")]
#[derive(Subcommand)]
pub enum NotebookCommand {
    /// Execute every cell in order, each notebook in a fresh context.
    ///
    /// Crates that notebooks depend on are compiled once, into the user's cache directory. A cell fails if it does not
    /// compile, panics or writes to standard error; that ends the notebook.
    #[command(after_help = "Examples:\n  mixlab notebook run notebooks/*.ipynb --check\n  \
        mixlab notebook run notebooks/03-moons-density.ipynb --write")]
    Run {
        /// The notebooks.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,

        /// Compare outputs with those in the file: text by its words and numbers, pictures by type and size.
        #[arg(long, conflicts_with = "write")]
        check: bool,

        /// Write outputs and execution counts into the file.
        #[arg(long)]
        write: bool,

        /// Seconds that a cell may take; a compilation is waited for even so.
        #[arg(long, default_value_t = 600.0, value_name = "S", value_parser = parse_seconds)]
        timeout: f64,
    },
}

#[cfg(feature = "notebooks")]
fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e9 => Ok(seconds),
        _ => Err(format!("{text:?} is not a number of seconds above 0")),
    }
}
