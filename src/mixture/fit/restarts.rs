//! Restarts: run each, keep the best, report all.

use std::sync::{Mutex, PoisonError};

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};

use crate::compute::memory;
use crate::compute::random::child_seed;
use crate::compute::threads;
use crate::compute::ties::coarse;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::backend::Passes;
use crate::mixture::criteria::Criterion;
use crate::mixture::em::restart::{self, EmStep, Trace};
use crate::mixture::em::statistics::{self, Workspace};
use crate::mixture::fit::lockstep;
use crate::mixture::fit::observer::{Nobody, OnStep, Watch};
use crate::mixture::fit::report::{FitReport, RestartReport, StopReason};
use crate::mixture::init::{Init, SharedCenters, Start};
use crate::mixture::params::{GmmParams, GmmValidParams};
use crate::rows::summaries::ColumnSummary;
use crate::rows::{RowBlocks, ToRows, check_enough};

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
        self.check_ref()?.fit_rows(data.to_rows()?.as_ref(), &OnStep(observer))
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
        let passes = statistics::working_bytes(family, k, (n_samples, n_features));
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
        watch: &dyn Watch,
    ) -> Result<(GaussianMixture, FitReport)> {
        let workspace = &mut Workspace::new(rows);
        self.check_sizes(rows)?;
        let columns = columns_that_vary(workspace)?;
        if rows.as_matrix().is_some() {
            return self.run_restarts(workspace, &SharedCenters::new(self.n_restarts()), watch);
        }
        let models = std::slice::from_ref(self);
        let mut ended = lockstep::fit(workspace, models, &columns, (Criterion::Bic, watch))?;
        ended.pop().expect("one for each model")
    }

    /// Fits to rows whose columns are known to vary, with centres that other fits may share.
    pub(in crate::mixture) fn fit_varied(
        &self,
        workspace: &mut Workspace<'_>,
        centers: &SharedCenters,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_sizes(workspace.rows.rows())?;
        self.run_restarts(workspace, centers, &Nobody)
    }

    fn run_restarts(
        &self,
        workspace: &mut Workspace<'_>,
        centers: &SharedCenters,
        watch: &dyn Watch,
    ) -> Result<(GaussianMixture, FitReport)> {
        let rows = workspace.rows.rows();
        let working_bytes = self.working_bytes(rows.n_samples(), rows.n_features());
        memory::check("the fit", working_bytes)?;
        let contest = Mutex::new(Contest::default());
        let restart = |workspace: &mut Workspace<'_>, index: usize| {
            let seed = child_seed(self.seed, index as u64);
            let observe = |iteration, log_likelihood, model: &GaussianMixture| {
                watch.step(&EmStep { restart: index, iteration, log_likelihood, model });
            };
            let init = self.init.of_restart(index);
            let start = Start { init, restart: index, seed, centers };
            let (outcome, trace) = restart::run(workspace, self, &start, observe);
            let mut contest = contest.lock().unwrap_or_else(PoisonError::into_inner);
            let worse = contest.enter(index, seed, outcome, trace);
            worse.into_iter().for_each(|model| workspace.recycle(model));
        };
        let more = || Workspace::new(rows);
        threads::fits(rows, self.n_restarts(), workspace, more, restart);
        contest.into_inner().unwrap_or_else(PoisonError::into_inner).end(working_bytes)
    }

    /// A given model is one start, however often it is tried.
    pub(in crate::mixture) fn n_restarts(&self) -> usize {
        match self.init {
            Init::Model(_) => 1,
            _ => self.n_init,
        }
    }

    /// Refuses rows whose numbers of rows or columns do not suit the parameters.
    fn check_sizes(&self, rows: &dyn RowBlocks) -> Result<()> {
        check_enough(rows, self.n_components, "components")?;
        self.check_features(rows.n_features())
    }

    /// Refuses to start from a model of other rows.
    pub(in crate::mixture) fn check_features(&self, n_features: usize) -> Result<()> {
        if let Init::Model(start) = &self.init
            && start.n_features() != n_features
        {
            return Err(Error::shape(
                "the model to start from",
                format!("{n_features} features"),
                format!("{} features", start.n_features()),
            ));
        }
        Ok(())
    }
}

/// What is known of the columns, all of which vary.
///
/// # Errors
/// [`Error::ConstantColumn`]; [`Error::TooFewSamples`] for a single row; [`Error::TooWide`].
pub(in crate::mixture) fn columns_that_vary(passes: &mut dyn Passes) -> Result<Vec<ColumnSummary>> {
    let columns = passes.column_summaries()?;
    if columns.iter().all(ColumnSummary::is_constant) && passes.n_samples() == 1 {
        return Err(Error::TooFewSamples { n_samples: 1, needed: 2, wanted: "a variance".into() });
    }
    match columns.iter().position(ColumnSummary::is_constant) {
        Some(column) => Err(Error::ConstantColumn { column, value: columns[column].min }),
        None => Ok(columns),
    }
}

/// The restarts of a model, of which the best is kept: models can be as large as the data.
#[derive(Default)]
pub(in crate::mixture) struct Contest {
    best: Option<Best>,
    reports: Vec<(usize, RestartReport)>,
}

/// The restart that is kept.
struct Best {
    restart: usize,
    log_likelihood: Option<f64>,
    model: GaussianMixture,
}

impl Contest {
    /// Takes a restart that has ended, and gives back the model that is not kept: that with the smaller log-likelihood,
    /// the later of those that are equal to rounding.
    pub(in crate::mixture) fn enter(
        &mut self,
        restart: usize,
        seed: u64,
        outcome: Result<(GaussianMixture, StopReason)>,
        trace: Trace,
    ) -> Option<GaussianMixture> {
        let (model, stop) = match outcome {
            Ok((model, stop)) => (Some(model), stop),
            Err(error) => (None, StopReason::Failed(error)),
        };
        let report = RestartReport::new(seed, trace, stop);
        let log_likelihood = report.log_likelihood();
        self.reports.push((restart, report));
        let ended = Best { restart, log_likelihood, model: model? };
        let better = |best: &Best| {
            let [ended_at, best_at] =
                [&ended, best].map(|one| one.log_likelihood.map_or(f64::NEG_INFINITY, coarse));
            ended_at > best_at || (ended_at == best_at && ended.restart < best.restart)
        };
        match self.best.as_ref().is_none_or(better) {
            true => self.best.replace(ended).map(|before| before.model),
            false => Some(ended.model),
        }
    }

    /// The best model so far and its log-likelihood.
    pub(in crate::mixture) fn best(&self) -> Option<(&GaussianMixture, f64)> {
        let best = self.best.as_ref()?;
        Some((&best.model, best.log_likelihood?))
    }

    /// The best model with the report of all restarts.
    ///
    /// # Errors
    /// Why there is none.
    pub(in crate::mixture) fn end(
        mut self,
        working_bytes: u64,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.reports.sort_by_key(|&(restart, _)| restart);
        let restarts: Vec<_> = self.reports.into_iter().map(|(_, report)| report).collect();
        match self.best {
            Some(Best { restart, model, .. }) => {
                Ok((model, FitReport { restarts, best: restart, working_bytes }))
            }
            None => Err(all_failed(restarts)),
        }
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
        Ok(self.fit_rows(dataset.to_rows()?.as_ref(), &Nobody)?.0)
    }
}
