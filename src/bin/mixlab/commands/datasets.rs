//! `mixlab datasets`

use std::process::ExitCode;

use mixlab::Listing;
use mixlab::datasets::{self, OlivettiSource};
use mixlab::table::{check_format, write_table};

use crate::args::{DatasetsArgs, DatasetsCommand};
use crate::images;
use crate::output::{check_folder, is_folder, print, table};
use crate::progress::downloading;

pub fn run(args: &DatasetsArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        DatasetsCommand::List => {
            let lines = datasets::ALL.map(|entry| {
                let (rows, columns) = entry.shape;
                vec![
                    entry.name.to_owned(),
                    rows.to_string(),
                    columns.to_string(),
                    entry.about.to_owned(),
                ]
            });
            let list = Listing::new(["name", "rows", "columns", "about"]).lines(lines);
            print(|out| writeln!(out, "{}", table(&list).trim_fmt()))?;
        }
        DatasetsCommand::Fetch { name: _ } => {
            let source = OlivettiSource::default();
            let (faces, file) = downloading(|observer| source.load(observer))?;
            let (rows, columns) = faces.records.dim();
            let place = match file {
                Some(file) => format!("in {}", file.display()),
                None => {
                    "verified, but they could not be kept: the cache directory cannot be written"
                        .into()
                }
            };
            print(|out| writeln!(out, "{rows} faces of {columns} pixels, {place}"))?;
        }
        DatasetsCommand::Export { name, file } => {
            let entry = datasets::find(name)?;
            let shape = match is_folder(file) {
                true => Some(images::check(file, entry.image, name)?),
                false => {
                    check_folder(file)?;
                    check_format(file)?;
                    None
                }
            };
            let data = downloading(|observer| entry.load(observer))?;
            match shape {
                Some(shape) => images::write(file, data.records.view(), shape)?,
                None => write_table(file, data.records.view(), data.feature_names())?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
