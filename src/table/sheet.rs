//! A table that was read, with the columns around it.

use linfa::DatasetBase;
use ndarray::Array2;

use super::Table;
use super::part::Use;
use super::reader::Source;
use super::text::TextTable;
use crate::error::Result;

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The chosen columns.
    pub table: Table,
    /// All columns that were read, in the order of the file.
    pub columns: Vec<Column>,
    /// Row of the file, counted from 0 without its header, of each row of the table: rows with missing values may have
    /// been left out.
    pub rows: Vec<usize>,
    /// Rows that were left out.
    pub n_dropped: usize,
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// This column of the table.
    Number(usize),
    /// A column that was not chosen, kept as its text, without blanks around it.
    Text {
        /// Its name.
        name: String,
        /// A text for each row of the table.
        values: Vec<String>,
    },
}

impl TextTable {
    /// Names of the chosen columns, in the order wanted, and their places in the file.
    pub(super) fn chosen(&self) -> (Vec<String>, Vec<usize>) {
        let number = |wanted: &Use| match *wanted {
            Use::Number(at) => Some(at),
            _ => None,
        };
        let uses = self.plan.uses.iter().enumerate();
        let mut places: Vec<_> =
            uses.filter_map(|(place, wanted)| Some((number(wanted)?, place))).collect();
        places.sort_unstable();
        let places: Vec<usize> = places.into_iter().map(|(_, place)| place).collect();
        (places.iter().map(|&place| self.names[place].clone()).collect(), places)
    }

    /// Its numbers as a table, its texts beside it.
    pub(super) fn sheet(self, source: &Source<'_>) -> Result<Sheet> {
        let Self { names, plan, part } = self;
        let n_rows = part.numbers.len() / plan.n_numbers;
        if n_rows == 0 {
            return Err(source.no_rows(part.dropped.len()));
        }
        let records = Array2::from_shape_vec((n_rows, plan.n_numbers), part.numbers)
            .expect("whole records of numbers");
        let mut chosen = vec![String::new(); plan.n_numbers];
        let mut texts = part.texts.into_iter();
        let mut columns = Vec::new();
        for (name, wanted) in names.into_iter().zip(&plan.uses) {
            match *wanted {
                Use::Nothing => {}
                Use::Number(at) => {
                    chosen[at] = name;
                    columns.push(Column::Number(at));
                }
                Use::Text(_) => {
                    let values = texts.next().expect("a list for each column of text");
                    columns.push(Column::Text { name, values });
                }
            }
        }
        let n_dropped = part.dropped.len();
        let rows = without(part.n_records, &part.dropped);
        let table = DatasetBase::from(records).with_feature_names(chosen);
        Ok(Sheet { table, columns, rows, n_dropped })
    }
}

/// The numbers below `n` but for some that rise.
pub(super) fn without(n: usize, left_out: &[usize]) -> Vec<usize> {
    let mut left_out = left_out.iter().peekable();
    (0..n).filter(|row| left_out.next_if_eq(&row).is_none()).collect()
}
