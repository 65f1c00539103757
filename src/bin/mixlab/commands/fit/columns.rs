//! Errors of a fit that are about columns, with their names and a remedy.

use mixlab::{Column, Error, Preprocessor};

use crate::output::{Usage, exclude};
use crate::source::Source;

/// Names the columns that an error is about, where columns of the mixture are those of the data.
pub fn name_columns(error: Error, preprocessor: &Preprocessor, source: &Source) -> anyhow::Error {
    let column = match error {
        _ if preprocessor.pca().is_some() => return error.into(),
        Error::ConstantColumns { columns } => return constant_columns(&columns, source).into(),
        Error::TooWide { column, .. } => column,
        _ => return error.into(),
    };
    match source.columns().get(column) {
        Some(Column { name, .. }) => {
            Usage(format!("{name:?}: {error} (--exclude leaves columns out)")).into()
        }
        None => error.into(),
    }
}

/// All columns without variance, so that they can be left out at once.
fn constant_columns(columns: &[usize], source: &Source) -> Usage {
    let all = source.columns();
    let names: Vec<String> = columns.iter().map(|&column| all[column].name.clone()).collect();
    if source.image().is_some() {
        return Usage(format!(
            "{} of {} pixels have the same value in every image, so that they have no density; drop such directions \
             with --pca, for instance --pca 0.99",
            names.len(),
            all.len()
        ));
    }
    let quoted: Vec<String> = names.iter().take(12).map(|name| format!("{name:?}")).collect();
    let dots = if names.len() > 12 { ", ..." } else { "" };
    let (have, they) = if names.len() == 1 { ("has", "it has") } else { ("have", "they have") };
    Usage(format!(
        "{}{dots} {have} the same value in every row, so that {they} no density; leave out what is constant ({}), or \
         drop such directions with --pca",
        quoted.join(", "),
        exclude(&names)
    ))
}
