//! Columns that are read from a table, and their names.

use super::decision::Decision;
use super::options::Source;
use crate::error::Result;
use crate::images::ImageShape;

/// Returns the default name of a column, counted from 0: `x1`, `x2`, ...
pub(super) fn default_name(column: usize) -> String {
    format!("x{}", column + 1)
}

/// Returns the given names, or `x1`, `x2`, ... if there are none.
pub(crate) fn column_names(names: &[String], n_columns: usize) -> Vec<String> {
    if names.len() == n_columns {
        names.to_vec()
    } else {
        (0..n_columns).map(default_name).collect()
    }
}

/// Columns that are read from a table.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// Names of the columns of numbers, in the requested order.
    pub(super) names: Vec<String>,
    /// Their indices in the file.
    pub(super) places: Vec<usize>,
    /// Columns of a sheet, in its order.
    pub(super) slots: Vec<Slot>,
    /// Shape of the images that the rows are, of any range; none if they are not images.
    pub(super) image: Option<ImageShape>,
    /// Whether the first column seems to number the rows.
    pub(super) may_number_rows: bool,
    /// Decisions that were taken for the user.
    pub(super) decisions: Vec<Decision>,
}

/// A column of a sheet.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    /// The column of numbers with this index.
    Number(usize),
    /// The next column of text, with this name.
    Text(String),
}

impl Columns {
    /// Selects the columns of numbers of a table with these names; `named` is whether the names come from the table.
    ///
    /// # Errors
    /// Same as [`Choice::resolve`](super::choice::Choice::resolve).
    pub(super) fn choose(source: &Source, names: &[String], named: bool) -> Result<Self> {
        Self::choose_among(source, names, named, &[])
    }

    /// Selects the columns of numbers as [`choose`](Self::choose) does. The `hidden` columns are selected only if they are
    /// requested.
    ///
    /// # Errors
    /// Same as [`choose`](Self::choose).
    pub(super) fn choose_among(
        source: &Source,
        names: &[String],
        named: bool,
        hidden: &[usize],
    ) -> Result<Self> {
        // a column whose kind is requested is meant to be used
        let kinds = &source.options.kinds;
        let hidden: Vec<usize> =
            hidden.iter().copied().filter(|&column| !kinds.has(&names[column])).collect();
        let places = source.options.choice.resolve(&source.path, names, named, &hidden)?;
        let names = places.iter().map(|&place| names[place].clone()).collect();
        let slots = (0..places.len()).map(Slot::Number).collect();
        let (image, may_number_rows, decisions) = (None, false, Vec::new());
        Ok(Self { names, places, slots, image, may_number_rows, decisions })
    }

    /// Selects columns of a table with names, of which those of `index` number the rows: they are not selected unless they are
    /// requested by name.
    ///
    /// # Errors
    /// Same as [`choose`](Self::choose).
    pub(super) fn choose_without_index(
        source: &Source,
        names: &[String],
        index: &[usize],
    ) -> Result<Self> {
        if index.len() == names.len() {
            return Self::choose(source, names, true);
        }
        let mut columns = Self::choose_among(source, names, true, index)?;
        let all = source.options.choice.resolve(&source.path, names, true, &[])?;
        let left_out = all.iter().filter(|place| !columns.places.contains(place));
        let left_out: Vec<String> = left_out.map(|&place| names[place].clone()).collect();
        if !left_out.is_empty() {
            columns.decisions.push(Decision::IndexColumns { columns: left_out });
        }
        Ok(columns)
    }

    pub(super) fn n_texts(&self) -> usize {
        self.slots.iter().filter(|slot| matches!(slot, Slot::Text(_))).count()
    }
}
