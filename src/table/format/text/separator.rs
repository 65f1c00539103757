//! Detection of the separator of a text table by its first lines.

use std::path::Path;

use crate::files::file_extension;

/// The separator between the values of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// This character; values may be quoted.
    Byte(u8),
    /// Any white space; `#` begins a comment, as for `numpy.loadtxt`.
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

    /// Whether numbers may have a decimal comma: if semicolons separate them, as spreadsheets write in locales with a decimal
    /// comma.
    pub(super) fn decimal_comma(self) -> bool {
        self == Self::Byte(b';')
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

/// Separators that are tried, in this order.
const KNOWN: [u8; 4] = *b"\t;|,";

/// Returns the separator of a table that begins with `text`: a character, or white space, that occurs equally often in the
/// first two lines; otherwise `usual`, the separator of the file extension.
pub(super) fn separator(text: &[u8], usual: Separator) -> Separator {
    let is_comment = |line: &&[u8]| line.trim_ascii_start().starts_with(b"#");
    let mut lines = text
        .split(|&byte| byte == b'\n' || byte == b'\r')
        .filter(|line| !line.trim_ascii().is_empty() && !is_comment(line));
    let Some(first) = lines.next() else { return usual };
    let second = lines.next().unwrap_or(first);
    let agree = |count: &dyn Fn(&[u8]) -> usize| count(first) > 0 && count(first) == count(second);
    // commas may occur in numbers and texts between other separators, so the comma is tried last
    let of_extension = match usual {
        Separator::Byte(byte) if byte != b',' => Some(byte),
        _ => None,
    };
    let found = of_extension
        .into_iter()
        .chain(KNOWN)
        .find(|&byte| agree(&|line| outside_quotes(line, byte)));
    match found {
        Some(byte) => Separator::Byte(byte),
        None if agree(&|line| words(line).saturating_sub(1)) => Separator::Blanks,
        None => usual,
    }
}

/// Counts occurrences of a byte outside of quotes.
fn outside_quotes(line: &[u8], byte: u8) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for &at in line {
        match at {
            b'"' => quoted = !quoted,
            _ if at == byte && !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// Counts the words between white space; 0 if a line has quotes, since white space within quotes does not separate.
fn words(line: &[u8]) -> usize {
    if line.contains(&b'"') {
        return 0;
    }
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_occurs_equally_often_in_two_lines() {
        let comma = Separator::Byte(b',');
        for (text, expected) in [
            ("a,b\n1,2\n", comma),
            ("a;b\n1,5;2,5\n", Separator::Byte(b';')),
            ("1,5;2,5\n1,0;2,0\n", Separator::Byte(b';')),
            ("a\tb\r\n1\t2\r\n", Separator::Byte(b'\t')),
            ("a|b\n1|2\n", Separator::Byte(b'|')),
            ("1 2\n 3  4\n", Separator::Blanks),
            ("# numbers, with a comment\n1 2\n3 4\n", Separator::Blanks),
            ("\"a;b\",c\n1,2\n", comma),
            // the name of the only column contains a separator, the numbers do not
            ("a;b\n1\n2\n", comma),
            ("petal length\n1\n", comma),
            ("", comma),
        ] {
            assert_eq!(separator(text.as_bytes(), comma), expected, "{text:?}");
        }
        assert_eq!(separator(b"1, 2\n3, 4\n", Separator::Blanks), comma);
    }
}
