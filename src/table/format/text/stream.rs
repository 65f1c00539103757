//! Streams of the rows of text tables.

use std::io::Read;

use memchr::memchr2;

use super::buffer::{BEGINNING, TextInput};
use super::check::check;
use super::comments::Comments;
use super::dialect::Dialect;
use super::encoding::{Encoding, decoded};
use super::parse::{ParsedRecords, is_plain, parse_parts, parse_quoted};
use super::part::{Part, Plan, TextFaults, Use};
use super::record::Syntax;
use super::roles::Role;
use super::sample::Sample;
use super::separator::{Separator, separator};
use super::spread;
use crate::error::{Error, Result};
use crate::table::columns::{Columns, Slot};
use crate::table::decision::Decision;
use crate::table::input::Input;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;
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
        Ok(Self {
            source: source.clone(),
            names: dialect.names,
            syntax,
            plan,
            columns,
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
        for Part { rows, n_lines, faults } in parts {
            self.n_records += rows.n_rows;
            self.faults.merge(faults, self.n_lines);
            self.n_lines += n_lines;
            piece.append(rows);
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

    fn check(&self, ended: bool) -> Result<()> {
        let read = (self.n_records, !ended);
        let table = (self.names.as_slice(), &self.plan, self.syntax.separator);
        check(&self.source, table, &self.columns, &self.faults, read)
    }
}

/// Removes the first line if it states the separator, as `sep=;` does for spreadsheets, and returns the separator.
fn separator_line<R: Read>(input: &mut TextInput<R>) -> Option<Separator> {
    let end = memchr2(b'\n', b'\r', &input.buffer)?;
    let line = match &input.buffer[..end] {
        [b'"', inner @ .., b'"'] => inner,
        line => line,
    };
    let (word, stated) = line.split_at_checked(4)?;
    if !word.eq_ignore_ascii_case(b"sep=") || stated.len() != 1 {
        return None;
    }
    let separator = Separator::of(char::from(stated[0]))?;
    let end = if input.buffer[end..].starts_with(b"\r\n") { end + 1 } else { end };
    input.buffer.drain(..=end);
    Some(separator)
}

/// Returns the rules by which the text is split: given in the options, stated by the file, or detected.
fn syntax<R>(source: &Source, input: &TextInput<R>, stated: Option<Separator>) -> Result<Syntax> {
    let options = &source.options;
    let comments = Comments::new(options.comment.as_deref().unwrap_or("#"));
    let expected = "a character that does not occur in numbers";
    let given = options.separator.map(|given| {
        Separator::of(given)
            .ok_or_else(|| Error::param("the separator", format!("{given:?}"), expected))
    });
    let separator = match given.transpose()?.or(stated) {
        Some(separator) => separator,
        None => separator(&input.buffer, input.ended, Separator::usual(&source.path), &comments),
    };
    Ok(Syntax { separator, comments })
}

/// Splits the beginning of a table, which is extended to three records.
fn sample<R: Read>(input: &mut TextInput<R>, syntax: &Syntax, n_lines: usize) -> Result<Sample> {
    input.fill(BEGINNING)?;
    loop {
        let sample = Sample::of(&input.buffer, syntax, input.ended, n_lines);
        if input.ended || sample.head.len() > 2 {
            return Ok(sample);
        }
        input.grow(sample.head.last().map_or(n_lines, |last| last.end.1) + 1)?;
    }
}

/// Keeps the lines that begin like comments if all lines below the names do, unless the prefix of comments is given.
fn without_comments<R: Read>(
    input: &mut TextInput<R>,
    syntax: Syntax,
    sample: Sample,
    n_lines: usize,
) -> Result<(Syntax, Sample)> {
    let is_given = input.source.options.comment.is_some();
    let ([names], false) = (sample.head.as_slice(), is_given) else {
        return Ok((syntax, sample));
    };
    let are_below = sample.comments.iter().all(|&(line, _)| line > names.line);
    let uncommented = Syntax { comments: Comments::new(""), ..syntax.clone() };
    let all = self::sample(input, &uncommented, n_lines)?;
    let are_alike = all.head.iter().all(|head| head.record.len() == names.record.len());
    // all lines but that of the names look like comments, so they are rather values that begin with the prefix
    let are_values = are_below && are_alike && all.head.len() > 2;
    Ok(if are_values { (uncommented, all) } else { (syntax, sample) })
}

fn unclosed(source: &Source, line: usize) -> Error {
    Error::UnclosedQuote { path: source.path.clone(), line }
}

/// Determines the use of the columns of a file.
fn plan(source: &Source, dialect: &mut Dialect, markers: MissingMarkers) -> (Plan, Columns) {
    let n_columns = dialect.names.len();
    let mut uses = vec![Use::Nothing; n_columns];
    for (at, &column) in dialect.columns.places.iter().enumerate() {
        uses[column] = Use::Number(at);
    }
    let mut n_texts = 0;
    for (column, column_use) in uses.iter_mut().enumerate() {
        match (*column_use, dialect.roles[column]) {
            (Use::Nothing, Role::Empty) => *column_use = Use::Empty,
            (Use::Nothing, _) if source.options.carry => {
                *column_use = Use::Text(n_texts);
                n_texts += 1;
            }
            _ => {}
        }
    }
    let slot = |(column, column_use): (usize, &Use)| match *column_use {
        Use::Nothing | Use::Empty => None,
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
    let plan = Plan {
        n_least: n_columns - n_empty,
        uses,
        rules: std::mem::take(&mut dialect.rules),
        n_texts,
        markers,
        drop_missing: source.options.drop_missing,
    };
    (plan, columns)
}
