//! The one way to fit: restarts of models, taken from pass to pass.
//!
//! Restarts that share a pass go on side by side: what they need of the rows is gathered for all of them at once. A restart
//! alone is a group of one. How restarts are grouped is a [`Schedule`](super::schedule::Schedule)'s business; the fits are
//! the same.

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

/// Fits that are going on.
pub(super) struct Engine<'a> {
    pub(super) fits: &'a Fits<'a>,
    /// Rows and columns.
    shape: (usize, usize),
    starts: Starts<'a>,
    restarts: Vec<Mutex<BestRestart>>,
    n_jobs: usize,
    n_ended: AtomicUsize,
    n_passes: AtomicUsize,
}

/// Memory that is used again: of passes, and of a model that is not needed any more.
#[derive(Default)]
pub(super) struct Memory {
    parts: Vec<MixtureSums>,
    spare: Option<GaussianMixture>,
}

/// A restart that goes on.
struct Running<'a> {
    job: Job,
    restart: Restart<'a>,
}

/// A model whose restarts have all ended, and that is to be evaluated.
struct Unevaluated {
    index: usize,
    model: GaussianMixture,
    report: FitReport,
}

impl<'a> Engine<'a> {
    /// An engine for these restarts of the models.
    pub(super) fn new(fits: &'a Fits<'a>, shape: (usize, usize), jobs: &[Job]) -> Self {
        Self {
            fits,
            shape,
            starts: Starts::new(fits.models, fits.columns, jobs),
            restarts: fits.models.iter().map(|_| Mutex::default()).collect(),
            n_jobs: jobs.len(),
            n_ended: AtomicUsize::new(0),
            n_passes: AtomicUsize::new(0),
        }
    }

    /// Takes restarts that share each pass from their starts to their ends.
    ///
    /// # Errors
    /// What reading the rows raises. A restart that fails is in the report of its model.
    pub(super) fn drive(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        jobs: &[Job],
    ) -> Result<()> {
        let mut running = self.begin(backend, memory, jobs)?;
        loop {
            let mut unevaluated = self.end(&mut running, memory);
            if running.is_empty() {
                return self.evaluate(backend, unevaluated);
            }
            self.advance(backend, memory, &mut running, &mut unevaluated)?;
            self.tell_progress(&running);
        }
    }

    /// Finds where restarts begin.
    fn begin(
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

    /// One pass over the rows: the next step of every restart, and the evaluation of models that have ended.
    fn advance(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        running: &mut [Running<'_>],
        unevaluated: &mut Vec<Unevaluated>,
    ) -> Result<()> {
        let (begin, threads) = (Instant::now(), backend.threads());
        let request = MixtureRequest {
            statistics: running.iter().filter_map(|one| one.restart.wanted()).collect(),
            evaluations: unevaluated.iter().map(|ended| Cow::Borrowed(&ended.model)).collect(),
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
        for (ended, evaluation) in unevaluated.drain(..).zip(&sums.evaluations) {
            self.tell(ended, |model| evaluation.criteria(model));
        }
        Ok(())
    }

    /// Takes restarts that have ended out of those that go on; gives models whose last one has.
    fn end(&self, running: &mut Vec<Running<'_>>, memory: &mut Memory) -> Vec<Unevaluated> {
        let mut unevaluated = Vec::new();
        for Running { job, restart } in running.extract_if(.., |one| one.restart.has_ended()) {
            let (outcome, trace) = restart.end().expect("it has ended");
            unevaluated.extend(self.enter(job, outcome, trace, memory));
        }
        unevaluated
    }

    /// Enters a restart that has ended; gives its model if that is to be evaluated.
    fn enter(
        &self,
        job: Job,
        outcome: Result<(GaussianMixture, StopReason)>,
        trace: Trace,
        memory: &mut Memory,
    ) -> Option<Unevaluated> {
        let params = &self.fits.models[job.model];
        let mut restarts = self.restarts(job.model);
        let worse = restarts.enter(job.restart, job.seed, outcome, trace);
        memory.spare = worse.or(memory.spare.take());
        self.n_ended.fetch_add(1, Ordering::Relaxed);
        if restarts.n_ended() < params.n_restarts() {
            return None;
        }
        let (n_samples, n_features) = self.shape;
        let ended = mem::take(&mut *restarts).end(params.working_bytes(n_samples, n_features));
        drop(restarts);
        match ended {
            Err(error) => {
                (self.fits.ended)(job.model, Err(error));
                None
            }
            Ok((model, report)) => {
                // a model that is gone on from keeps its order
                let model = match params.init {
                    Init::Model(_) => model,
                    _ => model.in_canonical_order(),
                };
                let fitted = Unevaluated { index: job.model, model, report };
                if self.fits.wants_criteria {
                    return Some(fitted);
                }
                let Unevaluated { index, model, report } = fitted;
                (self.fits.ended)(index, Ok(Fitted { model, report, criteria: None }));
                None
            }
        }
    }

    /// Enters a restart that could not be begun.
    ///
    /// # Errors
    /// As [`drive`](Self::drive).
    pub(super) fn refuse(
        &self,
        backend: &mut dyn Backend,
        job: Job,
        error: crate::Error,
    ) -> Result<()> {
        // other restarts of its model may have been possible
        let ended = self.enter(job, Err(error), Trace::default(), &mut Memory::default());
        self.evaluate(backend, ended.into_iter().collect())
    }

    /// Evaluates models when no restart needs the rows any more.
    fn evaluate(&self, backend: &mut dyn Backend, unevaluated: Vec<Unevaluated>) -> Result<()> {
        if unevaluated.is_empty() {
            return Ok(());
        }
        let evaluations = unevaluated.iter().map(|ended| Cow::Borrowed(&ended.model)).collect();
        let request = MixtureRequest { statistics: Vec::new(), evaluations };
        let sums = Pass::new(request).over(backend)?;
        for (ended, evaluation) in unevaluated.into_iter().zip(&sums.evaluations) {
            self.tell(ended, |model| evaluation.criteria(model));
        }
        Ok(())
    }

    fn tell(&self, ended: Unevaluated, criteria: impl Fn(&GaussianMixture) -> Criteria) {
        let Unevaluated { index, model, report } = ended;
        let criteria = Some(criteria(&model));
        (self.fits.ended)(index, Ok(Fitted { model, report, criteria }));
    }

    /// Tells the observer how far the restarts are.
    fn tell_progress(&self, running: &[Running<'_>]) {
        let Some(observer) = self.fits.observer else { return };
        let ended: Vec<_> = (0..self.restarts.len()).map(|model| self.restarts(model)).collect();
        let going = running.iter().filter_map(|one| one.restart.model());
        let known = going.chain(ended.iter().filter_map(|restarts| restarts.best()));
        observer.pass(&FitProgress {
            index: self.n_passes.load(Ordering::Relaxed),
            n_running: self.n_jobs
                - self.n_ended.load(Ordering::Relaxed)
                - running.iter().filter(|one| one.restart.has_ended()).count(),
            n_runs: self.n_jobs,
            best: self.best_of(known),
        });
    }

    /// The mixture that would be chosen now.
    fn best_of<'m>(
        &self,
        known: impl Iterator<Item = (&'m GaussianMixture, f64)>,
    ) -> Option<BestSoFar<'m>> {
        let value = |best: &BestSoFar<'_>| {
            let n_parameters = best.model.n_parameters();
            let total = self.shape.0 as f64;
            // how certain the posteriors are is not known before the end
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
