//! A field of a text table: a number, a missing value, or text.

use crate::table::missing::{is_missing, is_missing_word};

/// What is wrong with bytes that are no text.
pub(super) const NOT_UTF8: &str = "the text is not UTF-8; save the file in that encoding";

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field {
    /// A number, perhaps infinite.
    Number(f64),
    /// Nothing, or a word for nothing.
    Missing,
    /// Anything else.
    Text,
}

impl Field {
    /// Reads a field; with `decimal_comma`, `1,5` is a number too.
    pub(super) fn of(text: &str, decimal_comma: bool) -> Self {
        match text.parse::<f64>() {
            Ok(number) if !is_missing(number) => Self::Number(number),
            _ => Self::of_unusual(bare(text), decimal_comma),
        }
    }

    /// Reads a field that is not simply a number.
    fn of_unusual(text: &str, decimal_comma: bool) -> Self {
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

/// A field without the white space around it, and without byte-order marks, which programs write at the beginning
/// of files and then of files made of files.
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
    fn decimal_commas_are_read_where_they_may_be() {
        assert_eq!(Field::of(" -1,5 ", true), Field::Number(-1.5));
        assert_eq!(Field::of("1.5", true), Field::Number(1.5));
        assert_eq!(Field::of("1,234,567", true), Field::Text);
    }
}
