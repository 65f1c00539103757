//! DATA arguments and reading options of the commands.

use std::ops::Deref;
use std::str::FromStr;

use clap::Args;

/// Data with the options for reading them.
#[derive(Args, Default, Clone)]
pub struct DataArgs {
    /// A table (CSV, TSV, text separated by semicolons or whitespace, .npy, .npz, or Parquet with the feature "parquet"; also
    /// compressed by gzip or zip), a folder or glob pattern of images, several images, an array of images (.npy), dataset:NAME,
    /// or - for standard input.
    #[arg(required = true, value_name = "DATA")]
    pub data: Vec<String>,

    #[command(flatten)]
    pub read_args: ReadArgs,
}

/// Options for reading data.
#[derive(Args, Default, Clone)]
#[command(next_help_heading = "Reading data")]
pub struct ReadArgs {
    /// Columns to use, comma-separated; first..last is a range of columns [default: all, or those of the model].
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub columns: Names,

    /// Columns to leave out, comma-separated; put names that contain commas in double quotes.
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub exclude: Names,

    /// Columns to read as categories, whatever they hold, comma-separated.
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub categorical: Names,

    /// Columns to read as numbers, even if all values are dates like 20220117, comma-separated.
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub numeric: Names,

    /// Columns to read as dates or times, comma-separated; NAME=dmy has the day first, and NAME=mdy the month.
    #[arg(long, value_name = "NAMES", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    pub date: Names,

    /// Drop rows with missing values in the columns that are used.
    #[arg(long)]
    pub drop_missing: bool,

    /// The first line is a header, even if all column names are numbers.
    #[arg(long, conflicts_with = "no_header")]
    pub header: bool,

    /// The first line is data, not a header.
    #[arg(long)]
    pub no_header: bool,

    /// Separator of the values of a text table: a character; space is any white space, tab a tabulator [default: detected].
    #[arg(long, value_name = "CHARACTER", value_parser = parse_separator)]
    pub separator: Option<char>,

    /// Decimal mark of a text table: a point or a comma; the other may separate thousands [default: detected].
    #[arg(long, value_name = ".|,", value_parser = parse_decimal)]
    pub decimal: Option<char>,

    /// Texts or numbers that are missing values of a text table, comma-separated, in addition to empty fields, NA, null, -, .,
    /// ?, #DIV/0! and the like.
    #[arg(long, value_name = "LIST", value_parser = Names::from_str, default_value = "", hide_default_value = true)]
    #[arg(allow_hyphen_values = true)]
    pub missing_values: Names,

    /// Beginning of comments in a text table; '' if there are none [default: #].
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub comment: Option<String>,

    /// Number of lines to skip at the beginning of the file.
    #[arg(
        long,
        value_name = "LINES",
        default_value_t = 0,
        hide_default_value = true,
        allow_negative_numbers = true
    )]
    pub skip: usize,

    /// Resize images to this size.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    pub resize: Option<(u32, u32)>,

    /// Convert colour images to grey.
    #[arg(long)]
    pub grey: bool,
}

impl ReadArgs {
    /// The same options without those of kinds, for a table that is read with the kinds of another.
    pub fn without_kinds(self) -> Self {
        let (categorical, numeric, date) = Default::default();
        Self { categorical, numeric, date, ..self }
    }

    /// Whether an option is set that applies to text tables only, other than those for the header and the lines to skip.
    pub fn has_text_options(&self) -> bool {
        self.separator.is_some()
            || self.decimal.is_some()
            || !self.missing_values.is_empty()
            || self.comment.is_some()
    }
}

/// Comma-separated names, quoted as in a CSV file.
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

fn parse_separator(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    let is_separator =
        |c: &char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"\"+-.\r\n".contains(*c);
    match (characters.next().filter(is_separator), characters.next(), text) {
        (_, _, "tab" | "\\t") => Ok('\t'),
        (_, _, "space") => Ok(' '),
        (Some(separator), None, _) => Ok(separator),
        _ => Err(format!(
            "{text:?} is not a separator; write a character such as ';', or tab or space"
        )),
    }
}

fn parse_decimal(text: &str) -> Result<char, String> {
    match text {
        "." | "point" => Ok('.'),
        "," | "comma" => Ok(','),
        _ => Err(format!("{text:?} is not a decimal mark; write . or ,")),
    }
}

/// Maximum width and height of an image.
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
    fn quoted_names_may_contain_commas() {
        let names = |text: &str| text.parse::<Names>().unwrap().0;
        assert_eq!(names("a, b"), ["a", "b"]);
        assert_eq!(names("\"name, first\",id"), ["name, first", "id"]);
        assert!(names("").is_empty());
    }

    #[test]
    fn separators_and_decimal_marks_are_characters() {
        for (text, expected) in
            [(";", ';'), ("tab", '\t'), ("\t", '\t'), ("space", ' '), (" ", ' ')]
        {
            assert_eq!(parse_separator(text), Ok(expected));
        }
        for bad in ["", "1", "a", ";;", ".", "é"] {
            assert!(parse_separator(bad).is_err(), "{bad}");
        }
        assert_eq!((parse_decimal("."), parse_decimal("comma")), (Ok('.'), Ok(',')));
        assert!(parse_decimal(";").is_err());
    }

    #[test]
    fn sizes_are_width_by_height() {
        assert_eq!(parse_size("64x48"), Ok((64, 48)));
        for bad in ["64", "x", "0x3", "3x-1", "99999x1", ""] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
