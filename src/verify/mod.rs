//! The same questions asked of linfa.
//!
//! [`verify`] fits linfa's own Gaussian mixture and PCA (`linfa-clustering` and `linfa-reduction` 0.8.1) to
//! the datasets of the tutorials and compares, live:
//!
//! - from linfa's fitted parameters, our posteriors and labels equal linfa's wherever linfa's are finite;
//! - linfa's converged solution is a fixed point of our EM: the log-likelihood does not fall, and parameters
//!   stay;
//! - our best of ten starts is never below linfa's;
//! - both PCAs span the same subspace with the same singular values;
//! - where linfa 0.8.1 is known to be wrong, its figure and ours stand beside a reference worked out from
//!   the definition. If a later linfa is right, the table says so.

mod mixtures;
mod pca;

pub use {linfa_clustering, linfa_reduction};

use crate::compute::progress::Progress;
use crate::error::Result;
use crate::report::text_table::{TextTable, number};

/// How an answer came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both agree.
    Agree,
    /// Ours is better than linfa's.
    OursBetter,
    /// Ours is right and linfa's is not.
    LinfaAtFault,
    /// Both are right, though linfa is known for a fault here: it has been mended.
    LinfaMended,
    /// Ours is wrong, or worse than linfa's.
    OursAtFault,
}

impl Verdict {
    /// The verdict in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::OursBetter => "ours is better",
            Self::LinfaAtFault => "linfa is at fault",
            Self::LinfaMended => "linfa has been mended",
            Self::OursAtFault => "OURS IS AT FAULT",
        }
    }
}

/// A question, linfa's answer and ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The data.
    pub data: &'static str,
    /// What was asked.
    pub question: &'static str,
    /// Linfa's figure, if it has one of its own.
    pub linfa: Option<f64>,
    /// Ours, or the difference between the two.
    pub ours: f64,
    /// What is right, if that is known.
    pub reference: Option<f64>,
    /// Largest difference that counts as the same.
    pub tolerance: f64,
    /// How it came out.
    pub verdict: Verdict,
    /// What else to know.
    pub remark: String,
}

impl Answer {
    /// A difference between linfa and us that must not exceed `tolerance`.
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

    /// Figures of which the higher is better.
    fn higher_is_better(
        data: &'static str,
        question: &'static str,
        (linfa, ours): (f64, f64),
        tolerance: f64,
    ) -> Self {
        // no figure at all is worse than any
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

    /// Figures of which linfa's is known to be wrong.
    fn known_fault(
        data: &'static str,
        question: &'static str,
        (linfa, ours, reference): (f64, f64, f64),
        tolerance: f64,
    ) -> Self {
        let right = |figure: f64| (figure - reference).abs() <= tolerance;
        let verdict = match (right(ours), right(linfa)) {
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

/// Asks everything, and reports each step to `progress`.
///
/// # Errors
/// What our own fits raise; linfa's errors are answers.
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
    let mut answers = mixtures::ask(progress)?;
    answers.extend(pca::ask(progress)?);
    Ok(answers)
}

impl From<&[Answer]> for TextTable {
    /// A line for each answer.
    fn from(answers: &[Answer]) -> Self {
        let line = |answer: &Answer| {
            let maybe = |figure: Option<f64>| figure.map_or(String::new(), number);
            vec![
                answer.data.to_owned(),
                answer.question.to_owned(),
                maybe(answer.linfa),
                number(answer.ours),
                maybe(answer.reference),
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
    fn verdicts_follow_the_figures() {
        let difference = |figure| Answer::difference("", "", figure, 0.1).verdict;
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
