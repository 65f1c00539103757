//! Fits with restarts: run each, keep the best, report on all.

use std::sync::{Mutex, PoisonError};

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};

use super::columns::FitColumns;
use super::fits::{Fits, Fitted};
use super::observer::{Observer, OnStep};
use super::report::FitReport;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::CovarianceType;
use crate::mixture::criteria::Criterion;
use crate::mixture::em::restart::EmStep;
use crate::mixture::em::statistics;
use crate::mixture::init::Init;
use crate::mixture::params::{GmmParams, GmmValidParams};
use crate::rows::backend::Backend;
use crate::rows::{RowSource, check_enough};

impl GmmParams {
    /// Fits, and returns the model with a report on the fit.
    ///
    /// # Errors
    /// Same as [`GmmParams::fit_observed`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let moons = datasets::moons();
    /// let (model, report) = GaussianMixture::params(7).n_init(5).fit_with_report(&moons)?;
    /// assert_eq!(report.restarts.len(), 5);
    /// let score = model.score(&moons)?;
    /// assert!((report.log_likelihood() - 200.0 * score).abs() < 1e-9);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn fit_with_report(&self, data: &dyn RowSource) -> Result<(GaussianMixture, FitReport)> {
        self.fit_observed(data, |_| {})
    }

    /// Fits, and calls `observer` with the parameters at every EM step, including the initialisation.
    ///
    /// Restarts run in parallel, so `observer` may be called from several threads; each step has the index of its restart.
    ///
    /// # Errors
    /// [`Error::InvalidParam`]; errors of the data ([`Error::NonFinite`], [`Error::TooFewSamples`],
    /// [`Error::ConstantColumns`], [`Error::InvalidWeight`], ...); [`Error::AllRestartsFailed`].
    pub fn fit_observed(
        &self,
        data: &dyn RowSource,
        observer: impl Fn(EmStep<'_>) + Sync,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_ref()?.fit_backend(&mut *data.backend()?, Some(&OnStep(observer)))
    }
}

impl GmmValidParams {
    /// Number of bytes that a fit to rows of this shape takes in addition to the data.
    ///
    /// They are the statistics and posteriors of each part of a pass, and the model with its covariances and their inverses,
    /// for all restarts that run at the same time. A fit that needs more memory than is available is refused with
    /// [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let params = GaussianMixture::params(64).covariance_type(CovarianceType::Diag);
    /// assert!(params.check()?.working_bytes(1_000_000, 64) < 64 << 20);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn working_bytes(&self, n_samples: usize, n_features: usize) -> u64 {
        let (k, family) = (self.n_components, self.covariance_type);
        let passes = statistics::working_bytes(family, k, (n_samples, n_features));
        let at_once = self.n_restarts().min(rayon::current_num_threads()) as u64;
        // covariances and their inverses, and the matrices in which they are factorised
        let second_moment_len = family.second_moment_len(k, n_features);
        let model = 2 * second_moment_len + k * n_features;
        let factor = second_moment_len.min(n_features * n_features);
        let factors = 2 * factor * rayon::current_num_threads();
        let model = (8 * (model + factors)) as u64;
        passes.saturating_add(model).saturating_mul(at_once)
    }

    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// Same as [`GmmParams::fit_observed`], and any error from reading the rows.
    pub(crate) fn fit_backend(
        &self,
        backend: &mut dyn Backend,
        observer: Option<&dyn Observer>,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_sizes(backend)?;
        let columns = FitColumns::of(backend, self)?;
        let of_categories;
        let model = if columns.numeric.is_empty() {
            of_categories = self.without_numbers();
            &of_categories
        } else {
            self
        };
        model.fit_columns(backend, &columns, observer)
    }

    /// Fits to the rows of any backend, of which the columns are known.
    ///
    /// # Errors
    /// Any error from reading the rows; [`Error::AllRestartsFailed`].
    pub(super) fn fit_columns(
        &self,
        backend: &mut dyn Backend,
        columns: &FitColumns,
        observer: Option<&dyn Observer>,
    ) -> Result<(GaussianMixture, FitReport)> {
        let fitted = Mutex::new(None);
        let fits = Fits {
            models: std::slice::from_ref(self),
            columns,
            with_criteria: false,
            criterion: Criterion::Bic,
            observer,
            on_fitted: &|_, outcome| {
                *fitted.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            },
        };
        fits.run(backend)?;
        let fitted = fitted.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Fitted { model, report, .. } = fitted.expect("the only model has been fitted")?;
        Ok((model, report))
    }

    /// Number of restarts: a given model is a single start, whatever `n_init` is.
    pub(in crate::mixture) fn n_restarts(&self) -> usize {
        match self.init {
            Init::Model(_) => 1,
            _ => self.n_init,
        }
    }

    /// Returns an error if the number of rows or columns does not suit the parameters.
    pub(super) fn check_sizes(&self, backend: &dyn Backend) -> Result<()> {
        check_enough(backend, self.n_components, "components")?;
        self.covariance_type.check(backend.n_features().saturating_sub(self.categorical.len()))?;
        self.check_features(backend.n_features())
    }

    /// The same parameters for rows without numbers, to which the covariance family does not matter.
    pub(super) fn without_numbers(&self) -> Self {
        Self { covariance_type: CovarianceType::Diag, ..self.clone() }
    }

    /// Returns an error if the initial model has other features.
    fn check_features(&self, n_features: usize) -> Result<()> {
        let Init::Model(start) = &self.init else { return Ok(()) };
        if start.categories().columns() != self.categorical {
            let found = format!("{:?}", start.categories().columns());
            return Err(Error::param(
                "the categories of the model to start from",
                found,
                "categorical",
            ));
        }
        if start.n_features() != n_features {
            return Err(Error::shape(
                "the model to start from",
                format!("{n_features} features"),
                format!("{} features", start.n_features()),
            ));
        }
        Ok(())
    }
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for GmmValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = GaussianMixture;

    /// Fits to the records and sample weights of a dataset; targets are ignored.
    ///
    /// # Errors
    /// Same as [`GmmParams::fit_observed`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<GaussianMixture> {
        Ok(self.fit_backend(&mut *dataset.backend()?, None)?.0)
    }
}
