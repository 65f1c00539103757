//! Progress on standard error; silent where that is not a terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mixlab::{Progress, Task, Unit};

use crate::output::shows_progress;

const TICK: Duration = Duration::from_millis(120);

/// A style of bars.
pub fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a valid template")
}

/// A bar up to `length` that is drawn if standard error is a terminal whose user wants to see it.
pub fn hidden_unless_shown(length: Option<u64>) -> ProgressBar {
    ProgressBar::with_draw_target(length, target())
}

/// Redraws a bar now and then even if nothing is done.
pub fn tick(bar: &ProgressBar) {
    if !bar.is_hidden() {
        bar.enable_steady_tick(TICK);
    }
}

fn target() -> ProgressDrawTarget {
    if shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

/// Shows the tasks of something as a bar where they can be counted, as a spinner where they cannot, from the first of them
/// on. What was drawn is cleared when it is dropped.
pub struct Terminal {
    subject: String,
    bar: ProgressBar,
    /// The message and the template of the task that is shown.
    shown: Mutex<Option<(String, String)>>,
}

impl Terminal {
    /// The progress of a subject: a file, a dataset, an experiment.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), bar: ProgressBar::hidden(), shown: Mutex::default() }
    }

    /// Shows another task than before.
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
