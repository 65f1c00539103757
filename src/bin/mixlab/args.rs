//! The command line's grammar.

use std::collections::HashSet;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use mixlab::{CovarianceType, Criterion, Init, PcaComponents};

/// Gaussian mixture models with a dimension-reduction front end.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Fit a mixture to a table, or search for the best one.
    Fit(Box<FitArgs>),
    /// Draw new rows or images from a model.
    Sample(SampleArgs),
    /// Reproduce the tutorials' figures and numbers as an HTML report.
    #[cfg(feature = "reproduce")]
    Reproduce(ReproduceArgs),
    /// Ask the same questions of linfa, and show where the answers differ.
    #[cfg(feature = "verify")]
    Verify(VerifyArgs),
    /// List, download or export datasets.
    Datasets(DatasetsArgs),
    /// Run Jupyter notebooks without Jupyter.
    #[cfg(feature = "notebooks")]
    Notebook(NotebookArgs),
}

/// Fits a Gaussian mixture to a table. With several numbers of components or covariance types, fits
/// them all and keeps the one with the lowest criterion.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab fit dataset:moons --components 1..19 -o moons.npz\n  \
    mixlab fit survey.csv --standardize --components 1..8 --covariance all --n-init 10\n  \
    mixlab fit dataset:digits --pca 0.99 --whiten --components 70 -o digits.npz")]
pub struct FitArgs {
    /// A .csv, .tsv, .npy, .npz or white-space text file, or dataset:NAME.
    pub data: String,

    /// Where to write the model.
    #[arg(short, long, value_name = "MODEL.npz")]
    pub output: Option<PathBuf>,

    /// Numbers of components: 4, 1..10, 30..90:10 or 2,4,8; ranges include both ends [default: 1..10, or
    /// that of --start].
    #[arg(long, short = 'k', value_name = "NUMBERS")]
    pub components: Option<Numbers>,

    /// Covariance types: full, tied, diag, spherical, several between commas, or all [default: full,
    /// or that of --start].
    #[arg(long, value_name = "TYPES")]
    pub covariance: Option<CovarianceTypes>,

    /// What the best model minimises: bic, aic or icl.
    #[arg(long, default_value_t, value_parser = Criterion::from_str)]
    pub criterion: Criterion,

    /// Scale columns to mean 0 and standard deviation 1 first.
    #[arg(long)]
    pub standardize: bool,

    /// Keep principal components first: a share of the variance (0.99), a count (20), or all.
    #[arg(long, value_name = "SHARE|COUNT", value_parser = parse_pca)]
    pub pca: Option<PcaComponents>,

    /// Scale the principal components to variance 1.
    #[arg(long, requires = "pca")]
    pub whiten: bool,

    /// Restarts of each model, of which the best is kept.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub n_init: u32,

    /// Most EM iterations of a restart.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub max_iter: usize,

    /// Change of the mean log-likelihood below which EM has converged.
    #[arg(long, default_value_t = 1e-3, value_name = "T")]
    pub tol: f64,

    /// Let EM leap ahead of its own steps, each leap checked: fewer passes where components overlap
    #[arg(long)]
    pub accelerate: bool,

    /// Added to the diagonal of every covariance.
    #[arg(long, default_value_t = 1e-6, value_name = "R")]
    pub reg_covar: f64,

    /// How a restart begins: kmeans, kmeans++, rows or random; auto is kmeans for the first restart,
    /// then rows and kmeans in turn.
    #[arg(long, default_value = "auto", value_parser = Init::from_str, conflicts_with = "start")]
    pub init: Init,

    /// Go on from the mixture of this model, behind its own scaler and PCA.
    #[arg(long, value_name = "MODEL.npz", conflicts_with_all = ["standardize", "pca", "whiten"])]
    pub start: Option<PathBuf>,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,

    /// Print one JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Draws rows from a model: as text between commas on standard output, or to a file.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab sample survey.npz -n 10000 -o synthetic.csv\n  \
    mixlab sample digits.npz -n 100 -o digits.png")]
pub struct SampleArgs {
    /// The model.
    #[arg(value_name = "MODEL.npz")]
    pub model: PathBuf,

    /// Number of rows.
    #[arg(short, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub n: u64,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,

    /// Where to write: rows.csv, .tsv, .txt or .npy, or grid.png or .svg for a model of images.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Leave out the residual noise of the directions that PCA dropped: smoother images.
    #[arg(long)]
    pub no_residual: bool,
}

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

/// Fits linfa's mixtures and PCA to the tutorials' data beside ours and compares: exit code 1 if ours is at fault.
#[cfg(feature = "verify")]
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab verify\n  mixlab verify --json > verified.json")]
pub struct VerifyArgs {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The datasets: embedded ones, and the faces, which are downloaded once.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab datasets list\n  mixlab datasets fetch olivetti\n  \
    mixlab datasets export moons moons.csv")]
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
    /// Write the records of a dataset as .csv, .tsv, .txt or .npy.
    Export {
        /// Name of the dataset.
        name: String,
        /// Where to write: rows.csv, .tsv, .txt or .npy.
        file: PathBuf,
    },
}

/// Jupyter notebooks in Rust (evcxr), run without Python and without Jupyter.
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

/// A list of whole numbers of at least 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers(pub Vec<usize>);

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(parse_range).collect::<Result<Vec<_>, _>>()?;
        let mut numbers = parts.concat();
        let mut seen = HashSet::new();
        numbers.retain(|&number| seen.insert(number));
        Ok(Self(numbers))
    }
}

/// Most numbers in a range.
const MOST_MODELS: usize = 10_000;

/// `4`, `1..10` or `30..90:10`, both ends included.
fn parse_range(text: &str) -> Result<Vec<usize>, String> {
    let number = |part: &str| match part.trim().parse::<usize>() {
        Ok(0) => Err("the number of components must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => {
            Err(format!("{part:?} is not a whole number; write 4, 1..10, 30..90:10 or 2,4,8"))
        }
    };
    let Some((first, rest)) = text.split_once("..") else {
        return Ok(vec![number(text)?]);
    };
    let (last, step) = rest.split_once(':').unwrap_or((rest, "1"));
    let (first, last, step) = (number(first)?, number(last)?, number(step)?);
    if first > last {
        return Err(format!("the range {text} is empty; write the smaller number first"));
    }
    if (last - first) / step >= MOST_MODELS {
        return Err(format!("the range {text} asks for more than {MOST_MODELS} models"));
    }
    Ok((first..=last).step_by(step).collect())
}

/// A list of covariance types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CovarianceTypes(pub Vec<CovarianceType>);

impl FromStr for CovarianceTypes {
    type Err = mixlab::Error;

    fn from_str(text: &str) -> Result<Self, mixlab::Error> {
        if text == "all" {
            return Ok(Self(CovarianceType::ALL.to_vec()));
        }
        let mut types = Vec::new();
        for name in text.split(',') {
            let family = name.trim().parse()?;
            if !types.contains(&family) {
                types.push(family);
            }
        }
        Ok(Self(types))
    }
}

fn parse_pca(text: &str) -> Result<PcaComponents, String> {
    if text == "all" {
        return Ok(PcaComponents::All);
    }
    let count = text.parse().map(PcaComponents::Count);
    let share = || text.parse().map(PcaComponents::Variance);
    count.or_else(|_| share()).map_err(|_| format!("{text:?} is not a share, a count or all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_single_listed_or_ranges_with_both_ends() {
        let numbers = |text: &str| text.parse::<Numbers>().map(|numbers| numbers.0);
        assert_eq!(numbers("4").unwrap(), [4]);
        assert_eq!(numbers("1..3").unwrap(), [1, 2, 3]);
        assert_eq!(numbers("30..90:30").unwrap(), [30, 60, 90]);
        assert_eq!(numbers("2,4,8").unwrap(), [2, 4, 8]);
        assert_eq!(numbers("3,1..3,3").unwrap(), [3, 1, 2]);
        for bad in ["0", "0..3", "3..1", "x", "", "1..", "2..4:0", "-1", "1..99999999999"] {
            assert!(numbers(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pca_takes_shares_counts_and_all() {
        assert_eq!(parse_pca("0.99").unwrap(), PcaComponents::Variance(0.99));
        assert_eq!(parse_pca("20").unwrap(), PcaComponents::Count(20));
        assert_eq!(parse_pca("all").unwrap(), PcaComponents::All);
        assert!(parse_pca("many").is_err());
    }
}
