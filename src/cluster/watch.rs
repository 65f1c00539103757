//! Detection and removal of lost executors.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ballista_core::serde::protobuf::ExecutorStoppedParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::scheduler::ExecutorMetadata;
use ballista_scheduler::scheduler_server::SchedulerServer;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use futures::future::join_all;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::probe::host;
use super::settings::{FETCH_TIMEOUT, HEARTBEAT_TIMEOUT};

/// A scheduler of the engine.
pub(super) type Server = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

/// Interval between checks.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Time limit for a machine to refuse a connection to a closed port.
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);

/// Removes lost executors from the scheduler, so that other executors repeat their work, and reports every executor that leaves
/// the scheduler for any reason.
///
/// An executor is lost if its machine refuses connections to its port twice in a row, which means that its process has ended,
/// or if it has sent no heartbeat for [`HEARTBEAT_TIMEOUT`].
pub(super) async fn watch(
    scheduler: Server,
    bind: IpAddr,
    port: u16,
    report: &mut impl FnMut(&str),
) {
    let bind = if bind.is_unspecified() { [127, 0, 0, 1].into() } else { bind };
    let url = format!("http://{}:{port}", host(bind));
    let (mut suspects, mut known) = (HashSet::new(), HashMap::new());
    let mut lost_since: HashMap<String, Instant> = HashMap::new();
    loop {
        sleep(POLL_INTERVAL).await;
        let Ok(executors) = scheduler.state.executor_manager.get_executors_state().await else {
            continue;
        };
        let listed = executors.iter().map(|(executor, ..)| {
            (executor.id.clone(), format!("{}:{}", executor.host, executor.port))
        });
        let before = std::mem::replace(&mut known, listed.collect());
        for (id, address) in before {
            if !known.contains_key(&id) {
                report(&format!("lost the executor at {address}; other executors repeat its work"));
            }
        }
        let refused = refused(executors.iter().map(|(executor, ..)| executor)).await;
        let silent = executors.iter().filter(|(_, heartbeat, _)| heartbeat.is_some_and(is_silent));
        let mut lost: HashSet<String> = silent.map(|(executor, ..)| executor.id.clone()).collect();
        lost.extend(refused.intersection(&suspects).cloned());
        suspects = refused;
        lost_since.retain(|id, _| lost.contains(id));
        for id in &lost {
            lost_since.entry(id.clone()).or_insert_with(Instant::now);
        }
        let has_readers = !lost.is_empty() && has_readers(&scheduler, &lost).await;
        for (executor_id, since) in &lost_since {
            if !has_readers || since.elapsed() > FETCH_TIMEOUT {
                remove(&url, executor_id.clone()).await;
            }
        }
    }
}

/// Whether an executor that is not lost is reading the results of others. If one of those is lost, the read fails within
/// [`FETCH_TIMEOUT`], and the task is returned. Removing the lost executor earlier would cancel the task, and the thread of the
/// reader would never receive work again, since the engine (Ballista 55) loses track of its slot.
async fn has_readers(scheduler: &Server, lost: &HashSet<String>) -> bool {
    for job in scheduler.state.task_manager.get_running_job_cache().values() {
        let graph = job.execution_graph.read().await;
        let mut tasks = graph.running_tasks().into_iter();
        let stages = graph.stages();
        let is_reader = |stage: usize| matches!(stages.get(&stage), Some(ExecutionStage::Running(stage)) if !stage.inputs.is_empty());
        if tasks.any(|task| !lost.contains(&task.executor_id) && is_reader(task.stage_id)) {
            return true;
        }
    }
    false
}

/// Removes an executor from the scheduler; the caller repeats this if it fails.
async fn remove(scheduler_url: &str, executor_id: String) {
    let stopped = ExecutorStoppedParams { executor_id, reason: "lost".into() };
    if let Ok(mut client) = SchedulerGrpcClient::connect(scheduler_url.to_owned()).await {
        let _ = client.executor_stopped(stopped).await;
    }
}

/// Whether the last heartbeat, as the time since 1970, is older than [`HEARTBEAT_TIMEOUT`].
fn is_silent(heartbeat: Duration) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // heartbeats are rounded down to seconds, so this may be a second early
    now.saturating_sub(heartbeat) >= HEARTBEAT_TIMEOUT
}

/// Returns the executors that refuse connections.
async fn refused(executors: impl Iterator<Item = &ExecutorMetadata>) -> HashSet<String> {
    let probes = executors.map(|executor| async move {
        let address = (executor.host.as_str(), executor.grpc_port);
        let connected = timeout(PROBE_TIMEOUT, TcpStream::connect(address)).await;
        let is_refused = |error: &std::io::Error| error.kind() == ErrorKind::ConnectionRefused;
        let is_lost = matches!(&connected, Ok(Err(error)) if is_refused(error));
        is_lost.then(|| executor.id.clone())
    });
    join_all(probes).await.into_iter().flatten().collect()
}
