//! Recovery of the parameters of two overlapping Gaussians.

use ndarray::{Array2, Axis, array, concatenate};

use super::{Check, ReportBuilder};
use crate::error::Result;
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::plot::{Chart, Colour, Figure};

/// Rows drawn from each Gaussian.
const EACH: usize = 1000;

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    let truth = GaussianMixture::new(
        array![0.5, 0.5],
        array![[0.0, 0.0], [2.0, 0.0]],
        CovarianceType::Full,
        array![[[1.0, 0.7], [0.7, 1.0]], [[0.5, 0.4], [0.4, 0.5]]].into_dyn(),
    )?;
    let points = sample_each(&truth)?;
    report.text(
        "1000 points each from two Gaussians with known parameters: means (0, 0) and (2, 0), covariances [1, \
         0.7; 0.7, 1] and [0.5, 0.4; 0.4, 0.5]. A mixture is fitted to all 2000 points without their labels.",
    );
    report.progress("fit");
    let (fitted, fit_report) = GaussianMixture::params(2)
        .like_scikit_learn()
        .n_init(5)
        .tol(1e-6)
        .fit_with_report(&points)?;
    let order = by_first_mean(&fitted);
    recovered(report, &truth, &fitted, &order);

    let levels: Vec<f64> = (0..14).map(|step| 1.5 + 0.5 * f64::from(step)).collect();
    report.figure(
        "two-gaussians",
        Figure::new()
            .panel(
                Chart::new("true density", "x", "y")
                    .equal_axes()
                    .log_density(&truth, &levels)?
                    .points("", points.view(), Colour::Grey),
            )
            .panel(
                Chart::new("fitted density", "x", "y")
                    .equal_axes()
                    .log_density(&fitted, &levels)?
                    .points("", points.view(), Colour::Grey)
                    .boundaries(&fitted)?
                    .centers(fitted.means()),
            ),
        "The points over bands of the true log-density, and over bands of the fitted one.",
        format!(
            "The true and the fitted density are indistinguishable by eye. EM converged after {} iterations. \
             Dashed: the decision boundary, where both components are equally probable.",
            fit_report.n_iter(),
        ),
    );
    Ok(())
}

/// Draws the same number of rows from each component, in the order of the components.
fn sample_each(truth: &GaussianMixture) -> Result<Array2<f64>> {
    let mut samples = Vec::new();
    for component in 0..truth.n_components() {
        samples.push(truth.alone(component)?.sample(EACH, component as u64).0);
    }
    Ok(concatenate![Axis(0), samples[0], samples[1]])
}

/// Components in increasing order of the first coordinate of their mean, since their order in a fit is arbitrary.
fn by_first_mean(model: &GaussianMixture) -> Vec<usize> {
    let mut order: Vec<usize> = (0..model.n_components()).collect();
    order.sort_by(|&a, &b| model.means()[[a, 0]].total_cmp(&model.means()[[b, 0]]));
    order
}

fn recovered(
    report: &mut ReportBuilder<'_>,
    truth: &GaussianMixture,
    fitted: &GaussianMixture,
    order: &[usize],
) {
    const WHY: &str =
        "the true value, not a value of the tutorial; within a few standard errors of 1000 points";
    for (k, &component) in order.iter().enumerate() {
        let of = |model: &GaussianMixture, k: usize| {
            [
                ("weight", vec![model.weights()[k]], 0.05),
                ("mean", model.means().row(k).to_vec(), 0.15),
                ("covariance", model.covariance(k).iter().copied().collect(), 0.15),
            ]
        };
        for ((what, expected, tolerance), (_, ours, _)) in
            of(truth, k).into_iter().zip(of(fitted, component))
        {
            let name = format!("{what} of component {k}");
            report.check(Check::equal(name, expected, ours, tolerance).because(WHY));
        }
    }
}
