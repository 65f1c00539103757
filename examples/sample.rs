//! Generates rows like those of a table, and tests whether they follow it.
//!
//! `cargo run --release --example sample`

use mixlab::prelude::*;
use mixlab::quality::Comparison;

fn main() -> mixlab::Result<()> {
    let survey = datasets::survey();
    let params = Pipeline::params().standardize(true);
    let (model, _) = params.select(&survey, &Selection::params(1..=6))?;
    let (rows, components) = model.sample(1000, 7);
    println!("row 0, of component {}: {:.1}", components[0], rows.row(0));

    let names = survey.feature_names();
    let comparison = Comparison::params().compare(survey.records.view(), rows.view(), names)?;
    println!("the generated rows follow the table: {}", comparison.follows());
    assert!(comparison.follows());
    Ok(())
}
