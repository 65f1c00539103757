//! What a process needs that waits for the network.

use tokio::runtime::{Builder, Runtime};

use super::cluster_error;
use crate::error::Result;

/// A runtime for what waits for the network.
pub(super) fn runtime() -> Result<Runtime> {
    let built = Builder::new_multi_thread().enable_all().thread_name("cluster").build();
    built.map_err(|error| cluster_error("the runtime of the engine", error))
}

/// Waits for an interrupt or for being asked to end.
pub(super) async fn asked_to_end() {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = ballista_executor::terminate::sig_term() => {}
    }
}
