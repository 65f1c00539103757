//! Execution of a plan by a scheduler, and retrieval of its results.
//!
//! The engine lists the results of a job in the order in which its tasks finished, and those of a task that ran twice twice.
//! They are fetched in the order of the partitions, once each, so that rows keep their order.

use std::collections::HashMap;
use std::fmt::Display;

use ballista_core::BALLISTA_VERSION;
use ballista_core::client::BallistaClient;
use ballista_core::extension::{BallistaGrpcMetadataInterceptor, SessionConfigExt};
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::job_status::Status;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    CancelJobParams, CleanJobDataParams, ExecuteQueryParams, KeyValuePair, PartitionLocation,
};
use ballista_core::utils::{GrpcClientConfig, create_grpc_client_endpoint};
use ballista_core::version::BALLISTA_VERSION_HEADER;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::logical_plan::AsLogicalPlan;
use datafusion_proto::protobuf::LogicalPlanNode;

use super::codec::LogicalCodec;
use super::settings;

/// A job that has finished successfully. Its files are removed when it is dropped.
pub(super) struct Job {
    config: SessionConfig,
    /// Results in the order of the partitions.
    results: Vec<PartitionLocation>,
    _cleanup: Cleanup,
}

impl Job {
    /// Runs a plan on the scheduler at HOST:PORT, and waits until it is finished.
    ///
    /// # Errors
    /// The message of the engine.
    pub(super) async fn run(
        address: &str,
        context: &SessionContext,
        plan: &LogicalPlan,
    ) -> Result<Self, String> {
        let config = context.copied_config();
        let grpc = GrpcClientConfig::from(&config.ballista_config());
        let endpoint = create_grpc_client_endpoint(format!("http://{address}"), Some(&grpc));
        let endpoint = settings::work_timeouts()(endpoint.map_err(text)?).map_err(text)?;
        let channel = endpoint.connect().await.map_err(text)?;
        let version = HashMap::from([(BALLISTA_VERSION_HEADER.into(), BALLISTA_VERSION.into())]);
        let interceptor = BallistaGrpcMetadataInterceptor::new(version);
        let mut scheduler = SchedulerGrpcClient::with_interceptor(channel, interceptor)
            .max_encoding_message_size(grpc.max_message_size)
            .max_decoding_message_size(grpc.max_message_size);
        let query = query(context, plan)?;
        let mut statuses = scheduler.execute_query_push(query).await.map_err(text)?.into_inner();
        let mut cleanup = Cleanup { address: address.to_owned(), id: None, is_running: true };
        while let Some(status) =
            statuses.message().await.map_err(text)?.and_then(|update| update.status)
        {
            cleanup.id.get_or_insert_with(|| status.job_id.clone());
            match status.status {
                Some(Status::Successful(job)) => {
                    cleanup.is_running = false;
                    let results = in_order(job.partition_location);
                    return Ok(Self { config, results, _cleanup: cleanup });
                }
                Some(Status::Failed(job)) => {
                    // the scheduler removes the files of a failed job
                    cleanup.id = None;
                    return Err(job.error);
                }
                Some(Status::Queued(_) | Status::Running(_)) | None => {}
            }
        }
        Err("the scheduler closed the connection before the pass was finished".into())
    }

    /// Number of partitions of the results.
    pub(super) fn n_partitions(&self) -> usize {
        self.results.len()
    }

    /// Fetches the results of a partition.
    ///
    /// # Errors
    /// The message of the engine.
    pub(super) async fn fetch(
        &self,
        partition: usize,
    ) -> Result<SendableRecordBatchStream, String> {
        let result = &self.results[partition];
        let missing = || "the scheduler did not report the location of a result".to_owned();
        let executor = result.executor_meta.as_ref().ok_or_else(missing)?;
        let id = result.partition_id.clone().ok_or_else(missing)?;
        let port = u16::try_from(executor.port).map_err(text)?;
        let grpc = GrpcClientConfig::from(&self.config.ballista_config());
        let client = BallistaClient::try_new(
            &executor.host,
            port,
            grpc.max_message_size,
            grpc.use_tls,
            self.config.ballista_override_create_grpc_client_endpoint(),
            grpc.io_retries_times,
            grpc.io_retry_wait_time_ms,
            grpc.initial_connection_window_size,
            grpc.initial_stream_window_size,
        );
        let at = |error: &dyn Display| {
            format!("cannot fetch results from the executor at {}:{port}: {error}", executor.host)
        };
        let mut client = client.await.map_err(|error| at(&error))?;
        let fetched = client
            .fetch_partition(&executor.id, &id.into(), result.file_id, result.layout(), true)
            .await;
        fetched.map_err(|error| at(&error))
    }
}

/// Cancels a running job, or removes the files of a finished one, when it is dropped.
struct Cleanup {
    address: String,
    id: Option<String>,
    is_running: bool,
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        let (Some(job_id), Ok(runtime)) = (self.id.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (address, is_running) = (std::mem::take(&mut self.address), self.is_running);
        runtime.spawn(async move {
            // if this fails, the files are removed after settings::FILE_RETENTION
            if let Ok(mut scheduler) =
                SchedulerGrpcClient::connect(format!("http://{address}")).await
            {
                if is_running {
                    let _ = scheduler.cancel_job(CancelJobParams { job_id }).await;
                } else {
                    let _ = scheduler
                        .clean_job_data(CleanJobDataParams { job_id, remove_stage_ids: Vec::new() })
                        .await;
                }
            }
        });
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn query(context: &SessionContext, plan: &LogicalPlan) -> Result<ExecuteQueryParams, String> {
    let state = context.state();
    let plan = state.optimize(plan).map_err(text)?;
    let message = LogicalPlanNode::try_from_logical_plan(&plan, &LogicalCodec::default());
    let mut bytes = Vec::new();
    message.and_then(|message| message.try_encode(&mut bytes)).map_err(text)?;
    let options = state.config().options().entries();
    let settings = options
        .into_iter()
        .map(|option| KeyValuePair { key: option.key, value: option.value })
        .collect();
    Ok(ExecuteQueryParams {
        session_id: context.session_id(),
        settings,
        operation_id: String::new(),
        query: Some(Query::LogicalPlan(bytes)),
    })
}

/// Sorts results by partition. Of results that were computed twice because an executor was lost, only the last are available.
fn in_order(mut results: Vec<PartitionLocation>) -> Vec<PartitionLocation> {
    let partition =
        |result: &PartitionLocation| result.partition_id.as_ref().map(|id| id.partition_id);
    results.reverse();
    results.sort_by_key(partition);
    results.dedup_by_key(|result| partition(result));
    results
}

#[cfg(test)]
mod tests {
    use ballista_core::serde::protobuf::PartitionId;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_partitions_without_duplicates() {
        let result = |partition_id, map_partition_id| PartitionLocation {
            map_partition_id,
            partition_id: Some(PartitionId { partition_id, ..PartitionId::default() }),
            ..PartitionLocation::default()
        };
        let found = in_order(vec![result(2, 0), result(0, 1), result(1, 2), result(0, 3)]);
        let tasks: Vec<u32> = found.iter().map(|result| result.map_partition_id).collect();
        assert_eq!(tasks, [3, 2, 0]);
    }
}
