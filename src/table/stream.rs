//! Streams of rows, the common interface of all formats for reading.

use linfa::DatasetBase;
use ndarray::Array2;

use super::columns::{Columns, Slot};
use super::decision::Decision;
use super::finish::finish;
use super::options::Source;
use super::raw::RawColumn;
use super::schema::Schema;
use super::sheet::{Sheet, SheetColumn, without};
use crate::compute::memory::MemoryBudget;
use crate::error::Result;
use crate::rows::summaries::extent;

/// Approximate number of bytes of numbers that a stream returns at a time.
pub(super) const PIECE_BYTES: usize = 8 << 20;

/// The rows of a table, in the order of the file.
pub(super) trait RowStream {
    /// Returns the columns that are read.
    fn columns(&self) -> &Columns;

    /// Returns the decisions that were taken to read the table.
    fn decisions(&self) -> &[Decision] {
        &[]
    }

    /// Returns the columns as they are read; empty if all are numbers.
    fn raw(&self) -> &[RawColumn] {
        &[]
    }

    /// Returns the places in the file of columns that are not what the beginning of the table shows.
    fn misjudged(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Number of rows, including rows that are dropped; none if it is uncertain.
    fn n_rows(&self) -> Option<usize> {
        None
    }

    /// Adds the next rows to those of `piece`; false if there are no more.
    ///
    /// # Errors
    /// Any error that ends the reading.
    fn next(&mut self, piece: &mut Piece) -> Result<bool>;

    /// Returns an error if the values of the rows read so far have faults; `ended` is whether these are all rows.
    ///
    /// # Errors
    /// The most informative error.
    fn check(&self, ended: bool) -> Result<()>;
}

/// Consecutive rows.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Numbers of the selected columns, in row-major order; codes of texts.
    pub(super) numbers: Vec<f64>,
    /// Columns kept as text.
    pub(super) texts: Vec<Vec<String>>,
    /// Number of rows that were read, including dropped rows.
    pub(super) n_rows: usize,
    /// Rows dropped for missing values, counted from 0 in this piece.
    pub(super) dropped: Vec<usize>,
}

impl Piece {
    /// Creates an empty piece.
    pub(super) fn new(n_texts: usize) -> Self {
        Self { texts: vec![Vec::new(); n_texts], ..Self::default() }
    }

    /// Appends the rows that follow.
    pub(super) fn append(&mut self, mut next: Self) {
        self.dropped.extend(next.dropped.iter().map(|row| row + self.n_rows));
        self.numbers.append(&mut next.numbers);
        for (column, more) in self.texts.iter_mut().zip(&mut next.texts) {
            column.append(more);
        }
        self.n_rows += next.n_rows;
    }

    /// Removes all rows.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.texts.iter_mut().for_each(Vec::clear);
        self.n_rows = 0;
        self.dropped.clear();
    }

    /// Returns a sheet of these columns, whose first row is row `first_row` of the file.
    pub(super) fn into_sheet(self, columns: &Columns, schema: Schema, first_row: usize) -> Sheet {
        let Self { numbers, texts, n_rows, dropped } = self;
        let n_columns = columns.names.len();
        let records = Array2::from_shape_vec((numbers.len() / n_columns, n_columns), numbers)
            .expect("whole rows of numbers");
        let mut texts = texts.into_iter();
        let column = |slot: &Slot| match slot {
            Slot::Number(at) => SheetColumn::Number(*at),
            Slot::Text(name) => {
                let values = texts.next().expect("a list for each column of text");
                SheetColumn::Text { name: name.clone(), values }
            }
        };
        let slots = columns.slots.iter().map(column).collect();
        let mut rows = without(n_rows, &dropped);
        rows.iter_mut().for_each(|row| *row += first_row);
        let table = DatasetBase::from(records).with_feature_names(columns.names.clone());
        let (decisions, image) = (Vec::new(), None);
        Sheet { table, schema, columns: slots, rows, n_dropped: dropped.len(), decisions, image }
    }

    /// Whether the piece has about [`PIECE_BYTES`] bytes.
    pub(super) fn is_full(&self) -> bool {
        let kept = self.n_rows - self.dropped.len();
        let bytes = size_of_val(&self.numbers[..]) + kept * self.texts.len() * size_of::<String>();
        // if all rows are dropped, only their list grows
        bytes >= PIECE_BYTES || size_of_val(&self.dropped[..]) >= PIECE_BYTES
    }

    /// Returns an error if the vector of numbers is about to grow beyond the memory budget.
    fn check_memory(&self, budget: MemoryBudget) -> Result<()> {
        let used = size_of_val(&self.numbers[..]) as u64;
        if 2 * self.numbers.len() > self.numbers.capacity() {
            // a growing vector is copied to one of twice its length
            return budget.check("the table", 2 * used);
        }
        Ok(())
    }
}

/// Reads all rows of a stream into memory; if some columns are not what the beginning of the table shows, returns their places
/// in the file instead.
///
/// # Errors
/// Any error of the stream, [`Error::TooLarge`](crate::Error::TooLarge), or an error if there are no rows.
pub(super) fn collect(
    source: &Source,
    stream: &mut dyn RowStream,
    can_repeat: bool,
) -> Result<std::result::Result<Sheet, Vec<usize>>> {
    let columns = stream.columns().clone();
    let mut piece = Piece::new(columns.n_texts());
    if let Some(n_rows) = stream.n_rows() {
        let n_numbers = n_rows.saturating_mul(columns.names.len());
        source.options.budget.check("the table", (n_numbers as u64).saturating_mul(8))?;
        piece.numbers.reserve_exact(n_numbers);
    }
    while stream.next(&mut piece)? {
        piece.check_memory(source.options.budget)?;
    }
    let misjudged = stream.misjudged();
    if can_repeat && !misjudged.is_empty() {
        return Ok(Err(misjudged));
    }
    stream.check(true)?;
    let sheet = finish(source, &columns, (stream.raw(), stream.decisions()), piece)?;
    let image = columns.image.map(|shape| shape.holding(extent(sheet.table.records.view())));
    Ok(Ok(Sheet { image, ..sheet }))
}
