//! Expectation maximisation from one start to its end.

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
pub(in crate::mixture) struct Trace {
    pub(in crate::mixture) log_likelihoods: Vec<f64>,
    pub(in crate::mixture) n_passes: usize,
    pub(in crate::mixture) seconds_init: f64,
    pub(in crate::mixture) seconds_em: f64,
}

/// A restart as a state machine: it says what the next pass over the rows should gather, and goes on by what that was.
pub(in crate::mixture) struct Restart<'a> {
    params: &'a GmmValidParams,
    state: State,
    /// A model whose memory may be used again.
    spare: Option<GaussianMixture>,
    acceleration: Option<Acceleration>,
    /// The mixture one EM step before the present one.
    origin: Option<GaussianMixture>,
    /// Where EM goes on if the present mixture is a leap too far.
    behind: Option<GaussianMixture>,
    trace: Trace,
}

/// How far a restart is.
enum State {
    /// It waits for the statistics of a pass.
    Waiting(Assignment),
    /// It takes such statistics in.
    Moving,
    /// It has ended.
    Ended(Result<(GaussianMixture, StopReason)>),
}

impl<'a> Restart<'a> {
    /// A restart that begins with an assignment, or has failed to find one, in so many seconds.
    pub(in crate::mixture) fn new(
        params: &'a GmmValidParams,
        start: Result<Assignment>,
        seconds: f64,
        spare: Option<GaussianMixture>,
    ) -> Self {
        Self {
            params,
            state: start.map_or_else(|error| State::Ended(Err(error)), State::Waiting),
            spare,
            acceleration: params.accelerate.then(Acceleration::default),
            origin: None,
            behind: None,
            trace: Trace { seconds_init: seconds, ..Trace::default() },
        }
    }

    /// The statistics that the next pass should gather; none if the restart has ended.
    pub(in crate::mixture) fn wanted(&self) -> Option<Wanted<'_>> {
        match &self.state {
            State::Waiting(assignment) => Some(Wanted {
                assignment: Cow::Borrowed(assignment),
                covariance_type: self.params.covariance_type,
            }),
            State::Moving | State::Ended(_) => None,
        }
    }

    /// Whether it has ended.
    pub(in crate::mixture) fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// The present mixture and its latest known log-likelihood, which is that of this mixture or of the one before.
    pub(in crate::mixture) fn model(&self) -> Option<(&GaussianMixture, f64)> {
        let model = match &self.state {
            State::Waiting(Assignment::Posterior(model)) | State::Ended(Ok((model, _))) => model,
            _ => return None,
        };
        Some((model, *self.trace.log_likelihoods.last()?))
    }

    /// How it ended, and the record; `None` if it has not.
    pub(in crate::mixture) fn end(self) -> Option<(Result<(GaussianMixture, StopReason)>, Trace)> {
        match self.state {
            State::Ended(outcome) => Some((outcome, self.trace)),
            State::Waiting(_) | State::Moving => None,
        }
    }

    /// Goes on by what a pass of so many seconds has gathered: an M-step, or the end. The E-step of one iteration is the
    /// evaluation of the one before, so the log-likelihood at the end is that of the model it ends with.
    pub(in crate::mixture) fn advance(
        &mut self,
        statistics: &Statistics,
        (seconds, threads): (f64, Threads),
        observe: impl Fn(usize, f64, &GaussianMixture),
    ) {
        let assignment = match mem::replace(&mut self.state, State::Moving) {
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
        self.state = next.unwrap_or_else(|error| State::Ended(Err(error)));
        let seconds = seconds + begin.elapsed().as_secs_f64();
        if is_start {
            self.trace.seconds_init += seconds;
        } else {
            self.trace.seconds_em += seconds;
        }
    }

    /// An EM step from `model`, by its own statistics.
    fn step(
        &mut self,
        model: GaussianMixture,
        statistics: &Statistics,
        step: MStep,
        observe: impl Fn(usize, f64, &GaussianMixture),
    ) -> Result<State> {
        let go_on = |model| Ok(State::Waiting(Assignment::Posterior(model)));
        let Self { params, trace, .. } = self;
        trace.n_passes += 1;
        let log_likelihood = statistics.log_likelihood();
        let before = trace.log_likelihoods.last().copied();
        let leapt = self.behind.is_some();
        if let (Some(acceleration), Some(plain)) = (&mut self.acceleration, self.behind.take()) {
            if before.is_none_or(|before| !is_lower(log_likelihood, before)) {
                acceleration.succeeded();
            } else {
                acceleration.failed();
                return go_on(plain);
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
            let change = (log_likelihood - before) / statistics.moments().total();
            if change.abs() < params.tol {
                return Ok(State::Ended(Ok((model, StopReason::Converged))));
            }
        }
        if iteration == params.max_iter {
            return Ok(State::Ended(Ok((model, StopReason::MaxIter))));
        }
        let Some(acceleration) = &mut self.acceleration else {
            return go_on(statistics.maximise(step, Previous::Owned(model))?);
        };
        let next = statistics.maximise(step, Previous::Kept(&model))?;
        let Some(origin) = self.origin.take() else {
            self.origin = Some(model);
            return go_on(next);
        };
        match acceleration.leap([&origin, &model, &next]) {
            Some(leap) => {
                self.behind = Some(next);
                go_on(leap)
            }
            None => go_on(next),
        }
    }
}

/// Share of a log-likelihood by which rounding may change it: sums over 10⁸ rows carry about 1e-13.
const ROUNDING: f64 = 1e-12;

/// Whether a log-likelihood is lower than another by more than rounding. Near an optimum steps change nothing but the last
/// bits, which must not decide whether a step is taken. Values that are 1e-9 apart are not equal here, unlike those of
/// ended restarts: what is accepted must not fall.
fn is_lower(log_likelihood: f64, before: f64) -> bool {
    log_likelihood < before - ROUNDING * before.abs()
}
