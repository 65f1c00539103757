//! Executors that have ended without a word.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use ballista_core::serde::protobuf::ExecutorStoppedParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::scheduler::{Server, host};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long an executor may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes executors off the list whose machine is there but whose port is closed, twice in a row: their process has
/// ended. Their work is then done by others at once. Silence alone would have to last much longer to prove anything.
pub(super) async fn remove_ended(scheduler: Server, bind: IpAddr, port: u16) {
    let bind = if bind.is_unspecified() { [127, 0, 0, 1].into() } else { bind };
    let scheduler_url = format!("http://{}:{port}", host(bind));
    let mut suspects = HashSet::new();
    loop {
        sleep(LOOK).await;
        let Ok(executors) = scheduler.state.executor_manager.get_executors_state().await else {
            continue;
        };
        let mut refused = HashSet::new();
        for (executor, ..) in executors {
            if !is_refused(&executor.host, executor.grpc_port).await {
                continue;
            }
            if suspects.contains(&executor.id) {
                let stopped = ExecutorStoppedParams {
                    executor_id: executor.id.clone(),
                    reason: "its port is closed".into(),
                };
                if let Ok(mut client) = SchedulerGrpcClient::connect(scheduler_url.clone()).await {
                    // if that fails, it is tried again
                    let _ = client.executor_stopped(stopped).await;
                }
            }
            refused.insert(executor.id);
        }
        suspects = refused;
    }
}

async fn is_refused(host: &str, port: u16) -> bool {
    let connected = timeout(PATIENCE, TcpStream::connect((host, port))).await;
    matches!(connected, Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused)
}
