//! Chooses the number of components and the covariance type by BIC.
//!
//! `cargo run --release --example select`

use mixlab::prelude::*;

fn main() -> mixlab::Result<()> {
    let blobs = datasets::stretched_blobs();
    let search = Selection::params(1..=6)
        .covariance_types(CovarianceType::ALL)
        .criterion(Criterion::Bic)
        .mixture(GaussianMixture::params(1).n_init(5))
        .fit(&blobs)?;
    for cell in search.cells() {
        if let Some(bic) = cell.value(Criterion::Bic) {
            println!("{} {:<9} {bic:9.2}", cell.n_components, cell.covariance_type);
        }
    }
    let best = search.best_model();
    println!("best: {} components, {}", best.n_components(), best.covariance_type());
    assert_eq!((best.n_components(), best.covariance_type()), (4, CovarianceType::Tied));
    Ok(())
}
