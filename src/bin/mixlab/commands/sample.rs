//! `mixlab sample`

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Parser;
use mixlab::{Clipping, GivenModel, ModelFile, Progress, Rounding, Task, Unit, UserUnits, table};
use ndarray::{Array2, CowArray};

use crate::images;
use crate::input::{Assignments, given};
use crate::output::{Usage, check_folder, check_not_input, is_folder, output_file, print};
use crate::progress::Terminal;
use crate::rows::{self, RowBlock};

/// Sample new rows or images from a model.
///
/// Rows are written to standard output as CSV, or to a file or folder, with categories and dates as in the data, and with missing
/// values as in the data unless --complete. Memory does not limit the number of rows: they are written while they are drawn.
#[derive(Parser)]
#[command(after_help = "Examples:\n  \
    mixlab sample survey.npz -n 10000 --clip -o synthetic.csv\n  \
    mixlab sample survey.npz --given age=67 -n 1000 -o at-67.csv\n  \
    mixlab sample faces.npz -n 100 -o grid.png\n  \
    mixlab sample faces.npz -n 1000 -o new-faces/")]
pub struct SampleArgs {
    /// The model.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,

    /// Number of rows.
    #[arg(short, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub n: u64,

    /// Values of columns that are given: age=50,smoker=yes, or a range of one column, age=40..50; the other columns follow their distribution given these.
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = Assignments::from_str, default_value = "", hide_default_value = true)]
    pub given: Assignments,

    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_name = "S", allow_negative_numbers = true)]
    pub seed: u64,

    /// Output: rows.csv, .tsv, .txt, .npy or, with the feature "parquet", .parquet; for a model of images also grid.png,
    /// .svg or .pdf, or a folder (ending in /) with one image per row.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Rounding: auto to the decimals of each column of the data, so that whole numbers stay whole; none; or a number of
    /// decimals [default: auto, or none for images].
    #[arg(long, value_name = "auto|none|N", value_parser = parse_rounding, allow_negative_numbers = true)]
    pub round: Option<Rounding>,

    /// Values that are possible: sign keeps the signs of the data (a column without negative values gets none) and the
    /// shares of values that many rows have at an end of the range, such as 0; range, or --clip alone, also clips to the
    /// range of the column in the data; none keeps all values of the model [default: sign, or none for images].
    #[arg(long, value_name = "none|sign|range", num_args = 0..=1, default_missing_value = "range", value_parser = parse_clipping)]
    pub clip: Option<Clipping>,

    /// Draw complete rows, although values of the data are missing.
    #[arg(long)]
    pub complete: bool,

    /// Omit the residual noise of the directions that PCA dropped, and of low-rank covariances: smoother images.
    #[arg(long)]
    pub no_residual: bool,
}

pub fn parse_rounding(text: &str) -> Result<Rounding, String> {
    match text {
        "auto" => Ok(Rounding::Auto),
        "none" => Ok(Rounding::None),
        _ => match text.parse() {
            Ok(decimals @ 0..=15) => Ok(Rounding::Decimals(decimals)),
            _ => Err(format!("{text:?} is not auto, none or a number of decimals up to 15")),
        },
    }
}

pub fn parse_clipping(text: &str) -> Result<Clipping, String> {
    match text {
        "none" => Ok(Clipping::None),
        "sign" => Ok(Clipping::Sign),
        "range" => Ok(Clipping::Range),
        _ => Err(format!(
            "{text:?} is not none, sign or range; write --clip=range, or --clip after the other arguments"
        )),
    }
}

/// Destination of the rows.
enum Target<'a> {
    /// Standard output, as CSV.
    Out,
    Table(&'a Path),
    Grid(&'a Path),
    /// A folder with one image per row.
    Images(&'a Path),
}

pub fn run(args: &SampleArgs) -> anyhow::Result<()> {
    let target = Target::of(output_file(args.output.as_deref()))?;
    let file = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        check_not_input(path, [args.model.as_path()])?;
    }
    let n_samples = check_size(args.n, file.pipeline.n_features(), &target)?;
    let of_images = file.image.map(|_| Clipping::None);
    let clipping = args.clip.or(of_images).unwrap_or_default();
    let rounding = args.round.unwrap_or_default();
    let units = UserUnits { rounding, clipping, complete: args.complete };
    let given = given(&file, &args.given.0)?;
    let blocks = given.sample_blocks(n_samples, args.seed, !args.no_residual, units);
    match target {
        Target::Grid(path) => {
            let shape = images::check(path, file.image, "the model")?;
            images::write_grid(path, whole(args, &given, n_samples, units).view(), shape)?;
        }
        Target::Images(folder) => {
            let shape = images::check(folder, file.image, "the model")?;
            images::write(folder, whole(args, &given, n_samples, units).view(), shape)?;
        }
        Target::Out | Target::Table(_)
            if file.table_columns().iter().any(|column| column.kind.is_text()) =>
        {
            let mut progress = DrawnRows::new(args.n);
            let names = file.table_names();
            let blocks = blocks.map(|block| {
                progress.count(block.nrows());
                Ok(RowBlock::of_generated(&block, &names, file.table_columns()))
            });
            rows::write(target.table(), blocks)?;
        }
        Target::Out => {
            let (names, mut blocks) = (file.table_names(), blocks);
            print(|out| table::write_csv(out, &names, &mut blocks))?;
        }
        Target::Table(path) => {
            let names = file.table_names();
            let shape = (n_samples, names.len());
            let mut progress = DrawnRows::new(args.n);
            let mut blocks = blocks.map(|block| {
                progress.count(block.nrows());
                CowArray::from(block)
            });
            table::write_blocks(path, shape, &names, &mut blocks)?;
        }
    }
    Ok(())
}

impl<'a> Target<'a> {
    /// Returns the file of a table; none for standard output.
    fn table(&self) -> Option<&'a Path> {
        match self {
            Self::Table(path) => Some(path),
            _ => None,
        }
    }

    fn of(output: Option<&'a Path>) -> anyhow::Result<Self> {
        let Some(path) = output else { return Ok(Self::Out) };
        if is_folder(path) {
            return Ok(Self::Images(path));
        }
        check_folder(path)?;
        Ok(if images::is_picture(path) { Self::Grid(path) } else { Self::Table(path) })
    }
}

/// Progress of drawing rows.
struct DrawnRows {
    terminal: Terminal,
    n_drawn: u64,
    n: u64,
}

impl DrawnRows {
    fn new(n: u64) -> Self {
        Self { terminal: Terminal::new("sample"), n_drawn: 0, n }
    }

    fn count(&mut self, n_rows: usize) {
        self.n_drawn += n_rows as u64;
        self.terminal.update(&Task::new("drawing", self.n_drawn, Some(self.n), Unit::Rows));
    }
}

/// Maximum number of values drawn at once, for images: 1 GiB.
const MOST: u64 = 1 << 27;
/// Maximum number of rows of a table, so that no count overflows.
const MOST_ROWS: u64 = 1_000_000_000_000;
/// Maximum number of images in a grid.
const MOST_IMAGES: u64 = 10_000;

fn check_size(n: u64, n_features: usize, target: &Target<'_>) -> Result<usize, Usage> {
    let most = match target {
        Target::Out | Target::Table(_) => MOST_ROWS,
        Target::Images(_) => MOST / n_features as u64,
        Target::Grid(_) => MOST_IMAGES.min(MOST / n_features as u64),
    };
    match usize::try_from(n) {
        Ok(n_samples) if n <= most => Ok(n_samples),
        _ => Err(Usage(format!(
            "{n} rows are too many for this output; draw at most {most} at a time, each time with another --seed"
        ))),
    }
}

/// Draws all rows at once, for images; pixels are not rounded by default.
fn whole(
    args: &SampleArgs,
    model: &GivenModel<'_>,
    n_samples: usize,
    units: UserUnits,
) -> Array2<f64> {
    let rounding = args.round.unwrap_or(Rounding::None);
    model.sample(n_samples, args.seed, !args.no_residual, UserUnits { rounding, ..units })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_auto_none_or_a_number() {
        assert_eq!(parse_rounding("auto"), Ok(Rounding::Auto));
        assert_eq!(parse_rounding("none"), Ok(Rounding::None));
        assert_eq!(parse_rounding("2"), Ok(Rounding::Decimals(2)));
        assert!(parse_rounding("16").is_err() && parse_rounding("-1").is_err());
    }
}
