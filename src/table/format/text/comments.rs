//! Comments in a text table.

use memchr::memchr_iter;

/// The prefix of comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comments {
    /// Empty if there are no comments.
    prefix: Vec<u8>,
}

/// Error values of spreadsheets, which begin like comments.
const SPREADSHEET_ERRORS: [&str; 10] = [
    "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#ERROR!",
];

impl Comments {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.as_bytes().to_vec() }
    }

    /// Returns the beginning of comments.
    pub(super) fn prefix(&self) -> String {
        String::from_utf8_lossy(&self.prefix).into_owned()
    }

    /// Whether a line is a comment.
    pub(super) fn is_comment(&self, line: &[u8]) -> bool {
        // most lines are data
        match line.first() {
            Some(&first) if Some(&first) == self.prefix.first() || first == b' ' => {}
            _ => return false,
        }
        let line = line.trim_ascii_start();
        !self.prefix.is_empty() && line.starts_with(&self.prefix) && !is_spreadsheet_error(line)
    }

    /// Returns the text of a comment.
    pub(super) fn text<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let line = line.trim_ascii();
        line.strip_prefix(self.prefix.as_slice()).unwrap_or(line)
    }

    /// Returns a line of words without the comment at its end.
    pub(super) fn before<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let Some(&first) = self.prefix.first() else { return line };
        let begins = |&at: &usize| {
            line[at..].starts_with(&self.prefix) && !is_spreadsheet_error(&line[at..])
        };
        let begin = memchr_iter(first, line).find(begins);
        &line[..begin.unwrap_or(line.len())]
    }
}

/// Whether a text begins with an error value of a spreadsheet, as a whole field.
fn is_spreadsheet_error(text: &[u8]) -> bool {
    SPREADSHEET_ERRORS.iter().any(|word| {
        let rest =
            text.get(..word.len()).filter(|begin| begin.eq_ignore_ascii_case(word.as_bytes()));
        rest.is_some() && text.get(word.len()).is_none_or(|next| !next.is_ascii_alphanumeric())
    })
}
