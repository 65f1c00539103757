//! `mixlab compare`

use std::path::PathBuf;

use clap::Parser;

use super::data::ReadArgs;

/// Compare a synthetic table or set of images with the original.
///
/// Do the columns, pairs of columns and regions of a synthetic table follow the original's, can a classifier tell them
/// apart, and are its rows new or copies? At most --rows rows of each are compared, drawn at random. The verdict refuses at
/// most about one in a hundred true copies of the distribution.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab compare survey.csv synthetic.csv --exclude id\n  \
    mixlab compare survey.csv synthetic.csv --html report.html\n  \
    mixlab compare faces/ new-faces/ --json")]
pub struct CompareArgs {
    /// The original: a table, or a folder or pattern of images.
    #[arg(value_name = "ORIGINAL")]
    pub original: String,

    /// The synthetic one, with the same columns.
    #[arg(value_name = "SYNTHETIC")]
    pub synthetic: String,

    /// Rows of each that are compared at most.
    #[arg(long, default_value_t = 2000, value_name = "N", value_parser = clap::value_parser!(u32).range(20..))]
    pub rows: u32,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,

    /// Write a page with pictures as well.
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,

    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub how: ReadArgs,
}
