//! EM in one dimension, step by step.

use std::sync::{Mutex, PoisonError};

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::{Array1, Array2, Axis};
use rand::Rng;
use rand::seq::index;

use super::{Check, ReportBuilder};
use crate::compute::random::stream;
use crate::datasets::{self, Labelled, THREE_GAUSSIANS};
use crate::error::Result;
use crate::kmeans::KMeans;
use crate::metrics::agreement::adjusted_rand_index;
use crate::mixture::{CovarianceType, GaussianMixture, GmmParams, Init};
use crate::plot::{Animation, Chart, Colour, Figure};

const STEPS: usize = 50;

/// Seed of the initialisation shown, from which EM finds all three modes.
const SEED: u64 = 2;

/// Steps at which the density is drawn.
const SHOWN: [usize; 6] = [0, 1, 5, 10, 30, 50];

/// A step of EM: its number, log-likelihood and parameters.
type Step = (usize, f64, GaussianMixture);

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    let Labelled { records: points, targets: labels, .. } = &datasets::three_gaussians();
    report.text(
        "300 points on a line, 100 each from N(-5, 1.2), N(5, 1.8) and N(0, 1.6) (mean, variance). EM is \
         initialised with means drawn from the data, variances drawn uniformly from (0, 1) and equal weights, \
         and makes 50 steps. The E-step computes the responsibility of each component for each point; the \
         M-step re-estimates each component from all points, weighted by its responsibilities.",
    );
    report.progress("50 steps of EM");
    let steps = em_steps(points)?;
    data(report, points)?;
    densities(report, points, &steps)?;
    log_likelihood(report, &steps);
    responsibilities(report, points, &steps)?;
    report.progress("k-means as a limiting case");
    k_means_as_limit(report, points, labels)
}

fn truth() -> Result<GaussianMixture> {
    let means = Array2::from_shape_fn((3, 1), |(k, _)| THREE_GAUSSIANS[k].0);
    equal_weights(means, Array1::from_shape_fn(3, |k| THREE_GAUSSIANS[k].1))
}

/// A mixture of three Gaussians with equal weights.
fn equal_weights(means: Array2<f64>, variances: Array1<f64>) -> Result<GaussianMixture> {
    let (weights, family) = (Array1::from_elem(3, 1.0 / 3.0), CovarianceType::Spherical);
    GaussianMixture::new(weights, means, family, variances.into_dyn())
}

/// Parameters of a fit with the tutorial's initialisation: means drawn from the data, variances uniform in (0, 1), equal
/// weights.
fn initialised(points: &Array2<f64>, seed: u64) -> Result<GmmParams> {
    let rng = &mut stream(seed, 0);
    let rows = index::sample(rng, points.nrows(), 3).into_vec();
    let variances = Array1::from_shape_simple_fn(3, || rng.gen_range(0.0..1.0));
    let start = equal_weights(points.select(Axis(0), &rows), variances)?;
    Ok(GaussianMixture::params(3)
        .like_scikit_learn()
        .covariance_type(CovarianceType::Spherical)
        .init(Init::Model(Box::new(start)))
        .max_iter(STEPS)
        .tol(0.0))
}

/// Fifty steps of EM from the initialisation shown.
fn em_steps(points: &Array2<f64>) -> Result<Vec<Step>> {
    let steps = Mutex::new(Vec::new());
    initialised(points, SEED)?.fit_observed(points, |step| {
        let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push((step.iteration, step.log_likelihood, step.model.clone()));
    })?;
    Ok(steps.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Number of initialisations, of a hundred, from which EM reaches a log-likelihood within 1 of the best.
fn n_good_initialisations(points: &Array2<f64>) -> Result<usize> {
    let mut log_likelihoods = Vec::new();
    for seed in 0..100 {
        // a fit fails if a component collapses onto a point
        if let Ok((_, report)) = initialised(points, seed)?.fit_with_report(points) {
            log_likelihoods.push(report.log_likelihood());
        }
    }
    let best = log_likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(log_likelihoods.iter().filter(|&&value| value > best - 1.0).count())
}

/// Range of the curves.
const RANGE: (f64, f64) = (-10.0, 10.0);

fn data(report: &mut ReportBuilder<'_>, points: &Array2<f64>) -> Result<()> {
    let truth = truth()?;
    let chart = Chart::new("300 points and their true density", "x", "density")
        .histogram(points.column(0), 40)
        .mixture_curves("true density", &truth, RANGE)?;
    report.figure(
        "em-1d-data",
        chart,
        "A histogram with three modes, and the three Gaussians that generated it.",
        "Bars: histogram of the points. Curves: densities of the three Gaussians, each times its weight of one \
         third. Thick: their sum, the density of the mixture.",
    );
    Ok(())
}

/// The histogram of the points with the density of a mixture and of its components.
fn step_chart(points: &Array2<f64>, step: &Step) -> Result<Chart> {
    let (iteration, _, model) = step;
    let title = match iteration {
        0 => "initialisation".to_owned(),
        1 => "after 1 step".to_owned(),
        n => format!("after {n} steps"),
    };
    Chart::new(title, "x", "density")
        .y_range(0.0, 0.25)
        .histogram(points.column(0), 40)
        .mixture_curves("", model, RANGE)
}

fn densities(report: &mut ReportBuilder<'_>, points: &Array2<f64>, steps: &[Step]) -> Result<()> {
    let mut figure = Figure::new().columns(3);
    for step in steps.iter().filter(|step| SHOWN.contains(&step.0)) {
        figure = figure.panel(step_chart(points, step)?);
    }
    report.figure(
        "em-1d-steps",
        figure,
        "Six panels of the same histogram with the mixture after 0, 1, 5, 10, 30 and 50 steps of EM.",
        "The initialisation does not reflect the modes of the data. The components first overlap, then \
         separate until each covers one mode; after 30 steps little changes.",
    );
    let frames = steps.iter().map(|step| Ok(Figure::new().panel(step_chart(points, step)?)));
    report.figure(
        "em-1d-animation",
        Animation::new(frames.collect::<Result<Vec<_>>>()?, 6),
        "An animation of the mixture over the histogram, from the initialisation to step 50.",
        "All 50 steps of EM.",
    );
    let at = |n: usize| steps.iter().find(|(iteration, ..)| *iteration == n).map(|step| step.1);
    if let (Some(thirty), Some(last)) = (at(30), at(STEPS)) {
        report.check(
            Check::equal(
                "mean log-likelihood at step 30 against step 50",
                last / 300.0,
                thirty / 300.0,
                1e-3,
            )
            .because("the tutorial: the fit is good by step 30"),
        );
    }
    report.text(format!(
        "EM finds a local optimum, which depends on the initialisation. Of 100 initialisations drawn in this \
         way, {} reach the best optimum within {STEPS} steps, including the one shown; the others leave two \
         components on one mode. Restarts reduce this risk: a fit keeps the best of several initialisations.",
        n_good_initialisations(points)?,
    ));
    let mut means: Vec<f64> =
        steps.last().map_or(Vec::new(), |step| step.2.means().iter().copied().collect());
    means.sort_by(f64::total_cmp);
    report.check(
        Check::equal("means after 50 steps", vec![-5.0, 0.0, 5.0], means, 0.5)
            .because("the true means; the standard error of a mean of 100 points is about 0.13"),
    );
    Ok(())
}

fn log_likelihood(report: &mut ReportBuilder<'_>, steps: &[Step]) {
    let decrease = steps.windows(2).map(|pair| pair[0].1 - pair[1].1).fold(0.0, f64::max);
    report.check(Check::at_most(
        "largest decrease of the log-likelihood over 50 steps",
        0.0,
        decrease,
        1e-10,
    ));
    report.figure(
        "em-1d-log-likelihood",
        Chart::new("log-likelihood during EM", "step", "log-likelihood").line(
                "",
                steps.iter().map(|step| (step.0 as f64, step.1)),
                Colour::BLUE,
            ),
        "The log-likelihood against the step: it rises steeply, then flattens, and never decreases.",
        "No step of EM decreases the log-likelihood. The first step gains most; from an initialisation like \
         this one, little is gained after ten.",
    );
}

fn responsibilities(
    report: &mut ReportBuilder<'_>,
    points: &Array2<f64>,
    steps: &[Step],
) -> Result<()> {
    // the point nearest to the middle between two modes, where the responsibilities change most
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
    report.table(
        &format!("Responsibilities for the point x = {:.3}", point[[0, 0]]),
        &["step", "first component", "second component", "third component"],
        lines,
    );
    Ok(())
}

fn k_means_as_limit(
    report: &mut ReportBuilder<'_>,
    points: &Array2<f64>,
    labels: &Array1<usize>,
) -> Result<()> {
    let data = DatasetBase::from(points.clone());
    let clusters = KMeans::params(3).n_init(10).tol(0.0).fit(&data)?;
    let of_k_means = clusters.try_predict(&data)?;
    // equal weights and one small shared variance: posteriors are hard, and the means are those of k-means
    let limit = equal_weights(clusters.centroids().to_owned(), Array1::from_elem(3, 1e-4))?;
    let posterior = limit.predict_proba(&data)?;
    let of_limit = limit.try_predict(&data)?;
    let sums = posterior.t().dot(points);
    let counts = posterior.sum_axis(Axis(0)).insert_axis(Axis(1));
    let moved = (sums / counts - clusters.centroids()).iter().map(|d| d.abs()).fold(0.0, f64::max);
    report.heading("K-means as a limiting case");
    report.text(
        "If all components have the same weight and share one small variance, the responsibilities become \
         hard: each point is assigned to the nearest mean. The E-step is then the assignment step of k-means, \
         and the M-step is its update step.",
    );
    let agree = adjusted_rand_index(&of_limit, &of_k_means)?;
    report.check(Check::equal(
        "adjusted Rand index of k-means and of the limiting mixture",
        1.0,
        agree,
        0.0,
    ));
    report.check(Check::equal("largest change of a centroid in an M-step", 0.0, moved, 1e-6));
    let (mixture, _) =
        GaussianMixture::params(3).like_scikit_learn().n_init(5).fit_with_report(points)?;
    report.table(
        "Agreement with the true components (adjusted Rand index)",
        &["k-means", "Gaussian mixture"],
        vec![vec![
            format!("{:.3}", adjusted_rand_index(&of_k_means, labels)?),
            format!("{:.3}", adjusted_rand_index(&mixture.try_predict(points)?, labels)?),
        ]],
    );
    Ok(())
}
