//! DATA of the command line: a file, or `dataset:NAME`.

use std::path::Path;

use linfa::Dataset;
use mixlab::table::{Table, read_table};
use mixlab::{ImageShape, datasets};
use ndarray::Array1;

use crate::progress::downloading;

/// A table, and the shape of its images if its rows are images.
pub struct Input {
    pub table: Table,
    pub image: Option<ImageShape>,
}

pub fn read(data: &str) -> mixlab::Result<Input> {
    let Some(name) = data.strip_prefix("dataset:") else {
        return Ok(Input { table: read_table(Path::new(data))?, image: None });
    };
    let entry = datasets::find(name)?;
    let labelled = downloading(|observer| entry.load(observer))?;
    let names = labelled.feature_names().to_vec();
    let no_targets = Array1::from_elem(labelled.records.nrows(), ());
    let table = Dataset::new(labelled.records, no_targets).with_feature_names(names);
    Ok(Input { table, image: entry.image })
}
