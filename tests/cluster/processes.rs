//! A scheduler and executors as processes, killed at the end of a test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Time limit for a process to be ready or to end.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Returns a command that runs mixlab.
pub fn mixlab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mixlab"))
}

/// Sends SIGKILL to a process.
pub fn kill(id: u32) {
    assert!(Command::new("kill").args(["-KILL", &id.to_string()]).status().unwrap().success());
}

/// A process that is killed when it is dropped.
pub struct Process(Child);

impl Process {
    /// Starts `mixlab cluster ...` with a command that runs mixlab directly or through a wrapper, and returns the first line
    /// that it writes.
    pub fn start(mut command: Command, arguments: &[&str]) -> (Self, String) {
        let command = command.arg("cluster").args(arguments).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let process = Self(child);
        let (sender, lines) = mpsc::channel();
        // reads all output, so that the process never blocks on a full pipe
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        // only the risk of listening to other machines is printed before
        let is_warning = |line: &String| line.contains("without authentication");
        let mut line = lines.recv_timeout(TIMEOUT).expect("the process is ready");
        if is_warning(&line) {
            line = lines.recv_timeout(TIMEOUT).expect("the process is ready");
        }
        assert!(line.contains("ready"), "{line}");
        (process, line)
    }

    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn end_by(&mut self, signal: &str) -> ExitStatus {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < TIMEOUT, "the process did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A scheduler and its executors.
pub struct Cluster {
    executors: Vec<Process>,
    scheduler: Process,
    address: String,
    folders: Vec<tempfile::TempDir>,
}

impl Cluster {
    /// Starts a scheduler and `n_executors` executors with one thread each.
    pub fn start(n_executors: usize) -> Self {
        let (scheduler, line) = Process::start(mixlab(), &["scheduler", "--port", "0"]);
        let address = line.rsplit(' ').next().unwrap().to_owned();
        let folders: Vec<_> = (0..n_executors).map(|_| tempfile::tempdir().unwrap()).collect();
        let executors = folders.iter().map(|folder| {
            let folder = folder.path().to_str().unwrap();
            let arguments = ["executor", "--scheduler", &address, "--threads", "1", "--work-dir"];
            Process::start(mixlab(), &[&arguments[..], &[folder]].concat()).0
        });
        Self { executors: executors.collect(), scheduler, address, folders }
    }

    /// The scheduler as HOST:PORT.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the process ID of an executor.
    pub fn executor_id(&self, index: usize) -> u32 {
        self.executors[index].0.id()
    }

    pub fn is_running(&mut self, index: usize) -> bool {
        self.executors[index].0.try_wait().unwrap().is_none()
    }

    pub fn kill_scheduler(&mut self) {
        self.scheduler.kill();
    }

    /// Restarts the scheduler at the same address.
    pub fn restart_scheduler(&mut self) {
        let port = self.address.rsplit(':').next().unwrap();
        self.scheduler = Process::start(mixlab(), &["scheduler", "--port", port]).0;
    }

    pub fn kill_executor(&mut self, index: usize) {
        self.executors[index].kill();
    }

    /// Whether an executor has stored results.
    pub fn has_worked(&self, index: usize) -> bool {
        has_files(self.folders[index].path())
    }

    /// Ends all processes by a signal, and checks that they succeed and remove their files.
    pub fn end_by(&mut self, signal: &str) {
        for executor in &mut self.executors {
            let start = Instant::now();
            assert!(executor.end_by(signal).success());
            // without running tasks, it does not wait for the end of the grace period of ten seconds
            assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        }
        assert!(self.scheduler.end_by(signal).success());
        for folder in &self.folders {
            assert!(folder.path().read_dir().unwrap().next().is_none());
        }
    }
}

fn has_files(folder: &Path) -> bool {
    // an executor may remove a folder after it was listed
    let Ok(entries) = folder.read_dir() else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { has_files(&path) } else { true }
    })
}
