//! The end of a fit or a search: the best restarts of competitive models are continued to convergence, and all models are
//! evaluated.

use std::borrow::Cow;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use super::engine::{Engine, Memory, Running};
use super::fits::{Fitted, Job};
use super::report::FitReport;
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::criteria::{Criteria, Criterion};
use crate::mixture::em::pass::MixtureRequest;
use crate::mixture::init::Init;
use crate::rows::backend::Backend;
use crate::rows::pass::Pass;

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

    /// A criterion of a model without the certainty of its posteriors.
    pub(super) fn criterion(
        &self,
        criterion: Criterion,
        model: &GaussianMixture,
        log_likelihood: f64,
    ) -> f64 {
        let total = self.shape.0 as f64;
        Criteria::new(total, log_likelihood, 0.0, model.n_parameters()).get(criterion)
    }
}
