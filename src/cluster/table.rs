//! Tables on a cluster.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Column, Result as EngineResult};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use super::answers::mixture_answers;
use super::attempt_error::{ATTEMPTS, AttemptError, monitor, wait_for_executors};
use super::cluster_error;
use super::connection::Connection;
use super::files::Files;
use super::job::Job;
use super::statistics::mixture_statistics;
use super::{MOST_BYTES, settings};
use crate::error::{Error, Result};
use crate::table::Decision;
use crate::table::choice::Choice;

/// Name of the table in plans.
const ROWS: &str = "rows";

/// A numeric table of Parquet files, read by the processes of an engine.
pub struct ClusterTable {
    connection: Arc<Connection>,
    files: Files,
    context: SessionContext,
    rows: LogicalPlan,
}

impl ClusterTable {
    /// Opens files.
    pub(super) fn open(
        connection: Arc<Connection>,
        paths: &[PathBuf],
        choice: &Choice,
    ) -> Result<Self> {
        let files = Files::open(paths, choice)?;
        let url = format!("http://{}", connection.address);
        let to_error = |error| cluster_error(connection.place(), error);
        let session = settings::client(&url, files.n_partitions).map_err(to_error)?;
        let context = SessionContext::new_with_state(session);
        let rows = rows(&files).map_err(to_error)?;
        Ok(Self { connection, files, context, rows })
    }

    /// Names of the columns.
    pub fn column_names(&self) -> &[String] {
        &self.files.columns
    }

    /// Returns the decisions that were taken to read the table.
    pub fn decisions(&self) -> &[Decision] {
        &self.files.decisions
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.files.n_rows
    }

    /// Number of partitions that are read at the same time, given enough threads.
    pub fn n_partitions(&self) -> usize {
        self.files.n_partitions
    }

    /// Makes a pass over all rows with an encoded request, and returns the encoded statistics.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for a request that is too long, [`Error::ColumnValues`] for missing or non-finite values,
    /// [`Error::Cluster`] if the engine fails or no longer responds.
    pub fn ask(&self, request: &[u8]) -> Result<Vec<u8>> {
        if request.len() > MOST_BYTES {
            let size = format!("{} MiB", request.len().div_ceil(1 << 20));
            return Err(Error::param("the size of a request", size, "at most 256 MiB"));
        }
        let call = mixture_statistics(request).call(self.columns_of_rows());
        let plan =
            LogicalPlanBuilder::from(self.rows.clone()).aggregate(Vec::<Expr>::new(), [call]);
        let mut statistics = None;
        self.run(plan, &mut |batch| {
            let column = batch.column(0).as_binary_opt::<i32>();
            statistics = column
                .filter(|column| !column.is_empty() && column.is_valid(0))
                .map(|column| column.value(0).to_vec());
            Ok(())
        })?;
        statistics
            .ok_or_else(|| cluster_error(self.connection.place(), "it returned no statistics"))
    }

    /// Computes answers for every row, and passes them to `sink` in the order of the rows.
    ///
    /// # Errors
    /// Those of [`ask`](Self::ask), and any error of `sink`.
    pub(super) fn answer(
        &self,
        request: &[u8],
        sink: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let call = mixture_answers(request).map(|answers| answers.call(self.columns_of_rows()));
        let rows = LogicalPlanBuilder::from(self.rows.clone());
        self.run(call.and_then(|call| rows.project([call])), &mut |batch| {
            let rows = batch.column(0).as_fixed_size_list();
            sink(rows.values().as_primitive::<Float64Type>().values())
        })
    }

    /// Runs a plan, and passes its results to `sink` in order. After a failure that another attempt can resolve, the plan is
    /// run again, and only the remaining results are passed on.
    fn run(&self, plan: EngineResult<LogicalPlanBuilder>, sink: &mut Sink<'_>) -> Result<()> {
        let plan = plan.and_then(LogicalPlanBuilder::build);
        let into_error = |error: AttemptError| error.into_error(&self.connection, &self.files);
        let plan = plan.map_err(|error| into_error(AttemptError::Engine(error.to_string())))?;
        let (mut progress, mut attempt) = (Progress::default(), 1);
        loop {
            let before = progress;
            let attempted = self.connection.block_on(self.attempt(&plan, &mut progress, sink));
            let Err(error) = attempted else {
                return Ok(());
            };
            if progress != before {
                attempt = 1;
            }
            if error.is_final() || attempt == ATTEMPTS {
                return Err(into_error(error));
            }
            wait_for_executors(&self.connection).map_err(into_error)?;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        plan: &LogicalPlan,
        progress: &mut Progress,
        sink: &mut Sink<'_>,
    ) -> Result<(), AttemptError> {
        let is_local = self.connection.is_local();
        let job = tokio::select! {
            finished = Job::run(&self.connection.address, &self.context, plan) => {
                finished.map_err(AttemptError::Engine)?
            }
            error = monitor(&self.connection), if !is_local => return Err(error),
        };
        tokio::select! {
            fetched = fetch(&job, progress, sink) => fetched,
            error = monitor(&self.connection), if !is_local => Err(error),
        }
    }

    /// Returns the selected columns, cast to doubles.
    fn columns_of_rows(&self) -> Vec<Expr> {
        let columns = self.files.schema.fields().iter().map(|field| {
            let column = Expr::Column(Column::new(Some(ROWS), field.name()));
            match field.data_type() {
                DataType::Float64 => column,
                _ => cast(column, DataType::Float64),
            }
        });
        columns.collect()
    }
}

/// A receiver of results.
type Sink<'a> = dyn FnMut(&RecordBatch) -> Result<()> + 'a;

/// Number of results that the sink has received.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Progress {
    n_partitions: usize,
    /// Rows of the next partition.
    n_rows: usize,
}

/// Fetches the remaining results, and passes them to `sink`.
async fn fetch(
    job: &Job,
    progress: &mut Progress,
    sink: &mut Sink<'_>,
) -> Result<(), AttemptError> {
    while progress.n_partitions < job.n_partitions() {
        let mut batches = job.fetch(progress.n_partitions).await.map_err(AttemptError::Engine)?;
        let mut first = 0;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| AttemptError::Engine(error.to_string()))?;
            let n_skipped = progress.n_rows.saturating_sub(first).min(batch.num_rows());
            let rest = batch.slice(n_skipped, batch.num_rows() - n_skipped);
            if rest.num_rows() > 0 {
                sink(&rest).map_err(AttemptError::Sink)?;
            }
            first += batch.num_rows();
            progress.n_rows = progress.n_rows.max(first);
        }
        *progress = Progress { n_partitions: progress.n_partitions + 1, n_rows: 0 };
    }
    Ok(())
}

impl std::fmt::Debug for ClusterTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterTable")
            .field("scheduler", &self.connection.address)
            .field("files", &self.files)
            .finish()
    }
}

/// Creates the plan of a scan of the files.
fn rows(files: &Files) -> EngineResult<LogicalPlan> {
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension("");
    let urls = files.paths.iter().map(|path| ListingTableUrl::parse(url(path)));
    let config = ListingTableConfig::new_with_multi_paths(urls.collect::<EngineResult<_>>()?)
        .with_listing_options(options)
        .with_schema(Arc::new(files.schema.clone()));
    let table = Arc::new(ListingTable::try_new(config)?);
    LogicalPlanBuilder::scan(ROWS, provider_as_source(table), None)?.build()
}

/// Returns the URL of a file, with all special characters escaped.
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
    fn special_characters_of_file_names_are_escaped() {
        assert_eq!(url(Path::new("/a b/c[1]*.parquet")), "file:///a%20b/c%5B1%5D%2A.parquet");
    }
}
