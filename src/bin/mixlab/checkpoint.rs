//! What a long fit has come to so far, in a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mixlab::{Feature, FrontEnd, ModelFile, Pass, Pipeline};

use crate::output::note;
use crate::source::Source;

/// The best mixture so far of a fit whose rows are too many for memory, written after every pass, or after a second of
/// them: such a fit takes long, and can go on from here.
pub struct Checkpoint {
    path: Option<PathBuf>,
    front_end: FrontEnd,
    features: Vec<Feature>,
    failed: AtomicBool,
    kept: Mutex<Option<Instant>>,
}

/// Between two checkpoints of passes that take less.
const PAUSE: Duration = Duration::from_secs(1);

impl Checkpoint {
    /// That of a fit whose model will be written to `output`.
    pub fn of(output: Option<&Path>, source: &Source, front_end: &FrontEnd) -> Self {
        let path = output.filter(|_| !source.is_in_memory()).map(|output| {
            let ending = output.extension().unwrap_or_default().to_string_lossy();
            output.with_extension(format!("checkpoint.{ending}"))
        });
        if let Some(path) = &path {
            note(format_args!(
                "passes leave the best model so far in {}, from which --start goes on",
                path.display()
            ));
        }
        let features = if path.is_some() { source.features() } else { Vec::new() };
        Self {
            path,
            front_end: front_end.clone(),
            features,
            failed: AtomicBool::new(false),
            kept: Mutex::default(),
        }
    }

    /// Keeps what a pass has come to.
    pub fn keep(&self, pass: &Pass<'_>) {
        let (Some(path), Some(leader)) = (&self.path, pass.leader) else { return };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_some_and(|kept| kept.elapsed() < PAUSE) {
            return;
        }
        *kept = Some(Instant::now());
        let pipeline = Pipeline::new(self.front_end.clone(), leader.model.clone());
        let features = self.features.clone();
        let written = pipeline.and_then(|pipeline| {
            ModelFile { pipeline, image: None, features, history: None }.save(path)
        });
        if let Err(error) = written
            && !self.failed.swap(true, Ordering::Relaxed)
        {
            note(format_args!("there is no checkpoint: {error}"));
        }
    }

    /// The model itself has been written.
    pub fn remove(&self) {
        if let Some(path) = &self.path {
            // one that was never written is gone as well
            let _ = std::fs::remove_file(path);
        }
    }
}
