//! The engine of all fits: runs restarts of models from pass to pass.
//!
//! Restarts that share a pass run in lockstep: one pass accumulates the statistics of all of them. A single restart is a
//! group of one. A [`Schedule`](super::schedule::Schedule) groups the restarts; the fits are the same in any grouping.

use std::borrow::Cow;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use super::best_restart::BestRestarts;
use super::fits::{Fits, Fitted, Job};
use super::observer::{BestSoFar, FitProgress};
use super::report::FitReport;
use super::starts::Starts;
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::Regularisation;
use crate::mixture::criteria::{Criteria, Criterion};
use crate::mixture::em::assignment::Assignment;
use crate::mixture::em::pass::{MixtureRequest, MixtureSums};
use crate::mixture::em::restart::{EmStep, Restart};
use crate::mixture::em::statistics::Statistics;
use crate::mixture::init::Init;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;

/// A set of running fits.
pub(super) struct Engine<'a> {
    pub(super) fits: &'a Fits<'a>,
    /// Number of rows and columns.
    shape: (usize, usize),
    starts: Starts<'a>,
    regularisations: &'a [Regularisation],
    restarts: Vec<Mutex<BestRestarts<'a>>>,
    n_jobs: usize,
    n_finished: AtomicUsize,
    n_passes: AtomicUsize,
}

/// Memory that is reused: that of passes, and of a model that is no longer needed.
#[derive(Default)]
pub(super) struct Memory {
    parts: Vec<MixtureSums>,
    spare: Option<GaussianMixture>,
}

/// A running restart.
struct Running<'a> {
    job: Job,
    restart: Restart<'a>,
}

/// The restarts of a model that are continued to convergence, possibly none.
pub(super) struct Finals<'a> {
    pub(super) model: usize,
    restarts: Mutex<Vec<Running<'a>>>,
}

/// Restarts within this many nats of the best of their model, and models within twice as many of the best criterion, are
/// continued to convergence: the others are too far behind for the gain that is left when restarts pause.
const MARGIN: f64 = 10.0;

impl<'a> Finals<'a> {
    /// Number of restarts.
    pub(super) fn n_restarts(&self) -> usize {
        self.restarts.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn take(&self) -> Vec<Running<'a>> {
        mem::take(&mut self.restarts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a> Engine<'a> {
    /// Creates an engine for the given restarts of the models.
    pub(super) fn new(
        fits: &'a Fits<'a>,
        regularisations: &'a [Regularisation],
        shape: (usize, usize),
        jobs: &[Job],
    ) -> Self {
        Self {
            fits,
            regularisations,
            shape,
            starts: Starts::new(fits.models, fits.columns, jobs),
            restarts: fits.models.iter().map(|_| Mutex::default()).collect(),
            n_jobs: jobs.len(),
            n_finished: AtomicUsize::new(0),
            n_passes: AtomicUsize::new(0),
        }
    }

    /// Runs restarts that share each pass from initialisation until they pause or finish.
    ///
    /// # Errors
    /// Any error from reading the rows. A restart that fails is in the report of its model.
    pub(super) fn drive(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        jobs: &[Job],
    ) -> Result<()> {
        let running = self.start(backend, memory, jobs)?;
        self.run(backend, memory, running)
    }

    /// Continues the best restarts of models to convergence, evaluates the models, and passes on their outcomes.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(super) fn conclude(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        finals: &[Finals<'a>],
    ) -> Result<()> {
        let restarts = finals.iter().flat_map(Finals::take).collect();
        self.run(backend, memory, restarts)?;
        let mut fitted = Vec::new();
        for &Finals { model: index, .. } in finals {
            match self.finish(index) {
                Ok((model, report)) => fitted.push((index, model, report)),
                Err(error) => (self.fits.on_fitted)(index, Err(error)),
            }
        }
        let evaluated = fitted.iter().map(|(_, model, _)| Cow::Borrowed(model));
        let evaluations = if self.fits.with_criteria { evaluated.collect() } else { Vec::new() };
        let mut criteria = vec![None; fitted.len()];
        if !evaluations.is_empty() {
            let request = MixtureRequest { statistics: Vec::new(), evaluations };
            let sums = Pass::new(request).over(backend)?;
            for ((criteria, evaluation), (_, model, _)) in
                criteria.iter_mut().zip(&sums.evaluations).zip(&fitted)
            {
                *criteria = Some(evaluation.criteria(model));
            }
        }
        for ((index, model, report), criteria) in fitted.into_iter().zip(criteria) {
            (self.fits.on_fitted)(index, Ok(Fitted { model, report, criteria }));
        }
        Ok(())
    }

    /// Runs restarts until all have paused or finished.
    fn run(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        mut running: Vec<Running<'a>>,
    ) -> Result<()> {
        loop {
            let stopped: Vec<_> = running.extract_if(.., |one| one.restart.has_stopped()).collect();
            stopped.into_iter().for_each(|stopped| self.record(stopped, memory));
            if running.is_empty() {
                return Ok(());
            }
            self.advance(backend, memory, &mut running)?;
            self.report_progress(&running);
        }
    }

    /// Chooses the restarts that are continued to convergence, when all have paused or finished: the best ones of each model
    /// that can still have the lowest criterion.
    pub(super) fn finals(&self) -> Vec<Finals<'a>> {
        let values: Vec<_> = (0..self.restarts.len()).map(|model| self.standing(model)).collect();
        let lowest =
            values.iter().flatten().copied().min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let is_competitive = |(is_avoided, value): (bool, f64)| {
            lowest.is_none_or(|lowest| is_avoided == lowest.0 && value <= lowest.1 + 2.0 * MARGIN)
        };
        let of_model = |(model, standing): (usize, Option<(bool, f64)>)| {
            let is_competitive = standing.is_some_and(is_competitive);
            let finalists = if is_competitive {
                self.restarts(model).take_finalists(MARGIN)
            } else {
                Vec::new()
            };
            self.n_finished.fetch_sub(finalists.len(), Ordering::Relaxed);
            let running = finalists.into_iter().map(|one| Running {
                job: Job { model, restart: one.index, seed: one.seed },
                restart: one.restart.resume(),
            });
            Finals { model, restarts: Mutex::new(running.collect()) }
        };
        values.into_iter().enumerate().map(of_model).collect()
    }

    /// Whether the best model of a cell so far is chosen only if there is no other, and its criterion; none if all restarts failed.
    fn standing(&self, model: usize) -> Option<(bool, f64)> {
        let restarts = self.restarts(model);
        let (best, log_likelihood) = restarts.best()?;
        // the certainty of the posteriors is not known: no model is excluded
        let value = match self.fits.criterion {
            Criterion::Icl => f64::NEG_INFINITY,
            criterion => self.criterion(criterion, best, log_likelihood),
        };
        Some((restarts.is_avoided(), value))
    }

    /// A criterion of a model without the certainty of its posteriors.
    fn criterion(&self, criterion: Criterion, model: &GaussianMixture, log_likelihood: f64) -> f64 {
        let total = self.shape.0 as f64;
        Criteria::new(total, log_likelihood, 0.0, model.n_parameters()).get(criterion)
    }

    /// Initialises the restarts.
    fn start(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        jobs: &[Job],
    ) -> Result<Vec<Running<'a>>> {
        let begin = Instant::now();
        self.starts.find(backend, jobs)?;
        let seconds = begin.elapsed().as_secs_f64() / jobs.len() as f64;
        let restart = |&job: &Job| {
            let start = self.starts.assignment(&job);
            Running { job, restart: self.restart(job, start, seconds, memory.spare.take()) }
        };
        Ok(jobs.iter().map(restart).collect())
    }

    fn restart(
        &self,
        job: Job,
        start: Result<Assignment>,
        seconds: f64,
        spare: Option<GaussianMixture>,
    ) -> Restart<'a> {
        let params = (&self.fits.models[job.model], &self.regularisations[job.model]);
        // a single restart has no others to be compared with
        Restart::new(params, start, seconds, spare, self.n_jobs > 1)
    }

    /// Makes one pass over the rows: the next step of every restart.
    fn advance(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        running: &mut [Running<'_>],
    ) -> Result<()> {
        let (begin, threads) = (Instant::now(), backend.threads());
        let request = MixtureRequest {
            statistics: running.iter().filter_map(|one| one.restart.request()).collect(),
            evaluations: Vec::new(),
        };
        let mut pass = Pass::with_memory(request, mem::take(&mut memory.parts));
        backend.run(&mut pass)?;
        memory.parts = pass.into_memory();
        self.n_passes.fetch_add(1, Ordering::Relaxed);
        let sums = &memory.parts[0];
        let seconds = begin.elapsed().as_secs_f64() / running.len() as f64;
        let step = |(Running { job, restart }, statistics): (&mut Running<'_>, &Statistics)| {
            restart.advance(statistics, (seconds, threads), |iteration, log_likelihood, model| {
                if let Some(observer) = self.fits.observer {
                    let restart = job.restart;
                    observer.step(&EmStep { restart, iteration, log_likelihood, model });
                }
            });
        };
        match running {
            [alone] => step((alone, &sums.statistics[0])),
            _ => running.par_iter_mut().zip(&sums.statistics).for_each(step),
        }
        Ok(())
    }

    /// Records a restart that has paused or finished.
    fn record(&self, Running { job, restart }: Running<'a>, memory: &mut Memory) {
        let worse = self.restarts(job.model).record(
            (job.restart, job.seed),
            restart,
            self.fits.models[job.model].allow_degenerate,
        );
        memory.spare = worse.or(memory.spare.take());
        self.n_finished.fetch_add(1, Ordering::Relaxed);
    }

    /// Records a restart that could not be started.
    pub(super) fn refuse(&self, job: Job, error: crate::Error) {
        let restart = self.restart(job, Err(error), 0.0, None);
        self.record(Running { job, restart }, &mut Memory::default());
    }

    /// Returns the best model of a cell with its report.
    ///
    /// # Errors
    /// The error of the restarts if all have failed.
    fn finish(&self, model: usize) -> Result<(GaussianMixture, FitReport)> {
        let params = &self.fits.models[model];
        let (n_samples, n_features) = self.shape;
        let working_bytes = params.working_bytes(n_samples, n_features);
        let restarts = mem::take(&mut *self.restarts(model));
        let (fitted, report) = restarts.finish(&self.regularisations[model], working_bytes)?;
        // a fit from a given model keeps the order of that model
        let fitted = match params.init {
            Init::Model(_) => fitted,
            _ => fitted.in_canonical_order(),
        };
        Ok((fitted, report))
    }

    /// Reports the state of the restarts to the observer.
    fn report_progress(&self, running: &[Running<'_>]) {
        let Some(observer) = self.fits.observer else { return };
        let finished: Vec<_> = (0..self.restarts.len()).map(|model| self.restarts(model)).collect();
        let models = running.iter().filter_map(|one| one.restart.model());
        let known = models.chain(finished.iter().filter_map(|restarts| restarts.best()));
        observer.pass(&FitProgress {
            index: self.n_passes.load(Ordering::Relaxed),
            n_running: self.n_jobs
                - self.n_finished.load(Ordering::Relaxed)
                - running.iter().filter(|one| one.restart.has_stopped()).count(),
            n_runs: self.n_jobs,
            best: self.best_of(known),
        });
    }

    /// The model with the lowest criterion so far.
    fn best_of<'m>(
        &self,
        known: impl Iterator<Item = (&'m GaussianMixture, f64)>,
    ) -> Option<BestSoFar<'m>> {
        // the certainty of the posteriors is not known before the end
        let value = |best: &BestSoFar<'_>| {
            coarse(self.criterion(self.fits.criterion, best.model, best.log_likelihood))
        };
        let models = known.map(|(model, log_likelihood)| BestSoFar {
            model,
            covariance_type: model.covariance_type(),
            log_likelihood,
        });
        models.min_by(|a, b| value(a).total_cmp(&value(b)))
    }

    fn restarts(&self, model: usize) -> MutexGuard<'_, BestRestarts<'a>> {
        self.restarts[model].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
