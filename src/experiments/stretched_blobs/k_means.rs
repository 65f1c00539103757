//! K-means under three scalings of the data, compared with mixtures.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Axis;

use super::thorough;
use crate::datasets::Labelled;
use crate::error::Result;
use crate::experiments::{Check, ReportBuilder};
use crate::kmeans::KMeans;
use crate::metrics::agreement::adjusted_rand_index;
use crate::plot::{Chart, Figure};
use crate::preprocess::pca::Pca;
use crate::preprocess::scaler::StandardScaler;

pub(super) fn k_means(report: &mut ReportBuilder<'_>, blobs: &Labelled) -> Result<()> {
    let standardised = StandardScaler::params().fit(blobs)?.try_transform(blobs.records.view())?;
    let n = standardised.nrows() as f64;
    let mean = standardised.mean_axis(Axis(0)).unwrap_or_default();
    let sd = standardised.std_axis(Axis(0), 0.0);
    report.heading("K-means under three scalings of the data");
    report.check(Check::equal(
        "means of the standardised columns",
        vec![0.0; 2],
        mean.to_vec(),
        1e-12,
    ));
    report.check(Check::equal(
        "standard deviations of the standardised columns",
        vec![1.0; 2],
        sd.to_vec(),
        1e-12,
    ));
    let correlation = standardised.column(0).dot(&standardised.column(1)) / n;
    report.check(Check::equal(
        "correlation of the standardised columns",
        -0.9427,
        correlation,
        5e-5,
    ));

    let rotated = Pca::params(2).fit(&DatasetBase::from(standardised.clone()))?;
    let rotated = rotated.try_transform(standardised.view())?;
    let mut figure = Figure::new().columns(3);
    let mut lines = Vec::new();
    for (name, points) in [
        ("raw data", &blobs.records),
        ("standardised", &standardised),
        ("standardised, PCA", &rotated),
    ] {
        let data = DatasetBase::from(points.clone());
        let clusters = KMeans::params(4).n_init(10).fit(&data)?;
        let labels = clusters.try_predict(&data)?;
        let (mixture, _) = thorough(4).fit_with_report(&data)?;
        let mixture_labels = mixture.try_predict(&data)?;
        lines.push(vec![
            name.to_owned(),
            format!("{:.3}", adjusted_rand_index(&labels, &blobs.targets)?),
            format!("{:.3}", adjusted_rand_index(&mixture_labels, &blobs.targets)?),
        ]);
        figure = figure.panel(
            Chart::new(format!("k-means on {name}"), "first coordinate", "second coordinate")
                .equal_axes()
                .circles(clusters.centroids(), &clusters.radii(&data)?)
                .labelled_points(points.view(), &labels),
        );
    }
    report.figure(
        "blobs-kmeans",
        figure,
        "Three scatter plots of the four clusters, with overlapping circles that cut across them.",
        "Colours: the clusters found by k-means. Circles extend to the farthest member. Circles do not fit \
         elongated clusters under any of the scalings, and where two clusters lie side by side, points of each \
         are assigned to the other.",
    );
    report.table(
        "Agreement with the true clusters (adjusted Rand index, 1 is perfect)",
        &["data", "k-means", "Gaussian mixture"],
        lines,
    );
    Ok(())
}
