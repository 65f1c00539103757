//! Progress bars on standard error; hidden if it is not a terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mixlab::{Progress, Task, Unit};

use crate::output::shows_progress;

const TICK: Duration = Duration::from_millis(120);

/// Returns the style of a progress bar.
pub fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a valid template")
}

/// Returns a progress bar up to `length`, hidden unless progress is shown.
pub fn hidden_unless_shown(length: Option<u64>) -> ProgressBar {
    ProgressBar::with_draw_target(length, target())
}

/// Redraws a bar regularly, even without progress.
pub fn tick(bar: &ProgressBar) {
    if !bar.is_hidden() {
        bar.enable_steady_tick(TICK);
    }
}

fn target() -> ProgressDrawTarget {
    if shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

/// Shows the tasks of a subject as a bar, or as a spinner if their length is unknown. It appears with the first task and is
/// cleared when it is dropped.
pub struct Terminal {
    subject: String,
    bar: ProgressBar,
    /// Message and template of the current task.
    shown: Mutex<Option<(String, String)>>,
}

impl Terminal {
    /// Creates the progress display of a subject: a file, a dataset, an experiment.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), bar: ProgressBar::hidden(), shown: Mutex::default() }
    }

    /// Shows a new task.
    fn show(&self, message: &str, template: &str) {
        if self.bar.is_hidden() {
            self.bar.set_draw_target(target());
            tick(&self.bar);
        }
        self.bar.set_style(style(template));
        self.bar.set_message(message.to_owned());
        self.bar.reset_eta();
    }
}

impl Progress for Terminal {
    fn update(&self, task: &Task<'_>) {
        let message = format!("{}: {}", self.subject, task.what);
        let template = template(task);
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        self.bar.set_length(task.total.unwrap_or(task.done));
        self.bar.set_position(task.done);
        let is_shown = |(a, b): &(String, String)| *a == message && *b == template;
        if !shown.as_ref().is_some_and(is_shown) {
            self.show(&message, &template);
            *shown = Some((message, template));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn template(task: &Task<'_>) -> String {
    match (task.unit, task.total) {
        (Unit::Steps, _) => "{spinner} {msg}".into(),
        (Unit::Bytes, Some(_)) => {
            "{msg} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left".into()
        }
        (Unit::Bytes, None) => "{spinner} {msg}, {bytes}".into(),
        (unit, Some(_)) => {
            format!("{{msg}} {{bar:30}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left")
        }
        (unit, None) => format!("{{spinner}} {{msg}}, {{human_pos}} {unit}"),
    }
}
