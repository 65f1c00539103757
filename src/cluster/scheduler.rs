//! The process that hands out the work.

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
use super::process::{asked_to_end, runtime};
use super::settings;
use super::watch::{Server, watch};
use crate::error::Result;

/// A scheduler that is about to start.
///
/// It speaks plainly and asks nobody for a password: whoever reaches its port can have it read files. It listens to
/// this machine alone unless told otherwise.
#[derive(Debug, Clone)]
pub struct Scheduler {
    address: SocketAddr,
    advertised: String,
}

impl Scheduler {
    /// A scheduler at an address; port 0 takes one that is free. Executors reach it by the name of its machine, if
    /// that is not its address.
    pub fn new(bind: IpAddr, port: u16, name: Option<String>) -> Self {
        let advertised = name.unwrap_or_else(|| host(bind));
        Self { address: SocketAddr::new(bind, port), advertised }
    }

    /// Serves until the process is asked to end; tells in words when it is ready, the address last, and which executors it
    /// loses.
    ///
    /// # Errors
    /// [`Error::Cluster`](crate::Error::Cluster) if it cannot listen at the address.
    pub fn run(self, mut tell: impl FnMut(&str)) -> Result<()> {
        let runtime = runtime()?;
        let place = format!("the scheduler at {}", self.address);
        let wrong = |error: &dyn std::fmt::Display| cluster_error(&place, error);
        let ended = runtime.block_on(async {
            let listener = listen(self.address).map_err(|error| wrong(&error))?;
            let port = listener.local_addr().map_err(|error| wrong(&error))?.port();
            let server = create(&self.advertised, port).await?;
            let watched = server.clone();
            tell(&format!("the scheduler is ready at {}:{port}", self.advertised));
            tokio::select! {
                () = watch(watched, self.address.ip(), port, &mut tell) => Ok(()),
                served = start_grpc_service_with_listener(listener, server) => {
                    served.map_err(|error| wrong(&error))
                }
                () = asked_to_end() => Ok(()),
            }
        });
        runtime.shutdown_background();
        ended
    }
}

/// A scheduler that is not yet reached from outside.
pub(super) async fn create(host: &str, port: u16) -> Result<Server> {
    let config = SchedulerConfig {
        external_host: host.to_owned(),
        bind_port: port,
        // executors that must ask for work learn of it too late for passes of milliseconds
        scheduling_policy: TaskSchedulingPolicy::PushStaged,
        task_distribution: TaskDistributionPolicy::RoundRobin,
        executor_timeout_seconds: settings::ENGINE_SILENCE.as_secs(),
        no_executors_grace_period_seconds: settings::ENGINE_SILENCE.as_secs(),
        expire_dead_executor_interval_seconds: 1,
        finished_job_data_clean_up_interval_seconds: settings::KEEP_FILES.as_secs(),
        finished_job_state_clean_up_interval_seconds: settings::KEEP_STATE.as_secs(),
        grpc_server_max_decoding_message_size: settings::MESSAGE,
        grpc_server_max_encoding_message_size: settings::MESSAGE,
        grpc_client_max_message_size: settings::MESSAGE,
        override_config_producer: Some(settings::producer()),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
        override_create_grpc_client_endpoint: Some(settings::patience_of_work()),
        ..SchedulerConfig::default()
    };
    let wrong = |error| cluster_error("the scheduler", error);
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(wrong)?;
    create_scheduler(cluster, Arc::new(config)).await.map_err(wrong)
}

/// Listens at an address, for connections that send what is small at once: each pass is many small messages, and
/// waiting for more of them costs 40 milliseconds. Connections take that from whom they are made by.
pub(super) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_nodelay(true)?;
    // a scheduler that is started again finds its port free
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}
