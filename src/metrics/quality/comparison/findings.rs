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
        let of_columns = self.worst_column().map(|worst| {
            let p_value = (worst.ks.p_value * self.columns.len() as f64).min(1.0);
            let found = format!("{:?} differs most, by {:.3}", worst.name, worst.ks.statistic);
            self.finding("does each column follow?", "columns differ", found, p_value)
        });
        let of_correlations = self.correlations.map(|test| {
            let question = "do pairs of columns hang together alike?";
            let found = format!("correlations differ by {:.3} at most", test.statistic);
            self.finding(question, "correlations differ", found, test.p_value)
        });
        let TwoSample { accuracy, p_value } = self.classifier;
        let of_classifier = self.finding(
            "can a classifier tell the tables apart?",
            "a classifier tells them apart",
            format!("{:.1} % told correctly, 50 % by guessing", 100.0 * accuracy),
            p_value,
        );
        let of_regions = self.finding(
            "are all regions as full?",
            "regions are not as full",
            format!("{} of {} regions differ", self.bins.n_different, self.bins.n_bins),
            self.regions.p_value,
        );
        let of_marginals = of_columns.into_iter().chain(of_correlations);
        of_marginals.chain([of_classifier, of_regions]).collect()
    }

    fn finding(
        &self,
        question: &'static str,
        fault: &'static str,
        found: String,
        p_value: f64,
    ) -> Finding {
        Finding { question, fault, found, p_value, passes: p_value >= self.limit() }
    }

    /// The column that differs most, the first of those that differ as much.
    fn worst_column(&self) -> Option<&ColumnComparison> {
        // all have as many rows, so that the largest statistic is the smallest p, and p may be too small for a number
        let statistic = |column: &ColumnComparison| coarse(column.ks.statistic);
        self.columns.iter().min_by(|a, b| statistic(b).total_cmp(&statistic(a)))
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
