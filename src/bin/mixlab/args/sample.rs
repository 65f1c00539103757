//! `mixlab sample`

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

/// Draw new rows or images from a model.
///
/// Rows go to standard output as text between commas, or to a file or folder. Any number can be drawn: rows are written
/// as they are drawn.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab sample survey.npz -n 10000 --clip -o synthetic.csv\n  \
    mixlab sample faces.npz -n 100 -o grid.png\n  \
    mixlab sample faces.npz -n 1000 -o new-faces/")]
pub struct SampleArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Number of rows.
    #[arg(short, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub n: u64,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,

    /// Where to write: rows.csv, .tsv, .txt, .npy or (with that feature) .parquet; for a model of images also grid.png or
    /// .svg, or a folder (ending in /) for an image each.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Decimals of the numbers: auto gives each column as many as the data have, so that whole numbers stay whole; none
    /// leaves all digits; or a number of decimals.
    #[arg(long, default_value = "auto", value_name = "auto|none|N")]
    pub round: Rounding,

    /// Bring values into the range that the column has in the data.
    #[arg(long)]
    pub clip: bool,

    /// Leave out the residual noise of the directions that PCA dropped: smoother images.
    #[arg(long)]
    pub no_residual: bool,
}

/// How many decimals generated values have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// As many as those of the column.
    Auto,
    /// All of them.
    None,
    /// So many.
    Decimals(u32),
}

impl FromStr for Rounding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            _ => match text.parse() {
                Ok(decimals @ 0..=15) => Ok(Self::Decimals(decimals)),
                _ => Err(format!("{text:?} is not auto, none or a number of decimals up to 15")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_auto_none_or_a_number() {
        assert_eq!("auto".parse(), Ok(Rounding::Auto));
        assert_eq!("none".parse(), Ok(Rounding::None));
        assert_eq!("2".parse(), Ok(Rounding::Decimals(2)));
        assert!("16".parse::<Rounding>().is_err() && "-1".parse::<Rounding>().is_err());
    }
}
