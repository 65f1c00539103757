//! Fields of a text table: numbers, missing values, or text.

use super::numeral::{self, Mark, Notation, has_spacers, notation};
use super::sign::without_sign;
use crate::rows::levels;
use crate::table::missing::MissingMarkers;

/// Error message for bytes that are not text.
pub(super) const NOT_UTF8: &str = "the text is not UTF-8; save the file in that encoding";

/// How the values of a column of numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rules {
    pub(super) decimal: Decimal,
    /// Whether the other mark separates thousands, as in `1.234`. It does where nothing else is possible, as in `1.234,5`.
    pub(super) thousands: bool,
    /// Whether spaces or apostrophes separate thousands.
    pub(super) spaces: bool,
    /// Whether the values are `true` (1) and `false` (0).
    pub(super) boolean: bool,
    /// A percent or currency sign, which is left out.
    pub(super) sign: Option<char>,
}

/// The decimal mark of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimal {
    Known(Mark),
    /// The first lines have no decimal mark; either may follow, but not both.
    Either,
}

impl Default for Decimal {
    fn default() -> Self {
        Self::Known(Mark::Point)
    }
}

/// The content of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field {
    /// A number, possibly infinite.
    Number(f64),
    /// A number that determines the decimal mark.
    Marked(f64, Mark),
    /// A missing value: empty, or a word such as `NA`.
    Missing,
    /// Any other text.
    Text,
}

impl Field {
    /// Parses a field.
    pub(super) fn of(text: &str, rules: &Rules, markers: &MissingMarkers) -> Self {
        if rules.decimal == Decimal::Known(Mark::Point)
            && let Ok(number) = text.parse::<f64>()
            && !markers.has_number(number)
            && !rules.boolean
        {
            return Self::Number(number);
        }
        let text = bare(text);
        match rules.sign.and_then(|sign| without_sign(text, sign)) {
            Some(number) if !number.is_empty() => Self::of_other(&number, rules, markers),
            _ => Self::of_other(text, rules, markers),
        }
    }

    /// Parses a field that is not a plain number.
    fn of_other(text: &str, rules: &Rules, markers: &MissingMarkers) -> Self {
        if markers.has_text(text) {
            return Self::Missing;
        }
        if rules.boolean {
            return truth(text).map_or(Self::Text, |truth| Self::Number(truth.value()));
        }
        if !rules.spaces && has_spacers(text) {
            return Self::Text;
        }
        let (mark, decides) = match (rules.decimal, notation(text)) {
            (Decimal::Known(mark), _) => (mark, false),
            (Decimal::Either, None | Some(Notation::Ambiguous(_))) => return Self::Text,
            (Decimal::Either, Some(Notation::Plain)) => (Mark::Point, false),
            (Decimal::Either, Some(Notation::Decimal(mark))) => (mark, true),
            (Decimal::Either, Some(Notation::Thousands(mark))) => (mark.other(), true),
        };
        match numeral::parse(text, mark, rules.thousands) {
            None => Self::Text,
            Some(number) if markers.has_number(number) => Self::Missing,
            Some(number) if decides => Self::Marked(number, mark),
            Some(number) => Self::Number(number),
        }
    }
}

/// A truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// `true` or `false`, in any case.
    Word(bool),
    /// `T` or `F`, as in R.
    Letter(bool),
}

impl Truth {
    /// Returns 1 or 0.
    pub(super) fn value(self) -> f64 {
        let (Self::Word(value) | Self::Letter(value)) = self;
        f64::from(u8::from(value))
    }
}

/// Returns a truth value without surrounding white space.
pub(super) fn truth(text: &str) -> Option<Truth> {
    let is_letter = matches!(text, "T" | "F");
    let truth = levels::truth(text)?;
    Some(if is_letter { Truth::Letter(truth) } else { Truth::Word(truth) })
}

/// Returns a field without surrounding white space and byte-order marks, which are at the beginning of some files, and at
/// the joins of concatenated files.
pub(super) fn bare(field: &str) -> &str {
    field.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str, rules: Rules) -> Field {
        Field::of(text, &rules, &MissingMarkers::new(&["-999".into()]))
    }

    #[test]
    fn fields_are_numbers_missing_or_text() {
        let usual = Rules::default();
        for (text, number) in [("1", 1.0), (" -2.5e3\t", -2500.0), ("\u{feff}+7", 7.0)] {
            assert_eq!(field(text, usual), Field::Number(number));
        }
        for missing in
            ["", "  ", "NA", "nan", "NaN", "-nan", "null", "?", "#N/A", ".", "-", "-999.0", "\\N"]
        {
            assert_eq!(field(missing, usual), Field::Missing, "{missing:?}");
        }
        for text in ["blue", "1,5", "12 kg", "1;2", "true", "1 234", "2,155"] {
            assert_eq!(field(text, usual), Field::Text, "{text:?}");
        }
        assert_eq!(field("inf", usual), Field::Number(f64::INFINITY));
    }

    #[test]
    fn rules_change_the_notation() {
        let comma = Rules { decimal: Decimal::Known(Mark::Comma), ..Rules::default() };
        assert_eq!(field(" -1,5 ", comma), Field::Number(-1.5));
        assert_eq!(field("12", comma), Field::Number(12.0));
        assert_eq!((field("1.5", comma), field("1.234", comma)), (Field::Text, Field::Text));
        assert_eq!(field("1.234", Rules { thousands: true, ..comma }), Field::Number(1234.0));
        assert_eq!(field("1 234", Rules { spaces: true, ..comma }), Field::Number(1234.0));
        let boolean = Rules { boolean: true, ..Rules::default() };
        assert_eq!(
            (field("True", boolean), field("F", boolean)),
            (Field::Number(1.0), Field::Number(0.0))
        );
        assert_eq!((field("2", boolean), field("NA", boolean)), (Field::Text, Field::Missing));
        let either = Rules { decimal: Decimal::Either, ..Rules::default() };
        assert_eq!(field("12", either), Field::Number(12.0));
        assert_eq!(field("1.5", either), Field::Marked(1.5, Mark::Point));
        assert_eq!(field("1,5", either), Field::Marked(1.5, Mark::Comma));
        assert_eq!(field("1.234.567", either), Field::Marked(1_234_567.0, Mark::Comma));
        assert_eq!(field("1,234", either), Field::Text);
    }
}
