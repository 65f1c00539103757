//! Progress on standard error; silent where that is not a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a valid template")
}

/// A bar of models fitted.
pub fn models(n_models: usize) -> ProgressBar {
    let style = style("{bar:30} {pos}/{len} models, {eta} left  {msg}");
    ProgressBar::new(n_models as u64).with_style(style)
}

/// Does something that may have to download a file first, and shows how that goes.
pub fn downloading<T>(work: impl FnOnce(&dyn Fn(u64, Option<u64>)) -> T) -> T {
    let bar = ProgressBar::hidden();
    let result = work(&|received, total| {
        if bar.is_hidden() && received == 0 {
            bar.set_style(style("downloading {bar:30} {bytes}/{total_bytes}, {eta} left"));
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
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
        let bar = ProgressBar::new_spinner();
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
