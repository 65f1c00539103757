//! Searches over models of rows with classes.

mod joint;
mod labels;

use super::columns::FitColumns;
use super::observer::Observer;
use super::search::SelectionValidParams;
use super::selected_rows::SelectedRows;
use super::selection::{Selection, SelectionCell, SelectionFit};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::classes::ClassModel;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::criteria::Criterion;
use crate::mixture::init::Init;
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::Backend;
use crate::rows::{LocalBackend, MatrixRows};

use labels::Labels;

impl SelectionValidParams {
    /// Searches for the best model of rows whose class is the category in `column`. It may be missing in some rows, but not in all of a
    /// class.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for rows that are not in memory, or of fewer than two classes; otherwise those of a search.
    pub(crate) fn fit_classes(
        &self,
        backend: &mut dyn Backend,
        column: usize,
        observer: Option<&dyn Observer>,
    ) -> Result<Selection> {
        self.search_classes(backend, column, observer, &|_| self.clone())
    }

    /// Fits the model that a search has found to other rows with the same classes.
    ///
    /// # Errors
    /// Same as [`fit_classes`](Self::fit_classes).
    pub(crate) fn refit_classes(
        &self,
        backend: &mut dyn Backend,
        column: usize,
        found: &GaussianMixture,
    ) -> Result<GaussianMixture> {
        let families = found.class_families();
        let of_components = found.class_of_components().unwrap_or_default();
        let model = if families.len() == 1 { ClassModel::Edda } else { ClassModel::Mixtures };
        let params = Self {
            covariance_types: families[..1].to_vec(),
            class_models: vec![model],
            // a single model of each class needs none
            criterion: Criterion::Bic,
            ..self.clone()
        };
        let grid = |class: usize| {
            let n_components = of_components.iter().filter(|&&other| other == class).count();
            let (n_components, covariance_types) =
                (vec![n_components.max(1)], vec![families[class]]);
            Self { n_components, covariance_types, ..params.clone() }
        };
        Ok(params.search_classes(backend, column, None, &grid)?.take_best().model)
    }

    /// Searches for the best model of classes; `grid` are the mixtures of each class.
    fn search_classes(
        &self,
        backend: &mut dyn Backend,
        column: usize,
        observer: Option<&dyn Observer>,
        grid: &dyn Fn(usize) -> Self,
    ) -> Result<Selection> {
        let columns = FitColumns::of(backend, &self.mixture.0)?;
        let labels = Labels::of(backend, column)?;
        let search = ClassSearch { params: self, column, columns: &columns, labels, observer };
        let mut cells = Vec::new();
        for model in &self.class_models {
            cells.extend(match model {
                ClassModel::Edda => search.edda(backend)?,
                ClassModel::Mixtures => search.mixtures(backend, grid)?,
            });
        }
        Selection::of(cells, self.criterion, self.mixture.0.allow_degenerate)
    }
}

/// A search over models of rows with classes.
struct ClassSearch<'a> {
    params: &'a SelectionValidParams,
    /// The column of the rows with the class.
    column: usize,
    columns: &'a FitColumns,
    labels: Labels,
    observer: Option<&'a dyn Observer>,
}

impl ClassSearch<'_> {
    /// One component for each class, for each family over all classes.
    ///
    /// EM begins with the same component for every class, so a row with a class belongs to it alone, and one without to all: the
    /// M-step of rows with a class is that of discriminant analysis.
    fn edda(&self, backend: &mut dyn Backend) -> Result<Vec<SelectionCell>> {
        let families: &[CovarianceType] = if self.columns.numeric.is_empty() {
            &[CovarianceType::Diag]
        } else {
            &self.params.covariance_types
        };
        let models =
            families.iter().map(|&family| Ok(self.continued(self.same_for_all(family)?, family)));
        let models: Vec<_> = models.collect::<Result<_>>()?;
        self.params.fit_models(backend, (self.columns, &models), self.observer)
    }

    /// A mixture for each class: the best cell of `grid` on its rows.
    ///
    /// If all rows have a class, this is the maximum of the joint likelihood, and classes have families of their own. Otherwise EM
    /// continues from there over all rows, for each family whose components share nothing.
    fn mixtures(
        &self,
        backend: &mut dyn Backend,
        grid: &dyn Fn(usize) -> SelectionValidParams,
    ) -> Result<Vec<SelectionCell>> {
        if !self.labels.has_unlabelled {
            return Ok(vec![self.of_classes(backend, grid)]);
        }
        let d = self.columns.numeric.len();
        let mut cells = Vec::new();
        for &family in &self.params.covariance_types {
            if !family.shares_nothing(d) {
                continue;
            }
            let of_family = |class: usize| SelectionValidParams {
                covariance_types: vec![family],
                ..grid(class)
            };
            let cell = self.of_classes(backend, &of_family);
            let Ok(fit) = cell.outcome else {
                cells.push(cell);
                continue;
            };
            let models = [self.continued(fit.model, family)];
            cells.extend(self.params.fit_models(
                backend,
                (self.columns, &models),
                self.observer,
            )?);
        }
        Ok(cells)
    }

    /// The mixtures of the rows of each class as one model, or the error of one of them.
    fn of_classes(
        &self,
        backend: &mut dyn Backend,
        grid: &dyn Fn(usize) -> SelectionValidParams,
    ) -> SelectionCell {
        let outcome = self.fit_each(backend, grid);
        let model = outcome.as_ref().ok().map(|fit| &fit.model);
        let n_components = model.map(GaussianMixture::n_components);
        let covariance_type = model.map(GaussianMixture::covariance_type);
        let cell = SelectionCell {
            n_components: n_components.unwrap_or_else(|| self.labels.present().count()),
            covariance_type: covariance_type.unwrap_or(self.params.covariance_types[0]),
            outcome,
        };
        if let Some(observer) = self.observer {
            observer.cell(&cell);
        }
        cell
    }

    fn fit_each(
        &self,
        backend: &mut dyn Backend,
        grid: &dyn Fn(usize) -> SelectionValidParams,
    ) -> Result<SelectionFit> {
        let of_class = |class: usize| self.of_class(backend, class, grid(class));
        let fits: Vec<SelectionFit> = self.labels.present().map(of_class).collect::<Result<_>>()?;
        let model = self.joint(&fits)?;
        let criteria = model.criteria_backend(backend)?.with_held_out(self.held_out(&fits));
        let report = self.joint_report(&fits, criteria.log_likelihood);
        Ok(SelectionFit { model, report, criteria })
    }

    /// The best mixture of the rows of a class, without their class.
    fn of_class(
        &self,
        backend: &dyn Backend,
        class: usize,
        mut params: SelectionValidParams,
    ) -> Result<SelectionFit> {
        let matrix: MatrixRows<'_> = backend.as_matrix().expect("in memory");
        let rows = SelectedRows::of(matrix, &self.labels.rows[class]).without_column(self.column);
        let categorical = self.columns.layout.categorical.iter().copied();
        let others = categorical.filter(|&column| column != self.column);
        params.mixture.0.categorical =
            others.map(|column| column - usize::from(column > self.column)).collect();
        // levels that a class does not have get their share when classes are joined
        params.mixture.0.smoothing = 0.0;
        let rows = LocalBackend::new(rows.rows(backend.may_be_missing()));
        let mut rows = rows.memory_budget(backend.memory_budget());
        let found = params.fit_backend(&mut rows, self.observer);
        let found = found.map_err(|error| Error::InClass { class, error: Box::new(error) })?;
        Ok(found.take_best())
    }

    /// The parameters of a fit that continues from a model.
    fn continued(&self, model: GaussianMixture, covariance_type: CovarianceType) -> GmmValidParams {
        GmmValidParams {
            n_components: model.n_components(),
            covariance_type,
            n_init: 1,
            init: Init::Model(Box::new(model)),
            ..self.params.mixture.0.clone()
        }
    }
}
