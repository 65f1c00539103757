//! Fits a mixture, reads its report, and queries the model.
//!
//! `cargo run --release --example fit`

use mixlab::prelude::*;

fn main() -> mixlab::Result<()> {
    let moons = datasets::moons();
    let params = GaussianMixture::params(7).n_init(5).seed(1);
    let (model, report) = params.fit_with_report(&moons)?;
    println!("{} iterations, log-likelihood {:.3}", report.n_iter(), report.log_likelihood());

    let labels = model.try_predict(&moons)?;
    let posterior = model.predict_proba(&moons)?;
    println!("row 0: component {}, posterior {:.3}", labels[0], posterior.row(0));

    let log_density = model.score_samples(&moons)?;
    let outliers = anomalies(log_density.view(), 0.02);
    println!("2 % of the rows with the lowest log-density: {outliers:?}");
    assert_eq!((labels.len(), outliers.len()), (200, 4));
    Ok(())
}
