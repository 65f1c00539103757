//! Tables of numbers only, in which NaN is a missing value.

use ndarray::{Array2, Axis};

use super::columns::{Columns, column_names};
use super::decision::Decision;
use super::finish::finish;
use super::missing::{Faults, all_finite};
use super::options::Source;
use super::raw::RawColumn;
use super::sheet::Sheet;
use super::stream::{PIECE_BYTES, Piece, RowStream};
use crate::compute::progress::{Progress, Task, Unit};
use crate::error::Result;
use crate::rows::{Block, RowBlocks};

/// Sequential reading of rows of numbers.
pub(super) trait NumberRows {
    /// Returns the columns as they are read; empty if all are numbers.
    fn raw(&self) -> &[RawColumn] {
        &[]
    }

    /// Adds at most `n_rows` rows to `numbers`, in row-major order, and returns how many; 0 if there are no more.
    ///
    /// # Errors
    /// Any error from reading.
    fn read(&mut self, n_rows: usize, numbers: &mut Vec<f64>) -> Result<usize>;
}

/// Reads rows with random access in order.
pub(super) struct InOrder {
    rows: Box<dyn RowBlocks>,
    next: usize,
    block: Block,
}

impl InOrder {
    pub(super) fn new(rows: Box<dyn RowBlocks>) -> Self {
        Self { rows, next: 0, block: Block::default() }
    }
}

impl NumberRows for InOrder {
    fn read(&mut self, n_rows: usize, numbers: &mut Vec<f64>) -> Result<usize> {
        let rows = self.next..self.rows.n_samples().min(self.next + n_rows);
        self.next = rows.end;
        if !rows.is_empty() {
            self.rows.read_rows(rows.clone(), &mut self.block)?;
            numbers.extend(self.block.row_major());
        }
        Ok(rows.len())
    }
}

/// A stream of rows of numbers.
pub(super) struct NumberStream<'a> {
    checked: Checked,
    rows: Box<dyn NumberRows + 'a>,
    n_rows: Option<usize>,
    /// Observer of the progress, and length of the file in bytes, if the file itself does not report progress.
    progress: Option<(&'a dyn Progress, u64)>,
}

impl<'a> NumberStream<'a> {
    /// Creates a stream of `n_rows` rows; none if the number is uncertain.
    pub(super) fn new(
        source: &Source,
        columns: Columns,
        rows: Box<dyn NumberRows + 'a>,
        n_rows: Option<usize>,
    ) -> Self {
        let checked = Checked::new(source, columns);
        Self { checked, rows, n_rows, progress: None }
    }

    /// Reports progress in a file of `length` bytes to an observer, estimated by the number of rows.
    pub(super) fn observed(
        mut self,
        observer: Option<&'a dyn Progress>,
        length: Option<u64>,
    ) -> Self {
        self.progress = observer.zip(length);
        self
    }
}

impl RowStream for NumberStream<'_> {
    fn columns(&self) -> &Columns {
        &self.checked.columns
    }

    fn decisions(&self) -> &[Decision] {
        &self.checked.columns.decisions
    }

    fn raw(&self) -> &[RawColumn] {
        self.rows.raw()
    }

    fn n_rows(&self) -> Option<usize> {
        self.n_rows
    }

    fn next(&mut self, piece: &mut Piece) -> Result<bool> {
        let row_bytes = size_of::<f64>() * self.checked.columns.names.len();
        let begin = piece.numbers.len();
        let n_rows = self.rows.read(PIECE_BYTES.div_ceil(row_bytes), &mut piece.numbers)?;
        self.checked.add(piece, begin, n_rows);
        if let (Some((observer, length)), Some(total)) = (self.progress, self.n_rows) {
            let read = length as f64 * self.checked.n_rows as f64 / total as f64;
            observer.update(&Task::new("reading", read as u64, Some(length), Unit::Bytes));
        }
        Ok(n_rows > 0)
    }

    fn check(&self, _: bool) -> Result<()> {
        self.checked.check()
    }
}

/// Columns of numbers that are checked while they are read.
struct Checked {
    source: Source,
    columns: Columns,
    faults: Faults,
    /// Number of rows that were checked.
    n_rows: usize,
}

impl Checked {
    fn new(source: &Source, columns: Columns) -> Self {
        Self { source: source.clone(), columns, faults: Faults::default(), n_rows: 0 }
    }

    /// Checks `n_rows` rows whose numbers have been added to a piece from `begin` on. Rows with missing values are dropped if
    /// the options request it while rows are read.
    fn add(&mut self, piece: &mut Piece, begin: usize, n_rows: usize) {
        let n_columns = self.columns.names.len();
        let (first, first_in_piece) = (self.n_rows, piece.n_rows);
        self.n_rows += n_rows;
        piece.n_rows += n_rows;
        if all_finite(&piece.numbers[begin..]) {
            return;
        }
        let mut end = begin;
        for row in 0..n_rows {
            let at = begin + row * n_columns;
            let faults = Faults::of_row(first + row + 1, &piece.numbers[at..at + n_columns]);
            if faults.has_missing() && self.source.options.drops_while_reading() {
                piece.dropped.push(first_in_piece + row);
            } else {
                self.faults.merge(faults, 0);
                piece.numbers.copy_within(at..at + n_columns, end);
                end += n_columns;
            }
        }
        piece.numbers.truncate(end);
    }

    fn check(&self) -> Result<()> {
        self.faults.check(&self.source, &self.columns, "row")
    }
}

/// Selects columns of a table of numbers with these names, or with `n_columns` columns without names.
pub(super) fn choose_columns(
    source: &Source,
    names: &[String],
    n_columns: usize,
) -> Result<Columns> {
    Columns::choose(source, &column_names(names, n_columns), !names.is_empty())
}

/// Makes a sheet of the selected columns of a matrix with these names, or with none.
pub(super) fn sheet(source: &Source, records: Array2<f64>, names: &[String]) -> Result<Sheet> {
    let columns = choose_columns(source, names, records.ncols())?;
    let all = columns.places.iter().copied().eq(0..records.ncols());
    let records = if all { records } else { records.select(Axis(1), &columns.places) };
    let n_rows = records.nrows();
    // copied only if in another order
    let records = if records.is_standard_layout() {
        records
    } else {
        records.as_standard_layout().into_owned()
    };
    let numbers = match records.into_raw_vec_and_offset() {
        (numbers, None | Some(0)) => numbers,
        (numbers, Some(offset)) => numbers[offset..].to_vec(),
    };
    let mut piece = Piece { numbers, ..Piece::default() };
    piece.numbers.truncate(n_rows * columns.names.len());
    let mut checked = Checked::new(source, columns);
    checked.add(&mut piece, 0, n_rows);
    checked.check()?;
    let decisions = checked.columns.decisions.clone();
    finish(source, &checked.columns, (&[], &decisions), piece)
}
