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

use super::best_restart::BestRestart;
use super::fits::{Fits, Fitted, Job};
use super::observer::{BestSoFar, FitProgress};
use super::report::FitReport;
use super::starts::Starts;
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::criteria::Criteria;
use crate::mixture::em::pass::{MixtureRequest, MixtureSums};
use crate::mixture::em::restart::{EmStep, Restart, Trace};
use crate::mixture::em::statistics::Statistics;
use crate::mixture::em::stop::StopReason;
use crate::mixture::init::Init;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;

/// A set of running fits.
pub(super) struct Engine<'a> {
    pub(super) fits: &'a Fits<'a>,
    /// Number of rows and columns.
    shape: (usize, usize),
    starts: Starts<'a>,
    restarts: Vec<Mutex<BestRestart>>,
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

/// A model whose restarts have all finished, and that is still to be evaluated.
struct Unevaluated {
    index: usize,
    model: GaussianMixture,
    report: FitReport,
}

impl<'a> Engine<'a> {
    /// Creates an engine for the given restarts of the models.
    pub(super) fn new(fits: &'a Fits<'a>, shape: (usize, usize), jobs: &[Job]) -> Self {
        Self {
            fits,
            shape,
            starts: Starts::new(fits.models, fits.columns, jobs),
            restarts: fits.models.iter().map(|_| Mutex::default()).collect(),
            n_jobs: jobs.len(),
            n_finished: AtomicUsize::new(0),
            n_passes: AtomicUsize::new(0),
        }
    }

    /// Runs restarts that share each pass from initialisation to the end.
    ///
    /// # Errors
    /// Any error from reading the rows. A restart that fails is in the report of its model.
    pub(super) fn drive(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        jobs: &[Job],
    ) -> Result<()> {
        let mut running = self.start(backend, memory, jobs)?;
        loop {
            let mut unevaluated = self.take_finished(&mut running, memory);
            if running.is_empty() {
                return self.evaluate(backend, unevaluated);
            }
            self.advance(backend, memory, &mut running, &mut unevaluated)?;
            self.report_progress(&running);
        }
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
            let params = &self.fits.models[job.model];
            let start = self.starts.assignment(&job);
            Running { job, restart: Restart::new(params, start, seconds, memory.spare.take()) }
        };
        Ok(jobs.iter().map(restart).collect())
    }

    /// Makes one pass over the rows: the next step of every restart, and the evaluation of finished models.
    fn advance(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        running: &mut [Running<'_>],
        unevaluated: &mut Vec<Unevaluated>,
    ) -> Result<()> {
        let (begin, threads) = (Instant::now(), backend.threads());
        let request = MixtureRequest {
            statistics: running.iter().filter_map(|one| one.restart.request()).collect(),
            evaluations: unevaluated
                .iter()
                .map(|finished| Cow::Borrowed(&finished.model))
                .collect(),
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
        for (finished, evaluation) in unevaluated.drain(..).zip(&sums.evaluations) {
            self.report(finished, |model| evaluation.criteria(model));
        }
        Ok(())
    }

    /// Removes finished restarts from `running`, and returns the models whose last restart has finished.
    fn take_finished(
        &self,
        running: &mut Vec<Running<'_>>,
        memory: &mut Memory,
    ) -> Vec<Unevaluated> {
        let mut unevaluated = Vec::new();
        for Running { job, restart } in running.extract_if(.., |one| one.restart.has_finished()) {
            let (outcome, trace) =
                restart.into_outcome().expect("finished restarts have an outcome");
            unevaluated.extend(self.record(job, outcome, trace, memory));
        }
        unevaluated
    }

    /// Records a finished restart, and returns its model if it is to be evaluated.
    fn record(
        &self,
        job: Job,
        outcome: Result<(GaussianMixture, StopReason)>,
        trace: Trace,
        memory: &mut Memory,
    ) -> Option<Unevaluated> {
        let params = &self.fits.models[job.model];
        let mut restarts = self.restarts(job.model);
        let worse = restarts.record(job.restart, job.seed, outcome, trace);
        memory.spare = worse.or(memory.spare.take());
        self.n_finished.fetch_add(1, Ordering::Relaxed);
        if restarts.n_finished() < params.n_restarts() {
            return None;
        }
        let (n_samples, n_features) = self.shape;
        let best = mem::take(&mut *restarts).finish(params.working_bytes(n_samples, n_features));
        drop(restarts);
        match best {
            Err(error) => {
                (self.fits.on_fitted)(job.model, Err(error));
                None
            }
            Ok((model, report)) => {
                // a fit from a given model keeps the order of that model
                let model = match params.init {
                    Init::Model(_) => model,
                    _ => model.in_canonical_order(),
                };
                let fitted = Unevaluated { index: job.model, model, report };
                if self.fits.with_criteria {
                    return Some(fitted);
                }
                let Unevaluated { index, model, report } = fitted;
                (self.fits.on_fitted)(index, Ok(Fitted { model, report, criteria: None }));
                None
            }
        }
    }

    /// Records a restart that could not be started.
    ///
    /// # Errors
    /// Same as [`drive`](Self::drive).
    pub(super) fn refuse(
        &self,
        backend: &mut dyn Backend,
        job: Job,
        error: crate::Error,
    ) -> Result<()> {
        // other restarts of the model may have been possible
        let unevaluated = self.record(job, Err(error), Trace::default(), &mut Memory::default());
        self.evaluate(backend, unevaluated.into_iter().collect())
    }

    /// Evaluates models after the last restart has finished.
    fn evaluate(&self, backend: &mut dyn Backend, unevaluated: Vec<Unevaluated>) -> Result<()> {
        if unevaluated.is_empty() {
            return Ok(());
        }
        let evaluations =
            unevaluated.iter().map(|finished| Cow::Borrowed(&finished.model)).collect();
        let request = MixtureRequest { statistics: Vec::new(), evaluations };
        let sums = Pass::new(request).over(backend)?;
        for (finished, evaluation) in unevaluated.into_iter().zip(&sums.evaluations) {
            self.report(finished, |model| evaluation.criteria(model));
        }
        Ok(())
    }

    fn report(&self, finished: Unevaluated, criteria: impl Fn(&GaussianMixture) -> Criteria) {
        let Unevaluated { index, model, report } = finished;
        let criteria = Some(criteria(&model));
        (self.fits.on_fitted)(index, Ok(Fitted { model, report, criteria }));
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
                - running.iter().filter(|one| one.restart.has_finished()).count(),
            n_runs: self.n_jobs,
            best: self.best_of(known),
        });
    }

    /// The model with the lowest criterion so far.
    fn best_of<'m>(
        &self,
        known: impl Iterator<Item = (&'m GaussianMixture, f64)>,
    ) -> Option<BestSoFar<'m>> {
        let value = |best: &BestSoFar<'_>| {
            let n_parameters = best.model.n_parameters();
            let total = self.shape.0 as f64;
            // the certainty of the posteriors is not known before the end
            coarse(
                Criteria::new(total, best.log_likelihood, 0.0, n_parameters)
                    .get(self.fits.criterion),
            )
        };
        let models = known.map(|(model, log_likelihood)| BestSoFar {
            model,
            covariance_type: model.covariance_type(),
            log_likelihood,
        });
        models.min_by(|a, b| value(a).total_cmp(&value(b)))
    }

    fn restarts(&self, model: usize) -> MutexGuard<'_, BestRestart> {
        self.restarts[model].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
