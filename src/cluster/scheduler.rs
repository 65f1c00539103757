//! The scheduler process, which distributes the work.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use tokio::net::{TcpListener, TcpSocket};

use super::cluster_error;
use super::codec::{LogicalCodec, PhysicalCodec};
use super::probe::host;
use super::process::{runtime, termination_signal};
use super::settings;
use super::watch::{Server, watch};
use crate::error::Result;

/// Settings of a scheduler.
///
/// Connections are neither encrypted nor authenticated: every client that reaches the port can have files read. By default the
/// command line listens on the loopback address only.
#[derive(Debug, Clone)]
pub struct Scheduler {
    address: SocketAddr,
    advertised: String,
}

impl Scheduler {
    /// Creates a scheduler that listens at an address; port 0 selects any free port. Executors reach it by `name`, or by the
    /// address if there is no name.
    pub fn new(bind: IpAddr, port: u16, name: Option<String>) -> Self {
        let advertised = name.unwrap_or_else(|| host(bind));
        Self { address: SocketAddr::new(bind, port), advertised }
    }

    /// Serves until the process is interrupted or terminated. Reports to `report` when it is ready, with the address as the
    /// last word, and which executors it loses.
    ///
    /// # Errors
    /// [`Error::Cluster`](crate::Error::Cluster) if it cannot listen at the address.
    pub fn run(self, mut report: impl FnMut(&str)) -> Result<()> {
        let runtime = runtime()?;
        let place = format!("the scheduler at {}", self.address);
        let to_error = |error: &dyn std::fmt::Display| cluster_error(&place, error);
        let result = runtime.block_on(async {
            let listener = listen(self.address).map_err(|error| to_error(&error))?;
            let port = listener.local_addr().map_err(|error| to_error(&error))?.port();
            let server = create(&self.advertised, port).await?;
            let watched = server.clone();
            report(&format!("the scheduler is ready at {}:{port}", self.advertised));
            tokio::select! {
                () = watch(watched, self.address.ip(), port, &mut report) => Ok(()),
                served = start_grpc_service_with_listener(listener, server) => {
                    served.map_err(|error| to_error(&error))
                }
                () = termination_signal() => Ok(()),
            }
        });
        runtime.shutdown_background();
        result
    }
}

/// Creates a scheduler without its network service.
pub(super) async fn create(host: &str, port: u16) -> Result<Server> {
    let config = SchedulerConfig {
        external_host: host.to_owned(),
        bind_port: port,
        // polling executors would start too late for passes of milliseconds
        scheduling_policy: TaskSchedulingPolicy::PushStaged,
        task_distribution: TaskDistributionPolicy::RoundRobin,
        executor_timeout_seconds: settings::ENGINE_HEARTBEAT_TIMEOUT.as_secs(),
        no_executors_grace_period_seconds: settings::ENGINE_HEARTBEAT_TIMEOUT.as_secs(),
        expire_dead_executor_interval_seconds: 1,
        finished_job_data_clean_up_interval_seconds: settings::FILE_RETENTION.as_secs(),
        finished_job_state_clean_up_interval_seconds: settings::STATE_RETENTION.as_secs(),
        grpc_server_max_decoding_message_size: settings::MAX_MESSAGE_BYTES,
        grpc_server_max_encoding_message_size: settings::MAX_MESSAGE_BYTES,
        grpc_client_max_message_size: settings::MAX_MESSAGE_BYTES,
        override_config_producer: Some(settings::producer()),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
        override_create_grpc_client_endpoint: Some(settings::work_timeouts()),
        ..SchedulerConfig::default()
    };
    let to_error = |error| cluster_error("the scheduler", error);
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(to_error)?;
    create_scheduler(cluster, Arc::new(config)).await.map_err(to_error)
}

/// Listens at an address with TCP_NODELAY, which accepted connections inherit: a pass consists of many small messages, which
/// Nagle's algorithm delays by 40 milliseconds.
pub(super) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_nodelay(true)?;
    // a restarted scheduler can bind its port again
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}
