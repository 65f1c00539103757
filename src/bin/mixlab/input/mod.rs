//! DATA of the command line: a table, images, standard input, or `dataset:NAME`.

mod args;
mod asked;
#[cfg(feature = "images")]
mod images;
#[cfg(not(feature = "images"))]
#[path = "no_images.rs"]
mod images;
mod memory;

use std::io;
use std::path::Path;

use mixlab::table::{Sheet, StreamedTable, TableReader, TableSize};
use mixlab::{ImageShape, MemoryBudget, datasets};
use ndarray::Array2;

use crate::output::{Usage, note};
use crate::progress::Terminal;

pub use args::{DataArgs, Names, ReadArgs};
pub use asked::AskedRows;
pub use memory::parse_bytes;

/// Rows that were read, and the shape of their images if they are images.
pub struct Input {
    pub sheet: Sheet,
    pub image: Option<ImageShape>,
}

/// What the data are read for.
#[derive(Clone, Copy, Default)]
pub struct Purpose<'a> {
    /// What the data should be like.
    pub like: Option<Like<'a>>,
    /// Whether columns that are not wanted are kept as text.
    pub carry: bool,
    /// How much memory reading them, and a fit to them, may take.
    pub memory: MemoryBudget,
}

impl<'a> Purpose<'a> {
    /// Names of the columns that are wanted unless others are chosen; none if nobody knows.
    pub fn names(&self) -> &'a [String] {
        self.like.map(|like| like.names).unwrap_or_default()
    }
}

/// Data that others should be like: those of a model, or of an original.
#[derive(Clone, Copy)]
pub struct Like<'a> {
    /// Names of the columns, which are wanted unless others are chosen.
    pub names: &'a [String],
    /// The shape of images.
    #[cfg_attr(not(feature = "images"), expect(dead_code))]
    pub image: Option<ImageShape>,
}

/// Reads what the arguments name.
pub fn read(data: &[String], how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let input = match data {
        [one] => read_one(one, how, purpose)?,
        several => {
            refuse_tables(several)?;
            let files = several.iter().map(|path| images::files(Path::new(path)));
            let files = files.collect::<mixlab::Result<Vec<_>>>()?.concat();
            images::read(&files, how, purpose)?
        }
    };
    tell_dropped(input.sheet.n_dropped, input.sheet.rows.len());
    Ok(input)
}

/// Refuses options of reading that Parquet files on a cluster have no use for.
#[cfg(feature = "cluster")]
pub fn refuse_reading_options(how: &ReadArgs) -> Result<(), Usage> {
    let given = [
        ("--drop-missing", how.drop_missing),
        ("--header", how.header),
        ("--no-header", how.no_header),
        ("--skip", how.skip > 0),
        ("--resize", how.resize.is_some()),
        ("--grey", how.grey),
    ];
    match given.into_iter().find(|&(_, given)| given) {
        Some((option, _)) => {
            Err(Usage(format!("{option} is not for --cluster, which reads Parquet files whole")))
        }
        None => Ok(()),
    }
}

/// Whether a name stands for a table, in a file or on standard input, and not for a dataset or images.
pub fn is_table(data: &str) -> bool {
    data == "-" || !(data.starts_with("dataset:") || images::are_at(Path::new(data)))
}

/// How large a table would be in memory, if that can be told.
pub fn size(
    path: &Path,
    how: &ReadArgs,
    purpose: Purpose<'_>,
) -> mixlab::Result<Option<TableSize>> {
    reader(how, purpose.names(), false).size(path)
}

/// Opens a table whose rows are to stay where they are, or in a temporary file.
pub fn open(data: &str, how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<StreamedTable> {
    let reader = reader(how, purpose.names(), false).memory_budget(purpose.memory);
    let table = match data {
        "-" => reader.open_from(Path::new("standard input"), io::stdin().lock())?,
        _ => {
            refuse_image_options(data, how)?;
            let path = Path::new(data);
            reader.observer(&Terminal::new(data)).open(path)?
        }
    };
    tell_dropped(table.n_dropped(), table.n_samples());
    Ok(table)
}

fn tell_dropped(n_dropped: usize, n_left: usize) {
    if n_dropped > 0 {
        let n_rows = n_dropped + n_left;
        note(format_args!("{n_dropped} of {n_rows} rows have missing values and are left out"));
    }
}

fn read_one(data: &str, how: &ReadArgs, purpose: Purpose<'_>) -> anyhow::Result<Input> {
    let reader = reader(how, purpose.names(), purpose.carry).memory_budget(purpose.memory);
    if let Some(name) = data.strip_prefix("dataset:") {
        let entry = datasets::find(name)?;
        let sheet = reader.choose(Path::new(data), entry.load(&Terminal::new(name))?)?;
        let whole = sheet.table.records.ncols() == entry.shape.1;
        return Ok(Input { sheet, image: entry.image.filter(|_| whole) });
    }
    let path = Path::new(data);
    if data == "-" {
        let sheet = reader.read_from(Path::new("standard input"), io::stdin().lock())?;
        return Ok(Input { sheet, image: None });
    }
    if images::are_at(path) {
        return images::read(&images::files(path)?, how, purpose);
    }
    refuse_image_options(data, how)?;
    let sheet = reader.observer(&Terminal::new(data)).read(path)?;
    Ok(Input { sheet, image: None })
}

fn reader<'a>(how: &ReadArgs, names: &[String], carry: bool) -> TableReader<'a> {
    let mut reader = TableReader::new()
        .columns_or_in_order(names)
        .exclude(how.exclude.iter())
        .skip(how.skip)
        .drop_missing(how.drop_missing)
        .carry(carry);
    if !how.columns.is_empty() {
        reader = reader.columns(how.columns.iter());
    }
    match (how.header, how.no_header) {
        (true, _) => reader.header(true),
        (_, true) => reader.header(false),
        _ => reader,
    }
}

/// Options for images mean nothing for a table.
fn refuse_image_options(data: &str, how: &ReadArgs) -> Result<(), Usage> {
    if how.resize.is_some() || how.grey {
        return Err(Usage(format!("--resize and --grey are for images, and {data} is a table")));
    }
    Ok(())
}

/// What else can be done with several tables.
const OF_SEVERAL_TABLES: &str =
    if cfg!(feature = "cluster") { ", or give Parquet files to fit --cluster local" } else { "" };

/// Files that are not images are tables, of which there can be one.
fn refuse_tables(data: &[String]) -> Result<(), Usage> {
    match data.iter().find(|data| !images::are_at(Path::new(data))) {
        Some(table) => Err(Usage(format!(
            "{table} is no image, and only images can be several; put tables together into one file{OF_SEVERAL_TABLES}"
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
