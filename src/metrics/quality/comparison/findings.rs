//! What a comparison says: the answers to its questions, and a verdict.

use super::{ColumnComparison, Comparison};
use crate::compute::ties::coarse;
use crate::metrics::quality::TwoSample;

/// The answer to one of the four questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was asked.
    pub question: &'static str,
    /// What is wrong if it does not pass.
    pub fault: &'static str,
    /// What was found, in words.
    pub found: String,
    /// Probability of as much by chance.
    pub p_value: f64,
    /// Whether that is not too little.
    pub passes: bool,
}

/// Share of true copies that may be refused.
const LEVEL: f64 = 0.01;

impl Comparison {
    /// Whether the synthetic rows follow the original ones, as far as could be seen.
    pub fn follows(&self) -> bool {
        self.findings().iter().all(|finding| finding.passes)
    }

    /// The p from which a question passes: 1 % divided by their number.
    pub fn limit(&self) -> f64 {
        LEVEL / if self.correlations.is_some() { 4.0 } else { 3.0 }
    }

    /// The answers to the questions.
    pub fn findings(&self) -> Vec<Finding> {
        let answers = [
            self.worst_column().map(|worst| self.of_columns(worst)),
            self.of_correlations(),
            Some(self.of_classifier()),
            Some(self.of_regions()),
        ];
        let level = self.limit();
        let finding = |answer: Answer| Finding {
            question: answer.question,
            fault: answer.fault,
            passes: answer.p_value >= level,
            found: answer.found,
            p_value: answer.p_value,
        };
        answers.into_iter().flatten().map(finding).collect()
    }

    /// The column that differs most, the first of those that differ as much.
    fn worst_column(&self) -> Option<&ColumnComparison> {
        // all have as many rows, so that the largest statistic is the smallest p, and p may be too small for a number
        let statistic = |column: &ColumnComparison| coarse(column.ks.statistic);
        self.columns.iter().min_by(|a, b| statistic(b).total_cmp(&statistic(a)))
    }

    fn of_columns(&self, worst: &ColumnComparison) -> Answer {
        Answer {
            question: "does each column follow?",
            fault: "columns differ",
            found: format!("{:?} differs most, by {:.3}", worst.name, worst.ks.statistic),
            p_value: (worst.ks.p_value * self.columns.len() as f64).min(1.0),
        }
    }

    fn of_correlations(&self) -> Option<Answer> {
        self.correlations.as_ref().map(|test| Answer {
            question: "do pairs of columns hang together alike?",
            fault: "correlations differ",
            found: format!("correlations differ by {:.3} at most", test.statistic),
            p_value: test.p_value,
        })
    }

    fn of_classifier(&self) -> Answer {
        let TwoSample { accuracy, p_value } = self.told_apart;
        Answer {
            question: "can a classifier tell the tables apart?",
            fault: "a classifier tells them apart",
            found: format!("{:.1} % told correctly, 50 % by guessing", 100.0 * accuracy),
            p_value,
        }
    }

    fn of_regions(&self) -> Answer {
        Answer {
            question: "are all regions as full?",
            fault: "regions are not as full",
            found: format!("{} of {} regions differ", self.bins.n_different, self.bins.n_bins),
            p_value: self.regions.p_value,
        }
    }

    /// The verdict in a sentence.
    pub fn verdict(&self) -> String {
        let failed: Vec<&str> = self
            .findings()
            .iter()
            .filter(|finding| !finding.passes)
            .map(|finding| finding.fault)
            .collect();
        let follows = match failed.as_slice() {
            [] => "the synthetic rows follow the original".to_owned(),
            some => format!("the synthetic rows do not follow the original: {}", some.join(", ")),
        };
        if self.nearest.copies() {
            format!("{follows}; many look like copies of original rows")
        } else {
            follows
        }
    }
}

/// A finding that is not judged yet.
struct Answer {
    question: &'static str,
    fault: &'static str,
    found: String,
    p_value: f64,
}
