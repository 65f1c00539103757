//! Columns that are read of a table, and their names.

use super::options::Source;
use crate::error::Result;

/// The name of a column that has none, counted from 0: `x1`, `x2`, ...
pub(super) fn default_name(column: usize) -> String {
    format!("x{}", column + 1)
}

/// The names given, or `x1`, `x2`, ... if there are none.
pub(crate) fn column_names(names: &[String], n_columns: usize) -> Vec<String> {
    if names.len() == n_columns {
        names.to_vec()
    } else {
        (0..n_columns).map(default_name).collect()
    }
}

/// Columns that are read of a table.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// Names of the columns of numbers, in the order wanted.
    pub(super) names: Vec<String>,
    /// Their places in the file.
    pub(super) places: Vec<usize>,
    /// What a sheet holds, in its order.
    pub(super) slots: Vec<Slot>,
}

/// A column of a sheet.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    /// This column of the numbers.
    Number(usize),
    /// The next column of texts, of this name.
    Text(String),
}

impl Columns {
    /// The columns of numbers that are wanted of a table with these names, which are its own if it is `named`.
    ///
    /// # Errors
    /// Those of the choice of columns.
    pub(super) fn choose(source: &Source, names: &[String], named: bool) -> Result<Self> {
        let places = source.options.choice.resolve(&source.path, names, named)?;
        let names = places.iter().map(|&place| names[place].clone()).collect();
        let slots = (0..places.len()).map(Slot::Number).collect();
        Ok(Self { names, places, slots })
    }

    pub(super) fn n_texts(&self) -> usize {
        self.slots.iter().filter(|slot| matches!(slot, Slot::Text(_))).count()
    }
}
