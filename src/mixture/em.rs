//! Expectation maximisation from one start to its end.

use std::time::Instant;

use super::GaussianMixture;
use super::acceleration::Acceleration;
use super::covariance::{CovarianceType, Scratch};
use super::init::Start;
use super::params::GmmValidParams;
use super::report::StopReason;
use super::statistics::{Statistics, Workspace};
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::simd;

/// What an observer is told at every EM step.
#[derive(Debug, Clone, Copy)]
pub struct EmStep<'a> {
    /// Index of the restart.
    pub restart: usize,
    /// Iterations made so far; 0 is the start.
    pub iteration: usize,
    /// Log-likelihood of `model`, Σ w ln p(x).
    pub log_likelihood: f64,
    /// The present parameters.
    pub model: &'a GaussianMixture,
}

/// The record of one restart while it runs; it survives a failure.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) log_likelihoods: Vec<f64>,
    pub(super) n_passes: usize,
    pub(super) seconds_init: f64,
    pub(super) seconds_em: f64,
}

/// The E-step: statistics for the next M-step of family `covariance_type`, and the log-likelihood of
/// `model`, whose own family may be another.
pub(super) fn expectation<'a>(
    workspace: &'a mut Workspace<'_>,
    model: &GaussianMixture,
    covariance_type: CovarianceType,
) -> Result<&'a Statistics> {
    let assign = |block: &Block, posterior: &mut [f64], scratch: &mut Scratch| {
        let mut log_prob = vec![0.0; block.n_rows()];
        model.posteriors(block, posterior, &mut log_prob, scratch);
        simd::dot(block.weights(), &log_prob)
    };
    workspace.gather(covariance_type, model.means(), assign)
}

/// Runs EM from `start`.
///
/// # Errors
/// Why the restart failed; `trace` keeps what happened until then.
pub(super) fn run(
    workspace: &mut Workspace<'_>,
    params: &GmmValidParams,
    start: &Start<'_>,
    trace: &mut Trace,
    observe: impl Fn(usize, f64, &GaussianMixture),
) -> Result<(GaussianMixture, StopReason)> {
    let begin = Instant::now();
    let model = start.model(workspace, params);
    trace.seconds_init = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let result = model.and_then(|model| iterate(workspace, params, model, trace, observe));
    trace.seconds_em = begin.elapsed().as_secs_f64();
    result
}

/// Alternates E- and M-steps. The E-step of one iteration is the evaluation of the one before, so
/// the log-likelihood at the end is that of the returned model.
fn iterate(
    workspace: &mut Workspace<'_>,
    params: &GmmValidParams,
    start: GaussianMixture,
    trace: &mut Trace,
    observe: impl Fn(usize, f64, &GaussianMixture),
) -> Result<(GaussianMixture, StopReason)> {
    let mut model = start;
    let mut acceleration = params.accelerate.then(Acceleration::default);
    // the mixture one EM step before the present one, and where EM goes on if the present one is a leap too far
    let mut origin: Option<GaussianMixture> = None;
    let mut behind: Option<GaussianMixture> = None;
    loop {
        let statistics = expectation(workspace, &model, params.covariance_type)?;
        trace.n_passes += 1;
        let log_likelihood = statistics.log_likelihood();
        let before = trace.log_likelihoods.last().copied();
        let leapt = behind.is_some();
        if let (Some(acceleration), Some(plain)) = (&mut acceleration, behind.take()) {
            if before.is_none_or(|before| log_likelihood >= before) {
                acceleration.succeeded();
            } else {
                acceleration.failed();
                model = plain;
                continue;
            }
        }
        let iteration = trace.log_likelihoods.len();
        if !log_likelihood.is_finite() {
            return Err(Error::Diverged { iteration, value: log_likelihood });
        }
        observe(iteration, log_likelihood, &model);
        trace.log_likelihoods.push(log_likelihood);
        // a leap tells nothing of how far EM's own steps still go
        if let Some(before) = before.filter(|_| !leapt) {
            let change = (log_likelihood - before) / statistics.total();
            if change.abs() < params.tol {
                return Ok((model, StopReason::Converged));
            }
        }
        if iteration == params.max_iter {
            return Ok((model, StopReason::MaxIter));
        }
        let Some(acceleration) = &mut acceleration else {
            model = statistics.maximise(params.reg_covar, Some(model))?;
            continue;
        };
        let next = statistics.maximise(params.reg_covar, None)?;
        match origin.take() {
            None => origin = Some(std::mem::replace(&mut model, next)),
            Some(origin) => match acceleration.leap([&origin, &model, &next]) {
                Some(leap) => {
                    model = leap;
                    behind = Some(next);
                }
                None => model = next,
            },
        }
    }
}
