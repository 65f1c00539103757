//! A mixture of t distributions beside one of Gaussians, fitted to two clusters with outliers: `cargo run --example outliers -- FOLDER`
//! draws both densities.

use std::path::PathBuf;

use mixlab::Tails;
use mixlab::prelude::*;

fn main() -> mixlab::Result<()> {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let rows = with_outliers()?;
    let mut panels = Vec::new();
    for (title, tails) in
        [("Gaussian components", Tails::Gaussian), ("t distributions", Tails::Estimated)]
    {
        let params = GaussianMixture::params(2).tails(tails);
        let (model, _) = params.fit_with_report(&rows)?;
        println!("{}", TextTable::from(&model));
        println!("BIC {:.1}\n", model.bic(&rows)?);
        panels.push(panel(title, &model, &rows)?);
    }
    let path = folder.join("outliers.png");
    panels.into_iter().fold(Figure::new(), Figure::panel).save(&path)?;
    println!("written to {}", path.display());
    Ok(())
}

/// Bands of the density, 2 nats apart, and the rows.
fn panel(title: &str, model: &GaussianMixture, rows: &Array2<f64>) -> mixlab::Result<Chart> {
    let levels: Vec<f64> = (1..=7).map(|band| 2.0 * f64::from(band)).collect();
    let chart = Chart::new(title, "x", "y").equal_axes().log_density(model, &levels)?;
    Ok(chart.points("", rows.view(), Colour::Grey))
}

/// Two clusters of 200 rows, of which one in twenty is far away.
fn with_outliers() -> mixlab::Result<Array2<f64>> {
    let covariances = array![[[1.0, 0.8], [0.8, 1.0]], [[1.0, -0.5], [-0.5, 0.6]]].into_dyn();
    let means = array![[0.0, 0.0], [6.0, 1.0]];
    let clusters =
        GaussianMixture::new(array![0.5, 0.5], means, CovarianceType::Full, covariances)?;
    let (mut rows, _) = clusters.sample(400, 3);
    for (at, mut row) in rows.rows_mut().into_iter().enumerate().filter(|(at, _)| at % 20 == 0) {
        let angle = at as f64;
        row.assign(&array![3.0 + 14.0 * angle.cos(), 12.0 * (1.7 * angle).sin()]);
    }
    Ok(rows)
}
