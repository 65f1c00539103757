//! Errors of a fit that are about columns, with their names and a remedy.

use mixlab::{Error, Feature, FrontEnd};

use crate::output::{Usage, exclude};
use crate::source::Source;

/// Names the columns that an error is about, where columns of the mixture are those of the data.
pub fn name_columns(error: Error, front_end: &FrontEnd, source: &Source) -> anyhow::Error {
    let column = match error {
        _ if front_end.pca().is_some() => return error.into(),
        Error::ConstantColumns { columns } => return constant_columns(&columns, source).into(),
        Error::TooWide { column, .. } => column,
        _ => return error.into(),
    };
    match source.features().get(column) {
        Some(Feature { name, .. }) => {
            Usage(format!("{name:?}: {error} (--exclude leaves columns out)")).into()
        }
        None => error.into(),
    }
}

/// All columns without variance, so that they can be left out at once.
fn constant_columns(columns: &[usize], source: &Source) -> Usage {
    let features = source.features();
    let names: Vec<String> = columns.iter().map(|&column| features[column].name.clone()).collect();
    if source.image().is_some() {
        return Usage(format!(
            "{} of {} pixels have the same value in every image, so that they have no density; drop such directions \
             with --pca, for instance --pca 0.99",
            names.len(),
            features.len()
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
