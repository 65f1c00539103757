//! Display of arrays and datasets as tables, and of plain values as text.

use std::fmt::Display;

use linfa::DatasetBase;
use ndarray::{ArrayBase, ArrayView2, Axis, Data, Ix1, Ix2, Slice};

use super::{LINES, Show, Shown};
use crate::error::Result;
use crate::report::text_table::{TextTable, count, number};

/// Maximum number of displayed columns.
const MAX_COLUMNS: usize = 10;

/// Maximum number of rows of an array that is displayed completely.
const MAX_ROWS: usize = 20;

/// Number of displayed rows of a longer array.
const FIRST_ROWS: usize = 10;

/// An element of an array.
pub trait Element: Display {
    /// Short text for a cell of a table.
    fn cell_text(&self) -> String {
        self.to_string()
    }
}

impl Element for usize {}

impl Element for bool {}

impl Element for f64 {
    fn cell_text(&self) -> String {
        number(*self)
    }
}

/// The first rows and columns of an array, with the names of the columns.
fn corner<A: Element>(rows: ArrayView2<'_, A>, names: &[String]) -> TextTable {
    let (n_rows, n_columns) = rows.dim();
    let (shown_rows, shown_columns) =
        (if n_rows > MAX_ROWS { FIRST_ROWS } else { n_rows }, n_columns.min(MAX_COLUMNS));
    let dots = (n_columns > MAX_COLUMNS).then(|| "...".to_owned());
    let name = |column: usize| names.get(column).cloned().unwrap_or(column.to_string());
    let header =
        std::iter::once(String::new()).chain((0..shown_columns).map(name)).chain(dots.clone());
    let line = |row: usize| -> Vec<String> {
        let cells = rows.index_axis(Axis(0), row);
        let cells = cells.iter().take(shown_columns).map(Element::cell_text);
        std::iter::once(row.to_string()).chain(cells).chain(dots.clone()).collect()
    };
    let caption = format!("{} x {}", count(n_rows, "row"), count(n_columns, "column"));
    let mut text_table =
        TextTable::new(header).with_caption(caption).lines((0..shown_rows).map(line));
    if n_rows > MAX_ROWS {
        let cells = vec!["...".to_owned(); text_table.header.len()];
        text_table.lines.push(cells);
    }
    text_table
}

impl<A: Element, S: Data<Elem = A>> Show for ArrayBase<S, Ix2> {
    fn shown(&self) -> Result<Shown> {
        Ok(Shown::text_table(&corner(self.view(), &[])))
    }
}

impl<A: Element, S: Data<Elem = A>> Show for ArrayBase<S, Ix1> {
    fn shown(&self) -> Result<Shown> {
        let shown = self.slice_axis(Axis(0), Slice::from(..self.len().min(LINES)));
        let mut cells: Vec<String> = shown.iter().map(Element::cell_text).collect();
        if self.len() > LINES {
            cells.push(format!("... ({} values)", self.len()));
        }
        Ok(Shown::text(format!("[{}]", cells.join(", "))))
    }
}

impl<S: Data<Elem = f64>, T> Show for DatasetBase<ArrayBase<S, Ix2>, T> {
    fn shown(&self) -> Result<Shown> {
        Ok(Shown::text_table(&corner(self.records.view(), self.feature_names())))
    }
}

// without these implementations evcxr would compile such a cell twice: with a call of the method, then without
macro_rules! show_as_text {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn shown(&self) -> Result<Shown> {
                Ok(Shown::text(self.to_string()))
            }
        })*
    };
}

show_as_text!(f64, usize, bool, str, String);
