//! `mixlab reproduce`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use mixlab::TextTable;
use mixlab::experiments::{self, Effort, Experiment, Report, ReportFolder, Tally};

use crate::output::{FAILED, Usage, note, print, table};
use crate::progress::Terminal;

/// Reproduce the figures and numbers of the tutorials as an HTML report.
///
/// Runs the tutorials' experiments and writes index.html, report.json and every figure.
#[derive(Parser)]
#[command(after_help = "Examples:\n  mixlab reproduce\n  mixlab reproduce moons -o moons-report")]
pub struct ReproduceArgs {
    /// Experiments to run [default: all].
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Folder of the report.
    #[arg(short, long, default_value = "report", value_name = "FOLDER")]
    pub output: PathBuf,

    /// Use coarser grids and fewer restarts in the slowest experiment (olivetti).
    #[arg(long)]
    pub quick: bool,
}

pub fn run(args: &ReproduceArgs) -> anyhow::Result<ExitCode> {
    let chosen = choose(&args.names)?;
    std::fs::create_dir_all(&args.output)
        .map_err(|error| Usage(format!("{} cannot be written: {error}", args.output.display())))?;
    let mut folder = ReportFolder::create(&args.output)?;
    let effort = if args.quick { Effort::Quick } else { Effort::Full };
    for experiment in chosen {
        let report = experiment.run(effort, &Terminal::new(experiment.name))?;
        // written immediately, so that a later interrupt does not lose it
        folder.add(report)?;
    }
    print(|out| summary(out, folder.reports(), &args.output))?;
    Ok(exit_code(&args.names, folder.reports()))
}

/// Returns failure if an experiment that was requested by name could not be run.
fn exit_code(names: &[String], reports: &[Report]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for report in reports {
        if let Some(reason) = &report.not_run {
            note(format_args!("{}: not run: {reason}", report.document.name));
            if !names.is_empty() {
                code = ExitCode::from(FAILED);
            }
        }
    }
    code
}

fn choose(names: &[String]) -> Result<Vec<&'static Experiment>, Usage> {
    if names.is_empty() {
        return Ok(experiments::ALL.iter().collect());
    }
    let find = |name: &String| {
        experiments::ALL.iter().find(|experiment| experiment.name == name).ok_or_else(|| {
            let known = experiments::ALL.map(|experiment| experiment.name).join(", ");
            Usage(format!("there is no experiment {name:?}; the experiments are {known}"))
        })
    };
    names.iter().map(find).collect()
}

fn summary(out: &mut dyn Write, reports: &[Report], folder: &Path) -> std::io::Result<()> {
    let checks = reports.iter().flat_map(|report| {
        report.document.checks().map(|check| {
            vec![
                report.document.name.clone(),
                check.name.clone(),
                check.document.to_string(),
                check.ours.to_string(),
                if check.reproduced() { "reproduced" } else { "differs" }.to_owned(),
            ]
        })
    });
    let checks = TextTable::new(["experiment", "check", "reference", "ours", ""]).lines(checks);
    writeln!(out, "{}\n", table(&checks).trim_fmt())?;
    let totals = reports.iter().map(|report| {
        let tally = Tally::of(report);
        vec![
            report.document.name.clone(),
            tally.reproduced.to_string(),
            tally.differ.to_string(),
            tally.not_run().to_owned(),
            format!("{:.1}", report.seconds),
        ]
    });
    let totals =
        TextTable::new(["experiment", "reproduced", "differ", "not run", "seconds"]).lines(totals);
    writeln!(out, "{}\n", table(&totals).trim_fmt())?;
    writeln!(out, "report: {}", folder.join("index.html").display())
}

#[cfg(test)]
mod tests {
    use mixlab::report::Document;

    use super::*;

    #[test]
    fn an_experiment_without_its_data_fails_only_if_it_was_requested() {
        let report = Report {
            document: Document::new("olivetti", ""),
            seconds: 0.0,
            effort: Effort::Full,
            not_run: Some("no data".into()),
        };
        let reports = [report];
        assert_eq!(exit_code(&[], &reports), ExitCode::SUCCESS);
        assert_eq!(exit_code(&["olivetti".into()], &reports), ExitCode::from(FAILED));
    }
}
