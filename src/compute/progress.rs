//! Progress of work that takes long, reported in one way by whatever does it.

use std::fmt;

/// What counts the parts of a task.
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
    /// Steps that are only named, not counted.
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

/// The state of a task: `done` of `total` units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task<'a> {
    /// What is being done, such as `reading survey.csv`.
    pub what: &'a str,
    /// Number of units that are done.
    pub done: u64,
    /// Number of units in all, if it is known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: Unit,
}

impl<'a> Task<'a> {
    /// A task of which `done` of `total` units are done.
    pub fn new(what: &'a str, done: u64, total: Option<u64>, unit: Unit) -> Self {
        Self { what, done, total, unit }
    }

    /// A step whose parts are not counted.
    pub fn step(what: &'a str) -> Self {
        Self::new(what, 0, None, Unit::Steps)
    }
}

/// An observer of work that takes long: files that are read, downloads, experiments, notebooks.
///
/// [`update`](Self::update) is called from the thread that does the work, and from several threads where several of them
/// do it. Closures that take the numbers of units done and in all are observers; [`NoProgress`] ignores everything.
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
    /// Receives the state of a task: when it begins, and whenever more of it is done.
    fn update(&self, task: &Task<'_>);
}

/// Ignores all progress.
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
    fn a_closure_receives_what_is_done_and_how_much_there_is() {
        let seen = Mutex::new(Vec::new());
        let observer = |done: u64, total: Option<u64>| seen.lock().unwrap().push((done, total));
        let progress: &dyn Progress = &observer;
        progress.update(&Task::step("preparing"));
        progress.update(&Task::new("reading", 3, Some(10), Unit::Rows));
        NoProgress.update(&Task::step("ignored"));
        assert_eq!(*seen.lock().unwrap(), [(0, None), (3, Some(10))]);
    }
}
