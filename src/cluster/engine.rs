//! Engines: passes in this process, or on the executors of a scheduler.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::cluster_error;
use super::connection::Connection;
use super::local;
use super::probe::{SchedulerStatus, host_and_port, no_scheduler, wait_for_status};
use super::process::runtime;
use super::table::ClusterTable;
use crate::error::{Error, Result};
use crate::table::choice::Choice;

/// Maximum wait for a scheduler.
const TIMEOUT: Duration = Duration::from_secs(5);

/// An engine that runs passes over the rows of Parquet files.
///
/// Its methods block, and panic inside asynchronous code of Tokio.
///
/// # Examples
/// ```no_run
/// use mixlab::cluster::Engine;
///
/// let engine = Engine::connect("127.0.0.1:50050")?;
/// let table = engine.open(&["rows.parquet".into()], None, &[])?;
/// assert_eq!(table.column_names()[0], "height");
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Connection>);

impl Engine {
    /// Starts an engine in this process with `parallelism` threads.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for 0 threads, and [`Error::Cluster`] or [`Error::Io`] if it cannot start.
    pub fn local(parallelism: usize) -> Result<Self> {
        if parallelism == 0 {
            return Err(Error::param("the number of threads", 0, "at least 1"));
        }
        let runtime = runtime()?;
        let local = runtime.block_on(local::start(parallelism))?;
        let address = local.address.clone();
        Ok(Self(Arc::new(Connection::new(address, Some(local), runtime))))
    }

    /// Connects to the scheduler at HOST:PORT.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for an invalid address, and [`Error::Cluster`] if the scheduler does not respond within 5
    /// seconds or has no executors.
    pub fn connect(address: &str) -> Result<Self> {
        host_and_port(address)?;
        match wait_for_status(address, TIMEOUT, SchedulerStatus::Ready) {
            SchedulerStatus::Ready => {}
            SchedulerStatus::NoExecutors => {
                let remedy = format!(
                    "start at least one with mixlab cluster executor --scheduler {address}"
                );
                return Err(cluster_error(
                    format_args!("the scheduler at {address}"),
                    format_args!("it has no executors; {remedy}"),
                ));
            }
            SchedulerStatus::Unreachable => return Err(no_scheduler(address)),
        }
        Ok(Self(Arc::new(Connection::new(address.to_owned(), None, runtime()?))))
    }

    /// Opens Parquet files, or folders of them, as one numeric table with the given columns, or all, except the excluded ones.
    ///
    /// # Errors
    /// Errors that name the file: [`Error::Io`], [`Error::ArrayFormat`] for a file that is not Parquet,
    /// [`Error::UnlikeParts`], [`Error::UnknownColumn`], [`Error::TextColumns`], [`Error::ColumnValues`] for columns
    /// with missing values, [`Error::EmptyTable`].
    pub fn open(
        &self,
        paths: &[PathBuf],
        columns: Option<&[String]>,
        exclude: &[String],
    ) -> Result<ClusterTable> {
        let wanted = columns.map(<[String]>::to_vec);
        let choice = Choice { wanted, excluded: exclude.to_vec(), expected: Vec::new() };
        ClusterTable::open(self.0.clone(), paths, &choice)
    }
}

impl Debug for Engine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.0.address).finish()
    }
}
