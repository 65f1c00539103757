//! A single restart of EM, as a state machine.

use std::borrow::Cow;
use std::mem;
use std::time::Instant;

use super::acceleration::Acceleration;
use super::assignment::Assignment;
use super::pass::Wanted;
use super::statistics::Statistics;
use super::stop::StopReason;
use crate::compute::threads::Threads;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::{MStep, Previous};
use crate::mixture::params::GmmValidParams;

/// An EM step, as reported to an observer.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EmStep<'a> {
    /// Index of the restart.
    pub restart: usize,
    /// Iterations made so far; 0 is the initialisation.
    pub iteration: usize,
    /// Log-likelihood of `model`, Σ w ln p(x).
    pub log_likelihood: f64,
    /// The present parameters.
    pub model: &'a GaussianMixture,
}

/// The record of a running restart, which is kept if the restart fails.
#[derive(Debug, Default)]
pub(in crate::mixture) struct Trace {
    pub(in crate::mixture) log_likelihoods: Vec<f64>,
    pub(in crate::mixture) n_passes: usize,
    pub(in crate::mixture) seconds_init: f64,
    pub(in crate::mixture) seconds_em: f64,
}

/// A restart as a state machine: it requests statistics of the next pass over the rows, and advances by them.
pub(in crate::mixture) struct Restart<'a> {
    params: &'a GmmValidParams,
    state: State,
    /// A model whose memory may be reused.
    spare: Option<GaussianMixture>,
    acceleration: Option<Acceleration>,
    /// The mixture one EM step before the present one.
    origin: Option<GaussianMixture>,
    /// The plain EM step to continue from if the present mixture is an accelerated step that is rejected.
    plain_step: Option<GaussianMixture>,
    trace: Trace,
}

/// The state of a restart.
enum State {
    /// Waiting for the statistics of a pass.
    Waiting(Assignment),
    /// Processing the statistics.
    Advancing,
    /// Finished with a model or an error.
    Finished(Result<(GaussianMixture, StopReason)>),
}

impl<'a> Restart<'a> {
    /// Creates a restart from an initial assignment, or from the error of the initialisation, which took `seconds`.
    pub(in crate::mixture) fn new(
        params: &'a GmmValidParams,
        start: Result<Assignment>,
        seconds: f64,
        spare: Option<GaussianMixture>,
    ) -> Self {
        Self {
            params,
            state: start.map_or_else(|error| State::Finished(Err(error)), State::Waiting),
            spare,
            acceleration: params.accelerate.then(Acceleration::default),
            origin: None,
            plain_step: None,
            trace: Trace { seconds_init: seconds, ..Trace::default() },
        }
    }

    /// The statistics that the next pass should compute; none if the restart has finished.
    pub(in crate::mixture) fn request(&self) -> Option<Wanted<'_>> {
        match &self.state {
            State::Waiting(assignment) => Some(Wanted {
                assignment: Cow::Borrowed(assignment),
                covariance_type: self.params.covariance_type,
            }),
            State::Advancing | State::Finished(_) => None,
        }
    }

    /// Whether the restart has finished.
    pub(in crate::mixture) fn has_finished(&self) -> bool {
        matches!(self.state, State::Finished(_))
    }

    /// The present mixture and the latest log-likelihood, which is that of this mixture or of the previous one.
    pub(in crate::mixture) fn model(&self) -> Option<(&GaussianMixture, f64)> {
        let model = match &self.state {
            State::Waiting(Assignment::Posterior(model)) | State::Finished(Ok((model, _))) => model,
            _ => return None,
        };
        Some((model, *self.trace.log_likelihoods.last()?))
    }

    /// The outcome and the record; `None` if the restart has not finished.
    pub(in crate::mixture) fn into_outcome(
        self,
    ) -> Option<(Result<(GaussianMixture, StopReason)>, Trace)> {
        match self.state {
            State::Finished(outcome) => Some((outcome, self.trace)),
            State::Waiting(_) | State::Advancing => None,
        }
    }

    /// Advances by the statistics of a pass that took `seconds`: makes an M-step or finishes. The E-step of an iteration
    /// evaluates the parameters of the previous one, so the final log-likelihood is that of the returned model.
    pub(in crate::mixture) fn advance(
        &mut self,
        statistics: &Statistics,
        (seconds, threads): (f64, Threads),
        observe: impl Fn(usize, f64, &GaussianMixture),
    ) {
        let assignment = match mem::replace(&mut self.state, State::Advancing) {
            State::Waiting(assignment) => assignment,
            other => return self.state = other,
        };
        let begin = Instant::now();
        let step = MStep { reg_covar: self.params.reg_covar, threads };
        let is_start = !matches!(assignment, Assignment::Posterior(_));
        let next = match assignment {
            Assignment::Posterior(model) => self.step(model, statistics, step, observe),
            _ => {
                let spare = self.spare.take().map_or(Previous::Nothing, Previous::Memory);
                let model = statistics.maximise(step, spare);
                model.map(|model| State::Waiting(Assignment::Posterior(model)))
            }
        };
        self.state = next.unwrap_or_else(|error| State::Finished(Err(error)));
        let seconds = seconds + begin.elapsed().as_secs_f64();
        if is_start {
            self.trace.seconds_init += seconds;
        } else {
            self.trace.seconds_em += seconds;
        }
    }

    /// Makes an EM step from `model`, given its statistics.
    fn step(
        &mut self,
        model: GaussianMixture,
        statistics: &Statistics,
        step: MStep,
        observe: impl Fn(usize, f64, &GaussianMixture),
    ) -> Result<State> {
        let continue_from = |model| Ok(State::Waiting(Assignment::Posterior(model)));
        let Self { params, trace, .. } = self;
        trace.n_passes += 1;
        let log_likelihood = statistics.log_likelihood();
        let before = trace.log_likelihoods.last().copied();
        let was_accelerated = self.plain_step.is_some();
        if let (Some(acceleration), Some(plain)) = (&mut self.acceleration, self.plain_step.take())
        {
            if before.is_none_or(|before| !is_lower(log_likelihood, before)) {
                acceleration.accepted();
            } else {
                acceleration.rejected();
                return continue_from(plain);
            }
        }
        let iteration = trace.log_likelihoods.len();
        if !log_likelihood.is_finite() {
            return Err(Error::Diverged { iteration, value: log_likelihood });
        }
        observe(iteration, log_likelihood, &model);
        trace.log_likelihoods.push(log_likelihood);
        // an accelerated step says nothing about the convergence of plain EM steps
        if let Some(before) = before.filter(|_| !was_accelerated) {
            let change = (log_likelihood - before) / statistics.moments().total();
            if change.abs() < params.tol {
                return Ok(State::Finished(Ok((model, StopReason::Converged))));
            }
        }
        if iteration == params.max_iter {
            return Ok(State::Finished(Ok((model, StopReason::MaxIter))));
        }
        let Some(acceleration) = &mut self.acceleration else {
            return continue_from(statistics.maximise(step, Previous::Owned(model))?);
        };
        let next = statistics.maximise(step, Previous::Kept(&model))?;
        let Some(origin) = self.origin.take() else {
            self.origin = Some(model);
            return continue_from(next);
        };
        match acceleration.propose([&origin, &model, &next]) {
            Some(accelerated) => {
                self.plain_step = Some(next);
                continue_from(accelerated)
            }
            None => continue_from(next),
        }
    }
}

/// Relative rounding error of a log-likelihood: for sums over 10⁸ rows it is about 1e-13.
const ROUNDING: f64 = 1e-12;

/// Whether a log-likelihood is lower than another by more than rounding. Near an optimum, steps change only the last bits,
/// which must not decide whether a step is accepted. Unlike in the comparison of finished restarts, values that differ by a
/// relative 1e-9 are not equal here: an accepted step must not lower the log-likelihood.
fn is_lower(log_likelihood: f64, before: f64) -> bool {
    log_likelihood < before - ROUNDING * before.abs()
}
