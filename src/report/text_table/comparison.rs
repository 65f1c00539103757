//! Text tables of comparisons.

use super::{TextTable, significant};
use crate::metrics::quality::{
    CategoryComparison, ColumnComparison, Comparison, HoldoutPrivacy, Nearest, NumberComparison,
    ValueComparison, ValueDifference,
};

/// Maximum number of levels of one table that are named for a column.
const MOST_LEVELS: usize = 10;
/// Maximum number of single values that are named.
const MOST_VALUES: usize = 10;

impl TextTable {
    /// One line per column of numbers or dates of two tables: means, standard deviations, and the Kolmogorov-Smirnov statistic with
    /// its p-value.
    pub fn columns(comparison: &Comparison) -> Self {
        let lines = comparison.columns.iter().filter_map(|column| match &column.values {
            ValueComparison::Numbers(numbers) => Some(number_line(column, numbers)),
            _ => None,
        });
        let header = ["column", "mean", "synthetic mean", "sd", "synthetic sd", "KS", "p-value"];
        Self::new(header).lines(lines)
    }

    /// One line per column of categories of two tables: the number of levels, the level whose shares differ most with both shares,
    /// and the total variation distance with its p-value.
    pub fn categories(comparison: &Comparison) -> Self {
        let lines = comparison.columns.iter().filter_map(|column| match &column.values {
            ValueComparison::Categories(categories) => Some(category_line(column, categories)),
            _ => None,
        });
        let header =
            ["column", "levels", "differs most", "share", "synthetic share", "TV", "p-value"];
        Self::new(header).lines(lines)
    }

    /// One line per column with missing values in one of two tables: their shares in both, and the p-value.
    pub fn missing(comparison: &Comparison) -> Self {
        let lines = comparison.columns.iter().filter_map(|column| {
            let missing = column.missing?;
            let [original, synthetic] = missing.shares.map(percent);
            Some(vec![column.name.clone(), original, synthetic, probability(missing.p_value)])
        });
        Self::new(["column", "missing", "synthetic missing", "p-value"]).lines(lines)
    }

    /// One line per column of categories with levels that only one of two tables has: their names.
    pub fn levels_of_one_table(comparison: &Comparison) -> Self {
        let lines = comparison.columns.iter().filter_map(|column| {
            let ValueComparison::Categories(categories) = &column.values else { return None };
            let [original, synthetic] = categories.levels_of_one_table();
            let has_any = !original.is_empty() || !synthetic.is_empty();
            has_any.then(|| vec![column.name.clone(), listed(&original), listed(&synthetic)])
        });
        Self::new(["column", "levels of the original only", "levels of the synthetic table only"])
            .lines(lines)
    }

    /// One line per value, number of decimals or range whose frequency gives synthetic rows away, those with the smallest p-values first.
    pub fn values(comparison: &Comparison) -> Self {
        let differs = |value: &&ValueDifference| value.p_value < comparison.limit();
        let lines = comparison.values.iter().filter(differs).take(MOST_VALUES).map(|value| {
            let column = &comparison.columns[value.column];
            let [original, synthetic] = value.shares.map(percent);
            let values = format!("{} {}", column.name, value.describe(&column.kind));
            vec![values, original, synthetic, probability(value.p_value)]
        });
        Self::new(["values that differ", "original", "synthetic", "p-value"]).lines(lines)
    }

    /// One line per column that is predicted: its scores after training on original and on synthetic rows.
    pub fn usefulness(comparison: &Comparison) -> Self {
        let targets = comparison.usefulness.iter().flat_map(|usefulness| &usefulness.targets);
        let lines = targets.map(|target| {
            let column = &comparison.columns[target.column];
            let measure = if column.kind.is_categorical() { "2 AUC - 1" } else { "R²" };
            let [real, synthetic] =
                [target.real, target.synthetic].map(|score| format!("{score:.3}"));
            vec![column.name.clone(), measure.to_owned(), real, synthetic]
        });
        Self::new(["predicted column", "score", "trained on original", "trained on synthetic"])
            .lines(lines)
    }

    /// One line per verdict of a comparison: the quality, whether it holds, and the reason.
    pub fn verdicts(comparison: &Comparison) -> Self {
        let lines = comparison.verdicts().map(|verdict| {
            let holds = verdict.holds.map_or("-", |holds| if holds { "yes" } else { "NO" });
            vec![verdict.quality.to_owned(), holds.to_owned(), verdict.reason]
        });
        Self::new(["the synthetic rows are", "verdict", "reason"]).lines(lines)
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

impl From<&HoldoutPrivacy> for TextTable {
    /// One line per comparison of training rows with held-out rows: the result, what is expected if no row is remembered, and the p-value.
    fn from(holdout: &HoldoutPrivacy) -> Self {
        let [training, held_out] = holdout.copies.map(percent);
        let mut lines = vec![
            vec![
                "synthetic rows nearer to a training row".to_owned(),
                percent(holdout.nearer.statistic),
                "50.0 %".to_owned(),
                probability(holdout.nearer.p_value),
            ],
            vec![
                "synthetic rows that equal a training row".to_owned(),
                training,
                held_out,
                probability(holdout.of_copies.p_value),
            ],
        ];
        lines.extend(holdout.attack.map(|attack| {
            vec![
                "membership attack by log-density, AUC".to_owned(),
                format!("{:.3}", attack.auc),
                "0.500".to_owned(),
                probability(attack.p_value),
            ]
        }));
        Self::new(["training rows against held-out rows", "found", "expected", "p-value"])
            .lines(lines)
    }
}

fn number_line(column: &ColumnComparison, numbers: &NumberComparison) -> Vec<String> {
    let [sd, synthetic_sd] = numbers.deviations;
    let days = if column.kind.is_numeric() { "" } else { " days" };
    // the digits of a column are those of the original, if it has values
    let digits = 0.1 * if sd.is_nan() { synthetic_sd } else { sd };
    let number = |value: f64, unit: &str| match value.is_nan() {
        true => String::new(),
        false => significant(value, digits) + unit,
    };
    let mean = |mean: f64| match column.kind.text(mean) {
        Some(text) if !mean.is_nan() => text,
        _ => number(mean, ""),
    };
    let [original, synthetic] = numbers.means.map(mean);
    let (ks, p_value) = difference(column);
    let (sd, synthetic_sd) = (number(sd, days), number(synthetic_sd, days));
    vec![column.name.clone(), original, synthetic, sd, synthetic_sd, ks, p_value]
}

fn category_line(column: &ColumnComparison, categories: &CategoryComparison) -> Vec<String> {
    let level = categories.most_different_level();
    let name = level.map(|level| categories.levels.names()[level].clone());
    let shares = level.map(|level| categories.shares[level].map(percent));
    let [original, synthetic] = shares.unwrap_or_default();
    let (tv, p_value) = difference(column);
    let n_levels = categories.levels.n_levels().to_string();
    let name = name.unwrap_or_default();
    vec![column.name.clone(), n_levels, name, original, synthetic, tv, p_value]
}

/// Formats the difference of a column and its p-value; empty if there is none.
fn difference(column: &ColumnComparison) -> (String, String) {
    column.difference().map_or_else(Default::default, |(statistic, p_value)| {
        (format!("{statistic:.3}"), probability(p_value))
    })
}

/// Lists names, at most [`MOST_LEVELS`] of them.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_LEVELS).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_LEVELS) {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Formats a probability with three decimals.
fn probability(p: f64) -> String {
    if p < 0.0005 { "< 0.001".into() } else { format!("{p:.3}") }
}
