//! The input of a text table and its first record.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use memchr::memchr;

use super::field::{Field, NOT_UTF8, bare};
use super::parse::{csv_reader, text_of, words};
use super::separator::Separator;
use crate::error::{Error, Result};
use crate::table::columns::default_name;
use crate::table::options::Source;

/// Maximum number of bytes of a line, or of a record of several lines.
pub(super) const LONGEST: usize = 1 << 28;
/// Number of bytes that are read first.
const BEGINNING: usize = 1 << 16;

/// The buffered input.
pub(super) struct TextInput<R> {
    pub(super) source: Source,
    pub(super) input: R,
    pub(super) buffer: Vec<u8>,
    pub(super) ended: bool,
}

/// The first record.
pub(super) struct Head {
    fields: Vec<Vec<u8>>,
    pub(super) n_bytes: usize,
    pub(super) n_lines: usize,
}

impl<R: Read> TextInput<R> {
    /// Reads until the buffer holds `n_bytes`, or the input ends.
    pub(super) fn fill(&mut self, n_bytes: usize) -> Result<()> {
        let missing = n_bytes.saturating_sub(self.buffer.len()) as u64;
        if missing == 0 || self.ended {
            return Ok(());
        }
        let read = self.input.by_ref().take(missing).read_to_end(&mut self.buffer);
        let read = read.map_err(|error| self.source.io(error))?;
        self.ended = (read as u64) < missing;
        Ok(())
    }

    /// Skips the first lines, and returns how many there were.
    pub(super) fn skip_lines(&mut self, n_lines: usize) -> Result<usize> {
        let (mut skipped, mut at) = (0, 0);
        while skipped < n_lines {
            match memchr(b'\n', &self.buffer[at..]) {
                Some(end) => {
                    at += end + 1;
                    skipped += 1;
                }
                None if self.ended => {
                    at = self.buffer.len();
                    break;
                }
                None => {
                    // skipped bytes are no longer needed
                    self.buffer.drain(..std::mem::take(&mut at));
                    self.grow()?;
                }
            }
        }
        self.buffer.drain(..at);
        self.fill(BEGINNING)?;
        Ok(skipped)
    }

    /// Reads until the buffer holds two lines of text, by which the separator is detected.
    pub(super) fn two_lines(&mut self) -> Result<()> {
        let is_full = |line: &&[u8]| line.ends_with(b"\n") && !line.trim_ascii().is_empty();
        loop {
            let lines = self.buffer.split_inclusive(|&byte| byte == b'\n');
            if self.ended || lines.filter(is_full).nth(1).is_some() {
                return Ok(());
            }
            self.grow()?;
        }
    }

    /// Doubles the number of bytes in the buffer.
    pub(super) fn grow(&mut self) -> Result<()> {
        if self.buffer.len() > LONGEST {
            return Err(no_lines(&self.source));
        }
        self.fill(2 * self.buffer.len().max(BEGINNING))
    }

    /// Returns the first record, which stays in the buffer; none if there is no record.
    pub(super) fn head(&mut self, separator: Separator) -> Result<Option<Head>> {
        loop {
            let head = match separator {
                Separator::Byte(byte) => {
                    let mut csv = csv_reader(byte, self.buffer.as_slice());
                    let mut record = csv::ByteRecord::new();
                    let found = csv.read_byte_record(&mut record);
                    let found = found.map_err(|error| self.source.io(error.into()))?;
                    let end = csv.position();
                    found.then(|| Head {
                        fields: record.iter().map(<[u8]>::to_vec).collect(),
                        n_bytes: end.byte() as usize,
                        n_lines: end.line() as usize - 1,
                    })
                }
                Separator::Blanks => {
                    let mut end = 0;
                    let mut lines = self.buffer.split_inclusive(|&byte| byte == b'\n').enumerate();
                    lines.find_map(|(index, line)| {
                        end += line.len();
                        let words = words(line);
                        (!words.is_empty()).then(|| Head {
                            fields: words.into_iter().map(<[u8]>::to_vec).collect(),
                            n_bytes: end,
                            n_lines: index + 1,
                        })
                    })
                }
            };
            // the record may continue after the bytes that have been read
            let is_complete = head.as_ref().is_some_and(|head| head.n_bytes < self.buffer.len());
            if is_complete || self.ended {
                return Ok(head);
            }
            self.grow()?;
        }
    }
}

fn no_lines(source: &Source) -> Error {
    let problem = format!("no line ends within {} MiB; is this a table?", LONGEST >> 20);
    source.table(1, 1, problem)
}

impl Head {
    /// Returns the fields as names of columns: on one line, not empty, and unique (the second `a` is `a.1`).
    pub(super) fn names(&self, source: &Source, line: usize) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::with_capacity(self.fields.len());
        let (mut used, mut seen) = (HashSet::new(), HashMap::<String, usize>::new());
        for (column, field) in self.fields.iter().enumerate() {
            let Some(text) = text_of(field) else {
                return Err(source.table(line, column + 1, NOT_UTF8.into()));
            };
            let name = match bare(text) {
                "" => default_name(column),
                name => name.replace(['\n', '\r'], " "),
            };
            let mut unique = name.clone();
            let count = seen.entry(name.clone()).or_insert(0);
            while used.contains(&unique) {
                *count += 1;
                unique = format!("{name}.{count}");
            }
            used.insert(unique.clone());
            names.push(unique);
        }
        Ok(names)
    }

    pub(super) fn n_fields(&self) -> usize {
        self.fields.len()
    }

    /// Whether a field is neither a number nor missing.
    pub(super) fn has_text(&self, decimal_comma: bool) -> bool {
        let is_text = |text: &str| Field::of(text, decimal_comma) == Field::Text;
        self.fields.iter().any(|field| text_of(field).is_none_or(is_text))
    }
}
