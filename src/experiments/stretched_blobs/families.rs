//! Four families of covariances, and a search that chooses among them.

use linfa::traits::Fit;

use super::thorough;
use crate::datasets::Labelled;
use crate::error::Result;
use crate::experiments::{Check, Story};
use crate::mixture::{CovarianceType, Criterion, GaussianMixture, Selection, SelectionFit};
use crate::plot::{Chart, Colour, Figure};

/// BIC at K = 4 of scikit-learn at a tight tolerance, and the number of parameters.
const REFERENCE: [(CovarianceType, f64, usize); 4] = [
    (CovarianceType::Full, 1672.5802, 23),
    (CovarianceType::Tied, 1624.0678, 14),
    (CovarianceType::Diag, 2127.1546, 19),
    (CovarianceType::Spherical, 2132.6138, 15),
];

pub(super) fn covariance_types(story: &mut Story<'_>, blobs: &Labelled) -> Result<()> {
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

pub(super) fn search(story: &mut Story<'_>, blobs: &Labelled) -> Result<GaussianMixture> {
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
