//! Two moons: density estimation with a mixture.

use linfa::traits::Fit;
use ndarray::Array1;

use super::{Check, ReportBuilder};
use crate::datasets;
use crate::error::Result;
use crate::kmeans::KMeans;
use crate::mixture::{
    CovarianceType, Criterion, GaussianMixture, GmmParams, Init, Selection, SelectionCell,
    SelectionFit,
};
use crate::plot::{Chart, Colour, Figure};

/// BIC of scikit-learn 1.9.1 for K = 1 to 10, best of 300 restarts at tol 1e-7.
const REFERENCE: [f64; 10] =
    [778.17, 716.01, 629.22, 540.25, 462.90, 407.19, 406.65, 407.47, 418.17, 432.30];

/// Smallest standard deviation below which a component is nearly singular: a tenth of the noise of the data (0.05).
const SINGULAR: f64 = 0.1 * 0.05;

/// Parameters for a thorough search for the best optimum: many restarts at a tight tolerance.
fn thorough() -> GmmParams {
    GaussianMixture::params(1)
        .like_scikit_learn()
        .n_init(300)
        .init(Init::Rows)
        .tol(1e-7)
        .max_iter(1000)
}

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    let moons = datasets::moons();
    let points = moons.records.view();
    report.text(
        "200 points on two interleaved half circles. Here a Gaussian mixture is used for density estimation, \
         not for clustering: with enough components it approximates a density of any shape, from which new \
         points can be sampled.",
    );
    report.check(Check::equal(
        "first two rows",
        vec![0.81680544, 0.5216447, 1.61859642, -0.37982927],
        points.iter().take(4).copied().collect::<Vec<_>>(),
        5e-9,
    ));

    report.progress("two components and k-means");
    two_components(report, &moons)?;
    let best = number_of_components(report, &moons)?;
    report.progress("fits and samples");
    fits_and_samples(report, &moons, &best)?;
    growing(report, &moons)?;
    report.progress("held-out log-likelihood");
    overfitting(report, &best)
}

fn two_components(report: &mut ReportBuilder<'_>, moons: &datasets::Labelled) -> Result<()> {
    let points = moons.records.view();
    let clusters = KMeans::params(2).n_init(10).fit(moons)?;
    let labels = clusters.try_predict(moons)?;
    let radii = clusters.radii(moons)?;
    let (model, _) =
        GaussianMixture::params(2).like_scikit_learn().n_init(10).fit_with_report(moons)?;
    let agreement = |labels: &Array1<usize>| {
        let same = labels.iter().zip(&moons.targets).filter(|(a, b)| a == b).count();
        same.max(200 - same) as f64 / 2.0
    };
    let of_mixture = model.try_predict(moons)?;
    report.heading("Two clusters or two components are not enough");
    report.figure(
        "moons-two",
        Figure::new()
            .panel(
                Chart::new("k-means, K = 2", "x", "y")
                    .equal_axes()
                    .circles(clusters.centroids(), &radii)
                    .labelled_points(points, &labels),
            )
            .panel(
                Chart::new("Gaussian mixture, K = 2", "x", "y")
                    .equal_axes()
                    .ellipses(&model)?
                    .labelled_points(points, &of_mixture),
            ),
        "Two scatter plots of the moons, each moon cut in two by k-means and by a mixture of two Gaussians.",
        format!(
            "Two clusters cannot separate the moons: k-means assigns {:.1} % of the points to the correct one, \
             the mixture {:.1} %. Both cut each moon in two, since circles and ellipses are convex. Circles \
             extend to the farthest member of a cluster; ellipses are drawn at 1, 2 and 3 standard deviations.",
            agreement(&labels),
            agreement(&of_mixture),
        ),
    );
    Ok(())
}

fn number_of_components(
    report: &mut ReportBuilder<'_>,
    moons: &datasets::Labelled,
) -> Result<Selection> {
    let single = Selection::params(1..=19)
        .mixture(GaussianMixture::params(1).like_scikit_learn())
        .fit(moons)?;
    let selection = Selection::params(1..=19).mixture(thorough());
    let best = report.search("1 to 19 components, 300 restarts each", &selection, moons)?;
    let bic = |cell: &SelectionCell| cell.value(Criterion::Bic).unwrap_or(f64::NAN);
    let ours: Vec<f64> = best.cells().iter().map(bic).collect();

    report.heading("How many components?");
    report.text(
        "The tutorial reads 10 components off its BIC curve, computed from one initialisation with an old \
         version of scikit-learn at a loose tolerance. EM converges to a local optimum, so that a single \
         initialisation is unreliable. Here each number of components gets 300 restarts, each of which runs \
         until the mean log-likelihood changes by less than 1e-7. The curve is then smooth, and its minimum is \
         a property of the data.",
    );
    let argmin = best.best_model().n_components();
    let lowest = best.best().criteria.bic;
    report.check(Check::equal("components with the lowest BIC, tutorial (one initialisation)", 10, argmin, 0.0).because(
        format!(
            "a single initialisation ended in a poor local optimum below 10 components; of the best of 300 \
             restarts, the BIC at 10 is {:.1} above that at {argmin}",
            ours[9] - lowest,
        ),
    ));
    report.check(Check::equal(
        "components with the lowest BIC, scikit-learn's best of 300 restarts",
        7,
        argmin,
        0.0,
    ));
    for (index, reference) in REFERENCE.into_iter().enumerate() {
        report.check(Check::at_most(
            format!("BIC at K = {}, scikit-learn's best of 300 restarts", index + 1),
            reference,
            ours[index],
            0.1,
        ));
    }
    let single_argmin = single.best_model().n_components();
    report.figure(
        "moons-bic",
        Chart::new("BIC of full-covariance mixtures", "components", "BIC (lower is better)")
            .curve("best of 300 restarts", pairs(&best), 0)
            .curve("one initialisation", pairs(&single), 1)
            .marker((argmin as f64, best.best().criteria.bic), format!("minimum at {argmin}")),
        "BIC against the number of components: it decreases steeply up to 6, is lowest at 7, then increases.",
        format!(
            "From 6 to 8 components the curve is nearly flat; beyond, the penalty of each further component \
             exceeds its gain in log-likelihood. With one initialisation (dashed; minimum at {single_argmin}) \
             the BIC is higher, because EM stops at a poorer local optimum.",
        ),
    );
    singular_components(report, &best)?;
    Ok(best)
}

fn pairs(selection: &Selection) -> Vec<(f64, f64)> {
    selection.curve(CovarianceType::Full, Criterion::Bic)
}

fn singular_components(report: &mut ReportBuilder<'_>, selection: &Selection) -> Result<()> {
    let mut lines = Vec::new();
    let mut with_singular = Vec::new();
    for cell in selection.cells() {
        let line = match &cell.outcome {
            Ok(fit) => {
                let sds = smallest_sds(&fit.model)?;
                let singular = sds.iter().filter(|&&sd| sd < SINGULAR).count();
                if singular > 0 {
                    with_singular.push(cell.n_components.to_string());
                }
                let smallest = sds.iter().copied().fold(f64::INFINITY, f64::min);
                vec![
                    cell.n_components.to_string(),
                    format!("{:.2}", fit.criteria.bic),
                    format!("{:.4}", smallest),
                    singular.to_string(),
                ]
            }
            Err(error) => vec![cell.n_components.to_string(), error.to_string()],
        };
        lines.push(line);
    }
    report.table(
        "The best optimum for each number of components",
        &["components", "BIC", "smallest standard deviation", "nearly singular components"],
        lines,
    );
    report.text(if with_singular.is_empty() {
        "No component has a standard deviation below a tenth of the noise of the data (0.05).".into()
    } else {
        format!(
            "The noise of the data has a standard deviation of 0.05. At {} components the best optimum \
             contains nearly singular components, whose standard deviation in one direction is below a tenth \
             of that: a component is fitted to a few points that happen to lie on a line. Its likelihood is \
             bounded only by the regularisation (1e-6), so that the BIC at these numbers of components says \
             little about the data.",
            with_singular.join(", "),
        )
    });
    Ok(())
}

/// The smallest standard deviation of each component in any direction.
fn smallest_sds(model: &GaussianMixture) -> Result<Vec<f64>> {
    Ok(model.smallest_variances()?.iter().map(|variance| variance.sqrt()).collect())
}

fn fit_of(selection: &Selection, n_components: usize) -> Result<&SelectionFit> {
    let cell = selection.cell(n_components, CovarianceType::Full).expect("the grid has this cell");
    cell.outcome.as_ref().map_err(Clone::clone)
}

/// The points over the ellipses of a mixture.
fn fit_chart(title: String, model: &GaussianMixture, moons: &datasets::Labelled) -> Result<Chart> {
    let chart = Chart::new(title, "x", "y").equal_axes().ellipses(model)?;
    Ok(chart.points("", moons.records.view(), Colour::Grey))
}

fn fits_and_samples(
    report: &mut ReportBuilder<'_>,
    moons: &datasets::Labelled,
    best: &Selection,
) -> Result<()> {
    let mut figure = Figure::new();
    for n_components in [10, best.best_model().n_components()] {
        let model = &fit_of(best, n_components)?.model;
        let (sample, _) = model.sample(200, 42);
        figure = figure
            .panel(fit_chart(format!("fit with {n_components} components"), model, moons)?)
            .panel(
                Chart::new(format!("200 samples from {n_components} components"), "x", "y")
                    .equal_axes()
                    .points("", sample.view(), Colour::ORANGE),
            );
    }
    report.heading("Samples: the tutorial's choice and the lowest BIC");
    report.figure(
        "moons-samples",
        figure,
        "Fits with 10 and with 7 components, as ellipses on the data, and 200 samples of each.",
        "Left: the components line up along the moons; darker ellipses have larger weights. Right: samples of \
         the estimated density. Both models reproduce the moons; the smaller number of components that BIC \
         selects is sufficient.",
    );
    Ok(())
}

fn growing(report: &mut ReportBuilder<'_>, moons: &datasets::Labelled) -> Result<()> {
    let mut fits = Vec::new();
    for n_components in [2, 4, 8, 16] {
        let params = GaussianMixture::params(n_components).like_scikit_learn().n_init(20);
        fits.push(params.fit_with_report(moons)?.0);
    }
    let mut figure = Figure::new();
    for model in &fits {
        let n_components = model.n_components();
        let (sample, _) = model.sample(200, 42);
        figure =
            figure.panel(fit_chart(format!("{n_components} components"), model, moons)?).panel(
                Chart::new(format!("200 samples from {n_components} components"), "x", "y")
                    .equal_axes()
                    .points("data", moons.records.view(), Colour::Grey)
                    .points("sample", sample.view(), Colour::ORANGE),
            );
    }
    report.figure(
        "moons-growing",
        figure,
        "Fits with 2, 4, 8 and 16 components, each next to its samples on the data.",
        "With 2 and 4 components, samples fall between the moons (underfitting); from 8 components on, they \
         stay on the moons; 16 components follow individual points (overfitting).",
    );
    Ok(())
}

fn overfitting(report: &mut ReportBuilder<'_>, best: &Selection) -> Result<()> {
    let held_out = datasets::make_moons(5000, 0.05, 1)?;
    let mut training = Vec::new();
    let mut held_out_scores = Vec::new();
    for cell in best.cells() {
        if let Ok(fit) = &cell.outcome {
            let k = cell.n_components as f64;
            training.push((k, fit.criteria.score()));
            held_out_scores.push((k, fit.model.score(&held_out)?));
        }
    }
    let highest =
        held_out_scores.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0.0, 0.0));
    report.heading("Overfitting");
    report.figure(
        "moons-held-out",
        Chart::new("Training and held-out log-likelihood", "components", "mean log-likelihood")
            .curve("training (200 points)", training, 0)
            .curve("held-out (5000 points)", held_out_scores, 1)
            .marker(highest, format!("best: {}", highest.0)),
        "Mean log-likelihood against the number of components: increasing on the training data, decreasing on \
         held-out data.",
        format!(
            "The log-likelihood of the training data increases with every added component. The held-out \
             log-likelihood, of new points from the same moons, is highest with {} components and is lower \
             beyond: larger models overfit. BIC detects this without held-out data.",
            highest.0,
        ),
    );
    Ok(())
}
