//! Splitting of text into records and fields.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::comments::Comments;
use super::separator::Separator;

/// The rules by which text is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) separator: Separator,
    pub(super) comments: Comments,
}

/// A record: the values of one row.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    content: Vec<u8>,
    /// End of each field in the content, and whether it was quoted.
    fields: Vec<(usize, bool)>,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn field(&self, index: usize) -> &[u8] {
        &self.content[self.range(index)]
    }

    /// Returns the place of a field in the content of all fields.
    fn range(&self, index: usize) -> Range<usize> {
        let begin = index.checked_sub(1).map_or(0, |before| self.fields[before].0);
        begin..self.fields[index].0
    }

    /// Returns the fields as texts, which are checked together; none if one of them is not UTF-8.
    pub(super) fn texts(&self) -> Option<impl Iterator<Item = Option<&str>>> {
        let text = std::str::from_utf8(&self.content).ok()?;
        Some((0..self.len()).map(move |index| text.get(self.range(index))))
    }

    pub(super) fn is_quoted(&self, index: usize) -> bool {
        self.fields[index].1
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.field(index))
    }

    fn clear(&mut self) {
        self.content.clear();
        self.fields.clear();
    }

    fn end_field(&mut self, quoted: bool) {
        self.fields.push((self.content.len(), quoted));
    }
}

/// The next record of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A record that begins in this line, counted from 1.
    Record(usize),
    /// The end of the bytes, where the text continues; the record that begins there, if any, is incomplete.
    Incomplete,
    /// The end of the text.
    End,
    /// The quote that opens in this line is not closed.
    Unclosed(usize),
}

/// A splitter of text into records, without blank lines and comments.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    syntax: &'a Syntax,
    /// Whether the text ends with the bytes.
    ended: bool,
    /// Number of bytes that were split.
    pub(super) at: usize,
    /// Number of lines that were split.
    pub(super) n_lines: usize,
    /// Comments: their line, counted from 1, and place. Kept if requested.
    pub(super) comments: Option<Vec<(usize, Range<usize>)>>,
}

/// A field or record that is not complete.
enum Broken {
    Incomplete,
    /// A quote at this place is not closed.
    Unclosed(usize),
}

impl<'a> Records<'a> {
    /// Creates a splitter of the lines after line `n_lines`.
    pub(super) fn new(bytes: &'a [u8], syntax: &'a Syntax, ended: bool, n_lines: usize) -> Self {
        Self { bytes, syntax, ended, at: 0, n_lines, comments: None }
    }

    /// Splits the next record.
    pub(super) fn next(&mut self, record: &mut Record) -> Next {
        loop {
            record.clear();
            if self.at == self.bytes.len() {
                return if self.ended { Next::End } else { Next::Incomplete };
            }
            let (end, after) = match self.line_end(self.at) {
                Some(found) => found,
                None if self.ended => (self.bytes.len(), self.bytes.len()),
                None => return Next::Incomplete,
            };
            let line = &self.bytes[self.at..end];
            if self.syntax.comments.is_comment(line) {
                let place = self.at..end;
                let number = self.n_lines + 1;
                self.comments.iter_mut().for_each(|kept| kept.push((number, place.clone())));
                self.advance(after);
                continue;
            }
            if line.is_empty() || (line[0].is_ascii_whitespace() && self.is_blank(line)) {
                self.advance(after);
                continue;
            }
            let first_line = self.n_lines + 1;
            let split = match self.syntax.separator {
                Separator::Byte(byte) => self.split_values(byte, record),
                Separator::Blanks => self.split_words(record),
            };
            match split {
                Ok(end) => {
                    // most records are single lines
                    if end == after {
                        (self.at, self.n_lines) = (end, first_line);
                    } else {
                        self.advance(end);
                    }
                    // a comment after nothing
                    if record.len() > 0 {
                        return Next::Record(first_line);
                    }
                }
                Err(Broken::Incomplete) => return Next::Incomplete,
                Err(Broken::Unclosed(at)) => {
                    return Next::Unclosed(first_line + line_ends(&self.bytes[self.at..at]));
                }
            }
        }
    }

    /// Whether a line holds white space only.
    fn is_blank(&self, line: &[u8]) -> bool {
        let is_tabbed = self.syntax.separator == Separator::Byte(b'\t') && line.contains(&b'\t');
        !is_tabbed && line.trim_ascii().is_empty()
    }

    fn advance(&mut self, to: usize) {
        self.n_lines += line_ends(&self.bytes[self.at..to]);
        self.at = to;
    }

    /// Returns the end of the line at a place, and the beginning of the next one; none if the line is incomplete.
    fn line_end(&self, at: usize) -> Option<(usize, usize)> {
        let end = at + memchr2(b'\n', b'\r', &self.bytes[at..])?;
        Some((end, self.after_line_end(end)?))
    }

    /// Returns the place after a line end.
    fn after_line_end(&self, end: usize) -> Option<usize> {
        match (self.bytes[end], self.bytes.get(end + 1)) {
            (b'\r', Some(b'\n')) => Some(end + 2),
            (b'\r', None) if !self.ended => None,
            _ => Some(end + 1),
        }
    }

    /// Splits values at a separator, and returns the place after the record.
    fn split_values(&self, separator: u8, record: &mut Record) -> Result<usize, Broken> {
        let mut at = self.at;
        loop {
            let blanks = self.bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
            let quoted = self.bytes.get(at + blanks) == Some(&b'"');
            if quoted {
                at = self.unquote(at + blanks, record)?;
            }
            let found = memchr3(separator, b'\n', b'\r', &self.bytes[at..]).map(|end| at + end);
            if found.is_none() && !self.ended {
                return Err(Broken::Incomplete);
            }
            let end = found.unwrap_or(self.bytes.len());
            let rest = &self.bytes[at..end];
            record.content.extend_from_slice(rest);
            // a text after the quotes makes the field a mixture
            record.end_field(quoted && rest.trim_ascii().is_empty());
            if found.is_none() {
                return Ok(end);
            }
            if self.bytes[end] != separator {
                return self.after_line_end(end).ok_or(Broken::Incomplete);
            }
            at = end + 1;
        }
    }

    /// Splits words at white space, and returns the place after the record.
    fn split_words(&self, record: &mut Record) -> Result<usize, Broken> {
        let mut at = self.at;
        loop {
            let is_space = |byte: &&u8| is_blank(byte) && !matches!(byte, b'\n' | b'\r');
            at += self.bytes[at..].iter().take_while(is_space).count();
            let rest = &self.bytes[at..];
            match rest.first() {
                None if self.ended => return Ok(at),
                None => return Err(Broken::Incomplete),
                Some(b'\n' | b'\r') => return self.after_line_end(at).ok_or(Broken::Incomplete),
                Some(b'"') => {
                    at = self.unquote(at, record)?;
                    record.end_field(true);
                }
                Some(_) => {
                    let n = rest.iter().position(is_blank).unwrap_or(rest.len());
                    let word = &rest[..n];
                    let before = self.syntax.comments.before(word);
                    if !before.is_empty() && before != MARK {
                        record.content.extend_from_slice(before);
                        record.end_field(false);
                    }
                    if before.len() < word.len() {
                        // a comment until the end of the line
                        let end = self.line_end(at).map(|(end, _)| end);
                        at = match end {
                            Some(end) => end,
                            None if self.ended => self.bytes.len(),
                            None => return Err(Broken::Incomplete),
                        };
                    } else {
                        at += n;
                    }
                }
            }
        }
    }

    /// Adds the content of a quoted field, and returns the place after its closing quote. Two quotes are a quote within.
    fn unquote(&self, open: usize, record: &mut Record) -> Result<usize, Broken> {
        let mut at = open + 1;
        loop {
            let Some(end) = memchr(b'"', &self.bytes[at..]).map(|end| at + end) else {
                let unclosed = if self.ended { Broken::Unclosed(open) } else { Broken::Incomplete };
                return Err(unclosed);
            };
            record.content.extend_from_slice(&self.bytes[at..end]);
            match self.bytes.get(end + 1) {
                Some(b'"') => {
                    record.content.push(b'"');
                    at = end + 2;
                }
                None if !self.ended => return Err(Broken::Incomplete),
                _ => return Ok(end + 1),
            }
        }
    }
}

/// A byte-order mark, which is at the beginning of some files, and at the joins of concatenated files.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Whether a byte separates words.
fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == 0x0b
}

/// Returns the words of a line without quotes, and without its comment.
pub(super) fn words<'a>(line: &'a [u8], comments: &Comments) -> Vec<&'a [u8]> {
    let mut line = line;
    while let Some(rest) = line.strip_prefix(MARK) {
        line = rest;
    }
    let text = comments.before(line);
    text.split(is_blank).filter(|word| !word.is_empty() && *word != MARK).collect()
}

/// Counts line ends: line feeds, and carriage returns without one.
fn line_ends(bytes: &[u8]) -> usize {
    let feeds = memchr_iter(b'\n', bytes).count();
    let lone = |&at: &usize| bytes.get(at + 1) != Some(&b'\n');
    feeds + memchr_iter(b'\r', bytes).filter(lone).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, separator: Separator) -> Vec<(usize, Vec<String>)> {
        let syntax = Syntax { separator, comments: Comments::new("#") };
        let mut records = Records::new(text.as_bytes(), &syntax, true, 0);
        let mut record = Record::default();
        let mut found = Vec::new();
        while let Next::Record(line) = records.next(&mut record) {
            let fields = record.fields().map(|field| String::from_utf8_lossy(field).into_owned());
            found.push((line, fields.collect()));
        }
        found
    }

    fn record(line: usize, fields: &[&str]) -> (usize, Vec<String>) {
        (line, fields.iter().map(|&field| field.to_owned()).collect())
    }

    #[test]
    fn values_may_be_quoted_and_comments_are_skipped() {
        let text = "# \"x\na,\"b, \"\"c\"\"\n2\",\r\n\r\n#N/A, \"d\"e\n  \n#1,2\n\"f\"";
        let expected =
            [record(2, &["a", "b, \"c\"\n2", ""]), record(5, &["#N/A", "de"]), record(8, &["f"])];
        assert_eq!(all(text, Separator::Byte(b',')), expected);
        assert_eq!(all("a,b\r1,2\r", Separator::Byte(b',')).len(), 2);
        assert_eq!(all("\t\n1\t2\n", Separator::Byte(b'\t'))[0], record(1, &["", ""]));
    }

    #[test]
    fn words_may_be_quoted_and_comments_end_a_line() {
        let text = "# x\n  \"a b\"  c # \"d\n\n1 #N/A 2#3\n#\n\u{feff} 4\r\n";
        let expected =
            [record(2, &["a b", "c"]), record(4, &["1", "#N/A", "2"]), record(6, &["4"])];
        assert_eq!(all(text, Separator::Blanks), expected);
        let comments = Comments::new("#");
        assert_eq!(words("\u{feff}\u{feff}a  b # c\r\n".as_bytes(), &comments), [b"a", b"b"]);
        assert!(words(b"# nothing\n", &comments).is_empty());
    }

    #[test]
    fn incomplete_records_and_unclosed_quotes_are_reported() {
        let syntax = Syntax { separator: Separator::Byte(b','), comments: Comments::new("#") };
        let last = |text: &str, ended: bool| {
            let mut records = Records::new(text.as_bytes(), &syntax, ended, 0);
            let mut record = Record::default();
            loop {
                match records.next(&mut record) {
                    Next::Record(_) => {}
                    other => return (other, records.at),
                }
            }
        };
        for text in ["1,2\n3,4", "1,2\n3,\"4\"", "1,2\n\"3\n", "1,2\n3\r", "1,2\n# x"] {
            assert_eq!(last(text, false), (Next::Incomplete, 4), "{text:?}");
        }
        assert_eq!(last("1,2\n3,4", true), (Next::End, 7));
        assert_eq!(last("1,2\n3,4\n\"x\n\",\"5\n6", true).0, Next::Unclosed(4));
    }
}
