//! Who runs passes: this process, or the executors of a scheduler.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::cluster_error;
use super::connection::Connection;
use super::local;
use super::probe::{Answer, host_and_port, no_scheduler, wait};
use super::process::runtime;
use super::table::ClusterTable;
use crate::error::{Error, Result};
use crate::table::choice::Choice;

/// How long a scheduler is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// An engine that runs passes over the rows of Parquet files.
///
/// Its calls wait for their end, and panic where a runtime of tokio must not be kept waiting.
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
    /// An engine inside of this process with so many threads.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for no threads, and [`Error::Cluster`] or [`Error::Io`] if it cannot start.
    pub fn local(parallelism: usize) -> Result<Self> {
        if parallelism == 0 {
            return Err(Error::param("the number of threads", 0, "at least 1"));
        }
        let runtime = runtime()?;
        let local = runtime.block_on(local::start(parallelism))?;
        let address = local.address.clone();
        Ok(Self(Arc::new(Connection::new(address, Some(local), runtime))))
    }

    /// The executors of the scheduler at HOST:PORT.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for an address that is none, and [`Error::Cluster`] if within seconds no scheduler
    /// answers there or it has no executors.
    pub fn connect(address: &str) -> Result<Self> {
        host_and_port(address)?;
        match wait(address, PATIENCE, Answer::Ready) {
            Answer::Ready => {}
            Answer::Idle => {
                let remedy =
                    format!("start some with mixlab cluster executor --scheduler {address}");
                return Err(cluster_error(
                    format_args!("the scheduler at {address}"),
                    format_args!("it has no executors; {remedy}"),
                ));
            }
            Answer::None => return Err(no_scheduler(address)),
        }
        Ok(Self(Arc::new(Connection::new(address.to_owned(), None, runtime()?))))
    }

    /// Opens Parquet files, or folders of them, as one table of numbers: the columns named, or all, but those left out.
    ///
    /// # Errors
    /// Errors that name the file: [`Error::Io`], [`Error::ArrayFormat`] for what is no Parquet file,
    /// [`Error::UnlikeParts`], [`Error::UnknownColumn`], [`Error::TextColumns`], [`Error::ColumnValues`] for columns
    /// with gaps, [`Error::EmptyTable`].
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
