//! Detection of the separator of a text table.

use std::collections::BTreeMap;
use std::path::Path;

use super::comments::Comments;
use super::field::truth;
use super::numeral::notation;
use super::record::{Next, Record, Records, Syntax};
use super::sample::bare_text;
use crate::files::file_extension;
use crate::table::missing::is_missing_word;

/// The separator between the values of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// This character.
    Byte(u8),
    /// Any white space.
    Blanks,
}

impl Separator {
    /// Returns the usual separator of a file with this name.
    pub(super) fn usual(path: &Path) -> Self {
        match file_extension(path).as_str() {
            "csv" | "gz" | "zip" => Self::Byte(b','),
            "tsv" => Self::Byte(b'\t'),
            _ => Self::Blanks,
        }
    }

    /// Returns the separator that a character represents: itself, or any white space for a space. None if it is not ASCII, or
    /// occurs in numbers or quotes.
    pub(super) fn of(character: char) -> Option<Self> {
        match character {
            ' ' => Some(Self::Blanks),
            '\t' => Some(Self::Byte(b'\t')),
            '"' | '.' | '+' | '-' => None,
            _ if character.is_ascii_graphic() && !character.is_ascii_alphanumeric() => {
                Some(Self::Byte(character as u8))
            }
            _ => None,
        }
    }

    /// Returns the name of the separator, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Byte(b',') => "commas",
            Self::Byte(b';') => "semicolons",
            Self::Byte(b'\t') => "tabs",
            Self::Byte(_) => "its separator",
            Self::Blanks => "white space",
        }
    }
}

/// Separators that are tried, in this order. Commas may occur in numbers and texts between other separators, so they are
/// tried late.
const KNOWN: [Separator; 5] = [
    Separator::Byte(b'\t'),
    Separator::Byte(b';'),
    Separator::Byte(b'|'),
    Separator::Byte(b','),
    Separator::Blanks,
];

/// Number of records by which the separator is detected.
const N_RECORDS: usize = 100;
/// Number of bytes by which it is detected, if they hold at least three records.
const N_BYTES: usize = 1 << 15;

/// Returns the separator of a table that begins with `text`; `ended` is whether it is complete. If no separator occurs, it is
/// `usual`, the separator of the file extension.
///
/// The separator has the highest consistency of all candidates (van den Burg, Nazábal & Sutton 2019, "Wrangling messy CSV
/// files by detecting row and type patterns"): the product of a pattern score, which is high if all records have the same
/// large number of values, and a type score, the proportion of values that are numbers, truth values, missing, or texts
/// without separators. The first record may hold names, so it counts only if scores are equal.
pub(super) fn separator(
    text: &[u8],
    ended: bool,
    usual: Separator,
    comments: &Comments,
) -> Separator {
    let mut candidates = vec![usual];
    candidates.extend(KNOWN.into_iter().filter(|&known| known != usual));
    if matches!(usual, Separator::Byte(b',') | Separator::Blanks) {
        candidates = KNOWN.to_vec();
    }
    let split = |separator| {
        let syntax = Syntax { separator, comments: comments.clone() };
        (separator, records(text, ended, &syntax))
    };
    let split: Vec<_> = candidates.into_iter().map(split).collect();
    let mut best: Option<(f64, bool, Separator)> = None;
    let mut is_tabbed = false;
    for (separator, records) in &split {
        let Consistency { score, agrees, is_exact } = consistency(records, *separator);
        is_tabbed |= *separator == Separator::Byte(b'\t') && is_exact;
        // tabs are white space as well, and texts between them may have blanks
        if *separator == Separator::Blanks && is_tabbed {
            continue;
        }
        let is_better = best.is_none_or(|(highest, highest_agrees, _)| {
            score > highest + 1e-9 || (score > highest - 1e-9 && agrees && !highest_agrees)
        });
        if score > 0.0 && is_better {
            best = Some((score, agrees, *separator));
        }
    }
    let found = best.map_or(usual, |(_, _, separator)| separator);
    let of = |wanted: Separator| split.iter().find(|(separator, _)| *separator == wanted);
    match (found, of(found)) {
        // a single column, whose name has several words
        (Separator::Blanks, Some((_, records))) if best.is_none() && has_longer_first(records) => {
            Separator::Byte(b',')
        }
        (Separator::Byte(b','), Some((_, records))) if is_decimal_column(records) => {
            Separator::Byte(b';')
        }
        _ => found,
    }
}

/// Splits the first records.
fn records(text: &[u8], ended: bool, syntax: &Syntax) -> Vec<Record> {
    let mut records = Records::new(text, syntax, ended, 0);
    let mut found = Vec::new();
    let mut record = Record::default();
    while found.len() < N_RECORDS
        && (records.at < N_BYTES || found.len() < 3)
        && matches!(records.next(&mut record), Next::Record(_))
    {
        found.push(record.clone());
    }
    found
}

/// The consistency of records.
struct Consistency {
    /// 0 if most records are single values.
    score: f64,
    /// Whether the first record has as many values as most.
    agrees: bool,
    /// Whether all records have the same number of values, at least two, and all values have a type.
    is_exact: bool,
}

/// Returns the consistency of records.
fn consistency(records: &[Record], separator: Separator) -> Consistency {
    let rows = if records.len() > 1 { &records[1..] } else { records };
    let mut lengths = BTreeMap::<usize, usize>::new();
    let (mut n_typed, mut n_values, mut n_typed_rows) = (0, 0, 0);
    for row in rows {
        *lengths.entry(row.len()).or_default() += 1;
        let typed = |index: &usize| row.is_quoted(*index) || is_typed(row.field(*index), separator);
        let n_row = (0..row.len()).filter(typed).count();
        n_values += row.len();
        n_typed += n_row;
        n_typed_rows += usize::from(n_row == row.len());
    }
    let Some((&most, _)) = lengths.iter().max_by_key(|&(_, &count)| count) else {
        return Consistency { score: 0.0, agrees: false, is_exact: false };
    };
    let pattern =
        |(&length, &count): (&usize, &usize)| count as f64 * (length - 1) as f64 / length as f64;
    let pattern = lengths.iter().map(pattern).sum::<f64>() / lengths.len() as f64;
    // words with other separators are parts of values, whose texts have blanks
    let is_possible = separator != Separator::Blanks || 2 * n_typed_rows >= rows.len();
    let score = pattern * n_typed as f64 / n_values as f64;
    Consistency {
        score: if most > 1 && is_possible { score } else { 0.0 },
        agrees: records[0].len() == most,
        is_exact: most > 1 && lengths.len() == 1 && n_typed_rows == rows.len(),
    }
}

/// Whether a value is a number, a truth value, missing, or a text without other separators.
fn is_typed(field: &[u8], separator: Separator) -> bool {
    let Some(text) = bare_text(field) else { return true };
    // white space at a comma separates rather values than thousands
    let may_be_number = match separator {
        Separator::Blanks => !text.starts_with(','),
        Separator::Byte(b',') => !text.contains(' '),
        Separator::Byte(_) => true,
    };
    if (may_be_number && notation(text).is_some()) || is_missing_word(text) || truth(text).is_some()
    {
        return true;
    }
    let mut words = text.split_ascii_whitespace();
    let is_value = |word: &str| notation(word).is_some() || is_missing_word(word);
    let are_values = text.contains([' ', '\t']) && words.all(is_value);
    // a comma before a blank is a punctuation mark
    let has_comma = text.contains(',') && text.replace(", ", " ").contains(',');
    !are_values && !has_comma && !text.contains([';', '\t', '|', '"'])
}

/// Whether all records but the first are single values, and the first has more.
fn has_longer_first(records: &[Record]) -> bool {
    let [first, rows @ ..] = records else { return false };
    first.len() > 1 && !rows.is_empty() && rows.iter().all(|row| row.len() == 1)
}

/// Whether records that were split at commas are decimal numbers below one name, which would be two columns otherwise.
fn is_decimal_column(records: &[Record]) -> bool {
    let [first, rows @ ..] = records else { return false };
    let is_digits = |field: &[u8]| !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    let is_whole = |field: &[u8]| is_digits(field.strip_prefix(b"-").unwrap_or(field));
    let is_decimal = |row: &Record| {
        let unquoted = !(0..row.len()).any(|index| row.is_quoted(index));
        match row.len() {
            1 => unquoted && is_whole(row.field(0).trim_ascii()),
            2 => unquoted && is_whole(row.field(0).trim_ascii()) && is_digits(row.field(1)),
            _ => false,
        }
    };
    let has_name =
        first.len() == 1 && notation(bare_text(first.field(0)).unwrap_or_default()).is_none();
    // names of rows, which have no name above them
    let number = |row: &Record| bare_text(row.field(0)).and_then(|text| text.parse::<usize>().ok());
    let counts = rows.iter().enumerate().all(|(index, row)| number(row) == Some(index + 1));
    has_name && rows.iter().any(|row| row.len() == 2) && rows.iter().all(is_decimal) && !counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, usual: Separator) -> Separator {
        separator(text.as_bytes(), true, usual, &Comments::new("#"))
    }

    #[test]
    fn the_separator_splits_all_lines_alike_into_numbers() {
        let comma = Separator::Byte(b',');
        let semicolon = Separator::Byte(b';');
        for (text, expected) in [
            ("a,b\n1,2\n", comma),
            ("a;b\n1,5;2,5\n", semicolon),
            ("1,5;2,5\n1,0;2,0\n", semicolon),
            ("a;b\n1,234;2\n2,500;3\n", semicolon),
            ("a\tb\r\n1\t2\r\n", Separator::Byte(b'\t')),
            ("a b\tc\n1,5\t2,5\n3,5\t4\n", Separator::Byte(b'\t')),
            ("a|b\n1|2\n", Separator::Byte(b'|')),
            ("1 2\n 3  4\n", Separator::Blanks),
            ("1,5 2,5 3,5\n1,0 2,0 3,0\n", Separator::Blanks),
            ("1,5 NA\n1,0 NA\n", Separator::Blanks),
            ("note\tn\nNew York\t5\nLos Angeles\t6\n", Separator::Byte(b'\t')),
            ("a\tnote\n1\t3, 12\n2\t4, 13\n", Separator::Byte(b'\t')),
            ("text,n\nThe big brown fox,5\nThe big red fox,6\n", comma),
            ("text;n\nThe big, brown fox;5\nThe big, red fox;6\n", semicolon),
            ("when,x\nMon Jan 5 10:00,5\nTue Jan 6 11:00,7\n", comma),
            ("1,5 234\n1,0 235\n", Separator::Blanks),
            ("\"1,5\" \"2,5\"\n\"3,5\" \"4,5\"\n", Separator::Blanks),
            ("\"a\" \"b c\"\n\"1\" 2 3\n\"2\" 4 5\n", Separator::Blanks),
            ("# numbers, with a comment\n1 2\n3 4\n", Separator::Blanks),
            ("\"a;b\",c\n1,2\n", comma),
            ("name,when\nNew York,2020-01-01 10:00\nOld York,2020-01-02 11:00\n", comma),
            ("a,b\n\"1,234\",5\n\"2,345\",6\n", comma),
            ("a, b\n1, 2\n3, 4\n", comma),
            // the name of the only column contains a separator, the numbers do not
            ("a;b\n1\n2\n", comma),
            ("petal length\n1\n", comma),
            // decimal numbers below one name
            ("height\n1,5\n2,75\n2,5\n", semicolon),
            ("height\n1,5\n2,75\n3,5\n", comma),
            ("", comma),
        ] {
            assert_eq!(found(text, comma), expected, "{text:?}");
        }
        assert_eq!(found("1, 2\n3, 4\n", Separator::Blanks), comma);
        assert_eq!(found("petal length\n1\n2\n", Separator::Blanks), comma);
        assert_eq!(found("1\n2\n", Separator::Blanks), Separator::Blanks);
    }

    #[test]
    fn characters_that_occur_in_numbers_are_no_separators() {
        assert_eq!(Separator::of(' '), Some(Separator::Blanks));
        assert_eq!(Separator::of(':'), Some(Separator::Byte(b':')));
        for character in ['.', '-', 'e', '1', '"', 'é', '\n'] {
            assert_eq!(Separator::of(character), None, "{character:?}");
        }
    }
}
