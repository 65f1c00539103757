//! The way to a scheduler.

use tokio::runtime::Runtime;

use super::local::Local;

/// The way to a scheduler, which tables share with their engine.
pub(super) struct Connection {
    /// The scheduler as HOST:PORT.
    pub(super) address: String,
    /// Who serves this process, if that is itself.
    local: Option<Local>,
    /// None once it is dropped.
    runtime: Option<Runtime>,
}

impl Connection {
    pub(super) fn new(address: String, local: Option<Local>, runtime: Runtime) -> Self {
        Self { address, local, runtime: Some(runtime) }
    }

    /// Whether the scheduler is in this process, and cannot be lost without it.
    pub(super) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Waits for something in the background.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("there until it is dropped").block_on(future)
    }

    /// Whom to name in errors.
    pub(super) fn place(&self) -> String {
        match self.local {
            Some(_) => "the engine of this process".into(),
            None => format!("the scheduler at {}", self.address),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
