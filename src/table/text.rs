//! Text tables, read in pieces: a piece of the file is in memory at a time, and its lines are parsed in parallel.
//!
//! A piece in which nothing is quoted is cut at ends of lines into parts, one for each thread. From the first quote
//! on, the rest is read record by record, since only then is it known which ends of lines lie within quotes.

use std::io::{Cursor, Read};

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;

use super::choice::text_columns;
use super::column_names;
use super::field::{bare, shown};
use super::lines::LineCounter;
use super::part::{Faults, Part, Plan, TextFault, Use};
use super::pieces::Pieces;
use super::reader::{Source, TableReader};
use super::sniff::{Separator, separator};
use crate::error::{Error, Result};

/// Bytes that a thread parses at a time.
const PART: usize = 1 << 20;

/// What becomes of the numbers of each piece: kept, or taken out of the part.
pub(super) type Sink<'a> = &'a mut dyn FnMut(&mut Part) -> Result<()>;

/// What was read of a text table.
pub(super) struct TextTable {
    pub(super) names: Vec<String>,
    pub(super) plan: Plan,
    pub(super) part: Part,
}

/// Reads a table from `input`, in which values are `usually` separated so.
pub(super) fn read(
    reader: &TableReader,
    source: &Source<'_>,
    input: impl Read,
    usually: Separator,
    sink: Sink<'_>,
) -> Result<TextTable> {
    let mut pieces = Pieces { source, input, buffer: Vec::new(), ended: false };
    let skipped = pieces.skip_lines(reader.skip)?;
    pieces.two_lines()?;
    let separator = separator(&pieces.buffer, usually);
    let head = pieces.head(separator)?;
    let Some(head) = head else {
        return Err(Error::EmptyTable { path: source.path.into() });
    };
    let is_header = reader.header.unwrap_or_else(|| head.has_text(separator.decimal_comma()));
    let names = match is_header {
        true => head.names(source, skipped + 1)?,
        false => column_names(&[], head.n_fields()),
    };
    let plan = plan(reader, source, (&names, is_header), separator)?;
    // the lines of what comes before the records
    let mut part = Part { n_lines: skipped, ..Part::new(&plan) };
    if is_header {
        pieces.buffer.drain(..head.n_bytes);
        part.n_lines += head.n_lines;
    }
    let n_threads = rayon::current_num_threads();
    loop {
        pieces.fill(PART * n_threads)?;
        if separator != Separator::Blanks && !is_plain(&pieces.buffer, pieces.ended) {
            let rest = Cursor::new(std::mem::take(&mut pieces.buffer)).chain(pieces.input);
            let rest = parse_quoted(&plan, separator, source, rest, sink)?;
            part.append(rest);
            break;
        }
        let end = match pieces.ended {
            true => pieces.buffer.len(),
            false => match pieces.buffer.iter().rposition(|&byte| byte == b'\n') {
                Some(at) => at + 1,
                // a longer piece, to see the end of its line
                None => {
                    pieces.grow()?;
                    continue;
                }
            },
        };
        let parts = cut(&pieces.buffer[..end], n_threads);
        let parsed: Vec<_> =
            parts.into_par_iter().map(|bytes| parse_plain(&plan, separator, bytes)).collect();
        parsed.into_iter().for_each(|more| part.append(more));
        sink(&mut part)?;
        pieces.buffer.drain(..end);
        if part.faults.ragged.is_some() || (pieces.ended && pieces.buffer.is_empty()) {
            break;
        }
    }
    check(source, &names, &plan, &part, separator)?;
    Ok(TextTable { names, plan, part })
}

/// Whether lines are just lines: nothing is quoted, and none ends in a carriage return alone.
fn is_plain(bytes: &[u8], ended: bool) -> bool {
    let lone_return = |pair: &[u8]| pair[0] == b'\r' && pair[1] != b'\n';
    let has = |byte: u8| memchr(byte, bytes).is_some();
    let ends_so = ended && bytes.ends_with(b"\r");
    !has(b'"') && !(has(b'\r') && (ends_so || bytes.windows(2).any(lone_return)))
}

/// Parses lines; lines and records are counted from the beginning of `bytes`.
fn parse_plain(plan: &Plan, separator: Separator, bytes: &[u8]) -> Part {
    let mut part = Part::new(plan);
    let mut rest = bytes;
    while !rest.is_empty() {
        part.n_lines += 1;
        let number = part.n_lines;
        let (line, after) = rest.split_at(memchr(b'\n', rest).unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let goes_on = match (separator, std::str::from_utf8(line)) {
            (_, Ok("")) => true,
            // a whole line is checked faster than its fields
            (Separator::Byte(byte), Ok(line)) => {
                let ends = memchr_iter(byte, line.as_bytes()).chain([line.len()]);
                let mut begin = 0;
                let fields = ends.map(|end| {
                    let field = line.get(begin..end);
                    begin = end + 1;
                    field
                });
                part.add(plan, number, fields)
            }
            (Separator::Byte(byte), Err(_)) => {
                part.add(plan, number, line.split(|&at| at == byte).map(text_of))
            }
            (Separator::Blanks, _) => match words(line) {
                words if words.is_empty() => true,
                words => part.add(plan, number, words.into_iter().map(text_of)),
            },
        };
        if !goes_on {
            break;
        }
    }
    part
}

/// Records between two calls of the sink.
const RECORDS: usize = 1 << 16;

/// Parses records in which quotes may be.
fn parse_quoted(
    plan: &Plan,
    separator: Separator,
    source: &Source<'_>,
    input: impl Read,
    sink: Sink<'_>,
) -> Result<Part> {
    let Separator::Byte(byte) = separator else { return Ok(Part::new(plan)) };
    let mut part = Part::new(plan);
    let mut csv = csv_reader(byte, LineCounter::new(input));
    let mut record = csv::ByteRecord::new();
    loop {
        let end = csv.position().byte();
        let line = csv.get_mut().line_after(end);
        part.n_lines = line - 1;
        match csv.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => {
                sink(&mut part)?;
                return Ok(part);
            }
            Err(error) => return Err(source.io(error.into())),
        }
        // lines between records are known once what follows them has been read
        let line = csv.get_mut().line_after(end);
        if !part.add(plan, line, record.iter().map(text_of)) {
            return Ok(part);
        }
        if part.n_records.is_multiple_of(RECORDS) {
            sink(&mut part)?;
        }
    }
}

pub(super) fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

pub(super) fn csv_reader<R: Read>(separator: u8, input: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .buffer_capacity(1 << 16)
        .from_reader(input)
}

/// The words of a line before its comment.
pub(super) fn words(line: &[u8]) -> Vec<&[u8]> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let mut line = line;
    while let Some(rest) = line.strip_prefix(MARK) {
        line = rest;
    }
    let text = line.split(|&byte| byte == b'#').next().unwrap_or_default();
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
    text.split(is_blank).filter(|word| !word.is_empty() && *word != MARK).collect()
}

/// Cuts at ends of lines into about `n` parts.
fn cut(bytes: &[u8], n: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    for left in (1..=n).rev() {
        let at = rest.len() / left;
        let end = match left {
            1 => rest.len(),
            _ => {
                rest[at..].iter().position(|&byte| byte == b'\n').map_or(rest.len(), |e| at + e + 1)
            }
        };
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

pub(super) const NOT_UTF8: &str = "the text is not UTF-8; save the file in that encoding";

fn plan(
    reader: &TableReader,
    source: &Source<'_>,
    (names, named): (&[String], bool),
    separator: Separator,
) -> Result<Plan> {
    let chosen = reader.choice.resolve(source.path, names, named)?;
    let mut uses = vec![Use::Nothing; names.len()];
    for (at, &column) in chosen.iter().enumerate() {
        uses[column] = Use::Number(at);
    }
    let mut n_texts = 0;
    if reader.carry {
        for wanted in uses.iter_mut().filter(|wanted| **wanted == Use::Nothing) {
            *wanted = Use::Text(n_texts);
            n_texts += 1;
        }
    }
    Ok(Plan {
        uses,
        n_numbers: chosen.len(),
        n_texts,
        decimal_comma: separator.decimal_comma(),
        drop_missing: reader.drop_missing,
    })
}

/// Turns what is wrong with the records into an error, the most telling fault first.
fn check(
    source: &Source<'_>,
    names: &[String],
    plan: &Plan,
    part: &Part,
    separator: Separator,
) -> Result<()> {
    let Faults { n_gaps, n_with_gaps, first_gap, texts, first_infinite, ragged, not_utf8 } =
        &part.faults;
    if let Some((line, n_fields)) = *ragged {
        let n_columns = names.len();
        return Err(Error::RaggedTable {
            path: source.path.into(),
            line,
            column: n_fields.min(n_columns) + 1,
            found: n_fields,
            expected: n_columns,
            separator: separator.name(),
        });
    }
    if let Some((line, column)) = *not_utf8 {
        return Err(source.table(line, column + 1, NOT_UTF8.into()));
    }
    let mut in_order: Vec<_> = texts.iter().collect();
    in_order.sort_by_key(|fault| fault.column);
    // a column of text, as against a number that is mistyped
    let is_text = |fault: &&&TextFault| 2 * fault.count > part.n_records;
    let columns = in_order.iter().filter(is_text);
    let columns: Vec<String> = columns.map(|fault| names[fault.column].clone()).collect();
    if let Some(first) = in_order.iter().find(|fault| is_text(fault)) {
        let text = shown(bare(&first.first));
        let example = format!(", like {text:?} in line {}", first.line);
        return Err(text_columns(source.path, columns, example));
    }
    if let Some(first) = texts.iter().min_by_key(|fault| (fault.line, fault.column)) {
        let text = shown(bare(&first.first));
        let name = shown(&names[first.column]);
        let problem = match [';', '\t', ','].into_iter().find(|&other| text.contains(other)) {
            Some(other) if names.len() == 1 => format!(
                "the line is one value, {text:?}; if {other:?} separates values, not every line has equally many"
            ),
            _ => format!(
                "the value of {name:?} is {text:?}, not a number; leave the column out or encode it"
            ),
        };
        return Err(source.table(first.line, first.column + 1, problem));
    }
    if let Some(((line, column), number)) = *first_infinite {
        let name = &names[column];
        let problem = format!("the value of {name:?} is {number}; replace it or remove the line");
        return Err(source.table(line, column + 1, problem));
    }
    if let Some((line, column)) = *first_gap
        && !plan.drop_missing
    {
        return Err(Error::MissingValues {
            path: source.path.into(),
            unit: "line",
            line,
            column: column + 1,
            name: names[column].clone(),
            n_values: *n_gaps,
            n_rows: *n_with_gaps,
            of_rows: part.n_records,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_at_lines_and_are_whole_together() {
        let text = b"1,2\n3,4\n5,6\n7,8";
        for n in 1..8 {
            let parts = cut(text, n);
            assert_eq!(parts.concat(), text);
            let (_, but_last) = parts.split_last().unwrap();
            assert!(but_last.iter().all(|part| part.ends_with(b"\n")), "{n}");
        }
        assert!(cut(b"", 3).is_empty());
    }

    #[test]
    fn comments_and_marks_are_no_words() {
        assert_eq!(words("\u{feff}\u{feff}a  b # c\r\n".as_bytes()), [b"a", b"b"]);
        assert!(words(b"# nothing\n").is_empty());
    }
}
