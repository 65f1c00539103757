//! Connections to a scheduler.

use tokio::runtime::Runtime;

use super::local::LocalEngine;

/// A connection to a scheduler, shared by an engine and its tables.
pub(super) struct Connection {
    /// The scheduler as HOST:PORT.
    pub(super) address: String,
    /// The scheduler and executor of a local engine.
    local: Option<LocalEngine>,
    /// None during drop.
    runtime: Option<Runtime>,
}

impl Connection {
    pub(super) fn new(address: String, local: Option<LocalEngine>, runtime: Runtime) -> Self {
        Self { address, local, runtime: Some(runtime) }
    }

    /// Whether the scheduler is in this process.
    pub(super) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Blocks until a future is complete.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("present until drop").block_on(future)
    }

    /// Name of the scheduler in errors.
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
