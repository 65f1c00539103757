//! Functions that write tables: from a matrix, blocks of rows, or columns.

use std::io::{self, Write};
use std::path::Path;

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};

use super::cells::{Cells, ColumnKind};
use super::columns::column_names;
use super::format::written;
use super::writer::TableWriter;
use crate::error::{Error, Result};

/// Checks that [`TableWriter`] writes files with the extension of `path`.
///
/// # Errors
/// [`Error::InvalidParam`].
pub fn check_format(path: &Path) -> Result<()> {
    written(path).map(drop)
}

/// Writes rows in the format of the file extension, as [`TableWriter`] does: `.csv`, `.tsv`, `.txt`, `.npy`, or, with the
/// feature `parquet`, `.parquet`.
///
/// # Errors
/// [`Error::InvalidParam`] for another extension, [`Error::ShapeMismatch`] unless there is a name for each column or none,
/// [`Error::Io`].
pub fn write_table(path: &Path, rows: ArrayView2<'_, f64>, names: &[String]) -> Result<()> {
    let block = CowArray::from(rows);
    write_blocks(path, block.dim(), names, &mut std::iter::once(block))
}

/// Writes a table of shape `(n_rows, n_columns)` like [`write_table`], from blocks of rows, so that not all rows need be in
/// memory.
///
/// # Errors
/// Same as [`write_table`]; [`Error::Io`] if there are more or fewer rows.
pub fn write_blocks<'a>(
    path: &Path,
    (n_rows, n_columns): (usize, usize),
    names: &[String],
    blocks: &mut dyn Iterator<Item = CowArray<'a, f64, Ix2>>,
) -> Result<()> {
    if !names.is_empty() && names.len() != n_columns {
        return Err(Error::shape("column names", n_columns, names.len()));
    }
    let columns = number_columns(&column_names(names, n_columns));
    TableWriter::create(path, &columns, Some(n_rows), |writer| -> Result<()> {
        for block in blocks {
            writer.write(&cells(block.view()))?;
        }
        Ok(())
    })
}

/// Writes rows as comma-separated text, with a header of column names.
///
/// # Errors
/// Any error from writing.
pub fn write_csv(
    out: &mut dyn Write,
    names: &[String],
    blocks: &mut dyn Iterator<Item = Array2<f64>>,
) -> io::Result<()> {
    let mut writer = TableWriter::begin_csv(out, &number_columns(names))?;
    for block in blocks {
        writer.write_block(&cells(block.view()))?;
    }
    writer.end()
}

/// Writes columns of equal length to a file, in the format of its extension.
///
/// # Errors
/// Same as [`TableWriter::create`].
pub fn write_columns(path: &Path, columns: &[(String, Cells<'_>)]) -> Result<()> {
    let n_rows = columns.first().map(|(_, cells)| cells.len());
    let (kinds, block): (Vec<_>, Vec<_>) =
        columns.iter().map(|(name, cells)| ((name.clone(), cells.kind()), *cells)).unzip();
    TableWriter::create(path, &kinds, n_rows, |writer| writer.write(&block))
}

/// Declares columns of numbers with these names.
fn number_columns(names: &[String]) -> Vec<(String, ColumnKind)> {
    names.iter().map(|name| (name.clone(), ColumnKind::Number)).collect()
}

/// Returns the columns of a block of rows.
fn cells(rows: ArrayView2<'_, f64>) -> Vec<Cells<'_>> {
    let column = |at| Cells::Numbers(rows.index_axis_move(Axis(1), at));
    (0..rows.ncols()).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::read_table;

    #[test]
    fn columns_of_all_types_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        let (numbers, texts) = (ndarray::array![1.0, -0.25], ["a,b".to_owned(), String::new()]);
        let columns = [
            ("name".to_owned(), Cells::Texts(&texts)),
            ("x".to_owned(), Cells::Numbers(numbers.view())),
            ("component".to_owned(), Cells::Counts(&[3, 0])),
        ];
        write_columns(&path, &columns).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "name,x,component\n\"a,b\",1,3\n,-0.25,0\n");
    }

    #[test]
    fn names_must_match_the_number_of_columns() {
        let rows = ndarray::array![[1.0, 2.0]];
        let error = write_table(Path::new("x.csv"), rows.view(), &["a".to_owned()]).unwrap_err();
        assert!(matches!(error, Error::ShapeMismatch { .. }), "{error}");
    }

    #[test]
    fn blocks_are_written_as_one_table() {
        let folder = tempfile::tempdir().unwrap();
        let rows = Array2::from_shape_fn((5000, 3), |(i, j)| (i * 3 + j) as f64 / 7.0);
        for name in ["x.csv", "x.tsv", "x.txt", "x.npy"] {
            let path = folder.path().join(name);
            let mut blocks = rows.axis_chunks_iter(Axis(0), 1999).map(CowArray::from);
            write_blocks(&path, rows.dim(), &[], &mut blocks).unwrap();
            assert_eq!(read_table(&path).unwrap().records, rows, "{name}");
        }
    }

    #[test]
    fn numbers_and_counts_are_written_in_every_format() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = ndarray::Array1::linspace(0.0, 1.0, 3000);
        let counts: Vec<usize> = (0..3000).collect();
        let columns = [
            ("x".to_owned(), Cells::Numbers(numbers.view())),
            ("n".to_owned(), Cells::Counts(&counts)),
        ];
        let with_parquet = cfg!(feature = "parquet").then_some("x.parquet");
        for name in ["x.csv", "x.tsv", "x.txt", "x.npy"].into_iter().chain(with_parquet) {
            let path = folder.path().join(name);
            write_columns(&path, &columns).unwrap();
            let records = read_table(&path).unwrap().records;
            assert_eq!(records.column(0), numbers, "{name}");
            assert!(records.column(1).iter().zip(&counts).all(|(&a, &b)| a == b as f64), "{name}");
        }
    }

    #[test]
    fn npy_files_have_the_number_of_rows_that_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let columns = [("component".to_owned(), ColumnKind::Count)];
        let fill = |writer: &mut TableWriter<'_>| -> Result<()> {
            writer.write(&[Cells::Counts(&[3, 1])])?;
            writer.write(&[Cells::Counts(&[])])?;
            writer.write(&[Cells::Counts(&[2])])
        };
        TableWriter::create(&path, &columns, None, fill).unwrap();
        let read: ndarray::Array1<i64> = ndarray_npy::read_npy(&path).unwrap();
        assert_eq!(read.to_vec(), [3, 1, 2]);
        let known = folder.path().join("known.npy");
        TableWriter::create(&known, &columns, Some(3), fill).unwrap();
        assert_eq!(ndarray_npy::read_npy::<_, ndarray::Array1<i64>>(&known).unwrap(), read);
        let error = TableWriter::create(&known, &columns, Some(4), fill).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("known.npy: the number of rows differs from the declared one"),
            "{error}"
        );
        assert_eq!(ndarray_npy::read_npy::<_, ndarray::Array1<i64>>(&known).unwrap(), read);
    }

    #[test]
    fn text_is_refused_by_formats_that_hold_only_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let texts = ["a".to_owned(), "b c".to_owned()];
        let columns = [("note".to_owned(), Cells::Texts(&texts))];
        for name in ["x.npy", "x.txt"] {
            let error = write_columns(&folder.path().join(name), &columns).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(name) && message.contains("text"), "{message}");
            assert!(!folder.path().join(name).exists());
        }
    }
}
