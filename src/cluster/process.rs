//! The runtime of a process, and its termination signals.

use tokio::runtime::{Builder, Runtime};

use super::cluster_error;
use crate::error::Result;

/// Creates a multi-threaded runtime for network connections.
pub(super) fn runtime() -> Result<Runtime> {
    let built = Builder::new_multi_thread().enable_all().thread_name("cluster").build();
    built.map_err(|error| cluster_error("the runtime of the engine", error))
}

/// Waits for an interrupt or a termination signal.
pub(super) async fn termination_signal() {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = ballista_executor::terminate::sig_term() => {}
    }
}
