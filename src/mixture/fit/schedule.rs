//! The grouping of restarts that share passes.

use std::cmp::Reverse;

use super::engine::{Engine, Memory};
use super::fits::{Fits, Job, LOCKSTEP_BYTES};
use crate::compute::random::child_seed;
use crate::error::Result;
use crate::mixture::covariance::Regularisation;
use crate::mixture::em::acceleration::Accelerate;
use crate::mixture::em::statistics;
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::{Backend, PassCost, independent};

/// The grouping of the restarts of a fit or a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Each restart alone: the rows are in memory.
    Independent,
    /// As many restarts in lockstep as memory allows: passes are expensive, since the rows are in a file or on other
    /// machines.
    Lockstep,
}

impl Schedule {
    /// The schedule for the rows of a backend.
    pub(super) fn of(backend: &dyn Backend) -> Self {
        match backend.pass_cost() {
            PassCost::OneThread | PassCost::AllThreads => Self::Independent,
            PassCost::Shared => Self::Lockstep,
        }
    }
}

impl Fits<'_> {
    /// Fits every model, and passes each outcome to `on_fitted`.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(in crate::mixture) fn run(&self, backend: &mut dyn Backend) -> Result<()> {
        match Schedule::of(backend) {
            Schedule::Independent => self.run_independently(backend),
            Schedule::Lockstep => self.run_in_lockstep(backend),
        }
    }

    fn run_independently(&self, backend: &mut dyn Backend) -> Result<()> {
        let shape = (backend.n_samples(), self.columns.numeric.len());
        let budget = backend.memory_budget();
        let fits_memory = |&index: &usize| {
            let needed = self.models[index].working_bytes(shape.0, shape.1);
            let checked = budget.check("the fit", needed);
            checked.map_err(|error| (self.on_fitted)(index, Err(error))).is_ok()
        };
        let possible: Vec<usize> = (0..self.models.len()).filter(fits_memory).collect();
        let mut jobs: Vec<Job> = possible.iter().flat_map(|&model| self.jobs(model)).collect();
        // the longest fits first, so that none is left to the end
        jobs.sort_by_key(|job| Reverse(self.models[job.model].n_components));
        let regularisations = self.regularisations();
        let engine = Engine::new(self, &regularisations, shape, &jobs);
        let outcomes =
            independent(backend, jobs.len(), Memory::default, |backend, memory, index| {
                engine.drive(backend, memory, &jobs[index..=index])
            });
        outcomes.into_iter().collect::<Result<()>>()?;
        loop {
            let finals = engine.finals();
            if finals.is_empty() {
                break;
            }
            let outcomes =
                independent(backend, finals.len(), Memory::default, |backend, memory, index| {
                    engine.resume(backend, memory, &finals[index..=index])
                });
            outcomes.into_iter().collect::<Result<()>>()?;
        }
        let outcomes = independent(
            backend,
            possible.len(),
            || (),
            |backend, (), index| engine.conclude(backend, &possible[index..=index]),
        );
        outcomes.into_iter().collect()
    }

    fn run_in_lockstep(&self, backend: &mut dyn Backend) -> Result<()> {
        let shape = (backend.n_samples(), self.columns.numeric.len());
        let jobs: Vec<Job> = (0..self.models.len()).flat_map(|model| self.jobs(model)).collect();
        let regularisations = self.regularisations();
        let engine = Engine::new(self, &regularisations, shape, &jobs);
        let most = |backend: &dyn Backend| backend.memory_budget().at_most_half(LOCKSTEP_BYTES);
        let restart_bytes = |model: usize| self.models[model].restart_bytes(shape);
        let mut rest = jobs.as_slice();
        while !rest.is_empty() {
            let bytes = rest.iter().map(|job| restart_bytes(job.model));
            let (now, later) = rest.split_at(n_that_fit(bytes, most(backend)));
            rest = later;
            let bytes = now.iter().map(|job| restart_bytes(job.model));
            if let Err(error) = backend.memory_budget().check("the fit", bytes.sum()) {
                // other restarts may be smaller
                now.iter().for_each(|&job| engine.refuse(job, error.clone()));
                continue;
            }
            engine.drive(backend, &mut Memory::default(), now)?;
        }
        loop {
            let finals = engine.finals();
            if finals.is_empty() {
                break;
            }
            let mut rest = finals.as_slice();
            while !rest.is_empty() {
                let bytes = rest.iter().map(|one| restart_bytes(one.model) * one.n_restarts as u64);
                let (now, later) = rest.split_at(n_that_fit(bytes, most(backend)));
                rest = later;
                engine.resume(backend, &mut Memory::default(), now)?;
            }
        }
        let models: Vec<usize> = (0..self.models.len()).collect();
        let mut rest = models.as_slice();
        while !rest.is_empty() {
            let bytes = rest.iter().map(|&model| restart_bytes(model));
            let (now, later) = rest.split_at(n_that_fit(bytes, most(backend)));
            rest = later;
            engine.conclude(backend, now)?;
        }
        Ok(())
    }

    /// The regularisation of each model.
    fn regularisations(&self) -> Vec<Regularisation> {
        let of_model =
            |model: &GmmValidParams| Regularisation::of(model.reg_covar, &self.columns.numeric);
        self.models.iter().map(of_model).collect()
    }

    /// The restarts of a model.
    fn jobs(&self, model: usize) -> impl Iterator<Item = Job> + use<> {
        let seed = self.models[model].seed;
        let n_restarts = self.models[model].n_restarts();
        (0..n_restarts).map(move |restart| Job {
            model,
            restart,
            seed: child_seed(seed, restart as u64),
        })
    }
}

/// Number of the first of these sizes whose sum is at most `most`, at least one.
fn n_that_fit(bytes: impl Iterator<Item = u64>, most: u64) -> usize {
    let mut total = 0;
    let fits = |bytes: &u64| {
        total += bytes;
        total <= most
    };
    bytes.take_while(fits).count().max(1)
}

impl GmmValidParams {
    /// Number of bytes of one restart in lockstep: its statistics in every part of a pass, and its mixture.
    fn restart_bytes(&self, (n_samples, n_features): (usize, usize)) -> u64 {
        let (k, family) = (self.n_components, self.covariance_type);
        let second = family.second_moment_len(k, n_features);
        let n_parts = statistics::n_parts_of(second, (n_samples, n_features));
        // its mixture with inverse covariances, the next one, and the ones that an accelerated fit keeps
        let n_models = if self.accelerate == Accelerate::Never { 4 } else { 8 };
        8 * ((n_parts + n_models) * (second + 2 * k * n_features)) as u64
    }
}
