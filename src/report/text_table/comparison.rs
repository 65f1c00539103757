//! Text tables of comparisons.

use super::{TextTable, significant};
use crate::metrics::quality::{Comparison, Nearest};

impl TextTable {
    /// One line per column of two tables: means, standard deviations, and the Kolmogorov-Smirnov statistic with its p-value.
    pub fn columns(comparison: &Comparison) -> Self {
        let lines = comparison.columns.iter().map(|column| {
            let [sd, synthetic_sd] = column.deviations;
            let days = if column.kind.is_numeric() { "" } else { " days" };
            let [original, synthetic] = column
                .means
                .map(|mean| column.kind.date(mean).unwrap_or_else(|| significant(mean, 0.1 * sd)));
            vec![
                column.name.clone(),
                original,
                synthetic,
                significant(sd, 0.1 * sd) + days,
                significant(synthetic_sd, 0.1 * sd) + days,
                format!("{:.3}", column.ks.statistic),
                probability(column.ks.p_value),
            ]
        });
        let header = ["column", "mean", "synthetic mean", "sd", "synthetic sd", "KS", "p-value"];
        Self::new(header).lines(lines)
    }

    /// One line per question of a comparison: the result, its p-value and whether it passes.
    pub fn findings(comparison: &Comparison) -> Self {
        let findings = comparison.findings();
        let lines = findings.iter().map(|finding| {
            vec![
                finding.question.to_owned(),
                finding.found.clone(),
                probability(finding.p_value),
                if finding.passes { "passes" } else { "FAILS" }.to_owned(),
            ]
        });
        let limit = format!("p ≥ {:.4}", comparison.limit());
        Self::new(["question".to_owned(), "result".into(), "p-value".into(), limit]).lines(lines)
    }
}

impl From<&Nearest> for TextTable {
    /// Median distances to the nearest original row, shares of duplicates, and the p-values of the tests of both.
    fn from(nearest: &Nearest) -> Self {
        let distance = |distance: f64| significant(distance, distance);
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        Self::new(["distance to the nearest (other) original row", "median", "duplicates"])
            .line([
                "original".into(),
                distance(nearest.original),
                percent(nearest.original_duplicates),
            ])
            .line([
                "synthetic".into(),
                distance(nearest.synthetic),
                percent(nearest.synthetic_duplicates),
            ])
            .line([
                "p-value".into(),
                probability(nearest.distances.p_value),
                probability(nearest.duplicates.p_value),
            ])
    }
}

/// Formats a probability with three decimals.
fn probability(p: f64) -> String {
    if p < 0.0005 { "< 0.001".into() } else { format!("{p:.3}") }
}
