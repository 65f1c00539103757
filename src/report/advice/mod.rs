//! Advice on a fit: possible problems, with remedies, for users without a background in statistics.

mod wording;

use crate::error::Error;
use crate::mixture::{
    CovarianceType, Criterion, Selection, SelectionCell, SelectionFit, StopReason,
};
use crate::preprocess::preprocessor::Preprocessor;

/// Number of columns from which full covariances are slow to fit.
const MANY_COLUMNS: usize = 100;
/// Minimum number of rows that a component should represent.
const FEW_ROWS: usize = 5;

/// A possible problem of a fit. `Display` writes it as a sentence, with a remedy in terms of the command-line options.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Advice {
    /// All covariance families of the search have more parameters than the data have values: they are slow and overfit.
    CostlyFamilies {
        /// Names of the families.
        families: Vec<&'static str>,
        /// Number of columns of the mixture.
        n_features: usize,
        /// Number of rows.
        n_samples: usize,
    },
    /// The chosen model has not converged.
    NotConverged {
        /// Number of iterations.
        n_iter: usize,
    },
    /// The chosen model has converged, but others of the search have not.
    OthersNotConverged {
        /// Number of models that have not converged.
        n_models: usize,
        /// Number of models of the search.
        n_tried: usize,
    },
    /// Models of the search could not be fitted.
    Failed {
        /// Number of models that could not be fitted.
        n_models: usize,
        /// Number of models of the search.
        n_tried: usize,
    },
    /// Models of the search were not tried, since they have more parameters than the data have values.
    NotTried {
        /// Number of models that were not tried.
        n_models: usize,
        /// Number of models of the search.
        n_tried: usize,
    },
    /// The model has degenerate components, whose likelihood is bounded by the regularisation alone.
    DegenerateComponents {
        /// Number of degenerate components.
        n_degenerate: usize,
        /// Number of components of the model.
        n_components: usize,
        /// Whether every fitted model of a search has degenerate components.
        in_all: bool,
    },
    /// A model with a lower criterion was not chosen, since it has degenerate components.
    DegenerateNotChosen {
        /// Its number of components.
        n_components: usize,
        /// Its covariance family.
        covariance_type: CovarianceType,
        /// The criterion of the search.
        criterion: Criterion,
        /// Number of models with degenerate components.
        n_models: usize,
        /// Number of models of the search.
        n_tried: usize,
    },
    /// The model has more than half as many parameters as the data have values, so it may overfit.
    Overfit {
        /// Number of parameters of the model.
        n_parameters: usize,
        /// Number of values: rows times columns of the mixture.
        n_numbers: usize,
    },
    /// Components represent very few rows.
    SmallComponents {
        /// Number of small components.
        n_small: usize,
        /// Number of components of the model.
        n_components: usize,
        /// Rows below which a component is small.
        n_rows: usize,
    },
    /// The best number of components is the largest that was tried.
    LargestNumber {
        /// The smallest and the largest number that was tried.
        tried: (usize, usize),
        /// Whether this is the default range.
        is_default: bool,
        /// The range to try next.
        next: (usize, usize),
    },
    /// The PCA kept all directions with nonzero variance, so the variance of the others is an assumption.
    AssumedResidual {
        /// Number of directions kept.
        n_components: usize,
        /// Number of columns of the data.
        n_features: usize,
    },
}

impl Advice {
    /// Returns advice before a fit, on families that are slow and overfit: a search skips them only if others are left.
    /// `n_features` is that of the mixture.
    pub fn before_fit(
        n_samples: usize,
        n_features: usize,
        types: &[CovarianceType],
    ) -> Option<Self> {
        let is_large =
            |family: &&CovarianceType| family.n_parameters(1, n_features) > n_samples * n_features;
        let large = types.iter().filter(is_large);
        let families: Vec<&str> = large.map(|family| family.name()).collect();
        let is_costly = n_features >= MANY_COLUMNS && families.len() == types.len();
        is_costly.then_some(Self::CostlyFamilies { families, n_features, n_samples })
    }

    /// Returns advice on the chosen model and on the search; `default_components` is whether the default numbers of
    /// components were tried.
    pub fn on_fit(
        selection: &Selection,
        n_samples: usize,
        preprocessor: &Preprocessor,
        default_components: bool,
    ) -> Vec<Self> {
        let best = selection.best();
        let too_many = [overfit(best, n_samples), small(best, n_samples)];
        // a model with too many components is no reason to try more
        let degenerate = degenerate(selection);
        let edge = if degenerate.is_some() || too_many.iter().any(Option::is_some) {
            None
        } else {
            at_the_edge(selection, n_samples, default_components)
        };
        let first = [degenerate, not_converged(selection), not_tried(selection), failed(selection)];
        let last = [edge, degenerate_not_chosen(selection), assumed_residual(preprocessor)];
        first.into_iter().chain(too_many).chain(last).flatten().collect()
    }
}

fn not_converged(selection: &Selection) -> Option<Advice> {
    let best = selection.best();
    if !best.report.converged() {
        return Some(Advice::NotConverged { n_iter: best.report.n_iter() });
    }
    let fits = selection.cells().iter().filter_map(|cell| cell.outcome.as_ref().ok());
    let is_incomplete = |fit: &&SelectionFit| matches!(fit.report.best().stop, StopReason::MaxIter);
    let n_models = fits.filter(is_incomplete).count();
    let n_tried = selection.cells().len();
    (n_models > 0).then_some(Advice::OthersNotConverged { n_models, n_tried })
}

fn failed(selection: &Selection) -> Option<Advice> {
    let cells = selection.cells();
    let has_failed = |cell: &&SelectionCell| cell.outcome.is_err() && !was_skipped(cell);
    let n_models = cells.iter().filter(has_failed).count();
    (n_models > 0).then_some(Advice::Failed { n_models, n_tried: cells.len() })
}

fn not_tried(selection: &Selection) -> Option<Advice> {
    let cells = selection.cells();
    let n_models = cells.iter().filter(|cell| was_skipped(cell)).count();
    (n_models > 0).then_some(Advice::NotTried { n_models, n_tried: cells.len() })
}

fn was_skipped(cell: &SelectionCell) -> bool {
    matches!(cell.outcome, Err(Error::TooManyParameters { .. }))
}

fn degenerate(selection: &Selection) -> Option<Advice> {
    let best = selection.best();
    let (n_degenerate, n_components) = (best.report.n_degenerate, best.model.n_components());
    let cells = selection.cells();
    let in_all =
        cells.len() > 1 && cells.iter().all(|cell| cell.outcome.is_err() || cell.is_degenerate());
    (n_degenerate > 0).then_some(Advice::DegenerateComponents {
        n_degenerate,
        n_components,
        in_all,
    })
}

fn degenerate_not_chosen(selection: &Selection) -> Option<Advice> {
    let (best, criterion) = (selection.best(), selection.criterion());
    if best.report.n_degenerate > 0 {
        return None;
    }
    let cells = selection.cells();
    let degenerate = || cells.iter().filter(|cell| cell.is_degenerate());
    let value = |cell: &SelectionCell| cell.value(criterion).unwrap_or(f64::INFINITY);
    let lowest = degenerate().min_by(|a, b| value(a).total_cmp(&value(b)))?;
    (value(lowest) < best.criteria.get(criterion)).then(|| Advice::DegenerateNotChosen {
        n_components: lowest.n_components,
        covariance_type: lowest.covariance_type,
        criterion,
        n_models: degenerate().count(),
        n_tried: cells.len(),
    })
}

fn overfit(best: &SelectionFit, n_samples: usize) -> Option<Advice> {
    let n_parameters = best.criteria.n_parameters;
    let n_numbers = n_samples * best.model.n_features();
    // fewer than two values for each parameter
    (2 * n_parameters > n_numbers).then_some(Advice::Overfit { n_parameters, n_numbers })
}

fn small(best: &SelectionFit, n_samples: usize) -> Option<Advice> {
    let rows = best.model.weights().mapv(|weight| weight * n_samples as f64);
    let n_small = rows.iter().filter(|&&rows| rows < FEW_ROWS as f64).count();
    let (n_components, n_rows) = (rows.len(), FEW_ROWS);
    let is_doubtful = n_small > 0 && n_samples >= 2 * FEW_ROWS;
    is_doubtful.then_some(Advice::SmallComponents { n_small, n_components, n_rows })
}

fn at_the_edge(selection: &Selection, n_samples: usize, is_default: bool) -> Option<Advice> {
    let numbers = selection.cells().iter().map(|cell| cell.n_components);
    let largest = numbers.clone().max()?;
    let smallest = numbers.min()?;
    let more = (2 * largest).min(n_samples);
    let chosen = selection.best_model().n_components();
    // the numbers of components of a model of classes are those of all of them
    if selection.best_model().class_column().is_some() {
        return None;
    }
    (chosen == largest && smallest < largest && largest < more).then_some(Advice::LargestNumber {
        tried: (smallest, largest),
        is_default,
        next: (largest.div_ceil(2), more),
    })
}

fn assumed_residual(preprocessor: &Preprocessor) -> Option<Advice> {
    let pca = preprocessor.pca().filter(|_| preprocessor.residual_is_assumed())?;
    let (n_components, n_features) = (pca.n_components(), pca.n_features());
    Some(Advice::AssumedResidual { n_components, n_features })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn costly_families_of_many_columns_are_reported_before_the_fit() {
        let all = CovarianceType::ALL;
        let large = [CovarianceType::Full, CovarianceType::Tied];
        assert_eq!(Advice::before_fit(50, 99, &large), None);
        assert_eq!(Advice::before_fit(50, 200, &all), None);
        let Some(Advice::CostlyFamilies { families, .. }) = Advice::before_fit(50, 200, &large)
        else {
            panic!("no advice");
        };
        assert_eq!(families, ["full", "tied"]);
    }

    #[test]
    fn the_largest_number_tried_leads_to_advice_to_try_more() {
        let blobs = datasets::stretched_blobs();
        let selection = Selection::params([1, 2]).fit_observed(&blobs, |_| {}).unwrap();
        let advice = Advice::on_fit(&selection, 400, &Preprocessor::default(), false);
        let largest = Advice::LargestNumber { tried: (1, 2), is_default: false, next: (1, 4) };
        assert_eq!(advice, [largest]);
    }
}
