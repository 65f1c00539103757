//! The end of a fit or a search: the best restarts of competitive models are continued to convergence, until the best model is one
//! of them, and all models are evaluated.

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

/// The restarts of a model that are continued to convergence.
pub(super) struct Finals<'a> {
    pub(super) model: usize,
    pub(super) n_restarts: usize,
    restarts: Mutex<Vec<Running<'a>>>,
}

/// Restarts within this many nats of the best of their model, and models within twice as many of the best criterion, are
/// continued to convergence: the others are too far behind for the gain that is left when restarts pause.
const MARGIN: f64 = 10.0;

impl<'a> Finals<'a> {
    fn take(&self) -> Vec<Running<'a>> {
        mem::take(&mut self.restarts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a> Engine<'a> {
    /// Chooses the restarts that are continued to convergence, when all have paused or finished: the best ones of each model
    /// that can still have the lowest criterion. There are more of them after these have finished, if the models that seemed to be
    /// the best have become degenerate.
    pub(super) fn finals(&self) -> Vec<Finals<'a>> {
        let values: Vec<_> = (0..self.restarts.len()).map(|model| self.standing(model)).collect();
        let lowest =
            values.iter().flatten().copied().min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let is_competitive = |(is_avoided, value): (bool, f64)| {
            lowest.is_none_or(|lowest| is_avoided == lowest.0 && value <= lowest.1 + 2.0 * MARGIN)
        };
        let of_model = |(model, standing): (usize, Option<(bool, f64)>)| {
            if !standing.is_some_and(is_competitive) {
                return None;
            }
            let finalists = self.restarts(model).take_finalists(MARGIN);
            let n_restarts = finalists.len();
            self.n_finished.fetch_sub(finalists.len(), Ordering::Relaxed);
            let running = finalists.into_iter().map(|one| Running {
                job: Job { model, restart: one.index, seed: one.seed },
                restart: one.restart.resume(),
            });
            let restarts = Mutex::new(running.collect());
            (n_restarts > 0).then_some(Finals { model, n_restarts, restarts })
        };
        values.into_iter().enumerate().filter_map(of_model).collect()
    }

    /// Whether the best model of a cell so far is chosen only if there is no other, and its criterion; none if all restarts failed.
    fn standing(&self, model: usize) -> Option<(bool, f64)> {
        let restarts = self.restarts(model);
        let (best, log_likelihood) = restarts.best()?;
        // the certainty of the posteriors or the density of other rows is not known: no model is excluded
        let value = match self.fits.criterion {
            Criterion::Icl | Criterion::HeldOut => f64::NEG_INFINITY,
            criterion => self.criterion(criterion, best, log_likelihood),
        };
        Some((restarts.is_avoided(), value))
    }

    /// Continues restarts of models to convergence.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(super) fn resume(
        &self,
        backend: &mut dyn Backend,
        memory: &mut Memory,
        finals: &[Finals<'a>],
    ) -> Result<()> {
        self.run(backend, memory, finals.iter().flat_map(Finals::take).collect())
    }

    /// Evaluates models by the best of their restarts, and passes on their outcomes.
    ///
    /// # Errors
    /// Any error from reading the rows.
    pub(super) fn conclude(&self, backend: &mut dyn Backend, models: &[usize]) -> Result<()> {
        let mut fitted = Vec::new();
        for &index in models {
            match self.finish(index) {
                Ok((model, report)) => fitted.push((index, model, report)),
                Err(error) => (self.fits.on_fitted)(index, Err(error)),
            }
        }
        let evaluated = fitted.iter().map(|(_, model, _)| Cow::Borrowed(model));
        let evaluations = if self.fits.with_criteria { evaluated.collect() } else { Vec::new() };
        let mut criteria = vec![None; fitted.len()];
        if !evaluations.is_empty() {
            let layout = Cow::Borrowed(&self.fits.columns.layout);
            let request = MixtureRequest { layout, statistics: Vec::new(), evaluations };
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
        let fitted = fitted.with_canonical_covariances()?;
        Ok((fitted, report))
    }

    /// A criterion of a model without the certainty of its posteriors; BIC for one that needs other rows.
    pub(super) fn criterion(
        &self,
        criterion: Criterion,
        model: &GaussianMixture,
        log_likelihood: f64,
    ) -> f64 {
        let total = self.shape.0 as f64;
        let criterion = if criterion == Criterion::HeldOut { Criterion::Bic } else { criterion };
        Criteria::new(total, log_likelihood, 0.0, model.n_parameters()).get(criterion)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use ndarray::{Array2, Axis};
    use rand::Rng;
    use rand_distr::StandardNormal;

    use crate::compute::random::stream;
    use crate::prelude::*;
    use crate::rows::{Block, BlockRows, RowBlocks};
    use crate::{SelectionCell, StopReason};

    /// Rows of a class, a truth value and a price: components that hold one class, whose lower criteria are discovered late to be
    /// those of degenerate models.
    fn tickets(seed: u64) -> Array2<f64> {
        let rng = &mut stream(seed, 0);
        let mut rows = Array2::zeros((400, 3));
        for mut row in rows.rows_mut() {
            let class = [1.0, 2.0, 3.0, 3.0][rng.gen_range(0..4)];
            row[0] = class;
            row[1] = f64::from(u8::from(rng.gen_bool(0.2 + 0.1 * class)));
            row[2] = (5.0 - 0.8 * class + 0.5 * rng.sample::<f64, _>(StandardNormal)).exp();
        }
        rows
    }

    /// Rows that are not in memory, so that restarts share passes.
    struct Elsewhere(Array2<f64>);

    impl RowBlocks for Elsewhere {
        fn n_samples(&self) -> usize {
            self.0.nrows()
        }

        fn n_features(&self) -> usize {
            self.0.ncols()
        }

        fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> crate::Result<()> {
            block.fill(rows.start, self.0.slice_axis(Axis(0), rows.into()));
            Ok(())
        }
    }

    #[test]
    fn the_best_model_has_been_continued_to_convergence_if_better_ones_became_degenerate() {
        let selection = Selection::params(1..=3).covariance_types(CovarianceType::ALL);
        let selection = selection.mixture(GaussianMixture::params(1).n_init(10));
        let mut n_avoided = 0;
        for seed in 0..4 {
            let table = tickets(seed);
            let in_memory = selection.fit_observed(&table, |_| ()).unwrap();
            let in_lockstep = selection.fit_observed(&BlockRows(Elsewhere(table)), |_| ()).unwrap();
            for search in [in_memory, in_lockstep] {
                let stop = &search.best().report.best().stop;
                assert!(!matches!(stop, StopReason::Outperformed), "table {seed}: {stop:?}");
                let best = search.best().criteria.bic;
                let is_lower = |cell: &&SelectionCell| {
                    cell.value(Criterion::Bic).is_some_and(|value| value < best)
                };
                n_avoided += search.cells().iter().filter(is_lower).count();
            }
        }
        assert!(n_avoided > 0, "no table has degenerate models of lower criteria");
    }
}
