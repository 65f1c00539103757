//! `mixlab notebook`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use mixlab::notebook::run::{Complaint, Mode, Settings, Summary, run as run_notebook};

use crate::output::{FAILED, Usage, note, print};

/// Run Jupyter notebooks without Jupyter.
///
/// Neither Jupyter nor Python is required: cells are executed by evcxr.
#[derive(Parser)]
pub struct NotebookArgs {
    #[command(subcommand)]
    pub command: NotebookCommand,
}

#[derive(Subcommand)]
pub enum NotebookCommand {
    /// Execute all cells in order, each notebook in a fresh context.
    ///
    /// Dependencies of notebooks are compiled once, into the user's cache directory. A cell fails if it does not compile,
    /// panics or writes to standard error; the notebook then stops.
    #[command(after_help = "Examples:\n  mixlab notebook run notebooks/*.ipynb --check\n  \
        mixlab notebook run notebooks/03-moons-density.ipynb --write")]
    Run {
        /// The notebooks.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,

        /// Compare the outputs with those in the file: text by words and numbers, pictures by type and size.
        #[arg(long, conflicts_with = "write")]
        check: bool,

        /// Write outputs and execution counts into the file.
        #[arg(long)]
        write: bool,

        /// Time limit of a cell in seconds, not counting compilation.
        #[arg(long, default_value_t = 600.0, value_name = "S", value_parser = parse_seconds)]
        timeout: f64,
    },
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e9 => Ok(seconds),
        _ => Err(format!("{text:?} is not a positive number of seconds")),
    }
}

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
        let observer = |cell, n_cells: Option<u64>| {
            let n_cells = n_cells.unwrap_or(cell);
            note(format_args!("{}: cell {cell} of {n_cells}", file.display()));
        };
        let summary = run_notebook(file, settings, &observer)?;
        for complaint in &summary.complaints {
            note(described(file, complaint));
        }
        failed += usize::from(!summary.complaints.is_empty());
        print(|out| writeln!(out, "{}: {}", file.display(), outcome(&summary)))?;
    }
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    })
}

fn described(file: &Path, complaint: &Complaint) -> String {
    let line = complaint.line.map_or(String::new(), |line| format!(", line {line}"));
    format!("{}: cell {}{line}: {}", file.display(), complaint.cell, complaint.problem)
}

fn outcome(summary: &Summary) -> String {
    let Summary { seconds, complaints } = summary;
    let total: f64 = seconds.iter().sum();
    let later = seconds.iter().skip(1).copied().fold(0.0, f64::max);
    let outcome = match complaints.len() {
        0 => "passed".to_owned(),
        1 => "1 check failed".to_owned(),
        n => format!("{n} checks failed"),
    };
    format!(
        "{outcome}, {} cells in {total:.1} s (the first {:.1} s, the slowest other {later:.1} s)",
        seconds.len(),
        seconds.first().copied().unwrap_or(0.0),
    )
}
