//! Parsed records of a text table: the part of a piece that one thread parses.

use super::field::{Field, bare};
use super::numeral::Mark;
use super::reading::Reading;
use crate::table::missing::{Faults, MissingMarkers};
use crate::table::raw::RawColumn;
use crate::table::stream::Piece;

/// The use of the columns of a file.
#[derive(Debug)]
pub(super) struct Plan {
    /// Use of each column.
    pub(super) uses: Vec<Use>,
    /// Minimum number of values of a record: empty columns at the end may be left out.
    pub(super) n_least: usize,
    /// How the values of each selected column are read.
    pub(super) readings: Vec<Reading>,
    /// The selected columns without values.
    pub(super) raw: Vec<RawColumn>,
    /// The column kept as text that is also a selected one, for each of these.
    pub(super) kept_texts: Vec<Option<usize>>,
    /// Whether values are kept as text to be written again: those that are missing are empty.
    pub(super) keep_texts: bool,
    /// Number of columns kept as text.
    pub(super) n_texts: usize,
    /// Missing values.
    pub(super) markers: MissingMarkers,
    /// Whether records with missing values in selected columns are dropped.
    pub(super) drop_missing: bool,
}

/// The use of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The selected column with this index.
    Number(usize),
    /// The column kept as text with this index.
    Text(usize),
    /// The column is skipped.
    Nothing,
    /// The column is skipped, since it has neither a name nor values.
    Empty,
}

/// The content of consecutive records.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The rows; NaN for missing values, and codes of the texts of this part.
    pub(super) rows: Piece,
    /// The selected columns as they are read.
    pub(super) raw: Vec<RawColumn>,
    pub(super) n_lines: usize,
    pub(super) faults: TextFaults,
}

/// Faults of records.
#[derive(Debug, Default)]
pub(super) struct TextFaults {
    /// Missing and infinite values of columns of numbers.
    pub(super) values: Faults,
    /// Texts in columns of numbers or dates, and values in empty columns, one entry per column.
    pub(super) texts: Vec<TextFault>,
    /// If the decimal mark is not known from the first lines: the first number with a point, and with a comma.
    pub(super) marks: [Option<TextFault>; 2],
    /// Columns of dates of which parts have another form.
    pub(super) mixed_dates: Vec<usize>,
    /// Line and length of the first record of another length; reading stops there.
    pub(super) ragged: Option<(usize, usize)>,
    /// Line and column of the first field that is not UTF-8.
    pub(super) not_utf8: Option<(usize, usize)>,
}

/// Texts in a column of numbers: their count, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextFault {
    pub(super) column: usize,
    pub(super) count: usize,
    pub(super) line: usize,
    pub(super) first: String,
}

impl Part {
    pub(super) fn new(plan: &Plan) -> Self {
        let raw = plan.raw.iter().map(RawColumn::empty).collect();
        Self { rows: Piece::new(plan.n_texts), raw, ..Self::default() }
    }

    /// Adds the record in `line`, with none for fields that are not UTF-8. Returns false if its length differs from that of the
    /// others, so that reading should stop.
    pub(super) fn add<'f>(
        &mut self,
        plan: &Plan,
        line: usize,
        mut fields: impl Iterator<Item = Option<&'f str>>,
    ) -> bool {
        let rows = &mut self.rows;
        let begin = rows.numbers.len();
        rows.numbers.resize(begin + plan.readings.len(), f64::NAN);
        let mut values = Faults::default();
        let mut n_fields = 0;
        for (&column_use, field) in plan.uses.iter().zip(&mut fields) {
            let column = n_fields;
            n_fields += 1;
            if column_use == Use::Nothing {
                continue;
            }
            let field = field.unwrap_or_else(|| {
                self.faults.not_utf8.get_or_insert((line, column));
                ""
            });
            match column_use {
                Use::Nothing => {}
                Use::Empty => {
                    if !bare(field).is_empty() {
                        self.faults.add_text(column, 1, line, field);
                    }
                }
                Use::Text(at) => rows.texts[at].push(bare(field).to_owned()),
                Use::Number(at) => {
                    if let Some(kept) = plan.kept_texts[at] {
                        rows.texts[kept].push(bare(field).to_owned());
                    }
                    let read = match &plan.readings[at] {
                        Reading::Number(rules) => Field::of(field, rules, &plan.markers),
                        reading => text_field(reading, bare(field), &mut self.raw[at], plan),
                    };
                    if read == Field::Missing
                        && plan.keep_texts
                        && let Some(kept) = plan.kept_texts[at]
                    {
                        rows.texts[kept].last_mut().expect("just added").clear();
                    }
                    match read {
                        Field::Number(number) if number.is_finite() => {
                            rows.numbers[begin + at] = number;
                        }
                        Field::Number(number) => values.add((line, at), number),
                        Field::Marked(number, mark) => {
                            rows.numbers[begin + at] = number;
                            self.faults.add_mark(mark, column, line, field);
                        }
                        Field::Missing => values.add((line, at), f64::NAN),
                        Field::Text => self.faults.add_text(column, 1, line, field),
                    }
                }
            }
        }
        n_fields += fields.count();
        if n_fields > plan.uses.len() || n_fields < plan.n_least {
            self.faults.ragged = Some((line, n_fields));
            return false;
        }
        if values.has_missing() && plan.drop_missing {
            rows.dropped.push(rows.n_rows);
            rows.numbers.truncate(begin);
            rows.texts.iter_mut().for_each(|column| drop(column.pop()));
        } else {
            self.faults.values.merge(values, 0);
        }
        rows.n_rows += 1;
        true
    }
}

/// Parses a date, or encodes a text.
fn text_field(reading: &Reading, text: &str, raw: &mut RawColumn, plan: &Plan) -> Field {
    let markers = &plan.markers;
    if markers.has_text(text) || text.parse().is_ok_and(|number| markers.has_number(number)) {
        return Field::Missing;
    }
    let number = match (reading, raw) {
        (Reading::Date(Some(pattern)), _) => pattern.days(text),
        (Reading::Date(None), RawColumn::Dates(dates)) => dates.add(text),
        (_, RawColumn::Texts(texts)) => Some(texts.code(text)),
        _ => None,
    };
    number.map_or(Field::Text, Field::Number)
}

impl TextFaults {
    /// Adds the faults of later records, whose lines are counted from line `n_lines` on.
    pub(super) fn merge(&mut self, part: Self, n_lines: usize) {
        let Self { values, texts, marks, ragged, not_utf8, mixed_dates } = part;
        self.mixed_dates.extend(mixed_dates);
        let at = |(line, column)| (line + n_lines, column);
        for (mark, found) in self.marks.iter_mut().zip(marks) {
            let found = found.map(|found| TextFault { line: found.line + n_lines, ..found });
            *mark = mark.take().or(found);
        }
        self.values.merge(values, n_lines);
        self.not_utf8 = self.not_utf8.or(not_utf8.map(at));
        self.ragged = self.ragged.or(ragged.map(at));
        for TextFault { column, count, line, first } in texts {
            self.add_text(column, count, line + n_lines, &first);
        }
    }

    fn add_mark(&mut self, mark: Mark, column: usize, line: usize, text: &str) {
        let first = || TextFault { column, count: 1, line, first: text.to_owned() };
        self.marks[usize::from(mark == Mark::Comma)].get_or_insert_with(first);
    }

    fn add_text(&mut self, column: usize, count: usize, line: usize, text: &str) {
        match self.texts.iter_mut().find(|fault| fault.column == column) {
            Some(fault) => fault.count += count,
            None => self.texts.push(TextFault { column, count, line, first: text.to_owned() }),
        }
    }
}
