//! JSON output and summary of `mixlab score`.

use mixlab::{TextTable, Unusual};
use serde::Serialize;
use serde_json::Value;

use super::anomalies::{Anomalies, Anomaly, ShownColumn};
use super::scored::{Scored, Summary};
use crate::output::{print, table};

/// JSON output.
#[derive(Serialize)]
pub struct ScoreOutput<'a> {
    n_samples: usize,
    mean_log_density: Option<f64>,
    #[serde(flatten)]
    rows: RowsOutput<'a>,
}

/// All rows, or the anomalous ones.
#[derive(Serialize)]
#[serde(untagged)]
enum RowsOutput<'a> {
    All { rows: &'a [usize], log_density: &'a [f64] },
    Anomalous { n_anomalies: usize, anomalies: Vec<AnomalyOutput<'a>> },
}

#[derive(Serialize)]
struct AnomalyOutput<'a> {
    /// Number of the row in its file, from 1.
    row: usize,
    log_density: f64,
    anomalous_columns: Vec<ColumnOutput<'a>>,
}

#[derive(Serialize)]
struct ColumnOutput<'a> {
    name: &'a str,
    /// A number, or the text of a date or category; none if it is missing.
    value: &'a Value,
    /// Deviation of a number, in standard deviations.
    #[serde(skip_serializing_if = "Option::is_none")]
    deviation: Option<f64>,
    /// Probability of a category, or that the value is missing, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<f64>,
    /// Whether the value is missing, if that is unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<bool>,
    /// Whether the value is a spike, if that is unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    spike: Option<bool>,
}

impl<'a> ScoreOutput<'a> {
    pub fn of_all(scored: &'a Scored) -> Self {
        let Scored { summary, rows, log_density, .. } = scored;
        Self::new(summary, RowsOutput::All { rows, log_density })
    }

    pub fn of_anomalies(summary: &Summary, found: &'a Anomalies) -> Self {
        let anomalies = found.rows.iter().map(AnomalyOutput::from).collect();
        Self::new(summary, RowsOutput::Anomalous { n_anomalies: found.rows.len(), anomalies })
    }

    fn new(summary: &Summary, rows: RowsOutput<'a>) -> Self {
        let mean_log_density = (summary.n_rows > 0).then(|| summary.mean());
        Self { n_samples: summary.n_rows, mean_log_density, rows }
    }
}

impl<'a> From<&'a Anomaly> for AnomalyOutput<'a> {
    fn from(anomaly: &'a Anomaly) -> Self {
        Self {
            row: anomaly.row,
            log_density: anomaly.log_density,
            anomalous_columns: anomaly.columns.iter().map(ColumnOutput::from).collect(),
        }
    }
}

impl<'a> From<&'a ShownColumn> for ColumnOutput<'a> {
    fn from(ShownColumn { column, value }: &'a ShownColumn) -> Self {
        let (mut deviation, mut expected, mut missing, mut spike) = (None, None, None, None);
        match column.unusual {
            Unusual::Number(size) => deviation = Some(size),
            Unusual::Missingness(p) => {
                expected = Some(p);
                missing = Some(column.value.is_nan());
            }
            Unusual::Category(p) => expected = Some(p),
            Unusual::Spike(p) | Unusual::NoSpike(p) => {
                expected = Some(p);
                spike = Some(matches!(column.unusual, Unusual::Spike(_)));
            }
            _ => {}
        }
        Self { name: &column.name, value, deviation, expected, missing, spike }
    }
}

/// Prints a summary of all rows, and the number of anomalous rows if these were requested.
pub fn print_summary(summary: &Summary, n_found: Option<usize>) -> anyhow::Result<()> {
    let mut text_table = TextTable::new(["rows", "mean log-density", "lowest log-density"]);
    let mut line = vec![
        summary.n_rows.to_string(),
        format!("{:.3}", summary.mean()),
        format!("{:.3}", summary.lowest),
    ];
    if let Some(n_found) = n_found {
        text_table.header.push("anomalous rows".into());
        line.push(n_found.to_string());
    }
    let text_table = text_table.lines([line]);
    print(|out| writeln!(out, "{}", table(&text_table).trim_fmt()))
}
