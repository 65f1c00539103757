//! Why a pass does not end well, and what is said then.

use std::time::{Duration, Instant};

use super::carrier::is_unknown;
use super::cluster_error;
use super::connection::Connection;
use super::failure::Failure;
use super::files::Files;
use super::probe::{Answer, wait};
use crate::error::Error;

/// Attempts at a pass: it changes nothing, so that it can be done again.
pub(super) const ATTEMPTS: usize = 3;
/// How long a scheduler that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(6);
/// Between two looks at the scheduler during a pass.
const LOOK: Duration = Duration::from_secs(1);
/// How long a scheduler may be without executors during a pass. One that it took off its list by mistake is back with its
/// next heartbeat; together with `settings::SILENCE` it is how long the loss of all executors takes to be told.
const ALONE: Duration = Duration::from_secs(3);

/// What ends a pass, or an attempt at it.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What the engine says.
    Engine(String),
    /// What becomes of the results fails.
    Sink(Error),
    /// The scheduler does not answer.
    Gone,
    /// The scheduler has no executors.
    Alone,
}

impl Trouble {
    /// Whether another attempt would end in the same way.
    pub(super) fn is_final(&self) -> bool {
        match self {
            // what fails for what it asks fails every time
            Self::Engine(text) => Failure::find(text).is_some() || is_unknown(text),
            Self::Sink(_) | Self::Gone | Self::Alone => true,
        }
    }

    /// The error for it.
    pub(super) fn into_error(self, connection: &Connection, files: &Files) -> Error {
        let place = connection.place();
        match self {
            Self::Engine(text) => failed(place, files, &text),
            Self::Sink(error) => error,
            Self::Alone => cluster_error(
                place,
                format_args!(
                    "it has lost all its executors (its own output names them); start some with mixlab cluster executor --scheduler {}, and go on from the checkpoint with --start",
                    connection.address
                ),
            ),
            Self::Gone => cluster_error(
                place,
                "it does not answer any more; start it again, and go on from the checkpoint with --start (executors come back by themselves)",
            ),
        }
    }
}

/// Looks at the scheduler now and then; returns when a pass cannot end.
pub(super) async fn guard(connection: &Connection) -> Trouble {
    let mut alone_since = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let address = connection.address.clone();
        let answer = tokio::task::spawn_blocking(move || wait(&address, PATIENCE, Answer::Idle));
        match answer.await.unwrap_or(Answer::None) {
            Answer::Ready => alone_since = None,
            Answer::Idle => {
                let since = *alone_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= ALONE {
                    return Trouble::Alone;
                }
            }
            Answer::None => return Trouble::Gone,
        }
    }
}

/// Waits until another attempt may end better.
pub(super) fn recover(connection: &Connection) -> Result<(), Trouble> {
    if connection.is_local() {
        return Ok(());
    }
    match wait(&connection.address, ALONE, Answer::Ready) {
        Answer::Ready => Ok(()),
        Answer::Idle => Err(Trouble::Alone),
        Answer::None if wait(&connection.address, PATIENCE, Answer::Idle) == Answer::None => {
            Err(Trouble::Gone)
        }
        Answer::None => Ok(()),
    }
}

/// The error for what an engine says.
fn failed(place: String, files: &Files, text: &str) -> Error {
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
                "it or one of its executors is of another version than this mixlab, {}; use one version everywhere",
                env!("CARGO_PKG_VERSION")
            ),
        ),
        // an executor that cannot read a plan does not say why
        None if text.contains("rejected by executor") => cluster_error(
            place,
            format_args!(
                "an executor refuses the work, most likely because it is of another version than this mixlab, {}; use one version everywhere",
                env!("CARGO_PKG_VERSION")
            ),
        ),
        None => cluster_error(
            place,
            format_args!("a pass failed {ATTEMPTS} times, at last with: {text}"),
        ),
    }
}
