//! Tables that passes go over.

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
use super::cluster_error;
use super::connection::Connection;
use super::files::Files;
use super::job::Job;
use super::statistics::mixture_statistics;
use super::trouble::{ATTEMPTS, Trouble, guard, recover};
use super::{MOST_BYTES, settings};
use crate::error::{Error, Result};
use crate::table::choice::Choice;

/// How the rows are called in plans.
const ROWS: &str = "rows";

/// A table of numbers that passes go over, wherever its rows are read.
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
        let wrong = |error| cluster_error(connection.place(), error);
        let session = settings::client(&url, files.n_partitions).map_err(wrong)?;
        let context = SessionContext::new_with_state(session);
        let rows = rows(&files).map_err(wrong)?;
        Ok(Self { connection, files, context, rows })
    }

    /// Names of its columns.
    pub fn column_names(&self) -> &[String] {
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
        statistics.ok_or_else(|| cluster_error(self.connection.place(), "it gives no answer"))
    }

    /// Asks a question of every row, and hands the answers to `sink` in the order of the rows.
    ///
    /// # Errors
    /// As [`ask`](Self::ask), and those of `sink`.
    pub(super) fn answer(
        &self,
        question: &[u8],
        sink: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let call = mixture_answers(question).map(|answers| answers.call(self.columns_of_rows()));
        let rows = LogicalPlanBuilder::from(self.rows.clone());
        self.run(call.and_then(|call| rows.project([call])), &mut |batch| {
            let rows = batch.column(0).as_fixed_size_list();
            sink(rows.values().as_primitive::<Float64Type>().values())
        })
    }

    /// Runs a plan, and hands its results on in their order. What fails for no fault of the plan is tried again; what was
    /// handed on before is then left out.
    fn run(&self, plan: EngineResult<LogicalPlanBuilder>, sink: &mut Sink<'_>) -> Result<()> {
        let plan = plan.and_then(LogicalPlanBuilder::build);
        let told = |trouble: Trouble| trouble.into_error(&self.connection, &self.files);
        let plan = plan.map_err(|error| told(Trouble::Engine(error.to_string())))?;
        let (mut done, mut attempt) = (Done::default(), 1);
        loop {
            let before = done;
            let Err(trouble) = self.connection.block_on(self.attempt(&plan, &mut done, sink))
            else {
                return Ok(());
            };
            if done != before {
                attempt = 1;
            }
            if trouble.is_final() || attempt == ATTEMPTS {
                return Err(told(trouble));
            }
            recover(&self.connection).map_err(told)?;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        plan: &LogicalPlan,
        done: &mut Done,
        sink: &mut Sink<'_>,
    ) -> Result<(), Trouble> {
        let is_local = self.connection.is_local();
        let job = tokio::select! {
            ended = Job::run(&self.connection.address, &self.context, plan) => {
                ended.map_err(Trouble::Engine)?
            }
            trouble = guard(&self.connection), if !is_local => return Err(trouble),
        };
        tokio::select! {
            fetched = hand_on(&job, done, sink) => fetched,
            trouble = guard(&self.connection), if !is_local => Err(trouble),
        }
    }

    /// The chosen columns, as doubles.
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

/// What takes results.
type Sink<'a> = dyn FnMut(&RecordBatch) -> Result<()> + 'a;

/// What has been handed on.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Done {
    n_partitions: usize,
    /// Rows of the partition after those.
    n_rows: usize,
}

/// Hands on the results that have not been.
async fn hand_on(job: &Job, done: &mut Done, sink: &mut Sink<'_>) -> Result<(), Trouble> {
    while done.n_partitions < job.n_partitions() {
        let mut batches = job.fetch(done.n_partitions).await.map_err(Trouble::Engine)?;
        let mut first = 0;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| Trouble::Engine(error.to_string()))?;
            let n_old = done.n_rows.saturating_sub(first).min(batch.num_rows());
            let new = batch.slice(n_old, batch.num_rows() - n_old);
            if new.num_rows() > 0 {
                sink(&new).map_err(Trouble::Sink)?;
            }
            first += batch.num_rows();
            done.n_rows = done.n_rows.max(first);
        }
        *done = Done { n_partitions: done.n_partitions + 1, n_rows: 0 };
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
