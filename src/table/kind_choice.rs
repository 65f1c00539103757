//! The choice of the kinds of columns: numbers, or dates that are written as numbers.

use std::path::Path;

use ndarray::{Array2, ArrayViewMut2};

use super::choice::find;
use crate::error::{Error, Result};
use crate::rows::kind::ValueKind;
use crate::rows::profile::{ColumnProfile, look_like_dates};
use crate::rows::schema::Column;

/// The kinds of the columns of a table: numbers, or dates of the form YYYYMMDD, which become days since 1970-01-01 in the rows
/// of a fit.
///
/// A column is recognised as dates if all of its values are dates of the calendar in the years 1800 to 2200, and at least three
/// of them differ.
///
/// # Examples
/// ```
/// use mixlab::table::KindChoice;
/// use ndarray::array;
///
/// let mut rows = array![[20240228.0, 1.5], [20240301.0, 2.5], [20231231.0, 4.0]];
/// let names = ["day", "price"].map(String::from);
/// let columns = KindChoice::detect().describe("x.csv".as_ref(), &mut rows, &names)?;
/// assert!(!columns[0].kind.is_numeric() && columns[1].kind.is_numeric());
/// assert_eq!(rows[[1, 0]] - rows[[0, 0]], 2.0);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KindChoice {
    detect: bool,
    numeric: Vec<String>,
    dates: Vec<String>,
    /// The kinds by position, if they are known.
    given: Vec<ValueKind>,
}

impl KindChoice {
    /// All columns are numbers.
    pub fn numbers() -> Self {
        Self::default()
    }

    /// Columns of dates are recognised.
    pub fn detect() -> Self {
        Self { detect: true, ..Self::default() }
    }

    /// The kinds of these columns, in their order, such as those of a model.
    pub fn of(columns: &[Column]) -> Self {
        Self { given: columns.iter().map(|column| column.kind).collect(), ..Self::default() }
    }

    /// Reads these columns as numbers; `first..last` is a range of columns.
    pub fn numeric(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.numeric = names.into_iter().map(Into::into).collect();
        self
    }

    /// Reads these columns as dates of any year from 1 to 9999; `first..last` is a range of columns.
    pub fn dates(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.dates = names.into_iter().map(Into::into).collect();
        self
    }

    /// Describes the columns of a table with these names, and converts the values of dates to days since 1970-01-01. `path` is
    /// the name of the table in errors.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`]; [`Error::InvalidDate`] for a value of a column of dates that is none; [`Error::ShapeMismatch`]
    /// if kinds are given for another number of columns.
    pub fn describe(
        &self,
        path: &Path,
        records: &mut Array2<f64>,
        names: &[String],
    ) -> Result<Vec<Column>> {
        let profiles: Vec<_> = records.columns().into_iter().map(ColumnProfile::of).collect();
        let dates: Vec<bool> = profiles.iter().map(ColumnProfile::looks_like_dates).collect();
        let kinds = self.resolve(path, names, &dates)?;
        encode(records.view_mut(), (path, &|row| row), names, &kinds)?;
        let described = profiles.iter().zip(names).zip(kinds);
        Ok(described.map(|((profile, name), kind)| profile.column_of_kind(name, kind)).collect())
    }

    /// Converts the values of dates of several tables with the same columns to days since 1970-01-01, and returns the kinds.
    /// A column is recognised as dates if it is in each table. `paths` are the names of the tables in errors.
    ///
    /// # Errors
    /// Same as [`describe`](Self::describe).
    pub fn convert(
        &self,
        paths: [&Path; 2],
        tables: [&mut Array2<f64>; 2],
        names: &[String],
    ) -> Result<Vec<ValueKind>> {
        let are_dates =
            |column: usize| tables.iter().all(|records| look_like_dates(records.column(column)));
        let dates: Vec<bool> = (0..names.len()).map(are_dates).collect();
        let kinds = self.resolve(paths[0], names, &dates)?;
        for (path, records) in paths.into_iter().zip(tables) {
            encode(records.view_mut(), (path, &|row| row), names, &kinds)?;
        }
        Ok(kinds)
    }

    /// Returns the kinds of columns with these names; `dates` are those whose values are recognised as dates.
    pub(super) fn resolve(
        &self,
        path: &Path,
        names: &[String],
        dates: &[bool],
    ) -> Result<Vec<ValueKind>> {
        if !self.given.is_empty() {
            if self.given.len() != names.len() {
                return Err(Error::shape("the kinds", names.len(), self.given.len()));
            }
            return Ok(self.given.clone());
        }
        let kind = |&is_date: &bool| {
            if self.detect && is_date { ValueKind::YEAR_MONTH_DAY } else { ValueKind::Numeric }
        };
        let mut kinds: Vec<ValueKind> = dates.iter().map(kind).collect();
        for (requested, kind) in
            [(&self.dates, ValueKind::YEAR_MONTH_DAY), (&self.numeric, ValueKind::Numeric)]
        {
            for name in requested {
                find(path, names, true, name)?.into_iter().for_each(|column| kinds[column] = kind);
            }
        }
        Ok(kinds)
    }
}

/// Converts written values of these kinds to the numbers of a model; `row_of` returns the row of the table `path`, counted from
/// 0, of a row of `records`.
///
/// # Errors
/// [`Error::InvalidDate`].
pub(crate) fn encode(
    mut records: ArrayViewMut2<'_, f64>,
    (path, row_of): (&Path, &dyn Fn(usize) -> usize),
    names: &[String],
    kinds: &[ValueKind],
) -> Result<()> {
    for (column, kind) in kinds.iter().enumerate().filter(|(_, kind)| !kind.is_numeric()) {
        for (row, value) in records.column_mut(column).iter_mut().enumerate() {
            *value = kind.encode(*value).ok_or_else(|| Error::InvalidDate {
                path: path.into(),
                row: row_of(row) + 1,
                name: names.get(column).cloned().unwrap_or_default(),
                value: *value,
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::concatenate;

    use super::*;
    use crate::prelude::*;
    use crate::table::TableReader;

    fn names() -> Vec<String> {
        ["day", "id"].map(String::from).into()
    }

    fn rows() -> Array2<f64> {
        array![[20_240_228.0, 20_240_230.0], [20_240_301.0, 3.0], [20_231_231.0, 4.0]]
    }

    #[test]
    fn columns_are_numbers_unless_dates_are_detected() {
        let path = Path::new("x.csv");
        let mut records = rows();
        let columns = KindChoice::numbers().describe(path, &mut records, &names()).unwrap();
        assert_eq!(records, rows());
        assert!(columns.iter().all(|column| column.kind.is_numeric()));
        let columns = KindChoice::detect().describe(path, &mut records, &names()).unwrap();
        assert_eq!(columns[0].kind, ValueKind::YEAR_MONTH_DAY);
        assert_eq!(columns[0].range, Some((19_722.0, 19_783.0)));
        assert!(columns[1].kind.is_numeric());
        assert_eq!(records.column(0).to_vec(), [19_781.0, 19_783.0, 19_722.0]);
        let mut again = rows();
        KindChoice::of(&columns).describe(path, &mut again, &names()).unwrap();
        assert_eq!(again, records);
    }

    #[test]
    fn requested_kinds_come_first() {
        let path = Path::new("x.csv");
        let kept = KindChoice::detect().numeric(["day"]);
        assert!(kept.describe(path, &mut rows(), &names()).unwrap()[0].kind.is_numeric());
        let error = KindChoice::detect().dates(["id"]).describe(path, &mut rows(), &names());
        let message = error.unwrap_err().to_string();
        assert!(message.contains("x.csv, row 1: 20240230 in \"id\" is not a date"), "{message}");
        let error = KindChoice::detect().numeric(["none"]).describe(path, &mut rows(), &names());
        assert!(matches!(error, Err(Error::UnknownColumn { .. })));
    }

    #[test]
    fn rows_of_a_file_are_as_those_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let written = Array2::from_shape_fn((5000, 2), |(row, column)| {
            let date = 20_200_000 + 100 * (1 + row * 7 % 12) + 1 + row * 11 % 28;
            if column == 0 { date as f64 } else { (row * 13 % 101).saturating_sub(50) as f64 }
        });
        let mut records = written.clone();
        let columns =
            KindChoice::detect().describe(Path::new("x"), &mut records, &names()).unwrap();
        assert!((columns[1].spikes[0].share - 51.0 / 101.0).abs() < 1e-3);
        let expected = GaussianMixture::params(2).fit_with_report(&records).unwrap().0;
        for name in ["x.npy", "x.csv"] {
            let path = folder.path().join(name);
            crate::table::write_table(&path, written.view(), &names()).unwrap();
            let table = TableReader::new().open(&path).unwrap();
            assert!(table.columns()[0].kind.is_numeric());
            for choice in [KindChoice::detect(), KindChoice::of(&columns)] {
                let table = TableReader::new().open(&path).unwrap().kinds(&choice).unwrap();
                let described = |columns: &[Column]| -> Vec<_> {
                    columns
                        .iter()
                        .map(|one| (one.kind, one.range, one.decimals, one.spikes.clone()))
                        .collect()
                };
                assert_eq!(described(table.columns()), described(&columns), "{name}");
                let found = GaussianMixture::params(2).fit_with_report(&table).unwrap().0;
                assert_eq!(found, expected, "{name}");
            }
            let no_dates = Column { kind: ValueKind::YEAR_MONTH_DAY, ..columns[1].clone() };
            let wrong = KindChoice::of(&[columns[0].clone(), no_dates]);
            let error = TableReader::new().open(&path).unwrap().kinds(&wrong).unwrap_err();
            assert!(error.to_string().contains("row 1: 0 in "), "{error}");
        }
    }

    #[test]
    fn a_column_is_dates_in_both_tables_or_in_none() {
        let paths = [Path::new("a.csv"), Path::new("b.csv")];
        let (mut left, mut right) = (rows(), concatenate![Axis(0), rows(), rows()]);
        let tables = [&mut left, &mut right];
        let kinds = KindChoice::detect().convert(paths, tables, &names()).unwrap();
        assert_eq!(kinds, [ValueKind::YEAR_MONTH_DAY, ValueKind::Numeric]);
        assert_eq!(right[[5, 0]], 19_722.0);
        let (mut left, mut right) = (rows(), rows());
        right[[1, 0]] = 20_230_229.0;
        let kinds = KindChoice::detect().convert(paths, [&mut left, &mut right], &names()).unwrap();
        assert!(kinds.iter().all(|kind| kind.is_numeric()) && left == rows());
    }
}
