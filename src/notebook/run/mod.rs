//! Executes notebooks, without Python and without Jupyter.
//!
//! [`run`] opens a notebook (nbformat 4), executes every code cell in order in a fresh context of evcxr, and does what
//! its [`Mode`] says with the outputs. Crates that a notebook depends on are compiled into a folder of the user's
//! cache directory, which all notebooks share: only the first one waits for them. Versions are those of the
//! `Cargo.lock` nearest to the notebook, if there is one.
//!
//! A program that calls [`run`] must call [`runtime_hook`] first in `main`: evcxr starts it again to run the cells.
//!
//! What a cell writes to standard error counts as its failure: that is how evcxr tells of panics and of errors
//! returned by `?`. A cell with the tag `raises-exception`, Jupyter's own, must fail.

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

/// What to do with the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: only errors count.
    Run,
    /// Compare them with those that the notebook holds.
    Check,
    /// Write them into the notebook, if no cell failed.
    Write,
}

/// How to run a notebook.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What to do with the outputs.
    pub mode: Mode,
    /// How long a cell may take; a compilation is waited for even so.
    pub timeout: Duration,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Number of the cell, from 1, code cells alone counted.
    pub cell: usize,
    /// The line, from 1: of the code if it does not compile, of the output if that is not the one expected.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
}

/// How a run went.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Seconds that each executed cell took, compilation included.
    pub seconds: Vec<f64>,
    /// What is wrong; nothing if the notebook is as it should be.
    pub complaints: Vec<Complaint>,
}

/// Runs a notebook, and reports to `observer` the number of each code cell, from 1, before it runs. A cell that fails ends
/// the run.
///
/// # Errors
/// [`Error::Notebook`] if the file is no notebook or evcxr cannot be started,
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
                let problem = "it is tagged raises-exception, but nothing went wrong".to_owned();
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
