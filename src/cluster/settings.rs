//! What all processes of a cluster agree on.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::ConfigProducer;
use ballista_core::config::{
    BALLISTA_CLIENT_GRPC_CONNECT_TIMEOUT_SECONDS,
    BALLISTA_CLIENT_GRPC_HTTP2_KEEPALIVE_INTERVAL_SECONDS, BALLISTA_CLIENT_GRPC_TIMEOUT_SECONDS,
    BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK,
};
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use ballista_core::serde::BallistaCodec;
use ballista_core::utils::default_session_builder;
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};

use super::MOST_BYTES;
use super::codec::{LogicalCodec, PhysicalCodec};

/// How often an executor tells the scheduler that it is alive.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long the scheduler waits for that before others do the work of an executor. One that has ended is noticed within
/// a second or two; this is for machines that are gone without a word.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// How long files of a finished pass stay: its result is read at once.
pub(super) const KEEP_FILES: Duration = Duration::from_secs(10);
/// How long the scheduler remembers a finished pass, with its request.
pub(super) const KEEP_STATE: Duration = Duration::from_secs(5);

/// Settings of a session, on every process.
pub(super) fn session() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_grpc_client_max_message_size(MOST_BYTES)
        // a plan of a scan and a sum has nothing to adapt to
        .with_ballista_adaptive_query_planner(false)
        .set_u64(BALLISTA_CLIENT_GRPC_TIMEOUT_SECONDS, 120)
        .set_u64(BALLISTA_CLIENT_GRPC_CONNECT_TIMEOUT_SECONDS, 5)
        .set_u64(BALLISTA_CLIENT_GRPC_HTTP2_KEEPALIVE_INTERVAL_SECONDS, 5)
        .set_u64(BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, 300)
        // a partition each, so that whoever is done takes the next
        .set_u64(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        // footers need not be read to plan a scan of everything
        .with_collect_statistics(false)
        .set_u64("datafusion.optimizer.repartition_file_min_size", 0)
        // rows stay in their partition: the same sums every time
        .set_bool("datafusion.execution.enable_file_stream_work_stealing", false)
}

/// Makes settings.
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
