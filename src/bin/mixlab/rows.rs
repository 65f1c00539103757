//! Rows that a command answers with: columns of the data, and what was found out beside them.

use std::path::Path;

use mixlab::ending;
use mixlab::table::{Cells, Column, Sheet, write_columns, write_columns_to};
use ndarray::{ArrayView2, Axis};

use crate::output::{Usage, check_folder, print};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text between commas or tabs.
    Text,
    /// The numbers that were found out, alone.
    Npy,
}

impl Format {
    /// That of a file, or of standard output.
    pub fn of(path: Option<&Path>) -> Result<Self, Usage> {
        let Some(path) = path else { return Ok(Self::Text) };
        check_folder(path)?;
        match ending(path).as_str() {
            "csv" | "tsv" => Ok(Self::Text),
            "npy" => Ok(Self::Npy),
            _ => Err(Usage(format!(
                "{} is no name for rows; let it end in .csv, .tsv or .npy",
                path.display()
            ))),
        }
    }
}

/// Writes columns to a file, whole or not at all, or to standard output.
pub fn write(path: Option<&Path>, columns: &[(String, Cells<'_>)]) -> anyhow::Result<()> {
    match path {
        None => print(|out| write_columns_to(out, columns)),
        Some(path) => Ok(write_columns(path, columns)?),
    }
}

/// The columns of a sheet with their names, in the order of its file.
pub fn of_sheet<'a>(sheet: &'a Sheet, numbers: &'a [Vec<f64>]) -> Vec<(String, Cells<'a>)> {
    let names = sheet.table.feature_names();
    let cells = |column: &'a Column| match column {
        Column::Number(at) => (names[*at].clone(), Cells::Numbers(&numbers[*at])),
        Column::Text { name, values } => (name.clone(), Cells::Texts(values)),
    };
    sheet.columns.iter().map(cells).collect()
}

/// Columns as arrays of their own.
pub fn columns(records: ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    records.axis_iter(Axis(1)).map(|column| column.to_vec()).collect()
}

/// A sheet of some of the rows, in this order.
pub fn select(sheet: &Sheet, rows: &[usize]) -> Sheet {
    let table = &sheet.table;
    let names = table.feature_names().to_vec();
    let records = table.records.select(Axis(0), rows);
    let columns = sheet.columns.iter().map(|column| match column {
        Column::Number(at) => Column::Number(*at),
        Column::Text { name, values } => Column::Text {
            name: name.clone(),
            values: rows.iter().map(|&row| values[row].clone()).collect(),
        },
    });
    Sheet {
        columns: columns.collect(),
        rows: rows.iter().map(|&row| sheet.rows[row]).collect(),
        n_dropped: sheet.n_dropped,
        table: linfa::DatasetBase::from(records).with_feature_names(names),
    }
}

/// A name that no column has yet.
pub fn fresh_name(name: &str, columns: &[(String, Cells<'_>)]) -> String {
    let mut fresh = name.to_owned();
    while columns.iter().any(|(known, _)| *known == fresh) {
        fresh.push('_');
    }
    fresh
}
