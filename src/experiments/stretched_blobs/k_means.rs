//! K-means on data scaled in three ways, beside mixtures.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Axis;

use super::thorough;
use crate::datasets::Labelled;
use crate::error::Result;
use crate::experiments::{Check, Story};
use crate::kmeans::KMeans;
use crate::metrics::agreement::adjusted_rand_index;
use crate::plot::{Chart, Figure};
use crate::preprocess::pca::Pca;
use crate::preprocess::scaler::StandardScaler;

pub(super) fn k_means(story: &mut Story<'_>, blobs: &Labelled) -> Result<()> {
    let standardised = StandardScaler::params().fit(blobs)?.try_transform(blobs.records.view())?;
    let n = standardised.nrows() as f64;
    let mean = standardised.mean_axis(Axis(0)).unwrap_or_default();
    let sd = standardised.std_axis(Axis(0), 0.0);
    story.heading("K-means, on data scaled in three ways");
    story.check(Check::equal(
        "means of the standardised columns",
        vec![0.0; 2],
        mean.to_vec(),
        1e-12,
    ));
    story.check(Check::equal("their standard deviations", vec![1.0; 2], sd.to_vec(), 1e-12));
    let correlation = standardised.column(0).dot(&standardised.column(1)) / n;
    story.check(Check::equal("their correlation", -0.9427, correlation, 5e-5));

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
        let of_mixture = mixture.try_predict(&data)?;
        lines.push(vec![
            name.to_owned(),
            format!("{:.3}", adjusted_rand_index(&labels, &blobs.targets)?),
            format!("{:.3}", adjusted_rand_index(&of_mixture, &blobs.targets)?),
        ]);
        figure = figure.panel(
            Chart::new(format!("k-means on {name}"), "first", "second")
                .equal_axes()
                .circles(clusters.centroids(), &clusters.radii(&data)?)
                .labelled_points(points.view(), &labels),
        );
    }
    story.figure(
        "blobs-kmeans",
        figure,
        "Three scatter plots of the four clusters, with overlapping circles that cut across them.",
        "Colours are the clusters that k-means finds, circles reach to the farthest member. However the data are \
         scaled, circles do not fit long clusters, and where two lie side by side both lose points.",
    );
    story.table(
        "Agreement with the true clusters (adjusted Rand index, 1 is perfect)",
        &["data", "k-means", "Gaussian mixture"],
        lines,
    );
    Ok(())
}
