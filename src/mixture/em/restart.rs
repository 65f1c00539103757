//! A single restart of EM, as a state machine.

use std::borrow::Cow;
use std::mem;
use std::time::Instant;

use super::acceleration::{Accelerate, Extrapolation, StepLengths};
use super::assignment::Assignment;
use super::convergence::{Changes, Convergence, is_lower};
use super::pass::Wanted;
use super::statistics::Statistics;
use super::stop::StopReason;
use crate::compute::threads::Threads;
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::mixture::covariance::{MStep, Previous, Regularisation};
use crate::mixture::params::GmmValidParams;
use crate::mixture::student::StudentTails;

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
    regularisation: &'a Regularisation,
    state: State,
    /// A model whose memory may be reused.
    spare: Option<GaussianMixture>,
    /// Whether the restart pauses near convergence, to be compared with others.
    pauses: bool,
    /// Whether the path has settled.
    has_settled: bool,
    /// Whether the next statistics are those of the model at which the restart paused.
    is_resumed: bool,
    /// Whether components have collapsed although the covariances where it stopped do not show it; empty if they would.
    collapsed: Vec<bool>,
    /// Sum of the sample weights.
    total: f64,
    /// The last value of what EM raises: the log-likelihood, and the log-prior of smoothed probabilities.
    objective: f64,
    /// Whether the present model is an accelerated step.
    is_extrapolated: bool,
    changes: Changes,
    extrapolation: Extrapolation,
    /// The mixture one EM step before the present one.
    origin: Option<GaussianMixture>,
    /// The plain EM step to continue from if the present mixture is an accelerated step that is rejected.
    plain_step: Option<PlainStep>,
    /// The tails of a plain EM step, if those of the present mixture are a longer step that may lower the log-likelihood.
    plain_tails: Option<StudentTails>,
    /// Length of the longest step of tails, in the logarithm of their degrees of freedom.
    longest_tail_step: f64,
    trace: Trace,
}

/// A mixture after an EM step, and the tails of a plain EM step if its tails are a longer step.
type PlainStep = (GaussianMixture, Option<StudentTails>);

/// The gain that is left, in nats, below which a restart pauses: restarts are then compared by their log-likelihoods.
const PAUSE_GAIN: f64 = 1.0;

/// The state of a restart.
enum State {
    /// Waiting for the statistics of a pass.
    Waiting(Assignment),
    /// Processing the statistics.
    Advancing,
    /// Near convergence, and waiting until it is resumed or given up.
    Paused(GaussianMixture),
    /// Finished with a model or an error.
    Finished(Result<(GaussianMixture, StopReason)>),
}

impl<'a> Restart<'a> {
    /// Creates a restart from an initial assignment, or from the error of the initialisation, which took `seconds`. With
    /// `may_pause`, it pauses near convergence if it stops by the gain that is left.
    pub(in crate::mixture) fn new(
        (params, regularisation): (&'a GmmValidParams, &'a Regularisation),
        start: Result<Assignment>,
        seconds: f64,
        spare: Option<GaussianMixture>,
        may_pause: bool,
    ) -> Self {
        Self {
            params,
            regularisation,
            state: start.map_or_else(|error| State::Finished(Err(error)), State::Waiting),
            spare,
            pauses: may_pause && params.remaining_gain().is_some(),
            has_settled: false,
            is_resumed: false,
            collapsed: Vec::new(),
            total: 0.0,
            objective: f64::NEG_INFINITY,
            is_extrapolated: false,
            changes: Changes::default(),
            extrapolation: Extrapolation::default(),
            origin: None,
            plain_step: None,
            plain_tails: None,
            longest_tail_step: 1.0,
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
            State::Advancing | State::Paused(_) | State::Finished(_) => None,
        }
    }

    /// Whether the restart requests no further pass: it has finished or paused.
    pub(in crate::mixture) fn has_stopped(&self) -> bool {
        self.request().is_none()
    }

    /// Whether the restart has paused.
    pub(in crate::mixture) fn has_paused(&self) -> bool {
        matches!(self.state, State::Paused(_))
    }

    /// Continues a paused restart until it converges.
    pub(in crate::mixture) fn resume(mut self) -> Self {
        if let State::Paused(model) = self.state {
            self.state = State::Waiting(Assignment::Posterior(model));
            (self.pauses, self.is_resumed) = (false, true);
        }
        self
    }

    /// The present mixture and the latest log-likelihood, which is that of this mixture or of the previous one.
    pub(in crate::mixture) fn model(&self) -> Option<(&GaussianMixture, f64)> {
        let model = match &self.state {
            State::Waiting(Assignment::Posterior(model))
            | State::Paused(model)
            | State::Finished(Ok((model, _))) => model,
            _ => return None,
        };
        Some((model, *self.trace.log_likelihoods.last()?))
    }

    /// Number of degenerate components of the present model.
    pub(in crate::mixture) fn n_degenerate(&self, model: &GaussianMixture) -> usize {
        let counts = &model.weights() * self.total;
        let degenerate = model.covariances().are_degenerate(self.regularisation, counts.view());
        let has_collapsed = |component: usize| self.collapsed.get(component) == Some(&true);
        let degenerate = degenerate.into_iter().enumerate();
        degenerate.filter(|&(component, is_below)| is_below || has_collapsed(component)).count()
    }

    /// The outcome and the record; a restart that has paused was outperformed by others.
    ///
    /// # Panics
    /// If the restart has not stopped.
    pub(in crate::mixture) fn into_outcome(self) -> (Result<(GaussianMixture, StopReason)>, Trace) {
        let outcome = match self.state {
            State::Finished(outcome) => outcome,
            State::Paused(model) => Ok((model, StopReason::Outperformed)),
            State::Waiting(_) | State::Advancing => unreachable!("the restart has not stopped"),
        };
        (outcome, self.trace)
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
        self.total = statistics.moments().total();
        let (smoothing, tails) = (self.params.smoothing, self.params.tails);
        let step = MStep { regularisation: self.regularisation, threads };
        let is_start = !matches!(assignment, Assignment::Posterior(_));
        let next = match assignment {
            Assignment::Posterior(model) => self.step(model, statistics, step, observe),
            _ => {
                let spare = self.spare.take().map_or(Previous::Nothing, Previous::Memory);
                // a probability of 0 would stay 0
                let model = statistics.maximise(step, (smoothing.max(1.0), tails), spare);
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
        step: MStep<'_>,
        observe: impl Fn(usize, f64, &GaussianMixture),
    ) -> Result<State> {
        self.trace.n_passes += 1;
        let smoothing = self.params.smoothing;
        let settings = (smoothing, self.params.tails);
        if !mem::take(&mut self.is_resumed) {
            let prior = statistics.levels.log_prior(model.categories(), smoothing);
            let objective = statistics.log_likelihood() + prior;
            if let Some((plain, tails)) = self.rejected(objective) {
                self.plain_tails = tails;
                return continue_from(plain);
            }
            if let Some(tails) = self.plain_tails.take()
                && is_lower(objective, self.objective)
            {
                self.longest_tail_step *= 0.5;
                return continue_from(model.with_tails(Some(tails)));
            }
            let observe = |iteration, value| observe(iteration, value, &model);
            self.record(statistics.log_likelihood(), objective, observe)?;
            if let Some(reason) = self.stop() {
                self.collapsed = statistics.are_collapsed(step);
                return Ok(State::Finished(Ok((model, reason))));
            }
            self.has_settled |= self.changes.has_settled();
            let near = Convergence::RemainingGain(PAUSE_GAIN);
            if self.pauses && self.changes.stop(near).is_some() {
                self.collapsed = statistics.are_collapsed(step);
                return Ok(State::Paused(model));
            }
        }
        if !self.accelerates() {
            let tails = model.student().cloned();
            let next = statistics.maximise(step, settings, Previous::Owned(model))?;
            let (next, plain_tails) = self.with_scored_tails(next, tails.as_ref());
            self.plain_tails = plain_tails;
            return continue_from(next);
        }
        let next = statistics.maximise(step, settings, Previous::Kept(&model))?;
        let (next, plain_tails) = self.with_scored_tails(next, model.student());
        match self.origin.take() {
            Some(origin) => Ok(self.accelerate([origin, model], (next, plain_tails))),
            None => {
                self.origin = Some(model);
                self.plain_tails = plain_tails;
                continue_from(next)
            }
        }
    }

    /// The next mixture with a longer step of its tails than EM makes; the tails of the plain step, if they differ.
    fn with_scored_tails(
        &self,
        next: GaussianMixture,
        previous: Option<&StudentTails>,
    ) -> PlainStep {
        let (Some(plain), Some(previous)) = (next.student().cloned(), previous) else {
            return (next, None);
        };
        let scored = plain.scored(previous, next.n_numeric(), self.longest_tail_step);
        if scored == plain {
            return (next, None);
        }
        (next.with_tails(Some(scored)), Some(plain))
    }

    /// Returns the plain EM step to continue from, if the objective is that of an accelerated step that lowers it.
    fn rejected(&mut self, objective: f64) -> Option<PlainStep> {
        let plain = self.plain_step.take()?;
        if is_lower(objective, self.objective) {
            self.extrapolation.rejected();
            return Some(plain);
        }
        self.extrapolation.accepted();
        // an accelerated step says nothing about the convergence of plain EM steps
        self.changes.interrupt();
        self.is_extrapolated = true;
        None
    }

    /// Records the log-likelihood of the present model.
    fn record(
        &mut self,
        value: f64,
        objective: f64,
        observe: impl FnOnce(usize, f64),
    ) -> Result<()> {
        let trace = &mut self.trace;
        let iteration = trace.log_likelihoods.len();
        if !value.is_finite() {
            return Err(Error::Diverged { iteration, value });
        }
        observe(iteration, value);
        let is_extrapolated = mem::take(&mut self.is_extrapolated);
        if !trace.log_likelihoods.is_empty() && !is_extrapolated {
            self.changes.record(self.objective, objective, self.total);
        }
        self.objective = objective;
        trace.log_likelihoods.push(value);
        Ok(())
    }

    /// The reason to stop, if there is one.
    fn stop(&self) -> Option<StopReason> {
        let has_reached_limit = self.trace.log_likelihoods.len() > self.params.max_iter;
        let limit = has_reached_limit.then_some(StopReason::MaxIter);
        self.changes.stop(self.params.convergence).or(limit)
    }

    /// The gain that is left below which the restart pauses or has converged, if that is the rule.
    fn goal(&self) -> Option<f64> {
        let goal = self.params.remaining_gain()?;
        Some(if self.pauses { goal.max(PAUSE_GAIN) } else { goal })
    }

    /// Whether accelerated steps are made.
    fn accelerates(&self) -> bool {
        match self.params.accelerate {
            Accelerate::Always => true,
            Accelerate::Never => false,
            Accelerate::Auto => self.has_settled && self.params.remaining_gain().is_some(),
        }
    }

    /// Continues from the last of a model and its next two EM steps, or from an accelerated step.
    fn accelerate(
        &mut self,
        [origin, first]: [GaussianMixture; 2],
        (second, plain_tails): PlainStep,
    ) -> State {
        let lengths = StepLengths::of([&origin, &first, &second]);
        let confirms = |most| self.changes.may_confirm(most, lengths.contraction());
        let next = if self.goal().is_some_and(confirms) {
            self.origin = Some(first);
            self.plain_tails = plain_tails;
            second
        } else if let Some(accelerated) =
            self.extrapolation.propose([&origin, &first, &second], &lengths, self.regularisation)
        {
            self.plain_step = Some((second, plain_tails));
            accelerated
        } else {
            self.plain_tails = plain_tails;
            second
        };
        State::Waiting(Assignment::Posterior(next))
    }
}

fn continue_from(model: GaussianMixture) -> Result<State> {
    Ok(State::Waiting(Assignment::Posterior(model)))
}
