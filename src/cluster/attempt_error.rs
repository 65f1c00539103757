//! Failures of an attempt at a pass, and the errors that report them.

use std::time::{Duration, Instant};

use super::carrier::is_unknown;
use super::cluster_error;
use super::connection::Connection;
use super::failure::Failure;
use super::files::Files;
use super::probe::{SchedulerStatus, wait_for_status};
use crate::error::Error;

/// Maximum number of attempts at a pass. A pass has no side effects, so it can be repeated.
pub(super) const ATTEMPTS: usize = 3;
/// Maximum wait for a scheduler that does not respond.
const SCHEDULER_TIMEOUT: Duration = Duration::from_secs(6);
/// Interval between checks of the scheduler during a pass.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum time of a scheduler without executors during a pass. An executor that was removed by mistake is back with its next
/// heartbeat. The loss of all executors is reported after this time plus `settings::HEARTBEAT_TIMEOUT`.
const EXECUTORS_TIMEOUT: Duration = Duration::from_secs(3);

/// The failure of an attempt at a pass.
#[derive(Debug)]
pub(super) enum AttemptError {
    /// An error of the engine, with its message.
    Engine(String),
    /// An error of the receiver of the results.
    Sink(Error),
    /// The scheduler does not respond.
    SchedulerLost,
    /// The scheduler has no executors.
    NoExecutors,
}

impl AttemptError {
    /// Whether another attempt would fail as well.
    pub(super) fn is_final(&self) -> bool {
        match self {
            // a failure of the request itself, or of mixed versions
            Self::Engine(text) => Failure::find(text).is_some() || is_unknown(text),
            Self::Sink(_) | Self::SchedulerLost | Self::NoExecutors => true,
        }
    }

    /// Converts the failure to an error.
    pub(super) fn into_error(self, connection: &Connection, files: &Files) -> Error {
        let place = connection.place();
        match self {
            Self::Engine(text) => engine_error(place, files, &text),
            Self::Sink(error) => error,
            Self::NoExecutors => cluster_error(
                place,
                format_args!(
                    "it has lost all its executors (its output lists them); start new ones with mixlab cluster executor --scheduler {}, and continue from the checkpoint with --start",
                    connection.address
                ),
            ),
            Self::SchedulerLost => cluster_error(
                place,
                "it no longer responds; restart it, and continue from the checkpoint with --start (executors reconnect automatically)",
            ),
        }
    }
}

/// Checks the scheduler periodically; returns when the pass cannot finish.
pub(super) async fn monitor(connection: &Connection) -> AttemptError {
    let mut idle_since = None;
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let address = connection.address.clone();
        let answer = tokio::task::spawn_blocking(move || {
            wait_for_status(&address, SCHEDULER_TIMEOUT, SchedulerStatus::NoExecutors)
        });
        match answer.await.unwrap_or(SchedulerStatus::Unreachable) {
            SchedulerStatus::Ready => idle_since = None,
            SchedulerStatus::NoExecutors => {
                let since = *idle_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= EXECUTORS_TIMEOUT {
                    return AttemptError::NoExecutors;
                }
            }
            SchedulerStatus::Unreachable => return AttemptError::SchedulerLost,
        }
    }
}

/// Waits until the scheduler has executors, so that another attempt may succeed.
pub(super) fn wait_for_executors(connection: &Connection) -> Result<(), AttemptError> {
    if connection.is_local() {
        return Ok(());
    }
    match wait_for_status(&connection.address, EXECUTORS_TIMEOUT, SchedulerStatus::Ready) {
        SchedulerStatus::Ready => Ok(()),
        SchedulerStatus::NoExecutors => Err(AttemptError::NoExecutors),
        SchedulerStatus::Unreachable
            if wait_for_status(
                &connection.address,
                SCHEDULER_TIMEOUT,
                SchedulerStatus::NoExecutors,
            ) == SchedulerStatus::Unreachable =>
        {
            Err(AttemptError::SchedulerLost)
        }
        SchedulerStatus::Unreachable => Ok(()),
    }
}

/// Creates the error for a message of the engine.
fn engine_error(place: String, files: &Files, text: &str) -> Error {
    match Failure::find(text) {
        Some(Failure::Column { column, problem }) => Error::ColumnValues {
            table: files.name(),
            name: files.columns.get(column).cloned().unwrap_or_default(),
            problem,
        },
        Some(Failure::Other(problem)) => cluster_error(place, problem),
        None if is_unknown(text) => cluster_error(
            place,
            format_args!(
                "it or one of its executors runs another version of mixlab than this process ({}); use the same version everywhere",
                env!("CARGO_PKG_VERSION")
            ),
        ),
        // an executor that cannot decode a plan reports no reason
        None if text.contains("rejected by executor") => cluster_error(
            place,
            format_args!(
                "an executor rejected the work, most likely because it runs another version of mixlab than this process ({}); use the same version everywhere",
                env!("CARGO_PKG_VERSION")
            ),
        ),
        None => cluster_error(
            place,
            format_args!("a pass failed {ATTEMPTS} times; the last error was: {text}"),
        ),
    }
}
