//! Streams of the rows of text tables.

use std::io::Read;

use super::beginning::{sample, separator_line, syntax, without_comments};
use super::buffer::TextInput;
use super::check::check;
use super::dialect::Dialect;
use super::encoding::{Encoding, decoded};
use super::parse::{ParsedRecords, is_plain, parse_parts, parse_quoted};
use super::part::{Part, Plan, TextFaults};
use super::plan::plan;
use super::record::Syntax;
use super::sample::is_rare;
use super::spread;
use crate::error::{Error, Result};
use crate::table::columns::Columns;
use crate::table::decision::Decision;
use crate::table::input::Input;
use crate::table::interner::Interner;
use crate::table::kind_choice::Request;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;
use crate::table::raw::RawColumn;
use crate::table::size::{SAMPLE, TableSize};
use crate::table::stream::{Piece, RowStream};

/// Number of bytes that a thread parses at a time.
const PART: usize = 1 << 20;

/// The rows of a text table.
pub(super) struct TextStream<'a> {
    source: Source,
    names: Vec<String>,
    syntax: Syntax,
    plan: Plan,
    columns: Columns,
    /// The selected columns as they are read so far.
    raw: Vec<RawColumn>,
    requests: Vec<Request>,
    are_unknown: Vec<bool>,
    decisions: Vec<Decision>,
    encoding: Encoding,
    /// The rest of the input; none at its end.
    rest: Option<TextInput<Box<dyn Read + 'a>>>,
    /// Numbers of records and lines that were read, including lines before the records.
    n_records: usize,
    n_lines: usize,
    faults: TextFaults,
}

impl<'a> TextStream<'a> {
    /// Reads the first lines of a table and detects its structure.
    ///
    /// # Errors
    /// Any error in them or in the selection of columns.
    pub(super) fn open(source: &Source, input: Input<'a>) -> Result<Self> {
        let options = &source.options;
        let file_length = input.length.filter(|_| input.is_file());
        let (text, encoding) = decoded(source, input.into_stream())?;
        let mut input = TextInput::new(source, text);
        let mut n_lines = input.skip_lines(options.skip)?;
        input.three_lines()?;
        let stated = separator_line(&mut input);
        n_lines += usize::from(stated.is_some());
        let syntax = syntax(source, &input, stated)?;
        let mut sample = sample(&mut input, &syntax, n_lines)?;
        if let Some(length) = file_length.filter(|_| encoding == Encoding::Utf8) {
            spread::add_lines(source, length, &syntax, &mut sample);
        }
        let (syntax, sample) = without_comments(&mut input, syntax, sample, n_lines)?;
        if sample.head.is_empty() {
            return Err(match sample.unclosed {
                Some(line) => unclosed(source, line),
                None => Error::EmptyTable { path: source.path.clone() },
            });
        }
        let markers = MissingMarkers::new(&options.missing_values);
        let mut dialect = Dialect::detect(source, &sample, &syntax, n_lines, &markers)?;
        if matches!(encoding, Encoding::Utf16 { has_mark: false, .. }) {
            dialect.decisions.insert(0, Decision::Utf16);
        }
        let is_complete = input.ended && sample.unclosed.is_none();
        if is_complete
            && dialect.begin.0 > 0
            && sample.head.last().is_some_and(|last| last.end == dialect.begin)
        {
            return Err(Error::NamesOnly { path: source.path.clone(), line: sample.head[0].line });
        }
        input.buffer.drain(..dialect.begin.0);
        let n_lines = dialect.begin.1;
        let (plan, columns) = plan(source, &mut dialect, markers);
        let raw = plan.raw.clone();
        Ok(Self {
            source: source.clone(),
            names: dialect.names,
            syntax,
            plan,
            columns,
            raw,
            requests: dialect.requests,
            are_unknown: dialect.are_unknown,
            decisions: dialect.decisions,
            encoding,
            rest: Some(input),
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
        if let Some(input) = &mut self.rest {
            input.fill(SAMPLE)?;
            n_lines = memchr::memchr_iter(b'\n', &input.buffer).count() as u64;
            n_bytes = input.buffer.len().max(1) as u64;
        }
        let length = match self.encoding {
            Encoding::Utf8 => length,
            Encoding::Utf16 { .. } => length / 2,
        };
        let n_rows = length.saturating_mul(n_lines) / n_bytes + 1;
        Ok(TableSize::of(n_rows, self.columns.names.len(), false))
    }

    /// Adds the rows of consecutive parts, each with its own line count.
    fn add(&mut self, parts: Vec<Part>, piece: &mut Piece) {
        for Part { mut rows, raw, n_lines, faults } in parts {
            self.merge_columns(&raw, &mut rows.numbers);
            self.n_records += rows.n_rows;
            self.faults.merge(faults, self.n_lines);
            self.n_lines += n_lines;
            piece.append(rows);
        }
    }

    /// Adds the texts and dates of a part to those before it, and replaces the codes of its texts.
    fn merge_columns(&mut self, part: &[RawColumn], numbers: &mut [f64]) {
        let n_columns = part.len();
        for (at, (all, part)) in self.raw.iter_mut().zip(part).enumerate() {
            match (all, part) {
                (RawColumn::Texts(all), RawColumn::Texts(part)) => {
                    let codes = all.merge(part);
                    let column = numbers.iter_mut().skip(at).step_by(n_columns);
                    for code in column.filter(|code| !code.is_nan()) {
                        *code = codes
                            .get(*code as usize)
                            .copied()
                            .filter(|_| *code >= 0.0)
                            .unwrap_or(Interner::NOT_KEPT);
                    }
                }
                (RawColumn::Dates(all), RawColumn::Dates(part)) => {
                    let are_mixed = !all.merge(part);
                    if are_mixed && !self.faults.mixed_dates.contains(&at) {
                        self.faults.mixed_dates.push(at);
                    }
                }
                _ => {}
            }
        }
    }

    /// Parses the next lines in parallel, or the next records if there are quotes. Returns the number of bytes.
    fn parse(
        &mut self,
        input: &mut TextInput<Box<dyn Read + 'a>>,
        piece: &mut Piece,
    ) -> Result<usize> {
        let n_threads = rayon::current_num_threads();
        input.fill(PART * n_threads)?;
        loop {
            if !is_plain(&input.buffer, input.ended) {
                let parsed = parse_quoted(&self.plan, &self.syntax, &input.buffer, input.ended);
                let ParsedRecords { part, n_bytes, unclosed: open } = parsed;
                let is_ragged = part.faults.ragged.is_some();
                if let Some(line) = open {
                    return Err(unclosed(&self.source, self.n_lines + line));
                }
                if n_bytes > 0 || input.ended || is_ragged {
                    self.add(vec![part], piece);
                    return Ok(n_bytes);
                }
            } else if input.ended || memchr::memrchr(b'\n', &input.buffer).is_some() {
                let line_end = memchr::memrchr(b'\n', &input.buffer).map(|at| at + 1);
                let end = line_end.filter(|_| !input.ended).unwrap_or(input.buffer.len());
                let parts = parse_parts(&self.plan, &self.syntax, &input.buffer[..end], n_threads);
                self.add(parts, piece);
                return Ok(end);
            }
            // a longer piece, to include the end of a line or a record
            input.grow(self.n_lines + 1)?;
        }
    }
}

impl RowStream for TextStream<'_> {
    fn columns(&self) -> &Columns {
        &self.columns
    }

    fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    fn next(&mut self, piece: &mut Piece) -> Result<bool> {
        let Some(mut input) = self.rest.take() else { return Ok(false) };
        let n_bytes = self.parse(&mut input, piece)?;
        let has_ended = input.ended && n_bytes == input.buffer.len();
        input.buffer.drain(..n_bytes);
        if self.faults.ragged.is_none() && !has_ended {
            self.rest = Some(input);
        }
        Ok(true)
    }

    fn raw(&self) -> &[RawColumn] {
        &self.raw
    }

    fn misjudged(&self) -> Vec<usize> {
        if self.faults.ragged.is_some() || self.faults.not_utf8.is_some() {
            return Vec::new();
        }
        let has_texts = |at: usize, place: usize| {
            let fault = self.faults.texts.iter().find(|fault| fault.column == place);
            fault.is_some_and(|fault| {
                let n_others = self.n_records.saturating_sub(fault.count);
                self.are_unknown[at] || !is_rare(fault.count, n_others)
            })
        };
        let is_misjudged = |&(at, &place): &(usize, &usize)| {
            self.requests[at] == Request::Detect
                && (self.faults.mixed_dates.contains(&at) || has_texts(at, place))
        };
        let places = self.columns.places.iter().enumerate();
        places.filter(is_misjudged).map(|(_, &place)| place).collect()
    }

    fn check(&self, _: bool) -> Result<()> {
        let read = (self.n_records, self.n_lines);
        let table = (self.names.as_slice(), &self.plan, self.syntax.separator);
        check(&self.source, table, &self.columns, &self.faults, read)
    }
}

fn unclosed(source: &Source, line: usize) -> Error {
    Error::UnclosedQuote { path: source.path.clone(), line }
}
