//! Missing and infinite values: the one place that says which they are, and counts them.

use std::path::Path;

use crate::error::Error;

/// Words for missing values, in lower case: those that spreadsheets, R and Python write.
const WORDS: [&str; 8] = ["", "na", "n/a", "#n/a", "nan", "null", "none", "?"];

/// Whether a text, without blanks around it, stands for a missing value.
pub(super) fn is_missing_word(text: &str) -> bool {
    // no word is longer
    text.len() <= 4 && WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a number stands for a missing value.
pub(super) fn is_missing(number: f64) -> bool {
    number.is_nan()
}

/// Whether no number is missing or infinite.
pub(super) fn all_finite(numbers: &[f64]) -> bool {
    numbers.iter().fold(true, |all, number| all & number.is_finite())
}

/// Whether no number is missing.
pub(super) fn none_missing(numbers: &[f64]) -> bool {
    numbers.iter().fold(true, |all, &number| all & !is_missing(number))
}

/// A place in a file: row or line, and column.
pub(super) type Place = (usize, usize);

/// Missing values of a table, or of a part of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Missing {
    pub(super) n_values: usize,
    /// Rows that miss some.
    pub(super) n_rows: usize,
    pub(super) first: Option<Place>,
}

impl Missing {
    /// Counts a row with `n_values` missing values, the first at `place`.
    pub(super) fn add(&mut self, place: Place, n_values: usize) {
        self.n_values += n_values;
        self.n_rows += 1;
        self.first.get_or_insert(place);
    }

    /// Counts a row of numbers, and tells whether some are missing.
    pub(super) fn add_row(&mut self, row: usize, numbers: &[f64]) -> bool {
        let n_values = numbers.iter().filter(|&&number| is_missing(number)).count();
        if let Some(column) = numbers.iter().position(|&number| is_missing(number)) {
            self.add((row, column), n_values);
        }
        n_values > 0
    }

    /// Adds what a later part misses, of which the rows are counted from `row` on.
    pub(super) fn merge(&mut self, part: Self, row: usize) {
        self.n_values += part.n_values;
        self.n_rows += part.n_rows;
        self.first = self.first.or(part.first.map(|(at, column)| (at + row, column)));
    }

    /// An error that `n_rows` rows, which are not all rows of the table if `so_far`, miss values; `line` and `column`
    /// say where the first is, counted from 1, `unit` what lines are, and `name` which column it is.
    pub(super) fn error(
        &self,
        path: &Path,
        (unit, line): (&'static str, usize),
        (name, column): (&str, usize),
        (n_rows, so_far): (usize, bool),
    ) -> Error {
        Error::MissingValues {
            path: path.into(),
            unit,
            line,
            column,
            name: name.to_owned(),
            n_values: self.n_values,
            n_rows: self.n_rows,
            of_rows: n_rows,
            so_far,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_longer_than_the_longest() {
        assert!(WORDS.iter().all(|word| word.len() <= 4 && is_missing_word(word)));
        assert!(is_missing_word("NULL") && !is_missing_word("nothing"));
    }

    #[test]
    fn parts_are_counted_together() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let mut all = Missing::default();
        assert!(!all.add_row(0, &[1.0, inf]));
        let mut part = Missing::default();
        assert!(part.add_row(2, &[1.0, nan, nan]));
        all.merge(part, 10);
        assert_eq!((all.n_values, all.n_rows, all.first), (2, 1, Some((12, 1))));
        assert!(none_missing(&[1.0, inf]) && !all_finite(&[1.0, inf]) && !none_missing(&[nan]));
    }
}
