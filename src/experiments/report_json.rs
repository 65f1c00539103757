//! The reports of experiments as `report.json`.

use serde::Serialize;

use super::{Effort, Report, Tally};
use crate::report::{Check, Relation, Value};

/// The content of `report.json`.
#[derive(Serialize)]
pub(super) struct ReportOutput<'a> {
    checks: Vec<CheckOutput<'a>>,
    experiments: Vec<ExperimentOutput<'a>>,
}

#[derive(Serialize)]
struct CheckOutput<'a> {
    experiment: &'a str,
    name: &'a str,
    document: ValueOutput<'a>,
    ours: ValueOutput<'a>,
    tolerance: f64,
    relation: &'static str,
    reproduced: bool,
    why: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueOutput<'a> {
    Number(f64),
    Numbers(&'a [f64]),
}

#[derive(Serialize)]
struct ExperimentOutput<'a> {
    name: &'a str,
    quick: bool,
    reproduced: usize,
    differ: usize,
    not_run: Option<&'a str>,
    seconds: f64,
}

impl<'a> From<&'a [Report]> for ReportOutput<'a> {
    fn from(reports: &'a [Report]) -> Self {
        let checks = |Report { document, .. }: &'a Report| {
            document.checks().map(|check| CheckOutput::new(&document.name, check))
        };
        Self {
            checks: reports.iter().flat_map(checks).collect(),
            experiments: reports.iter().map(ExperimentOutput::from).collect(),
        }
    }
}

impl<'a> CheckOutput<'a> {
    fn new(experiment: &'a str, check: &'a Check) -> Self {
        Self {
            experiment,
            name: &check.name,
            document: ValueOutput::from(&check.document),
            ours: ValueOutput::from(&check.ours),
            tolerance: check.tolerance,
            relation: match check.relation {
                Relation::Equal => "equal",
                Relation::AtMost => "at most",
                Relation::AtLeast => "at least",
            },
            reproduced: check.reproduced(),
            why: &check.why,
        }
    }
}

impl<'a> From<&'a Value> for ValueOutput<'a> {
    fn from(value: &'a Value) -> Self {
        match value.0.as_slice() {
            &[number] => Self::Number(number),
            numbers => Self::Numbers(numbers),
        }
    }
}

impl<'a> From<&'a Report> for ExperimentOutput<'a> {
    fn from(report: &'a Report) -> Self {
        let tally = Tally::of(report);
        Self {
            name: &report.document.name,
            quick: report.effort == Effort::Quick,
            reproduced: tally.reproduced,
            differ: tally.differ,
            not_run: report.not_run.as_deref(),
            seconds: report.seconds,
        }
    }
}
