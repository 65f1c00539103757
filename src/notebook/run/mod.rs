//! Execution of notebooks without Python and without Jupyter.
//!
//! [`run`] reads a notebook (nbformat 4), executes its code cells in order in a new context of evcxr, and compares or writes
//! the outputs according to the [`Mode`]. Dependencies of notebooks are compiled into a folder of the user's cache directory
//! that all notebooks share, so that only the first notebook compiles them. Their versions are those of the `Cargo.lock`
//! nearest to the notebook, if there is one.
//!
//! A program that calls [`run`] must call [`runtime_hook`] first in `main`: evcxr starts the same program to run the cells.
//!
//! A cell fails if it writes to standard error, which is how evcxr reports panics and errors returned by `?`. A cell with
//! Jupyter's tag `raises-exception` must fail.

mod compare;
mod document;
mod kernel;

use std::path::Path;
use std::time::{Duration, Instant};

pub use evcxr::runtime_hook;

use crate::compute::progress::{Progress, Task, Unit};
use crate::error::{Error, Result};
use compare::differences;
use document::Document;
use kernel::{Failure, Kernel};

/// Treatment of the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Ignore them: only errors are reported.
    Run,
    /// Compare them with the outputs in the notebook.
    Check,
    /// Write them into the notebook, if no cell failed.
    Write,
}

/// Settings of a run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Treatment of the outputs.
    pub mode: Mode,
    /// Maximum run time of a cell; a compilation is not interrupted.
    pub timeout: Duration,
}

/// A problem of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Number of the cell among the code cells, from 1.
    pub cell: usize,
    /// The line, from 1: of the code if it does not compile, of the output if it differs from the expected output.
    pub line: Option<usize>,
    /// The problem.
    pub problem: String,
}

/// Result of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Run time of each executed cell in seconds, compilation included.
    pub seconds: Vec<f64>,
    /// The problems found; empty if the notebook passes.
    pub complaints: Vec<Complaint>,
}

/// Runs a notebook and reports the number of each code cell, from 1, to `observer` before the cell runs. The run ends at the
/// first cell that fails.
///
/// # Errors
/// [`Error::Notebook`] if the file is not a notebook or evcxr cannot be started,
/// [`Error::Io`] if it cannot be read or written.
pub fn run(path: &Path, settings: Settings, observer: &dyn Progress) -> Result<Summary> {
    let path = &path.canonicalize().map_err(|source| Error::io(path, source))?;
    let mut document = Document::read(path)?;
    let cells = document.code_cells();
    let mut kernel = Kernel::start(path)?;
    let mut summary = Summary { seconds: Vec::new(), complaints: Vec::new() };
    let mut executed = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        let number = index + 1;
        let total = Some(cells.len() as u64);
        observer.update(&Task::new("running", number as u64, total, Unit::Cells));
        let begin = Instant::now();
        let (outputs, failure) = kernel.execute(&cell.source, settings.timeout);
        summary.seconds.push(begin.elapsed().as_secs_f64());
        let complain =
            |(line, problem): (Option<usize>, String)| Complaint { cell: number, line, problem };
        match (failure, cell.must_fail) {
            (Some(Failure { line, problem, timed_out }), must_fail) if timed_out || !must_fail => {
                summary.complaints.push(complain((line, problem)));
                return Ok(summary);
            }
            (None, true) => {
                let problem = "it is tagged raises-exception, but did not fail".to_owned();
                summary.complaints.push(complain((None, problem)));
            }
            _ => {}
        }
        if settings.mode == Mode::Check {
            summary.complaints.extend(differences(&cell.outputs, &outputs).map(complain));
        }
        executed.push(outputs);
    }
    if settings.mode == Mode::Write && summary.complaints.is_empty() {
        document.set_outputs(executed);
        document.write(path)?;
    }
    Ok(summary)
}
