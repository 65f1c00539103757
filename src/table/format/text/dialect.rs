//! Detection of the structure of a text table by its first lines, and by lines that are spread over its file.

use std::collections::{HashMap, HashSet};

use super::field::Rules;
use super::layout::layout;
use super::marks::{self, SampledColumns};
use super::reading::Reading;
use super::record::Syntax;
use super::roles::{Role, report_index, roles};
use super::row_index::{counts_rows, numbers_rows};
use super::sample::{ColumnSample, Sample, describe};
use super::separator::Separator;
use crate::error::Result;
use crate::table::columns::{Columns, default_name};
use crate::table::decision::Decision;
use crate::table::kind_choice::Request;
use crate::table::missing::MissingMarkers;
use crate::table::options::Source;

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
    /// Columns that are read.
    pub(super) columns: Columns,
    /// How the values of these columns are read, and what was requested.
    pub(super) readings: Vec<Reading>,
    pub(super) requests: Vec<Request>,
    /// Whether the sample shows no value of these columns.
    pub(super) are_unknown: Vec<bool>,
    pub(super) decisions: Vec<Decision>,
}

/// A sample of a table with its columns.
pub(super) struct Sampled<'a> {
    pub(super) sample: &'a Sample,
    /// Index of the first row in the sample, and number of columns.
    pub(super) shape: (usize, usize),
    pub(super) described: &'a [ColumnSample],
    pub(super) markers: &'a MissingMarkers,
    /// Columns that are known to hold text.
    pub(super) as_text: &'a [usize],
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
        let layout = layout(source, sample, syntax, markers, &mut decisions)?;
        let comment = sample.comments.iter().find(|(line, _)| *line != layout.line);
        if let Some(&(line, _)) = comment.filter(|_| syntax.separator != Separator::Blanks) {
            decisions.push(Decision::Comments { prefix: syntax.comments.prefix(), line });
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
        let is_hidden = |column: &usize| roles[*column] != Role::Data;
        let hidden: Vec<usize> = (0..names.len()).filter(is_hidden).collect();
        let mut columns = Columns::choose_among(source, &names, is_named, &hidden)?;
        let excluded = &source.options.choice.excluded;
        report_index(&layout, (&names, &roles), (&columns, excluded), &mut decisions);
        let mut is_other: Vec<bool> = described.iter().map(ColumnSample::is_numeric).collect();
        hidden.iter().chain(&columns.places).for_each(|&column| is_other[column] = false);
        let others: Vec<usize> = (0..names.len()).filter(|&column| is_other[column]).collect();
        let signs: Vec<Option<char>> = described.iter().map(ColumnSample::sign).collect();
        let numbers = SampledColumns {
            sample,
            shape,
            chosen: &columns.places,
            names: &columns.names,
            signs: &signs,
            others: &others,
        };
        let (rules, marks) = marks::rules(source, &numbers, syntax.separator, markers)?;
        decisions.extend(marks);
        let requests = source.options.kinds.requests(&source.path, &columns.names)?;
        let as_text = &source.options.as_text;
        let sampled = Sampled { sample, shape, described: &described, markers, as_text };
        let read = |((&place, request), rules): ((&usize, &Request), Rules)| {
            Reading::of(request, (&sampled, place), rules)
        };
        let mut readings: Vec<Reading> =
            columns.places.iter().zip(&requests).zip(rules).map(read).collect();
        find_booleans(&columns, &described, &mut readings, &mut decisions);
        report_signs(&columns, &readings, &mut decisions);
        let are_unknown =
            columns.places.iter().map(|&place| described[place].is_unknown()).collect();
        let choice = &source.options.choice;
        if choice.wanted.is_none() && choice.expected.is_empty() {
            // the number of all rows shows whether the first column numbers them
            let is_first =
                columns.places.first() == Some(&0) && !source.options.kinds.has(&names[0]);
            columns.may_number_rows =
                is_first && requests[0] == Request::Detect && numbers_rows(sample, shape, 0);
            let counting = columns.places.iter().zip(&columns.names);
            let counting = counting.skip(usize::from(columns.may_number_rows));
            let counting = counting.filter(|&(&place, _)| counts_rows(sample, shape, place));
            let report = |(_, name): (_, &String)| Decision::CountingColumn { name: name.clone() };
            decisions.extend(counting.map(report));
        }
        let begin = match shape.0.checked_sub(1) {
            Some(before) => sample.head[before].end,
            None => (0, n_lines),
        };
        let own_names = layout.names.unwrap_or_else(|| names.clone());
        Ok(Self {
            names,
            own_names,
            roles,
            begin,
            columns,
            readings,
            requests,
            are_unknown,
            decisions,
        })
    }
}

/// Finds the columns of truth values that are read as numbers.
fn find_booleans(
    columns: &Columns,
    described: &[ColumnSample],
    readings: &mut [Reading],
    decisions: &mut Vec<Decision>,
) {
    let mut booleans = Vec::new();
    for (at, &place) in columns.places.iter().enumerate() {
        let Reading::Number(rules) = &mut readings[at] else { continue };
        rules.boolean = described[place].is_boolean();
        if rules.boolean {
            booleans.push(columns.names[at].clone());
        }
    }
    if !booleans.is_empty() {
        decisions.push(Decision::Booleans { columns: booleans });
    }
}

/// Reports the signs of numbers.
fn report_signs(columns: &Columns, readings: &[Reading], decisions: &mut Vec<Decision>) {
    let mut by_sign: Vec<(char, Vec<String>)> = Vec::new();
    for (reading, name) in readings.iter().zip(&columns.names) {
        let Some(sign) = reading.rules().and_then(|rules| rules.sign) else { continue };
        match by_sign.iter_mut().find(|(known, _)| *known == sign) {
            Some((_, names)) => names.push(name.clone()),
            None => by_sign.push((sign, vec![name.clone()])),
        }
    }
    decisions.extend(by_sign.into_iter().map(|(sign, columns)| Decision::Signs { sign, columns }));
}

/// Returns unique names: `a.1` for the second `a`, and `x1`, `x2`, ... for columns without a name, which never take the name of
/// another column.
fn names(own: Option<&[String]>, roles: &[Role], decisions: &mut Vec<Decision>) -> Vec<String> {
    let Some(own) = own else { return (0..roles.len()).map(default_name).collect() };
    let (mut used, mut seen) = (HashSet::new(), HashMap::<String, usize>::new());
    let mut unique = |name: &str| {
        let mut unique = name.to_owned();
        let count = seen.entry(unique.clone()).or_insert(0);
        while used.contains(&unique) {
            *count += 1;
            unique = format!("{name}.{count}");
        }
        used.insert(unique.clone());
        unique
    };
    let mut names: Vec<String> =
        own.iter().map(|name| if name.is_empty() { String::new() } else { unique(name) }).collect();
    let pairs = own.iter().zip(&names).filter(|(own, name)| own != name);
    let renamed: Vec<_> = pairs.map(|(own, name)| (own.clone(), name.clone())).collect();
    for (column, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
        *name = unique(&default_name(column));
    }
    if !renamed.is_empty() {
        decisions.push(Decision::RenamedColumns { renamed });
    }
    names
}
