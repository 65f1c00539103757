//! Model selection: the number of components and the covariance family with the best information criterion.

use std::sync::OnceLock;

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};

use super::columns::FitColumns;
use super::fits::{Fits, Fitted};
use super::held_out::held_out;
use super::observer::{Observer, OnCell};
use super::selection::{Selection, SelectionCell, SelectionFit};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::classes::ClassModel;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::criteria::Criterion;
use crate::mixture::params::{GmmParams, GmmValidParams};
use crate::mixture::tails::Tails;
use crate::rows::RowSource;
use crate::rows::backend::Backend;

/// Parameters of a search over a grid of fits: numbers of components times covariance types.
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `covariance_types` | full | covariance families of the grid |
/// | `criterion` | BIC | criterion that the best cell minimises |
/// | `n_folds` | 5 | parts of the rows for [`Criterion::HeldOut`], at least 2 |
/// | `skip_overparameterised` | true | whether cells with more parameters than the data have values are skipped |
/// | `class_models` | EDDA and mixtures | models of the classes, if the rows have [classes](crate::PipelineParams::class) |
/// | `mixture` | `GaussianMixture::params(1)` | all other parameters of the fits |
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let blobs = datasets::stretched_blobs();
/// let selection = Selection::params(1..=6)
///     .covariance_types(CovarianceType::ALL)
///     .criterion(Criterion::Bic)
///     .mixture(GaussianMixture::params(1).n_init(3))
///     .fit(&blobs)?;
/// assert_eq!(selection.cells().len(), 24);
/// assert_eq!(selection.best_model().n_components(), 4);
/// assert_eq!(selection.best_model().covariance_type(), CovarianceType::Tied);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SelectionParams(SelectionValidParams);

/// Validated parameters; see [`SelectionParams`].
#[derive(Debug, Clone)]
pub struct SelectionValidParams {
    pub(super) n_components: Vec<usize>,
    pub(super) covariance_types: Vec<CovarianceType>,
    pub(super) criterion: Criterion,
    pub(super) n_folds: usize,
    pub(super) skip_overparameterised: bool,
    pub(super) class_models: Vec<ClassModel>,
    pub(super) mixture: GmmParams,
}

impl Selection {
    /// Parameters of a search over these numbers of components; see [`SelectionParams`] for the defaults.
    pub fn params(n_components: impl IntoIterator<Item = usize>) -> SelectionParams {
        SelectionParams(SelectionValidParams {
            n_components: n_components.into_iter().collect(),
            covariance_types: vec![CovarianceType::Full],
            criterion: Criterion::Bic,
            n_folds: 5,
            skip_overparameterised: true,
            class_models: ClassModel::ALL.to_vec(),
            mixture: GaussianMixture::params(1),
        })
    }
}

impl SelectionParams {
    /// Sets the covariance families of the grid.
    pub fn covariance_types(mut self, types: impl IntoIterator<Item = CovarianceType>) -> Self {
        self.0.covariance_types = types.into_iter().collect();
        self
    }

    /// Sets the criterion that the best cell minimises.
    pub fn criterion(mut self, criterion: Criterion) -> Self {
        self.0.criterion = criterion;
        self
    }

    /// Sets the number of parts into which the rows are split for [`Criterion::HeldOut`]. All models are fitted once without each
    /// part, and then to all rows, which must be in memory.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let search = Selection::params([1, 7]).criterion(Criterion::HeldOut).n_folds(3);
    /// let search = search.fit(&datasets::moons())?;
    /// assert_eq!(search.best_model().n_components(), 7);
    /// assert!(search.best().criteria.held_out.is_some());
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn n_folds(mut self, n_folds: usize) -> Self {
        self.0.n_folds = n_folds;
        self
    }

    /// Sets whether cells with more parameters than the data have values are skipped: their outcome is
    /// [`Error::TooManyParameters`]. Cells are skipped only if others are left.
    pub fn skip_overparameterised(mut self, skip: bool) -> Self {
        self.0.skip_overparameterised = skip;
        self
    }

    /// Sets the models of classes that are compared, if the rows have [classes](crate::PipelineParams::class): with
    /// [`ClassModel::Edda`] each family is a cell of one component for each class; with [`ClassModel::Mixtures`] the best cell of the
    /// rows of each class is part of one model.
    pub fn class_models(mut self, models: impl IntoIterator<Item = ClassModel>) -> Self {
        self.0.class_models = models.into_iter().collect();
        self
    }

    /// Sets all other parameters of the fits; its number of components and covariance type are not used.
    pub fn mixture(mut self, mixture: GmmParams) -> Self {
        self.0.mixture = mixture;
        self
    }

    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.0.n_components.len() * self.0.covariance_types.len()
    }

    /// Fits every cell, and calls `observer` after each.
    ///
    /// Cells run in parallel, so `observer` may be called from several threads.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for an empty grid; errors of the data; [`Error::AllCellsFailed`] if no cell could be fitted.
    pub fn fit_observed(
        &self,
        data: &dyn RowSource,
        observer: impl Fn(&SelectionCell) + Sync,
    ) -> Result<Selection> {
        self.fit_backend(&mut *data.backend()?, Some(&OnCell(observer)))
    }

    /// Searches over the rows of any backend.
    ///
    /// # Errors
    /// Same as [`fit_observed`](Self::fit_observed), and any error from reading the rows.
    pub(crate) fn fit_backend(
        &self,
        backend: &mut dyn Backend,
        observer: Option<&dyn Observer>,
    ) -> Result<Selection> {
        self.check_ref()?.fit_backend(backend, observer)
    }
}

impl SelectionValidParams {
    pub(super) fn fit_backend(
        &self,
        backend: &mut dyn Backend,
        observer: Option<&dyn Observer>,
    ) -> Result<Selection> {
        // an error in the columns concerns all cells, and is reported once
        let columns = FitColumns::of(backend, &self.mixture.0)?;
        let models = self.models(!columns.numeric.is_empty());
        let cells = self.fit_models(backend, (&columns, &models), observer)?;
        Selection::of(cells, self.criterion, self.mixture.0.allow_degenerate)
    }

    /// Fits every model, with the criterion of the search.
    pub(super) fn fit_models(
        &self,
        backend: &mut dyn Backend,
        (columns, models): (&FitColumns, &[GmmValidParams]),
        observer: Option<&dyn Observer>,
    ) -> Result<Vec<SelectionCell>> {
        let held_out = if self.criterion == Criterion::HeldOut {
            let split = (models.len(), self.n_folds, self.mixture.0.seed);
            held_out(backend, split, observer, |backend| {
                self.cells(backend, (columns, models), &[], None)
            })?
        } else {
            Vec::new()
        };
        self.cells(backend, (columns, models), &held_out, observer)
    }

    /// Fits every model; `held_out` are cross-validated criteria, if they are known.
    fn cells(
        &self,
        backend: &mut dyn Backend,
        (columns, models): (&FitColumns, &[GmmValidParams]),
        held_out: &[Option<f64>],
        observer: Option<&dyn Observer>,
    ) -> Result<Vec<SelectionCell>> {
        let cells: Vec<_> = models.iter().map(|_| OnceLock::new()).collect();
        let on_fitted = |index: usize, outcome: Result<Fitted>| {
            let GmmValidParams { n_components, covariance_type, .. } = models[index];
            let outcome = outcome.map(|Fitted { model, report, criteria }| SelectionFit {
                model,
                report,
                criteria: criteria
                    .expect("criteria are requested")
                    .with_held_out(held_out.get(index).copied().flatten()),
            });
            let cell = SelectionCell { n_components, covariance_type, outcome };
            if let Some(observer) = observer {
                observer.cell(&cell);
            }
            let _ = cells[index].set(cell);
        };
        let has_valid_sizes = |&index: &usize| {
            let checked = models[index].check_sizes(backend);
            checked.map_err(|error| on_fitted(index, Err(error))).is_ok()
        };
        let n_numbers = backend.n_samples() * backend.n_features();
        let valid: Vec<usize> = (0..models.len()).filter(has_valid_sizes).collect();
        let n_parameters = |index: usize| models[index].n_parameters(columns);
        let skips = self.skip_overparameterised
            && valid.iter().any(|&index| n_parameters(index) <= n_numbers);
        let is_tried = |&index: &usize| {
            let n_parameters = n_parameters(index);
            let skipped = skips && n_parameters > n_numbers;
            if skipped {
                on_fitted(index, Err(Error::TooManyParameters { n_parameters, n_numbers }));
            }
            !skipped
        };
        let possible: Vec<usize> = valid.into_iter().filter(is_tried).collect();
        let fits = Fits {
            models: &possible.iter().map(|&index| models[index].clone()).collect::<Vec<_>>(),
            columns,
            with_criteria: true,
            criterion: self.criterion,
            observer,
            on_fitted: &|index, outcome| on_fitted(possible[index], outcome),
        };
        fits.run(backend)?;
        let outcome = |cell: OnceLock<_>| cell.into_inner().expect("every model has an outcome");
        Ok(cells.into_iter().map(outcome).collect())
    }

    /// The models: for each family in the given order, each number of components. Without numbers there are no families.
    fn models(&self, has_numbers: bool) -> Vec<GmmValidParams> {
        let of_family = |&covariance_type: &CovarianceType| {
            let checked = self.mixture.clone().covariance_type(covariance_type).0;
            let of_number = move |&n_components| GmmValidParams { n_components, ..checked.clone() };
            self.n_components.iter().map(of_number)
        };
        if has_numbers {
            return self.covariance_types.iter().flat_map(of_family).collect();
        }
        of_family(&CovarianceType::Diag).collect()
    }
}

/// The parameters, one by one.
impl SelectionValidParams {
    /// Numbers of components.
    pub fn n_components(&self) -> &[usize] {
        &self.n_components
    }

    /// Covariance families.
    pub fn covariance_types(&self) -> &[CovarianceType] {
        &self.covariance_types
    }

    /// The criterion that the best cell minimises.
    pub fn criterion(&self) -> Criterion {
        self.criterion
    }

    /// Number of parts of the rows for [`Criterion::HeldOut`].
    pub fn n_folds(&self) -> usize {
        self.n_folds
    }

    /// Whether cells with more parameters than the data have values are skipped.
    pub fn skip_overparameterised(&self) -> bool {
        self.skip_overparameterised
    }

    /// Models of classes.
    pub fn class_models(&self) -> &[ClassModel] {
        &self.class_models
    }

    /// The tails of the components.
    pub fn tails(&self) -> Tails {
        self.mixture.0.tails
    }

    /// All other parameters of the fits.
    pub fn mixture(&self) -> &GmmParams {
        &self.mixture
    }
}

impl ParamGuard for SelectionParams {
    type Checked = SelectionValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&SelectionValidParams> {
        let p = &self.0;
        if p.n_components.is_empty() {
            return Err(Error::param("n_components", "empty", "at least one number"));
        }
        if p.n_folds < 2 {
            return Err(Error::param("n_folds", p.n_folds, "at least 2"));
        }
        if p.class_models.is_empty() {
            return Err(Error::param("class_models", "empty", "at least one model"));
        }
        if p.covariance_types.is_empty() {
            return Err(Error::param("covariance_types", "empty", "at least one type"));
        }
        for &n_components in &p.n_components {
            p.mixture.clone().n_components(n_components).check()?;
        }
        Ok(p)
    }

    fn check(self) -> Result<SelectionValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for SelectionValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = Selection;

    /// Fits every cell of the grid.
    ///
    /// # Errors
    /// Same as [`SelectionParams::fit_observed`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Selection> {
        self.fit_backend(&mut *dataset.backend()?, None)
    }
}
