//! Detection of the structure of a text table by its first lines, and by lines that are spread over its file.

use std::collections::{HashMap, HashSet};

use super::field::Rules;
use super::layout::layout;
use super::marks::{self, SampledColumns};
use super::record::Syntax;
use super::roles::{Role, report_index, roles};
use super::row_index::counts_rows;
use super::sample::{ColumnSample, Sample, describe};
use super::separator::Separator;
use crate::error::Result;
use crate::table::columns::{Columns, default_name};
use crate::table::decision::Decision;
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
    /// Columns that are read as numbers.
    pub(super) columns: Columns,
    /// How the values of these columns are read.
    pub(super) rules: Vec<Rules>,
    pub(super) decisions: Vec<Decision>,
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
        let columns = Columns::choose_among(source, &names, is_named, &hidden)?;
        report_index(&layout, (&names, &roles), &columns, &mut decisions);
        let mut is_other: Vec<bool> = described.iter().map(ColumnSample::is_numeric).collect();
        hidden.iter().chain(&columns.places).for_each(|&column| is_other[column] = false);
        let others: Vec<usize> = (0..names.len()).filter(|&column| is_other[column]).collect();
        let sampled = SampledColumns {
            sample,
            shape,
            chosen: &columns.places,
            names: &columns.names,
            others: &others,
        };
        let (mut rules, marks) = marks::rules(source, &sampled, syntax.separator, markers)?;
        decisions.extend(marks);
        find_booleans(&columns, &described, &mut rules, &mut decisions);
        let choice = &source.options.choice;
        if choice.wanted.is_none() && choice.expected.is_empty() {
            let counting = columns.places.iter().zip(&columns.names);
            let counting = counting.filter(|&(&place, _)| counts_rows(sample, shape, place));
            let report = |(_, name): (_, &String)| Decision::CountingColumn { name: name.clone() };
            decisions.extend(counting.map(report));
        }
        let begin = match shape.0.checked_sub(1) {
            Some(before) => sample.head[before].end,
            None => (0, n_lines),
        };
        let own_names = layout.names.unwrap_or_else(|| names.clone());
        Ok(Self { names, own_names, roles, begin, columns, rules, decisions })
    }
}

/// Finds the columns of truth values.
fn find_booleans(
    columns: &Columns,
    described: &[ColumnSample],
    rules: &mut [Rules],
    decisions: &mut Vec<Decision>,
) {
    let mut booleans = Vec::new();
    for (at, &place) in columns.places.iter().enumerate() {
        rules[at].boolean = described[place].is_boolean();
        if rules[at].boolean {
            booleans.push(columns.names[at].clone());
        }
    }
    if !booleans.is_empty() {
        decisions.push(Decision::Booleans { columns: booleans });
    }
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
