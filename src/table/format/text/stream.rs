//! Streams of the rows of text tables.

use std::io::{Chain, Cursor, Read};

use super::check::check;
use super::head::TextInput;
use super::lines::LineCounter;
use super::parse::{csv_reader, is_plain, parse_parts, text_of};
use super::part::{Part, Plan, TextFaults, Use};
use super::separator::{Separator, separator};
use crate::error::{Error, Result};
use crate::table::columns::{Columns, Slot, column_names};
use crate::table::options::Source;
use crate::table::size::{SAMPLE, TableSize};
use crate::table::stream::{Piece, RowStream};

/// Number of bytes that a thread parses at a time.
const PART: usize = 1 << 20;
/// Number of records that are read at a time after the first quote.
const RECORDS: usize = 1 << 16;

/// The rows of a text table.
pub(super) struct TextStream<'a> {
    source: Source,
    names: Vec<String>,
    separator: Separator,
    plan: Plan,
    columns: Columns,
    state: State<'a>,
    /// Numbers of records and lines that were read, including lines before the records.
    n_records: usize,
    n_lines: usize,
    faults: TextFaults,
}

/// The rest of the input.
enum State<'a> {
    /// Lines without quotes so far.
    Plain(TextInput<Box<dyn Read + 'a>>),
    /// Records that may be quoted.
    Quoted(csv::Reader<LineCounter<Rest<'a>>>),
    Ended,
}

type Rest<'a> = Chain<Cursor<Vec<u8>>, Box<dyn Read + 'a>>;

impl<'a> TextStream<'a> {
    /// Reads the first lines of a table.
    ///
    /// # Errors
    /// Any error in them or in the selection of columns.
    pub(super) fn open(source: &Source, input: Box<dyn Read + 'a>) -> Result<Self> {
        let options = &source.options;
        let mut input =
            TextInput { source: source.clone(), input, buffer: Vec::new(), ended: false };
        let skipped = input.skip_lines(options.skip)?;
        input.two_lines()?;
        let separator = separator(&input.buffer, Separator::usual(&source.path));
        let Some(head) = input.head(separator)? else {
            return Err(Error::EmptyTable { path: source.path.clone() });
        };
        let is_header = options.header.unwrap_or_else(|| head.has_text(separator.decimal_comma()));
        let names = if is_header {
            head.names(source, skipped + 1)?
        } else {
            column_names(&[], head.n_fields())
        };
        let (plan, columns) = plan(source, (&names, is_header), separator)?;
        // lines before the records
        let mut n_lines = skipped;
        if is_header {
            input.buffer.drain(..head.n_bytes);
            n_lines += head.n_lines;
        }
        Ok(Self {
            source: source.clone(),
            names,
            separator,
            plan,
            columns,
            state: State::Plain(input),
            n_records: 0,
            n_lines,
            faults: TextFaults::default(),
        })
    }

    /// Estimates the size in memory of the table, whose text has `length` bytes, by its first lines.
    ///
    /// # Errors
    /// Any error from reading them.
    pub(super) fn size(mut self, length: u64) -> Result<TableSize> {
        let (mut n_lines, mut n_bytes) = (0, 1);
        if let State::Plain(input) = &mut self.state {
            input.fill(SAMPLE)?;
            n_lines = memchr::memchr_iter(b'\n', &input.buffer).count() as u64;
            n_bytes = input.buffer.len().max(1) as u64;
        }
        let n_rows = length.saturating_mul(n_lines) / n_bytes + 1;
        Ok(TableSize::of(n_rows, self.columns.names.len(), false))
    }

    /// Adds the rows of consecutive parts, each with its own line count.
    fn add(&mut self, parts: Vec<Part>, piece: &mut Piece) {
        for Part { rows, n_lines, faults } in parts {
            self.n_records += rows.n_rows;
            self.faults.merge(faults, self.n_lines);
            self.n_lines += n_lines;
            piece.append(rows);
        }
    }

    /// Parses lines up to the next quote.
    fn next_plain(
        &mut self,
        mut input: TextInput<Box<dyn Read + 'a>>,
        piece: &mut Piece,
    ) -> Result<bool> {
        let n_threads = rayon::current_num_threads();
        input.fill(PART * n_threads)?;
        let end = loop {
            if let Separator::Byte(byte) = self.separator
                && !is_plain(&input.buffer, input.ended)
            {
                let rest = Cursor::new(input.buffer).chain(input.input);
                self.state = State::Quoted(csv_reader(byte, LineCounter::new(rest)));
                return Ok(true);
            }
            if input.ended {
                break input.buffer.len();
            }
            if let Some(at) = memchr::memrchr(b'\n', &input.buffer) {
                break at + 1;
            }
            // a longer piece, to include a line end
            input.grow()?;
            input.fill(PART * n_threads)?;
        };
        let parts = parse_parts(&self.plan, self.separator, &input.buffer[..end], n_threads);
        self.add(parts, piece);
        input.buffer.drain(..end);
        if self.faults.ragged.is_none() && !(input.ended && input.buffer.is_empty()) {
            self.state = State::Plain(input);
        }
        Ok(true)
    }

    /// Parses a number of records.
    fn next_quoted(
        &mut self,
        mut csv: csv::Reader<LineCounter<Rest<'a>>>,
        piece: &mut Piece,
    ) -> Result<bool> {
        let mut part = Part::new(&self.plan);
        let mut record = csv::ByteRecord::new();
        let mut continues = true;
        while continues && part.rows.n_rows < RECORDS {
            let end = csv.position().byte();
            // earlier line ends are no longer needed
            csv.get_mut().line_after(end);
            if !csv.read_byte_record(&mut record).map_err(|error| self.source.io(error.into()))? {
                continues = false;
                break;
            }
            // the line of a record is known only after it has been read, since blank lines may precede it
            let line = csv.get_mut().line_after(end);
            continues = part.add(&self.plan, line, record.iter().map(text_of));
        }
        // lines are counted from the position of the first quote
        let Part { rows, faults, .. } = part;
        self.n_records += rows.n_rows;
        self.faults.merge(faults, self.n_lines);
        piece.append(rows);
        if continues {
            self.state = State::Quoted(csv);
        }
        Ok(true)
    }
}

impl RowStream for TextStream<'_> {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn next(&mut self, piece: &mut Piece) -> Result<bool> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Plain(input) => self.next_plain(input, piece),
            State::Quoted(csv) => self.next_quoted(csv, piece),
            State::Ended => Ok(false),
        }
    }

    fn check(&self, ended: bool) -> Result<()> {
        let read = (self.n_records, !ended);
        check(&self.source, (&self.names, self.separator), &self.columns, &self.faults, read)
    }
}

/// Determines the use of the columns of a file.
fn plan(
    source: &Source,
    (names, named): (&[String], bool),
    separator: Separator,
) -> Result<(Plan, Columns)> {
    let mut columns = Columns::choose(source, names, named)?;
    let mut uses = vec![Use::Nothing; names.len()];
    for (at, &column) in columns.places.iter().enumerate() {
        uses[column] = Use::Number(at);
    }
    let mut n_texts = 0;
    if source.options.carry {
        for skipped in uses.iter_mut().filter(|column| **column == Use::Nothing) {
            *skipped = Use::Text(n_texts);
            n_texts += 1;
        }
    }
    let slot = |(name, column_use): (&String, &Use)| match *column_use {
        Use::Nothing => None,
        Use::Number(at) => Some(Slot::Number(at)),
        Use::Text(_) => Some(Slot::Text(name.clone())),
    };
    columns.slots = names.iter().zip(&uses).filter_map(slot).collect();
    let plan = Plan {
        uses,
        n_numbers: columns.places.len(),
        n_texts,
        decimal_comma: separator.decimal_comma(),
        drop_missing: source.options.drop_missing,
    };
    Ok((plan, columns))
}
