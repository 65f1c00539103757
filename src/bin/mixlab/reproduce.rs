//! `mixlab reproduce`

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::ProgressBar;
use mixlab::experiments::{self, Experiment, Report};
use mixlab::report::{tally, write_report};

use crate::args::ReproduceArgs;
use crate::output::{Usage, print, table};

pub fn run(args: &ReproduceArgs) -> anyhow::Result<ExitCode> {
    let chosen = choose(&args.names)?;
    std::fs::create_dir_all(&args.output)
        .map_err(|error| Usage(format!("{} cannot be written: {error}", args.output.display())))?;
    let mut reports = Vec::new();
    for experiment in chosen {
        let spinner = ProgressBar::new_spinner();
        spinner.enable_steady_tick(Duration::from_millis(120));
        let progress = |message: &str| {
            spinner.set_message(format!("{}: {message}", experiment.name));
        };
        let report = experiment.run(&progress);
        spinner.finish_and_clear();
        reports.push(report?);
    }
    write_report(&args.output, &reports)?;
    print(|out| summary(out, &reports, &args.output))?;
    Ok(ExitCode::SUCCESS)
}

fn choose(names: &[String]) -> Result<Vec<&'static Experiment>, Usage> {
    if names.is_empty() {
        return Ok(experiments::ALL.iter().collect());
    }
    let find = |name: &String| {
        experiments::ALL.iter().find(|experiment| experiment.name == name).ok_or_else(|| {
            let known = experiments::ALL.map(|experiment| experiment.name).join(", ");
            Usage(format!("there is no experiment {name:?}; there are {known}"))
        })
    };
    names.iter().map(find).collect()
}

fn summary(out: &mut dyn Write, reports: &[Report], folder: &Path) -> std::io::Result<()> {
    let mut checks = table(&["experiment", "check", "reference", "ours", ""]);
    for report in reports {
        for check in report.checks() {
            checks.add_row([
                report.name.to_owned(),
                check.name.clone(),
                check.document.to_string(),
                check.ours.to_string(),
                if check.reproduced() { "reproduced" } else { "differs" }.to_owned(),
            ]);
        }
    }
    writeln!(out, "{}\n", checks.trim_fmt())?;
    for report in reports {
        let (reproduced, differ) = tally(report);
        writeln!(
            out,
            "{}: {reproduced} reproduced, {differ} differ, {:.1} s",
            report.name, report.seconds
        )?;
    }
    writeln!(out, "report: {}", folder.join("index.html").display())
}
