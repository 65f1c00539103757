//! Searches over models of rows with classes.

use ndarray::{Array1, Array2};

use super::columns::FitColumns;
use super::observer::Observer;
use super::report::{FitReport, RestartReport};
use super::search::SelectionValidParams;
use super::selected_rows::SelectedRows;
use super::selection::{Selection, SelectionCell, SelectionFit};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::classes::ClassModel;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::em::stop::StopReason;
use crate::mixture::init::Init;
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::Backend;
use crate::rows::{LocalBackend, MatrixRows};

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
        let columns = FitColumns::of(backend, &self.mixture.0)?;
        let labels = Labels::of(backend, column)?;
        let search = ClassSearch { params: self, column, columns: &columns, labels, observer };
        let mut cells = Vec::new();
        for model in &self.class_models {
            cells.extend(match model {
                ClassModel::Edda => search.edda(backend)?,
                ClassModel::Mixtures => search.mixtures(backend, &|_| self.clone())?,
            });
        }
        Selection::of(cells, self.criterion, self.mixture.0.allow_degenerate)
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
        if let &[family] = families {
            let params = Self {
                covariance_types: vec![family],
                class_models: vec![ClassModel::Edda],
                ..self.clone()
            };
            let selection = params.fit_classes(backend, column, None)?;
            return Ok(selection.take_best().model);
        }
        let of_components = found.class_of_components().unwrap_or_default();
        let grid = |class: usize| {
            let n_components = of_components.iter().filter(|&&other| other == class).count();
            let (n_components, covariance_types) =
                (vec![n_components.max(1)], vec![families[class]]);
            Self { n_components, covariance_types, ..self.clone() }
        };
        let columns = FitColumns::of(backend, &self.mixture.0)?;
        let labels = Labels::of(backend, column)?;
        let params = Self { covariance_types: vec![families[0]], ..self.clone() };
        let (columns, observer) = (&columns, None);
        let search = ClassSearch { params: &params, column, columns, labels, observer };
        let cells = search.mixtures(backend, &grid)?;
        let allow_degenerate = self.mixture.0.allow_degenerate;
        Ok(Selection::of(cells, self.criterion, allow_degenerate)?.take_best().model)
    }
}

/// The rows of each class.
struct Labels {
    /// Rows of each level of the category; none for a level that no row has.
    rows: Vec<Vec<usize>>,
    /// Number of rows of each, by sample weight.
    counts: Vec<f64>,
    has_unlabelled: bool,
}

impl Labels {
    fn of(backend: &dyn Backend, column: usize) -> Result<Self> {
        let Some(matrix) = backend.as_matrix() else {
            let expected = "rows in memory; raise --memory, or fit to a sample of the rows";
            return Err(Error::param("a fit with classes", "one to rows in a file", expected));
        };
        let weights = matrix.weights();
        let (mut rows, mut counts): (Vec<Vec<usize>>, Vec<f64>) = Default::default();
        let mut has_unlabelled = false;
        for (row, &label) in matrix.records().column(column).iter().enumerate() {
            if label.is_nan() {
                has_unlabelled = true;
                continue;
            }
            let class = label as usize;
            if class >= rows.len() {
                rows.resize_with(class + 1, Vec::new);
                counts.resize(class + 1, 0.0);
            }
            rows[class].push(row);
            counts[class] += weights[row];
        }
        let n_classes = counts.iter().filter(|&&count| count > 0.0).count();
        if n_classes < 2 {
            let expected = "at least 2, without missing ones";
            return Err(Error::param("the number of classes", n_classes, expected));
        }
        Ok(Self { rows, counts, has_unlabelled })
    }

    /// The classes that rows have.
    fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.counts.len()).filter(|&class| self.counts[class] > 0.0)
    }

    /// Number of rows with a class, by sample weight.
    fn total(&self) -> f64 {
        self.counts.iter().sum()
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
        let start = |family: CovarianceType| self.same_for_all(family);
        let families: &[CovarianceType] = if self.columns.numeric.is_empty() {
            &[CovarianceType::Diag]
        } else {
            &self.params.covariance_types
        };
        let models = families.iter().map(|&family| Ok(self.continued(start(family)?, family)));
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
            return Ok(vec![self.of_classes(backend, grid)?]);
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
            let cell = self.of_classes(backend, &of_family)?;
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

    /// Fits the mixtures of the rows of each class.
    ///
    /// # Errors
    /// Any error from reading the rows. An error of one class is that of the cell.
    fn of_classes(
        &self,
        backend: &mut dyn Backend,
        grid: &dyn Fn(usize) -> SelectionValidParams,
    ) -> Result<SelectionCell> {
        let fits: Result<Vec<SelectionFit>> =
            self.labels.present().map(|class| self.of_class(backend, class, grid(class))).collect();
        let (family, n_classes) = (self.params.covariance_types[0], self.labels.present().count());
        let failed = |error| SelectionCell {
            n_components: n_classes,
            covariance_type: family,
            outcome: Err(error),
        };
        let fits = match fits {
            Ok(fits) => fits,
            Err(error) => return Ok(failed(error)),
        };
        let model = match self.joint(&fits) {
            Ok(model) => model,
            Err(error) => return Ok(failed(error)),
        };
        let criteria = model.criteria_backend(backend)?.with_held_out(self.held_out(&fits));
        let cell = SelectionCell {
            n_components: model.n_components(),
            covariance_type: model.covariance_type(),
            outcome: Ok(SelectionFit {
                report: joint_report(&fits, criteria.log_likelihood),
                criteria,
                model,
            }),
        };
        if let Some(observer) = self.observer {
            observer.cell(&cell);
        }
        Ok(cell)
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

    /// The joint model of the mixtures of the classes.
    fn joint(&self, fits: &[SelectionFit]) -> Result<GaussianMixture> {
        let total = self.labels.total();
        let shares = self.labels.present().map(|class| self.labels.counts[class] / total);
        let parts: Vec<_> = shares.zip(fits).map(|(share, fit)| (share, &fit.model)).collect();
        let union = GaussianMixture::union(&parts)?;
        let of_components: Vec<usize> = self
            .labels
            .present()
            .zip(fits)
            .flat_map(|(class, fit)| std::iter::repeat_n(class, fit.model.n_components()))
            .collect();
        let mut families = vec![self.params.covariance_types[0]; self.labels.rows.len()];
        for (class, fit) in self.labels.present().zip(fits) {
            families[class] = fit.model.covariance_type();
        }
        let counts = union.weights().mapv(|weight| weight * total);
        let of_parts = union.categories().clone();
        let probabilities = self.probabilities(&of_components, |category, n_levels| {
            let known = of_parts.probabilities(category);
            let mut padded = Array2::zeros((known.nrows(), n_levels));
            padded.slice_axis_mut(ndarray::Axis(1), (..known.ncols()).into()).assign(&known);
            smoothed(padded, &counts, self.params.mixture.0.smoothing)
        });
        let columns = self.columns.layout.categorical.clone();
        union.with_categories(columns, probabilities)?.with_classes(self.column, families)
    }

    /// A mixture in which the component of every class is the same: the means and variances of the columns.
    fn same_for_all(&self, family: CovarianceType) -> Result<GaussianMixture> {
        let present: Vec<usize> = self.labels.present().collect();
        let (k, numeric) = (present.len(), &self.columns.numeric);
        let of_columns = |value: &dyn Fn(usize) -> f64| {
            Array2::from_shape_fn((k, numeric.len()), |(_, column)| value(column))
        };
        let means = of_columns(&|column| numeric[column].mean);
        let variances = of_columns(&|column| numeric[column].variance);
        let weights = present.iter().map(|&class| self.labels.counts[class] / self.labels.total());
        let probabilities = self.probabilities(&present, |_, n_levels| {
            Array2::from_elem((k, n_levels), 1.0 / n_levels as f64)
        });
        let variances = variances.into_dyn();
        GaussianMixture::new(weights.collect(), means, CovarianceType::Diag, variances)?
            .with_categories(self.columns.layout.categorical.clone(), probabilities)?
            .with_classes(self.column, vec![family])
    }

    /// The probabilities of all categories of components of these classes; `of_others` returns those of another category, by its index
    /// among the others and its number of levels.
    fn probabilities(
        &self,
        of_components: &[usize],
        of_others: impl Fn(usize, usize) -> Array2<f64>,
    ) -> Vec<Array2<f64>> {
        let layout = &self.columns.layout;
        let mut n_others = 0..;
        let categories = layout.categorical.iter().zip(&layout.n_levels);
        let of_category = |(&column, &n_levels)| {
            if column != self.column {
                return of_others(n_others.next().expect("endless"), n_levels);
            }
            let is_class = |(component, class)| f64::from(of_components[component] == class);
            Array2::from_shape_fn((of_components.len(), n_levels), is_class)
        };
        categories.map(of_category).collect()
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

    /// -2 times the cross-validated log-likelihood of rows and their classes.
    fn held_out(&self, fits: &[SelectionFit]) -> Option<f64> {
        let counts = || self.labels.present().map(|class| self.labels.counts[class]);
        let of_labels: f64 = counts().map(|count| count * (count / self.labels.total()).ln()).sum();
        let of_rows: Option<f64> = fits.iter().map(|fit| fit.criteria.held_out).sum();
        Some(of_rows? - 2.0 * of_labels)
    }
}

/// Probabilities of levels in components with these counts, drawn to the shares in all of them by `smoothing` rows.
fn smoothed(mut probabilities: Array2<f64>, counts: &Array1<f64>, smoothing: f64) -> Array2<f64> {
    let shares = counts.dot(&probabilities) / counts.sum();
    for (mut of_component, &count) in probabilities.rows_mut().into_iter().zip(counts) {
        let drawn = of_component.mapv(|p| p * count) + smoothing * &shares;
        of_component.assign(&(drawn / (count + smoothing)));
    }
    probabilities
}

/// The report on the fits of all classes as one.
fn joint_report(fits: &[SelectionFit], log_likelihood: f64) -> FitReport {
    let reports = || fits.iter().map(|fit| &fit.report);
    let stops = || reports().map(|report| &report.best().stop);
    let stop = stops().find(|stop| !stop.converged()).cloned().unwrap_or(StopReason::Converged);
    let n_iter = reports().map(FitReport::n_iter).max().unwrap_or(0);
    let n_columns = reports().next().map_or(0, |report| report.regularisation.len());
    let regularisation = (0..n_columns)
        .map(|column| reports().map(|report| report.regularisation[column]).fold(0.0, f64::max));
    let restart = RestartReport {
        seed: reports().next().map_or(0, |report| report.best().seed),
        log_likelihoods: vec![log_likelihood; n_iter + 1],
        n_passes: reports().map(|report| report.best().n_passes).sum(),
        stop,
        seconds_init: reports().map(FitReport::seconds_init).sum(),
        seconds_em: reports().map(FitReport::seconds_em).sum(),
    };
    FitReport {
        restarts: vec![restart],
        best: 0,
        n_degenerate: reports().map(|report| report.n_degenerate).sum(),
        regularisation: regularisation.collect(),
        working_bytes: reports().map(|report| report.working_bytes).max().unwrap_or(0),
    }
}
