//! An evcxr context that runs the cells of one notebook.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use evcxr::{CommandContext, CompilationError, EvalContext};

use super::document::Outputs;
use crate::error::{Error, Result};
use crate::files::cache::cache_folder;

/// Time without output after which standard error of a cell is complete: it is sent on another channel than the message that
/// the cell has finished.
const SILENCE: Duration = Duration::from_millis(100);

/// A running context.
pub(super) struct Kernel {
    context: CommandContext,
    process: Arc<Mutex<Child>>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    _working_directory: WorkingDirectory,
    // one context at a time uses the build folder
    _lock: File,
}

/// Why a cell failed.
pub(super) struct Failure {
    /// Line of the code, from 1.
    pub line: Option<usize>,
    pub problem: String,
    /// Whether the cell was killed after the timeout.
    pub timed_out: bool,
}

impl Kernel {
    /// Starts a context for the notebook at an absolute path. The folder of the notebook is the working directory of its cells
    /// and, for the lifetime of the context, of this process, since evcxr resolves paths of dependencies against it.
    pub(super) fn start(notebook: &Path) -> Result<Self> {
        let refuse = |problem: String| Error::Notebook { path: notebook.into(), problem };
        let folder = notebook.parent().unwrap_or(Path::new("/"));
        let build = build_folder().map_err(|problem| refuse(problem.to_string()))?;
        let at = |source| Error::io(&build, source);
        fs::create_dir_all(&build).map_err(at)?;
        let lock = File::create(build.join("lock")).map_err(at)?;
        lock.lock().map_err(at)?;
        // evcxr reads this file from the working directory, with priority over the user's configuration
        let configuration = "[evcxr]\ntmpdir = \".\"\n";
        fs::write(build.join("evcxr.toml"), configuration).map_err(at)?;
        let mut cells = Command::new(std::env::current_exe().map_err(at)?);
        cells.current_dir(folder).envs(data_folder()).envs(library_path());
        let change_to = |folder: &Path| {
            std::env::set_current_dir(folder).map_err(|source| Error::io(folder, source))
        };
        let working_directory = WorkingDirectory(std::env::current_dir().map_err(at)?);
        change_to(&build)?;
        let started = EvalContext::with_subprocess_command(cells);
        change_to(folder)?;
        let (context, outputs) =
            started.map_err(|error| refuse(format!("evcxr cannot start: {error}")))?;
        if let Some(versions) =
            folder.ancestors().map(|at| at.join("Cargo.lock")).find(|at| at.is_file())
        {
            fs::copy(versions, build.join("Cargo.lock")).map_err(at)?;
        }
        Ok(Self {
            process: context.process_handle(),
            context: CommandContext::with_eval_context(context),
            stdout: forwarded(outputs.stdout),
            stderr: forwarded(outputs.stderr),
            _working_directory: working_directory,
            _lock: lock,
        })
    }

    /// Runs a cell and returns its outputs and, if it failed, the reason.
    pub(super) fn execute(&mut self, code: &str, timeout: Duration) -> (Outputs, Option<Failure>) {
        let timer = Timer::start(&self.process, timeout);
        let executed = self.context.execute(code);
        let timed_out = timer.stop();
        // in this order: all of standard output has arrived by then
        let stderr = received(&self.stderr);
        let stdout = self.stdout.try_iter().map(|line| line + "\n").collect();
        let mut outputs = Outputs { stdout, stderr, ..Outputs::default() };
        let failure = match executed {
            Ok(shown) => {
                outputs.shown = shown.content_by_mime_type.into_iter().collect();
                outputs.shown.sort();
                let problem = outputs.stderr.trim();
                (!problem.is_empty()).then(|| Failure::new(problem))
            }
            Err(_) if timed_out => {
                let problem = format!("it ran longer than {} s (--timeout)", timeout.as_secs_f64());
                Some(Failure { timed_out, ..Failure::new(&problem) })
            }
            Err(error) => Some(Failure::of(error, &outputs.stderr)),
        };
        if outputs.shown.is_empty() && outputs.stderr.is_empty() {
            outputs.error = failure.as_ref().map(|failure| failure.problem.clone());
        }
        (outputs, failure)
    }
}

/// Restores the working directory when dropped.
struct WorkingDirectory(PathBuf);

impl Drop for WorkingDirectory {
    fn drop(&mut self) {
        // the folder may have been deleted; there is no better one
        let _ = std::env::set_current_dir(&self.0);
    }
}

impl Failure {
    fn new(problem: &str) -> Self {
        Self { line: None, problem: problem.to_owned(), timed_out: false }
    }

    fn of(error: evcxr::Error, stderr: &str) -> Self {
        let line = |error: &CompilationError| {
            error
                .primary_spanned_message()
                .and_then(|message| message.span)
                .map(|span| span.start_line)
        };
        let problem = match &error {
            evcxr::Error::CompilationErrors(errors) => {
                let messages: Vec<String> = errors.iter().map(CompilationError::message).collect();
                let line = errors.iter().find_map(line);
                return Self { line, ..Self::new(&messages.join("; ")) };
            }
            other if stderr.trim().is_empty() => other.to_string(),
            other => format!("{other}\n{}", stderr.trim()),
        };
        Self::new(&problem)
    }
}

/// The folder in which crates are compiled, shared by all notebooks of a user.
fn build_folder() -> io::Result<PathBuf> {
    let cache = cache_folder().ok_or_else(|| io::Error::other("there is no home folder"))?;
    Ok(cache.join("notebooks"))
}

/// The environment variable of the folder of the faces, as an absolute path.
fn data_folder() -> Option<(&'static str, PathBuf)> {
    const NAME: &str = "MIXLAB_DATA";
    Some((NAME, fs::canonicalize(std::env::var_os(NAME)?).ok()?))
}

/// The environment variable with the path of the standard library for the loader. Cells are compiled with a path to it that is
/// relative to another folder than the one they are loaded from, which works below `/tmp` only.
fn library_path() -> Option<(&'static str, OsString)> {
    let name = match std::env::consts::OS {
        "windows" => return None,
        "macos" => "DYLD_LIBRARY_PATH",
        _ => "LD_LIBRARY_PATH",
    };
    let output = Command::new("rustc").args(["--print", "target-libdir"]).output().ok()?;
    let libraries = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let before = std::env::var_os(name).unwrap_or_default();
    // an empty path would mean the working directory
    let before = std::env::split_paths(&before).filter(|path| !path.as_os_str().is_empty());
    let paths = std::iter::once(libraries).chain(before);
    Some((name, std::env::join_paths(paths).ok()?))
}

/// Forwards the output lines of a context at once, since the context blocks until they are read.
fn forwarded(lines: impl IntoIterator<Item = String> + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || lines.into_iter().try_for_each(|line| sender.send(line)));
    receiver
}

/// Receives lines until none has arrived for [`SILENCE`].
fn received(lines: &Receiver<String>) -> String {
    let mut text = String::new();
    while let Ok(line) = lines.recv_timeout(SILENCE) {
        text += &line;
        text.push('\n');
    }
    text
}

/// Kills the process that runs a cell after a timeout.
struct Timer {
    finished: mpsc::Sender<()>,
    thread: thread::JoinHandle<bool>,
}

impl Timer {
    fn start(process: &Arc<Mutex<Child>>, timeout: Duration) -> Self {
        let (finished, receiver) = mpsc::channel();
        let process = Arc::clone(process);
        let thread = thread::spawn(move || {
            let timed_out = receiver.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
            if timed_out {
                // killing fails if the process has already exited
                let _ = process.lock().unwrap_or_else(PoisonError::into_inner).kill();
            }
            timed_out
        });
        Self { finished, thread }
    }

    /// Stops the timer and returns whether the timeout had expired.
    fn stop(self) -> bool {
        // sending fails if the thread has already finished
        let _ = self.finished.send(());
        self.thread.join().unwrap_or(false)
    }
}
