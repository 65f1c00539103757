//! What somebody who is no statistician should know about a fit, in plain words.

use mixlab::{CovarianceType, FrontEnd, Selection, SelectionFit};

/// Columns from which full covariances take long.
const MANY_COLUMNS: usize = 100;
/// Rows that a component should stand for at least.
const FEW_ROWS: f64 = 5.0;

/// A sentence on what will take long and come to nothing, before it begins.
pub fn before_fit(n_samples: usize, n_latent: usize, types: &[CovarianceType]) -> Option<String> {
    let is_large =
        |family: &&CovarianceType| family.n_parameters(1, n_latent) > n_samples * n_latent;
    let large: Vec<&str> = types.iter().filter(is_large).map(|family| family.name()).collect();
    (n_latent >= MANY_COLUMNS && !large.is_empty()).then(|| {
        format!(
            "{} covariances of {n_latent} columns have more parameters than {n_samples} rows have numbers: they take \
             long and learn nothing; --pca 0.99 keeps fewer columns, --covariance diag,spherical fewer parameters",
            large.join(" and ")
        )
    })
}

/// Sentences on what is doubtful in the chosen model and in the search, each with a remedy.
pub fn on_fit(
    selection: &Selection,
    n_samples: usize,
    front_end: &FrontEnd,
    reg_covar: f64,
    default_components: bool,
) -> mixlab::Result<Vec<String>> {
    let best = selection.best();
    let too_many =
        [collapsed(best, reg_covar)?, by_heart(best, n_samples), small_components(best, n_samples)];
    // whoever has too many components should not try more
    let edge = match too_many.iter().any(Option::is_some) {
        true => None,
        false => at_the_edge(selection, n_samples, default_components),
    };
    let before = [not_settled(selection), failed(selection)];
    let advice = before.into_iter().chain(too_many).chain([edge, assumed_residual(front_end)]);
    Ok(advice.flatten().collect())
}

fn not_settled(selection: &Selection) -> Option<String> {
    let best = selection.best();
    if !best.report.converged() {
        return Some(format!(
            "the chosen model has not converged after {} iterations, so that its figures could still get better; \
             raise --max-iter or --tol",
            best.report.n_iter()
        ));
    }
    let fits = selection.cells().iter().filter_map(|cell| cell.outcome.as_ref().ok());
    let unsettled = fits.filter(|fit| !fit.report.converged()).count();
    (unsettled > 0).then(|| {
        format!(
            "{unsettled} of {} models have not converged, so that they are judged a little too harshly; raise \
             --max-iter to be sure",
            selection.cells().len()
        )
    })
}

fn failed(selection: &Selection) -> Option<String> {
    let cells = selection.cells();
    let failed = cells.iter().filter(|cell| cell.outcome.is_err()).count();
    (failed > 0).then(|| {
        format!("{failed} of {} models could not be fitted; the table says why", cells.len())
    })
}

fn collapsed(best: &SelectionFit, reg_covar: f64) -> mixlab::Result<Option<String>> {
    let collapsed = best.model.n_collapsed(reg_covar)?;
    Ok((collapsed > 0).then(|| {
        format!(
            "{collapsed} of {} components have collapsed: in some direction their rows hardly differ, and only \
             --reg-covar {reg_covar} keeps them from zero width, so that likelihood and criteria depend on it; \
             --standardize if columns have tiny ranges, leave out columns that repeat others or hold few distinct \
             values, or lower --components",
            best.model.n_components(),
        )
    }))
}

fn by_heart(best: &SelectionFit, n_samples: usize) -> Option<String> {
    let n_parameters = best.criteria.n_parameters;
    let n_numbers = n_samples * best.model.n_features();
    // fewer than two numbers to learn each parameter from
    (2 * n_parameters > n_numbers).then(|| {
        format!(
            "the model learnt {n_parameters} parameters from {n_numbers} numbers: it can know the data by heart and still \
             be wrong about new rows; lower --components, take --covariance diag, or keep fewer dimensions with --pca"
        )
    })
}

fn small_components(best: &SelectionFit, n_samples: usize) -> Option<String> {
    let rows = best.model.weights().mapv(|weight| weight * n_samples as f64);
    let small = rows.iter().filter(|&&rows| rows < FEW_ROWS).count();
    (small > 0 && n_samples as f64 >= 2.0 * FEW_ROWS).then(|| {
        format!(
            "{small} of {} components stand for fewer than {FEW_ROWS} rows each: those may be outliers, not clusters; \
             look at them with mixlab info, or lower --components",
            rows.len()
        )
    })
}

fn at_the_edge(
    selection: &Selection,
    n_samples: usize,
    default_components: bool,
) -> Option<String> {
    let numbers = selection.cells().iter().map(|cell| cell.n_components);
    let largest = numbers.clone().max()?;
    let smallest = numbers.min()?;
    let more = (2 * largest).min(n_samples);
    let chosen = selection.best_model().n_components();
    (chosen == largest && smallest < largest && largest < more).then(|| {
        let reason = match default_components {
            true => format!(" ({smallest}..{largest} are tried unless you say otherwise)"),
            false => String::new(),
        };
        format!(
            "the best number of components is the largest that was tried{reason}; more may be better: \
             --components {}..{more}",
            largest.div_ceil(2)
        )
    })
}

fn assumed_residual(front_end: &FrontEnd) -> Option<String> {
    let pca = front_end.pca().filter(|_| front_end.residual_is_assumed())?;
    Some(format!(
        "PCA kept all {} directions with any variance of {}; figures in the space of the data rest on an assumed \
         variance in the others (try --standardize if columns differ in scale)",
        pca.n_components(),
        pca.n_features()
    ))
}
