//! Fields of a text table: numbers, missing values, or text.

use crate::table::missing::{is_missing, is_missing_word};

/// Error message for bytes that are not text.
pub(super) const NOT_UTF8: &str = "the text is not UTF-8; save the file in that encoding";

/// The content of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field {
    /// A number, possibly infinite.
    Number(f64),
    /// A missing value: empty, or a word such as `NA`.
    Missing,
    /// Any other text.
    Text,
}

impl Field {
    /// Parses a field; with `decimal_comma`, `1,5` is a number as well.
    pub(super) fn of(text: &str, decimal_comma: bool) -> Self {
        match text.parse::<f64>() {
            Ok(number) if !is_missing(number) => Self::Number(number),
            _ => Self::of_other(bare(text), decimal_comma),
        }
    }

    /// Parses a field that is not a plain number.
    fn of_other(text: &str, decimal_comma: bool) -> Self {
        if is_missing_word(text) {
            return Self::Missing;
        }
        let with_point = if decimal_comma && text.matches(',').count() == 1 {
            text.replace(',', ".").parse()
        } else {
            text.parse::<f64>()
        };
        match with_point {
            Ok(number) if is_missing(number) => Self::Missing,
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text,
        }
    }
}

/// Returns a field without surrounding white space and byte-order marks, which are at the beginning of some files, and at
/// the joins of concatenated files.
pub(super) fn bare(field: &str) -> &str {
    field.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_numbers_missing_or_text() {
        for (text, number) in [("1", 1.0), (" -2.5e3\t", -2500.0), ("\u{feff}+7", 7.0)] {
            assert_eq!(Field::of(text, false), Field::Number(number));
        }
        for missing in ["", "  ", "NA", "nan", "NaN", "-nan", "null", "?", "#N/A"] {
            assert_eq!(Field::of(missing, false), Field::Missing, "{missing:?}");
        }
        for text in ["blue", "1,5", "12 kg", "1;2"] {
            assert_eq!(Field::of(text, false), Field::Text, "{text:?}");
        }
        assert_eq!(Field::of("inf", false), Field::Number(f64::INFINITY));
    }

    #[test]
    fn decimal_commas_are_read_if_enabled() {
        assert_eq!(Field::of(" -1,5 ", true), Field::Number(-1.5));
        assert_eq!(Field::of("1.5", true), Field::Number(1.5));
        assert_eq!(Field::of("1,234,567", true), Field::Text);
    }
}
