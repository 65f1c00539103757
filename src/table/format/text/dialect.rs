//! Detection of the structure of a text table by its first lines, and by lines that are spread over its file.

use std::collections::{HashMap, HashSet};

use super::field::{NOT_UTF8, Rules};
use super::header::{First, detect, has_units};
use super::marks::{self, SampledColumns};
use super::record::{Comments, Syntax};
use super::row_index::{are_labels, counts_rows, n_index_columns};
use super::sample::{Cell, ColumnSample, Sample, bare_text, describe};
use super::separator::Separator;
use crate::error::{Error, Result};
use crate::table::columns::{Columns, default_name};
use crate::table::decision::Decision;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;

/// The use of a column of the file, apart from its selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Data,
    /// The column identifies the rows.
    Index,
    /// The column has neither a name nor values.
    Empty,
}

/// The structure of a text table, with the decisions by which it differs from the plain default.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Unique names of all columns.
    pub(super) names: Vec<String>,
    /// Names in the file, which may be empty.
    pub(super) own_names: Vec<String>,
    pub(super) roles: Vec<Role>,
    /// Number of bytes and lines before the first row.
    pub(super) begin: (usize, usize),
    /// Columns that are read as numbers.
    pub(super) columns: Columns,
    /// How the values of these columns are read.
    pub(super) rules: Vec<Rules>,
    pub(super) decisions: Vec<Decision>,
}

/// The names of a table and the place of its first row.
struct Layout {
    /// Names of all columns, which may be empty; none if the columns have no names.
    names: Option<Vec<String>>,
    n_fields: usize,
    /// Index of the first row in the sample.
    first_row: usize,
    /// Line of the names.
    line: usize,
    /// Whether the first column holds names of rows, above which no name is written.
    has_row_names: bool,
}

impl Dialect {
    /// Detects the structure of a table; `n_lines` lines precede the sample, which has at least one record.
    ///
    /// # Errors
    /// Any error in the first lines or in the selection of columns.
    pub(super) fn detect(
        source: &Source,
        sample: &Sample,
        syntax: &Syntax,
        n_lines: usize,
        markers: &MissingMarkers,
    ) -> Result<Self> {
        let mut decisions = Vec::new();
        let mut layout = layout(source, sample, syntax, markers, &mut decisions)?;
        let comment = sample.comments.iter().find(|(line, _)| *line != layout.line);
        if let Some(&(line, _)) = comment.filter(|_| syntax.separator != Separator::Blanks) {
            decisions.push(Decision::Comments { prefix: syntax.comments.prefix(), line });
        }
        if layout.names.is_some()
            && layout.first_row == 1
            && has_units(sample, layout.n_fields, markers)
        {
            let units = &sample.head[1];
            layout.first_row = 2;
            let text = |field| bare_text(field).unwrap_or_default().to_owned();
            let units_text = units.record.fields().map(text).collect();
            decisions.push(Decision::Units { line: units.line, units: units_text });
        }
        let shape = (layout.first_row, layout.n_fields);
        let described = describe(sample.rows(shape.0, shape.1), shape.1, markers);
        let roles = roles(&layout, sample, &described, markers, &mut decisions);
        let is_named = layout.names.is_some();
        if !is_named && source.options.header.is_none() {
            let n_columns = roles.iter().filter(|&&role| role == Role::Data).count();
            decisions.push(Decision::NoNames { line: layout.line, n_columns });
        }
        let names = names(layout.names.as_deref(), &roles, &mut decisions);
        let mut places = Vec::new();
        places.extend((0..names.len()).filter(|&column| roles[column] != Role::Data));
        let columns = Columns::choose_among(source, &names, is_named, &places)?;
        report_index(&layout, (&names, &roles), &columns, &mut decisions);
        let is_chosen = |column: &usize| columns.places.contains(column);
        let others: Vec<usize> = (0..shape.1)
            .filter(|column| described[*column].is_numeric() && roles[*column] == Role::Data)
            .filter(|column| !is_chosen(column))
            .collect();
        let sampled = SampledColumns {
            sample,
            shape,
            chosen: &columns.places,
            names: &columns.names,
            others: &others,
        };
        let (mut rules, marks) = marks::rules(source, &sampled, syntax.separator, markers)?;
        decisions.extend(marks);
        let booleans =
            columns.places.iter().enumerate().filter(|&(_, &place)| described[place].is_boolean());
        let booleans: Vec<usize> = booleans.map(|(at, _)| at).collect();
        booleans.iter().for_each(|&at| rules[at].boolean = true);
        if !booleans.is_empty() {
            let columns = booleans.iter().map(|&at| columns.names[at].clone()).collect();
            decisions.push(Decision::Booleans { columns });
        }
        let choice = &source.options.choice;
        if choice.wanted.is_none() && choice.expected.is_empty() {
            let counting = columns.places.iter().zip(&columns.names);
            let counting = counting.filter(|&(&place, _)| counts_rows(sample, shape, place));
            decisions
                .extend(counting.map(|(_, name)| Decision::CountingColumn { name: name.clone() }));
        }
        let begin = match shape.0.checked_sub(1) {
            Some(before) => sample.head[before].end,
            None => (0, n_lines),
        };
        let own_names = layout.names.unwrap_or_else(|| names.clone());
        Ok(Self { names, own_names, roles, begin, columns, rules, decisions })
    }
}

/// Finds the names of a table.
fn layout(
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
        if options.header.is_none() {
            if let Some((line, names)) = names_in_comment(sample, syntax, n_first, markers) {
                decisions.push(Decision::NamesInComment { line, names: names.clone() });
                return Ok(Layout { names: Some(names), line, ..plain });
            }
        }
        check_title(source, sample, content, markers)?;
        return Ok(plain);
    }
    if let Some(column) = own.iter().position(Option::is_none) {
        return Err(source.table(first.line, column + 1, NOT_UTF8.into()));
    }
    let own: Vec<String> =
        own.into_iter().flatten().map(|name| name.replace(['\n', '\r'], " ")).collect();
    if content == First::NumericNames {
        decisions.push(Decision::NumericNames { line: first.line, names: own.clone() });
    }
    let n_fields = match sample.n_fields(1) {
        0 => n_first,
        n_fields => n_fields,
    };
    let named = |names: Vec<String>, has_row_names: bool| {
        let n_fields = names.len();
        Layout { names: Some(names), n_fields, first_row: 1, has_row_names, ..plain }
    };
    if n_fields == n_first + 1 {
        let is_last_empty =
            || sample.rows(1, n_fields).all(|row| row.field(n_first).trim_ascii().is_empty());
        if is_last_empty() {
            return Ok(named([own, vec![String::new()]].concat(), false));
        }
        let is_name = |field| !Cell::of(field, markers).is_number();
        let are_names = options.header == Some(true)
            || first.record.fields().all(is_name)
            || (0..n_first).all(|index| first.record.is_quoted(index));
        if are_names && are_labels(sample.rows(1, n_fields), 0, markers) {
            return Ok(named([vec![String::new()], own].concat(), true));
        }
    }
    if n_fields < n_first && own[n_fields..].iter().all(String::is_empty) {
        let mut own = own;
        let columns = (n_fields + 1..=n_first).collect();
        own.truncate(n_fields);
        decisions.push(Decision::EmptyColumns { columns });
        return Ok(named(own, false));
    }
    check_title(source, sample, content, markers)?;
    Ok(named(own, false))
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

/// Returns the role of each column.
fn roles(
    layout: &Layout,
    sample: &Sample,
    described: &[ColumnSample],
    markers: &MissingMarkers,
    decisions: &mut Vec<Decision>,
) -> Vec<Role> {
    let shape = (layout.first_row, layout.n_fields);
    let n_rows = sample.rows(shape.0, shape.1).count();
    let mut roles = vec![Role::Data; shape.1];
    let is_nameless = |column: usize| match &layout.names {
        Some(names) => names[column].is_empty(),
        None => column + 1 == shape.1,
    };
    let is_empty = |column: &usize| is_nameless(*column) && described[*column].is_empty(n_rows);
    let empty: Vec<usize> = (0..shape.1).filter(is_empty).collect();
    if empty.len() < shape.1 {
        empty.iter().for_each(|&column| roles[column] = Role::Empty);
        if !empty.is_empty() {
            let columns = empty.iter().map(|column| column + 1).collect();
            decisions.push(Decision::EmptyColumns { columns });
        }
    }
    let n_data = roles.iter().filter(|&&role| role == Role::Data).count();
    let n_index = match &layout.names {
        _ if layout.has_row_names => 1,
        Some(names) => {
            let is_empty = |column: usize| roles[column] == Role::Empty;
            n_index_columns(sample, shape, names, is_empty, markers)
        }
        None => 0,
    };
    let is_data = |role: &&mut Role| **role == Role::Data;
    if roles[..n_index].iter().filter(|&&role| role == Role::Data).count() < n_data {
        roles[..n_index].iter_mut().filter(is_data).for_each(|role| *role = Role::Index);
    }
    roles
}

/// Reports the columns that identify the rows, except requested ones.
fn report_index(
    layout: &Layout,
    (names, roles): (&[String], &[Role]),
    columns: &Columns,
    decisions: &mut Vec<Decision>,
) {
    let last = roles.iter().rposition(|&role| role == Role::Data).unwrap_or_default();
    for (column, _) in roles.iter().enumerate().filter(|&(_, &role)| role == Role::Index) {
        if !columns.places.contains(&column) {
            decisions.push(Decision::RowIndex {
                name: names[column].clone(),
                is_named: layout.names.as_ref().is_some_and(|own| !own[column].is_empty()),
                last: names[last].clone(),
            });
        }
    }
}

/// Returns unique names: `x1`, `x2`, ... for columns without a name, and `a.1` for the second `a`.
fn names(own: Option<&[String]>, roles: &[Role], decisions: &mut Vec<Decision>) -> Vec<String> {
    let Some(own) = own else { return (0..roles.len()).map(default_name).collect() };
    let (mut used, mut seen) = (HashSet::new(), HashMap::<String, usize>::new());
    let (mut names, mut renamed) = (Vec::with_capacity(own.len()), Vec::new());
    for (column, name) in own.iter().enumerate() {
        let name = if name.is_empty() { default_name(column) } else { name.clone() };
        let mut unique = name.clone();
        let count = seen.entry(name.clone()).or_insert(0);
        while used.contains(&unique) {
            *count += 1;
            unique = format!("{name}.{count}");
        }
        used.insert(unique.clone());
        if unique != name {
            renamed.push((name, unique.clone()));
        }
        names.push(unique);
    }
    if !renamed.is_empty() {
        decisions.push(Decision::RenamedColumns { renamed });
    }
    names
}
