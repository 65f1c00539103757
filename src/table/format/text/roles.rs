//! Columns of a text table that are not data: those that identify the rows, and empty ones.

use super::layout::Layout;
use super::row_index::n_index_columns;
use super::sample::{ColumnSample, Sample};
use crate::table::columns::Columns;
use crate::table::decision::Decision;
use crate::table::missing::MissingMarkers;

/// The use of a column of the file, apart from its selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Data,
    /// The column identifies the rows.
    Index,
    /// The column has neither a name nor values.
    Empty,
}

/// Returns the role of each column.
pub(super) fn roles(
    layout: &Layout,
    sample: &Sample,
    described: &[ColumnSample],
    markers: &MissingMarkers,
    decisions: &mut Vec<Decision>,
) -> Vec<Role> {
    let shape = (layout.first_row, layout.n_fields);
    let n_rows = sample.rows(shape.0, shape.1).count();
    let mut roles = vec![Role::Data; shape.1];
    let is_nameless = |column: usize| match &layout.names {
        Some(names) => names[column].is_empty(),
        None => column + 1 == shape.1,
    };
    let is_empty = |column: &usize| is_nameless(*column) && described[*column].is_empty(n_rows);
    let empty: Vec<usize> = (0..shape.1).filter(is_empty).collect();
    if empty.len() < shape.1 {
        empty.iter().for_each(|&column| roles[column] = Role::Empty);
        if !empty.is_empty() {
            let columns = empty.iter().map(|column| column + 1).collect();
            decisions.push(Decision::EmptyColumns { columns });
        }
    }
    let n_data = roles.iter().filter(|&&role| role == Role::Data).count();
    let n_index = match &layout.names {
        _ if layout.has_row_names => 1,
        Some(names) => {
            let is_empty = |column: usize| roles[column] == Role::Empty;
            n_index_columns(sample, shape, names, is_empty, markers)
        }
        None => 0,
    };
    let is_data = |role: &&mut Role| **role == Role::Data;
    if roles[..n_index].iter().filter(|&&role| role == Role::Data).count() < n_data {
        roles[..n_index].iter_mut().filter(is_data).for_each(|role| *role = Role::Index);
    }
    roles
}

/// Reports the columns that identify the rows, except those that are requested or `excluded`.
pub(super) fn report_index(
    layout: &Layout,
    (names, roles): (&[String], &[Role]),
    (columns, excluded): (&Columns, &[String]),
    decisions: &mut Vec<Decision>,
) {
    let last = roles.iter().rposition(|&role| role == Role::Data).unwrap_or_default();
    for (column, _) in roles.iter().enumerate().filter(|&(_, &role)| role == Role::Index) {
        if !columns.places.contains(&column) && !excluded.contains(&names[column]) {
            decisions.push(Decision::RowIndex {
                name: names[column].clone(),
                is_named: layout.names.as_ref().is_some_and(|own| !own[column].is_empty()),
                last: names[last].clone(),
            });
        }
    }
}
