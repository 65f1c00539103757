//! Detection of missing and infinite values.

use super::columns::Columns;
use super::options::Source;
use crate::error::{Error, Result};

/// Words for missing values, in lower case, as spreadsheets, databases, R, Python, SAS and Stata write them.
const WORDS: [&str; 31] = [
    "", "na", "n/a", "nan", "null", "none", "nil", "nat", "missing", "?", "-", "--", "---", ".",
    "..", "...", "\u{2013}", "\u{2014}", "<na>", "<nan>", "<null>", "(null)", "\\n", "#n/a", "#na",
    "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!",
];

/// Whether a text, without surrounding white space, is a missing value.
pub(super) fn is_missing_word(text: &str) -> bool {
    // no such word is longer, or begins with a digit
    let may_be = text.len() <= 7 && !text.starts_with(|first: char| first.is_ascii_digit());
    may_be && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Texts and numbers that are missing values in addition to the usual words.
#[derive(Debug, Clone, Default)]
pub(super) struct MissingMarkers {
    words: Vec<String>,
    numbers: Vec<f64>,
}

impl MissingMarkers {
    pub(super) fn new(markers: &[String]) -> Self {
        let words = markers.iter().map(|marker| marker.trim().to_owned()).collect();
        let numbers = markers.iter().filter_map(|marker| marker.trim().parse().ok()).collect();
        Self { words, numbers }
    }

    /// Whether a text, without surrounding white space, is a missing value.
    pub(super) fn has_text(&self, text: &str) -> bool {
        is_missing_word(text) || self.words.iter().any(|word| word == text)
    }

    /// Whether a number is a missing value.
    pub(super) fn has_number(&self, number: f64) -> bool {
        is_missing(number) || self.numbers.contains(&number)
    }
}

/// Whether a number represents a missing value.
pub(super) fn is_missing(number: f64) -> bool {
    number.is_nan()
}

/// Whether no number is missing or infinite.
pub(super) fn all_finite(numbers: &[f64]) -> bool {
    numbers.iter().fold(true, |all, number| all & number.is_finite())
}

/// Row or line of a file, counted from 1, and column of numbers, counted from 0.
pub(super) type Position = (usize, usize);

/// Infinite values of a table, or of a range of its rows, and whether values are missing.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    has_missing: bool,
    first_infinite: Option<(Position, f64)>,
}

impl Faults {
    /// Returns the faults of a row of numbers.
    pub(super) fn of_row(row: usize, numbers: &[f64]) -> Self {
        let mut faults = Self::default();
        let columns = numbers.iter().enumerate().filter(|(_, number)| !number.is_finite());
        columns.for_each(|(column, &number)| faults.add((row, column), number));
        faults
    }

    /// Adds a missing or infinite value to the faults of a row.
    pub(super) fn add(&mut self, position: Position, number: f64) {
        if is_missing(number) {
            self.has_missing = true;
        } else {
            self.first_infinite.get_or_insert((position, number));
        }
    }

    /// Whether a value is missing.
    pub(super) fn has_missing(&self) -> bool {
        self.has_missing
    }

    /// Adds the faults of later rows, which are counted from row `n_rows` on.
    pub(super) fn merge(&mut self, later: Self, n_rows: usize) {
        let at = |((row, column), value): (Position, f64)| ((row + n_rows, column), value);
        self.has_missing |= later.has_missing;
        self.first_infinite = self.first_infinite.or(later.first_infinite.map(at));
    }

    /// Returns an error if a value is infinite. `unit` is the word for a row in messages.
    ///
    /// # Errors
    /// [`Error::InfiniteValue`].
    pub(super) fn check(
        &self,
        source: &Source,
        columns: &Columns,
        unit: &'static str,
    ) -> Result<()> {
        let Some(((line, column), value)) = self.first_infinite else { return Ok(()) };
        let (path, name) = (source.path.clone(), columns.names[column].clone());
        let column = columns.places[column] + 1;
        Err(Error::InfiniteValue { path, unit, line, column, name, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_missing_values_are_found_in_any_case() {
        assert!(WORDS.iter().all(|word| is_missing_word(word)));
        assert!(is_missing_word("NULL") && !is_missing_word("nothing"));
        assert!(is_missing_word("#DIV/0!") && is_missing_word("<NA>") && is_missing_word("\\N"));
    }

    #[test]
    fn markers_are_texts_or_numbers() {
        let markers = MissingMarkers::new(&["-999".into(), "n.d.".into()]);
        assert!(markers.has_number(-999.0) && markers.has_text("n.d.") && markers.has_text("NA"));
        assert!(!markers.has_number(999.0) && !markers.has_text("N.D."));
    }

    #[test]
    fn faults_of_several_ranges_are_added() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let mut all = Faults::of_row(1, &[1.0, inf]);
        assert!(!all.has_missing());
        let later = Faults::of_row(2, &[-inf, nan, nan]);
        assert!(later.has_missing());
        all.merge(later, 10);
        assert!(all.has_missing());
        assert_eq!(all.first_infinite, Some(((1, 1), inf)));
        assert!(all_finite(&[1.0]) && !all_finite(&[1.0, inf]) && !all_finite(&[nan]));
    }
}
