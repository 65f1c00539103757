//! The four covariance families, and model selection among them.

use linfa::traits::Fit;

use super::thorough;
use crate::datasets::Labelled;
use crate::error::Result;
use crate::experiments::{Check, ReportBuilder};
use crate::mixture::{CovarianceType, Criterion, GaussianMixture, Selection, SelectionFit};
use crate::plot::{Chart, Colour, Figure};

/// BIC of scikit-learn at K = 4 with a tight tolerance, and number of parameters.
const REFERENCE: [(CovarianceType, f64, usize); 4] = [
    (CovarianceType::Full, 1672.5802, 23),
    (CovarianceType::Tied, 1624.0678, 14),
    (CovarianceType::Diag, 2127.1546, 19),
    (CovarianceType::Spherical, 2132.6138, 15),
];

pub(super) fn covariance_types(report: &mut ReportBuilder<'_>, blobs: &Labelled) -> Result<()> {
    let mut figure = Figure::new();
    report.heading("Four covariance families");
    for (family, bic, n_parameters) in REFERENCE {
        let (model, _) = thorough(4).covariance_type(family).fit_with_report(blobs)?;
        let ours = model.bic(blobs)?;
        report.check(Check::equal(format!("BIC at K = 4, {family}"), bic, ours, 0.05));
        let name = format!("parameters at K = 4, {family}");
        report.check(Check::equal(name, n_parameters, model.n_parameters(), 0.0));
        figure = figure.panel(
            Chart::new(format!("{family}: BIC {ours:.1}"), "x", "y")
                .equal_axes()
                .ellipses(&model)?
                .points("", blobs.records.view(), Colour::Grey),
        );
    }
    // the tutorial's example: K = 10 in 64 dimensions
    let full = 9 + 640 + CovarianceType::Full.n_parameters(10, 64);
    report.check(Check::equal("parameters at K = 10 in 64 dimensions, full", 21449, full, 0.0));
    report.figure(
        "blobs-families",
        figure,
        "Ellipses of full, tied, diagonal and spherical mixtures on the four clusters.",
        "Full: each component has its own ellipse. Tied: all share one shape, as in the process that generated \
         the data, with fewer parameters. Diagonal: ellipses are parallel to the axes. Spherical: circles, \
         similar to k-means.",
    );
    Ok(())
}

pub(super) fn search(report: &mut ReportBuilder<'_>, blobs: &Labelled) -> Result<GaussianMixture> {
    let search = Selection::params(1..=10)
        .covariance_types(CovarianceType::ALL)
        .mixture(thorough(1))
        .fit(blobs)?;
    let best: &SelectionFit = search.best();
    report.heading("Model selection: number of components and covariance family by BIC");
    report.check(Check::equal(
        "components of the model with the lowest BIC",
        4,
        best.model.n_components(),
        0.0,
    ));
    let tied = usize::from(best.model.covariance_type() == CovarianceType::Tied);
    report.check(Check::equal("the model with the lowest BIC is tied (1 is yes)", 1, tied, 0.0));
    report.check(Check::equal("lowest BIC", 1624.0678, best.criteria.bic, 0.01));

    let curve = |criterion| search.curve(CovarianceType::Full, criterion);
    let lowest = |curve: &[(f64, f64)]| {
        curve.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0.0, 0.0))
    };
    let (aic, bic) = (curve(Criterion::Aic), curve(Criterion::Bic));
    let (lowest_aic, lowest_bic) = (lowest(&aic), lowest(&bic));
    report.figure(
        "blobs-search",
        Figure::new()
            .panel(
                Chart::new("AIC and BIC, full covariances", "components", "criterion")
                    .curve("BIC", bic, 0)
                    .curve("AIC", aic, 1)
                    .marker(lowest_bic, format!("BIC: {}", lowest_bic.0))
                    .marker(lowest_aic, format!("AIC: {}", lowest_aic.0)),
            )
            .panel(Chart::of_selection("BIC of the four families", &search, Criterion::Bic)),
        "AIC and BIC against the number of components, and BIC for each covariance family.",
        "Lower is better. BIC penalises parameters more than AIC. Over all families it selects four components \
         with a shared covariance, as in the process that generated the data.",
    );
    Ok(best.model.clone())
}
