//! Executors that are lost: who they are, and when others may do their work.

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
use super::settings::{FETCH, SILENCE};

/// A scheduler as the engine makes it.
pub(super) type Server = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long a machine may take to say that a port is closed.
const PATIENCE: Duration = Duration::from_millis(500);

/// Takes lost executors off the list, so that others do their work, and tells who has left it for whatever reason.
///
/// Those are lost whose machine is there but whose port is closed, twice in a row: their process has ended. Those are lost
/// as well that have been silent for [`SILENCE`].
pub(super) async fn watch(scheduler: Server, bind: IpAddr, port: u16, tell: &mut impl FnMut(&str)) {
    let bind = if bind.is_unspecified() { [127, 0, 0, 1].into() } else { bind };
    let url = format!("http://{}:{port}", host(bind));
    let (mut suspects, mut known) = (HashSet::new(), HashMap::new());
    let mut lost_since: HashMap<String, Instant> = HashMap::new();
    loop {
        sleep(LOOK).await;
        let Ok(executors) = scheduler.state.executor_manager.get_executors_state().await else {
            continue;
        };
        let listed = executors.iter().map(|(executor, ..)| {
            (executor.id.clone(), format!("{}:{}", executor.host, executor.port))
        });
        let before = std::mem::replace(&mut known, listed.collect());
        for (id, address) in before {
            if !known.contains_key(&id) {
                tell(&format!("the executor at {address} is lost; others do its work"));
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
            if !has_readers || since.elapsed() > FETCH {
                remove(&url, executor_id.clone()).await;
            }
        }
    }
}

/// Whether an executor that is there reads the results of others. If one of those is lost, the read fails within
/// [`FETCH`], and the task is given back. To take the lost executor off the list before would end the task, and with it a
/// thread of the reader would never again be given work: the engine (Ballista 55) does not know any more that it was taken.
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

/// Takes an executor off the list; what fails is tried again.
async fn remove(scheduler_url: &str, executor_id: String) {
    let stopped = ExecutorStoppedParams { executor_id, reason: "it is lost".into() };
    if let Ok(mut client) = SchedulerGrpcClient::connect(scheduler_url.to_owned()).await {
        let _ = client.executor_stopped(stopped).await;
    }
}

/// Whether the last heartbeat, since 1970, is long ago.
fn is_silent(heartbeat: Duration) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // it is known to the second, so that it may be a second less
    now.saturating_sub(heartbeat) >= SILENCE
}

/// Those whose port is closed.
async fn refused(executors: impl Iterator<Item = &ExecutorMetadata>) -> HashSet<String> {
    let looks = executors.map(|executor| async move {
        let address = (executor.host.as_str(), executor.grpc_port);
        let connected = timeout(PATIENCE, TcpStream::connect(address)).await;
        let is_refused = |error: &std::io::Error| error.kind() == ErrorKind::ConnectionRefused;
        let is_lost = matches!(&connected, Ok(Err(error)) if is_refused(error));
        is_lost.then(|| executor.id.clone())
    });
    join_all(looks).await.into_iter().flatten().collect()
}
