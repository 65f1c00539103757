//! EM in one dimension, watched step by step.

use std::sync::{Mutex, PoisonError};

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::{Array1, Array2, Axis};
use rand::Rng;
use rand::seq::index;

use super::{Check, Story};
use crate::compute::random::stream;
use crate::datasets::{self, Labelled, THREE_GAUSSIANS};
use crate::error::Result;
use crate::kmeans::KMeans;
use crate::metrics::agreement::adjusted_rand_index;
use crate::mixture::{CovarianceType, GaussianMixture, GmmParams, Init};
use crate::plot::{Animation, Chart, Colour, Figure};

const STEPS: usize = 50;

/// Seed of the start that is shown: one that finds all three humps.
const SEED: u64 = 2;

/// Steps at which the density is drawn.
const SHOWN: [usize; 6] = [0, 1, 5, 10, 30, 50];

/// A step of EM: its number, log-likelihood and parameters.
type Step = (usize, f64, GaussianMixture);

pub(super) fn tell(story: &mut Story<'_>) -> Result<()> {
    let Labelled { records: points, targets: labels, .. } = &datasets::three_gaussians();
    story.text(
        "300 points on a line, 100 each from N(-5, 1.2), N(5, 1.8) and N(0, 1.6) (mean, variance). EM starts from \
         means drawn from the data, variances drawn uniformly from (0, 1) and equal weights, and makes 50 steps: \
         each computes how responsible every Gaussian is for every point, then moves every Gaussian to the points \
         it is responsible for.",
    );
    story.progress("fifty steps");
    let steps = watch(points)?;
    data(story, points)?;
    densities(story, points, &steps)?;
    log_likelihood(story, &steps);
    responsibilities(story, points, &steps)?;
    story.progress("k-means as a limit");
    k_means_as_limit(story, points, labels)
}

fn truth() -> Result<GaussianMixture> {
    let means = Array2::from_shape_fn((3, 1), |(k, _)| THREE_GAUSSIANS[k].0);
    equally_heavy(means, Array1::from_shape_fn(3, |k| THREE_GAUSSIANS[k].1))
}

/// Three Gaussians of equal weights.
fn equally_heavy(means: Array2<f64>, variances: Array1<f64>) -> Result<GaussianMixture> {
    let (weights, family) = (Array1::from_elem(3, 1.0 / 3.0), CovarianceType::Spherical);
    GaussianMixture::new(weights, means, family, variances.into_dyn())
}

/// The start of the document: means drawn from the data, variances uniform in (0, 1), equal weights.
fn start(points: &Array2<f64>, seed: u64) -> Result<GmmParams> {
    let rng = &mut stream(seed, 0);
    let rows = index::sample(rng, points.nrows(), 3).into_vec();
    let variances = Array1::from_shape_simple_fn(3, || rng.gen_range(0.0..1.0));
    let start = equally_heavy(points.select(Axis(0), &rows), variances)?;
    Ok(GaussianMixture::params(3)
        .covariance_type(CovarianceType::Spherical)
        .init(Init::Model(Box::new(start)))
        .max_iter(STEPS)
        .tol(0.0))
}

/// Fifty steps from the start that is shown.
fn watch(points: &Array2<f64>) -> Result<Vec<Step>> {
    let seen = Mutex::new(Vec::new());
    start(points, SEED)?.fit_observed(points, |step| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push((step.iteration, step.log_likelihood, step.model.clone()));
    })?;
    Ok(seen.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// How many of a hundred starts end within 1 of the best log-likelihood.
fn good_starts(points: &Array2<f64>) -> Result<usize> {
    let mut ends = Vec::new();
    for seed in 0..100 {
        // a start that collapses onto a point ends in no optimum
        if let Ok((_, report)) = start(points, seed)?.fit_with_report(points) {
            ends.push(report.log_likelihood());
        }
    }
    let best = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(ends.iter().filter(|&&end| end > best - 1.0).count())
}

/// Where curves begin and end.
const RANGE: (f64, f64) = (-10.0, 10.0);

fn data(story: &mut Story<'_>, points: &Array2<f64>) -> Result<()> {
    let truth = truth()?;
    let chart = Chart::new("300 points and where they come from", "x", "density")
        .histogram(points.column(0), 40)
        .mixture_curves("true density", &truth, RANGE)?;
    story.figure(
        "em-1d-data",
        chart,
        "A histogram with three humps, and the three Gaussians whose sum makes them.",
        "Bars: the points. Curves: the three Gaussians, each times its weight of one third; dashed: their sum.",
    );
    Ok(())
}

/// The points and a mixture over them, with its components.
fn step_chart(points: &Array2<f64>, step: &Step) -> Result<Chart> {
    let (iteration, _, model) = step;
    let title = match iteration {
        0 => "the start".to_owned(),
        1 => "after 1 step".to_owned(),
        n => format!("after {n} steps"),
    };
    Chart::new(title, "x", "density")
        .y_range(0.0, 0.25)
        .histogram(points.column(0), 40)
        .mixture_curves("", model, RANGE)
}

fn densities(story: &mut Story<'_>, points: &Array2<f64>, steps: &[Step]) -> Result<()> {
    let mut figure = Figure::new().columns(3);
    for step in steps.iter().filter(|step| SHOWN.contains(&step.0)) {
        figure = figure.panel(step_chart(points, step)?);
    }
    story.figure(
        "em-1d-steps",
        figure,
        "Six panels of the same histogram with the mixture after 0, 1, 5, 10, 30 and 50 steps of EM.",
        "The start knows nothing of the humps. Gaussians first share what is near, then part, until each has a \
         hump of its own; after 30 steps little changes.",
    );
    let frames = steps.iter().map(|step| Ok(Figure::new().panel(step_chart(points, step)?)));
    story.figure(
        "em-1d-animation",
        Animation::new(frames.collect::<Result<Vec<_>>>()?, 6),
        "An animation of the mixture over the histogram, from the start to step 50.",
        "All fifty steps.",
    );
    let at = |n: usize| steps.iter().find(|(iteration, ..)| *iteration == n).map(|step| step.1);
    if let (Some(thirty), Some(last)) = (at(30), at(STEPS)) {
        story.check(
            Check::equal(
                "mean log-likelihood at step 30 against step 50",
                last / 300.0,
                thirty / 300.0,
                1e-3,
            )
            .because("the document: by step 30 the fit is good"),
        );
    }
    story.text(format!(
        "Not every start ends well: of 100 drawn in this way, {} reach the best optimum in {STEPS} steps; the \
         others leave two Gaussians on one hump. The one shown is among the good. This is what restarts are for.",
        good_starts(points)?,
    ));
    let mut means: Vec<f64> =
        steps.last().map_or(Vec::new(), |step| step.2.means().iter().copied().collect());
    means.sort_by(f64::total_cmp);
    story.check(
        Check::equal("means after 50 steps", vec![-5.0, 0.0, 5.0], means, 0.5)
            .because("the truth; 100 points fix a mean to about 0.13"),
    );
    Ok(())
}

fn log_likelihood(story: &mut Story<'_>, steps: &[Step]) {
    let fall = steps.windows(2).map(|pair| pair[0].1 - pair[1].1).fold(0.0, f64::max);
    story.check(Check::at_most("largest fall of the log-likelihood in 50 steps", 0.0, fall, 1e-10));
    story.figure(
        "em-1d-log-likelihood",
        Chart::new("EM never goes down", "step", "log-likelihood").line(
                "",
                steps.iter().map(|step| (step.0 as f64, step.1)),
                Colour::BLUE,
            ),
        "The log-likelihood against the step: it rises steeply, then flattens, and never falls.",
        "Every step raises the log-likelihood or leaves it. The first gains most; from a start like this one, little \
         is left to gain after ten.",
    );
}

fn responsibilities(story: &mut Story<'_>, points: &Array2<f64>, steps: &[Step]) -> Result<()> {
    // the point nearest to the middle between two humps, where the answer changes most
    let between = |row: &usize| (points[[*row, 0]] - 2.5).abs();
    let chosen = (0..points.nrows()).min_by(|a, b| between(a).total_cmp(&between(b))).unwrap_or(0);
    let point = points.select(Axis(0), &[chosen]);
    let mut lines = Vec::new();
    for (iteration, _, model) in steps.iter().filter(|(iteration, ..)| SHOWN.contains(iteration)) {
        let shares = model.predict_proba(&point)?;
        let mut line = vec![iteration.to_string()];
        line.extend(
            (0..3).map(|k| format!("{:.3} (mean {:.2})", shares[[0, k]], model.means()[[k, 0]])),
        );
        lines.push(line);
    }
    story.table(
        &format!("Responsibilities for the point x = {:.3}", point[[0, 0]]),
        &["step", "first Gaussian", "second", "third"],
        lines,
    );
    Ok(())
}

fn k_means_as_limit(
    story: &mut Story<'_>,
    points: &Array2<f64>,
    labels: &Array1<usize>,
) -> Result<()> {
    let data = DatasetBase::from(points.clone());
    let clusters = KMeans::params(3).n_init(10).tol(0.0).fit(&data)?;
    let of_k_means = clusters.try_predict(&data)?;
    // equal weights and one tiny variance: posteriors become hard, and means those of k-means
    let limit = equally_heavy(clusters.centroids().to_owned(), Array1::from_elem(3, 1e-4))?;
    let posterior = limit.predict_proba(&data)?;
    let of_limit = limit.try_predict(&data)?;
    let sums = posterior.t().dot(points);
    let counts = posterior.sum_axis(Axis(0)).insert_axis(Axis(1));
    let moved = (sums / counts - clusters.centroids()).iter().map(|d| d.abs()).fold(0.0, f64::max);
    story.heading("K-means is the limit");
    story.text(
        "Give all Gaussians the same weight and one small variance, and responsibilities become hard: every \
         point belongs to the nearest mean. Then the E-step is the assignment of k-means, and the M-step is its \
         update.",
    );
    let agree = adjusted_rand_index(&of_limit, &of_k_means)?;
    story.check(Check::equal("labels of k-means and of the limit (Rand index)", 1.0, agree, 0.0));
    story.check(Check::equal("how far an M-step moves the centroids", 0.0, moved, 1e-6));
    let (mixture, _) = GaussianMixture::params(3).n_init(5).fit_with_report(points)?;
    story.table(
        "Agreement with where the points come from (adjusted Rand index)",
        &["k-means", "Gaussian mixture"],
        vec![vec![
            format!("{:.3}", adjusted_rand_index(&of_k_means, labels)?),
            format!("{:.3}", adjusted_rand_index(&mixture.try_predict(points)?, labels)?),
        ]],
    );
    Ok(())
}
