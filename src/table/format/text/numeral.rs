//! Numbers in the notations of different languages: decimal points or commas, and separators of thousands.

/// A decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    /// `1.5`
    #[default]
    Point,
    /// `1,5`
    Comma,
}

impl Mark {
    pub(super) fn character(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// The notation of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// No mark: `12`, `1e5`, `inf`.
    Plain,
    /// One decimal mark, and separators of thousands if the other mark occurs: `1.5`, `1.234,5`.
    Decimal(Mark),
    /// Groups of three digits between several marks, which separate thousands: `1.234.567`.
    Thousands(Mark),
    /// One mark before three digits, a decimal mark or a separator of thousands: `1.234`.
    Ambiguous(Mark),
}

/// Characters other than points and commas that separate thousands: spaces without a line break, and apostrophes.
pub(super) const SPACERS: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];

/// Whether a text has spaces or apostrophes, which may separate thousands.
pub(super) fn has_spacers(text: &str) -> bool {
    text.contains(SPACERS)
}

/// Returns the notation of a number without surrounding white space; none if the text is no number in any notation.
pub(super) fn notation(text: &str) -> Option<Notation> {
    if text.parse::<f64>().is_ok() {
        return Some(match text.contains('.') {
            false => Notation::Plain,
            true if groups(text, '.').is_some() => Notation::Ambiguous(Mark::Point),
            true => Notation::Decimal(Mark::Point),
        });
    }
    // no number in another notation is as long, or begins in another way
    let begin = text.trim_start_matches(['+', '-']).as_bytes().first()?;
    if text.len() > 64 || !(begin.is_ascii_digit() || *begin == b',') {
        return None;
    }
    if has_spacers(text) {
        let joined = without_spacers(text)?;
        // a mark after separators of thousands is a decimal mark
        return match notation(&joined)? {
            Notation::Ambiguous(mark) => Some(Notation::Decimal(mark)),
            Notation::Thousands(_) => None,
            other => Some(other),
        };
    }
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    match (points, commas) {
        (2.., 0) => groups(text, '.').map(|_| Notation::Thousands(Mark::Point)),
        (0, 2..) => groups(text, ',').map(|_| Notation::Thousands(Mark::Comma)),
        (0, 1) if groups(text, ',').is_some() => Some(Notation::Ambiguous(Mark::Comma)),
        _ => {
            let mark = if text.rfind(',') > text.rfind('.') { Mark::Comma } else { Mark::Point };
            decimal(text, mark, true).map(|_| Notation::Decimal(mark))
        }
    }
}

/// Returns the number with this decimal mark; the other mark separates thousands if `with_thousands`, and if not, only where
/// nothing else is possible, as in `1.234,5` and `1.234.567`.
pub(super) fn parse(text: &str, mark: Mark, with_thousands: bool) -> Option<f64> {
    if let Ok(number) = text.parse()
        && (mark == Mark::Point || !text.contains('.'))
    {
        return Some(number);
    }
    match notation(text)? {
        Notation::Plain => decimal(&without_spacers(text)?, mark, true),
        Notation::Decimal(found) if found == mark => match has_spacers(text) {
            false => decimal(text, mark, true),
            true => decimal(&without_spacers(text)?, mark, true),
        },
        Notation::Ambiguous(found) if found == mark => decimal(text, mark, false),
        Notation::Ambiguous(found) if found != mark && with_thousands => grouped(text, found),
        Notation::Thousands(found) if found != mark => grouped(text, found),
        _ => None,
    }
}

/// Returns a number with separators of thousands and no decimal mark.
fn grouped(text: &str, separator: Mark) -> Option<f64> {
    groups(text, separator.character())?.parse().ok()
}

/// Returns a number with this decimal mark; before it the other mark may separate thousands.
fn decimal(text: &str, mark: Mark, with_thousands: bool) -> Option<f64> {
    let Some((whole, fraction)) = text.split_once(mark.character()) else {
        return text.parse().ok().filter(|_| !text.contains('.'));
    };
    // a comma at the end of a word separates values
    if mark == Mark::Comma && !fraction.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let separator = mark.other().character();
    if fraction.contains([separator, mark.character()]) {
        return None;
    }
    let whole = match whole.contains(separator) {
        true if with_thousands => groups(whole, separator)?,
        true => return None,
        false => whole.to_owned(),
    };
    format!("{whole}.{fraction}").parse().ok()
}

/// Returns the digits, with the sign, of a text whose groups of exactly three digits are separated by `separator`; the first
/// group has one to three digits and does not begin with 0.
fn groups(text: &str, separator: char) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut groups = digits.split(separator);
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_first = (1..=3).contains(&first.len()) && is_digits(first) && !first.starts_with('0');
    let mut n_groups = 0;
    let are_groups = groups.all(|group| {
        n_groups += 1;
        group.len() == 3 && is_digits(group)
    });
    (is_first && are_groups && n_groups > 0).then(|| text.replace(separator, ""))
}

/// Removes spaces or apostrophes between groups of three digits.
fn without_spacers(text: &str) -> Option<String> {
    let separator = text.chars().find(|character| SPACERS.contains(character))?;
    let end = text.find(['.', ',', 'e', 'E']).unwrap_or(text.len());
    let (whole, fraction) = text.split_at(end);
    if fraction.contains(SPACERS) {
        return None;
    }
    Some(groups(whole, separator)? + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_of_numbers() {
        use Mark::{Comma, Point};
        use Notation::{Ambiguous, Decimal, Plain, Thousands};
        for (text, expected) in [
            ("12", Some(Plain)),
            ("1e5", Some(Plain)),
            ("1'234", Some(Plain)),
            ("1.5", Some(Decimal(Point))),
            ("0.125", Some(Decimal(Point))),
            ("1234.125", Some(Decimal(Point))),
            ("-4,84", Some(Decimal(Comma))),
            (",5", Some(Decimal(Comma))),
            ("0,125", Some(Decimal(Comma))),
            ("1,5e-3", Some(Decimal(Comma))),
            ("1.234,5", Some(Decimal(Comma))),
            ("1,234.5", Some(Decimal(Point))),
            ("1 234,5", Some(Decimal(Comma))),
            ("1\u{a0}234,567", Some(Decimal(Comma))),
            ("2.155", Some(Ambiguous(Point))),
            ("-2,155", Some(Ambiguous(Comma))),
            ("1.234.567", Some(Thousands(Point))),
            ("12,345,678", Some(Thousands(Comma))),
            ("5,", None),
            ("12.34.567", None),
            ("1,23,456", None),
            ("01.02.2020", None),
            ("1,2,3", None),
            ("1 23", None),
            ("1.2 345", None),
            ("12 kg", None),
            ("", None),
        ] {
            assert_eq!(notation(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_parsed_with_one_decimal_mark() {
        let comma = |text: &str| parse(text, Mark::Comma, false);
        assert_eq!(comma("-1,5"), Some(-1.5));
        assert_eq!(comma("1.234,5"), Some(1234.5));
        assert_eq!(comma("1.234.567"), Some(1_234_567.0));
        assert_eq!(comma("1,234"), Some(1.234));
        assert_eq!(comma("12"), Some(12.0));
        assert_eq!((comma("1.5"), comma("1.234"), comma("1,234,567")), (None, None, None));
        assert_eq!(parse("-1.234", Mark::Comma, true), Some(-1234.0));
        assert_eq!(parse("1.23", Mark::Comma, true), None);
        let point = |text: &str| parse(text, Mark::Point, false);
        assert_eq!(point("1.234"), Some(1.234));
        assert_eq!(point("1,234.5"), Some(1234.5));
        assert_eq!(point("1'234.5"), Some(1234.5));
        assert_eq!(point("1 234"), Some(1234.0));
        assert_eq!((point("1,5"), point("1,234"), point("1.234.567")), (None, None, None));
        assert_eq!(parse("2,155", Mark::Point, true), Some(2155.0));
    }
}
