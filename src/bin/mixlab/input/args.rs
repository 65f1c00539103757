//! DATA of any command: where it is, and which part of it counts.

use std::ops::Deref;
use std::str::FromStr;

use clap::Args;

/// Where the data are, and which part of them counts.
#[derive(Args, Default)]
pub struct DataArgs {
    /// A table (CSV, TSV, text between semicolons or blanks, .npy, .npz, Parquet with that feature; gzip as well), a folder
    /// or pattern of images, several images, dataset:NAME, or - for standard input.
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<String>,

    #[command(flatten)]
    pub how: ReadArgs,
}

/// How data are read.
#[derive(Args, Default, Clone)]
#[command(next_help_heading = "Reading data")]
pub struct ReadArgs {
    /// Columns to take, between commas; first..last takes all from one to another [default: all, or those of the model].
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub columns: Names,

    /// Columns to leave out, between commas; names with commas in them between double quotes.
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub exclude: Names,

    /// Leave out rows in which a value is missing.
    #[arg(long)]
    pub drop_missing: bool,

    /// The first line names the columns, even if all names are numbers.
    #[arg(long, conflicts_with = "no_header")]
    pub header: bool,

    /// The first line is data.
    #[arg(long)]
    pub no_header: bool,

    /// Leave out the first lines of a file.
    #[arg(long, value_name = "LINES", default_value_t = 0, hide_default_value = true)]
    pub skip: usize,

    /// Bring images to one size.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    pub resize: Option<(u32, u32)>,

    /// Read images in colour as grey.
    #[arg(long)]
    pub grey: bool,
}

/// Names between commas, quoted as in a CSV file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl FromStr for Names {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let record = csv.records().next().transpose().map_err(|error| error.to_string())?;
        let names = record.iter().flatten().map(|name| name.trim().to_owned());
        Ok(Self(names.filter(|name| !name.is_empty()).collect()))
    }
}

impl Deref for Names {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

/// Largest side of an image.
const LARGEST: u32 = 1 << 14;

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let side = |text: &str| text.trim().parse().ok().filter(|side| (1..=LARGEST).contains(side));
    let sides = text.split_once(['x', 'X']).map(|(width, height)| (side(width), side(height)));
    match sides {
        Some((Some(width), Some(height))) => Ok((width, height)),
        _ => Err(format!("{text:?} is not a size; write the width and the height like 64x48")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_commas_between_quotes() {
        let names = |text: &str| text.parse::<Names>().unwrap().0;
        assert_eq!(names("a, b"), ["a", "b"]);
        assert_eq!(names("\"name, first\",id"), ["name, first", "id"]);
        assert!(names("").is_empty());
    }

    #[test]
    fn sizes_are_width_by_height() {
        assert_eq!(parse_size("64x48"), Ok((64, 48)));
        for bad in ["64", "x", "0x3", "3x-1", "99999x1", ""] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
