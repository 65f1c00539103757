//! Progress of long-running work, reported through one trait.

use std::fmt;

/// The unit in which the progress of a task is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes of a file or of a download.
    Bytes,
    /// Rows of a table.
    Rows,
    /// Images.
    Images,
    /// Models of a search.
    Models,
    /// Cells of a notebook.
    Cells,
    /// Steps that have names but no count.
    Steps,
}

impl Unit {
    /// The plural of the unit, such as `rows`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Rows => "rows",
            Self::Images => "images",
            Self::Models => "models",
            Self::Cells => "cells",
            Self::Steps => "steps",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The progress of a task: `done` of `total` units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task<'a> {
    /// Description of the task, such as `reading survey.csv`.
    pub what: &'a str,
    /// Number of units done.
    pub done: u64,
    /// Total number of units, if known.
    pub total: Option<u64>,
    /// The unit that is counted.
    pub unit: Unit,
}

impl<'a> Task<'a> {
    /// A task of which `done` of `total` units are done.
    pub fn new(what: &'a str, done: u64, total: Option<u64>, unit: Unit) -> Self {
        Self { what, done, total, unit }
    }

    /// A step without a count.
    pub fn step(what: &'a str) -> Self {
        Self::new(what, 0, None, Unit::Steps)
    }
}

/// An observer of long-running work: reading files, downloads, experiments, notebooks.
///
/// [`update`](Self::update) is called from the threads that do the work, possibly from several at once. Closures that take
/// the number of units done and the total are observers; [`NoProgress`] ignores all updates.
///
/// # Examples
/// ```
/// use mixlab::{NoProgress, Progress, Task, datasets};
///
/// let digits = datasets::find("digits")?;
/// digits.load(&NoProgress)?;
/// digits.load(&|done, total: Option<u64>| println!("{done} of {total:?} bytes"))?;
///
/// struct Names;
/// impl Progress for Names {
///     fn update(&self, task: &Task<'_>) {
///         println!("{}: {} {}", task.what, task.done, task.unit);
///     }
/// }
/// digits.load(&Names)?;
/// # Ok::<(), mixlab::Error>(())
/// ```
pub trait Progress: Sync {
    /// Receives the progress of a task when it begins and whenever more of it is done.
    fn update(&self, task: &Task<'_>);
}

/// An observer that ignores all updates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn update(&self, _: &Task<'_>) {}
}

impl<F: Fn(u64, Option<u64>) + Sync> Progress for F {
    fn update(&self, task: &Task<'_>) {
        self(task.done, task.total);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_closure_receives_the_units_done_and_the_total() {
        let seen = Mutex::new(Vec::new());
        let observer = |done: u64, total: Option<u64>| seen.lock().unwrap().push((done, total));
        let progress: &dyn Progress = &observer;
        progress.update(&Task::step("preparing"));
        progress.update(&Task::new("reading", 3, Some(10), Unit::Rows));
        NoProgress.update(&Task::step("ignored"));
        assert_eq!(*seen.lock().unwrap(), [(0, None), (3, Some(10))]);
    }
}
