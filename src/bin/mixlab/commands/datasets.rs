//! `mixlab datasets`

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use mixlab::TextTable;
use mixlab::datasets::{self, OlivettiSource};
use mixlab::table::{check_format, write_table};

use crate::images;
use crate::output::{check_folder, is_folder, print, table};
use crate::progress::Terminal;

/// List, download or export datasets.
///
/// All are embedded except the Olivetti faces, which are downloaded once.
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
    /// Write the records of a dataset as .csv, .tsv, .txt or .npy, or as a folder of images.
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
    let data = entry.load(&Terminal::new(name))?;
    match shape {
        Some(shape) => images::write(file, data.records.view(), shape),
        None => Ok(write_table(file, data.records.view(), data.feature_names())?),
    }
}
