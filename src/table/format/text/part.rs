//! Records of a text table, turned into numbers: what a thread makes of its part of a file.

use super::field::{Field, bare};
use crate::table::missing::Faults;
use crate::table::stream::Piece;

/// What becomes of the columns of a file.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// What becomes of each column.
    pub(super) uses: Vec<Use>,
    /// How many columns become numbers.
    pub(super) n_numbers: usize,
    /// How many are kept as text.
    pub(super) n_texts: usize,
    /// Whether `1,5` is a number.
    pub(super) decimal_comma: bool,
    /// Whether records that miss a value of a column of numbers are left out.
    pub(super) drop_missing: bool,
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is this column of the numbers.
    Number(usize),
    /// It is this one of the columns kept as text.
    Text(usize),
    /// It is left out.
    Nothing,
}

/// What a run of records holds.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Their rows; NaN where a value is missing.
    pub(super) rows: Piece,
    pub(super) n_lines: usize,
    pub(super) faults: TextFaults,
}

/// What is wrong with records.
#[derive(Debug, Default)]
pub(super) struct TextFaults {
    /// Missing and infinite values of columns of numbers.
    pub(super) values: Faults,
    /// For each column of numbers that has texts: how many, the line and the text of the first.
    pub(super) texts: Vec<TextFault>,
    /// The first record of another length, and its length; nothing is read after it.
    pub(super) ragged: Option<(usize, usize)>,
    /// Line and column of the file of the first field that is no text.
    pub(super) not_utf8: Option<(usize, usize)>,
}

/// Texts in a column of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextFault {
    pub(super) column: usize,
    pub(super) count: usize,
    pub(super) line: usize,
    pub(super) first: String,
}

impl Part {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { rows: Piece::new(plan.n_texts), ..Self::default() }
    }

    /// Adds a record that stands in `line`, its fields none where they are not UTF-8; false if it is of another length
    /// than others, so that there is no use in going on.
    pub(super) fn add<'f>(
        &mut self,
        plan: &Plan,
        line: usize,
        mut fields: impl Iterator<Item = Option<&'f str>>,
    ) -> bool {
        let rows = &mut self.rows;
        let begin = rows.numbers.len();
        rows.numbers.resize(begin + plan.n_numbers, f64::NAN);
        let mut values = Faults::default();
        let mut n_fields = 0;
        for (&wanted, field) in plan.uses.iter().zip(&mut fields) {
            let column = n_fields;
            n_fields += 1;
            if wanted == Use::Nothing {
                continue;
            }
            let field = field.unwrap_or_else(|| {
                self.faults.not_utf8.get_or_insert((line, column));
                ""
            });
            match wanted {
                Use::Nothing => {}
                Use::Text(at) => rows.texts[at].push(bare(field).to_owned()),
                Use::Number(at) => match Field::of(field, plan.decimal_comma) {
                    Field::Number(number) if number.is_finite() => {
                        rows.numbers[begin + at] = number;
                    }
                    Field::Number(number) => values.add((line, at), number),
                    Field::Missing => values.add((line, at), f64::NAN),
                    Field::Text => self.faults.add_text(column, 1, line, field),
                },
            }
        }
        n_fields += fields.count();
        if n_fields != plan.uses.len() {
            self.faults.ragged = Some((line, n_fields));
            return false;
        }
        if values.misses() && plan.drop_missing {
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

impl TextFaults {
    /// Adds what is wrong with later records, of which the lines are counted from their own beginning, which is after
    /// line `n_lines`.
    pub(super) fn merge(&mut self, part: Self, n_lines: usize) {
        let Self { values, texts, ragged, not_utf8 } = part;
        let at = |(line, column)| (line + n_lines, column);
        self.values.merge(values, n_lines);
        self.not_utf8 = self.not_utf8.or(not_utf8.map(at));
        self.ragged = self.ragged.or(ragged.map(at));
        for TextFault { column, count, line, first } in texts {
            self.add_text(column, count, line + n_lines, &first);
        }
    }

    fn add_text(&mut self, column: usize, count: usize, line: usize, text: &str) {
        match self.texts.iter_mut().find(|fault| fault.column == column) {
            Some(fault) => fault.count += count,
            None => self.texts.push(TextFault { column, count, line, first: text.to_owned() }),
        }
    }
}
