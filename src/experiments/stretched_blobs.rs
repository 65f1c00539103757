//! Stretched blobs: where k-means fails, and everything a mixture can say.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::{Array2, Axis};

use super::{Check, Story};
use crate::datasets::{self, Labelled};
use crate::error::Result;
use crate::kmeans::KMeans;
use crate::metrics::agreement::adjusted_rand_index;
use crate::metrics::anomalies;
use crate::mixture::{
    CovarianceType, Criterion, GaussianMixture, GmmParams, Selection, SelectionFit,
};
use crate::plot::{Chart, Colour, Figure};
use crate::preprocess::pca::Pca;
use crate::preprocess::scaler::StandardScaler;

/// BIC at K = 4 of scikit-learn at a tight tolerance, and the number of parameters.
const REFERENCE: [(CovarianceType, f64, usize); 4] = [
    (CovarianceType::Full, 1672.5802, 23),
    (CovarianceType::Tied, 1624.0678, 14),
    (CovarianceType::Diag, 2127.1546, 19),
    (CovarianceType::Spherical, 2132.6138, 15),
];

/// The document's points of lowest density, in the order of the rows.
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

/// Ten starts, each run to its end.
fn thorough(n_components: usize) -> GmmParams {
    GaussianMixture::params(n_components).n_init(10).tol(1e-8).max_iter(1000)
}

pub(super) fn tell(story: &mut Story<'_>) -> Result<()> {
    let blobs = datasets::stretched_blobs();
    story.text(
        "400 points in four clusters, stretched by a linear map. The clusters are plain to the eye; k-means, \
         which knows only circles, cuts through them, and a Gaussian mixture does not.",
    );
    story.progress("k-means");
    k_means(story, &blobs)?;
    story.progress("four full Gaussians");
    four_gaussians(story, &blobs)?;
    story.progress("covariance types");
    covariance_types(story, &blobs)?;
    story.progress("search");
    let tied = search(story, &blobs)?;
    story.progress("the density");
    density(story, &blobs, &tied)?;
    least_dense(story, &blobs, &tied)
}

fn k_means(story: &mut Story<'_>, blobs: &Labelled) -> Result<()> {
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

fn four_gaussians(story: &mut Story<'_>, blobs: &Labelled) -> Result<()> {
    let (model, report) = GaussianMixture::params(4).n_init(10).fit_with_report(blobs)?;
    story.heading("Four Gaussians with full covariances");
    story.check(Check::equal("converged", 1, usize::from(report.converged()), 0.0));
    story.check(Check::equal("weights", vec![0.25; 4], model.weights().to_vec(), 0.02));
    let labels = model.try_predict(blobs)?;
    let index = adjusted_rand_index(&labels, &blobs.targets)?;
    story.check(Check::equal("adjusted Rand index with the true clusters", 1.0, index, 0.02));
    let describe = |component: usize| {
        let mean = model.means().row(component).to_owned();
        let covariance = model.covariance(component);
        vec![
            component.to_string(),
            format!("{:.3}", model.weights()[component]),
            format!("({:.3}, {:.3})", mean[0], mean[1]),
            format!(
                "[{:.3}, {:.3}; {:.3}, {:.3}]",
                covariance[[0, 0]],
                covariance[[0, 1]],
                covariance[[1, 0]],
                covariance[[1, 1]]
            ),
        ]
    };
    story.table(
        &format!("The mixture after {} EM iterations", report.n_iter()),
        &["component", "weight", "mean", "covariance"],
        (0..4).map(describe).collect(),
    );

    let posterior = model.predict_proba(blobs)?;
    let off = posterior.sum_axis(Axis(1)).iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f64::max);
    story.check(Check::equal("posteriors of a row sum to 1 (largest error)", 0.0, off, 1e-14));
    let drawn = model.draw_labels(blobs, 1)?;
    let different = labels.iter().zip(&drawn).filter(|(a, b)| a != b).count();
    story.figure(
        "blobs-soft",
        Figure::new()
            .panel(
                Chart::new("ellipses at 1, 2, 3 standard deviations", "x", "y")
                    .equal_axes()
                    .ellipses(&model)?
                    .labelled_points(blobs.records.view(), &labels),
            )
            .panel(
                Chart::new("soft assignment: colours mixed by posterior", "x", "y")
                    .equal_axes()
                    .posterior_points(blobs.records.view(), posterior.view()),
            ),
        "The four clusters with their ellipses; beside it the points coloured by posterior.",
        format!(
            "Left: hard labels, the most probable component of each row. Right: where two clusters touch, \
             points have mixed colours, since the mixture is in doubt there. Hard labels can also be drawn \
             from the posterior, one draw for each row: {different} of 400 then differ from the most \
             probable ones.",
        ),
    );
    Ok(())
}

fn covariance_types(story: &mut Story<'_>, blobs: &Labelled) -> Result<()> {
    let mut figure = Figure::new();
    story.heading("Four families of covariances");
    for (family, bic, n_parameters) in REFERENCE {
        let (model, _) = thorough(4).covariance_type(family).fit_with_report(blobs)?;
        let ours = model.bic(blobs)?;
        story.check(Check::equal(format!("BIC at K = 4, {family}"), bic, ours, 0.05));
        let name = format!("parameters at K = 4, {family}");
        story.check(Check::equal(name, n_parameters, model.n_parameters(), 0.0));
        figure = figure.panel(
            Chart::new(format!("{family}: BIC {ours:.1}"), "x", "y")
                .equal_axes()
                .ellipses(&model)?
                .points("", blobs.records.view(), Colour::Grey),
        );
    }
    // K = 10 in 64 dimensions, the document's example
    let full = 9 + 640 + CovarianceType::Full.n_parameters(10, 64);
    story.check(Check::equal("parameters at K = 10 in 64 dimensions, full", 21449, full, 0.0));
    story.figure(
        "blobs-families",
        figure,
        "Ellipses of full, tied, diagonal and spherical mixtures on the four clusters.",
        "Full: an ellipse of its own for each cluster. Tied: one shape for all, which is how the data were \
         made, with fewer parameters. Diagonal: ellipses along the axes only. Spherical: circles, much like \
         k-means.",
    );
    Ok(())
}

fn search(story: &mut Story<'_>, blobs: &Labelled) -> Result<GaussianMixture> {
    let search = Selection::params(1..=10)
        .covariance_types(CovarianceType::ALL)
        .mixture(thorough(1))
        .fit(blobs)?;
    let best: &SelectionFit = search.best();
    story.heading("Which one? Number of components and family by BIC");
    story.check(Check::equal("components of the best model", 4, best.model.n_components(), 0.0));
    let tied = usize::from(best.model.covariance_type() == CovarianceType::Tied);
    story.check(Check::equal("the best model is tied (1 is yes)", 1, tied, 0.0));
    story.check(Check::equal("its BIC", 1624.0678, best.criteria.bic, 0.01));

    let curve = |criterion| search.curve(CovarianceType::Full, criterion);
    let lowest = |curve: &[(f64, f64)]| {
        curve.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0.0, 0.0))
    };
    let (aic, bic) = (curve(Criterion::Aic), curve(Criterion::Bic));
    let (of_aic, of_bic) = (lowest(&aic), lowest(&bic));
    story.figure(
        "blobs-search",
        Figure::new()
            .panel(
                Chart::new("AIC and BIC, full covariances", "components", "criterion")
                    .line("BIC", bic, Colour::BLUE)
                    .line("AIC", aic, Colour::ORANGE)
                    .marker(of_bic, format!("BIC: {}", of_bic.0))
                    .marker(of_aic, format!("AIC: {}", of_aic.0)),
            )
            .panel(Chart::of_selection("BIC of the four families", &search, Criterion::Bic)),
        "AIC and BIC against the number of components, and BIC for each covariance family.",
        "Lower is better. BIC charges more for parameters than AIC. Over all families it chooses four \
         components of one shared shape: the way the data were made.",
    );
    Ok(best.model.clone())
}

fn density(story: &mut Story<'_>, blobs: &Labelled, tied: &GaussianMixture) -> Result<()> {
    story.heading("A density, not only clusters");
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
    story.table(
        "Five new points drawn from the tied mixture",
        &["point", "component", "log-density", "density"],
        (0..5).map(line).collect(),
    );
    story.check(Check::equal(
        "integral of the density over [-10, 10]²",
        1.0,
        integral(tied)?,
        5e-4,
    ));

    // from 1 to 100, evenly in the logarithm
    let levels: Vec<f64> = (0..=12).map(|i| 10_f64.powf(2.0 * f64::from(i) / 12.0)).collect();
    story.figure(
        "blobs-density",
        Figure::new().panel(
            Chart::new("negative log-density and decision boundaries", "x", "y")
                .equal_axes()
                .log_density(tied, &levels)?
                .points("", blobs.records.view(), Colour::Grey)
                .boundaries(tied)?
                .centers(tied.means()),
        ),
        "Bands of log-density around four clusters, dashed boundaries between them, and their means.",
        "Bands of -ln p(x) at levels from 1 to 100, evenly spaced in the logarithm, the darker the denser. \
         Dashed: where the most probable component changes; with a shared covariance these are straight \
         lines. Red: the means.",
    );
    Ok(())
}

/// The midpoint rule on 4 million squares of side 0.01.
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

fn least_dense(story: &mut Story<'_>, blobs: &Labelled, tied: &GaussianMixture) -> Result<()> {
    let log_density = tied.score_samples(blobs)?;
    let rows = anomalies(log_density.view(), 0.04);
    let odd = blobs.records.select(Axis(0), &rows);
    story.heading("Anomalies: the 4 % of lowest density");
    story.check(Check::equal("number of anomalies", ANOMALIES.len(), rows.len(), 0.0));
    let expected = ANOMALIES.iter().flat_map(|&(x, y)| [x, y]).collect::<Vec<_>>();
    let ours = odd.iter().copied().collect::<Vec<_>>();
    story.check(Check::equal("the anomalies, in the order of the rows", expected, ours, 5e-9));
    story.figure(
        "blobs-anomalies",
        Figure::new().panel(
            Chart::new("points of lowest density", "x", "y")
                .equal_axes()
                .ellipses(tied)?
                .points("", blobs.records.view(), Colour::Grey)
                .centers(odd.view()),
        ),
        "The clusters with sixteen points marked, at their edges and ends.",
        "Red: the 16 points below the 4th percentile of the density. They lie at the rims of the clusters, \
         not merely far from the centre of the data.",
    );
    Ok(())
}
