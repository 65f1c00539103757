//! Reading tables piece by piece.

use super::cells::ColumnKind;
use super::columns::Slot;
use super::decision::Decision;
use super::kind_choice::Request;
use super::options::Source;
use super::resolution::{Resolution, Resolving, all_numbers, new_stats};
use super::schema::Schema;
use super::sheet::Sheet;
use super::stats::RawStats;
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
    requests: Vec<Request>,
    /// Statistics of the rows so far, if not all columns are numbers.
    stats: Option<RawStats>,
    resolution: Resolution,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(source: Source, stream: Box<dyn RowStream + 'a>) -> Result<Self> {
        let columns = stream.columns();
        let requests = source.options.kinds.requests(&source.path, &columns.names)?;
        let are_numbers = requests.iter().all(Request::needs_numbers);
        let stats = (!are_numbers).then(|| new_stats(stream.raw(), &requests));
        let is_given = matches!(requests.first(), Some(Request::Given { .. }));
        let decided_by = if is_given { "of the model" } else { "detected: numbers" };
        let resolution = all_numbers(columns, decided_by);
        let (ahead, n_rows, has_ended) = (None, 0, false);
        Ok(Self { source, stream, ahead, n_rows, has_ended, requests, stats, resolution })
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

    /// Returns the decisions on the values of the pieces that have been read so far, such as texts that are not levels.
    pub fn decisions_on_values(&self) -> &[Decision] {
        &self.resolution.decisions
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
        let schema = self.convert(&mut piece, first_row)?;
        Ok(Some(piece.into_sheet(self.stream.columns(), schema, first_row)))
    }

    /// Converts the rows of a piece to those of the table.
    fn convert(&mut self, piece: &mut Piece, first_row: usize) -> Result<Schema> {
        let columns = self.stream.columns();
        if let Some(stats) = &mut self.stats {
            stats.add_rows(&piece.numbers);
            let resolving = Resolving {
                source: &self.source,
                columns,
                requests: &self.requests,
                raw: self.stream.raw(),
                decisions: self.stream.decisions(),
            };
            self.resolution = resolving.resolve(stats, &[])?;
            piece.recode(&self.source, &self.resolution, columns.names.len(), first_row)?;
        }
        Ok(self.resolution.schema.clone())
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
