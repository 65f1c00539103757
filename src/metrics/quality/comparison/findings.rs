//! Findings of a comparison with the original distribution.

use super::{ColumnComparison, Comparison, MissingComparison};
use crate::compute::ties::coarse;

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
        LEVEL / self.n_tests() as f64
    }

    /// Number of tests: of columns, of single values, by a classifier and of regions, and those of missing values and pairs.
    fn n_tests(&self) -> usize {
        let has = [
            self.worst_missing().is_some(),
            self.correlations.is_some(),
            self.associations.is_some(),
        ];
        4 + has.into_iter().filter(|has| *has).count()
    }

    /// Returns the findings of all tests.
    pub fn findings(&self) -> Vec<Finding> {
        let of_columns = self.worst_column().map(|(worst, statistic, p_value)| {
            let n_columns = self.columns.iter().filter_map(ColumnComparison::difference).count();
            let p_value = (p_value * n_columns as f64).min(1.0);
            let measure = if worst.kind.is_categorical() { "TV" } else { "KS" };
            let found = format!("{:?} differs most, by {statistic:.3} ({measure})", worst.name);
            self.finding("are the column distributions the same?", "columns differ", found, p_value)
        });
        let of_values = self.values.first().map(|worst| {
            let column = &self.columns[worst.column];
            let [original, synthetic] = worst.shares.map(|share| 100.0 * share);
            let values = worst.describe(&column.kind);
            let found = format!("{:?} {values}: {original:.1} % and {synthetic:.1} %", column.name);
            let question = "are single values as frequent?";
            self.finding(question, "single values differ", found, worst.p_value)
        });
        let of_missing = self.worst_missing().map(|(worst, missing)| {
            let n_columns = self.columns.iter().filter(|column| column.missing.is_some()).count();
            let p_value = (missing.p_value * n_columns as f64).min(1.0);
            let [original, synthetic] = missing.shares.map(|share| 100.0 * share);
            let found = format!("{:?}: {original:.1} % and {synthetic:.1} %", worst.name);
            let question = "are as many values missing?";
            self.finding(question, "missing values differ", found, p_value)
        });
        let of_correlations = self.correlations.map(|test| {
            let question = "are the correlations the same?";
            let found = format!("largest difference {:.3}", test.statistic);
            self.finding(question, "correlations differ", found, test.p_value)
        });
        let of_associations = self.associations.as_ref().map(|of| {
            let question = "are the associations the same?";
            let [first, second] = of.columns.map(|column| &self.columns[column].name);
            let [original, synthetic] = of.associations;
            let found = format!("{first:?} and {second:?}: {original:.2} and {synthetic:.2}");
            self.finding(question, "associations differ", found, of.test.p_value)
        });
        let [low, high] = self.classifier.interval;
        let of_classifier = self.finding(
            "can a classifier distinguish the tables?",
            "a classifier distinguishes the tables",
            format!("AUC {:.3} ({low:.3} to {high:.3})", self.classifier.auc),
            self.classifier.p_value,
        );
        let of_regions = self.finding(
            "are the regions equally populated?",
            "regions are not equally populated",
            format!("{} of {} regions differ", self.bins.n_different, self.bins.n_bins),
            self.regions.p_value,
        );
        let of_marginals = [of_columns, of_values, of_missing, of_correlations, of_associations];
        of_marginals.into_iter().flatten().chain([of_classifier, of_regions]).collect()
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

    /// Returns the column that differs most, its statistic and its p-value; of several, the first.
    fn worst_column(&self) -> Option<(&ColumnComparison, f64, f64)> {
        let differences = self.columns.iter().filter_map(|column| {
            let (statistic, p_value) = column.difference()?;
            Some((column, statistic, p_value))
        });
        // p-values may be equal, since they may underflow to 0 or be 1
        differences.min_by(|a, b| {
            let by_p_value = coarse(a.2).total_cmp(&coarse(b.2));
            by_p_value.then(coarse(b.1).total_cmp(&coarse(a.1)))
        })
    }

    /// Returns the column whose shares of missing values differ most; of several, the first.
    fn worst_missing(&self) -> Option<(&ColumnComparison, MissingComparison)> {
        let missing = self.columns.iter().filter_map(|column| Some((column, column.missing?)));
        missing.min_by(|a, b| coarse(a.1.p_value).total_cmp(&coarse(b.1.p_value)))
    }
}
