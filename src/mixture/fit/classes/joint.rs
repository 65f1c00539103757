//! Joint models of all classes: the mixtures of classes as one, and the model with which EM begins.

use ndarray::{Array1, Array2, Axis, Slice};

use super::ClassSearch;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::em::stop::StopReason;
use crate::mixture::fit::report::{FitReport, RestartReport};
use crate::mixture::fit::selection::SelectionFit;

impl ClassSearch<'_> {
    /// The joint model of the mixtures of the classes.
    pub(super) fn joint(&self, fits: &[SelectionFit]) -> Result<GaussianMixture> {
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
        let probabilities = self.probabilities(&of_components, |category, n_levels| {
            let of_fits = of_levels(fits, category, n_levels);
            smoothed(of_fits, &counts, self.params.mixture.0.smoothing)
        });
        let columns = self.columns.layout.categorical.clone();
        union.with_categories(columns, probabilities)?.with_classes(self.column, families)
    }

    /// A mixture in which the component of every class is the same: the means and variances of the columns.
    pub(super) fn same_for_all(&self, family: CovarianceType) -> Result<GaussianMixture> {
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

    /// -2 times the cross-validated log-likelihood of rows and their classes.
    pub(super) fn held_out(&self, fits: &[SelectionFit]) -> Option<f64> {
        let of_rows: Option<f64> = fits.iter().map(|fit| fit.criteria.held_out).sum();
        Some(of_rows? - 2.0 * self.labels.log_likelihood())
    }

    /// The report on the fits of all classes as one, of this log-likelihood: iterations of the classes side by side.
    pub(super) fn joint_report(&self, fits: &[SelectionFit], log_likelihood: f64) -> FitReport {
        let reports = || fits.iter().map(|fit| &fit.report);
        let stops = || reports().map(|report| &report.best().stop);
        let stop = stops().find(|stop| !stop.converged()).cloned().unwrap_or(StopReason::Converged);
        let n_iter = reports().map(FitReport::n_iter).max().unwrap_or(0);
        let after = |iteration: usize| {
            let of_class =
                |report: &FitReport| report.best().log_likelihoods[iteration.min(report.n_iter())];
            self.labels.log_likelihood() + reports().map(of_class).sum::<f64>()
        };
        let mut log_likelihoods: Vec<f64> = (0..n_iter).map(after).collect();
        // with smoothed levels
        log_likelihoods.push(log_likelihood);
        let regularisation = |column: usize| {
            reports().map(|report| report.regularisation[column]).fold(0.0, f64::max)
        };
        let restart = RestartReport {
            seed: fits[0].report.best().seed,
            log_likelihoods,
            n_passes: reports().map(|report| report.best().n_passes).sum(),
            stop,
            seconds_init: reports().map(FitReport::seconds_init).sum(),
            seconds_em: reports().map(FitReport::seconds_em).sum(),
        };
        FitReport {
            restarts: vec![restart],
            best: 0,
            n_degenerate: reports().map(|report| report.n_degenerate).sum(),
            regularisation: (0..fits[0].report.regularisation.len()).map(regularisation).collect(),
            working_bytes: reports().map(|report| report.working_bytes).max().unwrap_or(0),
        }
    }
}

/// The probabilities of all levels of a category in the components of fits, some of which do not know the last levels.
fn of_levels(fits: &[SelectionFit], category: usize, n_levels: usize) -> Array2<f64> {
    let of_fits = || fits.iter().map(|fit| fit.model.categories().probabilities(category));
    let mut all = Array2::zeros((of_fits().map(|of_fit| of_fit.nrows()).sum(), n_levels));
    let mut first = 0;
    for of_fit in of_fits() {
        let (k, n_known) = of_fit.dim();
        let mut rows = all.slice_axis_mut(Axis(0), Slice::from(first..first + k));
        rows.slice_axis_mut(Axis(1), Slice::from(..n_known)).assign(&of_fit);
        first += k;
    }
    all
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
