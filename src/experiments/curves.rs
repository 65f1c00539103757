//! Criterion curves of a search, as charts want them.

use crate::mixture::{CovarianceType, Criterion, Selection};
use crate::pca::Pca;
use crate::plot::{Chart, Colour};

/// The values of a criterion for one family against the number of components, failed fits left out.
pub(super) fn criterion_curve(
    search: &Selection,
    family: CovarianceType,
    criterion: Criterion,
) -> Vec<(f64, f64)> {
    let curve = search.curve(family, criterion);
    curve.into_iter().filter_map(|(k, value)| Some((k as f64, value?))).collect()
}

/// BIC of the four families against the number of components, the best model marked.
pub(super) fn bic_of_families(search: &Selection) -> Chart {
    let mut chart = Chart::new("BIC of the four families", "components", "BIC (lower is better)");
    for (number, family) in CovarianceType::ALL.into_iter().enumerate() {
        let curve = criterion_curve(search, family, Criterion::Bic);
        chart = chart.line(family.name(), curve, Colour::Number(number));
    }
    let best = search.best();
    let (n_components, family) = (best.model.n_components(), best.model.covariance_type());
    let note = format!("{n_components}, {family}");
    chart.marker((n_components as f64, best.criteria.bic), note)
}

/// The share of variance that the first components of a PCA hold together, the last of them marked.
pub(super) fn variance_held(pca: &Pca) -> Chart {
    let mut sum = 0.0;
    let shares: Vec<(f64, f64)> = pca
        .explained_variance_ratio()
        .iter()
        .enumerate()
        .map(|(index, ratio)| {
            sum += ratio;
            (index as f64 + 1.0, sum)
        })
        .collect();
    let n_components = pca.n_components();
    Chart::new("Variance held by the first components", "principal components", "share")
        .line("", shares, Colour::BLUE)
        .marker((n_components as f64, sum), format!("{n_components} hold 99 %"))
}
