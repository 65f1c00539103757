//! A mixture of four Gaussians with full covariances, and its posteriors.

use ndarray::Axis;

use crate::datasets::Labelled;
use crate::error::Result;
use crate::experiments::{Check, ReportBuilder};
use crate::metrics::agreement::adjusted_rand_index;
use crate::mixture::GaussianMixture;
use crate::plot::{Chart, Figure};

pub(super) fn four_gaussians(report: &mut ReportBuilder<'_>, blobs: &Labelled) -> Result<()> {
    let (model, fit_report) =
        GaussianMixture::params(4).like_scikit_learn().n_init(10).fit_with_report(blobs)?;
    report.heading("Four Gaussians with full covariances");
    report.check(Check::equal("converged (1 is yes)", 1, usize::from(fit_report.converged()), 0.0));
    report.check(Check::equal("weights", vec![0.25; 4], model.weights().to_vec(), 0.02));
    let labels = model.try_predict(blobs)?;
    let index = adjusted_rand_index(&labels, &blobs.targets)?;
    report.check(Check::equal("adjusted Rand index with the true clusters", 1.0, index, 0.02));
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
    report.table(
        &format!("The mixture after {} EM iterations", fit_report.n_iter()),
        &["component", "weight", "mean", "covariance"],
        (0..4).map(describe).collect(),
    );

    let posterior = model.predict_proba(blobs)?;
    let off = posterior.sum_axis(Axis(1)).iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f64::max);
    report.check(Check::equal(
        "posteriors of each row sum to 1 (largest deviation)",
        0.0,
        off,
        1e-14,
    ));
    let drawn = model.draw_labels(blobs, 1)?;
    let different = labels.iter().zip(&drawn).filter(|(a, b)| a != b).count();
    report.figure(
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
        "The four clusters with their ellipses, and the points coloured by posterior.",
        format!(
            "Left: hard assignment, the most probable component of each row. Right: soft assignment; where two \
             clusters touch, points have mixed colours, because their posterior is spread over two components. \
             Labels can also be drawn from the posterior, one for each row: {different} of 400 then differ \
             from the most probable ones.",
        ),
    );
    Ok(())
}
