//! Checkpoints: files with the best model so far of a long fit.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ModelFile;
use crate::error::{Error, Result};
use crate::mixture::{FitProgress, GaussianMixture, Observer};
use crate::pipeline::Pipeline;
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::rules::Rules;
use crate::rows::schema::Column;

/// Minimum time between two checkpoints.
const PAUSE: Duration = Duration::from_secs(1);

/// An observer of a fit that writes the best model so far to a file, after each pass that several fits share, but at most once
/// a second. An interrupted fit can be continued from the checkpoint with [`Init::Model`](crate::Init::Model).
///
/// A checkpoint that cannot be written does not end the fit; the first such error is passed to a function.
pub struct Checkpoint<'a> {
    path: PathBuf,
    preprocessor: Preprocessor,
    columns: Vec<Column>,
    rules: Option<Rules>,
    on_error: Box<dyn Fn(&Error) + Sync + 'a>,
    has_failed: AtomicBool,
    last: Mutex<Option<Instant>>,
}

impl<'a> Checkpoint<'a> {
    /// Creates a checkpoint of a fit whose model will be written to `output`: `survey.checkpoint.npz` for `survey.npz`. The
    /// mixture is fitted after `preprocessor`; `columns` are the columns of the data, or empty.
    pub fn beside(
        output: &Path,
        preprocessor: Preprocessor,
        columns: Vec<Column>,
        on_error: impl Fn(&Error) + Sync + 'a,
    ) -> Self {
        let extension = output.extension().unwrap_or_default().to_string_lossy();
        Self {
            path: output.with_extension(format!("checkpoint.{extension}")),
            preprocessor,
            columns,
            rules: None,
            on_error: Box::new(on_error),
            has_failed: AtomicBool::new(false),
            last: Mutex::default(),
        }
    }

    /// Sets rules between columns; then the columns are those of the model.
    pub fn rules(mut self, rules: Option<Rules>) -> Self {
        self.rules = rules;
        self
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file, if it exists, once the model itself has been written.
    pub fn remove(&self) {
        // the file may never have been written
        let _ = std::fs::remove_file(&self.path);
    }

    fn save(&self, model: &GaussianMixture) -> Result<()> {
        let pipeline = Pipeline::new(self.preprocessor.clone(), model.clone())?;
        let (columns, rules) = (self.columns.clone(), self.rules.clone());
        ModelFile { columns, rules, ..pipeline.into() }.save(&self.path)
    }
}

impl Observer for Checkpoint<'_> {
    fn pass(&self, progress: &FitProgress<'_>) {
        let Some(best) = progress.best else { return };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        *last = Some(Instant::now());
        if let Err(error) = self.save(best.model)
            && !self.has_failed.swap(true, Ordering::Relaxed)
        {
            (self.on_error)(&error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixture::BestSoFar;
    use crate::prelude::*;

    fn pass(model: &GaussianMixture) -> FitProgress<'_> {
        let covariance_type = model.covariance_type();
        let best = Some(BestSoFar { model, covariance_type, log_likelihood: -1.0 });
        FitProgress { index: 1, n_running: 1, n_runs: 1, best }
    }

    #[test]
    fn the_best_model_so_far_is_written_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let model = GaussianMixture::params(2).fit(&datasets::moons()).unwrap();
        let output = folder.path().join("moons.npz");
        let checkpoint =
            Checkpoint::beside(&output, Preprocessor::default(), Vec::new(), |error| {
                panic!("{error}")
            });
        assert_eq!(checkpoint.path(), folder.path().join("moons.checkpoint.npz"));
        checkpoint.pass(&pass(&model));
        let written = ModelFile::load(checkpoint.path()).unwrap();
        assert_eq!(*written.pipeline.mixture(), model);
        checkpoint.remove();
        assert!(!checkpoint.path().exists());
        checkpoint.remove();
    }

    #[test]
    fn an_error_is_reported_once() {
        let errors = Mutex::new(0);
        let model = GaussianMixture::params(2).fit(&datasets::moons()).unwrap();
        let output = Path::new("/nowhere/at all/moons.json");
        let checkpoint = Checkpoint::beside(output, Preprocessor::default(), Vec::new(), |_| {
            *errors.lock().unwrap() += 1;
        });
        checkpoint.pass(&pass(&model));
        *checkpoint.last.lock().unwrap() = None;
        checkpoint.pass(&pass(&model));
        assert_eq!(*errors.lock().unwrap(), 1);
    }
}
