//! Restarts: run each, keep the best, report all.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{ArrayBase, Data, Ix2};
use rayon::prelude::*;

use super::GaussianMixture;
use super::em::{self, EmStep, Trace};
use super::init::Init;
use super::params::{GmmParams, GmmValidParams};
use super::report::{FitReport, RestartReport, StopReason};
use crate::columns::{ColumnSummary, column_summaries};
use crate::error::{Error, Result};
use crate::memory;
use crate::random::child_seed;
use crate::rows::{RowBlocks, ToRows, block_rows, check_enough, n_parts};

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
    pub fn fit_with_report(&self, data: &impl ToRows) -> Result<(GaussianMixture, FitReport)> {
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
        data: &impl ToRows,
        observer: impl Fn(EmStep<'_>) + Sync,
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_ref()?.fit_rows(&data.to_rows()?, &observer)
    }
}

impl GmmValidParams {
    /// Bytes that a fit to rows of this number and width takes beside the data, for all restarts that run at
    /// the same time: the statistics and the posteriors of each part of a pass, and the model before and after
    /// an M-step, whose covariances are kept as they are, factorised and inverted. A fit that needs more than
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
        let wide = |n: usize| n as u64;
        let (k, d) = (wide(self.n_components), wide(n_features));
        let second = wide(self.covariance_type.second_len(self.n_components, n_features));
        let block = block_rows(n_features);
        let part = second + k * d + 2 * wide(block) * (k + d);
        let model = 3 * second + k * d;
        let n_parts = wide(n_parts(n_samples.div_ceil(block)));
        let at_once = wide(self.n_restarts().min(rayon::current_num_threads()));
        (n_parts * part + 2 * model).saturating_mul(8 * at_once)
    }

    /// Fits to any source of rows.
    pub(crate) fn fit_rows<R: RowBlocks + ?Sized>(
        &self,
        rows: &R,
        observer: &(dyn Fn(EmStep<'_>) + Sync),
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_sizes(rows)?;
        check_columns_vary(rows)?;
        self.run_restarts(rows, observer)
    }

    /// Fits to rows whose columns are known to vary.
    pub(super) fn fit_varied<R: RowBlocks + ?Sized>(
        &self,
        rows: &R,
        observer: &(dyn Fn(EmStep<'_>) + Sync),
    ) -> Result<(GaussianMixture, FitReport)> {
        self.check_sizes(rows)?;
        self.run_restarts(rows, observer)
    }

    fn run_restarts<R: RowBlocks + ?Sized>(
        &self,
        rows: &R,
        observer: &(dyn Fn(EmStep<'_>) + Sync),
    ) -> Result<(GaussianMixture, FitReport)> {
        let n_init = self.n_restarts();
        let working_bytes = self.working_bytes(rows.n_samples(), rows.n_features());
        memory::check("the fit", working_bytes)?;
        let restart = |index: usize| {
            let seed = child_seed(self.seed, index as u64);
            let mut trace = Trace::default();
            let observe = |iteration, log_likelihood, model: &GaussianMixture| {
                observer(EmStep { restart: index, iteration, log_likelihood, model });
            };
            match em::run(rows, self, self.init.of_restart(index), seed, &mut trace, observe) {
                Ok((model, stop)) => (Some(model), RestartReport::new(seed, trace, stop)),
                Err(error) => (None, RestartReport::new(seed, trace, StopReason::Failed(error))),
            }
        };
        let ended: Vec<_> = (0..n_init).into_par_iter().map(restart).collect();
        keep_best(ended, working_bytes)
    }

    /// A given model is one start, however often it is tried.
    fn n_restarts(&self) -> usize {
        match self.init {
            Init::Model(_) => 1,
            _ => self.n_init,
        }
    }

    /// Refuses rows whose numbers of rows or columns do not suit the parameters.
    fn check_sizes<R: RowBlocks + ?Sized>(&self, rows: &R) -> Result<()> {
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
pub(super) fn check_columns_vary<R: RowBlocks + ?Sized>(rows: &R) -> Result<()> {
    let columns = column_summaries(rows)?;
    if columns.iter().all(ColumnSummary::is_constant) && rows.n_samples() == 1 {
        return Err(Error::TooFewSamples { n_samples: 1, needed: 2, wanted: "a variance".into() });
    }
    let constant = columns.into_iter().enumerate().find(|(_, s)| s.is_constant());
    match constant {
        Some((column, summary)) => Err(Error::ConstantColumn { column, value: summary.min }),
        None => Ok(()),
    }
}

/// The restart with the largest log-likelihood, the earliest of equals.
fn keep_best(
    ended: Vec<(Option<GaussianMixture>, RestartReport)>,
    working_bytes: u64,
) -> Result<(GaussianMixture, FitReport)> {
    let (mut models, restarts): (Vec<_>, Vec<_>) = ended.into_iter().unzip();
    let mut best: Option<(usize, f64)> = None;
    for (index, restart) in restarts.iter().enumerate() {
        if let Some(log_likelihood) = restart.log_likelihood()
            && best.is_none_or(|(_, highest)| log_likelihood > highest)
        {
            best = Some((index, log_likelihood));
        }
    }
    if let Some((best, _)) = best
        && let Some(model) = models.swap_remove(best)
    {
        return Ok((model, FitReport { restarts, best, working_bytes }));
    }
    let n_init = restarts.len();
    let failed = restarts.into_iter().find_map(|restart| match restart.stop {
        StopReason::Failed(error) => Some(error),
        _ => None,
    });
    match failed {
        Some(only) if n_init == 1 => Err(only),
        Some(first) => Err(Error::AllRestartsFailed { n_init, first: Box::new(first) }),
        None => unreachable!("a fit has at least one restart"),
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
