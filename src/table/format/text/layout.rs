//! The line of names of a text table, and the place of its first row.

use super::comments::Comments;
use super::field::NOT_UTF8;
use super::header::{First, detect, has_units};
use super::record::{Record, Syntax};
use super::row_index::are_labels;
use super::sample::{Cell, Sample, bare_text, is_rare};
use crate::error::{Error, Result};
use crate::table::decision::Decision;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;

/// The names of a table and the place of its first row.
pub(super) struct Layout {
    /// Names of all columns, which may be empty; none if the columns have no names.
    pub(super) names: Option<Vec<String>>,
    pub(super) n_fields: usize,
    /// Index of the first row in the sample.
    pub(super) first_row: usize,
    /// Line of the names.
    pub(super) line: usize,
    /// Whether the first column holds names of rows, above which no name is written.
    pub(super) has_row_names: bool,
}

/// Finds the names of a table.
pub(super) fn layout(
    source: &Source,
    sample: &Sample,
    syntax: &Syntax,
    markers: &MissingMarkers,
    decisions: &mut Vec<Decision>,
) -> Result<Layout> {
    let first = &sample.head[0];
    let own: Vec<Option<&str>> = first.record.fields().map(bare_text).collect();
    let options = &source.options;
    let is_requested = || {
        let choice = &options.choice;
        let has = |name: &&String| own.contains(&Some(name.as_str()));
        // a column without a name is requested by its number
        let is_place =
            |name: &String| name.parse().is_ok_and(|place| (1..=own.len()).contains(&place));
        let mut wanted = choice.wanted.iter().flatten().chain(&choice.excluded);
        (!choice.expected.is_empty() && choice.expected.iter().all(|name| has(&name)))
            || wanted.any(|name| has(&name) && !is_place(name))
    };
    let content = match options.header {
        Some(true) => First::Names,
        Some(false) => First::Data,
        None if is_requested() => First::Names,
        None => detect(sample, markers),
    };
    let n_first = first.record.len();
    let plain = Layout {
        names: None,
        n_fields: n_first,
        first_row: 0,
        line: first.line,
        has_row_names: false,
    };
    if content == First::Data {
        let comment = || names_in_comment(sample, syntax, n_first, markers);
        if let Some((line, names)) = options.header.is_none().then(comment).flatten() {
            decisions.push(Decision::NamesInComment { line, names: names.clone() });
            return Ok(Layout { names: Some(names), line, ..plain });
        }
        check_title(source, sample, content, markers)?;
        return Ok(plain);
    }
    if let Some(column) = own.iter().position(Option::is_none) {
        return Err(source.table(first.line, column + 1, NOT_UTF8.into()));
    }
    let one_line = |name: &str| name.replace(['\n', '\r'], " ");
    let own: Vec<String> = own.into_iter().flatten().map(one_line).collect();
    if content == First::NumericNames {
        decisions.push(Decision::NumericNames { line: first.line, names: own.clone() });
    }
    let (names, has_row_names) = match all_names(source, sample, &own, markers, decisions) {
        Some(found) => found,
        None => {
            check_title(source, sample, content, markers)?;
            (own, false)
        }
    };
    let mut layout =
        Layout { n_fields: names.len(), names: Some(names), first_row: 1, has_row_names, ..plain };
    if has_units(sample, layout.n_fields, markers) {
        let second = &sample.head[1];
        let text = |field| bare_text(field).unwrap_or_default().to_owned();
        let units = second.record.fields().map(text).collect();
        decisions.push(Decision::Units { line: second.line, units });
        layout.first_row = 2;
    }
    Ok(layout)
}

/// Returns the names of all columns if the line of names is one value shorter than the rows or ends in separators, and whether
/// the first column holds names of rows.
fn all_names(
    source: &Source,
    sample: &Sample,
    own: &[String],
    markers: &MissingMarkers,
    decisions: &mut Vec<Decision>,
) -> Option<(Vec<String>, bool)> {
    let (first, n_first) = (&sample.head[0].record, own.len());
    let n_fields = sample.n_fields(1);
    let nameless = || vec![String::new()];
    if n_fields == n_first + 1 {
        let is_empty = |row: &&Record| row.field(n_first).trim_ascii().is_empty();
        let n_empty = sample.rows(1, n_fields).filter(is_empty).count();
        if is_rare(sample.rows(1, n_fields).count() - n_empty, n_empty) {
            return Some(([own, &nameless()].concat(), false));
        }
        let is_name =
            |index| !Cell::of(first.field(index), markers).is_number() || first.is_quoted(index);
        let are_names = source.options.header == Some(true) || (0..n_first).all(is_name);
        if are_names && are_labels(sample.rows(1, n_fields), 0, markers) {
            return Some(([&nameless(), own].concat(), true));
        }
    }
    if (1..n_first).contains(&n_fields) && own[n_fields..].iter().all(String::is_empty) {
        let columns = (n_fields + 1..=n_first).collect();
        decisions.push(Decision::EmptyColumns { columns });
        return Some((own[..n_fields].to_vec(), false));
    }
    None
}

/// Returns an error if the first line is a title above the line of names, or above rows of another length.
fn check_title(
    source: &Source,
    sample: &Sample,
    content: First,
    markers: &MissingMarkers,
) -> Result<()> {
    let [first, second, third, ..] = sample.head.as_slice() else { return Ok(()) };
    let (found, expected) = (first.record.len(), second.record.len());
    let is_number = |field: &[u8]| Cell::of(field, markers).is_number();
    let names_follow = found < expected
        && !second.record.fields().any(is_number)
        && third.record.fields().any(is_number);
    let are_alike = || sample.head[1..].iter().all(|row| row.record.len() == expected);
    let is_title = match content {
        First::Data => found != expected && are_alike(),
        First::Names | First::NumericNames => expected == sample.n_fields(1) && names_follow,
    };
    if !is_title {
        return Ok(());
    }
    let (path, line, n_lines) = (source.path.clone(), first.line, second.line - 1);
    Err(Error::TitleLine { path, line, found, expected, n_lines })
}

/// Returns the names in the last comment directly above the first record that has as many words as there are columns, and its
/// line; it may be followed by a comment with units.
fn names_in_comment(
    sample: &Sample,
    syntax: &Syntax,
    n_fields: usize,
    markers: &MissingMarkers,
) -> Option<(usize, Vec<String>)> {
    let without_comments = Syntax { separator: syntax.separator, comments: Comments::new("") };
    let names_of = |text: &str| {
        let sample = Sample::of(text.as_bytes(), &without_comments, true, 0);
        let record = &sample.head.first()?.record;
        let is_name = |field: &[u8]| {
            let text = bare_text(field).filter(|_| Cell::of(field, markers) == Cell::Text);
            // a sentence is a name only among several
            text.filter(|text| n_fields > 1 || !text.contains(' ')).map(str::to_owned)
        };
        let names: Option<Vec<String>> = record.fields().map(is_name).collect();
        names.filter(|names| names.len() == n_fields)
    };
    let mut line = sample.head[0].line;
    let mut found = None::<(usize, Vec<String>)>;
    for (comment, text) in
        sample.comments.iter().rev().filter(|(comment, _)| *comment < sample.head[0].line)
    {
        if comment + 1 != line {
            break;
        }
        line = *comment;
        let Some(names) = names_of(text) else { break };
        let are_units = |names: &[String]| {
            let is_short =
                |name: &String| name.chars().count() <= 6 || name.starts_with(['(', '[']);
            names.iter().all(is_short)
        };
        match &found {
            None => found = Some((*comment, names)),
            Some((_, below)) if are_units(below) && !are_units(&names) => {
                return Some((*comment, names));
            }
            Some(_) => break,
        }
    }
    found
}
