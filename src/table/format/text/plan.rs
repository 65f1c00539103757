//! The plan of reading: the use of the columns of a file.

use super::dialect::Dialect;
use super::part::{Plan, Use};
use super::reading::Reading;
use super::roles::Role;
use crate::table::columns::{Columns, Slot};
use crate::table::kind_choice::Request;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;

/// Determines the use of the columns of a file.
pub(super) fn plan(
    source: &Source,
    dialect: &mut Dialect,
    markers: MissingMarkers,
) -> (Plan, Columns) {
    let n_columns = dialect.names.len();
    let readings = std::mem::take(&mut dialect.readings);
    let is_kept = |(reading, request): (&Reading, &Request)| {
        // dates and categories are written back as in the file
        let is_number = matches!(reading, Reading::Number(_)) && request.needs_numbers();
        source.options.keep_texts || (source.options.carry && !is_number)
    };
    let are_kept: Vec<bool> = readings.iter().zip(&dialect.requests).map(is_kept).collect();
    let mut uses = vec![Use::Nothing; n_columns];
    for (at, &column) in dialect.columns.places.iter().enumerate() {
        uses[column] = Use::Number(at);
    }
    let (mut n_texts, mut kept_texts) = (0, vec![None; readings.len()]);
    let mut next_text = || {
        n_texts += 1;
        n_texts - 1
    };
    for (column, column_use) in uses.iter_mut().enumerate() {
        match (*column_use, dialect.roles[column]) {
            (Use::Nothing, Role::Empty) => *column_use = Use::Empty,
            (Use::Nothing, _) if source.options.carry => *column_use = Use::Text(next_text()),
            (Use::Number(at), _) if are_kept[at] => kept_texts[at] = Some(next_text()),
            _ => {}
        }
    }
    let slot = |(column, column_use): (usize, &Use)| match *column_use {
        Use::Nothing | Use::Empty => None,
        Use::Number(at) if are_kept[at] => Some(Slot::Text(dialect.names[column].clone())),
        Use::Number(at) => Some(Slot::Number(at)),
        // a column that identifies the rows keeps its name, which may be empty
        Use::Text(_) if dialect.roles[column] == Role::Index => {
            Some(Slot::Text(dialect.own_names[column].clone()))
        }
        Use::Text(_) => Some(Slot::Text(dialect.names[column].clone())),
    };
    let slots = uses.iter().enumerate().filter_map(slot).collect();
    let columns = Columns { slots, ..dialect.columns.clone() };
    let n_empty = uses.iter().rev().take_while(|&&column_use| column_use == Use::Empty).count();
    let raw = readings.iter().zip(&dialect.requests).map(|(one, request)| one.raw(request));
    let plan = Plan {
        n_least: n_columns - n_empty,
        uses,
        raw: raw.collect(),
        readings,
        kept_texts,
        keep_texts: source.options.keep_texts,
        n_texts,
        markers,
        drop_missing: source.options.drops_while_reading(),
    };
    (plan, columns)
}
