//! The density of the selected mixture, and the anomalous rows, where it is lowest.

use ndarray::{Array2, Axis};

use crate::datasets::Labelled;
use crate::error::Result;
use crate::experiments::{Check, ReportBuilder};
use crate::metrics::anomalies;
use crate::mixture::GaussianMixture;
use crate::plot::{Chart, Colour};

/// The tutorial's points of lowest density, in row order.
const ANOMALIES: [(f64, f64); 16] = [
    (-4.63330948, 5.00361975),
    (-2.54838565, 3.64269177),
    (-0.91910995, 1.15856978),
    (-0.86486896, 0.52612946),
    (-4.89433471, 5.18742875),
    (-4.29724243, 3.8822148),
    (-3.57676231, 4.75833171),
    (-1.55916518, 1.98841812),
    (-0.94562645, 0.64439676),
    (-0.69821632, 0.02550763),
    (-0.33938455, 1.75038413),
    (0.11392436, 1.07418878),
    (-3.73846534, 4.87602497),
    (0.4434933, 0.45946803),
    (-0.89865011, 0.54233655),
    (-2.05111636, 2.20700669),
];

pub(super) fn density(
    report: &mut ReportBuilder<'_>,
    blobs: &Labelled,
    tied: &GaussianMixture,
) -> Result<()> {
    report.heading("The mixture as a density");
    let (sample, labels) = tied.sample(5, 0);
    let log_density = tied.score_samples(&sample)?;
    let line = |row: usize| {
        vec![
            format!("({:.4}, {:.4})", sample[[row, 0]], sample[[row, 1]]),
            labels[row].to_string(),
            format!("{:.4}", log_density[row]),
            format!("{:.6}", log_density[row].exp()),
        ]
    };
    report.table(
        "Five samples of the tied mixture",
        &["point", "component", "log-density", "density"],
        (0..5).map(line).collect(),
    );
    report.check(Check::equal(
        "integral of the density over [-10, 10]²",
        1.0,
        integral(tied)?,
        5e-4,
    ));

    // 1 to 100, evenly spaced in the logarithm
    let levels: Vec<f64> = (0..=12).map(|i| 10_f64.powf(2.0 * f64::from(i) / 12.0)).collect();
    report.figure(
        "blobs-density",
        Chart::new("negative log-density and decision boundaries", "x", "y")
            .equal_axes()
            .log_density(tied, &levels)?
            .points("", blobs.records.view(), Colour::Grey)
            .boundaries(tied)?
            .centers(tied.means()),
        "Bands of log-density around four clusters, dashed boundaries between them, and their means.",
        "Bands of -ln p(x) at levels from 1 to 100, evenly spaced in the logarithm; darker is denser. Dashed: \
         the decision boundaries, where the most probable component changes; with a shared covariance they are \
         straight lines. Red: the means.",
    );
    Ok(())
}

/// Integral of the density by the midpoint rule on 4 million squares of side 0.01.
fn integral(model: &GaussianMixture) -> Result<f64> {
    const SIDE: usize = 2000;
    let step = 20.0 / SIDE as f64;
    let middle = |index: usize| -10.0 + (index as f64 + 0.5) * step;
    let mut sum = 0.0;
    for line in 0..SIDE {
        let points = Array2::from_shape_fn((SIDE, 2), |(column, axis)| match axis {
            0 => middle(column),
            _ => middle(line),
        });
        sum += model.score_samples(&points)?.mapv(f64::exp).sum();
    }
    Ok(sum * step * step)
}

pub(super) fn anomalous_rows(
    report: &mut ReportBuilder<'_>,
    blobs: &Labelled,
    tied: &GaussianMixture,
) -> Result<()> {
    let log_density = tied.score_samples(blobs)?;
    let rows = anomalies(log_density.view(), 0.04);
    let points = blobs.records.select(Axis(0), &rows);
    report.heading("Anomalies: the 4 % of lowest density");
    report.check(Check::equal("number of anomalies", ANOMALIES.len(), rows.len(), 0.0));
    let expected = ANOMALIES.iter().flat_map(|&(x, y)| [x, y]).collect::<Vec<_>>();
    let ours = points.iter().copied().collect::<Vec<_>>();
    report.check(Check::equal("the anomalies, in row order", expected, ours, 5e-9));
    report.figure(
        "blobs-anomalies",
        Chart::new("points of lowest density", "x", "y")
            .equal_axes()
            .ellipses(tied)?
            .points("", blobs.records.view(), Colour::Grey)
            .centers(points.view()),
        "The clusters with sixteen marked points at their edges and ends.",
        "Red: the 16 anomalous points below the 4th percentile of the density. They are at the edges of the \
         clusters, not simply far from the centre of the data.",
    );
    Ok(())
}
