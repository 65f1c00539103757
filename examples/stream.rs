//! Fits a mixture to a file that stays on disk.
//!
//! `cargo run --release --example stream`

use mixlab::prelude::*;
use mixlab::table::{TableReader, write_table};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("rows.npy");
    let source = GaussianMixture::params(4).fit(&datasets::stretched_blobs())?;
    let (rows, _) = source.sample(200_000, 1);
    write_table(&path, rows.view(), &["x".into(), "y".into()])?;

    let table = TableReader::new().open(&path)?;
    let (model, report) = GaussianMixture::params(4).fit_with_report(&table)?;
    println!("{} iterations over {} rows", report.n_iter(), table.n_samples());
    println!("weights {:.3}", model.weights());
    assert!(report.converged());
    Ok(())
}
