//! Progress on standard error; silent where that is not a terminal.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mixlab::Pass;
use mixlab::table::Observer;

use crate::output::shows_progress;

const TICK: Duration = Duration::from_millis(120);

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a valid template")
}

/// A bar up to `length`, if somebody wants to see it.
fn bar(length: u64, template: &str) -> ProgressBar {
    let target = match shows_progress() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    ProgressBar::with_draw_target(Some(length), target).with_style(style(template))
}

/// A bar of models fitted.
pub fn models(n_models: usize) -> ProgressBar {
    // nobody knows how long it takes before the first has ended
    let bar = bar(n_models as u64, "{bar:30} {pos}/{len} models, {elapsed} so far");
    if !bar.is_hidden() {
        bar.enable_steady_tick(TICK);
    }
    bar
}

/// Shows that one more model has been fitted.
pub fn fitted(bar: &ProgressBar, model: String) {
    if bar.position() == 0 {
        bar.set_style(style("{bar:30} {pos}/{len} models, {per_sec}, {eta} left  {msg}"));
    }
    bar.set_message(model);
    bar.inc(1);
}

/// Shows that models that are fitted together have made one more pass.
pub fn pass(bar: &ProgressBar, pass: &Pass<'_>) {
    bar.set_style(style("{spinner} pass {msg}, {elapsed} so far"));
    let Pass { index, n_running, n_runs, .. } = *pass;
    bar.set_message(match n_runs {
        1 => index.to_string(),
        _ => format!("{index}, {n_running} of {n_runs} fits go on"),
    });
}

/// A bar of rows drawn.
pub fn rows(n_rows: u64) -> ProgressBar {
    bar(n_rows, "{bar:30} {human_pos}/{human_len} rows, {per_sec}, {eta} left")
}

/// Reads a file, and shows how that goes.
pub fn reading<T>(path: &Path, work: impl FnOnce(Observer<'_>) -> T) -> T {
    let bar = bar(0, "reading {msg} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left");
    bar.set_message(path.display().to_string());
    let result = work(&|read, length| {
        bar.set_length(length.unwrap_or(read));
        bar.set_position(read);
    });
    bar.finish_and_clear();
    result
}

/// Reads images, and shows how that goes.
#[cfg(feature = "images")]
pub fn images<T>(work: impl FnOnce(&(dyn Fn(u64, u64) + Sync)) -> T) -> T {
    let bar = bar(0, "reading {bar:30} {pos}/{len} images, {per_sec}, {eta} left");
    let result = work(&|read, length| {
        bar.set_length(length);
        bar.set_position(read);
    });
    bar.finish_and_clear();
    result
}

/// Does something that may have to download a file first, and shows how that goes.
pub fn downloading<T>(work: impl FnOnce(&dyn Fn(u64, Option<u64>)) -> T) -> T {
    let bar = ProgressBar::hidden();
    let result = work(&|received, total| {
        if bar.is_hidden() && received == 0 && shows_progress() {
            bar.set_style(style("downloading {bar:30} {bytes}/{total_bytes}, {eta} left"));
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(total.unwrap_or(received));
        bar.set_position(received);
    });
    bar.finish_and_clear();
    result
}

/// What an experiment is at: a bar where it can be counted, a spinner where it cannot.
#[cfg(feature = "reproduce")]
pub struct Stages {
    experiment: &'static str,
    bar: ProgressBar,
}

#[cfg(feature = "reproduce")]
impl Stages {
    pub fn of(experiment: &'static str) -> Self {
        let bar = match shows_progress() {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        bar.enable_steady_tick(TICK);
        Self { experiment, bar }
    }

    pub fn show(&self, stage: mixlab::experiments::Stage<'_>) {
        let message = format!("{}: {}", self.experiment, stage.what);
        if self.bar.message() != message {
            self.bar.set_style(match stage.total {
                Some(_) => style("{spinner} {msg}  {bar:30} {pos}/{len}, {eta} left"),
                None => style("{spinner} {msg}"),
            });
            self.bar.set_message(message);
            self.bar.reset_eta();
        }
        self.bar.set_length(stage.total.unwrap_or(0));
        self.bar.set_position(stage.done);
    }

    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
