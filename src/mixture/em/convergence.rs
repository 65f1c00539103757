//! Convergence of EM: by the estimated gain of log-likelihood that is left, or by the change of its mean.
//!
//! Near a maximum, plain EM converges linearly: each change of the log-likelihood is a nearly constant factor a of the one
//! before it. From the changes δ = l - l' of consecutive steps, Aitken's acceleration (Böhning et al. 1994; McNicholas et
//! al. 2010) estimates that factor, and the gain that is left after a change δ:
//! ```text
//! a = δ / δ',   gain = δ a / (1 - a)   for a < 1, unlimited otherwise
//! ```
//! A small change alone says little: on a plateau, or where components overlap, changes of 1e-3 for each row can add up to
//! hundreds of nats. The factor of a single pair of changes can be too small, in particular just after an accelerated step, so
//! the larger factor of the last two pairs is used. It remains an estimate. With more components than the data have clusters, the
//! factor still grows towards 1 and the estimate is too small, as for low-rank covariances whose loadings turn slowly; and a path that
//! comes very close to a saddle point can stop there.

use super::stop::StopReason;

/// The rule by which EM has converged.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Convergence {
    /// The estimated gain of log-likelihood that is left is less than this many nats, for the whole table.
    RemainingGain(f64),
    /// The mean log-likelihood of a row changed by less than this in one iteration: the `tol` of scikit-learn.
    MeanChange(f64),
}

/// Change of the mean log-likelihood below which a path has settled, so that steps may be accelerated. Before, accelerated steps
/// would change which optimum is reached; ten times scikit-learn's default `tol` is early enough to save most passes.
const SETTLED: f64 = 1e-2;

/// Relative rounding error of a log-likelihood: for sums over 10⁸ rows it is about 1e-13.
const ROUNDING: f64 = 1e-12;

/// Whether a log-likelihood is lower than another by more than rounding. Near an optimum, steps change only the last bits,
/// which must not decide whether a step is accepted. Unlike in the comparison of finished restarts, values that differ by a
/// relative 1e-9 are not equal here: an accepted step must not lower the log-likelihood.
pub(super) fn is_lower(log_likelihood: f64, before: f64) -> bool {
    log_likelihood < before - ROUNDING * before.abs()
}

/// The changes of the log-likelihood in consecutive plain EM steps.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The last change per row, and whether it is only rounding.
    last: Option<Change>,
    /// The factors of the last pair of changes and of the pair before it.
    factors: [Option<f64>; 2],
}

/// The change of the log-likelihood in one step; by `reg_covar` it can be a small fall.
#[derive(Debug, Clone, Copy)]
struct Change {
    size: f64,
    per_row: f64,
    is_rounding: bool,
}

impl Changes {
    /// Records a plain EM step over rows of total weight `total`, from the log-likelihood `before` to `after`.
    pub(super) fn record(&mut self, before: f64, after: f64, total: f64) {
        let size = (after - before).abs();
        let is_rounding = size <= ROUNDING * before.abs();
        let factor = self.last.map(|last| size / last.size);
        self.factors = [factor, self.factors[0]];
        self.last = Some(Change { size, per_row: size / total, is_rounding });
    }

    /// Forgets the steps: the next one does not follow a plain EM step.
    pub(super) fn interrupt(&mut self) {
        *self = Self::default();
    }

    /// The reason to stop by a rule, if there is one.
    pub(super) fn stop(&self, rule: Convergence) -> Option<StopReason> {
        let last = self.last?;
        let converged = match rule {
            Convergence::MeanChange(tol) => last.per_row < tol,
            Convergence::RemainingGain(most) => {
                last.is_rounding || self.remaining_gain().is_some_and(|gain| gain < most)
            }
        };
        converged.then_some(StopReason::Converged)
    }

    /// Whether the path has settled: the mean log-likelihood hardly changes, and changes less from step to step.
    pub(super) fn has_settled(&self) -> bool {
        let changes_less = self.factors[0].is_some_and(|factor| factor < 1.0);
        self.last.is_some_and(|last| last.is_rounding || last.per_row < SETTLED && changes_less)
    }

    /// Whether plain EM steps should be made to confirm that the gain that is left is less than `most`, where accelerated steps
    /// with the factor `contraction` between the lengths of plain steps would be possible.
    pub(super) fn may_confirm(&self, most: f64, contraction: f64) -> bool {
        // near a maximum, the log-likelihood changes like the square of the parameters
        let factor = match self.factors {
            [None, _] => contraction * contraction,
            [Some(factor), None] => factor,
            [Some(_), Some(_)] => return false,
        };
        self.last.is_some_and(|last| gain(last.size, factor) < most)
    }

    /// The estimated gain that is left; none before three consecutive changes.
    fn remaining_gain(&self) -> Option<f64> {
        let [latest, earlier] = self.factors;
        Some(gain(self.last?.size, latest?.max(earlier?)))
    }
}

/// The sum of all further changes after `change` if each is `factor` times the one before it.
fn gain(change: f64, factor: f64) -> f64 {
    if factor < 1.0 { change * factor / (1.0 - factor) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records the log-likelihoods of consecutive steps over 100 rows.
    fn after(log_likelihoods: &[f64]) -> Changes {
        let mut changes = Changes::default();
        for pair in log_likelihoods.windows(2) {
            changes.record(pair[0], pair[1], 100.0);
        }
        changes
    }

    fn has_converged(changes: &Changes, most: f64) -> bool {
        changes.stop(Convergence::RemainingGain(most)).is_some()
    }

    #[test]
    fn the_gain_that_is_left_is_that_of_a_geometric_path() {
        // l = -50 - 8 * 0.75^t, so that after t steps 8 * 0.75^t are left
        let path: Vec<f64> = (0..6).map(|t| -50.0 - 8.0 * 0.75_f64.powi(t)).collect();
        let left = 8.0 * 0.75_f64.powi(5);
        assert!((after(&path).remaining_gain().unwrap() - left).abs() < 1e-12);
        assert!(!has_converged(&after(&path), 0.999 * left));
        assert!(has_converged(&after(&path), 1.001 * left));
    }

    #[test]
    fn small_changes_that_do_not_shrink_are_no_convergence() {
        // a plateau that is left faster and faster
        let path = [-100.0, -99.999, -99.997, -99.993];
        assert!(!has_converged(&after(&path), 1.0));
        assert!(!after(&path).has_settled());
        assert!(after(&path).stop(Convergence::MeanChange(1e-3)).is_some());
    }

    #[test]
    fn one_fast_step_before_slow_ones_is_no_convergence() {
        let path = [-100.0, -90.0, -89.9, -89.801];
        // the last pair has a factor of 0.99, so about 9.8 nats are left; the pair before it has 0.01
        let gain = after(&path).remaining_gain().unwrap();
        assert!((gain - 0.099 * 99.0).abs() < 1e-6, "{gain}");
        let path = [-100.0, -99.9, -99.8, -99.799];
        assert!(!has_converged(&after(&path), 0.1));
    }

    #[test]
    fn changes_of_rounding_size_and_steps_without_a_change_have_converged() {
        assert!(has_converged(&after(&[-100.0, -100.0]), 1e-300));
        assert!(has_converged(&after(&[-100.0, -100.0 + 1e-11]), 1e-300));
        assert!(!has_converged(&after(&[-100.0, -99.0]), 1e300));
        assert!(!has_converged(&after(&[]), 1e300));
    }

    #[test]
    fn steps_before_an_interruption_do_not_count() {
        let mut changes = after(&[-50.0, -49.0, -48.9, -48.89]);
        assert!(has_converged(&changes, 1.0));
        changes.interrupt();
        changes.record(-48.0, -47.9, 100.0);
        assert!(!has_converged(&changes, 1.0));
        assert!(changes.may_confirm(1.0, 0.5));
        assert!(!changes.may_confirm(1.0, 0.999));
    }
}
