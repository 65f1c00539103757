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
use super::fits::{Fits, Job};
use super::observer::{BestSoFar, FitProgress};
use super::starts::Starts;
use crate::compute::ties::coarse;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::Regularisation;
use crate::mixture::em::assignment::Assignment;
use crate::mixture::em::pass::{MixtureRequest, MixtureSums};
use crate::mixture::em::restart::{EmStep, Restart};
use crate::mixture::em::statistics::Statistics;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;

/// A set of running fits.
pub(super) struct Engine<'a> {
    pub(super) fits: &'a Fits<'a>,
    /// Number of rows and columns.
    pub(super) shape: (usize, usize),
    starts: Starts<'a>,
    pub(super) regularisations: &'a [Regularisation],
    pub(super) restarts: Vec<Mutex<BestRestarts<'a>>>,
    n_jobs: usize,
    pub(super) n_finished: AtomicUsize,
    n_passes: AtomicUsize,
}

/// Memory that is reused: that of passes, and of a model that is no longer needed.
#[derive(Default)]
pub(super) struct Memory {
    parts: Vec<MixtureSums>,
    spare: Option<GaussianMixture>,
}

/// A running restart.
pub(super) struct Running<'a> {
    pub(super) job: Job,
    pub(super) restart: Restart<'a>,
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

    /// Runs restarts until all have paused or finished.
    pub(super) fn run(
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
            layout: Cow::Borrowed(&self.fits.columns.layout),
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

    pub(super) fn restarts(&self, model: usize) -> MutexGuard<'_, BestRestarts<'a>> {
        self.restarts[model].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
