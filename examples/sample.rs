//! Generates rows like those of a table, and tests whether they follow it.
//!
//! `cargo run --release --example sample`

use mixlab::{UserUnits, prelude::*, quality::Comparison};

fn main() -> mixlab::Result<()> {
    let survey = datasets::survey();
    let params = Pipeline::params().standardize(true);
    let (model, _) = params.select(&survey, &Selection::params(1..=6))?;
    let columns = Column::all(survey.records.view(), survey.feature_names());
    let model = ModelFile { columns: columns.clone(), ..model.into() };
    // with the decimals of the survey
    let rows = model.sample(1000, 7, true, UserUnits::default());
    println!("row 0: {:.1}", rows.row(0));

    let comparison = Comparison::params();
    let comparison = comparison.compare_columns(survey.records.view(), rows.view(), &columns)?;
    for verdict in comparison.verdicts() {
        println!("{}: {:?}, {}", verdict.quality, verdict.holds, verdict.reason);
    }
    assert!(comparison.follows());
    Ok(())
}
