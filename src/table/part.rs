//! Records of a text table, turned into numbers: what a thread makes of its part of a file.

use super::field::{Field, bare};
use crate::compute::memory;
use crate::error::Result;

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
    /// Whether records with a gap in a column of numbers are left out.
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

/// A place in a file: line from 1, column from 0.
pub(super) type Place = (usize, usize);

/// What a run of records holds.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Numbers of the wanted columns, record by record; NaN in gaps.
    pub(super) numbers: Vec<f64>,
    /// Columns kept as text.
    pub(super) texts: Vec<Vec<String>>,
    /// Records, those left out included.
    pub(super) n_records: usize,
    /// Lines.
    pub(super) n_lines: usize,
    /// Records left out for their gaps, counted from 0 in this part.
    pub(super) dropped: Vec<usize>,
    pub(super) faults: Faults,
}

/// What is wrong with records.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Gaps in columns of numbers, and the records that have some.
    pub(super) n_gaps: usize,
    pub(super) n_with_gaps: usize,
    pub(super) first_gap: Option<Place>,
    /// For each column of numbers that has texts: how many, the line and the text of the first.
    pub(super) texts: Vec<TextFault>,
    pub(super) first_infinite: Option<(Place, f64)>,
    /// The first record of another length, and its length; nothing is read after it.
    pub(super) ragged: Option<(usize, usize)>,
    pub(super) not_utf8: Option<Place>,
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
        Self { texts: vec![Vec::new(); plan.n_texts], ..Self::default() }
    }

    /// Adds a record that stands in `line`, its fields none where they are not UTF-8; false if it is of another length
    /// than others, so that there is no use in going on.
    pub(super) fn add<'f>(
        &mut self,
        plan: &Plan,
        line: usize,
        mut fields: impl Iterator<Item = Option<&'f str>>,
    ) -> bool {
        let begin = self.numbers.len();
        self.numbers.resize(begin + plan.n_numbers, f64::NAN);
        let mut n_gaps = 0;
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
                Use::Text(at) => self.texts[at].push(bare(field).to_owned()),
                Use::Number(at) => match Field::of(field, plan.decimal_comma) {
                    Field::Number(number) if number.is_finite() => {
                        self.numbers[begin + at] = number;
                    }
                    Field::Number(number) => {
                        self.faults.first_infinite.get_or_insert(((line, column), number));
                    }
                    Field::Gap => {
                        n_gaps += 1;
                        self.faults.first_gap.get_or_insert((line, column));
                    }
                    Field::Text => self.faults.add_text(column, 1, line, field),
                },
            }
        }
        n_fields += fields.count();
        if n_fields != plan.uses.len() {
            self.faults.ragged = Some((line, n_fields));
            return false;
        }
        if n_gaps > 0 {
            self.faults.n_gaps += n_gaps;
            self.faults.n_with_gaps += 1;
            if plan.drop_missing {
                self.dropped.push(self.n_records);
                self.numbers.truncate(begin);
                self.texts.iter_mut().for_each(|column| drop(column.pop()));
            }
        }
        self.n_records += 1;
        true
    }

    /// Refuses to go on where the numbers will not fit into memory once their list has to grow.
    pub(super) fn check_memory(&self) -> Result<()> {
        let used = 8 * self.numbers.len() as u64;
        match 2 * self.numbers.len() > self.numbers.capacity() {
            // a list that grows is copied to one of twice its length
            true => memory::check("the table", 2 * used),
            false => Ok(()),
        }
    }

    /// Adds what follows, whose lines and records are counted from its own beginning.
    pub(super) fn append(&mut self, mut next: Self) {
        let Faults { n_gaps, n_with_gaps, first_gap, texts, first_infinite, ragged, not_utf8 } =
            next.faults;
        let at = |(line, column): Place| (line + self.n_lines, column);
        let faults = &mut self.faults;
        faults.n_gaps += n_gaps;
        faults.n_with_gaps += n_with_gaps;
        faults.first_gap = faults.first_gap.or(first_gap.map(at));
        faults.not_utf8 = faults.not_utf8.or(not_utf8.map(at));
        faults.first_infinite =
            faults.first_infinite.or(first_infinite.map(|(place, number)| (at(place), number)));
        faults.ragged = faults.ragged.or(ragged.map(|(line, n)| (line + self.n_lines, n)));
        for TextFault { column, count, line, first } in texts {
            faults.add_text(column, count, line + self.n_lines, &first);
        }
        self.dropped.extend(next.dropped.iter().map(|record| record + self.n_records));
        self.numbers.append(&mut next.numbers);
        for (column, more) in self.texts.iter_mut().zip(&mut next.texts) {
            column.append(more);
        }
        self.n_records += next.n_records;
        self.n_lines += next.n_lines;
    }
}

impl Faults {
    fn add_text(&mut self, column: usize, count: usize, line: usize, text: &str) {
        match self.texts.iter_mut().find(|fault| fault.column == column) {
            Some(fault) => fault.count += count,
            None => self.texts.push(TextFault { column, count, line, first: text.to_owned() }),
        }
    }
}
