//! The last step of reading into memory: kinds of the columns, dropped rows, and conversion.

use rayon::prelude::*;

use super::columns::{Columns, Slot};
use super::decision::Decision;
use super::left_out::LeftOut;
use super::options::Source;
use super::raw::RawColumn;
use super::recode::{is_identity, recode_row};
use super::resolution::{Resolution, Resolving};
use super::sheet::{Sheet, without};
use super::stream::Piece;
use crate::error::Result;

/// Makes a sheet of all rows as they were read; `decisions` are those that were taken to read them.
///
/// # Errors
/// [`Error::EmptyTable`](crate::Error::EmptyTable) and similar errors without rows,
/// [`Error::NoColumns`](crate::Error::NoColumns), [`Error::InvalidDate`](crate::Error::InvalidDate),
/// [`Error::UnknownColumn`](crate::Error::UnknownColumn).
pub(super) fn finish(
    source: &Source,
    columns: &Columns,
    (raw, decisions): (&[RawColumn], &[Decision]),
    mut piece: Piece,
) -> Result<Sheet> {
    if piece.numbers.is_empty() {
        return Err(source.no_rows(piece.dropped.len()));
    }
    let requests = source.options.kinds.requests(&source.path, &columns.names)?;
    let resolving = Resolving { source, columns, requests: &requests, raw, decisions };
    let resolve = |piece: &Piece, left_out: &[Option<LeftOut>]| {
        let mut stats = resolving.stats();
        stats.add_rows(&piece.numbers);
        resolving.resolve(&stats, left_out)
    };
    let mut resolution = resolve(&piece, &[])?;
    let drops_now = source.options.drop_missing && !source.options.drops_while_reading();
    if drops_now && piece.drop_missing(&resolution, columns.names.len()) {
        if piece.numbers.is_empty() {
            return Err(source.no_rows(piece.dropped.len()));
        }
        resolution = resolve(&piece, &resolution.left_out)?;
    }
    piece.recode(source, &resolution, columns.names.len(), 0)?;
    let mut all = decisions.to_vec();
    all.extend(resolution.decisions.iter().cloned());
    let columns = kept(columns, &resolution);
    Ok(Sheet { decisions: all, ..piece.into_sheet(&columns, resolution.schema, 0) })
}

/// Returns the columns that are not left out.
pub(super) fn kept(columns: &Columns, resolution: &Resolution) -> Columns {
    let names = resolution.kept.iter().map(|column| column.name.clone()).collect();
    let places = resolution.kept.iter().map(|column| columns.places[column.at]).collect();
    let slot = |slot: &Slot| match slot {
        Slot::Number(at) => {
            let kept = resolution.kept.iter().position(|column| column.at == *at);
            kept.map(Slot::Number)
        }
        text => Some(text.clone()),
    };
    let slots = columns.slots.iter().filter_map(slot).collect();
    Columns { names, places, slots, ..columns.clone() }
}

impl Piece {
    /// Drops the rows in which a value of a column that is kept is missing, and returns whether there are any.
    fn drop_missing(&mut self, resolution: &Resolution, n_columns: usize) -> bool {
        let is_complete =
            |row: &[f64]| resolution.kept.iter().all(|column| !row[column.at].is_nan());
        self.drop_rows(n_columns, &is_complete)
    }

    /// Drops the rows in which a value is missing.
    pub(super) fn drop_incomplete(&mut self, n_columns: usize) {
        self.drop_rows(n_columns, &|row| !row.iter().any(|value| value.is_nan()));
    }

    /// Drops the rows that are not complete, and returns whether there are any.
    fn drop_rows(&mut self, n_columns: usize, is_complete: &dyn Fn(&[f64]) -> bool) -> bool {
        let rows = self.numbers.chunks_exact(n_columns);
        let dropped: Vec<usize> =
            rows.enumerate().filter(|(_, row)| !is_complete(row)).map(|(row, _)| row).collect();
        if dropped.is_empty() {
            return false;
        }
        let kept = without(self.numbers.len() / n_columns, &dropped);
        for (to, &from) in kept.iter().enumerate() {
            self.numbers.copy_within(from * n_columns..(from + 1) * n_columns, to * n_columns);
        }
        self.numbers.truncate(kept.len() * n_columns);
        for texts in &mut self.texts {
            let mut row = 0;
            let mut dropped = dropped.iter().copied().peekable();
            texts.retain(|_| {
                row += 1;
                dropped.next_if_eq(&(row - 1)).is_none()
            });
        }
        self.dropped = dropped;
        true
    }

    /// Converts the rows to those of the columns that are kept; `first_row` is the row of the file before them.
    pub(super) fn recode(
        &mut self,
        source: &Source,
        resolution: &Resolution,
        n_columns: usize,
        first_row: usize,
    ) -> Result<()> {
        let columns = &resolution.kept;
        if is_identity(columns, n_columns) {
            return Ok(());
        }
        let rows = without(self.n_rows, &self.dropped);
        let mut numbers = vec![0.0; rows.len() * columns.len()];
        let to = numbers.par_chunks_exact_mut(columns.len());
        let pairs = to.zip(self.numbers.par_chunks_exact(n_columns)).zip(&rows);
        // the first error is that of the first row
        let error = pairs.find_map_first(|((to, raw), &row)| {
            recode_row(columns, raw, to, (&source.path, first_row + row)).err()
        });
        self.numbers = numbers;
        error.map_or(Ok(()), Err)
    }
}
