//! Findings and verdict of a comparison.

use super::{ColumnComparison, Comparison};
use crate::compute::ties::coarse;
use crate::metrics::quality::TwoSample;

/// The result of one of the tests of a comparison.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The question that the test answers.
    pub question: &'static str,
    /// Description of the fault if the test fails.
    pub fault: &'static str,
    /// The result in words.
    pub found: String,
    /// Probability of a difference at least this large by chance.
    pub p_value: f64,
    /// Whether the p-value is at least the [limit](Comparison::limit).
    pub passes: bool,
}

/// Share of samples of the original distribution that may be rejected.
const LEVEL: f64 = 0.01;

impl Comparison {
    /// Whether the synthetic rows follow the original distribution: all tests pass.
    pub fn follows(&self) -> bool {
        self.findings().iter().all(|finding| finding.passes)
    }

    /// The smallest p-value that passes: 1 % divided by the number of tests.
    pub fn limit(&self) -> f64 {
        LEVEL / if self.correlations.is_some() { 4.0 } else { 3.0 }
    }

    /// Returns the findings of all tests.
    pub fn findings(&self) -> Vec<Finding> {
        let of_columns = self.worst_column().map(|worst| {
            let p_value = (worst.ks.p_value * self.columns.len() as f64).min(1.0);
            let found = format!("{:?} differs most, by {:.3} (KS)", worst.name, worst.ks.statistic);
            self.finding("are the column distributions the same?", "columns differ", found, p_value)
        });
        let of_correlations = self.correlations.map(|test| {
            let question = "are the correlations the same?";
            let found = format!("largest difference {:.3}", test.statistic);
            self.finding(question, "correlations differ", found, test.p_value)
        });
        let TwoSample { accuracy, p_value } = self.classifier;
        let of_classifier = self.finding(
            "can a classifier distinguish the tables?",
            "a classifier distinguishes the tables",
            format!("{:.1} % classified correctly, 50 % by chance", 100.0 * accuracy),
            p_value,
        );
        let of_regions = self.finding(
            "are the regions equally populated?",
            "regions are not equally populated",
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

    /// Returns the column that differs most; of several, the first.
    fn worst_column(&self) -> Option<&ColumnComparison> {
        // all columns have equally many rows, so the largest statistic has the smallest p-value, which may underflow to 0
        let statistic = |column: &ColumnComparison| coarse(column.ks.statistic);
        self.columns.iter().min_by(|a, b| statistic(b).total_cmp(&statistic(a)))
    }

    /// Returns the verdict as a sentence.
    pub fn verdict(&self) -> String {
        let failed: Vec<&str> = self
            .findings()
            .iter()
            .filter(|finding| !finding.passes)
            .map(|finding| finding.fault)
            .collect();
        let follows = match failed.as_slice() {
            [] => "the synthetic rows follow the original distribution".to_owned(),
            faults => format!(
                "the synthetic rows do not follow the original distribution: {}",
                faults.join(", ")
            ),
        };
        if self.nearest.copies() {
            format!("{follows}; more look like copies of original rows than by chance")
        } else {
            follows
        }
    }
}
