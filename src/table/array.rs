//! Arrays as tables.

use std::io::Read;

use linfa::DatasetBase;
use ndarray::{Array2, ArrayD, Axis, Ix2};

use super::choice::some_of;
use super::column_names;
use super::reader::{Source, TableReader};
use super::sheet::{Column, Sheet, without};
use crate::arrays::{self, Archive};
use crate::error::{Error, Result};

/// Reads a `.npy` array, of `length` bytes if that is known.
pub(super) fn read_npy(
    source: &Source<'_>,
    input: impl Read,
    length: Option<u64>,
) -> Result<Array2<f64>> {
    let array = match length {
        Some(length) => arrays::read_npy(input, length),
        // a pipe does not tell its length
        None => {
            let bytes = source.all(input)?;
            arrays::read_npy(&bytes[..], bytes.len() as u64)
        }
    };
    matrix(source, array.map_err(|problem| source.array_format(problem))?)
}

/// Reads the only array of an archive, or the one that is named as data are.
pub(super) fn read_npz(source: &Source<'_>, input: impl Read) -> Result<Array2<f64>> {
    let mut archive = Archive::new(source.path, source.all(input)?)?;
    let names = archive.names();
    let name = match names.as_slice() {
        [only] => only.clone(),
        _ => {
            let preferred = ["data", "x", "X"].map(String::from);
            preferred.into_iter().find(|name| names.contains(name)).ok_or_else(|| {
                source.array_format(format!(
                    "it holds {}; name the one to read \"data\"",
                    if names.is_empty() { "no arrays".into() } else { some_of(&names) }
                ))
            })?
        }
    };
    matrix(source, archive.get(&name)?)
}

/// An array of one or two dimensions as rows.
fn matrix(source: &Source<'_>, array: ArrayD<f64>) -> Result<Array2<f64>> {
    let n_dimensions = array.ndim();
    let array = if n_dimensions == 1 { array.insert_axis(Axis(1)) } else { array };
    let Ok(records) = array.into_dimensionality::<Ix2>() else {
        return Err(source.no_table(n_dimensions));
    };
    if records.is_empty() {
        return Err(Error::EmptyTable { path: source.path.into() });
    }
    // only what is in another order is copied
    Ok(match records.is_standard_layout() {
        true => records,
        false => records.as_standard_layout().into_owned(),
    })
}

/// A sheet of the columns that a reader wants of an array with these names, or with none.
pub(super) fn sheet(
    reader: &TableReader<'_>,
    source: &Source<'_>,
    records: Array2<f64>,
    names: &[String],
) -> Result<Sheet> {
    let named = !names.is_empty();
    let names = column_names(names, records.ncols());
    let chosen = reader.choice.resolve(source.path, &names, named)?;
    let all = chosen.iter().copied().eq(0..names.len());
    let mut records = if all { records } else { records.select(Axis(1), &chosen) };
    let n_rows = records.nrows();
    let names = chosen.iter().map(|&column| names[column].clone()).collect::<Vec<_>>();
    let has_gap = |row: &usize| records.row(*row).iter().any(|value| value.is_nan());
    let dropped: Vec<usize> = (0..n_rows).filter(has_gap).collect();
    if !reader.drop_missing
        && let Some(((row, column), _)) = records.indexed_iter().find(|(_, v)| v.is_nan())
    {
        return Err(Error::MissingValues {
            path: source.path.into(),
            unit: "row",
            line: row + 1,
            column: chosen[column] + 1,
            name: names[column].clone(),
            n_values: records.iter().filter(|value| value.is_nan()).count(),
            n_rows: dropped.len(),
            of_rows: n_rows,
        });
    }
    let rows = without(n_rows, &dropped);
    if rows.is_empty() {
        return Err(Error::NothingComplete { path: source.path.into(), n_rows });
    }
    if !dropped.is_empty() {
        records = records.select(Axis(0), &rows);
    }
    let columns = (0..names.len()).map(Column::Number).collect();
    let table = DatasetBase::from(records).with_feature_names(names);
    Ok(Sheet { table, columns, rows, n_dropped: dropped.len() })
}
