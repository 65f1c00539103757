//! Progress bar and checkpoints of a fit.

use indicatif::ProgressBar;
use mixlab::{Checkpoint, FitProgress, Observer, SelectionCell};

use crate::progress::{hidden_unless_shown, style, tick};

/// Shows the number of fitted models, or of passes if these are long, and writes checkpoints.
pub struct ShownFit<'a> {
    bar: ProgressBar,
    checkpoint: Option<&'a Checkpoint<'a>>,
}

impl<'a> ShownFit<'a> {
    /// Creates the observer of a search of `n_models` models.
    pub fn new(n_models: usize, checkpoint: Option<&'a Checkpoint<'a>>) -> Self {
        let bar = hidden_unless_shown(Some(n_models as u64));
        // the remaining time is unknown until the first model is fitted
        bar.set_style(style("{bar:30} {pos}/{len} models, {elapsed} so far"));
        tick(&bar);
        Self { bar, checkpoint }
    }
}

impl Observer for ShownFit<'_> {
    fn fold(&self, fold: usize, n_folds: usize) {
        self.bar.set_style(style("{spinner} without part {msg}, {elapsed} so far"));
        self.bar.set_message(format!("{} of {n_folds}", fold + 1));
    }

    fn cell(&self, cell: &SelectionCell) {
        if self.bar.position() == 0 {
            let left = "{bar:30} {pos}/{len} models, {per_sec}, {eta} left  {msg}";
            self.bar.set_style(style(left));
        }
        self.bar.set_message(format!("{} {}", cell.n_components, cell.covariance_type));
        self.bar.inc(1);
    }

    fn pass(&self, progress: &FitProgress<'_>) {
        // passes over rows in memory are too short to be shown
        let Some(checkpoint) = self.checkpoint else { return };
        self.bar.set_style(style("{spinner} pass {msg}, {elapsed} so far"));
        let FitProgress { index, n_running, n_runs, .. } = *progress;
        self.bar.set_message(match n_runs {
            1 => index.to_string(),
            _ => format!("{index}, {n_running} of {n_runs} fits are running"),
        });
        checkpoint.pass(progress);
    }
}

impl Drop for ShownFit<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
