//! The beginning of a text table: a stated separator, the rules by which it is split, and its sample.

use std::io::Read;

use memchr::memchr2;

use super::buffer::{BEGINNING, TextInput};
use super::comments::Comments;
use super::record::Syntax;
use super::sample::Sample;
use super::separator::{Separator, separator};
use crate::error::{Error, Result};
use crate::table::options::Source;

/// Removes the first line if it states the separator, as `sep=;` does for spreadsheets, and returns the separator.
pub(super) fn separator_line<R: Read>(input: &mut TextInput<R>) -> Option<Separator> {
    let end = memchr2(b'\n', b'\r', &input.buffer)?;
    let line = match &input.buffer[..end] {
        [b'"', inner @ .., b'"'] => inner,
        line => line,
    };
    let (word, stated) = line.split_at_checked(4)?;
    if !word.eq_ignore_ascii_case(b"sep=") || stated.len() != 1 {
        return None;
    }
    let separator = Separator::of(char::from(stated[0]))?;
    let end = if input.buffer[end..].starts_with(b"\r\n") { end + 1 } else { end };
    input.buffer.drain(..=end);
    Some(separator)
}

/// Returns the rules by which the text is split: given in the options, stated by the file, or detected.
pub(super) fn syntax<R>(
    source: &Source,
    input: &TextInput<R>,
    stated: Option<Separator>,
) -> Result<Syntax> {
    let options = &source.options;
    let comments = Comments::new(options.comment.as_deref().unwrap_or("#"));
    let expected = "a character that does not occur in numbers";
    let given = options.separator.map(|given| {
        Separator::of(given)
            .ok_or_else(|| Error::param("the separator", format!("{given:?}"), expected))
    });
    let separator = match given.transpose()?.or(stated) {
        Some(separator) => separator,
        None => separator(&input.buffer, input.ended, Separator::usual(&source.path), &comments),
    };
    Ok(Syntax { separator, comments })
}

/// Splits the beginning of a table, which is extended to three records.
pub(super) fn sample<R: Read>(
    input: &mut TextInput<R>,
    syntax: &Syntax,
    n_lines: usize,
) -> Result<Sample> {
    input.fill(BEGINNING)?;
    loop {
        let sample = Sample::of(&input.buffer, syntax, input.ended, n_lines);
        if input.ended || sample.head.len() > 2 {
            return Ok(sample);
        }
        input.grow(sample.head.last().map_or(n_lines, |last| last.end.1) + 1)?;
    }
}

/// Keeps the lines that begin like comments if all lines below the names do, unless the prefix of comments is given.
pub(super) fn without_comments<R: Read>(
    input: &mut TextInput<R>,
    syntax: Syntax,
    sample: Sample,
    n_lines: usize,
) -> Result<(Syntax, Sample)> {
    let is_given = input.source.options.comment.is_some();
    let ([names], false) = (sample.head.as_slice(), is_given) else {
        return Ok((syntax, sample));
    };
    let are_below = sample.comments.iter().all(|&(line, _)| line > names.line);
    let uncommented = Syntax { comments: Comments::new(""), ..syntax.clone() };
    let all = self::sample(input, &uncommented, n_lines)?;
    let are_alike = all.head.iter().all(|head| head.record.len() == names.record.len());
    // all lines but that of the names look like comments, so they are rather values that begin with the prefix
    let are_values = are_below && are_alike && all.head.len() > 2;
    Ok(if are_values { (uncommented, all) } else { (syntax, sample) })
}
