//! Short runs of EM on a sample of the rows, of which the best starts a restart.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::fits::Job;
use super::starts::{SAMPLE_STREAM, Starts};
use crate::error::Result;
use crate::mixture::GaussianMixture;
use crate::mixture::em::acceleration::Accelerate;
use crate::mixture::init::Init;
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::Backend;
use crate::rows::sample::RowSample;
use crate::rows::{LocalBackend, MatrixRows};

/// Number of short runs, of their iterations, and maximum number of their rows.
const SHORT_RUNS: usize = 8;
const SHORT_ITERATIONS: usize = 6;
const SHORT_ROWS: usize = 2000;

/// Maximum number of columns: rows of more are too few for covariances.
const MOST_COLUMNS: usize = 64;

impl Starts<'_> {
    /// Makes the short runs of restarts, each on the same sample of the rows.
    pub(super) fn run_short(&self, backend: &mut dyn Backend, jobs: &[&Job]) -> Result<()> {
        let has_runs =
            self.columns.numeric.len() <= MOST_COLUMNS && backend.sample_weights().is_none();
        if jobs.is_empty() || !has_runs {
            return Ok(());
        }
        let sample = match self.sample.get() {
            Some(sample) => sample,
            None => {
                let seed = self.models[jobs[0].model].seed;
                let rows = RowSample { seed, stream: SAMPLE_STREAM, n_rows: SHORT_ROWS };
                let drawn = backend.sample(&[rows])?.swap_remove(0);
                self.sample.get_or_init(|| drawn)
            }
        };
        jobs.par_iter().for_each(|job| {
            let best = self.best_of_short(sample.view(), job);
            let _ = self.short_runs[&(job.model, job.restart)].set(best);
        });
        Ok(())
    }

    /// The best of short runs on some rows; none if all fail.
    fn best_of_short(&self, rows: ArrayView2<'_, f64>, job: &Job) -> Option<GaussianMixture> {
        let params = GmmValidParams {
            init: Init::ScaledRows,
            n_init: SHORT_RUNS,
            max_iter: SHORT_ITERATIONS.min(self.models[job.model].max_iter),
            accelerate: Accelerate::Never,
            seed: job.seed,
            ..self.models[job.model].clone()
        };
        let rows = MatrixRows::from_checked(rows, None, self.columns.layout.may_be_missing);
        let fitted = params.fit_columns(&mut LocalBackend::new(rows), self.columns, None);
        fitted.ok().map(|(model, _)| model)
    }

    /// The best of the short runs of a restart, if there are any.
    pub(super) fn short_run(&self, job: &Job) -> Option<&GaussianMixture> {
        self.short_runs[&(job.model, job.restart)].get().and_then(Option::as_ref)
    }
}
