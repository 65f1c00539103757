//! Reading tables piece by piece.

use super::cells::ColumnKind;
use super::columns::Slot;
use super::decision::Decision;
use super::options::Source;
use super::sheet::Sheet;
use super::stream::{Piece, RowStream};
use crate::error::Result;

/// An iterator over the rows of a table in pieces, in the order of the file, returned by
/// [`TableReader::pieces`](super::TableReader::pieces). It ends after an error.
pub struct Pieces<'a> {
    source: Source,
    stream: Box<dyn RowStream + 'a>,
    /// A piece that was read ahead if rows are dropped: a piece without remaining rows is counted in the piece before it.
    ahead: Option<Piece>,
    /// Number of rows of the file before the next piece.
    n_rows: usize,
    has_ended: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(source: Source, stream: Box<dyn RowStream + 'a>) -> Self {
        Self { source, stream, ahead: None, n_rows: 0, has_ended: false }
    }

    /// Returns names and types of the columns of each sheet, in the form that [`TableWriter`](super::TableWriter) accepts.
    pub fn columns(&self) -> Vec<(String, ColumnKind)> {
        let columns = self.stream.columns();
        let column = |slot: &Slot| match slot {
            Slot::Number(at) => (columns.names[*at].clone(), ColumnKind::Number),
            Slot::Text(name) => (name.clone(), ColumnKind::Text),
        };
        columns.slots.iter().map(column).collect()
    }

    /// Returns the decisions that were taken to read the table.
    pub fn decisions(&self) -> &[Decision] {
        self.stream.decisions()
    }

    /// Number of rows of the file, including rows that are dropped, if it is known before they are read.
    pub fn n_rows(&self) -> Option<usize> {
        self.stream.n_rows()
    }

    /// Reads the next piece, which is empty only at the end of the table.
    fn read(&mut self) -> Result<Piece> {
        let mut piece = Piece::new(self.stream.columns().n_texts());
        let mut ended = false;
        while !ended && !piece.is_full() {
            ended = !self.stream.next(&mut piece)?;
        }
        self.stream.check(ended)?;
        self.has_ended = ended;
        Ok(piece)
    }

    fn next_sheet(&mut self) -> Result<Option<Sheet>> {
        let mut piece = match self.ahead.take() {
            Some(piece) => piece,
            None if self.has_ended => return Ok(None),
            None => self.read()?,
        };
        let looks_ahead = self.source.options.drop_missing;
        while looks_ahead && !self.has_ended && self.ahead.is_none() {
            let next = self.read()?;
            if piece.numbers.is_empty() || next.numbers.is_empty() {
                piece.append(next);
            } else {
                self.ahead = Some(next);
            }
        }
        if piece.numbers.is_empty() {
            // only dropped rows, or the end
            let is_first = self.n_rows == 0;
            return if is_first { Err(self.source.no_rows(piece.dropped.len())) } else { Ok(None) };
        }
        let first_row = self.n_rows;
        self.n_rows += piece.n_rows;
        Ok(Some(piece.into_sheet(self.stream.columns(), first_row)))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Sheet>;

    fn next(&mut self) -> Option<Result<Sheet>> {
        let next = self.next_sheet();
        if next.is_err() {
            (self.has_ended, self.ahead) = (true, None);
        }
        next.transpose()
    }
}

impl std::fmt::Debug for Pieces<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").field("path", &self.source.path).finish_non_exhaustive()
    }
}
