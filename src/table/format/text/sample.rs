//! Sample of the records of a text table, by which its structure is detected.

use std::ops::RangeInclusive;

use super::field::{Truth, bare, truth};
use super::numeral::{self, Mark, Notation, notation};
use super::record::{Next, Record, Records, Syntax};
use super::sign::split_sign;
use crate::table::missing::MissingMarkers;

/// Maximum number of records at the beginning.
const N_RECORDS: usize = 500;

/// Numbers that may be years.
pub(super) const YEARS: RangeInclusive<f64> = 1500.0..=2200.0;

/// A record at the beginning of a table.
#[derive(Debug, Clone)]
pub(super) struct SampledRecord {
    pub(super) record: Record,
    /// Line in which it begins, counted from 1.
    pub(super) line: usize,
    /// Number of bytes and lines up to its end.
    pub(super) end: (usize, usize),
}

/// Records at the beginning of a table, and records without a known position that are spread over its file.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    pub(super) head: Vec<SampledRecord>,
    pub(super) spread: Vec<Record>,
    /// Comments at the beginning: their line, counted from 1, and text.
    pub(super) comments: Vec<(usize, String)>,
    /// Line of a quote that is not closed.
    pub(super) unclosed: Option<usize>,
}

impl Sample {
    /// Splits the beginning of a table after `n_lines` lines; `ended` is whether it is complete.
    pub(super) fn of(bytes: &[u8], syntax: &Syntax, ended: bool, n_lines: usize) -> Self {
        let mut records = Records::new(bytes, syntax, ended, n_lines);
        records.comments = Some(Vec::new());
        let mut sample = Self::default();
        let mut record = Record::default();
        while sample.head.len() < N_RECORDS {
            match records.next(&mut record) {
                Next::Record(line) => sample.head.push(SampledRecord {
                    record: std::mem::take(&mut record),
                    line,
                    end: (records.at, records.n_lines),
                }),
                Next::Unclosed(line) => {
                    sample.unclosed = Some(line);
                    break;
                }
                Next::End | Next::Incomplete => break,
            }
        }
        let comments = records.comments.take().unwrap_or_default();
        let text =
            |range| String::from_utf8_lossy(syntax.comments.text(&bytes[range])).into_owned();
        sample.comments = comments.into_iter().map(|(line, range)| (line, text(range))).collect();
        sample
    }

    /// Adds records from the middle of the file, without the incomplete lines at both ends.
    pub(super) fn add_spread(&mut self, bytes: &[u8], syntax: &Syntax) {
        let begin = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
        let mut records = Records::new(&bytes[begin..], syntax, false, 0);
        let mut record = Record::default();
        while matches!(records.next(&mut record), Next::Record(_)) {
            self.spread.push(std::mem::take(&mut record));
        }
    }

    /// Returns the records from index `first` on, then the spread ones, if they have `n_fields` values.
    pub(super) fn rows(&self, first: usize, n_fields: usize) -> impl Iterator<Item = &Record> {
        let head = self.head.iter().skip(first).map(|sampled| &sampled.record);
        head.chain(&self.spread).filter(move |record| record.len() == n_fields)
    }

    /// Returns the most frequent number of values of the records from index `first` on; 0 if there are none.
    pub(super) fn n_fields(&self, first: usize) -> usize {
        let mut counts = std::collections::BTreeMap::<usize, usize>::new();
        for sampled in self.head.iter().skip(first) {
            *counts.entry(sampled.record.len()).or_default() += 1;
        }
        counts.into_iter().max_by_key(|&(_, count)| count).map_or(0, |(n_fields, _)| n_fields)
    }
}

/// The type of a value, before the notation of numbers is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Empty,
    /// A word for a missing value.
    Missing,
    Number(Notation),
    Truth(Truth),
    Text,
}

impl Cell {
    pub(super) fn of(field: &[u8], markers: &MissingMarkers) -> Self {
        let Some(text) = bare_text(field) else { return Self::Text };
        if text.is_empty() {
            return Self::Empty;
        }
        if markers.has_text(text) {
            return Self::Missing;
        }
        match notation(text) {
            Some(Notation::Plain) if markers.has_number(text.parse().unwrap_or_default()) => {
                Self::Missing
            }
            Some(notation) => Self::Number(notation),
            None => truth(text).map_or(Self::Text, Self::Truth),
        }
    }

    pub(super) fn is_missing(self) -> bool {
        matches!(self, Self::Empty | Self::Missing)
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number(_))
    }
}

/// Returns a field as text without surrounding white space; none if it is not UTF-8.
pub(super) fn bare_text(field: &[u8]) -> Option<&str> {
    std::str::from_utf8(field).ok().map(bare)
}

/// Returns the value of a number by its own notation; a single mark is a decimal mark.
pub(super) fn value(field: &[u8]) -> Option<f64> {
    let text = bare_text(field)?;
    let mark = match notation(text)? {
        Notation::Plain => Mark::Point,
        Notation::Decimal(mark) | Notation::Ambiguous(mark) => mark,
        Notation::Thousands(mark) => mark.other(),
    };
    numeral::parse(text, mark, false)
}

/// The values of a column of a sample.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnSample {
    pub(super) n_numbers: usize,
    /// Number of numbers with a decimal mark.
    pub(super) n_decimals: usize,
    /// Number of numbers that may be years.
    pub(super) n_years: usize,
    /// Number of values that are missing, and of those that are empty.
    pub(super) n_missing: usize,
    pub(super) n_empty: usize,
    pub(super) n_words: usize,
    pub(super) n_letters: [usize; 2],
    pub(super) n_texts: usize,
    pub(super) n_quoted: usize,
    /// Number of texts that are numbers with the same sign, and that sign.
    n_signed: usize,
    first_sign: Option<char>,
    pub(super) range: Option<(f64, f64)>,
}

impl ColumnSample {
    pub(super) fn add(&mut self, record: &Record, column: usize, markers: &MissingMarkers) {
        let field = record.field(column);
        self.n_quoted += usize::from(record.is_quoted(column));
        match Cell::of(field, markers) {
            Cell::Empty => {
                self.n_missing += 1;
                self.n_empty += 1;
            }
            Cell::Missing => self.n_missing += 1,
            Cell::Number(notation) => {
                self.n_numbers += 1;
                self.n_decimals += usize::from(notation != Notation::Plain);
                if let Some(value) = value(field) {
                    let (min, max) = self.range.unwrap_or((value, value));
                    self.range = Some((min.min(value), max.max(value)));
                    self.n_years += usize::from(YEARS.contains(&value));
                }
            }
            Cell::Truth(Truth::Word(_)) => self.n_words += 1,
            Cell::Truth(Truth::Letter(letter)) => self.n_letters[usize::from(letter)] += 1,
            Cell::Text => {
                self.n_texts += 1;
                self.add_sign(bare_text(field).unwrap_or_default());
            }
        }
    }

    fn add_sign(&mut self, text: &str) {
        let Some((sign, number)) = split_sign(text) else { return };
        let is_first = self.n_texts == 1;
        if (is_first || self.first_sign == Some(sign)) && notation(&number).is_some() {
            self.first_sign = Some(sign);
            self.n_signed += 1;
        }
    }

    /// Number of values that are not missing and no numbers.
    pub(super) fn n_others(&self) -> usize {
        self.n_words + self.n_letters[0] + self.n_letters[1] + self.n_texts
    }

    /// Whether no value is known.
    pub(super) fn is_unknown(&self) -> bool {
        self.n_others() + self.n_numbers == 0
    }

    /// The sign of all numbers, if they have one: a percent or currency sign.
    pub(super) fn sign(&self) -> Option<char> {
        let has_others = self.n_others() > self.n_signed;
        self.first_sign.filter(|_| !has_others && is_rare(self.n_numbers, self.n_signed))
    }

    /// Whether most of the values that are not missing are numbers.
    pub(super) fn is_numeric(&self) -> bool {
        self.n_numbers > self.n_others()
    }

    /// Whether the values that are not missing are truth values: words, or both letters. A few values that are no words are
    /// rather mistakes.
    pub(super) fn is_boolean(&self) -> bool {
        let [n_false, n_true] = self.n_letters;
        let n_others = self.n_numbers + self.n_texts;
        let words = self.n_words > 0 && is_rare(n_others + n_false + n_true, self.n_words);
        words || (n_others == 0 && self.n_words == 0 && n_false > 0 && n_true > 0)
    }

    /// Whether the values are empty; a few others are rather mistakes.
    pub(super) fn is_empty(&self, n_rows: usize) -> bool {
        n_rows > 0 && is_rare(n_rows - self.n_empty, self.n_empty)
    }
}

/// Whether values are at most a tenth of the others.
pub(super) fn is_rare(n_values: usize, n_others: usize) -> bool {
    10 * n_values <= n_others
}

/// Describes each of the `n_fields` columns of rows.
pub(super) fn describe<'a>(
    rows: impl Iterator<Item = &'a Record>,
    n_fields: usize,
    markers: &MissingMarkers,
) -> Vec<ColumnSample> {
    let mut columns = vec![ColumnSample::default(); n_fields];
    for row in rows {
        for (index, column) in columns.iter_mut().enumerate() {
            column.add(row, index, markers);
        }
    }
    columns
}
