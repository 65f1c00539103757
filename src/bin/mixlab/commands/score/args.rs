//! Arguments of `mixlab score`.

use std::path::PathBuf;

use clap::Parser;

use crate::input::DataArgs;

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

    /// Where to write: .csv, .tsv, .txt or .parquet, or .npy for log-densities alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Have Parquet files read by the processes of a cluster: local, or the scheduler at HOST:PORT. Answers are written alone,
    /// in the order of the rows.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "local|HOST:PORT", requires = "only", conflicts_with_all = ["json", "anomalies", "threshold"])]
    pub cluster: Option<String>,

    /// Print one JSON object instead.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub input: DataArgs,
}

/// Which rows are anomalous.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// This share of all, the least likely.
    Share(f64),
    /// Those with a log-density below this.
    Below(f64),
}

impl ScoreArgs {
    /// Which rows are asked for, if not all.
    pub fn limit(&self) -> Option<Limit> {
        self.anomalies.map(Limit::Share).or(self.threshold.map(Limit::Below))
    }
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
