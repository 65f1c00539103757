//! What all processes of a cluster agree on.

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

/// How often an executor tells the scheduler that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long the scheduler waits for that before others do the work of an executor. One that has ended is noticed within
/// a second or two; this is for machines that are gone without a word. It is eight heartbeats: processes that share two
/// busy cores miss one at most, but they come late where a link is so slow that results take seconds on it.
pub(super) const SILENCE: Duration = Duration::from_secs(8);
/// How long a connection may take to be made: packets to a machine that is gone are lost without a word.
const CONNECT: Duration = Duration::from_secs(3);
/// How long results are waited for while nothing comes, before it is asked whether the other side is there.
const PING: Duration = Duration::from_secs(2);
/// How long that answer may take.
const PONG: Duration = Duration::from_secs(5);
/// How long it takes at most until results of an executor that is gone are given up: a connection fails, and a new one.
pub(super) const FETCH: Duration = Duration::from_secs(12);
/// How long an answer may take on connections on which more is sent than received: it comes behind all that.
const PONG_OF_WORK: Duration = Duration::from_secs(20);
/// How long the engine itself waits for a heartbeat: longer than [`SILENCE`], after which `watch` acts, and [`FETCH`].
pub(super) const ENGINE_SILENCE: Duration = Duration::from_secs(30);
/// How long files of a finished pass stay if the client that fetches them has ended without removing them. One that is
/// slower asks again for what is left.
pub(super) const KEEP_FILES: Duration = Duration::from_secs(3600);
/// How long the scheduler remembers a finished pass, with its request.
pub(super) const KEEP_STATE: Duration = Duration::from_secs(5);

/// Most bytes of a message of the engine: one of [`MOST_BYTES`], with a plan around it.
pub(super) const MESSAGE: u32 = (MOST_BYTES + MOST_BYTES / 8) as u32;

/// Settings of a session, on every process.
pub(super) fn session() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_grpc_client_max_message_size(MOST_BYTES)
        // a plan of a scan and a sum has nothing to adapt to
        .with_ballista_adaptive_query_planner(false)
        .set_u64(BALLISTA_CLIENT_GRPC_TIMEOUT_SECONDS, 120)
        .set_u64(BALLISTA_CLIENT_GRPC_CONNECT_TIMEOUT_SECONDS, CONNECT.as_secs())
        .set_u64(BALLISTA_CLIENT_GRPC_HTTP2_KEEPALIVE_INTERVAL_SECONDS, PING.as_secs())
        // connections between executors, which take no other settings
        .with_ballista_override_create_grpc_client_endpoint(patience(PONG))
        .set_u64(BALLISTA_CLIENT_IO_RETRIES_TIMES, 1)
        .set_u64(BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, 300)
        // a partition each, so that whoever is done takes the next
        .set_u64(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        // footers need not be read to plan a scan of everything
        .with_collect_statistics(false)
        .set_u64("datafusion.optimizer.repartition_file_min_size", 0)
        // rows stay in their partition: the same sums every time
        .set_bool("datafusion.execution.enable_file_stream_work_stealing", false)
}

/// How long connections on which work is handed out, or told to be done, wait for the other side before they fail.
pub(super) fn patience_of_work() -> EndpointOverrideFn {
    patience(PONG_OF_WORK)
}

fn patience(pong: Duration) -> EndpointOverrideFn {
    Arc::new(move |endpoint| {
        Ok(endpoint
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING)
            .keep_alive_timeout(pong)
            .keep_alive_while_idle(true))
    })
}

/// What makes the settings of sessions.
pub(super) fn producer() -> ConfigProducer {
    Arc::new(session)
}

/// A session of a client of the scheduler at `http://HOST:PORT`.
pub(super) fn client(url: &str, n_partitions: usize) -> Result<SessionState> {
    let config = session()
        .with_target_partitions(n_partitions)
        .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::default()));
    default_session_builder(config)?.upgrade_for_ballista(url.to_owned())
}

/// How plans travel.
pub(super) fn codec() -> BallistaCodec<LogicalPlanNode, PhysicalPlanNode> {
    BallistaCodec::new(Arc::new(LogicalCodec::default()), Arc::new(PhysicalCodec::default()))
}

/// Settings of an executor that keeps its results in a folder.
pub(super) fn executor(folder: &WorkFolder) -> ExecutorProcessConfig {
    ExecutorProcessConfig {
        work_dir: Some(folder.text()),
        grpc_max_decoding_message_size: MESSAGE,
        grpc_max_encoding_message_size: MESSAGE,
        executor_heartbeat_interval_seconds: HEARTBEAT.as_secs(),
        ..ExecutorProcessConfig::default()
    }
}
