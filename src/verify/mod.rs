//! Verification against linfa.
//!
//! [`verify`] fits linfa's Gaussian mixture and PCA (`linfa-clustering` and `linfa-reduction` 0.8.1) to the datasets of the
//! tutorials in the same run and compares:
//!
//! - from linfa's fitted parameters, our posteriors and labels equal linfa's wherever linfa's are finite;
//! - linfa's converged solution is a fixed point of our EM: the log-likelihood does not decrease, and the parameters do not
//!   change;
//! - the log-likelihood of our best of ten restarts is never below linfa's;
//! - both PCAs span the same subspace with the same singular values;
//! - for known faults of linfa 0.8.1, both values are compared with a reference computed from the definition. The table shows
//!   if a later version of linfa has fixed the fault.

mod mixtures;
mod pca;

pub use {linfa_clustering, linfa_reduction};

use crate::compute::progress::Progress;
use crate::error::Result;
use crate::report::text_table::{TextTable, number};

/// Outcome of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Both agree.
    Agree,
    /// Ours is better than linfa's.
    OursBetter,
    /// Ours is correct and linfa's is not.
    LinfaAtFault,
    /// Both are correct: a known fault of linfa has been fixed.
    LinfaMended,
    /// Ours is incorrect, or worse than linfa's.
    OursAtFault,
}

impl Verdict {
    /// The verdict in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::OursBetter => "ours is better",
            Self::LinfaAtFault => "linfa is at fault",
            Self::LinfaMended => "linfa has been fixed",
            Self::OursAtFault => "OURS IS AT FAULT",
        }
    }
}

/// A comparison of a quantity computed by linfa and by mixlab.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The data.
    pub data: &'static str,
    /// The compared quantity.
    pub question: &'static str,
    /// Linfa's value; `None` if [`ours`](Self::ours) is a difference.
    pub linfa: Option<f64>,
    /// Our value, or the difference between both.
    pub ours: f64,
    /// The correct value, if known.
    pub reference: Option<f64>,
    /// Largest difference between equal values.
    pub tolerance: f64,
    /// Outcome of the comparison.
    pub verdict: Verdict,
    /// Further explanation; may be empty.
    pub remark: String,
}

impl Answer {
    /// A difference between linfa and mixlab that must not exceed `tolerance`.
    fn difference(
        data: &'static str,
        question: &'static str,
        difference: f64,
        tolerance: f64,
    ) -> Self {
        let verdict = if difference <= tolerance { Verdict::Agree } else { Verdict::OursAtFault };
        Self {
            data,
            question,
            linfa: None,
            ours: difference,
            reference: Some(0.0),
            tolerance,
            verdict,
            remark: String::new(),
        }
    }

    /// Values of which the higher is better.
    fn higher_is_better(
        data: &'static str,
        question: &'static str,
        (linfa, ours): (f64, f64),
        tolerance: f64,
    ) -> Self {
        // a missing value (NaN) is worse than any value
        let verdict = match ours - linfa {
            above if above > tolerance || (linfa.is_nan() && ours.is_finite()) => {
                Verdict::OursBetter
            }
            above if above >= -tolerance => Verdict::Agree,
            _ => Verdict::OursAtFault,
        };
        let (linfa, reference) = (Some(linfa), None);
        Self { data, question, linfa, ours, reference, tolerance, verdict, remark: String::new() }
    }

    /// Values of which linfa's is known to be incorrect.
    fn known_fault(
        data: &'static str,
        question: &'static str,
        (linfa, ours, reference): (f64, f64, f64),
        tolerance: f64,
    ) -> Self {
        let is_correct = |value: f64| (value - reference).abs() <= tolerance;
        let verdict = match (is_correct(ours), is_correct(linfa)) {
            (false, _) => Verdict::OursAtFault,
            (true, false) => Verdict::LinfaAtFault,
            (true, true) => Verdict::LinfaMended,
        };
        Self {
            data,
            question,
            linfa: Some(linfa),
            ours,
            reference: Some(reference),
            tolerance,
            verdict,
            remark: String::new(),
        }
    }

    fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = remark.into();
        self
    }
}

/// Runs all comparisons and reports each step to `progress`.
///
/// # Errors
/// Any error of our own fits; an error of linfa is part of the comparison.
///
/// # Examples
/// ```no_run
/// use mixlab::NoProgress;
/// use mixlab::verify::{Verdict, verify};
///
/// let answers = verify(&NoProgress)?;
/// assert!(answers.iter().all(|answer| answer.verdict != Verdict::OursAtFault));
/// # Ok::<(), mixlab::Error>(())
/// ```
pub fn verify(progress: &dyn Progress) -> Result<Vec<Answer>> {
    let mut answers = mixtures::compare(progress)?;
    answers.extend(pca::compare(progress)?);
    Ok(answers)
}

impl From<&[Answer]> for TextTable {
    /// A line for each comparison.
    fn from(answers: &[Answer]) -> Self {
        let line = |answer: &Answer| {
            let optional = |value: Option<f64>| value.map_or(String::new(), number);
            vec![
                answer.data.to_owned(),
                answer.question.to_owned(),
                optional(answer.linfa),
                number(answer.ours),
                optional(answer.reference),
                number(answer.tolerance),
                answer.verdict.words().to_owned(),
                answer.remark.clone(),
            ]
        };
        Self::new(["data", "question", "linfa", "ours", "reference", "tolerance", "verdict", ""])
            .lines(answers.iter().map(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_from_the_values() {
        let difference = |value| Answer::difference("", "", value, 0.1).verdict;
        assert_eq!(difference(0.1), Verdict::Agree);
        assert_eq!(difference(0.2), Verdict::OursAtFault);
        assert_eq!(difference(f64::NAN), Verdict::OursAtFault);

        let higher = |linfa, ours| Answer::higher_is_better("", "", (linfa, ours), 0.1).verdict;
        assert_eq!(higher(1.0, 1.05), Verdict::Agree);
        assert_eq!(higher(1.0, 2.0), Verdict::OursBetter);
        assert_eq!(higher(f64::NAN, 2.0), Verdict::OursBetter);
        assert_eq!(higher(2.0, 1.0), Verdict::OursAtFault);
        assert_eq!(higher(2.0, f64::NAN), Verdict::OursAtFault);

        let known = |linfa, ours| Answer::known_fault("", "", (linfa, ours, 1.0), 0.1).verdict;
        assert_eq!(known(5.0, 1.0), Verdict::LinfaAtFault);
        assert_eq!(known(f64::INFINITY, 1.0), Verdict::LinfaAtFault);
        assert_eq!(known(1.0, 1.0), Verdict::LinfaMended);
        assert_eq!(known(1.0, f64::NAN), Verdict::OursAtFault);
    }
}
