//! Commands that ask a model: `predict`, `score`, `info`, `plot`.

use std::path::PathBuf;
#[cfg(feature = "plot")]
use std::str::FromStr;

use clap::Parser;
#[cfg(feature = "plot")]
use clap::ValueEnum;
#[cfg(feature = "plot")]
use mixlab::Criterion;

use super::data::DataArgs;
#[cfg(feature = "plot")]
use super::data::{Names, ReadArgs};

/// Tell which component each row belongs to.
///
/// Writes the columns of the data and, beside them, the most probable component of each row, counted from 0. Columns are
/// those that the model was fitted to, found by name; other columns of a text are carried through.
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

    /// Where to write: .csv or .tsv, or .npy for labels (with --proba: probabilities) alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Print one JSON object instead.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

/// Tell how likely each row is, and which are odd.
///
/// Writes the columns of the data and, beside them, the log-density of each row. With --anomalies or --threshold only odd
/// rows are written, the oddest first, and which of their columns are odd: those whose value lies more than two standard
/// deviations from what the other values of the row suggest.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab score survey.npz survey.csv -o scored.csv\n  \
    mixlab score survey.npz new-customers.csv --anomalies 4%\n  \
    mixlab score survey.npz new-customers.csv --threshold=-25 --json")]
pub struct ScoreArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Write the least likely rows only: a share of all, such as 4% or 0.04.
    #[arg(long, value_name = "SHARE", value_parser = parse_share, conflicts_with = "threshold")]
    pub anomalies: Option<f64>,

    /// Write the rows with a log-density below this only.
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub threshold: Option<f64>,

    /// Leave out the columns of the data.
    #[arg(long)]
    pub only: bool,

    /// Where to write: .csv or .tsv, or .npy for log-densities alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Print one JSON object instead.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

/// Tell what a model is: its components in the units of the data.
///
/// Prints the front end, how the model was chosen, and weight, means and standard deviations of each component.
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

/// Draw a model: pairs of columns, densities, boundaries, criterion curves.
///
/// With more than two columns, densities and boundaries are those of each pair of columns alone.
#[cfg(feature = "plot")]
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab plot pairs survey.npz survey.csv --show age,income,visits -o pairs.png\n  \
    mixlab plot density survey.npz --show age,income -o density.png\n  \
    mixlab plot criterion survey.npz -o bic.svg")]
pub struct PlotArgs {
    /// What to draw.
    #[arg(value_enum)]
    pub kind: PlotKind,

    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Rows to draw with it, as for fit; without any, rows generated from the model are drawn.
    #[arg(value_name = "DATA")]
    pub data: Vec<String>,

    /// Columns to show, between commas [default: the first four].
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub show: Names,

    /// For criterion: bic, aic or icl [default: the one that chose the model].
    #[arg(long)]
    pub criterion: Option<Criterion>,

    /// Seed of generated rows.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,

    /// Where to write: a .png or .svg file.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    #[command(flatten)]
    pub how: ReadArgs,
}

/// What a plot shows.
#[cfg(feature = "plot")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotKind {
    /// Every pair of columns as points with the ellipses of the components, and every column as a histogram with the
    /// densities of these.
    Pairs,
    /// The density of pairs of columns in bands.
    Density,
    /// Rows of pairs of columns in the colours of their components, and where these change.
    Boundaries,
    /// The criterion of every model of the search.
    Criterion,
    /// The means of the components of a model of images.
    Means,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse().map(|percent: f64| percent / 100.0),
        None => text.trim().parse(),
    };
    match share {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("{text:?} is not a share; write 4% or 0.04")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_parts_or_percents() {
        assert_eq!(parse_share("4%"), Ok(0.04));
        assert_eq!(parse_share(" 0.5 "), Ok(0.5));
        for bad in ["4", "101%", "-1%", "some", "%"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
    }
}
