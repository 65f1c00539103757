//! Arguments of `mixlab impute`.

use std::path::PathBuf;

use clap::Parser;
use mixlab::{Clipping, Rounding};

use crate::commands::sample::{parse_clipping, parse_rounding};
use crate::input::DataArgs;

/// Fill missing values, or hidden parts of images, from a model.
///
/// A missing number becomes its expectation given the observed values of its row, and a missing category its most probable
/// level; --draw draws values instead, which vary as the data do (multiple imputation). Observed values keep their text.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab impute survey.npz survey.csv -o full.csv --deviations uncertain.csv\n  \
    mixlab impute survey.npz survey.csv --draw 5 -o full-{}.csv\n  \
    mixlab impute faces.npz half.png --mask mask.png -o whole.png\n  \
    mixlab impute faces.npz halves/ --columns pixel_0_0..pixel_31_63 --draw 4 -o grid.png")]
pub struct ImputeArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Draw the values of every row N times: the rows follow each other, numbered in a first column draw; if the name of the
    /// output contains {}, each draw is a file, and {} is its number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000), allow_negative_numbers = true)]
    pub draw: Option<u32>,

    /// Seed of the draws.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub seed: u64,

    /// Omit the residual noise of the directions that PCA dropped, and of low-rank covariances, from draws: smoother images.
    #[arg(long, requires = "draw")]
    pub no_residual: bool,

    /// Write a table with the standard deviation of each filled number, given the observed values of its row, and for each
    /// filled category the probability of the other levels; observed values are empty.
    #[arg(long, value_name = "FILE", conflicts_with = "draw")]
    pub deviations: Option<PathBuf>,

    /// For images: an image of the same size, white where pixels are hidden and black where they are kept. With --columns, the
    /// named pixels are kept and all others are hidden.
    #[arg(long, value_name = "IMAGE", conflicts_with = "columns")]
    pub mask: Option<PathBuf>,

    /// Output: rows.csv, .tsv or, with the feature "parquet", .parquet; .npy for the columns of the model alone; of images also
    /// .png (one image as it is, several as a grid), .svg, .pdf, or a folder (ending in /) with one image per row [default: CSV to
    /// standard output].
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Rounding of filled values: auto to the decimals of each column of the data; none; or a number of decimals [default: auto,
    /// or none for images].
    #[arg(long, value_name = "auto|none|N", value_parser = parse_rounding, allow_negative_numbers = true)]
    pub round: Option<Rounding>,

    /// Filled values that are possible: sign keeps the signs of the data and, with --draw, the shares of values that many rows
    /// have at an end of the range; range, or --clip alone, also clips to the range of the column in the data; none keeps all
    /// values of the model [default: sign, or none for images].
    #[arg(long, value_name = "none|sign|range", num_args = 0..=1, default_missing_value = "range", value_parser = parse_clipping)]
    pub clip: Option<Clipping>,

    #[command(flatten)]
    pub input: DataArgs,
}
