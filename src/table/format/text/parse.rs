//! Parsing of lines and records of a text table.

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;

use super::part::{Part, Plan};
use super::record::{Next, Record, Records, Syntax, words};
use super::separator::Separator;

/// Whether all records are lines: nothing is quoted, and no line ends in a carriage return alone.
pub(super) fn is_plain(bytes: &[u8], ended: bool) -> bool {
    let lone_return = |pair: &[u8]| pair[0] == b'\r' && pair[1] != b'\n';
    let has = |byte: u8| memchr(byte, bytes).is_some();
    let ends_in_return = ended && bytes.ends_with(b"\r");
    !has(b'"') && !(has(b'\r') && (ends_in_return || bytes.windows(2).any(lone_return)))
}

/// Parses lines in about `n` parts in parallel.
pub(super) fn parse_parts(plan: &Plan, syntax: &Syntax, bytes: &[u8], n: usize) -> Vec<Part> {
    split(bytes, n).into_par_iter().map(|bytes| parse_plain(plan, syntax, bytes)).collect()
}

/// The records at the beginning of bytes.
pub(super) struct ParsedRecords {
    pub(super) part: Part,
    /// Number of bytes that were parsed.
    pub(super) n_bytes: usize,
    /// Line, counted from 1 in the bytes, of a quote that is not closed.
    pub(super) unclosed: Option<usize>,
}

/// Parses records that may be quoted; lines are counted from the beginning of `bytes`. `ended` is whether the text ends there.
pub(super) fn parse_quoted(
    plan: &Plan,
    syntax: &Syntax,
    bytes: &[u8],
    ended: bool,
) -> ParsedRecords {
    let mut part = Part::new(plan);
    let mut records = Records::new(bytes, syntax, ended, 0);
    let mut record = Record::default();
    let mut unclosed = None;
    loop {
        match records.next(&mut record) {
            Next::Record(line) => {
                let continues = match record.texts() {
                    Some(texts) => part.add(plan, line, texts),
                    None => part.add(plan, line, record.fields().map(text_of)),
                };
                if !continues {
                    break;
                }
            }
            Next::Unclosed(line) => {
                unclosed = Some(line);
                break;
            }
            Next::Incomplete | Next::End => break,
        }
    }
    part.n_lines = records.n_lines;
    ParsedRecords { part, n_bytes: records.at, unclosed }
}

/// Parses lines; lines and records are counted from the beginning of `bytes`.
fn parse_plain(plan: &Plan, syntax: &Syntax, bytes: &[u8]) -> Part {
    let mut part = Part::new(plan);
    let mut rest = bytes;
    while !rest.is_empty() {
        part.n_lines += 1;
        let number = part.n_lines;
        let (line, after) = rest.split_at(memchr(b'\n', rest).unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if syntax.comments.is_comment(line) {
            continue;
        }
        let is_even = match (syntax.separator, std::str::from_utf8(line)) {
            (_, Ok("")) => true,
            (Separator::Byte(byte), Ok(line)) if byte != b'\t' && is_blank(line) => true,
            // UTF-8 is checked faster for a whole line than for its fields
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
            (Separator::Blanks, _) => match words(line, &syntax.comments) {
                words if words.is_empty() => true,
                words => part.add(plan, number, words.into_iter().map(text_of)),
            },
        };
        if !is_even {
            break;
        }
    }
    part
}

pub(super) fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Whether a line holds spaces only.
fn is_blank(line: &str) -> bool {
    line.starts_with(' ') && line.trim_ascii().is_empty()
}

/// Splits at line ends into about `n` parts.
fn split(bytes: &[u8], n: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    for left in (1..=n).rev() {
        let at = rest.len() / left;
        let line_end = || rest[at..].iter().position(|&byte| byte == b'\n');
        let end = match left {
            1 => rest.len(),
            _ => line_end().map_or(rest.len(), |end| at + end + 1),
        };
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_at_lines_and_are_complete() {
        let text = b"1,2\n3,4\n5,6\n7,8";
        for n in 1..8 {
            let parts = split(text, n);
            assert_eq!(parts.concat(), text);
            let (_, others) = parts.split_last().unwrap();
            assert!(others.iter().all(|part| part.ends_with(b"\n")), "{n}");
        }
        assert!(split(b"", 3).is_empty());
    }
}
