//! Results of a search over mixtures.

use super::report::FitReport;
use crate::compute::ties::first_smallest;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::criteria::{Criteria, Criterion};

/// A fitted cell of the grid.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SelectionFit {
    /// The model.
    pub model: GaussianMixture,
    /// Report on the fit.
    pub report: FitReport,
    /// Log-likelihood, parameters and criteria.
    pub criteria: Criteria,
}

/// One cell of the grid.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SelectionCell {
    /// Number of components.
    pub n_components: usize,
    /// Covariance family.
    pub covariance_type: CovarianceType,
    /// The fit, or its error.
    pub outcome: Result<SelectionFit>,
}

/// The cells of a grid, and the best of them.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Selection {
    cells: Vec<SelectionCell>,
    criterion: Criterion,
    best: usize,
}

impl Selection {
    /// Combines the cells of a grid. The best one has the lowest criterion, the first of those that are equal to rounding;
    /// unless `allow_degenerate`, degenerate models compete only if there is no other.
    ///
    /// # Errors
    /// [`Error::AllCellsFailed`].
    pub(super) fn of(
        cells: Vec<SelectionCell>,
        criterion: Criterion,
        allow_degenerate: bool,
    ) -> Result<Self> {
        let values = |degenerate: bool| {
            // a failed cell has no value
            cells.iter().map(move |cell| {
                let value = cell
                    .value(criterion)
                    .filter(|_| (cell.is_degenerate() && !allow_degenerate) == degenerate);
                value.unwrap_or(f64::NAN)
            })
        };
        match first_smallest(values(false)).or_else(|| first_smallest(values(true))) {
            Some(best) => Ok(Self { cells, criterion, best }),
            None => Err(all_failed(cells)),
        }
    }

    /// All cells: for each family in the given order, each number of components.
    pub fn cells(&self) -> &[SelectionCell] {
        &self.cells
    }

    /// The cell with a number of components and a family, if it is in the grid.
    pub fn cell(
        &self,
        n_components: usize,
        covariance_type: CovarianceType,
    ) -> Option<&SelectionCell> {
        let requested = (n_components, covariance_type);
        self.cells.iter().find(|cell| (cell.n_components, cell.covariance_type) == requested)
    }

    /// The criterion of the search.
    pub fn criterion(&self) -> Criterion {
        self.criterion
    }

    /// Index of the best cell: the one with the lowest criterion among those without degenerate components, or among all if
    /// there is no other.
    pub fn best_index(&self) -> usize {
        self.best
    }

    /// The fit of the best cell.
    pub fn best(&self) -> &SelectionFit {
        self.cells[self.best].outcome.as_ref().expect("the best cell has been fitted")
    }

    /// Takes the fit of the best cell.
    pub(crate) fn take_best(mut self) -> SelectionFit {
        self.cells.swap_remove(self.best).outcome.expect("the best cell has been fitted")
    }

    /// The model of the best cell.
    pub fn best_model(&self) -> &GaussianMixture {
        &self.best().model
    }

    /// Values of a criterion by number of components, for one family, without failed fits.
    pub fn curve(&self, covariance_type: CovarianceType, criterion: Criterion) -> Vec<(f64, f64)> {
        let of_family = self.cells.iter().filter(|cell| cell.covariance_type == covariance_type);
        of_family
            .filter_map(|cell| Some((cell.n_components as f64, cell.value(criterion)?)))
            .collect()
    }
}

impl SelectionCell {
    /// Whether the model has degenerate components; see [`FitReport::n_degenerate`].
    pub fn is_degenerate(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|fit| fit.report.n_degenerate > 0)
    }

    /// The value of a criterion; none if the fit failed.
    pub fn value(&self, criterion: Criterion) -> Option<f64> {
        self.outcome.as_ref().ok().map(|fit| fit.criteria.get(criterion))
    }
}

fn all_failed(cells: Vec<SelectionCell>) -> Error {
    let n_cells = cells.len();
    let mut failures = cells.into_iter().filter_map(|cell| cell.outcome.err());
    let first = failures.next().expect("a grid has at least one cell");
    if n_cells == 1 {
        return first;
    }
    Error::AllCellsFailed { n_cells, first: Box::new(first) }
}
