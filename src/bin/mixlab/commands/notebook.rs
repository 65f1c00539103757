//! `mixlab notebook`

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use mixlab::notebook::run::{Complaint, Mode, Settings, Summary, run as run_notebook};

use crate::args::{NotebookArgs, NotebookCommand};
use crate::output::{FAILED, Usage, note, print};

pub fn run(args: &NotebookArgs) -> anyhow::Result<ExitCode> {
    let NotebookCommand::Run { files, check, write, timeout } = &args.command;
    let mode = match (check, write) {
        (true, _) => Mode::Check,
        (_, true) => Mode::Write,
        _ => Mode::Run,
    };
    let settings = Settings { mode, timeout: Duration::from_secs_f64(*timeout) };
    if let Some(missing) = files.iter().find(|file| !file.is_file()) {
        return Err(Usage(format!("there is no file {}", missing.display())).into());
    }
    let mut failed = 0;
    for file in files {
        let summary = run_notebook(file, settings, &mut |turn| {
            note(format_args!("{}: cell {} of {}", file.display(), turn.cell, turn.n_cells));
        })?;
        for complaint in &summary.complaints {
            note(words(file, complaint));
        }
        failed += usize::from(!summary.complaints.is_empty());
        print(|out| writeln!(out, "{}: {}", file.display(), told(&summary)))?;
    }
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

fn words(file: &Path, complaint: &Complaint) -> String {
    let line = complaint.line.map_or(String::new(), |line| format!(", line {line}"));
    format!("{}: cell {}{line}: {}", file.display(), complaint.cell, complaint.problem)
}

fn told(summary: &Summary) -> String {
    let Summary { seconds, complaints } = summary;
    let total: f64 = seconds.iter().sum();
    let later = seconds.iter().skip(1).copied().fold(0.0, f64::max);
    let outcome = match complaints.len() {
        0 => "as it should be".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        n => format!("{n} things are wrong"),
    };
    format!(
        "{outcome}, {} cells in {total:.1} s (the first {:.1} s, the longest other {later:.1} s)",
        seconds.len(),
        seconds.first().copied().unwrap_or(0.0),
    )
}
