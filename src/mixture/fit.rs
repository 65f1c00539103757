//! Restarts: run each, keep the best, report all.

use std::sync::{Mutex, PoisonError};

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};

use super::GaussianMixture;
use super::em::{self, EmStep, Trace};
use super::init::{Init, SharedCenters, Start};
use super::params::{GmmParams, GmmValidParams};
use super::report::{FitReport, RestartReport, StopReason};
use super::statistics::{self, Workspace};
use crate::columns::{ColumnSummary, column_summaries};
use crate::error::{Error, Result};
use crate::memory;
use crate::parallel;
use crate::random::child_seed;
use crate::rows::{Reader, RowBlocks, ToRows, block_rows, check_enough};

impl GmmParams {
    /// Fits, and tells what happened.
    ///
    /// # Errors
    /// As [`GmmParams::fit_observed`].
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
    pub fn fit_with_report(&self, data: &dyn ToRows) -> Result<(GaussianMixture, FitReport)> {
        self.fit_observed(data, |_| {})
    }

    /// Fits, and calls `observer` with the parameters at every EM step, the start included. Restarts run
    /// in parallel, and so the observer must allow; each step names its restart.
    ///
    /// # Errors
    /// [`Error::InvalidParam`]; what is wrong with the data ([`Error::NonFinite`],
    /// [`Error::TooFewSamples`], [`Error::ConstantColumn`], [`Error::InvalidWeight`], ...);
    /// [`Error::AllRestartsFailed`].
    pub fn fit_observed(
        &self,
        data: &dyn ToRows,
        observer: impl Fn(EmStep<'_>) + Sync,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_ref()?.fit_rows(&data.to_rows()?, &observer)
    }
}

impl GmmValidParams {
    /// Bytes that a fit to rows of this number and width takes beside the data, for all restarts that run at
    /// the same time: the statistics and the posteriors of each part of a pass, and the model, whose covariances
    /// are kept as they are and inverted. A fit that needs more than
    /// the machine has left is refused with [`Error::TooLarge`].
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
        let passes =
            statistics::working_bytes(family, k, (n_samples, n_features), block_rows(n_features));
        let at_once = self.n_restarts().min(rayon::current_num_threads()) as u64;
        // covariances as they are and inverted, and the matrices in which they are factorised
        let model = 2 * family.second_len(k, n_features) + k * n_features;
        let factors = 2 * n_features * n_features * rayon::current_num_threads();
        let model = (8 * (model + factors)) as u64;
        passes.saturating_add(model).saturating_mul(at_once)
    }

    /// Fits to any source of rows.
    pub(crate) fn fit_rows(
        &self,
        rows: &dyn RowBlocks,
        observer: &(dyn Fn(EmStep<'_>) + Sync),
    ) -> Result<(GaussianMixture, FitReport)> {
        let workspace = &mut Workspace::new(rows);
        self.check_sizes(rows)?;
        check_columns_vary(&mut workspace.rows)?;
        self.run_restarts(workspace, &SharedCenters::new(self.n_restarts()), observer)
    }

    /// Fits to rows whose columns are known to vary, with centres that other fits may share.
    pub(super) fn fit_varied(
        &self,
        workspace: &mut Workspace<'_>,
        centers: &SharedCenters,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_sizes(workspace.rows.rows())?;
        self.run_restarts(workspace, centers, &|_| {})
    }

    fn run_restarts(
        &self,
        workspace: &mut Workspace<'_>,
        centers: &SharedCenters,
        observer: &(dyn Fn(EmStep<'_>) + Sync),
    ) -> Result<(GaussianMixture, FitReport)> {
        let rows = workspace.rows.rows();
        let working_bytes = self.working_bytes(rows.n_samples(), rows.n_features());
        memory::check("the fit", working_bytes)?;
        let best = Mutex::new(None);
        let restart = |workspace: &mut Workspace<'_>, index: usize| {
            let seed = child_seed(self.seed, index as u64);
            let mut trace = Trace::default();
            let observe = |iteration, log_likelihood, model: &GaussianMixture| {
                observer(EmStep { restart: index, iteration, log_likelihood, model });
            };
            let init = self.init.of_restart(index);
            let start = Start { init, restart: index, seed, centers };
            match em::run(workspace, self, &start, &mut trace, observe) {
                Ok((model, stop)) => {
                    let report = RestartReport::new(seed, trace, stop);
                    let log_likelihood = report.log_likelihood();
                    let worse = keep_better(&best, Restart { index, log_likelihood, model });
                    worse.into_iter().for_each(|restart| workspace.recycle(restart.model));
                    report
                }
                Err(error) => RestartReport::new(seed, trace, StopReason::Failed(error)),
            }
        };
        let more = || Workspace::new(rows);
        let restarts = parallel::fits(rows, self.n_restarts(), workspace, more, restart);
        match best.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Restart { index, model, .. }) => {
                Ok((model, FitReport { restarts, best: index, working_bytes }))
            }
            None => Err(all_failed(restarts)),
        }
    }

    /// A given model is one start, however often it is tried.
    pub(super) fn n_restarts(&self) -> usize {
        match self.init {
            Init::Model(_) => 1,
            _ => self.n_init,
        }
    }

    /// Refuses rows whose numbers of rows or columns do not suit the parameters.
    fn check_sizes(&self, rows: &dyn RowBlocks) -> Result<()> {
        check_enough(rows, self.n_components, "components")?;
        if let Init::Model(start) = &self.init
            && start.n_features() != rows.n_features()
        {
            return Err(Error::shape(
                "the model to start from",
                format!("{} features", rows.n_features()),
                format!("{} features", start.n_features()),
            ));
        }
        Ok(())
    }
}

/// Refuses rows with a column that never varies.
///
/// # Errors
/// [`Error::ConstantColumn`]; [`Error::TooFewSamples`] for a single row; [`Error::TooWide`].
pub(super) fn check_columns_vary(rows: &mut Reader<'_>) -> Result<()> {
    let columns = column_summaries(rows)?;
    if columns.iter().all(ColumnSummary::is_constant) && rows.rows().n_samples() == 1 {
        return Err(Error::TooFewSamples { n_samples: 1, needed: 2, wanted: "a variance".into() });
    }
    let constant = columns.into_iter().enumerate().find(|(_, s)| s.is_constant());
    match constant {
        Some((column, summary)) => Err(Error::ConstantColumn { column, value: summary.min }),
        None => Ok(()),
    }
}

/// A restart that ended with a model.
struct Restart {
    index: usize,
    log_likelihood: Option<f64>,
    model: GaussianMixture,
}

/// Keeps the restart with the larger log-likelihood, the earlier of equals, and gives back the other: models can be
/// as large as the data, and only the best has to be kept.
fn keep_better(best: &Mutex<Option<Restart>>, ended: Restart) -> Option<Restart> {
    let mut best = best.lock().unwrap_or_else(PoisonError::into_inner);
    let better = |best: &Restart| {
        ended.log_likelihood > best.log_likelihood
            || (ended.log_likelihood == best.log_likelihood && ended.index < best.index)
    };
    match best.as_ref().is_none_or(better) {
        true => best.replace(ended),
        false => Some(ended),
    }
}

/// Why there is no model.
fn all_failed(restarts: Vec<RestartReport>) -> Error {
    let n_init = restarts.len();
    let failed = restarts.into_iter().find_map(|restart| match restart.stop {
        StopReason::Failed(error) => Some(error),
        _ => None,
    });
    match failed {
        Some(only) if n_init == 1 => only,
        Some(first) => Error::AllRestartsFailed { n_init, first: Box::new(first) },
        None => unreachable!("a restart without a model has failed"),
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
    /// As [`GmmParams::fit_observed`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<GaussianMixture> {
        Ok(self.fit_rows(&dataset.to_rows()?, &|_| {})?.0)
    }
}
