//! Arguments of `mixlab score`.

use std::path::PathBuf;

use clap::Parser;

use crate::input::{DataArgs, parse_share};

/// Compute the log-density of each row, and detect anomalies.
///
/// Writes the columns of the data, followed by the log-density of each row. With --anomalies or --threshold only anomalous
/// rows are written, those of lowest log-density first, with their anomalous columns: those whose value is more than two
/// standard deviations from its expected value given the other values of the row, and those whose category has a probability
/// below 5 % given the other values.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab score survey.npz survey.csv -o scored.csv\n  \
    mixlab score survey.npz new-customers.csv --anomalies 4%\n  \
    mixlab score survey.npz new-customers.csv --threshold=-25 --json")]
pub struct ScoreArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Write only the rows with the lowest log-density: a share of all rows, such as 4% or 0.04.
    #[arg(long, value_name = "SHARE", value_parser = parse_share, conflicts_with = "threshold", allow_negative_numbers = true)]
    pub anomalies: Option<f64>,

    /// Write only the rows with a log-density below this threshold.
    #[arg(long, value_name = "T", value_parser = parse_threshold, allow_negative_numbers = true)]
    pub threshold: Option<f64>,

    /// Leave out the columns of the data.
    #[arg(long)]
    pub only: bool,

    /// File to write: .csv, .tsv, .txt or .parquet, or .npy for log-densities alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Read Parquet files with the processes of a cluster: local, or the scheduler at HOST:PORT. Log-densities are written
    /// alone, in the order of the rows.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "local|HOST:PORT", requires = "only", conflicts_with_all = ["json", "anomalies", "threshold"])]
    pub cluster: Option<String>,

    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

/// Criterion of anomalous rows.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// This share of all rows, with the lowest log-density.
    Share(f64),
    /// Rows with a log-density below this threshold.
    Below(f64),
}

impl ScoreArgs {
    /// Returns the criterion of anomalous rows; none if all rows are requested.
    pub fn limit(&self) -> Option<Limit> {
        self.anomalies.map(Limit::Share).or(self.threshold.map(Limit::Below))
    }
}

fn parse_threshold(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(threshold) if !threshold.is_nan() => Ok(threshold),
        _ => Err(format!("{text:?} is not a log-density; write a number such as -25")),
    }
}
