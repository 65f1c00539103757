//! Settings shared by all processes of a cluster.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::ConfigProducer;
use ballista_core::config::{
    BALLISTA_CLIENT_GRPC_CONNECT_TIMEOUT_SECONDS,
    BALLISTA_CLIENT_GRPC_HTTP2_KEEPALIVE_INTERVAL_SECONDS, BALLISTA_CLIENT_GRPC_TIMEOUT_SECONDS,
    BALLISTA_CLIENT_IO_RETRIES_TIMES, BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS,
    BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK,
};
use ballista_core::extension::{EndpointOverrideFn, SessionConfigExt, SessionStateExt};
use ballista_core::serde::BallistaCodec;
use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::ExecutorProcessConfig;
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};

use super::MOST_BYTES;
use super::codec::{LogicalCodec, PhysicalCodec};
use super::work_folder::WorkFolder;

/// Interval between the heartbeats of an executor.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Time without a heartbeat after which an executor is lost. This detects failed machines and networks; an executor whose
/// process has ended is detected within two seconds. It is eight heartbeats: processes that share two busy cores miss at most
/// one, but on a slow link heartbeats are delayed by seconds while results are sent.
pub(super) const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(8);
/// Time limit for a new connection; packets to a failed machine are lost without an error.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time without data on a connection before a keep-alive ping is sent.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// Time limit for the response to a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum time until fetching the results of a lost executor fails: one connection, and a second one.
pub(super) const FETCH_TIMEOUT: Duration = Duration::from_secs(12);
/// Time limit for the response to a ping on connections that send much data, which delays it.
const WORK_PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Heartbeat timeout of the engine itself: longer than [`FETCH_TIMEOUT`] and [`HEARTBEAT_TIMEOUT`], which `watch` uses.
pub(super) const ENGINE_HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(30);
/// Time after which the scheduler removes files of a finished pass that the client has not removed. A slower client runs the
/// pass again for the remaining results.
pub(super) const FILE_RETENTION: Duration = Duration::from_secs(3600);
/// Time for which the scheduler keeps the state of a finished pass, with its request.
pub(super) const STATE_RETENTION: Duration = Duration::from_secs(5);

/// Maximum size in bytes of a message of the engine: a plan that contains [`MOST_BYTES`].
pub(super) const MAX_MESSAGE_BYTES: u32 = (MOST_BYTES + MOST_BYTES / 8) as u32;

/// Returns the settings of a session, the same on every process.
pub(super) fn session() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_grpc_client_max_message_size(MOST_BYTES)
        // a plan of a scan and an aggregate has nothing to adapt
        .with_ballista_adaptive_query_planner(false)
        .set_u64(BALLISTA_CLIENT_GRPC_TIMEOUT_SECONDS, 120)
        .set_u64(BALLISTA_CLIENT_GRPC_CONNECT_TIMEOUT_SECONDS, CONNECT_TIMEOUT.as_secs())
        .set_u64(BALLISTA_CLIENT_GRPC_HTTP2_KEEPALIVE_INTERVAL_SECONDS, PING_INTERVAL.as_secs())
        // for connections between executors, to which the other settings do not apply
        .with_ballista_override_create_grpc_client_endpoint(timeouts(PING_TIMEOUT))
        .set_u64(BALLISTA_CLIENT_IO_RETRIES_TIMES, 1)
        .set_u64(BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, 300)
        // one partition per task, so that an idle executor takes the next
        .set_u64(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        // a full scan is planned without the statistics of the footers
        .with_collect_statistics(false)
        .set_u64("datafusion.optimizer.repartition_file_min_size", 0)
        // rows stay in their partition, so sums are reproducible
        .set_bool("datafusion.execution.enable_file_stream_work_stealing", false)
}

/// Returns the timeouts of connections that send plans or status reports.
pub(super) fn work_timeouts() -> EndpointOverrideFn {
    timeouts(WORK_PING_TIMEOUT)
}

fn timeouts(ping_timeout: Duration) -> EndpointOverrideFn {
    Arc::new(move |endpoint| {
        Ok(endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(ping_timeout)
            .keep_alive_while_idle(true))
    })
}

/// Returns a function that creates the settings of a session.
pub(super) fn producer() -> ConfigProducer {
    Arc::new(session)
}

/// Creates a session of a client of the scheduler at `http://HOST:PORT`.
pub(super) fn client(url: &str, n_partitions: usize) -> Result<SessionState> {
    let config = session()
        .with_target_partitions(n_partitions)
        .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::default()));
    default_session_builder(config)?.upgrade_for_ballista(url.to_owned())
}

/// Returns the codec of plans.
pub(super) fn codec() -> BallistaCodec<LogicalPlanNode, PhysicalPlanNode> {
    BallistaCodec::new(Arc::new(LogicalCodec::default()), Arc::new(PhysicalCodec::default()))
}

/// Returns the settings of an executor that keeps its results in a folder.
pub(super) fn executor(folder: &WorkFolder) -> ExecutorProcessConfig {
    ExecutorProcessConfig {
        work_dir: Some(folder.text()),
        grpc_max_decoding_message_size: MAX_MESSAGE_BYTES,
        grpc_max_encoding_message_size: MAX_MESSAGE_BYTES,
        executor_heartbeat_interval_seconds: HEARTBEAT.as_secs(),
        ..ExecutorProcessConfig::default()
    }
}
