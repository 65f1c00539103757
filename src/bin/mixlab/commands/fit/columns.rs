//! Errors of a fit that concern columns, with the names of the columns and a remedy.

use mixlab::table::SchemaEntry;
use mixlab::{Column, Error, Preprocessor, Rule};

use crate::output::{Usage, exclude, listed};
use crate::source::Source;

/// Adds the names of columns to an error, if the columns of the mixture are those of the data.
pub fn name_columns(error: Error, preprocessor: &Preprocessor, source: &Source) -> anyhow::Error {
    match error {
        Error::ConstantColumns { columns } if columns.len() == source.columns().len() => {
            Usage("all rows are equal, so there is nothing to fit".into()).into()
        }
        Error::IncompleteRows { .. } => incomplete(source).into(),
        Error::EmptyColumns { columns } => empty_columns(&columns, source).into(),
        Error::ColumnShape { column, shape, expected } => match source.columns().get(column) {
            Some(Column { name, .. }) => Usage(format!(
                "{name:?} cannot have the shape {shape}: it needs {expected}; --shape {} keeps it as it is",
                listed(&[format!("{name}=none")])
            ))
            .into(),
            None => error.into(),
        },
        _ if preprocessor.pca().is_some() => error.into(),
        Error::ConstantColumns { columns } => constant_columns(&columns, source).into(),
        Error::TooWide { column, min, max } => match source.columns().get(column) {
            Some(Column { name, .. }) => too_wide(name, min, max).into(),
            None => error.into(),
        },
        _ => error.into(),
    }
}

/// Returns an error that names the numbers that are missing in some rows, which a PCA needs.
fn incomplete(source: &Source) -> Usage {
    let entries = source.schema().entries().iter();
    let is_incomplete = |entry: &&SchemaEntry| {
        let column = entry.column.as_ref();
        entry.n_missing > 0 && column.is_some_and(|column| !column.kind.is_categorical())
    };
    let names: Vec<String> =
        entries.filter(is_incomplete).map(|entry| entry.name.clone()).collect();
    if names.is_empty() {
        return Usage(
            "a PCA needs complete rows, and numbers are missing; fit without --pca".into(),
        );
    }
    Usage(format!(
        "a PCA needs complete rows, and values of {} are missing; --drop-missing drops such rows, {} leaves such columns out, or \
         fit without --pca",
        quoted(&names),
        exclude(&names)
    ))
}

/// Returns an error that names columns without values.
fn empty_columns(columns: &[usize], source: &Source) -> Usage {
    let all = source.columns();
    let names: Vec<String> = columns.iter().map(|&column| all[column].name.clone()).collect();
    let (have, them) = if names.len() == 1 { ("has", "it") } else { ("have", "them") };
    Usage(format!("{} {have} no values; leave {them} out ({})", quoted(&names), exclude(&names)))
}

/// Formats the first names in quotes.
fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(12).map(|name| format!("{name:?}")).collect();
    let dots = if names.len() > 12 { ", ..." } else { "" };
    format!("{}{dots}", quoted.join(", "))
}

/// Returns an error that names a column whose range is too wide: usually, an end of it represents a missing value.
fn too_wide(name: &str, min: f64, max: f64) -> Usage {
    let end = if max.abs() > min.abs() { max } else { min };
    Usage(format!(
        "the values of {name:?} range from {min:e} to {max:e}, too wide for squared distances; if {end:e} represents a missing \
         value, --missing-values {end:e} declares it ({} leaves the column out)",
        exclude(&[name.to_owned()])
    ))
}

/// Returns an error that names all constant columns, so that they can be left out at once.
fn constant_columns(columns: &[usize], source: &Source) -> Usage {
    let all = source.columns();
    let names: Vec<String> = columns.iter().map(|&column| all[column].name.clone()).collect();
    if source.image().is_some() {
        return Usage(format!(
            "{} of {} pixels have the same value in every image, so they have no density; remove such directions \
             with --pca, for instance --pca 0.99",
            names.len(),
            all.len()
        ));
    }
    if let Some(usage) = constant_difference(columns, source) {
        return usage;
    }
    let (have, they) = if names.len() == 1 { ("has", "it has") } else { ("have", "they have") };
    Usage(format!(
        "{} {have} the same value in every row, so {they} no density; leave out constant columns ({}), or \
         remove such directions with --pca",
        quoted(&names),
        exclude(&names)
    ))
}

/// Returns an error that names a difference of an order that is the same in every row: a sum.
fn constant_difference(columns: &[usize], source: &Source) -> Option<Usage> {
    let of_column = |&column: &usize| {
        let Column { name, range, .. } = &source.columns()[column];
        let is_it = |lower: &str, upper: &str| *name == format!("{upper} - {lower}");
        source.rules()?.rules().iter().find_map(|rule| match rule {
            Rule::AtMost { lower, upper } if is_it(lower, upper) => {
                let terms = vec![(1.0, lower.clone())];
                let sum = Rule::Sum { total: upper.clone(), terms, constant: range.unwrap_or_default().0 };
                Some(Usage(format!(
                    "{name:?} has the same value in every row; write the rule {:?} as a sum: --rule {:?}",
                    rule.to_string(),
                    sum.to_string()
                )))
            }
            _ => None,
        })
    };
    columns.iter().find_map(of_column)
}
