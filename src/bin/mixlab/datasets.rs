//! `mixlab datasets`

use std::process::ExitCode;

use mixlab::datasets;
use mixlab::table::write_table;

use crate::args::{DatasetsArgs, DatasetsCommand};
use crate::output::{print, table};

pub fn run(args: &DatasetsArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        DatasetsCommand::List => {
            let mut list = table(&["name", "rows", "columns", "about"]);
            for entry in &datasets::ALL {
                let (rows, columns) = entry.load().records.dim();
                list.add_row([
                    entry.name.to_owned(),
                    rows.to_string(),
                    columns.to_string(),
                    entry.about.to_owned(),
                ]);
            }
            print(|out| writeln!(out, "{}", list.trim_fmt()))?;
        }
        DatasetsCommand::Export { name, file } => {
            let data = datasets::find(name)?.load();
            write_table(file, data.records.view(), data.feature_names())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
