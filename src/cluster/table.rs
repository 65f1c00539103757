//! Tables that passes go over.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, Result as EngineResult};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::prelude::{DataFrame, SessionContext};

use super::engine::{Engine, no_executors};
use super::failure::Failure;
use super::files::Files;
use super::function::{STEM, mixture_statistics};
use super::probe::{Answer, wait};
use super::{MOST_BYTES, settings};
use crate::error::{Error, Result};
use crate::table::Choice;

/// How the rows are called in plans.
const ROWS: &str = "rows";
/// Attempts at a pass: it changes nothing, so that it can be done again.
const ATTEMPTS: usize = 3;
/// How long a scheduler that does not answer, or has nobody left, is waited for.
const PATIENCE: Duration = Duration::from_secs(6);
/// Between two looks at the scheduler during a pass.
const LOOK: Duration = Duration::from_secs(2);
/// How long a scheduler may be without executors during a pass.
const ALONE: Duration = Duration::from_secs(40);

/// A table of numbers that passes go over, wherever its rows are read.
pub struct ClusterTable {
    engine: Engine,
    files: Files,
    context: SessionContext,
    rows: LogicalPlan,
}

impl ClusterTable {
    /// Opens files.
    pub(super) fn open(
        engine: Engine,
        paths: &[std::path::PathBuf],
        choice: &Choice,
    ) -> Result<Self> {
        let files = Files::open(paths, choice)?;
        let url = format!("http://{}", engine.0.address);
        let wrong = |error| Error::cluster(engine.0.place(), error);
        let session = settings::client(&url, files.n_partitions).map_err(wrong)?;
        let context = SessionContext::new_with_state(session);
        let rows = rows(&files).map_err(wrong)?;
        Ok(Self { engine, files, context, rows })
    }

    /// Names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.files.columns
    }

    /// Number of its rows.
    pub fn n_rows(&self) -> usize {
        self.files.n_rows
    }

    /// Number of parts that are read at the same time, given enough threads.
    pub fn n_partitions(&self) -> usize {
        self.files.n_partitions
    }

    /// Goes over all rows with a request, and gives the statistics of all of them.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for a request that is too long, [`Error::ColumnValues`] for values that are no numbers,
    /// [`Error::Cluster`] if the engine fails, or does not answer any more.
    pub fn ask(&self, request: &[u8]) -> Result<Vec<u8>> {
        if request.len() > MOST_BYTES {
            let size = format!("{} MiB", request.len().div_ceil(1 << 20));
            return Err(Error::param("the size of a request", size, "at most 256 MiB"));
        }
        let plan = self.plan(request).map_err(|error| self.failed(&error.to_string()))?;
        for attempt in 1.. {
            let error = match self.engine.0.block_on(self.pass(plan.clone())) {
                Ok(statistics) => return Ok(statistics),
                Err(error) => error,
            };
            let Trouble::Engine(text) = error else { return Err(error.into_error(self)) };
            // what fails for what it asks fails every time
            let is_of_request = Failure::find(&text).is_some() || is_unknown_function(&text);
            if is_of_request || attempt == ATTEMPTS {
                return Err(self.failed(&text));
            }
            if self.engine.0.local.is_none() {
                match wait(&self.engine.0.address, PATIENCE, Answer::Ready) {
                    Answer::Ready => {}
                    Answer::Idle => return Err(no_executors(&self.engine.0.address)),
                    Answer::None => return Err(Trouble::Gone.into_error(self)),
                }
            }
        }
        unreachable!("the last attempt returns")
    }

    fn plan(&self, request: &[u8]) -> EngineResult<LogicalPlan> {
        let columns = self.files.schema.fields().iter().map(|field| {
            let column = Expr::Column(Column::new(Some(ROWS), field.name()));
            match field.data_type() {
                DataType::Float64 => column,
                _ => cast(column, DataType::Float64),
            }
        });
        let call = mixture_statistics(request).call(columns.collect());
        LogicalPlanBuilder::from(self.rows.clone())
            .aggregate(Vec::<Expr>::new(), vec![call])?
            .build()
    }

    async fn pass(&self, plan: LogicalPlan) -> Result<Vec<u8>, Trouble> {
        let frame = DataFrame::new(self.context.state(), plan);
        tokio::select! {
            batches = frame.collect() => {
                let batches = batches.map_err(|error| Trouble::Engine(error.to_string()))?;
                let batch = batches.iter().find(|batch| batch.num_rows() > 0);
                let column = batch.and_then(|batch| batch.column(0).as_binary_opt::<i32>());
                match column {
                    Some(column) if column.is_valid(0) => Ok(column.value(0).to_vec()),
                    _ => Err(Trouble::Engine("it gave no answer".into())),
                }
            }
            trouble = self.guard(), if self.engine.0.local.is_none() => Err(trouble),
        }
    }

    /// Looks at the scheduler now and then; returns when a pass cannot end.
    async fn guard(&self) -> Trouble {
        let mut alone_since = None;
        loop {
            tokio::time::sleep(LOOK).await;
            let address = self.engine.0.address.clone();
            let answer =
                tokio::task::spawn_blocking(move || wait(&address, PATIENCE, Answer::Idle));
            match answer.await.unwrap_or(Answer::None) {
                Answer::Ready => alone_since = None,
                Answer::Idle => {
                    let since = *alone_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > ALONE {
                        return Trouble::Alone;
                    }
                }
                Answer::None => return Trouble::Gone,
            }
        }
    }

    /// The error for what an engine says.
    fn failed(&self, text: &str) -> Error {
        let place = self.engine.0.place();
        match Failure::find(text) {
            Some(Failure::Column { column, problem }) => Error::ColumnValues {
                table: self.files.name(),
                name: self.files.columns.get(column).cloned().unwrap_or_default(),
                problem,
            },
            Some(Failure::Other(problem)) => Error::cluster(place, problem),
            None if is_unknown_function(text) => Error::cluster(
                place,
                format_args!(
                    "it or one of its executors is of another version than this mixlab, {}; use one version everywhere",
                    env!("CARGO_PKG_VERSION")
                ),
            ),
            // an executor that cannot read a plan does not say why
            None if text.contains("rejected by executor") => Error::cluster(
                place,
                format_args!(
                    "an executor refuses the work, most likely because it is of another version than this mixlab, {}; use one version everywhere",
                    env!("CARGO_PKG_VERSION")
                ),
            ),
            None => Error::cluster(
                place,
                format_args!("a pass failed {ATTEMPTS} times, at last with: {text}"),
            ),
        }
    }
}

/// Why a pass does not end well.
#[derive(Debug)]
enum Trouble {
    /// The engine says so.
    Engine(String),
    /// The scheduler does not answer.
    Gone,
    /// The scheduler has no executors.
    Alone,
}

impl Trouble {
    fn into_error(self, table: &ClusterTable) -> Error {
        match self {
            Self::Engine(text) => table.failed(&text),
            Self::Alone => no_executors(&table.engine.0.address),
            Self::Gone => Error::cluster(
                table.engine.0.place(),
                "it does not answer any more; start it again, and go on from the checkpoint (executors come back by themselves)",
            ),
        }
    }
}

impl std::fmt::Debug for ClusterTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterTable")
            .field("engine", &self.engine)
            .field("files", &self.files)
            .finish()
    }
}

/// Whether somebody does not know the function: one of another version, or no mixlab at all.
fn is_unknown_function(text: &str) -> bool {
    text.contains(&format!("aggregate function {STEM}"))
}

/// A scan of files.
fn rows(files: &Files) -> EngineResult<LogicalPlan> {
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
    let urls = files.paths.iter().map(|path| ListingTableUrl::parse(url(path)));
    let config = ListingTableConfig::new_with_multi_paths(urls.collect::<EngineResult<_>>()?)
        .with_listing_options(options)
        .with_schema(Arc::new(files.schema.clone()));
    let table = Arc::new(ListingTable::try_new(config)?);
    LogicalPlanBuilder::scan(ROWS, provider_as_source(table), None)?.build()
}

/// The URL of a file, so that no letter of its name has a meaning.
fn url(path: &Path) -> String {
    let mut url = String::from("file://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_taken_by_the_letter() {
        assert_eq!(url(Path::new("/a b/c[1]*.parquet")), "file:///a%20b/c%5B1%5D%2A.parquet");
    }
}
