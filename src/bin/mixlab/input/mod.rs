//! Input data of the command line: a table, images, standard input, or `dataset:NAME`.

mod args;
mod broken_rules;
mod decisions;
mod given;
#[cfg(feature = "images")]
mod images;
#[cfg(not(feature = "images"))]
#[path = "no_images.rs"]
mod images;
mod input_rows;
mod kinds;
mod memory;
mod share;

use std::io;
use std::path::Path;

use mixlab::table::{KindChoice, Sheet, StreamedTable, TableReader, TableSize};
use mixlab::{Column, ImageShape, MemoryBudget, ModelFile, datasets};
use ndarray::Array2;

use crate::output::{Usage, note};
use crate::progress::Terminal;

pub use args::{DataArgs, Names, ReadArgs};
#[cfg(feature = "cluster")]
pub use decisions::report as report_decisions;
pub use given::{Assignment, Assignments, given};
pub use input_rows::InputRows;
use kinds::detected;
pub use kinds::kinds_of;
pub use memory::parse_bytes;
pub use share::parse_share;

/// Rows that were read, and the shape of their images if they are images.
pub struct Input {
    pub sheet: Sheet,
    pub image: Option<ImageShape>,
}

/// The purpose for which data are read.
#[derive(Clone, Copy, Default)]
pub struct Purpose<'a> {
    /// Expected columns and image shape.
    pub expected: Option<Expected<'a>>,
    /// Whether columns that are not requested are kept as text.
    pub carry: bool,
    /// Whether all columns of a text table are kept as text as well.
    pub texts: bool,
    /// Memory budget of reading, and of a fit.
    pub memory: MemoryBudget,
    /// The columns whose kinds are read, such as those of a model; they are detected if none are given.
    pub kinds: Option<&'a [Column]>,
    /// Whether texts that are not levels of these columns become further levels.
    pub new_levels: bool,
}

impl<'a> Purpose<'a> {
    /// Names of the columns that are read by default; empty if unknown.
    pub fn names(&self) -> &'a [String] {
        self.expected.map(|expected| expected.names).unwrap_or_default()
    }

    /// Returns the choice of kinds.
    fn kind_choice(&self, read_args: &ReadArgs) -> Result<KindChoice, Usage> {
        match self.kinds {
            Some(columns) => Ok(kinds_of(read_args, columns)?.new_levels(self.new_levels)),
            None => Ok(detected(read_args)),
        }
    }
}

/// Expected columns and image shape: those of a model, or of the original table.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Names of the columns, which are read by default.
    pub names: &'a [String],
    /// The shape of images.
    #[cfg_attr(not(feature = "images"), expect(dead_code))]
    pub image: Option<ImageShape>,
}

/// Reads the rows of a model into memory, with the columns of its mixture.
pub fn rows_of_model(
    file: &ModelFile,
    data: &[String],
    read_args: &ReadArgs,
) -> anyhow::Result<Array2<f64>> {
    let names = names_of(file.table_columns());
    let expected = Expected { names: &names, image: file.image };
    let kinds = Some(file.table_columns());
    let purpose = Purpose { expected: Some(expected), kinds, ..Purpose::default() };
    let sheet = read(data, read_args, purpose)?.sheet;
    Ok(file.encode(Path::new(&data[0]), &sheet)?.into_owned())
}

/// Reads the data that the arguments name.
pub fn read(data: &[String], read_args: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let input = match data {
        [one] => read_one(one, read_args, purpose)?,
        several => {
            refuse_tables(several)?;
            let files = several.iter().map(|path| images::files(Path::new(path)));
            let files = files.collect::<mixlab::Result<Vec<_>>>()?.concat();
            images::read(&files, read_args, purpose)?
        }
    };
    if let [one] = data {
        decisions::report(one, &input.sheet.decisions);
    }
    report_dropped(input.sheet.n_dropped, input.sheet.rows.len());
    Ok(input)
}

/// Returns an error for reading options that do not apply to Parquet files on a cluster.
#[cfg(feature = "cluster")]
pub fn refuse_reading_options(read_args: &ReadArgs) -> Result<(), Usage> {
    let given = [
        ("--categorical", !read_args.categorical.is_empty()),
        ("--numeric", !read_args.numeric.is_empty()),
        ("--date", !read_args.date.is_empty()),
        ("--drop-missing", read_args.drop_missing),
        ("--header", read_args.header),
        ("--no-header", read_args.no_header),
        ("--separator", read_args.separator.is_some()),
        ("--decimal", read_args.decimal.is_some()),
        ("--missing-values", !read_args.missing_values.is_empty()),
        ("--comment", read_args.comment.is_some()),
        ("--skip", read_args.skip > 0),
        ("--resize", read_args.resize.is_some()),
        ("--grey", read_args.grey),
    ];
    match given.into_iter().find(|&(_, given)| given) {
        Some((option, _)) => Err(Usage(format!(
            "{option} does not apply to --cluster, which reads all rows of Parquet files"
        ))),
        None => Ok(()),
    }
}

/// Whether a name refers to a table, in a file or on standard input, and not to a dataset or images.
pub fn is_table(data: &str) -> bool {
    data == "-" || !(data.starts_with("dataset:") || images::are_at(Path::new(data)))
}

/// Returns the size of a table in memory, if it can be estimated.
pub fn size(
    path: &Path,
    read_args: &ReadArgs,
    purpose: Purpose<'_>,
) -> anyhow::Result<Option<TableSize>> {
    let kinds = purpose.kind_choice(read_args)?;
    Ok(reader(read_args, purpose.names(), false).kinds(kinds).size(path)?)
}

/// Opens a table whose rows stay in their file, or in a temporary file.
pub fn open(
    data: &str,
    read_args: &ReadArgs,
    purpose: Purpose<'_>,
) -> anyhow::Result<StreamedTable> {
    let kinds = purpose.kind_choice(read_args)?;
    let reader = reader(read_args, purpose.names(), false).memory_budget(purpose.memory);
    let reader = reader.kinds(kinds);
    let table = match data {
        "-" => reader.open_from(Path::new("standard input"), io::stdin().lock())?,
        _ => {
            refuse_image_options(data, read_args)?;
            let path = Path::new(data);
            reader.observer(&Terminal::new(data)).open(path)?
        }
    };
    decisions::report(data, table.decisions());
    report_dropped(table.n_dropped(), table.n_samples());
    Ok(table)
}

fn report_dropped(n_dropped: usize, n_left: usize) {
    if n_dropped > 0 {
        let n_rows = n_dropped + n_left;
        note(format_args!("{n_dropped} of {n_rows} rows have missing values and are dropped"));
    }
}

fn read_one(data: &str, read_args: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let reader = reader(read_args, purpose.names(), purpose.carry).memory_budget(purpose.memory);
    let reader = reader.keep_texts(purpose.texts);
    let kinds = purpose.kind_choice(read_args)?;
    if let Some(name) = data.strip_prefix("dataset:") {
        let entry = datasets::find(name)?;
        if let Some(text) = entry.text() {
            // the text is read as a file is
            let sheet = reader.kinds(kinds).read_from(Path::new(data), text.as_bytes())?;
            return Ok(Input { image: None, sheet });
        }
        // pixels are numbers
        let kinds = if entry.image.is_some() { KindChoice::numbers() } else { kinds };
        let reader = reader.kinds(kinds);
        let sheet = reader.choose(Path::new(data), entry.load(&Terminal::new(name))?)?;
        let whole = sheet.table.records.ncols() == entry.shape.1;
        return Ok(Input { sheet, image: entry.image.filter(|_| whole) });
    }
    let path = Path::new(data);
    let reader = reader.kinds(kinds);
    if data == "-" {
        let sheet = reader.read_from(Path::new("standard input"), io::stdin().lock())?;
        return Ok(Input { image: sheet.image, sheet });
    }
    if images::are_at(path) {
        return images::read(&images::files(path)?, read_args, purpose);
    }
    refuse_image_options(data, read_args)?;
    let sheet = reader.observer(&Terminal::new(data)).read(path)?;
    Ok(Input { image: sheet.image, sheet })
}

fn reader<'a>(read_args: &ReadArgs, names: &[String], carry: bool) -> TableReader<'a> {
    let mut reader = TableReader::new()
        .columns_or_in_order(names)
        .exclude(read_args.exclude.iter())
        .skip(read_args.skip)
        .missing_values(read_args.missing_values.iter())
        .drop_missing(read_args.drop_missing)
        .carry(carry);
    if !read_args.columns.is_empty() {
        reader = reader.columns(read_args.columns.iter());
    }
    if let Some(separator) = read_args.separator {
        reader = reader.separator(separator);
    }
    if let Some(mark) = read_args.decimal {
        reader = reader.decimal_mark(mark);
    }
    if let Some(prefix) = &read_args.comment {
        reader = reader.comment(prefix);
    }
    match (read_args.header, read_args.no_header) {
        (true, _) => reader.header(true),
        (_, true) => reader.header(false),
        _ => reader,
    }
}

/// The names of columns.
pub fn names_of(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone()).collect()
}

/// Returns an error for image options with a table.
fn refuse_image_options(data: &str, read_args: &ReadArgs) -> Result<(), Usage> {
    if read_args.resize.is_some() || read_args.grey {
        return Err(Usage(format!("--resize and --grey are for images, and {data} is a table")));
    }
    Ok(())
}

/// Remedy for several tables, in addition to concatenation.
const OF_SEVERAL_TABLES: &str =
    if cfg!(feature = "cluster") { ", or give Parquet files to fit --cluster local" } else { "" };

/// Returns an error for several files that are not images: only one table can be read.
fn refuse_tables(data: &[String]) -> Result<(), Usage> {
    match data.iter().find(|data| !images::are_at(Path::new(data))) {
        Some(table) => Err(Usage(format!(
            "{table} is not an image, and only images can be several files; concatenate tables into one file{OF_SEVERAL_TABLES}"
        ))),
        None => Ok(()),
    }
}

impl Input {
    pub fn records(&self) -> &Array2<f64> {
        &self.sheet.table.records
    }

    pub fn names(&self) -> Vec<String> {
        self.sheet.table.feature_names().to_vec()
    }
}
