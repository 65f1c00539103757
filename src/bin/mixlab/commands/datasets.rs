//! `mixlab datasets`

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use mixlab::TextTable;
use mixlab::datasets::{self, OlivettiSource};
use mixlab::table::{Cells, KindChoice, TableReader, check_format, write_columns, write_table};

use crate::images;
use crate::output::{check_folder, is_folder, print, table};
use crate::progress::Terminal;

/// List, download or export datasets.
///
/// All are embedded except the Olivetti faces, which are downloaded once. Commands that read tables take `dataset:NAME` for the name
/// of a file.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab datasets list\n  mixlab datasets fetch olivetti\n  \
    mixlab datasets export moons moons.csv\n  mixlab datasets export digits digits/")]
pub struct DatasetsArgs {
    #[command(subcommand)]
    pub command: DatasetsCommand,
}

#[derive(Subcommand)]
pub enum DatasetsCommand {
    /// List the datasets.
    List,
    /// Download a dataset that is not embedded and keep it in the user's cache directory.
    ///
    /// The Olivetti faces are searched for in the folder named by MIXLAB_DATA and in the cache directory; otherwise they are
    /// downloaded and verified by checksum.
    Fetch {
        /// Name of the dataset.
        #[arg(value_parser = ["olivetti"])]
        name: String,
    },
    /// Write the records of a dataset as .csv, .tsv, .txt or .npy, or as a folder of images. Datasets with categories are written as
    /// .csv or .tsv, with the names of the levels; missing values are empty.
    Export {
        /// Name of the dataset.
        name: String,
        /// Output: rows.csv, .tsv, .txt or .npy, or a folder (ending in /) with one image per row.
        file: PathBuf,
    },
}

pub fn run(args: &DatasetsArgs) -> anyhow::Result<()> {
    match &args.command {
        DatasetsCommand::List => list(),
        DatasetsCommand::Fetch { name: _ } => fetch(),
        DatasetsCommand::Export { name, file } => export(name, file),
    }
}

fn list() -> anyhow::Result<()> {
    let lines = datasets::ALL.map(|entry| {
        let (rows, columns) = entry.shape;
        let (rows, columns) = (rows.to_string(), columns.to_string());
        vec![entry.name.to_owned(), rows, columns, entry.about.to_owned()]
    });
    let list = TextTable::new(["name", "rows", "columns", "about"]).lines(lines);
    print(|out| writeln!(out, "{}", table(&list).trim_fmt()))
}

fn fetch() -> anyhow::Result<()> {
    let source = OlivettiSource::default();
    let (faces, file) = source.load(&Terminal::new("olivetti"))?;
    let (rows, columns) = faces.records.dim();
    let place = match file {
        Some(file) => format!("in {}", file.display()),
        None => "verified, but not stored: the cache directory cannot be written".into(),
    };
    print(|out| writeln!(out, "{rows} faces of {columns} pixels, {place}"))
}

fn export(name: &str, file: &Path) -> anyhow::Result<()> {
    let entry = datasets::find(name)?;
    let shape = if is_folder(file) {
        Some(images::check(file, entry.image, name)?)
    } else {
        check_folder(file)?;
        check_format(file)?;
        None
    };
    if let Some(text) = entry.text() {
        return export_text(name, text, file);
    }
    let data = entry.load(&Terminal::new(name))?;
    match shape {
        Some(shape) => images::write(file, data.records.view(), shape),
        None => Ok(write_table(file, data.records.view(), data.feature_names())?),
    }
}

/// Writes an embedded text table.
fn export_text(name: &str, text: &str, file: &Path) -> anyhow::Result<()> {
    let reader = TableReader::new().kinds(KindChoice::detect());
    let sheet = reader.read_from(Path::new(name), text.as_bytes())?;
    let columns = sheet.schema.columns();
    let records = &sheet.table.records;
    let is_plain = columns.iter().all(|column| column.kind.is_numeric());
    if is_plain && records.iter().all(|value| !value.is_nan()) {
        return Ok(write_table(file, records.view(), sheet.table.feature_names())?);
    }
    // texts, of which a missing value is an empty one; numbers are written as they are in other tables
    let texts: Vec<Option<Vec<String>>> = columns
        .iter()
        .zip(records.columns())
        .map(|(column, values)| {
            let has_texts = !column.kind.is_numeric() || values.iter().any(|value| value.is_nan());
            let text = |value: &f64| match column.kind.text(*value) {
                Some(text) => text,
                None if value.is_nan() => String::new(),
                None => value.to_string(),
            };
            has_texts.then(|| values.iter().map(text).collect())
        })
        .collect();
    let cells =
        columns.iter().zip(records.columns()).zip(&texts).map(|((column, values), texts)| {
            let cells = match texts {
                Some(texts) => Cells::Texts(texts),
                None => Cells::Numbers(values),
            };
            (column.name.clone(), cells)
        });
    Ok(write_columns(file, &cells.collect::<Vec<_>>())?)
}
