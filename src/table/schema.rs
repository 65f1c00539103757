//! The schema of a table: names and kinds of its columns, how they were decided, and which columns are left out.

use std::fmt;

use ndarray::{ArrayView1, ArrayView2};

use crate::rows::profile::ColumnProfile;
use crate::rows::schema::Column;

/// The schema of a table that was read: its columns in the order of the rows, and those that are left out.
///
/// # Examples
/// ```
/// use mixlab::table::{KindChoice, TableReader};
///
/// let text = "name,size,colour\nAda,1.5,red\nBob,,blue\nEve,3.5,red\nDan,2.0,red\nIda,1.0,blue\n";
/// let reader = TableReader::new().kinds(KindChoice::detect());
/// let sheet = reader.read_from("people.csv".as_ref(), text.as_bytes())?;
/// let lines: Vec<String> = sheet.schema.entries().iter().map(|entry| entry.to_string()).collect();
/// assert_eq!(
///     lines,
///     [
///         "name: left out: 5 of 5 values differ",
///         "size: numeric, 1 missing, detected: numbers",
///         "colour: categorical, detected: text",
///     ]
/// );
/// assert_eq!(sheet.table.records.column(1).to_vec(), [1.0, 0.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    entries: Vec<SchemaEntry>,
}

/// A column of a [`Schema`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SchemaEntry {
    /// Name of the column.
    pub name: String,
    /// Description of the column of the rows; none if it is left out.
    pub column: Option<Column>,
    /// Number of rows in which the value is missing.
    pub n_missing: u64,
    /// How the kind was decided: `detected: ...`, `given` by an option, `of the model`; or why the column is left out.
    pub decided_by: String,
}

impl Schema {
    pub(super) fn new(entries: Vec<SchemaEntry>) -> Self {
        Self { entries }
    }

    /// The schema of a matrix of numbers with these names; NaN is a missing value.
    pub fn of_numbers(records: ArrayView2<'_, f64>, names: &[String]) -> Self {
        let entry = |(values, name): (ArrayView1<'_, f64>, &String)| {
            let profile = ColumnProfile::of(values);
            SchemaEntry::kept(profile.column(name), profile.n_missing(), "detected: numbers")
        };
        Self::new(records.columns().into_iter().zip(names).map(entry).collect())
    }

    /// All columns, also those that are left out, in the order of the file or of their selection.
    pub fn entries(&self) -> &[SchemaEntry] {
        &self.entries
    }

    /// The columns of the rows, in their order.
    pub fn columns(&self) -> Vec<Column> {
        self.entries.iter().filter_map(|entry| entry.column.clone()).collect()
    }

    /// Number of missing values in each column of the rows.
    pub fn n_missing(&self) -> Vec<u64> {
        let kept = self.entries.iter().filter(|entry| entry.column.is_some());
        kept.map(|entry| entry.n_missing).collect()
    }
}

impl SchemaEntry {
    pub(super) fn kept(column: Column, n_missing: u64, decided_by: impl Into<String>) -> Self {
        let name = column.name.clone();
        Self { name, column: Some(column), n_missing, decided_by: decided_by.into() }
    }

    pub(super) fn left_out(name: &str, n_missing: u64, why: impl fmt::Display) -> Self {
        let decided_by = format!("left out: {why}");
        Self { name: name.to_owned(), column: None, n_missing, decided_by }
    }
}

/// Formats the column as a line: name, kind, number of missing values, and how it was decided.
impl fmt::Display for SchemaEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        if let Some(column) = &self.column {
            write!(f, "{}, ", column.kind)?;
            if self.n_missing > 0 {
                write!(f, "{} missing, ", self.n_missing)?;
            }
        }
        write!(f, "{}", self.decided_by)
    }
}
